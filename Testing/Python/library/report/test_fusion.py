"""Two slices as one picture: by hand."""

import numpy as np
import pytest

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.report.fusion import FIELDS, fused, fused_volume

ONE, OTHER = np.full((16, 16), 0.25), np.full((16, 16), 0.75)


def test_a_checkerboard_takes_its_fields_in_turn() -> None:
    picture = fused(ONE, OTHER, "checkerboard")[..., 0]
    size = 16 // FIELDS
    assert (picture[0, 0], picture[0, size], picture[size, 0], picture[size, size]) == (0.25, 0.75, 0.75, 0.25)
    assert picture.mean() == pytest.approx(0.5)


def test_what_agrees_is_grey_in_a_blend_and_in_a_difference() -> None:
    same = fused(ONE, ONE, "blend")
    assert np.ptp(same, axis=-1).max() == 0.0
    assert fused(ONE, ONE, "difference")[0, 0].tolist() == [0.5, 0.5, 0.5]
    assert fused(OTHER, ONE, "difference")[0, 0, 0] == pytest.approx(0.75)
    assert fused(ONE, OTHER, "blend")[0, 0].tolist() == [0.75, 0.25, 0.75]


def test_an_outline_marks_the_edges_of_the_second() -> None:
    edge = np.zeros((16, 16))
    edge[:, 8:] = 1.0
    picture = fused(ONE, edge, "outline")
    assert picture[4, 8].tolist() == [1.0, 0.8, 0.1]
    assert picture[4, 2].tolist() == [0.25, 0.25, 0.25]


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(ParameterError, match='no view "checker"'):
        fused(ONE, OTHER, "checker")


def test_in_space_fields_are_cubes_and_outlines_pass_over_the_end_of_the_image() -> None:
    """A step between x = 7 and 8 is outlined; the end of the image, from z = 12 on, is not."""
    first, second = np.full((16, 16, 16), 0.2), np.zeros((16, 16, 16))
    second[..., 8:] = 1.0
    second[12:] = np.nan
    board = fused_volume(first, second, "checkerboard")  # Fields of two voxels.
    assert board[0, 0, 8].tolist() == [51, 51, 51]
    assert board[0, 0, 10].tolist() == [255, 255, 255]
    assert board[0, 2, 8].tolist() == board[2, 0, 8].tolist() == [255, 255, 255]
    outlined = (fused_volume(first, second, "outline") == (255, 204, 26)).all(axis=-1)
    assert outlined[:12, :, 7].all()
    assert outlined.sum() == 12 * 16
    assert fused_volume(first, second, "difference")[0, 0, 0].tolist() == [153] * 3  # 0.5 + 0.1, of 255
    assert fused_volume(first, second, "blend")[0, 0, 8].tolist() == [255, 51, 255]
    with pytest.raises(ParameterError, match='no view "plaid"'):
        fused_volume(first, second, "plaid")


def test_the_fields_of_a_checkerboard_are_squares_to_the_eye() -> None:
    """80 columns of 1 mm and 20 rows of 4 mm: fields of 10 mm are 10 columns wide, and 2 rows (8 mm) high."""
    board = fused(np.ones((20, 80)), np.zeros((20, 80)), "checkerboard", pixel_mm=(1.0, 4.0))[..., 0]
    assert board[0, :20].tolist() == [1.0] * 10 + [0.0] * 10
    assert board[:5, 0].tolist() == [1.0, 1.0, 0.0, 0.0, 1.0]
