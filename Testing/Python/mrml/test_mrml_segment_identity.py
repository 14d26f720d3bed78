"""Whose a segment is: by its tag, by the image it was drawn on, and through hand edits and saved scenes."""

from __future__ import annotations

import json
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

from builders.mrml_regions import (  # noqa: E402
    QUARTER_TURN,
    RED,
    SHAPE,
    TURN,
    corner_mask,
    labelmap_of,
    places,
)
from builders.mrml_scene import (  # noqa: E402
    linear_transform,
)
from builders.volumes import AXIAL, OTHER_PATIENT, PATIENT, geometry_of, image_of, mask_of  # noqa: E402
from dosepainting_hrs.errors import IdentityError, InputError  # noqa: E402
from dosepainting_hrs.identity import MARK_EDITED  # noqa: E402
from dosepainting_hrs.image import Measured  # noqa: E402
from dosepainting_hrs.quantities import HOUNSFIELD, SUV_BW  # noqa: E402
from dosepainting_hrs_mrml.segments import (  # noqa: E402
    add_segment,
    add_segmentation,
    mask_from,
)
from dosepainting_hrs_mrml.volumes import add_volume  # noqa: E402


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
