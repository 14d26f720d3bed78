"""Series and results of the command line in a scene: filed under their patient, found again on disk, never half there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset

from builders.slicer_core import require_slicer_core

require_slicer_core()

import slicer  # noqa: E402
import vtk  # noqa: E402

from builders.dicom_series import write_series  # noqa: E402
from builders.frame_series import real_world, write_enhanced_mr  # noqa: E402
from builders.volumes import AXIAL, PATIENT, geometry_of, image_of, mask_of  # noqa: E402
from dosepainting_hrs.address import parse_address  # noqa: E402
from dosepainting_hrs.dicom.stacking import read_stack  # noqa: E402
from dosepainting_hrs.errors import Cancelled, DicomError, InputError  # noqa: E402
from dosepainting_hrs.identity import Identity  # noqa: E402
from dosepainting_hrs.quantities import ADC, HOUNSFIELD, SUV_BW  # noqa: E402
from dosepainting_hrs.storage.volumes import read_mask, write_volume  # noqa: E402
from dosepainting_hrs_mrml.dicom_volumes import is_from_dicom, source_address, source_files, stack_of  # noqa: E402
from dosepainting_hrs_mrml.hierarchy import identity_in_hierarchy  # noqa: E402
from dosepainting_hrs_mrml.loading import load_map_file, load_series  # noqa: E402
from dosepainting_hrs_mrml.segments import add_segment, add_segmentation, mask_from  # noqa: E402
from dosepainting_hrs_mrml.volumes import add_volume, identity_of, image_from  # noqa: E402

TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
SERIES = "1.2.3.77"


def nowhere(_uid: str) -> str:
    return ""


def ct_on_disk(folder: Path, direction: Any = AXIAL, **more: Any) -> list[Path]:
    stored = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
    return write_series(
        folder, stored, spacing=(1.5, 2.0, 3.0), origin=(-10, 20, 30), direction=direction, intercept=-1024.0,
        series_uid=SERIES, **more,
    )  # fmt: skip


@pytest.mark.parametrize("direction", [np.eye(3), TURN], ids=["axial", "oblique"])
def test_a_series_lies_where_the_application_puts_it(scene: Any, tmp_path: Path, direction: Any) -> None:
    """Slicer's own reader of DICOM series is the judge: the same number at the same place."""
    files = ct_on_disk(tmp_path, direction)
    ours = load_series(scene, read_stack(tmp_path))
    theirs = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "theirs")
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    storage.SetFileName(str(files[0]))
    for file in files:
        storage.AddFileName(str(file))
    storage.SetSingleFile(False)
    assert storage.ReadData(theirs)
    for index in [(0, 0, 0), (5, 0, 0), (0, 4, 0), (0, 0, 3), (2, 3, 1)]:
        place = world_of(ours, index)
        value = ours.GetImageData().GetScalarComponentAsDouble(*index, 0)
        there = index_of(theirs, place)
        assert there == pytest.approx(np.rint(there), abs=1e-4)
        assert theirs.GetImageData().GetScalarComponentAsDouble(*np.rint(there).astype(int).tolist(), 0) == value


def world_of(node: Any, index: tuple[int, int, int]) -> list[float]:
    matrix, point = vtk.vtkMatrix4x4(), [0.0] * 4
    node.GetIJKToRASMatrix(matrix)
    matrix.MultiplyPoint([*index, 1], point)
    return point


def index_of(node: Any, point: list[float]) -> Any:
    matrix, index = vtk.vtkMatrix4x4(), [0.0] * 4
    node.GetRASToIJKMatrix(matrix)
    matrix.MultiplyPoint(point, index)
    return np.array(index[:3])


def test_a_series_keeps_its_identity_and_finds_its_files(scene: Any, tmp_path: Path) -> None:
    files = ct_on_disk(tmp_path)
    stack = read_stack(tmp_path)
    node = load_series(scene, stack)
    assert node.GetName() == "1: CT series"
    assert is_from_dicom(node)
    image = image_from(node)
    assert (image.quantity, image.identity) == (HOUNSFIELD, stack.identity)
    address = parse_address(source_address(node, nowhere), None, tmp_path)
    assert (address.path, address.selector) == (tmp_path.resolve(), SERIES)
    by_uid = dict(zip(stack.sop_instance_uids, map(str, stack.files), strict=True))
    assert source_files(node, by_uid.__getitem__) == files
    again = stack_of(node, by_uid.__getitem__)
    assert again.geometry.is_same_grid(stack.geometry, 1e-9)
    assert again.identity == stack.identity


def test_an_enhanced_adc_map_is_one_instance_with_its_scale_and_identity(scene: Any, tmp_path: Path) -> None:
    """Frames lie in the file as slices 2, 0, 1; slice k holds 100 k steps of 0.5e-6 mm2/s, which are 50 k um2/s."""
    order = (2, 0, 1)

    def fill(number: int, group: Any) -> None:
        place, kind = Dataset(), Dataset()
        place.ImagePositionPatient, kind.FrameType = [0.0, 0.0, 2.0 * order[number]], ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]
        group.PlanePositionSequence, group.MRImageFrameTypeSequence = [place], [kind]
        group.RealWorldValueMappingSequence = [real_world(0.5e-6, "mm2/s")]

    stored = np.array([np.full((2, 3), 100 * k, dtype=np.uint16) for k in order])
    write_enhanced_mr(tmp_path / "adc.dcm", stored, change=fill)
    stack = read_stack(tmp_path)
    node = load_series(scene, stack)
    image = image_from(node)
    assert (image.quantity, image.identity) == (ADC, stack.identity)
    np.testing.assert_allclose(image.array[:, 0, 0], [0.0, 50.0, 100.0])
    assert [one.text for one in image.working] == ["ADC by the real world values of the images themselves, in mm2/s."]
    (uid,) = node.GetAttribute("DICOM.instanceUIDs").split()
    again = stack_of(node, {uid: str(tmp_path / "adc.dcm")}.__getitem__)
    assert again.geometry.is_same_grid(stack.geometry)
    assert again.identity == stack.identity


def test_files_from_the_database_give_address_and_identity(scene: Any, tmp_path: Path) -> None:
    """A volume that the application's own DICOM module loaded knows its instances and its patient only."""
    ct_on_disk(tmp_path)
    stack = read_stack(tmp_path)
    node = add_volume(scene, image_of(np.zeros((4, 5, 6)), identity=Identity()), "CT")
    for name in node.GetAttributeNames():
        node.RemoveAttribute(name)
    node.SetAttribute("DICOM.instanceUIDs", " ".join(stack.sop_instance_uids))
    by_uid = dict(zip(stack.sop_instance_uids, map(str, stack.files), strict=True))
    assert source_address(node, by_uid.__getitem__) == f"{tmp_path}#{SERIES}"
    assert image_from(node, identity=stack_of(node, by_uid.__getitem__).identity).identity == stack.identity


def test_a_volume_that_did_not_come_from_dicom_says_so(scene: Any) -> None:
    node = add_volume(scene, image_of(np.zeros((4, 5, 6))), "T2 (NIfTI)")
    assert not is_from_dicom(node)
    for ask in (source_files, stack_of, source_address):
        with pytest.raises(InputError, match=r'"T2 \(NIfTI\)" did not come from DICOM: everything works but export'):
            ask(node, nowhere)


def test_files_that_are_gone_are_counted(scene: Any, tmp_path: Path) -> None:
    files = ct_on_disk(tmp_path / "CT")
    stack = read_stack(tmp_path)
    node = load_series(scene, stack)
    (tmp_path / "CT").rename(tmp_path / "moved")
    by_uid = dict(zip(stack.sop_instance_uids, map(str, files), strict=True))
    with pytest.raises(InputError, match='Of the 4 DICOM files of the volume "1: CT series", 4 are not found'):
        source_address(node, by_uid.__getitem__)
    with pytest.raises(InputError, match="4 are not found"):
        source_files(node, nowhere)


def test_a_damaged_file_is_a_sentence(scene: Any, tmp_path: Path) -> None:
    files = ct_on_disk(tmp_path)
    stack = read_stack(tmp_path)
    node = load_series(scene, stack)
    files[2].write_bytes(files[2].read_bytes()[:200])
    by_uid = dict(zip(stack.sop_instance_uids, map(str, stack.files), strict=True))
    with pytest.raises(DicomError, match=f"The series {SERIES} .* cannot be loaded"):
        stack_of(node, by_uid.__getitem__)


def test_nothing_is_added_when_loading_is_stopped(scene: Any, tmp_path: Path) -> None:
    ct_on_disk(tmp_path)
    stack = read_stack(tmp_path)

    def stop(fraction: float, _message: str) -> None:
        if fraction > 0.4:
            raise Cancelled

    with pytest.raises(Cancelled):
        load_series(scene, stack, stop)
    assert scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0
    assert scene.GetNumberOfNodesByClass("vtkMRMLDisplayNode") == 0


def test_series_are_filed_under_patient_and_study_as_the_application_does(scene: Any, tmp_path: Path) -> None:
    ct_on_disk(tmp_path / "A")
    ct_on_disk(tmp_path / "B", patient_id="P2", patient_name="Roe^Richard", study_uid="1.2.9", frame_uid="1.2.9.9")
    first = load_series(scene, read_stack(tmp_path / "A"))
    again = load_series(scene, read_stack(tmp_path / "A"))
    other = load_series(scene, read_stack(tmp_path / "B"))
    tree = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    studies = [tree.GetItemParent(tree.GetItemByDataNode(node)) for node in (first, again, other)]
    assert studies[0] == studies[1] != studies[2]
    patients = [tree.GetItemParent(study) for study in studies]
    assert [tree.GetItemName(patient) for patient in patients] == ["Doe^Jane (P1)", "Doe^Jane (P1)", "Roe^Richard (P2)"]
    assert [tree.GetItemLevel(patient) for patient in patients] == ["Patient"] * 3
    assert [tree.GetItemLevel(study) for study in studies] == ["Study"] * 3
    expected = Identity.of_patient("P1", "Doe^Jane", "19600101", study="1.2.3.1", series=(SERIES,))
    assert identity_in_hierarchy(first) == expected


def test_one_id_with_two_names_is_two_patients(scene: Any, tmp_path: Path) -> None:
    ct_on_disk(tmp_path / "A")
    ct_on_disk(tmp_path / "B", patient_name="Roe^Richard", study_uid="1.2.9")
    nodes = [load_series(scene, read_stack(tmp_path / name)) for name in "AB"]
    tree = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    assert len({tree.GetItemAncestorAtLevel(tree.GetItemByDataNode(node), "Patient") for node in nodes}) == 2


def test_what_the_command_line_wrote_comes_into_the_scene(scene: Any, tmp_path: Path) -> None:
    grid = geometry_of((4, 5, 6), (1.5, 2.0, 3.0), (-10, 20, 30), TURN)
    image = replace(image_of(np.arange(120.0).reshape(4, 5, 6), grid), history=("Made.",))
    write_volume(image, tmp_path / "suv.nrrd")
    node = load_map_file(scene, tmp_path / "suv.nrrd", "SUV")
    back = image_from(node)
    assert (back.quantity, back.identity, back.history, back.edited) == (SUV_BW, PATIENT, ("Made.",), False)
    np.testing.assert_array_equal(back.array, image.array)
    inside = np.zeros((4, 5, 6), dtype=bool)
    inside[1:3, 2, 2:5] = True
    mask = mask_of(inside, grid, name="HRS")
    write_volume(mask, tmp_path / "hrs.nrrd")
    segmentation = add_segmentation(scene, "HRS", node)
    segment_id = add_segment(segmentation, read_mask(tmp_path / "hrs.nrrd"), name="HRS", colour=(0.9, 0.3, 0.1))
    taken = mask_from(segmentation, segment_id, grid)
    assert (taken.name, taken.identity, taken.edited) == ("HRS", PATIENT, False)
    np.testing.assert_array_equal(taken.array, mask.array)


def test_a_file_that_cannot_be_used_leaves_the_scene_alone(scene: Any, tmp_path: Path) -> None:
    (tmp_path / "x.nrrd").write_bytes(b"NRRD0004\n")
    before = scene.GetNumberOfNodes()
    with pytest.raises(InputError, match=r"x\.nrrd"):
        load_map_file(scene, tmp_path / "x.nrrd")
    assert scene.GetNumberOfNodes() == before


def test_a_scene_with_a_series_is_saved_and_read(new_scene: Callable[[], Any], tmp_path: Path) -> None:
    ct_on_disk(tmp_path / "CT")
    first = new_scene()
    load_series(first.scene, read_stack(tmp_path / "CT"))
    first.save(tmp_path / "scene.mrb")
    second = new_scene()
    second.load(tmp_path / "scene.mrb")
    node = second.scene.GetFirstNodeByName("1: CT series")
    assert source_address(node, nowhere) == f"{(tmp_path / 'CT').resolve()}#{SERIES}"
    assert identity_of(node).patient_id == "P1"
    assert not image_from(node).edited


@pytest.mark.parametrize("heavy", ["pydicom", "SimpleITK", "scipy", "numba", "sklearn"])
def test_the_layer_opens_without_what_only_later_steps_need(heavy: str) -> None:
    """A panel is ready within a second: the parts it opens with import nothing heavy."""
    parts = "volumes, segments, state, dicom_volumes"
    code = f"import sys\nfrom dosepainting_hrs_mrml import {parts}\nprint({heavy!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "False"


def test_no_widgets_are_imported() -> None:
    code = "import sys\nfrom dosepainting_hrs_mrml import volumes, segments, state, dicom_volumes, loading\n"
    code += "print(sorted({name.split('.')[0] for name in sys.modules} & {'qt', 'ctk', 'PySide6', 'DosePaintingHRSLib'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]"]
