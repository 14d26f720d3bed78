"""Cohorts of the size of Boeke et al. (2023) as pooled voxels, with a planted cluster or without: truth for the scan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from .cohort import CLASSES, LINES, MAPS, PLANTED

_VOXEL_MM3 = 0.65 * 0.65 * 0.8
_VOLUMES_MM3 = {
    "UTSCC-45": (721, 895, 1322),
    "XF354": (591, 901, 1091),
    "UTSCC-14": (234, 464, 533),
    "UTSCC-8": (352, 558, 764),
    "FaDu": (187, 1425, 1940),
    "CAL-33": (262, 322, 665),
    "SAS": (683, 1191, 1762),
}
"""Boeke et al. (2023), table 1: lowest, median and highest volume of the tumours of a line."""


@dataclass(frozen=True, kw_only=True)
class Plant:
    """A planted cluster.

    Parameters
    ----------
    centre : tuple of float
        Where it lies along each planted map, in standard deviations of the tissue around it.
    sd : float
        Its standard deviation, in the same unit.
    offset_sd : float
        Standard deviation of what all voxels of one tumour have in common, in the same unit.
    scatter : float
        Standard deviation of the share of planted voxels between the tumours of one class.
    """

    centre: tuple[float, float, float]
    sd: float
    offset_sd: float
    scatter: float


PLANTS: dict[str, Plant | None] = {
    "paper": Plant(centre=(-1.4, 1.26, 1.19), sd=0.4, offset_sd=0.3, scatter=0.014),
    "sharp": Plant(centre=(-0.6, 0.54, 0.51), sd=0.1, offset_sd=0.0, scatter=0.004),
    "none": None,
}
"""As in the paper (S about 3), sharp (S above 6), and without a cluster."""


@dataclass(frozen=True, kw_only=True)
class CohortVoxels:
    """Pooled voxels of a synthetic cohort.

    Parameters
    ----------
    values : ndarray, (n, 5)
        The maps `MAPS`, in standard deviations of the tissue.
    tumour : ndarray, (n,)
        Tumour of each voxel.
    place : ndarray, (n, 3)
        Index (z, y, x) of each voxel in a box around its tumour.
    planted : ndarray, (n,)
        Which voxels belong to the cluster.
    cases, lines, class_names : tuple of str
        Name, cell line and class of each tumour; the class is empty where the line is excluded.
    """

    values: NDArray[np.float64]
    tumour: NDArray[np.int64]
    place: NDArray[np.int64]
    planted: NDArray[np.bool_]
    cases: tuple[str, ...]
    lines: tuple[str, ...]
    class_names: tuple[str, ...]


def cohort_voxels(plant: str = "paper", *, seed: int = 1, scale: float = 1.0, excluded: bool = False) -> CohortVoxels:
    """Make a cohort of the 42 tumours with all maps, 37 without the excluded line.

    Parameters
    ----------
    plant : {"paper", "sharp", "none"}
        What is planted.
    seed : int
        Draws volumes, tissue and shares.
    scale : float
        Volume of the tumours as a share of those of the paper.
    excluded : bool
        Whether the excluded line is there as well.

    Raises
    ------
    ParameterError
        If there is no such plant.
    """
    if plant not in PLANTS:
        raise ParameterError(f'There is no plant "{plant}".', f"There are: {', '.join(PLANTS)}.")
    random = np.random.default_rng([seed, sorted(PLANTS).index(plant)])
    lines = [line for line in LINES if line.class_name or excluded for _ in range(line.complete)]
    sizes = [max(20, round(scale * random.triangular(*_VOLUMES_MM3[line.name]) / _VOXEL_MM3)) for line in lines]
    shares = [_share(line.class_name, PLANTS[plant], random) for line in lines]
    made = [_tumour(size, share, PLANTS[plant], random) for size, share in zip(sizes, shares, strict=True)]
    numbers = [sum(one.name == line.name for one in lines[: index + 1]) for index, line in enumerate(lines)]
    return CohortVoxels(
        values=np.concatenate([one[0] for one in made]),
        tumour=np.repeat(np.arange(len(lines)), sizes),
        place=np.concatenate([_ball(size) for size in sizes]),
        planted=np.concatenate([one[1] for one in made]),
        cases=tuple(f"{line.name}-{number:02}" for line, number in zip(lines, numbers, strict=True)),
        lines=tuple(line.name for line in lines),
        class_names=tuple(line.class_name for line in lines),
    )


def _share(class_name: str, plant: Plant | None, random: np.random.Generator) -> float:
    mean = CLASSES.get(class_name, 0.0)
    return float(np.clip(random.normal(mean, plant.scatter), 0.0, 1.0)) if plant is not None and mean else 0.0


def _tumour(
    size: int, share: float, plant: Plant | None, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values, planted = random.standard_normal((size, len(MAPS))), np.zeros(size, dtype=np.bool_)
    if plant is None:
        return values + 0.3 * random.standard_normal(len(MAPS)), planted
    planted[: round(share * size)] = True
    for centre, name in zip(plant.centre, PLANTED, strict=True):
        values[planted, MAPS.index(name)] = centre + plant.sd * random.standard_normal(int(planted.sum()))
    return values + plant.offset_sd * random.standard_normal(len(MAPS)), planted


def _ball(size: int) -> NDArray[np.int64]:
    """Return the `size` lattice points nearest to the middle of a box."""
    edge = int(np.ceil(size ** (1 / 3) * 1.3)) + 2
    points = np.stack(np.meshgrid(*[np.arange(edge)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    return points[np.argsort(((points - edge // 2) ** 2).sum(axis=1), kind="stable")[:size]]
