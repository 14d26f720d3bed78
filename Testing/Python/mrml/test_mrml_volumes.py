"""Volume nodes and images: the same voxels at the same places, whatever way the grid lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.slicer_core import require_slicer_core

require_slicer_core()

import slicer  # noqa: E402
import vtk  # noqa: E402
from vtk.util.numpy_support import vtk_to_numpy  # noqa: E402

from builders.mrml_scene import deformable_transform, linear_transform  # noqa: E402
from builders.volumes import AXIAL, OTHER_PATIENT, PATIENT, geometry_of, image_of  # noqa: E402
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError  # noqa: E402
from dosepainting_hrs.identity import MARK_EDITED  # noqa: E402
from dosepainting_hrs.maps import dce_curves, tofts  # noqa: E402
from dosepainting_hrs.maps.adc import R2  # noqa: E402
from dosepainting_hrs.quantities import (  # noqa: E402
    ACTIVITY_CONCENTRATION,
    ADC,
    HOUNSFIELD,
    MR_SIGNAL,
    SUV_BW,
    SUVS,
    UNKNOWN,
    UPTAKE_RATIO,
    Quantity,
)
from dosepainting_hrs.storage.volumes import read_image, write_volume  # noqa: E402
from dosepainting_hrs.working import Fact  # noqa: E402
from dosepainting_hrs_mrml.display import look_of  # noqa: E402
from dosepainting_hrs_mrml.volumes import (  # noqa: E402
    add_volume,
    image_from,
    quantity_of_node,
    revision,
    update_volume,
)

TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
GRIDS = {
    "axial": AXIAL,
    "flipped rows and slices": np.diag([1.0, -1.0, -1.0]),
    "left-handed": np.diag([-1.0, 1.0, 1.0]),
    "sagittal": np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]),
    "oblique": TURN,
    "oblique, flipped, left-handed": TURN @ np.diag([1.0, 1.0, -1.0]),
}


def ras_of(node: Any, ijk: tuple[int, int, int]) -> tuple[float, ...]:
    """Ask MRML itself where a voxel lies."""
    matrix, point = vtk.vtkMatrix4x4(), [0.0] * 4
    node.GetIJKToRASMatrix(matrix)
    matrix.MultiplyPoint([*ijk, 1], point)
    return tuple(point[:3])


@pytest.mark.parametrize("direction", GRIDS.values(), ids=GRIDS)
def test_a_round_trip_keeps_voxels_and_places(scene: Any, direction: Any) -> None:
    values = np.arange(24.0).reshape(2, 3, 4)
    image = image_of(values, geometry_of(values.shape, (1.5, 2.0, 3.0), (-10.0, 20.0, 30.0), direction))
    node = add_volume(scene, image, "PET")
    back = image_from(node)
    assert back.geometry.is_same_grid(image.geometry, 1e-9)
    assert back.stored.geometry.is_same_grid(image.stored.geometry, 1e-9)
    np.testing.assert_array_equal(back.array, image.array)
    np.testing.assert_array_equal(vtk_to_numpy(node.GetImageData().GetPointData().GetScalars()).reshape(2, 3, 4), values)
    assert not back.edited


@pytest.mark.parametrize(
    ("direction", "ras"),
    [
        # Index (1, 2, 1), spacing 1.5, 2, 3 mm, origin (-10, 20, 30) LPS; RAS is (-L, -P, S).
        (AXIAL, (8.5, -24.0, 33.0)),  # LPS (-8.5, 24, 33)
        (np.diag([-1.0, 1.0, 1.0]), (11.5, -24.0, 33.0)),  # LPS (-11.5, 24, 33)
        (np.diag([1.0, -1.0, -1.0]), (8.5, -16.0, 27.0)),  # LPS (-8.5, 16, 27)
        (TURN, (11.2, -24.1, 33.0)),  # LPS (-10 + 1.5 * 0.8 - 4 * 0.6, 20 + 1.5 * 0.6 + 4 * 0.8, 33)
    ],
)
def test_a_voxel_lies_where_it_was_computed_by_hand(scene: Any, direction: Any, ras: tuple[float, ...]) -> None:
    values = np.zeros((2, 3, 4))
    values[1, 2, 1] = 7.0
    node = add_volume(scene, image_of(values, geometry_of(values.shape, (1.5, 2.0, 3.0), (-10, 20, 30), direction)), "PET")
    assert ras_of(node, (1, 2, 1)) == pytest.approx(ras)
    assert node.GetImageData().GetScalarComponentAsDouble(1, 2, 1, 0) == 7.0
    back = image_from(node)
    z, y, x = np.argwhere(back.array == 7.0)[0]
    assert back.geometry.to_world((x, y, z)) == pytest.approx((-ras[0], -ras[1], ras[2]))


def test_an_image_in_canonical_order_is_not_copied(scene: Any) -> None:
    node = add_volume(scene, image_of(np.ones((2, 3, 4))), "PET")
    image = image_from(node)
    assert np.shares_memory(image.array, vtk_to_numpy(node.GetImageData().GetPointData().GetScalars()))
    with pytest.raises(ValueError, match="read-only"):
        image.array[0, 0, 0] = 5


def test_identity_quantity_and_history_come_back(scene: Any) -> None:
    image = replace(image_of(np.ones((2, 3, 4))), history=("Loaded.", 'SUV: 5 %; "decay"'))
    back = image_from(add_volume(scene, image, "SUV"))
    assert (back.identity, back.quantity, back.history) == (PATIENT, SUV_BW, image.history)


def test_another_program_sees_quantity_and_unit(scene: Any) -> None:
    node = add_volume(scene, image_of(np.ones((2, 3, 4)), quantity=HOUNSFIELD), "CT")
    assert node.GetVoxelValueQuantity().GetCodeValue() == "112031"  # DCM: Attenuation Coefficient
    assert node.GetVoxelValueUnits().GetCodeValue() == "[hnsf'U]"


@pytest.mark.parametrize(
    ("code", "unit", "expected"),
    [
        ("112031", "[hnsf'U]", HOUNSFIELD),
        ("126401", "{SUVbw}g/ml", SUV_BW),
        ("113041", "um2/s", ADC),
        ("113041", "mm2/s", UNKNOWN),  # a million times larger: not the unit that methods count in
    ],
)
def test_quantity_of_a_volume_that_the_application_loaded(scene: Any, code: str, unit: str, expected: Quantity) -> None:
    node = plain_volume(scene)
    for value, scheme, put in ((code, "DCM", node.SetVoxelValueQuantity), (unit, "UCUM", node.SetVoxelValueUnits)):
        entry = slicer.vtkCodedEntry()
        entry.SetValueSchemeMeaning(value, scheme, "x")
        put(entry)
    assert image_from(node).quantity == expected


def plain_volume(scene: Any) -> Any:
    """Return a volume as another module makes it: 4 x 3 x 2 voxels, no word of whose it is."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Plain")
    data = vtk.vtkImageData()
    data.SetDimensions(4, 3, 2)
    data.AllocateScalars(vtk.VTK_SHORT, 1)
    vtk_to_numpy(data.GetPointData().GetScalars())[:] = np.arange(24)
    node.SetAndObserveImageData(data)
    return node


def test_a_plain_volume_is_of_nobody_until_told(scene: Any) -> None:
    node = plain_volume(scene)
    assert not image_from(node).identity.is_known
    assert image_from(node, identity=PATIENT).identity == PATIENT


def test_voxels_that_another_module_changed_are_marked(scene: Any) -> None:
    node = add_volume(scene, image_of(np.ones((2, 3, 4))), "SUV")
    before = revision(node)
    scalars = node.GetImageData().GetPointData().GetScalars()
    vtk_to_numpy(scalars)[5] = 9.0
    scalars.Modified()
    image = image_from(node)
    assert image.edited
    assert MARK_EDITED in image.identity.marks
    assert revision(node) != before


def test_changed_identity_is_refused(scene: Any) -> None:
    node = add_volume(scene, image_of(np.ones((2, 3, 4))), "SUV")
    node.SetAttribute("DosePaintingHRS.patient_id", "P2")
    with pytest.raises(IdentityError, match='the volume "SUV" are not those it was written with'):
        image_from(node)


def test_an_update_replaces_voxels_and_identity_but_not_what_was_read(scene: Any) -> None:
    node = add_volume(scene, image_of(np.ones((2, 3, 4))), "SUV")
    first = image_from(node)
    update_volume(node, image_of(np.full((3, 2, 2), 4.0), identity=OTHER_PATIENT))
    assert image_from(node).identity == OTHER_PATIENT
    assert image_from(node).array.shape == (3, 2, 2)
    assert first.array.max() == 1.0


def test_geometry_goes_through_a_linear_transform(scene: Any) -> None:
    """A quarter turn about S and 5 mm to R, by hand: RAS (r, a, s) -> (-a + 5, r, s)."""
    values = np.zeros((2, 3, 4))
    values[1, 2, 1] = 7.0
    node = add_volume(scene, image_of(values, geometry_of(values.shape, (1, 1, 1), (-10, 20, 30))), "PET")
    assert ras_of(node, (1, 2, 1)) == (9.0, -22.0, 31.0)
    turn = linear_transform(scene, [[0, -1, 0, 5], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], "Turn")
    before = revision(node)
    node.SetAndObserveTransformNodeID(turn.GetID())
    image = image_from(node)
    z, y, x = np.argwhere(image.array == 7.0)[0]
    assert image.geometry.to_world((x, y, z)) == pytest.approx((-27.0, -9.0, 31.0))  # RAS (27, 9, 31)
    assert MARK_EDITED in image.identity.marks
    assert image.history[-1] == 'Moved by the transform "Turn" of the scene.'
    assert revision(node) != before


def test_nested_transforms_add_up(scene: Any) -> None:
    node = add_volume(scene, image_of(np.ones((2, 3, 4))), "PET")
    outer = linear_transform(scene, [[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    inner = linear_transform(scene, [[1, 0, 0, 2], [0, 1, 0, 0], [0, 0, 1, 4], [0, 0, 0, 1]])
    inner.SetAndObserveTransformNodeID(outer.GetID())
    node.SetAndObserveTransformNodeID(inner.GetID())
    assert image_from(node).geometry.origin == pytest.approx((-3.0, 0.0, 4.0))


def test_a_transform_that_moves_nothing_marks_nothing(scene: Any) -> None:
    node = add_volume(scene, image_of(np.ones((2, 3, 4))), "PET")
    node.SetAndObserveTransformNodeID(linear_transform(scene, np.eye(4)).GetID())
    assert not image_from(node).edited


def test_an_update_under_a_transform_stays_where_the_image_is(scene: Any) -> None:
    node = add_volume(scene, image_of(np.ones((2, 3, 4))), "PET")
    node.SetAndObserveTransformNodeID(
        linear_transform(scene, [[0, -1, 0, 5], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]).GetID()
    )
    image = image_of(np.ones((2, 3, 4)), geometry_of((2, 3, 4), (1, 2, 3), (7, 8, 9)))
    update_volume(node, image)
    assert image_from(node).geometry.is_same_grid(image.geometry, 1e-9)


def test_a_deformable_transform_is_refused_by_name(scene: Any) -> None:
    node = add_volume(scene, image_of(np.ones((2, 3, 4))), "PET")
    node.SetAndObserveTransformNodeID(deformable_transform(scene).GetID())
    with pytest.raises(GeometryError, match='"PET" lies under the transform "Warp", which is deformable'):
        image_from(node)


def test_no_voxels_and_colours_are_refused(scene: Any) -> None:
    empty = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Empty")
    with pytest.raises(InputError, match='"Empty" has no voxels'):
        image_from(empty)
    data = vtk.vtkImageData()
    data.SetDimensions(2, 2, 2)
    data.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    empty.SetAndObserveImageData(data)
    with pytest.raises(InputError, match="3 values per voxel"):
        image_from(empty)


@pytest.mark.parametrize(
    ("kind", "highest", "expected"),
    [(np.int16, 3000, np.int16), (np.uint16, 60000, np.int32), (np.float64, 1.5, np.float32), (np.bool_, True, np.int16)],
)
def test_voxel_types(scene: Any, kind: type, highest: Any, expected: type) -> None:
    image = image_of(np.zeros((2, 3, 4)))
    array = np.zeros((2, 3, 4), dtype=kind)
    array[0, 1, 2] = highest
    back = image_from(add_volume(scene, replace(image, array=array), "X"))
    assert back.array.dtype == expected
    assert back.array[0, 1, 2] == highest
    assert not back.edited


@pytest.mark.parametrize(
    ("quantity", "highest", "window_level", "colour"),
    [
        (HOUNSFIELD, 1500, (400, 40), "vtkMRMLColorTableNodeGrey"),
        (SUV_BW, 60, (10, 5), "vtkMRMLPETProceduralColorNodePET-Heat"),
        (SUV_BW, 6, (6, 3), "vtkMRMLPETProceduralColorNodePET-Heat"),
        (ACTIVITY_CONCENTRATION, 30000, (30000, 15000), "vtkMRMLColorTableNodeInvertedGrey"),
        (ADC, 900, (3000, 1500), "vtkMRMLColorTableNodeGrey"),
        (Quantity("FMISO_c1", "1"), 40, (40, 20), "vtkMRMLPETProceduralColorNodePET-Heat"),
        (Quantity("FMISO_c2", "1"), -2, (4, 0), "vtkMRMLColorTableNodeRainbow"),
        (Quantity("z-score of MR signal", "1"), 9, (6, 0), "vtkMRMLColorTableNodeRainbow"),
        (Quantity("Ktrans", "1/min"), 0.25, (0.25, 0.125), "vtkMRMLPETProceduralColorNodePET-Heat"),
        (Quantity("ve", "1"), 0.25, (1, 0.5), "vtkMRMLPETProceduralColorNodePET-Heat"),
        (Quantity("signal enhancement ratio", "1"), 1.5, (2, 1), "vtkMRMLColorTableNodeRainbow"),
    ],
)
def test_display_by_quantity(
    scene: Any, quantity: Quantity, highest: float, window_level: tuple[float, float], colour: str
) -> None:
    values = np.zeros((2, 3, 4))
    values[0, 0, 0] = highest
    display = add_volume(scene, image_of(values, quantity=quantity), "X").GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel()) == window_level
    assert display.GetColorNodeID() == colour
    assert not display.GetAutoWindowLevel()


def test_voxels_without_a_value_do_not_set_the_window(scene: Any) -> None:
    """A fit that failed leaves not a number; of 100 values the 99th percentile lies at 0.99 by numpy's rule."""
    values = np.full((2, 10, 10), np.nan)
    values[0] = np.linspace(0.01, 1.0, 100).reshape(10, 10)
    display = add_volume(scene, image_of(values, quantity=Quantity("Ktrans", "1/min")), "X").GetDisplayNode()
    assert display.GetWindow() == pytest.approx(np.percentile(np.arange(1, 101) / 100, 99), rel=1e-6)


def test_every_quantity_that_a_map_makes_has_its_line_in_the_table() -> None:
    named = [*dce_curves.QUANTITIES.values(), *tofts.QUANTITIES.values(), *SUVS, R2, ADC, UPTAKE_RATIO]
    assert [one.name for one in named if look_of(one) is None] == []


def test_a_map_keeps_its_working_and_the_basis_of_its_component(scene: Any) -> None:
    facts = (Fact(kind="reference time", text="Series at 12:00.", tag="(0008,0031)", value=0.0, unit="s"),)
    image = replace(image_of(np.ones((2, 3, 4)), quantity=Quantity("FMISO_c1", "1")), working=facts, basis="0123abcd")
    node = add_volume(scene, image, "c1")
    back = image_from(node)
    assert (back.working, back.basis, quantity_of_node(node)) == (facts, "0123abcd", Quantity("FMISO_c1", "1"))


def test_mr_gets_an_automatic_window(scene: Any) -> None:
    assert add_volume(scene, image_of(np.ones((2, 3, 4)), quantity=MR_SIGNAL), "T2").GetDisplayNode().GetAutoWindowLevel()


@pytest.mark.parametrize("file", ["scene.mrml", "scene.mrb"])
def test_identity_outlives_a_saved_scene(new_scene: Callable[[], Any], tmp_path: Path, file: str) -> None:
    values = np.arange(24.0).reshape(2, 3, 4) / 7.0
    image = replace(image_of(values, geometry_of(values.shape, (1.1, 2.3, 3.7), (0.1, 0.2, 0.3), TURN)), history=("a|b;c:d%",))
    first = new_scene()
    add_volume(first.scene, image, "SUV")
    first.save(tmp_path / file)
    second = new_scene()
    second.load(tmp_path / file)
    back = image_from(second.scene.GetFirstNodeByName("SUV"))
    assert (back.identity, back.quantity, back.history, back.edited) == (PATIENT, SUV_BW, image.history, False)
    np.testing.assert_array_equal(back.array, image.array)


def test_a_file_of_ours_and_a_file_that_the_scene_wrote_say_the_same(new_scene: Callable[[], Any], tmp_path: Path) -> None:
    """The command line reads what Slicer saved, and the other way round: the NRRD header carries the attributes."""
    image = replace(image_of(np.arange(24.0).reshape(2, 3, 4), geometry_of((2, 3, 4), (1, 2, 3), (4, 5, 6), TURN)))
    write_volume(image, tmp_path / "ours.nrrd")
    scene = new_scene().scene
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Read by Slicer")
    storage = slicer.vtkMRMLNRRDStorageNode()
    storage.SetFileName(str(tmp_path / "ours.nrrd"))
    assert storage.ReadData(node)
    assert image_from(node).identity == PATIENT
    assert not image_from(node).edited
    storage.SetFileName(str(tmp_path / "theirs.nrrd"))
    assert storage.WriteData(node)
    back = read_image(tmp_path / "theirs.nrrd")
    assert (back.identity, back.quantity, back.edited) == (PATIENT, SUV_BW, False)
