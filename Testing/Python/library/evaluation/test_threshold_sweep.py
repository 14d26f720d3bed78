"""Sweep of thresholds: by hand, against one threshold at a time, and the points of origin by repeated erosion."""

import numpy as np
import pytest
from scipy import ndimage

from builders.volumes import OTHER_PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.errors import IdentityError, InputError
from dosepainting_hrs.evaluation.origins import points_of_origin
from dosepainting_hrs.evaluation.threshold_sweep import threshold_sweep


def test_by_hand_on_five_voxels() -> None:
    """Maximum 10; the reference is the two voxels 8 and 5. Voxels of 0.008 ml."""
    image = image_of([[[10.0, 8.0, 5.0, 2.0, 1.0]]])
    sweep = threshold_sweep(image, mask_of([[[1, 1, 1, 1, 1]]]), mask_of([[[0, 1, 1, 0, 0]]], name="relapse"))
    at = {point.percent: point for point in sweep.points}
    assert (at[100].volume_ml, at[100].dice, at[100].recall, at[100].precision) == (pytest.approx(0.008), 0.0, 0.0, 0.0)
    assert (at[80].dice, at[80].recall, at[80].precision) == (pytest.approx(2 / 4), 0.5, 0.5)
    assert (at[50].dice, at[50].recall, at[50].precision) == (pytest.approx(4 / 5), 1.0, pytest.approx(2 / 3))
    assert (at[21].dice, at[20].dice, at[10].dice) == (pytest.approx(4 / 5), pytest.approx(4 / 6), pytest.approx(4 / 7))
    assert at[50].mean == pytest.approx(23 / 3)
    assert (sweep.best_percent, sweep.best_dice) == (50.0, pytest.approx(0.8))
    assert sweep.points_of_origin == 1


@pytest.mark.parametrize("seed", range(3))
def test_it_is_one_threshold_after_the_other(seed: int) -> None:
    draw = np.random.default_rng(seed)
    array = np.round(draw.random((5, 6, 7)) * 8, 1)
    array[draw.random((5, 6, 7)) > 0.95] = np.nan
    within, reference = draw.random((5, 6, 7)) > 0.4, draw.random((5, 6, 7)) > 0.7
    image = image_of(array, geometry_of((5, 6, 7), (1.0, 1.5, 2.5)))
    grid = image.geometry
    sweep = threshold_sweep(image, mask_of(within, grid), mask_of(reference, grid))
    values = image.array.astype(np.float64)
    maximum = np.nanmax(values[within])
    for point in sweep.points:
        found = within & (values >= maximum * point.percent / 100)
        common = (found & reference).sum()
        assert point.volume_ml == pytest.approx(found.sum() * 0.00375)
        assert point.dice == pytest.approx(2 * common / (found.sum() + reference.sum()))
        assert point.recall == pytest.approx(common / reference.sum())
        assert point.mean == pytest.approx(values[found].mean())


def test_the_scope_may_be_wider_than_the_region_of_the_maximum() -> None:
    """Kutnar 2023 takes the maximum in the GTV and thresholds the whole crop."""
    image = image_of([[[4.0, 10.0, 6.0, 20.0]]])
    gtv, crop = mask_of([[[1, 1, 0, 0]]]), mask_of([[[1, 1, 1, 1]]], name="crop")
    sweep = threshold_sweep(image, gtv, mask_of([[[0, 0, 1, 0]]]), scope=crop)
    assert sweep.maximum == 10.0
    assert {p.percent: p.volume_ml for p in sweep.points}[60] == pytest.approx(3 * 0.008)
    inside = threshold_sweep(image, gtv, mask_of([[[0, 0, 1, 0]]]))
    assert inside.reference_in_scope == 0.0
    assert sweep.reference_in_scope == 1.0


def test_points_of_origin_are_counted_until_the_threshold_passes_them() -> None:
    """Two parts of one voxel each, of height 6 and 3 of 10."""
    image = image_of([[[10.0, 1.0, 6.0, 1.0, 3.0]]])
    sweep = threshold_sweep(image, mask_of([[[1, 1, 1, 1, 1]]]), mask_of([[[0, 0, 1, 0, 1]]]))
    counts = {point.percent: point.origins for point in sweep.points}
    assert (counts[30], counts[31], counts[60], counts[61]) == (2, 1, 1, 0)


def test_without_a_reference_there_is_no_agreement() -> None:
    sweep = threshold_sweep(image_of([[[10.0, 1.0]]]), mask_of([[[1, 1]]]))
    assert {(p.dice, p.recall, p.precision, p.origins) for p in sweep.points} == {(None, None, None, None)}
    assert sweep.best_percent is None


@pytest.mark.parametrize(
    ("values", "sentence"), [([0.0, 0.0], "is 0 .*above 0"), ([-1.0, -2.0], "is -1 "), ([np.nan, np.nan], "no finite value")]
)
def test_a_map_without_uptake_is_refused(values: list[float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        threshold_sweep(image_of([[values]]), mask_of([[[1, 1]]]))


def test_an_empty_reference_and_another_patients_are_refused() -> None:
    image, within = image_of([[[10.0, 1.0]]]), mask_of([[[1, 1]]])
    with pytest.raises(InputError, match='The reference "relapse" is empty'):
        threshold_sweep(image, within, mask_of([[[0, 0]]], name="relapse"))
    with pytest.raises(IdentityError, match='"P2"'):
        threshold_sweep(image, within, mask_of([[[0, 1]]], identity=OTHER_PATIENT))


def by_erosion(array: np.ndarray) -> np.ndarray:
    """Erode by 3 x 3 x 3 as long as something is left."""
    left = array
    while True:
        eroded = ndimage.binary_erosion(left, structure=np.ones((3, 3, 3)))
        if not eroded.any():
            return left
        left = eroded


@pytest.mark.parametrize("seed", range(4))
def test_the_point_of_origin_is_what_erosion_leaves(seed: int) -> None:
    draw = np.random.default_rng(seed)
    blob = ndimage.gaussian_filter(draw.random((14, 15, 16)), 2.5)
    blob = blob > np.percentile(blob, 80)
    labels, count = ndimage.label(blob, structure=np.ones((3, 3, 3)))
    origins = points_of_origin(mask_of(blob))
    assert len(origins) == count
    for number, origin in enumerate(origins, 1):
        core = by_erosion(labels == number)
        assert core[origin.index]
        away = np.linalg.norm(np.argwhere(core) - np.argwhere(core).mean(axis=0), axis=1)
        here = np.linalg.norm(np.array(origin.index) - np.argwhere(core).mean(axis=0))
        assert here == pytest.approx(away.min())
        assert origin.volume_ml == pytest.approx((labels == number).sum() * 0.008)


def test_the_origin_of_a_cube_is_its_middle_in_the_patient() -> None:
    array = np.zeros((7, 7, 7))
    array[1:6, 1:6, 1:6] = 1
    (origin,) = points_of_origin(mask_of(array, geometry_of((7, 7, 7), (1.0, 2.0, 3.0), (10.0, 0.0, 0.0))))
    assert (origin.index, origin.position_mm) == ((3, 3, 3), (13.0, 6.0, 9.0))


def test_a_ring_has_its_origin_in_itself() -> None:
    """Its centre of gravity is the hole."""
    array = np.zeros((3, 5, 5))
    array[1, 1:4, 1:4] = 1
    array[1, 2, 2] = 0
    (origin,) = points_of_origin(mask_of(array))
    assert array[origin.index]


def test_nothing_has_no_origin() -> None:
    assert points_of_origin(mask_of(np.zeros((2, 2, 2)))) == ()
