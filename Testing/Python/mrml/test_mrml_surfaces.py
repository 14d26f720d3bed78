"""Segments that are surfaces are filled on their image, and those under a transform lie where it puts them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders.slicer_core import require_slicer_core

require_slicer_core()

import slicer  # noqa: E402
import vtk  # noqa: E402

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
    deformable_transform,
    linear_transform,
    sphere_surface,
    surface_segmentation,
)
from builders.volumes import AXIAL, PATIENT, geometry_of, image_of, mask_of  # noqa: E402
from dosepainting_hrs.errors import GeometryError, InputError  # noqa: E402
from dosepainting_hrs.identity import MARK_EDITED  # noqa: E402
from dosepainting_hrs.image import Mask  # noqa: E402
from dosepainting_hrs.quantities import HOUNSFIELD  # noqa: E402
from dosepainting_hrs_mrml.segments import (  # noqa: E402
    add_segment,
    add_segmentation,
    mask_from,
    replace_segment,
    show_in_3d,
)
from dosepainting_hrs_mrml.volumes import add_volume  # noqa: E402


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
