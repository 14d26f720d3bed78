"""Bring an image to another grid by interpolation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import ParameterError
from ..geometry import Array, Geometry
from ..image import Image, on_grid
from ..parameters import nearest
from ..progress import Progress, each, silent
from ..transform import Transform

_INTERPOLATORS = {
    "nearest": sitk.sitkNearestNeighbor,
    "linear": sitk.sitkLinear,
    "cubic": sitk.sitkBSpline3,
    "sinc": sitk.sitkLanczosWindowedSinc,
}
INTERPOLATIONS = tuple(_INTERPOLATORS)
_NOWHERE = 1e9
"""Index of a point that no image reaches."""


def resample_image(
    image: Image,
    target: Geometry,
    *,
    interpolation: str = "linear",
    outside: float = float("nan"),
    matrix: NDArray[np.float64] | None = None,
    transform: Transform | None = None,
    progress: Progress = silent,
) -> Image:
    """Bring an image to another grid.

    Parameters
    ----------
    image : Image
        On its own grid.
    target : Geometry
        The grid to bring it to, in any axis order; results go to disk in that order.
    interpolation : str
        ``"nearest"``, ``"linear"``, ``"cubic"`` (cubic B-spline) or ``"sinc"`` (Lanczos-windowed, four voxels to each side).
    outside : float
        Value of voxels whose centre lies outside of the outermost voxels' outer faces; NaN turns integers to reals.
    matrix : array, (4, 4), optional
        Rigid or affine map from LPS mm of the image's frame to LPS mm of the target's; one frame when not given.
    transform : Transform, optional
        The same as a transform, which may be deformable; it takes the place of `matrix`.
    progress : callable
        Told before and after.

    Returns
    -------
    Image
        Same quantity and identity, on the target grid; float64 stays, everything else becomes float32.

    Raises
    ------
    ParameterError
        If the interpolation is unknown.

    Notes
    -----
    Values are taken at voxel centres, without smoothing before a coarser grid: for display, not for statistics.
    Between the outermost voxels' centres and their outer faces the outermost value goes on. Identity is carried as
    it is: a caller that gives a matrix records the transform.
    """
    if interpolation not in _INTERPOLATORS:
        raise ParameterError(f'There is no interpolation "{interpolation}".', nearest(interpolation, tuple(_INTERPOLATORS)))
    progress(0.0, "Resampling")
    geometry, stored = on_grid(target)
    if transform is not None and transform.matrix is None:
        array = _pulled(image, geometry, transform.inverse(), (interpolation, outside), progress)
    else:
        matrix = transform.matrix if transform is not None else matrix
        affine = np.eye(4) if matrix is None else np.asarray(matrix, dtype=np.float64)
        to_source = np.linalg.inv(affine @ image.geometry.affine) @ geometry.affine
        array = _resampled(image.array, geometry.shape, _linear(to_source), interpolation, outside)
    progress(1.0, "Resampled")
    step = f"Resampled ({interpolation} interpolation) to a grid of {target}."
    made = image.derived(image.array, image.quantity, step)
    return replace(made, array=array, geometry=geometry, stored=stored, resampled=True)


def _linear(to_source: NDArray[np.float64]) -> Any:
    # All in voxel indices, so that sheared grids need no direction matrix that the toolkit would refuse.
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(to_source[:3, :3].ravel().tolist())
    transform.SetTranslation(to_source[:3, 3].tolist())
    return transform


def _pulled(image: Image, target: Geometry, pull: Transform, how: tuple[str, float], progress: Progress) -> Array:
    """Resample through a deformable transform, slice by slice: fields of whole volumes would take gigabytes."""
    made = []
    y, x = np.indices(target.shape[1:])
    for z in each(range(target.shape[0]), progress, "Resampling"):
        index = np.stack([x, y, np.full_like(x, z)], axis=-1)
        source = image.geometry.to_index(pull.apply(target.to_world(index)))
        there = np.zeros_like(index)
        there[..., :2] = index[..., :2]
        shift = np.nan_to_num(source, nan=_NOWHERE) - there
        # Two layers, since the toolkit knows no displacement beyond the outermost one.
        field = sitk.GetImageFromArray(np.stack([shift, shift]), isVector=True)
        made.append(_resampled(image.array, (1, *target.shape[1:]), sitk.DisplacementFieldTransform(field), *how))
    return np.concatenate(made)


def _resampled(values: Array, shape: tuple[int, ...], transform: Any, interpolation: str, outside: float) -> Array:
    precise = values.dtype == np.float64
    source = sitk.GetImageFromArray(np.ascontiguousarray(values, dtype=np.float64 if precise else np.float32))
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize([int(n) for n in shape[::-1]])
    resampler.SetTransform(transform)
    resampler.SetInterpolator(_INTERPOLATORS[interpolation])
    resampler.SetDefaultPixelValue(outside)
    result: Array = sitk.GetArrayFromImage(resampler.Execute(source))
    return result
