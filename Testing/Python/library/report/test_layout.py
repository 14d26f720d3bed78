"""Where panels stand, in lengths that were added up by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from builders.volumes import geometry_of
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.report.cuts import cuts_through
from dosepainting_hrs.report.layout import Window, field_of_view, page_of, windows


def view_of(hu: np.ndarray, geometry: Geometry, centre: tuple[float, float, float], **options: float) -> list[list[float]]:
    cuts = cuts_through(geometry, centre)
    x, y, z = np.rint(geometry.to_index(centre)).astype(int)
    pixels = (hu[z], hu[::-1, y], hu[::-1, :, x])
    return field_of_view(cuts, pixels, **options).tolist()


def test_shows_the_patient_and_leaves_the_couch_out() -> None:
    hu = np.full((20, 40, 30), -1000.0)
    hu[3:18, 5:25, 8:22] = 40.0
    hu[:, 35, :] = 200.0
    found = view_of(hu, geometry_of(hu.shape, (1.0, 1.0, 1.0)), (15.0, 15.0, 10.0), margin_mm=2.0)
    assert found == [[6.0, 3.0, 1.0], [23.0, 26.0, 19.0]]


def test_a_margin_is_in_millimetres_and_ends_at_the_image() -> None:
    hu = np.full((10, 10, 10), -1000.0)
    hu[3:7, 3:7, 1:7] = 0.0
    found = view_of(hu, geometry_of(hu.shape, (2.0, 4.0, 1.0)), (8.0, 20.0, 5.0), margin_mm=4.0)
    assert found == [[0.0, 2.0, 0.0], [8.0, 7.0, 9.0]]  # x: 2 voxels, cut off at 0; y: 1 voxel; z: 4, cut off at both ends


@pytest.mark.parametrize(("at", "expected"), [(50.0, [40.0, 60.0]), (3.0, [0.0, 20.0]), (98.0, [79.0, 99.0])])
def test_a_long_patient_is_cut_round_the_point(at: float, expected: list[float]) -> None:
    hu = np.zeros((4, 4, 100))
    found = view_of(hu, geometry_of(hu.shape, (1.0, 1.0, 1.0)), (at, 1.0, 1.0), largest_mm=20.0)
    assert [found[0][0], found[1][0]] == expected


def test_air_throughout_is_shown_whole() -> None:
    hu = np.full((3, 4, 5), -1000.0)
    assert view_of(hu, geometry_of(hu.shape), (2.0, 2.0, 2.0)) == [[0.0, 0.0, 0.0], [4.0, 3.0, 2.0]]


def test_windows_count_from_the_left_and_from_the_head() -> None:
    """Of 10 x 10 x 10 voxels of 2 x 3 x 5 mm: x 1 to 4, y 2 to 6, z 3 to 8, so that one voxel is above z 8."""
    cuts = cuts_through(geometry_of((10, 10, 10), (2.0, 3.0, 5.0)), (4.0, 9.0, 20.0))
    found = windows(cuts, np.array([1.0, 2.0, 3.0]), np.array([4.0, 6.0, 8.0]))
    assert found == (Window(2.0, 6.0, 8.0, 15.0), Window(2.0, 5.0, 8.0, 30.0), Window(6.0, 5.0, 15.0, 30.0))


@pytest.mark.parametrize("rows", [1, 2])
def test_all_panels_have_one_scale_and_none_overlap_or_leave_the_page(rows: int) -> None:
    shown = (Window(0, 0, 240, 200), Window(0, 0, 240, 180), Window(0, 0, 200, 180))
    page = page_of(shown, rows=rows)
    wide, high = page.inches
    assert len(page.panels) == rows
    for panels in page.panels:
        scales = [
            scale
            for (_, _, w, h), window in zip(panels, shown, strict=True)
            for scale in (w * wide / window.width, h * high / window.height)
        ]
        assert scales == pytest.approx([scales[0]] * 6)
        for (x, _, w, _), (following, *_) in itertools.pairwise(panels):
            assert x + w < following
    places = [place for panels in page.panels for place in panels] + ([page.colour_bar] if rows == 2 else [])
    assert all(x >= 0 and y >= 0 and x + w <= 1 and y + h <= 1 for x, y, w, h in places)
    assert max(y + h for _, y, _, h in page.panels[-1]) < (
        page.title_y if rows == 1 else min(y for _, y, _, _ in page.panels[0])
    )
    assert min(y for _, y, _, _ in page.panels[-1]) > page.legend_y
