"""Uncentred principal components of voxel curves: fitted through the small Gram matrix of the frames, and projected onto."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..errors import InputError
from ..progress import Progress, each, silent

KEPT = 5
"""Components that a basis keeps; explained variance is told for these."""
_BLOCK = 4096
"""Voxels that are taken to double precision in one go: the only copy that is made."""
_RANK = 1e-12
"""Eigenvalues under this share of the largest are rounding: there is no such component."""
Float = NDArray[np.float64]


class Weighting(Enum):
    """How much each frame counts."""

    NONE = "none"
    DURATION = "frame duration"


class Normalisation(Enum):
    """What is done to each voxel's curve before."""

    NONE = "none"
    MEAN = "mean of the curve"


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What is done to curves before components are found, and again before they are projected.

    Parameters
    ----------
    weights : array, (t,)
        Weight of each frame; their mean is 1.
    normalisation : Normalisation
        What each curve is divided by.
    """

    weights: Float
    normalisation: Normalisation

    @classmethod
    def of(cls, weighting: Weighting, normalisation: Normalisation, durations_s: Sequence[float]) -> Preparation:
        """Build it from the options and the durations of the frames."""
        lengths = np.asarray(durations_s, dtype=np.float64)
        weights = lengths / lengths.mean() if weighting is Weighting.DURATION else np.ones(len(lengths))
        return cls(weights=weights, normalisation=normalisation)

    def applied(self, block: NDArray[Any]) -> Float:
        """Return curves (t, voxels) in double precision, normalised and multiplied by the roots of the weights."""
        curves = np.array(block, dtype=np.float64)
        if self.normalisation is Normalisation.MEAN:
            with np.errstate(divide="ignore", invalid="ignore"):
                curves /= curves.mean(axis=0)
        if not (self.weights == 1.0).all():
            curves *= np.sqrt(self.weights)[:, None]
        return curves


@dataclass(frozen=True, kw_only=True)
class Gram:
    """What is left of the curves when components are to be found: sums over voxels of products of frames.

    Parameters
    ----------
    matrix : array, (t, t)
        Sum over voxels of the products of their prepared values in two frames.
    voxels : int
        How many were summed.
    left_out : int
        Voxels without number in some frame, or that cannot be normalised.
    """

    matrix: Float
    voxels: int
    left_out: int

    def __add__(self, other: Gram) -> Gram:
        return Gram(
            matrix=self.matrix + other.matrix, voxels=self.voxels + other.voxels, left_out=self.left_out + other.left_out
        )


def gram_of(
    frames: NDArray[Any], within: NDArray[np.bool_] | None, preparation: Preparation, progress: Progress = silent
) -> Gram:
    """Sum the products of all frames over voxels.

    Parameters
    ----------
    frames : array, (t, z, y, x)
        Values of the frames.
    within : array of bool, (z, y, x), or None
        Voxels to take; all when None.
    preparation : Preparation
        What is done to the curves before.
    progress : callable
        Told the share of voxels done.

    Raises
    ------
    InputError
        If no voxel has a number in every frame.
    """
    count = len(frames)
    matrix, taken, lost = np.zeros((count, count)), 0, 0
    with _one_thread():
        for block in _blocks(frames, within, progress):
            curves = preparation.applied(block)
            product = curves @ curves.T
            if not np.isfinite(product).all():
                usable = np.isfinite(curves).all(axis=0)
                lost += int((~usable).sum())
                curves = np.ascontiguousarray(curves[:, usable])
                product = curves @ curves.T
            matrix += product
            taken += curves.shape[1]
    if not taken:
        raise InputError("No voxel has a number in every frame, so there are no curves.", "Choose another region or series.")
    return Gram(matrix=matrix, voxels=taken, left_out=lost)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Components of a Gram matrix.

    Parameters
    ----------
    vectors : array, (components, t)
        Orthonormal; zero where the curves have no further one.
    singular_values : array, (components,)
        Of the matrix of prepared curves.
    explained : array, (components,)
        Share of the sum of squares.
    """

    vectors: Float
    singular_values: Float
    explained: Float


def components_of(gram: Gram, kept: int = KEPT) -> Found:
    """Find the components, strongest first.

    Raises
    ------
    InputError
        If all curves are zero.

    Notes
    -----
    The right singular vectors of the voxel-by-frame matrix X are the eigenvectors of X'X, its singular values the roots
    of the eigenvalues. Signs: the first component has a positive sum; each further one rises, that is its covariance with
    the number of the frame is positive.
    """
    values, vectors = np.linalg.eigh(gram.matrix)
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1].T
    total = float(np.trace(gram.matrix))
    if not total > 0.0:
        raise InputError("All curves are zero, so there are no components.", "Choose another region or series.")
    kept = min(kept, len(values))
    order = np.arange(vectors.shape[1]) - (vectors.shape[1] - 1) / 2.0
    made = np.zeros((kept, vectors.shape[1]))
    for number in range(kept):
        if values[number] > _RANK * values[0]:
            lever = vectors[number].sum() if number == 0 else vectors[number] @ order
            made[number] = vectors[number] if lever >= 0.0 else -vectors[number]
    strengths = np.where(values[:kept] > _RANK * values[0], values[:kept], 0.0)
    return Found(vectors=made, singular_values=np.sqrt(strengths), explained=strengths / total)


def projected(
    frames: NDArray[Any], vectors: Float, preparation: Preparation, progress: Progress = silent
) -> NDArray[np.float32]:
    """Return the coefficients of every voxel.

    Parameters
    ----------
    frames : array, (t, z, y, x)
        Values of the frames.
    vectors : array, (components, t)
        Orthonormal components.
    preparation : Preparation
        What is done to the curves before.
    progress : callable
        Told the share of voxels done.

    Returns
    -------
    array of float32, (components, z, y, x)
        NaN where a voxel has no number in some frame.
    """
    made = np.empty((len(vectors), frames[0].size), dtype=np.float32)
    start = 0
    with np.errstate(invalid="ignore"), _one_thread():
        for block in _blocks(frames, None, progress):
            made[:, start : start + block.shape[1]] = vectors @ preparation.applied(block)
            start += block.shape[1]
    made[:, ~np.isfinite(made).all(axis=0)] = np.nan
    return made.reshape(len(vectors), *frames.shape[1:])


def rebuilt(coefficients: NDArray[Any], vectors: Float, weights: Float) -> NDArray[np.float32]:
    """Return the curves that coefficients stand for, in the unit of the prepared curves before weighting.

    Parameters
    ----------
    coefficients : array, (components, ...)
        One for each component.
    vectors : array, (components, t)
        The components.
    weights : array, (t,)
        Weights of the frames.

    Returns
    -------
    array of float32, (t, ...)
    """
    curves = vectors / np.sqrt(weights)
    flat = coefficients.reshape(len(vectors), -1)
    made = np.empty((vectors.shape[1], flat.shape[1]), dtype=np.float32)
    for start in range(0, flat.shape[1], _BLOCK):
        made[:, start : start + _BLOCK] = curves.T @ flat[:, start : start + _BLOCK].astype(np.float64)
    return made.reshape(vectors.shape[1], *coefficients.shape[1:])


def _one_thread() -> Any:
    """Keep products of small blocks on one thread: several lose more by waiting for each other, and change the last digits."""
    return threadpool_limits(limits=1, user_api="blas")


def _blocks(frames: NDArray[Any], within: NDArray[np.bool_] | None, progress: Progress) -> Iterator[NDArray[Any]]:
    flat = frames.reshape(len(frames), -1)
    chosen = None if within is None else np.flatnonzero(within)
    count = flat.shape[1] if chosen is None else len(chosen)
    for start in each(range(0, count, _BLOCK), progress, "Going through curves"):
        stop = min(start + _BLOCK, count)
        yield flat[:, start:stop] if chosen is None else flat[:, chosen[start:stop]]
