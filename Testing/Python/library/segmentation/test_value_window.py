"""A window of values in two maps: by hand, and the way back from a joint histogram."""

import numpy as np
import pytest

from builders.volumes import OTHER_PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError, ParameterError
from dosepainting_hrs.evaluation.joint_histogram import joint_histogram
from dosepainting_hrs.segmentation.value_window import ValueWindow, ValueWindowParameters

FIRST, SECOND = image_of([[[1.0, 2.0, 3.0, 4.0, 5.0]]]), image_of([[[50.0, 40.0, 30.0, 20.0, np.nan]]])
ALL_OF_IT = mask_of([[[1, 1, 1, 1, 1]]])


def window(**limits: float) -> list[int]:
    method = ValueWindow(ValueWindowParameters(**limits))
    return np.flatnonzero(method.compute(FIRST, ALL_OF_IT, SECOND).array).tolist()


def test_both_limits_of_both_maps_belong() -> None:
    assert window(low=2.0, high=4.0) == [1, 2, 3]
    assert window(low=2.0, other_low=30.0) == [1, 2]
    assert window(other_high=30.0) == [2, 3]


def test_one_map_is_enough() -> None:
    made = ValueWindow(ValueWindowParameters(high=2.0)).compute(FIRST, ALL_OF_IT)
    assert np.flatnonzero(made.array).tolist() == [0, 1]


def test_a_cell_of_the_joint_histogram_is_its_voxels() -> None:
    draw = np.random.default_rng(3)
    first, second = image_of(draw.random((4, 5, 6))), image_of(draw.random((4, 5, 6)))
    within = mask_of(np.ones((4, 5, 6)))
    found = joint_histogram(first, second, within, bins=4)
    for row, column in ((0, 0), (1, 2), (3, 3)):
        limits = {"low": found.first_edges[row], "high": found.first_edges[row + 1]}
        limits |= {"other_low": found.second_edges[column], "other_high": found.second_edges[column + 1]}
        made = ValueWindow(ValueWindowParameters(**limits)).compute(first, within, second)
        assert made.voxel_count == found.counts[row, column]


@pytest.mark.parametrize(
    ("limits", "sentence"), [({}, "at least one limit"), ({"low": 3.0, "high": 2.0}, '"low" is 3, above the upper limit of 2')]
)
def test_no_window_and_a_window_upside_down_are_refused(limits: dict[str, float], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        ValueWindowParameters(**limits)


def test_a_missing_map_another_patients_and_another_grid_are_refused() -> None:
    method = ValueWindow(ValueWindowParameters(other_low=3.0))
    with pytest.raises(ParameterError, match="but no other map"):
        method.compute(FIRST, ALL_OF_IT)
    with pytest.raises(IdentityError, match='"P2"'):
        method.compute(FIRST, ALL_OF_IT, image_of([[[1.0] * 5]], identity=OTHER_PATIENT))
    with pytest.raises(GeometryError, match="The other map lies on a grid"):
        method.compute(FIRST, ALL_OF_IT, image_of([[[1.0] * 5]], geometry_of((1, 1, 5), (1, 1, 1))))
    with pytest.raises(InputError, match='No voxel of the region "GTVp" lies in the window'):
        ValueWindow(ValueWindowParameters(low=90.0)).compute(FIRST, ALL_OF_IT)
