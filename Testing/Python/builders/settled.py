"""Voxels that are settled before a method divides the others, as its inner functions take them."""

import numpy as np
from numpy.typing import NDArray

from dosepainting_hrs.segmentation.seeds import Settled


def settled_as(
    values: NDArray[np.float64],
    lesion: NDArray[np.bool_],
    background: NDArray[np.bool_],
    domain: NDArray[np.bool_] | None = None,
) -> Settled:
    """Return them for arrays (z, y, x); all voxels are to be divided unless `domain` says otherwise."""
    everywhere = np.ones(values.shape, dtype=np.bool_)
    whole = (slice(None), slice(None), slice(None))
    return Settled(
        box=whole, values=values, domain=everywhere if domain is None else domain, lesion=lesion, background=background
    )
