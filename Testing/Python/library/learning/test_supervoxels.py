"""Supervoxels: borders that values draw, numbers that add up, and a scan that counts voxels."""

from __future__ import annotations

import numpy as np
import pytest

from dosepainting_hrs.learning.scan import scan
from dosepainting_hrs.learning.settings import ScanSettings
from dosepainting_hrs.learning.supervoxels import joined
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
    from dataclasses import replace

    order = np.random.default_rng(0).permutation(voxels.count)
    other = replace(voxels, values=voxels.values[order], tumour=voxels.tumour[order], place=voxels.place[order])
    (first, _), (second, _) = joined(voxels, SPACING, 8), joined(other, SPACING, 8)
    assert first.weights is not None
    assert second.weights is not None
    assert first.count == second.count
    assert sorted(first.weights.tolist()) == sorted(second.weights.tolist())
