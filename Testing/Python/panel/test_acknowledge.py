"""Voxels changed by hand go out only when somebody signs for them, and the structure set says who."""

from pathlib import Path

import pytest
import vtk.util.numpy_support as vtk_numpy
from pydicom import dcmread

from builders.panel_clicks import Person
from dosepainting_hrs.phantom.truth import PatientTruth


def edit_by_hand(person: Person) -> None:
    """Take one voxel out of the subvolume behind the panel's back, as a brush does."""
    access = person.panel.scene_access
    node, segment_id, _name = next(one for one in access.segments() if access.is_hrs(one[0]))
    data = node.GetSegmentation().GetSegment(segment_id).GetRepresentation("Binary labelmap")
    voxels = vtk_numpy.vtk_to_numpy(data.GetPointData().GetScalars())
    voxels[int(voxels.argmax())] = 0
    data.Modified()


def test_an_edited_segment_goes_out_only_with_a_signature(ready: Person, patient: PatientTruth, tmp_path: Path) -> None:
    ready.find_subvolume(patient.recipe.percent)
    edit_by_hand(ready)
    ready.export_to(tmp_path)
    assert "another program changed them" in ready.message
    assert list(tmp_path.iterdir()) == []

    ui = ready.panel.export.ui
    ui.acknowledgeBox.collapsed = False
    ready.host.settle(20)
    ready.host.click(ui.editedCheck)
    ready.press("export")
    assert "needs a name and a reason" in ready.message
    assert list(tmp_path.iterdir()) == []

    ready.host.type(ui.byEdit, "A. Physicist")
    ready.host.type(ui.reasonEdit, "one voxel of spill-over removed")
    ready.press("export")
    description = dcmread(tmp_path / "RS_HRS.dcm").StructureSetDescription
    assert "A. Physicist" in description
    assert "one voxel of spill-over removed" in description
    assert not ui.editedCheck.checked, "a signature is for one structure set"
    assert ui.reasonEdit.text == ""
    ready.press("export")
    assert "another program changed them" in ready.message


def test_a_signature_does_not_outlive_the_scene(ready: Person) -> None:
    """The next patient's structure set would go out signed, and nobody had looked."""
    ui = ready.panel.export.ui
    ticks = (ui.editedCheck, ui.volumeCheck, ui.residualCheck, ui.carriedCheck, ui.transformCheck)
    for tick in ticks:
        tick.checked = True
    ui.byEdit.text, ui.reasonEdit.text = "A. Physicist", "looked at it"
    ready.panel.register.ui.whyEdit.text = "skull base fits"
    ready.host.close_scene()
    assert [tick.checked for tick in ticks] == [False] * 5
    assert (ui.byEdit.text, ui.reasonEdit.text) == ("A. Physicist", "")
    assert ready.panel.register.ui.whyEdit.text == ""


def folder_of_somebody_else(patient: PatientTruth, tmp_path: Path) -> Path:
    """Return a folder with one slice of the CT under another PatientID."""
    dataset = dcmread(next(iter(sorted((patient.folder / "CT").iterdir()))))
    dataset.PatientID = "SOMEBODY-ELSE"
    dataset.save_as(tmp_path / "slice.dcm")
    return tmp_path


@pytest.mark.parametrize("leave", ["close the scene", "look at somebody else"])
def test_values_supplied_by_hand_do_not_outlive_their_patient(
    ready: Person, patient: PatientTruth, tmp_path: Path, leave: str
) -> None:
    """One patient's weight is not the next one's, least of all below a fold and with a reason that still stands there."""
    form = ready.panel.map.form
    form.choose("suv")
    at_first = form.parameters.values()
    given = {"weight": 61.0, "supplied_by": "A. Nurse", "supplied_reason": "weighed"}
    form.parameters.set_values(given)
    assert form.parameters.values() == {**at_first, **given}
    ready.look(patient.folder)
    assert form.parameters.values() == {**at_first, **given}, "still the same patient"
    if leave == "close the scene":
        ready.host.close_scene()
    else:
        ready.panel.export.ui.editedCheck.checked = True
        ready.look(folder_of_somebody_else(patient, tmp_path))
        assert not ready.panel.export.ui.editedCheck.checked
    assert form.combo.currentText == "suv"
    assert form.parameters.values() == at_first
