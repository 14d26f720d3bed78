"""Segments and masks: the same voxels at the same places, from labelmaps of any extent and from surfaces."""

from __future__ import annotations

import json
import math
import time
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

from builders.mrml_scene import (  # noqa: E402
    deformable_transform,
    linear_transform,
    sphere_surface,
    surface_segmentation,
)
from builders.volumes import AXIAL, OTHER_PATIENT, PATIENT, geometry_of, image_of, mask_of  # noqa: E402
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError  # noqa: E402
from dosepainting_hrs.identity import MARK_EDITED  # noqa: E402
from dosepainting_hrs.image import Mask, Measured  # noqa: E402
from dosepainting_hrs.quantities import HOUNSFIELD, SUV_BW  # noqa: E402
from dosepainting_hrs_mrml.segments import (  # noqa: E402
    TUMOUR,
    add_segment,
    add_segmentation,
    is_empty,
    mask_from,
    remove_segment,
    replace_segment,
    revision,
    show_in_3d,
)
from dosepainting_hrs_mrml.volumes import add_volume  # noqa: E402

TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
SHAPE = (4, 5, 6)
GRIDS = {
    "axial": AXIAL,
    "flipped rows and slices": np.diag([1.0, -1.0, -1.0]),
    "left-handed": np.diag([-1.0, 1.0, 1.0]),
    "sagittal": np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]),
    "oblique, flipped, left-handed": TURN @ np.diag([1.0, 1.0, -1.0]),
}
RED = (1.0, 0.0, 0.0)


def corner_mask(direction: Any = AXIAL, name: str = "GTVp") -> Mask:
    """Return five voxels of an unsymmetrical shape, on a grid of 1 x 2 x 3 mm at (-10, 20, 30)."""
    inside = np.zeros(SHAPE, dtype=bool)
    inside[1, 2, 3:6] = True
    inside[2, 2, 3] = True
    inside[2, 3, 3] = True
    return mask_of(inside, geometry_of(SHAPE, (1.0, 2.0, 3.0), (-10.0, 20.0, 30.0), direction), name=name)


def places(mask: Mask) -> set[tuple[float, ...]]:
    """Return the LPS positions of the voxels inside."""
    points = mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1])
    return {tuple(np.round(point, 6) + 0.0) for point in points}


@pytest.mark.parametrize("direction", GRIDS.values(), ids=GRIDS)
def test_a_round_trip_keeps_voxels_and_places(scene: Any, direction: Any) -> None:
    mask = corner_mask(direction)
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, mask, name="GTVp", colour=RED)
    on_grid = mask_from(node, segment_id, mask.stored.geometry)
    np.testing.assert_array_equal(on_grid.array, mask.array)
    assert on_grid.stored.geometry.is_same_grid(mask.stored.geometry, 1e-9)
    assert places(mask_from(node, segment_id)) == places(mask)
    assert not on_grid.edited


@pytest.mark.parametrize(
    ("direction", "ras"),
    [
        # Index (3, 2, 1), spacing 1, 2, 3 mm, origin (-10, 20, 30) LPS; RAS is (-L, -P, S).
        (AXIAL, (7.0, -24.0, 33.0)),
        (np.diag([-1.0, 1.0, 1.0]), (13.0, -24.0, 33.0)),
        (np.diag([1.0, -1.0, -1.0]), (7.0, -16.0, 27.0)),
        (TURN, (10.0, -25.0, 33.0)),  # LPS (-10 + 3 * 0.8 - 4 * 0.6, 20 + 3 * 0.6 + 4 * 0.8, 33)
    ],
)
def test_a_voxel_lies_where_it_was_computed_by_hand(scene: Any, direction: Any, ras: tuple[float, ...]) -> None:
    inside = np.zeros(SHAPE, dtype=bool)
    inside[1, 2, 3] = True
    mask = mask_of(inside, geometry_of(SHAPE, (1.0, 2.0, 3.0), (-10.0, 20.0, 30.0), direction))
    node = add_segmentation(scene, "Regions")
    image = labelmap_of(node, add_segment(node, mask, name="GTVp", colour=RED))
    assert image.GetExtent() == (3, 3, 2, 2, 1, 1)
    matrix, point = vtk.vtkMatrix4x4(), [0.0] * 4
    image.GetImageToWorldMatrix(matrix)
    matrix.MultiplyPoint([3, 2, 1, 1], point)
    assert point[:3] == pytest.approx(ras)


def labelmap_of(node: Any, segment_id: str) -> Any:
    return node.GetSegmentation().GetSegment(segment_id).GetRepresentation("Binary labelmap")


def test_segments_in_a_shared_labelmap_keep_apart(scene: Any) -> None:
    first, second = corner_mask(), corner_mask()
    moved = np.zeros(SHAPE, dtype=bool)
    moved[0, 0, 0:2] = True
    second = replace(second, array=moved, name="LN")
    node = add_segmentation(scene, "Regions")
    ids = [add_segment(node, mask, name=mask.name, colour=RED) for mask in (first, second)]
    node.GetSegmentation().CollapseBinaryLabelmaps(False)
    assert node.GetSegmentation().GetNumberOfLayers() == 1
    for mask, segment_id in zip((first, second), ids, strict=True):
        back = mask_from(node, segment_id, mask.stored.geometry)
        np.testing.assert_array_equal(back.array, mask.array)
        assert not back.edited
    replace_segment(node, ids[0], replace(first, array=moved))
    assert places(mask_from(node, ids[1])) == places(second)
    assert places(mask_from(node, ids[0])) == places(second)


def test_a_segment_on_another_grid_keeps_its_own(scene: Any) -> None:
    mask = corner_mask()
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, mask, name="GTVp", colour=RED)
    half_a_voxel_off = geometry_of(SHAPE, (1.0, 2.0, 3.0), (-10.5, 20.0, 30.0))
    back = mask_from(node, segment_id, half_a_voxel_off)
    assert back.geometry.shape == (2, 2, 3)
    assert places(back) == places(mask)


def test_a_flipped_grid_of_the_same_voxels_is_the_same_grid(scene: Any) -> None:
    mask = corner_mask()
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, mask, name="GTVp", colour=RED)
    # Last voxel in x and z of the grid above: (-10 + 5, 20, 30 + 9).
    flipped = geometry_of(SHAPE, (1.0, 2.0, 3.0), (-5.0, 20.0, 39.0), np.diag([-1.0, 1.0, -1.0]))
    back = mask_from(node, segment_id, flipped)
    assert back.array.shape == SHAPE
    assert places(back) == places(mask)
    np.testing.assert_array_equal(back.stored.axes.restore(back.array), mask.array[::-1, :, ::-1])


def test_a_segment_that_reaches_out_of_the_image_is_refused(scene: Any) -> None:
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, corner_mask(), name="GTVp", colour=RED)
    smaller = geometry_of((4, 5, 5), (1.0, 2.0, 3.0), (-10.0, 20.0, 30.0))
    with pytest.raises(GeometryError, match='Part of the segment "GTVp" lies outside of the image'):
        mask_from(node, segment_id, smaller)


def test_an_empty_and_a_missing_segment_are_refused(scene: Any) -> None:
    node = add_segmentation(scene, "Regions")
    node.GetSegmentation().AddEmptySegment("empty", "GTVn")
    assert is_empty(node, "empty")
    with pytest.raises(InputError, match='The segment "GTVn" of "Regions" is empty'):
        mask_from(node, "empty")
    with pytest.raises(InputError, match='"Regions" has no segment "x"'):
        mask_from(node, "x")
    with pytest.raises(InputError, match="has no voxels"):
        add_segment(node, mask_of(np.zeros(SHAPE)), name="HRS", colour=RED)


def test_zeros_within_an_extent_are_empty_too(scene: Any) -> None:
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, corner_mask(), name="GTVp", colour=RED)
    assert not is_empty(node, segment_id)
    vtk_to_numpy(labelmap_of(node, segment_id).GetPointData().GetScalars())[:] = 0
    assert is_empty(node, segment_id)
    with pytest.raises(InputError, match="is empty"):
        mask_from(node, segment_id)


def test_replacing_changes_only_the_box_and_drops_old_surfaces(scene: Any) -> None:
    mask = corner_mask()
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, mask, name="GTVp", colour=RED)
    show_in_3d(node)
    assert node.GetSegmentation().ContainsRepresentation("Closed surface")
    other = np.zeros(SHAPE, dtype=bool)
    other[3, 4, 5] = True
    seen: list[str] = []
    event = slicer.vtkSegmentation.SourceRepresentationModified
    node.GetSegmentation().AddObserver(event, lambda *_: seen.append("views told"))
    replace_segment(node, segment_id, replace(mask, array=other))
    assert labelmap_of(node, segment_id).GetExtent() == (5, 5, 4, 4, 3, 3)
    assert not node.GetSegmentation().ContainsRepresentation("Closed surface")
    assert seen
    assert places(mask_from(node, segment_id)) == {(-5.0, 28.0, 39.0)}


def test_a_preview_may_be_empty_and_comes_back(scene: Any) -> None:
    mask = corner_mask()
    node = add_segmentation(scene, "Preview")
    segment_id = add_segment(node, mask, name="Preview", colour=RED)
    replace_segment(node, segment_id, replace(mask, array=np.zeros(SHAPE, dtype=bool)), provenance=False)
    assert is_empty(node, segment_id)
    replace_segment(node, segment_id, mask, provenance=False)
    assert places(mask_from(node, segment_id)) == places(mask)
    assert not mask_from(node, segment_id).identity.is_known
    remove_segment(node, segment_id)
    remove_segment(node, segment_id)
    assert node.GetSegmentation().GetNumberOfSegments() == 0


def test_a_revision_tells_every_change_and_nothing_else(scene: Any) -> None:
    mask = corner_mask()
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, mask, name="GTVp", colour=RED)
    add_segment(node, mask, name="other", colour=RED)
    seen = [revision(node, segment_id)]
    mask_from(node, segment_id)
    show_in_3d(node)
    assert revision(node, segment_id)[1:] == seen[0][1:]
    replace_segment(node, segment_id, mask)
    seen.append(revision(node, segment_id))
    image = labelmap_of(node, segment_id)
    image.GetPointData().GetScalars().Modified()
    image.Modified()
    seen.append(revision(node, segment_id))
    shift = linear_transform(scene, QUARTER_TURN)
    node.SetAndObserveTransformNodeID(shift.GetID())
    seen.append(revision(node, segment_id))
    shift.SetMatrixTransformToParent(vtk.vtkMatrix4x4())
    seen.append(revision(node, segment_id))
    assert len(set(seen)) == 5


def test_identity_history_and_measurements_come_back(scene: Any) -> None:
    measured = (Measured(statistic="maximum", value=12.5, quantity=SUV_BW),)
    mask = replace(corner_mask(), history=("Drawn.", "a|b:c"), measured=measured)
    node = add_segmentation(scene, "Regions")
    back = mask_from(node, add_segment(node, mask, name="HRS", colour=RED), mask.stored.geometry)
    assert (back.identity, back.history, back.measured, back.name) == (PATIENT, mask.history, measured, "HRS")


def test_a_hand_edit_is_marked_and_measurements_are_dropped(scene: Any) -> None:
    measured = (Measured(statistic="maximum", value=12.5, quantity=SUV_BW),)
    mask = replace(corner_mask(), measured=measured)
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, mask, name="HRS", colour=RED)
    scalars = vtk_to_numpy(labelmap_of(node, segment_id).GetPointData().GetScalars())
    scalars[np.flatnonzero(scalars)[0]] = 0
    back = mask_from(node, segment_id)
    assert back.edited
    assert MARK_EDITED in back.identity.marks
    assert back.measured == ()
    assert back.identity.patient_id == "P1"


def test_an_extent_that_grows_around_the_same_voxels_is_no_edit(scene: Any) -> None:
    mask = corner_mask()
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, mask, name="GTVp", colour=RED)
    image = labelmap_of(node, segment_id)
    wide = slicer.vtkOrientedImageData()
    slicer.vtkOrientedImageDataResample.PadImageToContainImage(image, image, wide)
    constant = vtk.vtkImageConstantPad()
    constant.SetInputData(image)
    constant.SetOutputWholeExtent(0, 5, 0, 4, 0, 3)
    constant.Update()
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    wide.ShallowCopy(constant.GetOutput())
    wide.SetImageToWorldMatrix(matrix)
    image.DeepCopy(wide)
    assert image.GetExtent() == (0, 5, 0, 4, 0, 3)
    back = mask_from(node, segment_id)
    assert places(back) == places(mask)
    assert not back.edited


def test_a_changed_identity_is_refused(scene: Any) -> None:
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, corner_mask(), name="GTVp", colour=RED)
    segment, text = node.GetSegmentation().GetSegment(segment_id), vtk.reference("")
    segment.GetTag("DosePaintingHRS", text)
    segment.SetTag("DosePaintingHRS", json.dumps({**json.loads(str(text)), "DosePaintingHRS.patient_id": "P2"}))
    with pytest.raises(IdentityError, match='the segment "GTVp" are not those'):
        mask_from(node, segment_id)
    segment.SetTag("DosePaintingHRS", "{")
    with pytest.raises(InputError, match='identity of the segment "GTVp" is damaged'):
        mask_from(node, segment_id)


def drawn_by_hand(scene: Any, reference: Any) -> tuple[Any, str]:
    """Return a segment without a word of ours, as the Segment Editor leaves it."""
    node = add_segmentation(scene, "Drawn", reference)
    segment_id = add_segment(node, corner_mask(), name="GTVp", colour=RED)
    node.GetSegmentation().GetSegment(segment_id).RemoveTag("DosePaintingHRS")
    return node, segment_id


def test_a_segment_drawn_by_hand_is_of_the_patient_of_its_image(scene: Any) -> None:
    image = image_of(np.zeros(SHAPE), geometry_of(SHAPE, (1.0, 2.0, 3.0), (-10.0, 20.0, 30.0)), quantity=HOUNSFIELD)
    node, segment_id = drawn_by_hand(scene, add_volume(scene, image, "CT"))
    mask = mask_from(node, segment_id)
    assert mask.identity == PATIENT
    assert mask.history == ('Segment "GTVp" of "Drawn" taken from the scene, drawn on "CT".',)


def test_a_segment_drawn_on_a_moved_image_is_marked(scene: Any) -> None:
    reference = add_volume(scene, image_of(np.zeros(SHAPE), quantity=HOUNSFIELD), "CT")
    node, segment_id = drawn_by_hand(scene, reference)
    reference.SetAndObserveTransformNodeID(linear_transform(scene, QUARTER_TURN, "Turn").GetID())
    mask = mask_from(node, segment_id)
    assert MARK_EDITED in mask.identity.marks
    assert mask.history[-1] == 'Moved by the transform "Turn" of the scene.'


def test_identity_from_elsewhere_is_taken_for_an_image_that_has_none(scene: Any) -> None:
    node, segment_id = drawn_by_hand(scene, None)
    assert mask_from(node, segment_id, identity=PATIENT).identity == PATIENT


def test_a_segment_without_an_image_is_of_nobody(scene: Any) -> None:
    node, segment_id = drawn_by_hand(scene, None)
    assert not mask_from(node, segment_id).identity.is_known


def test_a_segmentation_filed_under_another_patient_than_its_image_is_refused(scene: Any) -> None:
    image = image_of(np.zeros(SHAPE), quantity=HOUNSFIELD, identity=OTHER_PATIENT)
    node, segment_id = drawn_by_hand(scene, add_volume(scene, image, "CT"))
    tree = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    subject = tree.CreateSubjectItem(tree.GetSceneItemID(), "Doe")
    tree.SetItemUID(subject, "DICOM", "P1")
    tree.CreateItem(subject, node)
    with pytest.raises(IdentityError, match='"Drawn" belongs to patient "P1", but its reference volume "CT" to patient "P2"'):
        mask_from(node, segment_id)


@pytest.mark.parametrize("direction", [AXIAL, TURN @ np.diag([1.0, 1.0, -1.0])], ids=["axial", "oblique, left-handed"])
def test_a_surface_is_filled_on_the_image_it_was_drawn_on(scene: Any, direction: Any) -> None:
    """A sphere of 20 mm: 33.51 ml, its voxels those whose centres lie inside."""
    shape, spacing = (40, 60, 70), np.array([1.0, 1.2, 2.0])
    middle = np.array([5.3, -7.2, 9.4])
    origin = np.array([5.0, -7.0, 9.0]) - direction @ (spacing * np.array([35, 30, 20]))
    image = image_of(np.zeros(shape), geometry_of(shape, spacing, origin, direction), quantity=HOUNSFIELD)
    reference = add_volume(scene, image, "CT")
    node, segment_id = surface_segmentation(scene, sphere_surface((-5.3, 7.2, 9.4), 20.0), reference=reference)
    mask = mask_from(node, segment_id, image.stored.geometry)
    assert mask.geometry.is_same_grid(image.geometry)
    assert mask.volume_ml == pytest.approx(4.0 / 3.0 * math.pi * 8.0, rel=0.005)
    assert_same_but_for_the_rim(mask, middle, 20.0)
    assert mask.identity == PATIENT
    assert places(mask_from(node, segment_id)) == places(mask)
    assert not node.GetSegmentation().ContainsRepresentation("Binary labelmap")


def assert_same_but_for_the_rim(mask: Mask, middle: Any, radius: float) -> None:
    """Compare with voxel centres inside a ball, leaving out those within 0.05 mm of its surface (facets cut inside it)."""
    z, y, x = np.indices(mask.array.shape)
    distance = np.linalg.norm(mask.geometry.to_world(np.stack([x, y, z], axis=-1)) - middle, axis=-1)
    clear = np.abs(distance - radius) > 0.05
    np.testing.assert_array_equal(mask.array[clear], (distance < radius)[clear])


def test_a_surface_without_an_image_says_so(scene: Any) -> None:
    node, segment_id = surface_segmentation(scene, sphere_surface((0, 0, 0), 20.0))
    with pytest.raises(InputError, match='"GTVp" of "RTSTRUCT" is a closed surface without a reference volume'):
        mask_from(node, segment_id)
    with pytest.raises(InputError, match='"RTSTRUCT" holds surfaces or contours'):
        add_segment(node, corner_mask(), name="HRS", colour=RED)


def test_contours_need_their_extension(scene: Any) -> None:
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "RTSTRUCT")
    node.GetSegmentation().SetSourceRepresentationName("Planar contour")
    segment = slicer.vtkSegment()
    segment.SetName("GTVp")
    segment.AddRepresentation("Planar contour", vtk.vtkPolyData())
    node.GetSegmentation().AddSegment(segment, "GTVp")
    with pytest.raises(InputError, match=r"is a planar contour that cannot be filled\. Planar contours need the SlicerRT"):
        mask_from(node, "GTVp", geometry_of(SHAPE))


QUARTER_TURN = [[0, -1, 0, 5], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


def test_a_labelmap_goes_through_a_linear_transform(scene: Any) -> None:
    """A quarter turn about S and 5 mm to R, by hand: LPS (l, p, s) -> (-p - 5, l, s)."""
    inside = np.zeros(SHAPE, dtype=bool)
    inside[1, 2, 3] = True
    mask = mask_of(inside, geometry_of(SHAPE, (1.0, 2.0, 3.0), (-10.0, 20.0, 30.0)))
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, mask, name="GTVp", colour=RED)
    node.SetAndObserveTransformNodeID(linear_transform(scene, QUARTER_TURN, "Turn").GetID())
    back = mask_from(node, segment_id)
    assert places(back) == {(-29.0, -7.0, 33.0)}  # from (-7, 24, 33)
    assert MARK_EDITED in back.identity.marks


def test_a_mask_under_a_transform_stays_where_it_is(scene: Any) -> None:
    node = add_segmentation(scene, "Regions")
    node.SetAndObserveTransformNodeID(linear_transform(scene, QUARTER_TURN, "Turn").GetID())
    mask = corner_mask(TURN)
    assert places(mask_from(node, add_segment(node, mask, name="HRS", colour=RED))) == places(mask)


def test_a_surface_goes_through_a_linear_transform(scene: Any) -> None:
    shape = (30, 30, 30)
    geometry = geometry_of(shape, (2.0, 2.0, 2.0), (-29.0, -29.0, -29.0))
    node, segment_id = surface_segmentation(scene, sphere_surface((-2.3, 4.2, 3.4), 10.0))
    node.SetAndObserveTransformNodeID(linear_transform(scene, QUARTER_TURN, "Turn").GetID())
    mask = mask_from(node, segment_id, geometry)
    # RAS (-2.3, 4.2, 3.4) -> (-4.2 + 5, -2.3, 3.4) = LPS (-0.8, 2.3, 3.4).
    assert_same_but_for_the_rim(mask, (-0.8, 2.3, 3.4), 10.0)


def test_a_deformable_transform_is_refused_by_name(scene: Any) -> None:
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, corner_mask(), name="GTVp", colour=RED)
    node.SetAndObserveTransformNodeID(deformable_transform(scene).GetID())
    with pytest.raises(GeometryError, match='"Regions" lies under the transform "Warp", which is deformable'):
        mask_from(node, segment_id)


def test_name_colour_and_terminology(scene: Any) -> None:
    node = add_segmentation(scene, "Regions")
    segment = node.GetSegmentation().GetSegment(add_segment(node, corner_mask(), name="HRS 50 %", colour=(0.9, 0.3, 0.1)))
    assert segment.GetName() == "HRS 50 %"
    assert segment.GetColor() == pytest.approx((0.9, 0.3, 0.1))
    terminology = vtk.reference("")
    assert segment.GetTag("TerminologyEntry", terminology)
    entry = slicer.vtkSlicerTerminologyEntry()
    # Slicer's own reader understands it.
    assert slicer.vtkSlicerTerminologiesModuleLogic().DeserializeTerminologyEntry(str(terminology), entry)
    assert entry.GetTypeObject().GetCodeValue() == "86049000"
    assert entry.GetCategoryObject().GetCodeMeaning() == "Morphologically Altered Structure"
    assert str(terminology) == TUMOUR


@pytest.mark.parametrize("file", ["scene.mrml", "scene.mrb"])
@pytest.mark.parametrize("direction", [AXIAL, TURN @ np.diag([1.0, 1.0, -1.0])], ids=["axial", "oblique, left-handed"])
def test_identity_outlives_a_saved_scene(new_scene: Callable[[], Any], tmp_path: Path, file: str, direction: Any) -> None:
    mask = replace(corner_mask(direction), history=("a|b;c:d% ~",))
    first = new_scene()
    node = add_segmentation(first.scene, "Regions")
    segment_id = add_segment(node, mask, name="HRS", colour=RED)
    first.save(tmp_path / file)
    second = new_scene()
    second.load(tmp_path / file)
    back = mask_from(second.scene.GetFirstNodeByName("Regions"), segment_id, mask.stored.geometry)
    assert (back.identity, back.history, back.edited) == (PATIENT, mask.history, False)
    np.testing.assert_array_equal(back.array, mask.array)


def test_time_of_a_preview(scene: Any) -> None:
    """A ball of 35,000 voxels in a volume of 256 x 256 x 200."""
    z, y, x = np.ogrid[:200, :256, :256]
    distance = (x - 128) ** 2 + (y - 120) ** 2 + (z - 90) ** 2
    mask = mask_of(distance < 20.3**2, geometry_of((200, 256, 256)))
    assert 34000 < mask.voxel_count < 36000
    node = add_segmentation(scene, "Preview")
    segment_id = add_segment(node, mask, name="Preview", colour=RED)
    times = []
    for radius in range(10, 20):
        smaller = replace(mask, array=np.asarray(distance < radius**2))
        began = time.perf_counter()
        replace_segment(node, segment_id, smaller, provenance=False)
        times.append(1e3 * (time.perf_counter() - began))
    began = time.perf_counter()
    replace_segment(node, segment_id, mask)
    kept = time.perf_counter()
    mask_from(node, segment_id, mask.stored.geometry)
    read = time.perf_counter()
    show_in_3d(node)
    shown = time.perf_counter()
    print(
        f"mask to segment {np.median(times):.2f} ms (worst {max(times):.2f}), with identity {1e3 * (kept - began):.1f} ms, "
        f"segment to mask {1e3 * (read - kept):.1f} ms, surface {1e3 * (shown - read):.0f} ms"
    )
