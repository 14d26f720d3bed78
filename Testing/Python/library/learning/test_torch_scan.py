"""PyTorch finds the clusters of the scan's kernels, to the bit, on its processor device as on a GPU."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from builders.cohorts import random_cohort
from dosepainting_hrs.errors import DependencyError
from dosepainting_hrs.learning.plan import Plan
from dosepainting_hrs.learning.settings import LeaveOneOut, ScanSettings
from dosepainting_hrs.learning.tasks import space_of
from dosepainting_hrs.learning.torch_scan import torch_device


@pytest.mark.parametrize(("maps", "step", "weight"), [(1, 0.5, 1), (2, 0.0, 3), (3, 0.3, 2), (5, 0.0, 1)])
def test_the_same_clusters_and_scores_as_the_kernels(maps: int, step: float, weight: int) -> None:
    pytest.importorskip("torch", reason="PyTorch, of the extra [gpu], is not installed")
    settings = ScanSettings(bootstraps=5, permutations=0, leave_one_out=LeaveOneOut.KEPT)
    voxels = random_cohort(maps, maps=maps, step=step, most_weight=weight, voxels=90)
    columns, rows = tuple(range(maps)), np.arange(0, voxels.count, 7)
    found = []
    for device in ("", torch_device()):
        plan = Plan.of(voxels, settings, None, device=device)
        space = space_of(plan.pool, columns)
        found.append(space.cohort_scores(space.z[rows], plan.shared))
    kernels, torch = found
    assert np.array_equal(torch.scores, kernels.scores, equal_nan=True)
    assert (torch.radii == kernels.radii).all()
    assert (torch.shares == kernels.shares).all()
    assert (torch.watched == kernels.watched).all()


def test_without_pytorch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(DependencyError, match=r"needs PyTorch, which is not installed"):
        torch_device()
