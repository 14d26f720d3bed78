"""Supervoxels: borders that values draw, numbers that add up, and a scan that counts voxels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.cohorts import cohort_of
from dosepainting_hrs.learning.neighbours import neighbours_of, squared_distances
from dosepainting_hrs.learning.plan import Plan
from dosepainting_hrs.learning.scan import scan
from dosepainting_hrs.learning.score import mean_of, pair_scores
from dosepainting_hrs.learning.settings import LeaveOneOut, ScanSettings, SubsetOf
from dosepainting_hrs.learning.supervoxels import Pooled, joined, joined_again
from dosepainting_hrs.learning.voxels import ClassOf, Tumour, Voxels

SHAPE = (6, 6, 8)
SPACING = np.ones((4, 3))


@pytest.fixture
def voxels() -> Voxels:
    """Four tumours of two halves: 0 and 10 with noise of 0.1; the share of the second half rises with the class."""
    random = np.random.default_rng(3)
    values, places, numbers = [], [], []
    for tumour, width in enumerate((2, 3, 5, 6)):
        place = np.indices(SHAPE).reshape(3, -1).T
        values.append(np.where(place[:, 2] < width, 10.0, 0.0) + random.normal(0, 0.1, len(place)))
        places.append(place)
        numbers.append(np.full(len(place), tumour))
    tumours = tuple(Tumour(case=f"T{n}", patient=f"P{n}", group=f"g{n}", class_index=n // 2) for n in range(4))
    classes = (ClassOf(name="a", target_fraction=0.3), ClassOf(name="b", target_fraction=0.7))
    return Voxels(
        values=np.concatenate(values)[:, None],
        maps=("m",),
        units=("1",),
        tumour=np.concatenate(numbers),
        place=np.concatenate(places),
        tumours=tumours,
        classes=classes,
    )


def test_weights_add_up_and_values_keep_their_mean(voxels: Voxels) -> None:
    made, _ = joined(voxels, SPACING, 8)
    assert made.weights is not None
    assert made.volumes.tolist() == voxels.volumes.tolist()
    assert np.average(made.values[:, 0], weights=made.weights) == pytest.approx(voxels.values.mean())
    assert 4 < made.weights.mean() < 16


def test_no_supervoxel_crosses_a_border_of_values(voxels: Voxels) -> None:
    """A step of 10 is far more than an edge: every supervoxel lies on one side of it."""
    made, _ = joined(voxels, SPACING, 8)
    away = np.minimum(np.abs(made.values[:, 0]), np.abs(made.values[:, 0] - 10.0))
    assert away.max() < 0.5
    assert made.values[:, 0].std() > 4


def test_noise_within_them_falls_with_the_root_of_their_number(voxels: Voxels) -> None:
    made, _ = joined(voxels, SPACING, 8)
    assert made.weights is not None
    low = made.values[:, 0] < 5
    spread = np.sqrt(np.average((made.values[low, 0]) ** 2, weights=made.weights[low]))
    assert spread == pytest.approx(0.1 / np.sqrt(made.weights[low].mean()), rel=0.35)


def test_the_scan_counts_their_voxels(voxels: Voxels) -> None:
    """N_HRS is in voxels, so it is that of the voxels themselves, and the shares found are those of the halves."""
    made, _ = joined(voxels, SPACING, 8)
    settings = ScanSettings(iterations=10_000, bootstraps=0, permutations=0)
    plain, fewer = scan(voxels, settings), scan(made, settings)
    assert fewer.n_hrs == plain.n_hrs
    np.testing.assert_allclose(fewer.subsets[0].fractions, plain.subsets[0].fractions, atol=0.06)


def test_the_order_of_voxels_changes_nothing(voxels: Voxels) -> None:
    order = np.random.default_rng(0).permutation(voxels.count)
    other = replace(voxels, values=voxels.values[order], tumour=voxels.tumour[order], place=voxels.place[order])
    (first, _), (second, _) = joined(voxels, SPACING, 8), joined(other, SPACING, 8)
    assert first.weights is not None
    assert second.weights is not None
    assert first.count == second.count
    assert sorted(first.weights.tolist()) == sorted(second.weights.tolist())


def two_maps(seed: int) -> Voxels:
    """Six tumours of three classes with two maps; one tumour has far wider values, so that its part in an SD is large."""
    random = np.random.default_rng(seed)
    values = [random.normal(size=(60, 2)) * ([1.0, 9.0] if number == 5 else [1.0, 1.0]) for number in range(6)]
    return cohort_of(values, [0, 0, 1, 1, 2, 2])


def left_out_by_hand(single: Voxels, made: Voxels, centres: list[int], size: int, fold: int) -> float:
    """The share of a tumour in the best cluster of the others, everything joined in what the others alone give."""
    others = np.array([number != fold for number in range(6)])
    anew, rows = joined(single, np.ones((6, 3)), size, without=fold)
    assert anew.weights is not None
    counted = anew.weights * others[anew.tumour]
    mean = np.average(anew.values, axis=0, weights=counted)
    z = (anew.values - mean) / np.sqrt(np.average((anew.values - mean) ** 2, axis=0, weights=counted))
    n_hrs = (27, 27, 23, 23, 18, 18)[fold]  # 27 of all, less 7.5 or 15 % of 60 voxels, rounded half up.
    best, share = -np.inf, np.nan
    for centre in centres:
        tumour = made.tumour[centre]
        if tumour == fold:
            continue
        (voxel,) = np.flatnonzero((single.tumour == tumour) & (single.place == made.place[centre]).all(axis=1))
        distances = squared_distances(z.T, z[rows[voxel]])
        found = neighbours_of(distances, anew.tumour, anew.weights, n_hrs=n_hrs, multiplicity=others * 1, tie_tolerance=1e-9)
        shares = found.fractions(np.full(6, 60))
        score = mean_of(pair_scores(shares, others * 1, single.class_index, 3))
        if score > best:
            best, share = score, shares[fold]
    return float(share)


def test_leave_one_out_joins_anew_what_the_left_out_tumour_had_a_part_in() -> None:
    single = two_maps(4)
    voxels, rows = joined(single, np.ones((6, 3)), 4)
    made = Pooled(voxels=voxels, single=single, joined_to=rows, spacing_mm=np.ones((6, 3)), size=4)
    settings = ScanSettings(
        subsets=(SubsetOf(maps="A+B"),), iterations=30, bootstraps=0, permutations=0, leave_one_out=LeaveOneOut.REFITTED, seed=1
    )
    anew, kept = (scan(voxels, settings, refit=one).held_out for one in (joined_again(made, None), None))
    assert anew is not None
    assert kept is not None
    centres = Plan.of(voxels, settings, None)
    drawn = centres.order[centres.centres].tolist()
    expected = [left_out_by_hand(single, voxels, drawn, 4, fold) for fold in range(6)]
    assert anew.fractions == pytest.approx(expected)
    assert anew.fractions != pytest.approx(kept.fractions, abs=1e-3), "the joining matters in this cohort"


def test_the_normalisation_that_joins_leaves_the_tumour_out() -> None:
    """In the SD of the others a map weighs more, so other voxels are joined; one that is then constant joins nothing."""
    single = two_maps(5)
    first = single.tumour == 0
    (_, whole), (_, without) = joined(single, np.ones((6, 3)), 4), joined(single, np.ones((6, 3)), 4, without=5)
    assert len(set(zip(whole[first].tolist(), without[first].tolist(), strict=True))) > len(set(whole[first].tolist()))
    flat = replace(single, values=single.values * np.where(single.tumour == 5, 1.0, [[1.0], [0.0]]).T)
    alone = replace(flat, values=flat.values[:, :1], maps=("A",), units=("1",))
    (_, both), (_, one) = joined(flat, np.ones((6, 3)), 4, without=5), joined(alone, np.ones((6, 3)), 4, without=5)
    assert both[first].tolist() == one[first].tolist()
