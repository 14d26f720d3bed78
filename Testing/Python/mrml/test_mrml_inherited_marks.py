"""The mark of a reference model in a scene: edited by hand, copied to another segment, eroded, grown, it stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders.slicer_core import require_slicer_core
from builders.volumes import PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.identity import MARK_REFERENCE_MODEL

require_slicer_core()

from vtk.util.numpy_support import vtk_to_numpy  # noqa: E402

from dosepainting_hrs_mrml.segments import add_segment, add_segmentation, mask_from  # noqa: E402
from dosepainting_hrs_mrml.volumes import add_volume  # noqa: E402

SHAPE = (6, 8, 10)
RED = (1.0, 0.0, 0.0)


def box(*spans: tuple[int, int]) -> np.ndarray:
    array = np.zeros(SHAPE)
    array[tuple(slice(*span) for span in spans)] = 1
    return array


MARKED = box((1, 4), (2, 6), (2, 7))


@pytest.fixture
def node(scene: Any) -> Any:
    """A segmentation on an image with a region of a reference model in it."""
    image = add_volume(scene, image_of(np.ones(SHAPE)), "ADC")
    made = add_segmentation(scene, "Regions", image)
    add_segment(made, marked_mask(), name="HRS", colour=RED)
    return made


def marked_mask() -> Any:
    return mask_of(MARKED, geometry_of(SHAPE), replace(PATIENT, marks=(MARK_REFERENCE_MODEL,)), "HRS")


def copied(node: Any, array: np.ndarray) -> Any:
    """A segment as the Segment Editor makes one: voxels, and no tag of ours."""
    segment_id = add_segment(node, mask_of(array, geometry_of(SHAPE), PATIENT, "copy"), name="copy", colour=RED)
    segment = node.GetSegmentation().GetSegment(segment_id)
    segment.RemoveTag("DosePaintingHRS")
    return mask_from(node, segment_id)


@pytest.fixture
def elsewhere(scene: Any, node: Any) -> Any:
    """The segmentation of the GTV, which the marked segment was moved to."""
    other = add_segmentation(scene, "GTVs", node.GetNodeReference("referenceImageGeometryRef"))
    add_segment(other, mask_of(box((0, 5), (1, 8), (1, 9)), geometry_of(SHAPE), PATIENT, "GTV"), name="GTV", colour=RED)
    segment_id = node.GetSegmentation().GetNthSegmentID(0)
    assert other.GetSegmentation().CopySegmentFromSegmentation(node.GetSegmentation(), segment_id)
    return other


COPIES = {
    "a copy": MARKED,
    "eroded": box((1, 4), (3, 5), (3, 6)),
    "grown": box((1, 5), (2, 6), (2, 8)),
    "a voxel of it": box((2, 3), (2, 3), (2, 3)),
}


@pytest.mark.parametrize("name", COPIES)
def test_what_is_copied_out_of_it_is_marked_where_it_was_moved_to(elsewhere: Any, name: str) -> None:
    back = copied(elsewhere, COPIES[name])
    assert MARK_REFERENCE_MODEL in back.identity.marks
    assert 'lies in the segment "HRS", which is marked reference-model' in back.history[-1]


@pytest.mark.parametrize("array", [box((0, 6), (0, 8), (0, 10)), box((4, 6), (6, 8), (7, 10))], ids=["around it", "beside it"])
def test_a_region_that_is_no_part_of_it_is_not(elsewhere: Any, array: np.ndarray) -> None:
    assert copied(elsewhere, array).identity.marks == ()


MADE = {
    **COPIES,
    "grown far": box((0, 6), (0, 8), (0, 10)),
    "joined with another": np.maximum(MARKED, box((4, 6), (0, 8), (0, 10))),
    "what is left of another": box((0, 5), (1, 8), (1, 9)) * (1 - MARKED),
}


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("is_removed", [False, True], ids=["", "the original removed"])
def test_whatever_is_made_in_its_segmentation_is_marked(scene: Any, node: Any, name: str, is_removed: bool) -> None:
    """Copied, eroded, grown, joined, subtracted in the Segment Editor, and the original deleted."""
    if is_removed:
        node.GetSegmentation().RemoveSegment(node.GetSegmentation().GetNthSegmentID(0))
    back = copied(node, MADE[name])
    assert MARK_REFERENCE_MODEL in back.identity.marks
    assert 'made in the segmentation "Regions", where a region is or was that is marked reference-model' in " ".join(
        back.history
    )


def test_the_segmentation_of_other_subvolumes_marks_nothing(scene: Any) -> None:
    plain = add_segmentation(scene, "Plain", add_volume(scene, image_of(np.ones(SHAPE)), "ADC"))
    add_segment(plain, mask_of(MARKED, geometry_of(SHAPE), PATIENT, "HRS"), name="HRS", colour=RED)
    assert copied(plain, MARKED).identity.marks == ()


def test_an_edit_by_hand_keeps_it(node: Any) -> None:
    segment_id = node.GetSegmentation().GetNthSegmentID(0)
    image = node.GetSegmentation().GetSegment(segment_id).GetRepresentation("Binary labelmap")
    scalars = vtk_to_numpy(image.GetPointData().GetScalars())
    scalars[np.flatnonzero(scalars)[:5]] = 0
    back = mask_from(node, segment_id)
    assert back.edited
    assert MARK_REFERENCE_MODEL in back.identity.marks


def test_a_segment_moved_to_another_segmentation_takes_it_along(scene: Any, node: Any) -> None:
    other = add_segmentation(scene, "Elsewhere")
    segment_id = node.GetSegmentation().GetNthSegmentID(0)
    assert other.GetSegmentation().CopySegmentFromSegmentation(node.GetSegmentation(), segment_id)
    assert MARK_REFERENCE_MODEL in mask_from(other, segment_id).identity.marks
