"""Points that a method starts from: a small table of positions in the patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import Geometry
from ..parameters import Field, Parameters
from ..restoration.boxes import grown_box
from .islands import Box, Uptake

LESION = "lesion"
BACKGROUND = "background"
Index = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class SeedPoint(Parameters):
    """One point.

    Parameters
    ----------
    x_mm, y_mm, z_mm : float
        LPS position, mm.
    belongs_to : str
        ``"lesion"``, or ``"background"`` where a method looks at it.
    """

    x_mm: Annotated[float, Field(help="Position, towards the patient's left.", unit="mm")]
    y_mm: Annotated[float, Field(help="Position, towards the back.", unit="mm")]
    z_mm: Annotated[float, Field(help="Position, towards the head.", unit="mm")]
    belongs_to: Annotated[str, Field(help="What lies there.", choices=(LESION, BACKGROUND))] = LESION


Seeds = Annotated[
    tuple[SeedPoint, ...],
    Field(help="Points in the lesion (LPS); without any, the voxel of the highest value in the region.", unit="mm"),
]

SeedRadius = Annotated[
    float, Field(help="Voxels no farther from a point belong to the seed as well.", unit="mm", minimum=0.0, maximum=30.0)
]


@dataclass(frozen=True, kw_only=True, eq=False)
class Settled:
    """What is known before a method divides the voxels in and around a region.

    Parameters
    ----------
    box : tuple of slice
        The region's box, one voxel wider.
    values : array of float64, (z, y, x)
        The map in the box.
    domain : array of bool, (z, y, x)
        Voxels that are to be lesion or background: the region and its background, where the map has a value.
    lesion, background : array of bool, (z, y, x)
        Voxels of the domain that are settled; they share none.
    """

    box: Box
    values: NDArray[np.float64]
    domain: NDArray[np.bool_]
    lesion: NDArray[np.bool_]
    background: NDArray[np.bool_]


def seed_voxels(seeds: Sequence[SeedPoint], geometry: Geometry, belongs_to: str = LESION) -> list[Index]:
    """Return the voxels (z, y, x) that points lie in, each once, in the order given.

    Parameters
    ----------
    seeds : sequence of SeedPoint
        The points.
    geometry : Geometry
        The grid.
    belongs_to : str
        Which of them to take.

    Raises
    ------
    InputError
        If a point lies outside the grid.
    """
    found: dict[Index, None] = {}
    for seed in seeds:
        if seed.belongs_to != belongs_to:
            continue
        point = (seed.x_mm, seed.y_mm, seed.z_mm)
        x, y, z = (int(one) for one in np.floor(geometry.to_index(point) + 0.5))
        if not all(0 <= one < size for one, size in zip((z, y, x), geometry.shape, strict=True)):
            raise InputError(
                f"The seed at ({seed.x_mm:g}, {seed.y_mm:g}, {seed.z_mm:g}) mm lies outside the map; one inside is needed.",
                "Give LPS positions: x grows to the patient's left, y to the back, z to the head.",
            )
        found[z, y, x] = None
    return list(found)


def require_inside(voxels: Sequence[Index], inside: NDArray[np.bool_], name: str, geometry: Geometry) -> None:
    """Refuse seeds outside a region, or where the map has no value.

    Parameters
    ----------
    voxels : sequence of (z, y, x)
        From `seed_voxels`.
    inside : array of bool, (z, y, x)
        Voxels of the region where the map has a value, on the whole grid.
    name : str
        Name of the region.
    geometry : Geometry
        The grid.

    Raises
    ------
    InputError
        If one lies outside.
    """
    for voxel in voxels:
        if not inside[voxel]:
            x, y, z = geometry.to_world(voxel[::-1])
            raise InputError(
                f'The seed near ({x:.1f}, {y:.1f}, {z:.1f}) mm lies outside the region "{name}", or the map has no '
                "value there.",
                "Give a point inside the region, or another region.",
            )


def seeds_in_box(seeds: Sequence[SeedPoint], uptake: Uptake) -> list[Index]:
    """Return the voxels of the lesion's seeds as indices of a region's box; without any, that of the highest value.

    Raises
    ------
    InputError
        If a seed lies outside the region, or where the map has no value.
    """
    voxels = seed_voxels(seeds, uptake.image.geometry)
    if not voxels:
        highest = np.unravel_index(int(np.where(uptake.inside, uptake.values, -np.inf).argmax()), uptake.inside.shape)
        return [(int(highest[0]), int(highest[1]), int(highest[2]))]
    whole = np.zeros(uptake.image.array.shape, dtype=np.bool_)
    whole[uptake.box] = uptake.inside
    require_inside(voxels, whole, uptake.within.name, uptake.image.geometry)
    z, y, x = (one.start for one in uptake.box)
    return [(voxel[0] - z, voxel[1] - y, voxel[2] - x) for voxel in voxels]


def settled_voxels(uptake: Uptake, seeds: Sequence[SeedPoint], radius_mm: float) -> Settled:
    """Return where in and around a region the lesion certainly is, and where the background is.

    Background are the voxels that touch the region from outside, and the points given as such.

    Parameters
    ----------
    uptake : Uptake
        The map inside the region.
    seeds : sequence of SeedPoint
        The points; without any in the lesion, the voxel of the highest value.
    radius_mm : float
        Voxels no farther from a point belong to it as well, mm.

    Raises
    ------
    InputError
        If a point lies outside the grid, one in the lesion outside the region, one voxel is to be both, or there is no
        background.
    """
    spacing = uptake.image.geometry.spacing[::-1]
    box = grown_box(uptake.box, float(spacing.min()), spacing, uptake.image.array.shape)
    values = np.asarray(uptake.image.array[box], dtype=np.float64)
    lesion, background = _lesion_and_background(uptake, box, seeds, radius_mm)
    domain = np.isfinite(values) & (uptake.within.array[box] | background)
    if not (background & domain).any():
        raise InputError(
            f'There is no voxel around the region "{uptake.within.name}" to be background: it fills the map.',
            'Give a point with belongs_to "background", or a smaller region.',
        )
    return Settled(box=box, values=values, domain=domain, lesion=lesion & domain, background=background & domain)


def neighbours(domain: NDArray[np.bool_]) -> tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.int_]]:
    """Return all pairs of voxels of a domain that share a face.

    Parameters
    ----------
    domain : array of bool, (z, y, x)
        The voxels, which are numbered in the order of the array.

    Returns
    -------
    array of int, array of int
        Numbers of the two voxels of each pair.
    array of int
        Array axis along which they lie beside each other.
    """
    number = np.full(domain.shape, -1)
    number[domain] = np.arange(np.count_nonzero(domain))
    pairs = []
    for axis in range(3):
        first, second = (np.moveaxis(number, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        both = (first >= 0) & (second >= 0)
        pairs.append((first[both], second[both], np.full(np.count_nonzero(both), axis)))
    one, other, along = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    return one, other, along


def _lesion_and_background(
    uptake: Uptake, box: Box, seeds: Sequence[SeedPoint], radius_mm: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    spacing = uptake.image.geometry.spacing[::-1]
    within = uptake.within.array[box]
    start = np.array([part.start for part in uptake.box])
    corner = np.array([part.start for part in box])

    def near(voxels: list[tuple[int, ...]]) -> NDArray[np.bool_]:
        others = np.ones(within.shape, dtype=np.bool_)
        for voxel in voxels:
            others[voxel] = False
        away = ndimage.distance_transform_edt(others, sampling=spacing)
        return np.asarray(away <= radius_mm, dtype=np.bool_)

    points = [tuple((np.array(seed) + start - corner).tolist()) for seed in seeds_in_box(seeds, uptake)]
    lesion = near(points) & within
    background = ndimage.binary_dilation(within) & ~within
    given = [tuple((np.array(seed) - corner).tolist()) for seed in seed_voxels(seeds, uptake.image.geometry, BACKGROUND)]
    both = set(points) & set(given)
    if both:
        x, y, z = uptake.image.geometry.to_world((np.array(min(both)) + corner)[::-1])
        raise InputError(
            f"The voxel near ({x:.1f}, {y:.1f}, {z:.1f}) mm is given as lesion and as background; it can be one of them.",
            "Take one of the points away.",
        )
    given = [one for one in given if all(0 <= at < size for at, size in zip(one, within.shape, strict=True))]
    if given:
        background |= near(given) & ~lesion
    return lesion, background
