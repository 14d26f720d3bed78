"""The parameter space as a picture: where points lie, which one a click takes, and what is drawn on top."""

from __future__ import annotations

import numpy as np
import pytest

from DosePaintingHRSLib.cohort_picture import SpacePicture

NAN = float("nan")


def picture(scores: list[float]) -> SpacePicture:
    return SpacePicture(
        across=np.array([0.0, 10.0, 10.0]), upright=np.array([0.0, 0.0, 5.0]), scores=np.array(scores), size=(120, 80)
    )


def test_points_lie_in_their_corners() -> None:
    """The frame is from 46 to 110 and from 8 to 58; axes go 4 % of the range beyond the points, so 1 in 27 of their length."""
    made = picture([1.0, 2.0, 3.0])
    assert made.place_of(0.0, 0.0) == pytest.approx((46 + 64 / 27, 58 - 50 / 27))
    assert made.place_of(10.0, 5.0) == pytest.approx((110 - 64 / 27, 8 + 50 / 27))
    assert made.place_of(5.0, 2.5) == pytest.approx((78.0, 33.0))


def test_axes_have_values_and_titles() -> None:
    one = SpacePicture(
        across=np.array([0.0, 10.0]), upright=np.array([0.0, 5.0]), scores=np.array([1.0, 2.0]), titles=("ADC (um2/s)", "S")
    )
    written = {text.text for text in one.texts}
    assert {"ADC (um2/s)", "S", "0", "5", "10"} <= written
    assert all(0 <= text.x < 320 and 0 < text.y <= 280 for text in one.texts)


@pytest.mark.parametrize(("x", "y", "centre"), [(47, 50, 0), (100, 50, 1), (100, 20, 2), (0, 70, 0)])
def test_a_click_takes_the_nearest(x: float, y: float, centre: int) -> None:
    assert picture([1.0, 2.0, 3.0]).nearest(x, y) == centre


def test_colours_go_from_dark_to_bright_and_a_centre_without_score_is_grey() -> None:
    pixels = picture([1.0, 3.0, NAN]).pixels()
    assert pixels[56, 48].tolist() == [68, 1, 84]
    assert pixels[56, 108].tolist() == [253, 231, 37]
    assert pixels[10, 108].tolist() == [200, 205, 212]


def test_the_higher_score_is_drawn_on_top_and_marks_leave_the_points_alone() -> None:
    one = SpacePicture(across=np.array([0.0, 0.0, 1.0]), upright=np.array([0.0, 0.0, 1.0]), scores=np.array([9.0, 1.0, 5.0]))
    plain = one.pixels()
    x, y = one.place_of(0.0, 0.0)
    assert plain[round(y), round(x)].tolist() == [253, 231, 37]
    marked = one.pixels(chosen=2, here=(0.5, 0.5))
    assert (marked != plain).any()
    assert (one.pixels() == plain).all()


def test_where_only_one_map_is_known_a_line_marks_it() -> None:
    """Of one map the picture has the score upright, which a voxel of the slice views does not have."""
    made = picture([1.0, 2.0, 3.0])
    changed = (made.pixels(here=(5.0, None)) != made.pixels()).any(axis=2)
    assert set(np.nonzero(changed)[1].tolist()) == {78}
    assert changed[:, 78].sum() == 51, "all of the frame"
    assert (made.pixels(here=(99.0, None)) == made.pixels()).all(), "beyond the picture"


def test_all_values_equal_lie_in_the_middle() -> None:
    one = SpacePicture(across=np.full(3, 7.0), upright=np.full(3, 2.0), scores=np.full(3, NAN), size=(100, 100))
    assert one.place_of(7.0, 2.0) == (68.0, 43.0), "the middle of 46 to 90 and of 8 to 78"
    assert one.pixels()[43, 68].tolist() == [200, 205, 212]
