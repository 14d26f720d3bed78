"""Bring an image to another grid by interpolation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import ParameterError
from ..geometry import Array, Geometry
from ..image import Image, on_grid
from ..parameters import nearest
from ..progress import Progress, silent

_INTERPOLATORS = {"nearest": sitk.sitkNearestNeighbor, "linear": sitk.sitkLinear, "cubic": sitk.sitkBSpline3}


def resample_image(
    image: Image,
    target: Geometry,
    *,
    interpolation: str = "linear",
    outside: float = float("nan"),
    matrix: NDArray[np.float64] | None = None,
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
        ``"nearest"``, ``"linear"`` or ``"cubic"`` (cubic B-spline).
    outside : float
        Value of voxels whose centre lies outside of the outermost voxels' outer faces; NaN turns integers to reals.
    matrix : array, (4, 4), optional
        Rigid or affine map from LPS mm of the image's frame to LPS mm of the target's; one frame when not given.
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
    affine = np.eye(4) if matrix is None else np.asarray(matrix, dtype=np.float64)
    to_source = np.linalg.inv(affine @ image.geometry.affine) @ geometry.affine
    array = _resampled(image.array, geometry, to_source, interpolation, outside)
    progress(1.0, "Resampled")
    step = f"Resampled ({interpolation} interpolation) to a grid of {target}."
    return replace(image, array=array, geometry=geometry, stored=stored, history=(*image.history, step), acquisition=None)


def _resampled(values: Array, target: Geometry, to_source: NDArray[np.float64], interpolation: str, outside: float) -> Array:
    # All in voxel indices, so that sheared grids need no direction matrix that the toolkit would refuse.
    precise = values.dtype == np.float64
    source = sitk.GetImageFromArray(np.ascontiguousarray(values, dtype=np.float64 if precise else np.float32))
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(to_source[:3, :3].ravel().tolist())
    transform.SetTranslation(to_source[:3, 3].tolist())
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize([int(n) for n in target.shape[::-1]])
    resampler.SetTransform(transform)
    resampler.SetInterpolator(_INTERPOLATORS[interpolation])
    resampler.SetDefaultPixelValue(outside)
    result: Array = sitk.GetArrayFromImage(resampler.Execute(source))
    return result
