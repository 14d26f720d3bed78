"""How stable a high-risk subvolume is: in how many bootstrap models, noise draws and registration jitters a voxel belongs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..parameters import nearest
from ..progress import Progress, silent
from ..quantities import Quantity
from .islands import Box
from .model_application import Applied

STABILITY = Quantity("HRS stability", "1")
_MARGIN = 3
"""Voxels around the box that a shifted map is taken from."""


def stability(
    applied: Applied,
    *,
    noise: Mapping[str, float] | None = None,
    jitter_mm: float = 0.0,
    draws: int = 20,
    seed: int = 0,
    progress: Progress = silent,
) -> tuple[NDArray[np.float64], int]:
    """Return the share of repetitions in which every voxel of the box belongs.

    Parameters
    ----------
    applied : Applied
        Model, maps and region.
    noise : mapping of str to float
        Standard deviation of the noise by map, unit of the map; none for maps that are not named.
    jitter_mm : float
        Standard deviation of the misregistration of every map but the first, along each axis, mm.
    draws : int
        Repetitions for each model when there is noise or jitter.
    seed : int
        Draws both.

    Returns
    -------
    array of float64, shape of the box, int
        The share, and the number of repetitions.

    Raises
    ------
    ParameterError
        If noise is given for a map that the model does not have, or there is nothing to repeat with.

    Notes
    -----
    Every bootstrap model (the model itself when there is none) is applied once, or `draws` times to maps with normal noise
    and shifted by normal distances with linear interpolation.
    """
    names = applied.model.map_names
    noise = dict(noise or {})
    for name in noise:
        if name not in names:
            raise ParameterError(f'The model has no map "{name}" to add noise to.', nearest(name, names))
    disturbed = jitter_mm > 0 or any(noise.values())
    variants = applied.model.bootstrap_models or (None,)
    if not disturbed and variants == (None,):
        raise ParameterError(
            f'The model "{applied.model.name}" has no bootstrap models, and neither noise nor jitter was given.',
            "Give --noise NAME=SD or --jitter-mm, or scan with bootstraps.",
        )
    random = np.random.default_rng(seed)
    total = len(variants) * (draws if disturbed else 1)
    count = np.zeros(applied.inside.shape, dtype=np.int64)
    for number in range(total):
        progress(number / total, "Repeating the model")
        values = _disturbed(applied, noise, jitter_mm, random) if disturbed else None
        count += applied.members(variants[number % len(variants)], values)
    progress(1.0, "Repeated the model")
    return count / total, total


def _disturbed(
    applied: Applied, noise: Mapping[str, float], jitter_mm: float, random: np.random.Generator
) -> list[NDArray[np.float64]]:
    found = []
    for number, (name, image) in enumerate(zip(applied.model.map_names, applied.images, strict=True)):
        shift = random.normal(0.0, jitter_mm, 3) if number and jitter_mm > 0 else np.zeros(3)
        steps = shift / np.array(image.geometry.spacing)[::-1]
        values = _shifted(np.asarray(image.array, dtype=np.float64), applied.box, steps)
        found.append(values + random.normal(0.0, noise.get(name, 0.0), values.shape))
    return found


def _shifted(array: NDArray[np.float64], box: Box, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a map in a box after a shift by a part of a voxel (z, y, x); edges go on as they are, gaps stay gaps."""
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    if not steps.any():
        return array[box].copy()
    reach = [int(np.ceil(abs(step))) + _MARGIN for step in steps]
    wide = tuple(
        slice(max(one.start - n, 0), min(one.stop + n, size)) for one, n, size in zip(box, reach, array.shape, strict=True)
    )
    moved = ndimage.shift(array[wide], steps, order=1, mode="nearest")
    own = tuple(slice(one.start - two.start, one.stop - two.start) for one, two in zip(box, wide, strict=True))
    return np.asarray(moved[own])
