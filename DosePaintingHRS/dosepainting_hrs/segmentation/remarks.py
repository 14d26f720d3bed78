"""What is worth telling about a region made from a map: doubts that are no errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..image import Image, Mask
from ..parameters import Parameters, parameter_infos
from ..quantities import SUVS, UNKNOWN
from ..reconstruction import ACQUIRED
from ..working import warnings_of

_UNIT_OF_THE_MAP = "unit of the map"
_GRIDS = {
    True: "a grid that the map was resampled to, not that of the scan",
    False: "the map's native grid",
    None: "a grid that may not be that of the scan: the file does not say whether the map was resampled",
}
ALMOST_ALL = 0.95
"""From this share of the region that it was found in, a new region is told to be almost all of it."""


def remarks_on(
    found: Mask, images: Mapping[str, Image], regions: Mapping[str, Mask], parameters: Parameters | None = None
) -> tuple[str, ...]:
    """Tell what casts doubt on a region that a method made.

    Parameters
    ----------
    found : Mask
        The new region.
    images, regions : mapping of str to Image or Mask
        What it was made from, by the names of the method's inputs.
    parameters : Parameters or None
        Parameters of the method; without them every map is taken for one that a threshold was laid on.

    Returns
    -------
    tuple of str
        What the method itself warns of, islands that it left out say; inputs that do not say whose they are; a threshold on a
        map of another quantity than SUV; a region that is almost all of another.
    """
    other = [
        f"The {name} holds {'an unknown quantity' if image.quantity == UNKNOWN else image.quantity}, not SUV; "
        "check that the threshold is meant for it."
        for name, image in (images if parameters is None else _with_threshold(images, parameters)).items()
        if image.quantity not in SUVS
    ]
    searched = [region for name, region in regions.items() if name == "within"]
    shares = {region.name: found.voxel_count / region.voxel_count for region in searched}
    large = [
        f'The region found is {share:.0%} of "{name}", in which it was looked for: check the threshold.'
        for name, share in shares.items()
        if share >= ALMOST_ALL
    ]
    return (*warnings_of(found.working), *unidentified(images, regions), *other, *large)


def _with_threshold(images: Mapping[str, Image], parameters: Parameters) -> dict[str, Image]:
    """Return the first map where a parameter gives a value in its unit; a further map is chosen as another quantity."""
    first, *others = images or [""]
    given = [
        info.name
        for info in parameter_infos(type(parameters))
        if info.field.unit == _UNIT_OF_THE_MAP and getattr(parameters, info.name) is not None
    ]
    meant = any(not name.startswith(tuple(f"{other}_" for other in others)) for name in given)
    return {first: images[first]} if images and meant else {}


def unidentified(images: Mapping[str, Image], regions: Mapping[str, Mask]) -> tuple[str, ...]:
    """Tell which images and regions do not say whose they are."""
    return tuple(
        f"The {name} {volume.identity.lacking()}: nobody has checked that it is this patient's. Export will ask for --drawn-on."
        for name, volume in [*images.items(), *((f'region "{one.name}"', one) for one in regions.values())]
        if not volume.identity.is_known
    )


def state_of_map(image: Image, within: Mask, maximum: float | None = None) -> tuple[str, ...]:
    """Tell what a threshold on a map rests on: its maximum on which grid, and how it was reconstructed.

    Parameters
    ----------
    image : Image, (z, y, x)
        The map.
    within : Mask, (z, y, x)
        Region that was looked in, on its grid.
    maximum : float or None
        Maximum of the map in the region where it is known already.

    Returns
    -------
    tuple of str
        The maximum in the region and whether the grid is the map's native one, as far as it says; then what the map knows of
        its reconstruction, PSF modelling and EARL status, or for an SUV map that it knows nothing.
    """
    if maximum is None:
        values = np.asarray(image.array[within.array], dtype=np.float64)
        maximum = float(np.max(values, where=np.isfinite(values), initial=-np.inf))
    shown = f"{maximum:.6g} {image.quantity.shown_unit}".rstrip() if np.isfinite(maximum) else "no value"
    known = tuple(step for step in image.history if step.startswith(ACQUIRED))
    if not known and image.quantity in SUVS:
        known = ("The map does not say how it was reconstructed (method, PSF modelling, EARL status).",)
    what = "The map's" if image.quantity == UNKNOWN else image.quantity.name
    return (f'{what} maximum in "{within.name}": {shown}, on {_GRIDS[image.resampled]}.', *known)
