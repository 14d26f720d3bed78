"""The box, the connectivity and the choice of islands, by hand on a few voxels."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from builders.volumes import OTHER_PATIENT, PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError
from dosepainting_hrs.segmentation.islands import ALL, HIGHEST_UPTAKE, Uptake, bounding_box
from dosepainting_hrs.segmentation.remarks import remarks_on


@dataclass
class Choice:
    islands: str = ALL
    minimum_island_ml: float = 0.0


def line(*values: float) -> Uptake:
    """A row of voxels of 0.008 ml along x, all of them in the region."""
    image = image_of([[values]])
    return Uptake.of(image, mask_of(np.ones(image.array.shape)))


def kept(uptake: Uptake, threshold: float, choice: Choice) -> list[int]:
    return np.flatnonzero(uptake.at_least(threshold, choice, "Threshold").array).tolist()


@given(arrays(np.bool_, (3, 4, 5), elements=st.booleans()))
def test_the_box_is_the_smallest_that_holds_the_region(array: np.ndarray) -> None:
    where = np.argwhere(array)
    expected = tuple(slice(a, b + 1) for a, b in zip(where.min(0), where.max(0), strict=True)) if len(where) else None
    assert bounding_box(array) == expected


def test_all_islands() -> None:
    assert kept(line(3, 0, 5, 5, 0, 4), 3, Choice()) == [0, 2, 3, 5]


def test_only_the_island_that_holds_the_maximum() -> None:
    assert kept(line(3, 3, 3, 0, 5, 0, 4), 3, Choice(HIGHEST_UPTAKE)) == [4]


def test_of_equal_maxima_the_larger_island_then_the_first() -> None:
    assert kept(line(5, 0, 5, 4, 0, 5), 3, Choice(HIGHEST_UPTAKE)) == [2, 3]
    assert kept(line(4, 5, 0, 5, 4), 3, Choice(HIGHEST_UPTAKE)) == [0, 1]


def test_islands_below_a_volume_are_dropped() -> None:
    """Voxels of 0.008 ml: islands of 1, 2 and 3 voxels."""
    uptake = line(9, 0, 5, 5, 0, 4, 4, 4)
    assert kept(uptake, 3, Choice(ALL, 0.016)) == [2, 3, 5, 6, 7]
    assert kept(uptake, 3, Choice(ALL, 0.0161)) == [5, 6, 7]


def test_an_island_of_just_the_volume_stays_whatever_the_rounding() -> None:
    """3 x 0.1 ml is 0.30000000000000004 or 0.3 in double precision, depending on the order; 0.3 ml must keep it."""
    geometry = geometry_of((1, 1, 3), spacing=(10.0, 10.0, 1.0))
    uptake = Uptake.of(image_of([[[5, 5, 5]]], geometry), mask_of(np.ones((1, 1, 3)), geometry))
    assert kept(uptake, 3, Choice(ALL, 3 * 0.1)) == [0, 1, 2]


def test_voxels_that_touch_at_a_corner_are_one_island() -> None:
    """26-connected: the diagonal of a cube of 2 voxels is one island, and the two on a far corner are another."""
    array = np.zeros((4, 4, 4))
    array[0, 0, 0], array[1, 1, 1], array[3, 3, 3] = 5, 4, 4
    image = image_of(array)
    mask = Uptake.of(image, mask_of(np.ones((4, 4, 4)))).at_least(3, Choice(HIGHEST_UPTAKE), "Threshold")
    assert np.argwhere(mask.array).tolist() == [[0, 0, 0], [1, 1, 1]]


def test_an_island_does_not_reach_through_the_outside_of_the_region() -> None:
    image = image_of([[[5, 5, 5]]])
    uptake = Uptake.of(image, mask_of([[[1, 0, 1]]]))
    assert kept(uptake, 3, Choice(ALL)) == [0, 2]
    assert kept(uptake, 3, Choice(HIGHEST_UPTAKE)) == [0]


def test_the_maximum_is_that_inside_the_region() -> None:
    assert Uptake.of(image_of([[[9, 5, 2]]]), mask_of([[[0, 1, 1]]])).maximum == 5.0


def test_voxels_without_a_value_never_belong() -> None:
    uptake = line(np.nan, 5, np.inf, 4)
    assert uptake.maximum == 5.0
    assert kept(uptake, -1e30, Choice()) == [1, 3]


def test_an_empty_region_is_refused() -> None:
    with pytest.raises(InputError, match='The region "GTVp" has no voxels on the grid of the map'):
        Uptake.of(image_of([[[1.0]]]), mask_of([[[0]]]))


def test_a_region_where_the_map_has_no_value_is_refused() -> None:
    with pytest.raises(InputError, match=r'no finite value in any of the 2 voxels of the region "GTVp"'):
        Uptake.of(image_of([[[np.nan, np.nan, 3.0]]]), mask_of([[[1, 1, 0]]]))


def test_a_threshold_above_the_maximum_is_refused_with_both_numbers() -> None:
    with pytest.raises(InputError, match=r'reaches 5 in the region "GTVp", below the threshold of 6 \(SUVbw \(g/ml\)\)'):
        line(5, 2).at_least(6, Choice(), "Threshold")


def test_a_volume_that_no_island_has_is_refused() -> None:
    with pytest.raises(InputError, match=r"No island of at least 3 .* has a volume of 1 ml"):
        line(5, 2).at_least(3, Choice(ALL, 1.0), "Threshold")


def test_map_and_region_must_share_patient_frame_and_grid() -> None:
    image = image_of([[[5.0, 2.0]]])
    with pytest.raises(IdentityError, match='belongs to patient "P2"'):
        Uptake.of(image, mask_of([[[1, 1]]], identity=OTHER_PATIENT))
    with pytest.raises(GeometryError, match="1 x 1 x 1 voxels"):
        Uptake.of(image, mask_of([[[1]]]))


def test_the_region_knows_what_it_was_made_of() -> None:
    image = image_of([[[5.0, 2.0]]])
    region = mask_of([[[1, 1]]], identity=PATIENT)
    made = Uptake.of(image, region).at_least(3, Choice(HIGHEST_UPTAKE), "Threshold at 3 (SUVbw (g/ml))")
    assert made.identity == PATIENT
    assert made.stored is image.stored
    assert made.history[-1] == 'Threshold at 3 (SUVbw (g/ml)) inside "GTVp"; kept: the island of highest uptake.'
    assert [(one.statistic, one.value, one.quantity.name) for one in made.measured] == [("maximum", 5.0, "SUVbw")]


@pytest.mark.parametrize(("islands", "expected"), [("highest uptake", [4]), ("all", [1, 4])])
def test_any_voxels_may_be_kept_and_the_highest_island_is_the_highest_of_them(islands: str, expected: list[int]) -> None:
    """The 9 is not among the voxels chosen, so the 5 is the highest; what lies outside the region is left out."""
    within = mask_of([[[1, 1, 1, 1, 1, 0]]])
    uptake = Uptake.of(image_of([[[9.0, 2.0, 1.0, 1.0, 5.0, 7.0]]]), within)
    chosen = np.array([[[False, True, False, False, True]]])
    choice = Choice(islands)
    assert np.flatnonzero(uptake.kept(chosen, choice, "Chosen").array).tolist() == expected


def test_nothing_that_is_large_enough_is_said() -> None:
    uptake = Uptake.of(image_of([[[9.0, 2.0]]]), mask_of([[[1, 1]]]))
    choice = Choice(minimum_island_ml=3.0)
    with pytest.raises(InputError, match=r'No island that was found in the region "GTVp" has a volume of at least 3 ml'):
        uptake.kept(np.array([[[True, False]]]), choice, "Chosen")


def test_what_is_left_out_is_told_with_its_volume() -> None:
    """Voxels of 0.008 ml: islands of 1, 2 and 1 voxels; the hottest is the one of 2, then the last."""

    def told(*values: float, choice: Choice) -> tuple[str, ...]:
        uptake = line(*values)
        return remarks_on(uptake.at_least(3, choice, "Threshold"), {}, {})

    row = (3, 0, 5, 5, 0, 4)
    assert told(*row, choice=Choice()) == ()
    assert told(*row, choice=Choice(HIGHEST_UPTAKE)) == ("2 islands with 0.016 ml left out (--islands all keeps them).",)
    assert told(*row[:4], choice=Choice(HIGHEST_UPTAKE)) == ("1 island with 0.008 ml left out (--islands all keeps it).",)
    small = "2 islands with 0.016 ml left out for being below 0.01 ml (--minimum-island-ml 0 keeps them"
    assert told(*row, choice=Choice(ALL, 0.01)) == (f"{small}).",)
    assert told(*row, choice=Choice(HIGHEST_UPTAKE, 0.01)) == (f"{small}, with --islands all).",)
