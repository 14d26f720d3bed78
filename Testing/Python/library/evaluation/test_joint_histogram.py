"""Joint histogram and correlation: by hand, against scipy, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from builders.volumes import OTHER_PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError
from dosepainting_hrs.evaluation.joint_histogram import counts_in, joint_histogram


def test_by_hand_in_two_bins() -> None:
    """Edges at 0, 2, 4 and 0, 5, 10: (0, 0) and (1, 10) below, (4, 10) and (3, 9) above; the last edge belongs."""
    first, second = image_of([[[0.0, 1.0, 4.0, 3.0, 99.0]]]), image_of([[[0.0, 10.0, 10.0, 9.0, 99.0]]])
    found = joint_histogram(first, second, mask_of([[[1, 1, 1, 1, 0]]]), bins=2)
    assert found.counts.tolist() == [[1, 1], [0, 2]]
    assert found.first_edges.tolist() == [0.0, 2.0, 4.0]
    assert (found.first_mean, found.second_mean) == (2.0, 7.25)


def test_the_voxels_of_another_region_in_the_same_bins() -> None:
    """Of the four voxels, the second and the third; the fifth lies beyond all bins and is left out."""
    first, second = image_of([[[0.0, 1.0, 4.0, 3.0, 99.0]]]), image_of([[[0.0, 10.0, 10.0, 9.0, 99.0]]])
    found = joint_histogram(first, second, mask_of([[[1, 1, 1, 1, 0]]]), bins=2)
    assert counts_in(found, first, second, mask_of([[[0, 1, 1, 0, 1]]])).tolist() == [[0, 1], [0, 1]]


def test_a_straight_line_correlates_to_one_and_its_mirror_to_minus_one() -> None:
    values = np.arange(8.0).reshape(2, 2, 2)
    for sign in (1.0, -1.0):
        found = joint_histogram(image_of(values), image_of(sign * values + 3), mask_of(np.ones((2, 2, 2))))
        assert (found.pearson, found.spearman) == (pytest.approx(sign), pytest.approx(sign))


def test_correlations_are_those_of_scipy() -> None:
    draw = np.random.default_rng(6)
    x, y = draw.random((4, 5, 6)).astype(np.float32), np.round(draw.random((4, 5, 6)) * 4)
    found = joint_histogram(image_of(x), image_of(y), mask_of(np.ones(x.shape)))
    assert found.pearson == pytest.approx(stats.pearsonr(x.ravel().astype(float), y.ravel()).statistic)
    assert found.spearman == pytest.approx(stats.spearmanr(x.ravel(), y.ravel()).statistic)
    assert found.counts.sum() == 120


def test_voxels_without_a_value_are_left_out_and_counted() -> None:
    found = joint_histogram(image_of([[[1.0, np.nan, 3.0]]]), image_of([[[1.0, 2.0, 4.0]]]), mask_of([[[1, 1, 1]]]))
    assert (found.voxels, found.left_out) == (2, 1)


def test_a_constant_map_has_no_correlation() -> None:
    found = joint_histogram(image_of([[[3.0, 3.0]]]), image_of([[[1.0, 2.0]]]), mask_of([[[1, 1]]]))
    assert found.pearson is None
    assert found.spearman is None


def test_two_patients_two_grids_and_nothing_are_refused() -> None:
    first, region = image_of([[[1.0, 2.0]]]), mask_of([[[1, 1]]])
    with pytest.raises(IdentityError, match='The second map belongs to patient "P2"'):
        joint_histogram(first, image_of([[[1.0, 2.0]]], identity=OTHER_PATIENT), region)
    with pytest.raises(GeometryError, match="The second map lies on a grid"):
        joint_histogram(first, image_of([[[1.0, 2.0]]], geometry_of((1, 1, 2), (1, 1, 1))), region)
    with pytest.raises(InputError, match="in 1 of 2 voxels"):
        joint_histogram(first, image_of([[[1.0, np.nan]]]), region)
    with pytest.raises(InputError, match="in 0 of 0 voxels"):
        joint_histogram(first, first, mask_of([[[0, 0]]]))
