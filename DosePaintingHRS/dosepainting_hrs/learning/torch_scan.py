"""What cohorts find at centres, computed by PyTorch on a GPU, or on the processor where there is none: the same to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DependencyError
from ..kernels.cohens_d import mean_d_each
from .resampling import Cohorts
from .voxels import Floats, Ints

_AT_ONCE = {"cpu": 2**22, "cuda": 2**26}
"""Distances that are held at a time."""


def torch_device() -> str:
    """Return the device that PyTorch computes on: ``cuda`` where there is one, else ``cpu``.

    Raises
    ------
    DependencyError
        If PyTorch is not installed.
    """
    return "cuda" if _torch().cuda.is_available() else "cpu"


def torch_members(  # noqa: PLR0917
    z: Floats, tumour: Ints, weights: Ints, centres: Floats, cohorts: Cohorts, tie_tolerance: float, device: str
) -> tuple[Floats, Ints, Ints]:
    """Find the cluster of every cohort at every centre.

    Parameters
    ----------
    z : ndarray, (n, m)
        Normalised values.
    tumour, weights : ndarray, (n,)
        Tumour of each row, and the voxels it stands for.
    centres : ndarray, (c, m)
        Normalised centres.
    cohorts : Cohorts
        How often each counts each tumour, and its N_HRS.
    tie_tolerance : float
        See `neighbours_of`.
    device : str
        Of PyTorch.

    Returns
    -------
    last : ndarray, (b, c)
        Squared distance of the N_HRS-th voxel.
    inside, tied : ndarray, (b, c, t)
        Voxels of each tumour nearer than that, and at it.

    Raises
    ------
    DependencyError
        If PyTorch is not installed.

    Notes
    -----
    Squared distances are added up axis by axis in double precision, a product and a sum at a time: the same numbers as
    `squared_distances` gives. Voxels are whole numbers, whose sums do not depend on any order.
    """
    torch = _torch()
    axes = [torch.tensor(column, device=device) for column in z.T]
    whose, voxels = torch.tensor(tumour, device=device), torch.tensor(weights, device=device)
    times = torch.tensor(cohorts.multiplicity, device=device)
    at, shape = torch.tensor(centres, device=device), (len(cohorts.n_hrs), len(centres), cohorts.multiplicity.shape[1])
    last, inside, tied = np.empty(shape[:2]), np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    step = max(1, _AT_ONCE[device] // len(z))
    for start in range(0, len(centres), step):
        part = slice(start, start + step)
        distances = torch.zeros((len(at[part]), len(z)), dtype=torch.float64, device=device)
        for axis, column in enumerate(axes):
            away = column[None, :] - at[part, axis][:, None]
            distances += away * away
        most = min(len(z), 2 * int(cohorts.n_hrs.max()))
        while not _fill(torch, distances, most, whose, voxels, times, cohorts, tie_tolerance, part, (last, inside, tied)):
            most = min(len(z), 2 * most)
    return last, inside, tied


def torch_shares(inside: Ints, tied: Ints, cohorts: Cohorts, volumes: Ints) -> Floats:
    """Return the share of every tumour in every cluster, (b, c, t), those at the last place pro rata."""
    times = cohorts.multiplicity[:, None, :]
    part = (cohorts.n_hrs[:, None] - (inside * times).sum(axis=2)) / (tied * times).sum(axis=2)
    shares: Floats = (inside + part[:, :, None] * tied) / volumes
    return shares


def torch_scores(shares: Floats, cohorts: Cohorts, class_starts: Ints) -> Floats:
    """Return S of shares (b, c, t), (b, c), by the kernel that the scan uses."""
    times = np.ascontiguousarray(cohorts.multiplicity.T).astype(np.float64)
    scratch, scores = np.empty((3 * len(class_starts) - 2, len(shares))), np.empty(shares.shape[:2])
    for centre in range(shares.shape[1]):
        mean_d_each(np.ascontiguousarray(shares[:, centre].T), times, class_starts, scratch)
        scores[:, centre] = scratch[-1]
    return scores


def _fill(  # noqa: PLR0917
    torch: Any, distances: Any, most: int, whose: Any, voxels: Any, times: Any, cohorts: Cohorts, tolerance: float,
    part: slice, found: tuple[Floats, Ints, Ints],
) -> bool:  # fmt: skip
    """Fill what the nearest `most` voxels tell; False when a cohort needs more of them."""
    near, order = torch.topk(distances, most, dim=1, largest=False, sorted=True)
    tumours, counted = whose[order], voxels[order]
    for cohort, n_hrs in enumerate(cohorts.n_hrs.tolist()):
        reached = torch.cumsum(counted * times[cohort][tumours], dim=1)
        if bool((reached[:, -1] < n_hrs).any()):
            return False
        last = near.gather(1, (reached < n_hrs).sum(dim=1, keepdim=True))
        low, high = last * (1.0 - tolerance), last * (1.0 + tolerance)
        if most < distances.shape[1] and bool((near[:, -1:] <= high).any()):
            return False
        found[0][cohort, part] = last[:, 0].cpu().numpy()
        within = near < low
        for kind, chosen in ((1, within), (2, (near <= high) & ~within)):
            counts = torch.zeros((len(near), times.shape[1]), dtype=torch.int64, device=near.device)
            counts.scatter_add_(1, tumours, counted * chosen)
            found[kind][cohort, part] = counts.cpu().numpy()
    return True


def _torch() -> Any:
    try:
        import torch  # noqa: PLC0415  (an extra, and slow to import)
    except ImportError as error:
        raise DependencyError(
            "A scan with the torch engine needs PyTorch, which is not installed.",
            "Install it: pip install 'dosepainting-hrs[gpu]'; or scan without --engine torch.",
        ) from error
    return torch
