"""Plots as pictures: places and values are each other's inverse, lines stay in the frame, bins have their colours."""

import numpy as np
import pytest

from DosePaintingHRSLib.plot_picture import BLUE, RED, Plot, shown, ticks


@pytest.mark.parametrize(("across", "upright"), [(0.0, 0.0), (100.0, 30.0), (37.5, 12.25)])
def test_the_value_at_a_place_is_the_value_that_lies_there(across: float, upright: float) -> None:
    plot = Plot((0.0, 100.0), (0.0, 30.0))
    assert plot.values_at(*plot.place_of(across, upright)) == pytest.approx((across, upright))


def test_beyond_the_frame_lies_the_end_of_the_axis() -> None:
    assert Plot((1.0, 2.0), (3.0, 4.0)).values_at(-5.0, 9999.0) == (1.0, 3.0)


def test_a_second_axis_has_a_scale_of_its_own() -> None:
    plot = Plot((0.0, 1.0), (0.0, 30.0), right=(0.0, 1.0))
    assert plot.place_of(0.0, 15.0)[1] == plot.place_of(0.0, 0.5, right=True)[1]


def test_a_line_is_cut_off_at_the_frame_and_breaks_where_nothing_is_known() -> None:
    plot = Plot((0.0, 1.0), (0.0, 1.0))
    plot.line([0.0, 0.4, 0.5, 0.6, 1.0], [0.0, 5.0, np.nan, 0.5, 0.5], BLUE)
    rows, columns = np.nonzero((plot.pixels == BLUE).all(axis=2))
    left, top, end, bottom = plot.frame
    assert rows.min() >= top - 1
    assert rows.max() <= bottom
    gap = [round(plot.place_of(one, 0.0)[0]) for one in (0.42, 0.58)]
    assert not ((columns > gap[0]) & (columns < gap[1])).any()
    assert left <= columns.min()
    assert columns.max() <= end + 1


def test_bins_are_filled_where_they_lie() -> None:
    """The fuller bin is brighter; a bin of another region is drawn over it in one colour."""
    edges = np.array([0.0, 1.0, 2.0])
    plot = Plot((0.0, 2.0), (0.0, 2.0))
    plot.heat((edges, edges), np.array([[100, 0], [0, 1]]))

    def colour(across: float, upright: float) -> list[int]:
        x, y = plot.place_of(across, upright)
        return [int(one) for one in plot.pixels[round(y), round(x)]]

    assert sum(colour(0.5, 0.5)) > sum(colour(1.5, 1.5))
    assert colour(1.5, 0.4) == [250, 250, 250]
    plot.bins((edges, edges), np.array([[0, 0], [0, 3]]), RED)
    assert colour(1.5, 1.5) == list(RED)


def test_an_axis_without_extent_is_widened() -> None:
    assert Plot((5.0, 5.0), (0.0, 1.0)).across == (4.5, 5.5)


@pytest.mark.parametrize(
    ("ends", "wanted"),
    [((0.0, 100.0), [0, 20, 40, 60, 80, 100]), ((0.0, 1.0), [0, 0.2, 0.4, 0.6, 0.8, 1.0]), ((-450.0, 95.0), [-400, -200, 0])],
)
def test_ticks_are_round(ends: tuple[float, float], wanted: list[float]) -> None:
    assert ticks(*ends) == pytest.approx(wanted)


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (1e-17, "0"), (0.2, "0.2"), (1280.0, "1280"), (-123456.0, "-1.2e5")])
def test_values_at_an_axis_are_short(value: float, text: str) -> None:
    assert shown(value) == text
