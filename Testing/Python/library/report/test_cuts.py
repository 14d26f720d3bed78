"""Slices as a radiologist looks at them: markers placed in the patient, looked for on the page."""

from __future__ import annotations

import numpy as np
import pytest

from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.errors import GeometryError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Image
from dosepainting_hrs.report.cuts import Cut, cuts_through

ORIGIN, SPACING, SHAPE = (-10.0, -20.0, -30.0), (2.0, 3.0, 5.0), (9, 11, 13)
CENTRE = (2.0, -5.0, -10.0)  # index (6, 5, 4): the middle voxel


def marked(where: tuple[float, float, float], geometry: Geometry | None = None) -> Image:
    """Return an image with one bright voxel at an LPS position."""
    grid = geometry or geometry_of(SHAPE, SPACING, ORIGIN)
    i, j, k = np.rint(grid.to_index(where)).astype(int)
    stored = np.zeros(grid.shape, dtype=np.float32)
    stored[k, j, i] = 1.0
    return image_of(stored, grid)


def bright_on(cut: Cut, image: Image) -> tuple[int, int]:
    (place,) = np.argwhere(cut.pixels(image) == 1.0)
    return int(place[0]), int(place[1])


# Rows count from the top, columns from the left. The middle of the page is (5, 6) axial, (4, 6) coronal, (4, 5) sagittal.
@pytest.mark.parametrize(
    ("towards", "plane", "expected"),
    [
        ((4.0, 0.0, 0.0), 0, (5, 8)),  # 4 mm to the patient's left: two columns to the viewer's right
        ((0.0, 6.0, 0.0), 0, (7, 6)),  # 6 mm to the back: two rows down
        ((4.0, 0.0, 0.0), 1, (4, 8)),
        ((0.0, 0.0, 10.0), 1, (2, 6)),  # 10 mm to the head: two rows up
        ((0.0, 6.0, 0.0), 2, (4, 7)),  # to the back: to the viewer's right
        ((0.0, 0.0, 10.0), 2, (2, 5)),
    ],
)
def test_left_of_the_patient_is_right_on_the_page(towards: tuple[float, ...], plane: int, expected: tuple[int, int]) -> None:
    where = (CENTRE[0] + towards[0], CENTRE[1] + towards[1], CENTRE[2] + towards[2])
    image = marked(where)
    assert bright_on(cuts_through(image.geometry, CENTRE)[plane], image) == expected


def test_letters_are_those_of_the_radiological_convention() -> None:
    axial, coronal, sagittal = cuts_through(geometry_of(SHAPE, SPACING, ORIGIN), CENTRE)
    assert axial.letters == {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    assert coronal.letters == {"left": "R", "right": "L", "top": "S", "bottom": "I"}
    assert sagittal.letters == {"left": "A", "right": "P", "top": "S", "bottom": "I"}


def test_letters_tell_a_tilt_of_20_degrees_and_keep_silent_about_10() -> None:
    def about_x(degrees: float) -> np.ndarray:
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])

    # Turned by +20 degrees about L, the rows' downward direction is P and somewhat S.
    tilted = cuts_through(geometry_of(SHAPE, SPACING, ORIGIN, about_x(20.0)), ORIGIN)[0]
    assert tilted.letters == {"left": "R", "right": "L", "top": "AI", "bottom": "PS"}
    upright = cuts_through(geometry_of(SHAPE, SPACING, ORIGIN, about_x(10.0)), ORIGIN)[0]
    assert upright.letters["top"] == "A"


def test_a_series_stored_from_head_to_feet_and_right_to_left_looks_the_same() -> None:
    where = (6.0, 1.0, 0.0)
    flipped = geometry_of(SHAPE, SPACING, (14.0, -20.0, 10.0), np.diag([-1.0, 1.0, -1.0]))
    plain, mirrored = marked(where), marked(where, flipped)
    for one, other in zip(cuts_through(plain.geometry, where), cuts_through(mirrored.geometry, where), strict=True):
        assert bright_on(one, plain) == bright_on(other, mirrored)
        assert one.letters == other.letters


def test_lengths_on_the_page_are_millimetres() -> None:
    axial, coronal, sagittal = cuts_through(geometry_of(SHAPE, SPACING, ORIGIN), (3.0, -5.0, -10.0))
    assert axial.size_mm == (13 * 2.0, 11 * 3.0)
    assert coronal.size_mm == (13 * 2.0, 9 * 5.0)
    assert sagittal.size_mm == (11 * 3.0, 9 * 5.0)
    # x = 3 mm lies 13 mm from the first centre at -10, so 14 mm from the edge; y: 15 + 1.5; z counts from the head's end.
    assert axial.crossing == pytest.approx((14.0, 16.5))
    assert coronal.crossing == pytest.approx((14.0, 22.5))
    assert sagittal.crossing == pytest.approx((16.5, 22.5))


def test_a_coarser_mask_keeps_its_own_voxel_edges() -> None:
    """One voxel of 4 mm covers two by two pixels of 2 mm, none of them partly."""
    inside = np.zeros((3, 5, 5), dtype=np.bool_)
    inside[1, 2, 3] = True
    mask = mask_of(inside, geometry_of(inside.shape, (4.0, 4.0, 6.0), (1.0, 1.0, 0.0)))
    axial = cuts_through(geometry_of((9, 14, 14), (2.0, 2.0, 2.0)), (14.0, 10.0, 6.0))[0]  # beyond the mask's grid
    # Its centre is at (13, 9), its edges at 11 to 15 and 7 to 11 mm: pixels with centres 12, 14 and 8, 10.
    assert np.argwhere(axial.pixels(mask)).tolist() == [[4, 6], [4, 7], [5, 6], [5, 7]]


def test_a_map_is_interpolated_linearly_and_ends_where_it_ends() -> None:
    """SUV rising by one per mm along x is itself at any point between voxel centres."""
    ramp = np.broadcast_to(np.arange(0.0, 20.0, 4.0), (3, 3, 5))
    overlay = image_of(ramp, geometry_of((3, 3, 5), (4.0, 8.0, 8.0), (0.0, -8.0, -8.0)))
    axial = cuts_through(geometry_of((1, 1, 12), (2.0, 2.0, 2.0), (-3.0, 0.0, 0.0)), (1.0, 0.0, 0.0))[0]
    row = axial.pixels(overlay)[0]
    # Pixel centres at -3, -1, 1 ... 19; the map's outer faces lie at -2 and 18.
    assert np.isnan(row[[0, 11]]).all()
    assert row[2:10] == pytest.approx(np.arange(1.0, 17.0, 2.0), abs=1e-5)


def test_a_point_outside_is_refused() -> None:
    with pytest.raises(GeometryError, match=r"The point \(2\.0, -5\.0, 99\.0\) mm lies outside of the image of 13 x 11 x 9"):
        cuts_through(geometry_of(SHAPE, SPACING, ORIGIN), (2.0, -5.0, 99.0))
