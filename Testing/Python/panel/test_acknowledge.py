"""Voxels changed by hand go out only when somebody signs for them, and the structure set says who."""

from pathlib import Path

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
