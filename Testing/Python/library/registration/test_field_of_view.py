"""Field-of-view harmonisation: the slices that all images cover, by hand."""

import pytest

from dosepainting_hrs.errors import GeometryError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.registration.field_of_view import common_slices, cut_slices

GRID = Geometry.from_parts((10, 4, 4), (2.0, 2.0, 3.0), (0.0, 0.0, 100.0))
"""Slices at 100, 103, ... 127 mm."""


def slab(first_mm: float, last_mm: float) -> Geometry:
    return Geometry.from_parts((2, 4, 4), (2.0, 2.0, last_mm - first_mm), (0.0, 0.0, first_mm))


def test_only_slices_within_all_are_kept() -> None:
    """From 104 to 121 mm lie 106 ... 121; a slice exactly at an end counts."""
    assert common_slices(GRID, [slab(90.0, 121.0).corners(), slab(104.0, 200.0).corners()]) == (2, 7)
    cut = cut_slices(GRID, 2, 7)
    assert cut.shape == (6, 4, 4)
    assert cut.origin == pytest.approx((0.0, 0.0, 106.0))


def test_images_that_share_no_slice_are_refused() -> None:
    with pytest.raises(GeometryError, match="share no slice"):
        common_slices(GRID, [slab(90.0, 105.0).corners(), slab(118.0, 200.0).corners()])
