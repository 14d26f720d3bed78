"""A map of the same patient and frame of reference on another grid, for a mean or a comparison; never for a result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..image import Image

_ROUNDING = 1e-6


def brought_to(image: Image, like: Image) -> Image:
    """Return an image on the grid of another one, linearly interpolated; itself when it lies there already.

    Parameters
    ----------
    image : Image, (z, y, x)
        The image.
    like : Image
        Of the same patient and frame of reference, which the caller has checked.

    Returns
    -------
    Image, (z, y, x)
        Not a number outside of its voxels' outer faces; between these and the outermost centres, the outermost value.
    """
    if image.geometry.is_same_grid(like.geometry):
        return image
    from scipy.ndimage import affine_transform  # noqa: PLC0415  (slow to import)

    to_source = np.linalg.inv(image.geometry.affine) @ like.geometry.affine
    # Affines take (x, y, z), arrays lie (z, y, x).
    matrix, offset = to_source[:3, :3][::-1, ::-1], to_source[:3, 3][::-1]
    shape = like.geometry.shape
    values = affine_transform(
        image.array.astype(np.float64), matrix, offset=offset, output_shape=shape, order=1, mode="nearest"
    )
    y, x = np.indices(shape[1:])
    last = np.array(image.geometry.shape) - 0.5
    for z, plane in enumerate(values):
        place = np.stack([np.full_like(x, z), y, x], axis=-1) @ matrix.T + offset
        plane[((place < -0.5 - _ROUNDING) | (place > last + _ROUNDING)).any(axis=-1)] = np.nan
    step = f"Interpolated linearly to a grid of {like.geometry}."
    made = image.derived(image.array, image.quantity, step)
    return replace(made, array=values.astype(np.float32), geometry=like.geometry, stored=like.stored, resampled=True)
