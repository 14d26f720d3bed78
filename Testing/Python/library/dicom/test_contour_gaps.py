import numpy as np
import pytest
from numpy.typing import NDArray

from dosepainting_hrs.dicom.contour_gaps import Gap, describe_gaps, fill_gaps, find_gaps


def disc(
    radius: float, centre: tuple[float, float] = (40.0, 40.0), spacing: tuple[float, float] = (1.0, 1.0)
) -> NDArray[np.bool_]:
    y, x = np.indices((80, 80))
    return np.hypot((y - centre[0]) * spacing[0], (x - centre[1]) * spacing[1]) <= radius


def test_gaps_lie_between_contoured_slices_only() -> None:
    assert find_gaps([3, 4, 7, 9, 10]) == (Gap(4, 7), Gap(7, 9))
    assert list(Gap(4, 7).missing) == [5, 6]
    assert find_gaps([5]) == find_gaps([]) == ()


def test_a_wider_gap_within_every_third_slice_is_named_too() -> None:
    said = describe_gaps([0, 3, 6, 12, 15], lambda plane: 2.0 * plane)
    assert said[0] == "It is contoured on every third slice only, from 0.00 to 30.00 mm; the slices between are empty."
    assert said[1] == "Slices without contour lie inside its length: 5 between 12.00 and 24.00 mm."


def test_of_many_gaps_the_number_is_told() -> None:
    planes = [0, 1, 3, 5, 7, 9, 11, 13]
    said = describe_gaps(planes, float)
    assert said[0].endswith("1 between 7.00 and 9.00 mm and 2 more gaps.")


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.8, 1.25)])
def test_a_cone_is_filled_as_the_cone_it_is(spacing: tuple[float, float]) -> None:
    """Radius from 24 to 8 mm over ten slices: the interpolated radius is linear, the area pi r^2, the volume a frustum."""
    array = np.zeros((11, 80, 80), dtype=bool)
    array[0], array[10] = disc(24.0, spacing=spacing), disc(8.0, spacing=spacing)
    assert fill_gaps(array, [Gap(0, 10)], spacing) == ()
    radii = 24.0 - 1.6 * np.arange(11)
    areas = array.sum(axis=(1, 2)) * spacing[0] * spacing[1]
    np.testing.assert_allclose(areas, np.pi * radii**2, rtol=0.04)
    frustum = np.pi * 10.0 / 3.0 * (24.0**2 + 24.0 * 8.0 + 8.0**2)
    assert np.trapezoid(areas) == pytest.approx(frustum, rel=0.015)
    for below, above in zip(array[1:], array[:-1], strict=True):
        assert not (below & ~above).any()


def test_a_hole_that_goes_through_stays_open() -> None:
    ring = disc(20.0) & ~disc(8.0)
    array = np.stack([ring, np.zeros_like(ring), ring])
    fill_gaps(array, [Gap(0, 2)], (1.0, 1.0))
    np.testing.assert_array_equal(array[1], ring)


def test_a_slanted_cylinder_is_met_half_way() -> None:
    """Discs of 12 mm whose centres are 8 mm apart: the slice between is centred half-way."""
    array = np.stack([disc(12.0, (40, 36)), np.zeros((80, 80), dtype=bool), disc(12.0, (40, 44))])
    fill_gaps(array, [Gap(0, 2)], (1.0, 1.0))
    rows, columns = np.nonzero(array[1])
    assert columns.mean() == pytest.approx(40.0, abs=0.01)
    assert rows.mean() == pytest.approx(40.0, abs=0.01)


def test_shapes_that_do_not_meet_leave_the_gap_open() -> None:
    array = np.stack([disc(5.0, (20, 20)), np.zeros((80, 80), dtype=bool), disc(5.0, (60, 60))])
    assert fill_gaps(array, [Gap(0, 2)], (1.0, 1.0)) == (Gap(0, 2),)
    assert not array[1].any()
