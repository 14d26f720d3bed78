"""The scene changes behind the panel's back: nodes deleted, patients mixed, volumes moved or without DICOM, scenes reloaded."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.panel_clicks import MODULE, Person, nodes_of, prepare
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.phantom.patient import write_patient
from dosepainting_hrs.phantom.truth import PatientTruth

Choose = Callable[[Person], Any]
CHOSEN: dict[str, tuple[Choose, str, str]] = {
    "planning CT": (lambda p: p.panel.patient.ui.planningCtSelector.currentNode(), "export", "Choose the planning CT."),
    "image": (
        lambda p: p.panel.patient.ui.imageSelector.currentNode(),
        "make_map",
        "Choose the image to make the map from.",
    ),
    "map": (lambda p: p.panel.segment.ui.mapSelector.currentNode(), "apply", "Choose a map."),
    "GTV": (lambda p: p.panel.regions.ui.gtvSelector.currentNode(), "apply", "Choose the GTV."),
}


def preview_nodes(person: Person) -> int:
    return int(person.host.scene.GetNodesByName("HRS preview").GetNumberOfItems())


@pytest.mark.parametrize("what", list(CHOSEN))
def test_a_node_deleted_behind_its_back_turns_its_button_off(ready: Person, what: str) -> None:
    choose, button, why = CHOSEN[what]
    ready.host.scene.RemoveNode(choose(ready))
    # Another volume of the scene must not be chosen silently in its place.
    assert choose(ready) is None
    assert ready.reason(button) == why


@pytest.mark.parametrize("what", ["map", "GTV"])
def test_a_preview_goes_with_what_it_was_made_from(ready: Person, what: str) -> None:
    ready.choose_method("percent-max", 40.0)
    assert preview_nodes(ready) == 1
    ready.host.scene.RemoveNode(CHOSEN[what][0](ready))
    ready.host.settle(30)
    assert preview_nodes(ready) == 0
    assert ready.panel.segment.ui.volumeLabel.text == ""


def test_a_preview_that_was_deleted_comes_back_with_the_slider(ready: Person) -> None:
    ready.choose_method("percent-max", 40.0)
    ready.host.scene.RemoveNode(ready.host.scene.GetFirstNodeByName("HRS preview"))
    ready.choose_method("percent-max", 60.0)
    assert preview_nodes(ready) == 1


def test_the_gtv_segment_deleted_within_its_segmentation(ready: Person) -> None:
    node, segment_id = ready.panel.regions.gtv()
    node.GetSegmentation().RemoveSegment(segment_id)
    ready.widget.enter()
    assert ready.reason("apply") == "Choose the GTV."


def test_another_segment_does_not_take_the_place_of_a_gtv_that_was_deleted(ready: Person) -> None:
    """Slicer's selector shows the first segment when the chosen one goes away."""
    node, segment_id = ready.panel.regions.gtv()
    node.GetSegmentation().AddSegment(node.GetSegmentation().GetSegment(segment_id), "another")
    node.GetSegmentation().RemoveSegment(segment_id)
    ready.host.settle(20)
    assert ready.panel.regions.gtv() == (node, "")
    assert ready.reason("apply") == "Choose the GTV."


def test_a_segmentation_that_was_renamed_keeps_its_chosen_segment(ready: Person) -> None:
    before = ready.panel.regions.gtv()
    before[0].SetName("Other name")
    ready.host.settle(20)
    assert ready.panel.regions.gtv() == before


def test_an_image_deleted_while_its_map_is_made(ready: Person) -> None:
    ready.start("make_map")
    ready.host.scene.RemoveNode(ready.panel.patient.ui.imageSelector.currentNode())
    ready.wait()
    assert ready.message == "SUVbw made."
    assert ready.panel.segment.ui.mapSelector.currentNode().GetName() == "3: FDG PET AC SUVbw"


def test_a_region_deleted_while_it_is_exported(ready: Person, tmp_path: Path) -> None:
    ready.press("apply")
    ready.open("export")
    ready.host.type(ready.panel.export.ui.exportFolderEdit, str(tmp_path))
    ready.start("export")
    hrs = next(node for node, _, _ in ready.panel.scene_access.segments() if ready.panel.scene_access.is_hrs(node))
    ready.host.scene.RemoveNode(hrs)
    ready.wait()
    assert ready.message.startswith("Exported and read back")
    assert ready.reason("export") == "Tick at least one region."


# Two patients in one scene


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> tuple[PatientTruth, Path]:
    """Another patient, and the SUV map of it."""
    folder = tmp_path_factory.mktemp("other")
    truth = write_patient(folder / "two", size="small", seed=2, patient_id="PHANTOM-HN-2", patient_name="Phantom^Other")
    assert main(["map", "suv", "--image", str(truth.folder / truth.pet), "-o", str(folder / "suv.nrrd")]) == 0
    return truth, folder / "suv.nrrd"


def test_the_gtv_of_one_patient_in_the_map_of_another_is_refused(ready: Person, other: tuple[PatientTruth, Path]) -> None:
    gtv = ready.panel.regions.gtv()
    prepare(ready, *other)
    ready.panel.regions.ui.gtvSelector.setCurrentNode(gtv[0])
    ready.panel.regions.ui.gtvSelector.setCurrentSegmentID(gtv[1])
    before = nodes_of(ready.host.scene)
    ready.press("apply")
    assert "PHANTOM-HN-1" in ready.message
    assert "PHANTOM-HN-2" in ready.message
    assert nodes_of(ready.host.scene) == before


def test_the_region_of_one_patient_is_not_exported_for_the_ct_of_another(
    ready: Person, other: tuple[PatientTruth, Path], tmp_path: Path
) -> None:
    ready.press("apply")
    prepare(ready, *other)
    ready.open("export")
    ready.host.type(ready.panel.export.ui.exportFolderEdit, str(tmp_path))
    why = ready.reason("export")
    assert "PHANTOM-HN-1" in why
    assert "PHANTOM-HN-2" in why
    ready.panel.export.export()
    assert ready.message == why
    assert list(tmp_path.iterdir()) == []


def test_imported_regions_of_two_patients_lie_in_segmentations_of_their_own(
    ready: Person, other: tuple[PatientTruth, Path]
) -> None:
    prepare(ready, *other)
    nodes = {node.GetID() for node, _, _ in ready.panel.scene_access.segments()}
    assert len(nodes) == 2


# Transforms


def under_transform(person: Person, node: Any, *, linear: bool) -> Any:
    kind = "vtkMRMLLinearTransformNode" if linear else "vtkMRMLBSplineTransformNode"
    transform = person.host.scene.AddNewNodeByClass(kind, "Moved")
    if linear:
        import vtk

        matrix = vtk.vtkMatrix4x4()
        matrix.SetElement(0, 3, 5.0)
        transform.SetMatrixTransformToParent(matrix)
    else:
        import vtk

        spline = vtk.vtkThinPlateSplineTransform()
        points, moved = vtk.vtkPoints(), vtk.vtkPoints()
        for x, y, z in ((0, 0, 0), (50, 0, 0), (0, 50, 0), (0, 0, 50), (50, 50, 50)):
            points.InsertNextPoint(x, y, z)
            moved.InsertNextPoint(x + 0.1 * y, y, z + 3)
        spline.SetSourceLandmarks(points)
        spline.SetTargetLandmarks(moved)
        transform.SetAndObserveTransformToParent(spline)
    node.SetAndObserveTransformNodeID(transform.GetID())
    person.panel.changed()
    return transform


def test_a_moved_ct_is_not_exported_for_as_its_files_lie_elsewhere(ready: Person, tmp_path: Path) -> None:
    ready.press("apply")
    ready.export_to(tmp_path)
    (tmp_path / "RS_HRS.dcm").unlink()
    ct = CHOSEN["planning CT"][0](ready)
    under_transform(ready, ct, linear=True)
    assert ready.reason("export") == (
        f'The volume "{ct.GetName()}" is moved by the transform "Moved", and its DICOM files are not. '
        "Take it out of the transform first."
    )
    ct.SetAndObserveTransformNodeID(None)
    ready.panel.changed()
    assert ready.reason("export") == ""


def test_a_moved_image_makes_no_map_from_files_that_lie_elsewhere(ready: Person) -> None:
    under_transform(ready, CHOSEN["image"][0](ready), linear=True)
    assert 'is moved by the transform "Moved"' in ready.reason("make_map")


def test_what_was_found_in_a_moved_map_is_marked_and_export_asks_for_a_signature(ready: Person, tmp_path: Path) -> None:
    under_transform(ready, CHOSEN["map"][0](ready), linear=True)
    assert ready.press("apply").startswith('"HRS" added'), ready.message
    ready.export_to(tmp_path)
    assert "are not those it was written with" in ready.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["map", "GTV"])
def test_a_deformable_transform_is_refused_with_the_name_of_the_node(ready: Person, what: str) -> None:
    node = CHOSEN[what][0](ready)
    under_transform(ready, node, linear=False)
    before = nodes_of(ready.host.scene)
    told = ready.reason("apply") or ready.press("apply")
    assert f'"{node.GetName()}" lies under the transform "Moved", which is deformable' in told
    assert nodes_of(ready.host.scene) == before


# Volumes that did not come from DICOM


@pytest.fixture
def foreign(person: Person, patient: PatientTruth) -> Person:
    """A volume and a segment that somebody loaded from files, with neither DICOM nor identity."""
    import slicer

    array = np.zeros((20, 30, 40), dtype=np.float32)
    array[5:15, 10:20, 10:25] = np.linspace(1.0, 10.0, 10)[:, None, None]
    volume = slicer.util.addVolumeFromArray(array, name="Drawn")
    node = person.host.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Mine")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segment_id = node.GetSegmentation().AddEmptySegment("GTV")
    slicer.util.updateSegmentBinaryLabelmapFromArray((array > 0).astype(np.uint8), node, segment_id, volume)
    panel = person.panel
    panel.patient.ui.planningCtSelector.setCurrentNode(volume)
    panel.patient.ui.imageSelector.setCurrentNode(volume)
    panel.segment.ui.mapSelector.setCurrentNode(volume)
    panel.regions.ui.gtvSelector.setCurrentNode(node)
    panel.regions.ui.gtvSelector.setCurrentSegmentID(segment_id)
    panel.changed()
    return person


def test_without_dicom_everything_works_but_export_which_says_why(foreign: Person) -> None:
    foreign.choose_method("percent-max", 45.0)
    # Planes of 150 voxels of 1 mm3 hold 1, 2, ... 10; six of them are at least 4.5.
    assert foreign.panel.segment.ui.volumeLabel.text.startswith("0.90 ml, 60.0% of 1.50 ml")
    assert foreign.press("apply").startswith('"HRS" added: 0.90 ml')
    assert 'The volume "Drawn" did not come from DICOM' in foreign.reason("export")


def test_a_map_that_needs_more_than_there_is_says_what(foreign: Person) -> None:
    before = nodes_of(foreign.host.scene)
    foreign.press("make_map")
    assert foreign.message.startswith("SUV is made from a PET series, but the image holds no stated quantity")
    assert nodes_of(foreign.host.scene) == before


# Scenes saved, closed and loaded; the module reloaded


def shown(person: Person) -> dict[str, object]:
    """What a person sees of the panel."""
    panel = person.panel
    node, segment_id = panel.regions.gtv()
    return {
        **{what: getattr(choose(person), "GetName", lambda: None)() for what, (choose, _, _) in CHOSEN.items()},
        "segment": node.GetSegmentation().GetSegment(segment_id).GetName() if node and segment_id else "",
        "method": panel.segment.ui.methodCombo.currentText,
        "percent": panel.segment.form.parameters.values().get("percent"),
        "islands": panel.segment.form.parameters.values().get("islands"),
        "name": panel.segment.ui.nameEdit.text,
        "label": panel.export.ui.labelEdit.text,
        "folder": panel.export.ui.exportFolderEdit.currentPath,
        "exports": [name for _, _, name in panel.export.chosen()],
        "off": {name: person.reason(name) for name in ("make_map", "apply", "export")},
    }


@pytest.mark.parametrize("name", ["scene.mrb", "scene.mrml"])
def test_a_scene_comes_back_with_the_panel_as_it_was(ready: Person, tmp_path: Path, name: str) -> None:
    import slicer

    out = tmp_path / "out"
    out.mkdir()
    ready.choose_method("percent-max", 37.0)
    ready.host.choose(ready.panel.segment.form.parameters.rows["islands"].widget, "all")
    ready.host.type(ready.panel.segment.ui.nameEdit, "Boost")
    ready.press("apply")
    ready.open("export")
    ready.host.type(ready.panel.export.ui.labelEdit, "Plan A")
    ready.host.type(ready.panel.export.ui.exportFolderEdit, str(out))
    table = ready.panel.export.ui.regionTable
    table.item(table.rowCount - 1, 2).setText("GTVp_PT^HRS")
    ready.tick_exports("Boost", "GTVp")
    before = shown(ready)
    assert before["exports"] == ["GTVp", "GTVp_PT^HRS"]
    assert before["off"] == {"make_map": "", "apply": "", "export": ""}
    if name.endswith(".mrml"):  # Such a scene only names the files of its nodes.
        for kind, ending in (("vtkMRMLScalarVolumeNode", "nrrd"), ("vtkMRMLSegmentationNode", "seg.nrrd")):
            for number, node in enumerate(slicer.util.getNodesByClass(kind)):
                assert preview_nodes(ready) == 0
                assert slicer.util.saveNode(node, str(tmp_path / f"{number}.{ending}"))
    assert slicer.util.saveScene(str(tmp_path / name))
    ready.host.close_scene()
    assert shown(ready)["map"] is None
    slicer.util.loadScene(str(tmp_path / name))
    ready.host.settle(50)
    assert shown(ready) == before
    assert preview_nodes(ready) == 0
    assert "0 differing voxels" in ready.export_to(out), ready.message


def test_closing_the_scene_empties_the_panel(ready: Person) -> None:
    ready.choose_method("percent-max", 40.0)
    ready.press("apply")
    ready.host.close_scene()
    assert ready.reason("apply") == "Choose a map."
    assert ready.panel.export.ui.regionTable.rowCount == 0
    ready.host.close_scene()
    assert ready.reason("export") == "Choose the planning CT."


def test_a_node_s_state_from_a_newer_version_is_told_and_not_used(ready: Person) -> None:
    node = ready.host.scene.GetSingletonNode("DosePaintingHRS", "vtkMRMLScriptedModuleNode")
    node.SetAttribute("state", '{"schema": 99}')
    ready.panel.restore()
    assert "newer version" in ready.message


def test_reloading_the_module_twice_keeps_what_was_chosen(ready: Person) -> None:
    ready.choose_method("percent-max", 42.0)
    before = shown(ready)
    for _ in range(2):
        ready.widget.onReload()
        ready.host.settle(50)
        ready.widget = ready.host.open_panel("DosePaintingHRS")
        assert shown(ready) == before
    assert preview_nodes(ready) <= 1


def test_unloading_takes_the_preview_along(ready: Person) -> None:
    ready.choose_method("percent-max", 42.0)
    ready.host.unload("DosePaintingHRS")
    assert preview_nodes(ready) == 0
    ready.widget = ready.host.load(MODULE)
