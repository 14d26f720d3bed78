"""Segments and masks: the same voxels at the same places, from labelmaps of any extent."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders.slicer_core import require_slicer_core

require_slicer_core()

import slicer  # noqa: E402
import vtk  # noqa: E402
from vtk.util.numpy_support import vtk_to_numpy  # noqa: E402

from builders.mrml_regions import (  # noqa: E402
    GRIDS,
    QUARTER_TURN,
    RED,
    SHAPE,
    corner_mask,
    labelmap_of,
    places,
)
from builders.mrml_scene import (  # noqa: E402
    linear_transform,
)
from builders.volumes import geometry_of, mask_of  # noqa: E402
from dosepainting_hrs.errors import GeometryError, InputError  # noqa: E402
from dosepainting_hrs_mrml.segments import (  # noqa: E402
    TUMOUR,
    add_segment,
    add_segmentation,
    is_empty,
    mask_from,
    replace_segment,
    revision,
    show_in_3d,
)


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


@pytest.mark.parametrize("origin", [(-10.0, 20.0, 30.0), (-6.0, 20.0, 30.0)], ids=["at the end", "at the start"])
def test_a_segment_that_reaches_out_of_the_image_is_refused(scene: Any, origin: tuple[float, ...]) -> None:
    node = add_segmentation(scene, "Regions")
    segment_id = add_segment(node, corner_mask(), name="GTVp", colour=RED)
    smaller = geometry_of((4, 5, 5), (1.0, 2.0, 3.0), origin)
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


def test_a_preview_may_be_empty_and_comes_back(scene: Any) -> None:
    mask = corner_mask()
    node = add_segmentation(scene, "Preview")
    segment_id = add_segment(node, mask, name="Preview", colour=RED)
    replace_segment(node, segment_id, replace(mask, array=np.zeros(SHAPE, dtype=bool)), provenance=False)
    assert is_empty(node, segment_id)
    replace_segment(node, segment_id, mask, provenance=False)
    assert places(mask_from(node, segment_id)) == places(mask)
    assert not mask_from(node, segment_id).identity.is_known


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
