"""The shift between two images by a second measure: edges within the slices, tried at every millimetre of a small cube.

It shares nothing with the registration that it checks: no histogram, no climb, no random samples. Both images are laid on
one fine grid along the fixed one's axes, and every shift compares the same voxels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from dosepainting_hrs.image import Image

Float = NDArray[np.float64]
STEP_MM = 1.0
REACH = 7
"""Steps to every side."""
_BLUR_MM = (1.0, 1.0, 2.0)
_OWN_BLUR = 0.35
_PARTS = 2
"""Pieces along each axis that are left out in turn."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GradientShift:
    """How far the moving image has to be shifted, (left, back, up) mm, and the standard error of that along each axis."""

    shift: Float
    error: Float
    at_the_end: bool


def gradient_shift(fixed: Image, moving: Image, half_mm: tuple[float, float, float]) -> GradientShift:
    """Find the shift at which the edges of two images run along each other most.

    Parameters
    ----------
    fixed, moving : Image
        Two images of one frame.
    half_mm : tuple of float
        Half of the box about the middle of the fixed image, along its axes (x, y, z).

    Notes
    -----
    The measure is the mean of the squared scalar product of normalised gradients (Haber and Modersitzki 2006), of their
    parts within the slice only: how bright a slice is, and what a slab does at its ends, has no say. The edge parameter is
    the median gradient. The standard error is the jackknife over eight parts of the box.

    References
    ----------
    Haber E, Modersitzki J (2006), Intensity gradient based registration and fusion of multi-modal images, MICCAI 2006,
    LNCS 4191:726-733, DOI 10.1007/11866763_89.
    """
    still, other = (_edges(_laid(image, fixed, half_mm)) for image in (fixed, moving))
    best = np.zeros(3, dtype=int)
    seen: dict[tuple[int, ...], Float] = {}
    for _ in range(4):
        before = best.copy()
        for axes in ((2,), (0, 1), (0, 1, 2)):
            spans = [range(-REACH, REACH + 1) if len(axes) < 3 else range(-1, 2) for _ in axes]
            for steps in np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, len(axes)):
                at = best.copy()
                at[list(axes)] = steps if len(axes) < 3 else at[list(axes)] + steps
                if np.abs(at).max() <= REACH and tuple(at) not in seen:
                    seen[tuple(at)] = _agreement(still, other, at)
            best = np.array(max(seen, key=lambda one: seen[one].sum()))
        if (best == before).all():
            break
    whole = _summit(seen, best, np.ones(_PARTS**3))
    left_out = np.stack([_summit(seen, best, 1.0 - np.eye(_PARTS**3)[part]) for part in range(_PARTS**3)])
    count = len(left_out)
    error = np.sqrt((count - 1) / count * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    # What lies at +d in the moving image belongs here: the image has to move by -d.
    direction = fixed.geometry.direction
    return GradientShift(
        shift=-direction @ whole * STEP_MM,
        error=np.abs(direction) @ error * STEP_MM,
        at_the_end=bool(np.abs(best).max() >= REACH),
    )


def _laid(image: Image, fixed: Image, half_mm: tuple[float, float, float]) -> Float:
    spacing = image.geometry.spacing
    missing = np.sqrt(np.clip(np.array(_BLUR_MM) ** 2 - (_OWN_BLUR * spacing) ** 2, 0.0, None)) / spacing
    smooth = ndimage.gaussian_filter(image.array.astype(np.float64), missing[::-1], mode="nearest")
    along = [np.arange(-half - REACH, half + REACH + 1e-6, STEP_MM) for half in half_mm]
    z, y, x = np.meshgrid(*along[::-1], indexing="ij")
    middle = fixed.geometry.corners().mean(axis=0)
    index = image.geometry.to_index(middle + np.stack([x, y, z], axis=-1).reshape(-1, 3) @ fixed.geometry.direction.T)
    values = ndimage.map_coordinates(smooth, index[:, ::-1].T, order=3, mode="nearest")
    return np.asarray(values.reshape(x.shape), dtype=np.float64)


def _edges(values: Float) -> Float:
    slopes = np.stack(np.gradient(values)[1:])
    size = np.sqrt((slopes**2).sum(axis=0))
    return np.asarray(slopes / np.sqrt(size**2 + np.median(size) ** 2))


def _agreement(still: Float, other: Float, at: NDArray[np.int_]) -> Float:
    """Return the sum of the measure in each part of the box."""
    n = still.shape[1:]
    here = still[:, REACH : n[0] - REACH, REACH : n[1] - REACH, REACH : n[2] - REACH]
    x, y, z = (int(one) + REACH for one in at)
    there = other[:, z : z + here.shape[1], y : y + here.shape[2], x : x + here.shape[3]]
    same = (here * there).sum(axis=0) ** 2
    for axis in range(3):
        edges = np.linspace(0, same.shape[axis], _PARTS + 1).astype(int)[:-1]
        same = np.add.reduceat(same, edges, axis=axis)
    return np.asarray(same.ravel())


def _summit(seen: dict[tuple[int, ...], Float], best: NDArray[np.int_], weight: Float) -> Float:
    """Return the top of a parabola along each axis, in steps."""
    top = best.astype(np.float64)
    for axis in range(3):
        one = np.eye(3, dtype=int)[axis]
        found = [seen.get(tuple(best + side * one)) for side in (-1, 0, 1)]
        if all(value is not None for value in found):
            low, here, high = (float((value * weight).sum()) for value in found if value is not None)
            bend = low + high - 2.0 * here
            top[axis] += 0.0 if bend >= 0 else float(np.clip(0.5 * (low - high) / bend, -1.0, 1.0))
    return top
