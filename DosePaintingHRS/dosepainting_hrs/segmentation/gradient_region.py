"""Finding a lesion by its edge: smoothing, deblurring, gradient, basins, their tree, and the curved edge put right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..parameters import Field, Parameters
from ..progress import Progress, part
from ..restoration.boxes import Box, filled, grown_box, inner_box, within_reach
from ..restoration.deblur import KINDS, Deblurred, deblurred, margin_mm
from ..restoration.edge_preserving import noise_of, smoothed
from .basins import BasinTree, basin_tree, gradient_magnitude
from .curved_edge import EdgeModel, corrected
from .islands import Uptake
from .seeds import SeedPoint, require_inside, seed_voxels

NONE = "none"
BILATERAL = "bilateral"


@dataclass(frozen=True, kw_only=True)
class GradientParameters(Parameters):
    """Resolution of the image, how it is restored, and where the tree of basins is cut."""

    psf_fwhm_mm: Annotated[
        float,
        Field(
            help="Resolution of the map, full width at half maximum, as measured for camera and reconstruction.",
            unit="mm",
            minimum=0.5,
            maximum=30.0,
            example=6.0,
        ),
    ]
    denoise: Annotated[str, Field(help="Smoothing that spares edges.", choices=(BILATERAL, NONE))] = BILATERAL
    denoise_mm: Annotated[
        float, Field(help="Standard deviation of the smoothing over distance.", unit="mm", minimum=0.5, maximum=10.0)
    ] = 2.0
    denoise_noise: Annotated[
        float,
        Field(
            help="Standard deviation of the smoothing over difference in value, as multiples of the noise found in the map.",
            unit="1",
            minimum=0.5,
            maximum=20.0,
        ),
    ] = 3.0
    deblur: Annotated[str, Field(help="Deblurring with the resolution given.", choices=(*KINDS, NONE))] = KINDS[0]
    deblur_steps: Annotated[int, Field(help="Steps of deblurring at most.", unit="1", minimum=1, maximum=50)] = 5
    deblur_stop_percent: Annotated[
        float,
        Field(
            help="Deblurring stops after the first step that changes the map by less than this share of its spread.",
            unit="%",
            minimum=0.0,
            maximum=50.0,
        ),
    ] = 1.0
    groups: Annotated[
        int,
        Field(
            help="Level of the hierarchy: basins are merged until at least so many groups are left, as far as the lesion "
            "stands out. 2 is the lesion and what surrounds it; more give parts of it.",
            unit="1",
            minimum=2,
            maximum=500,
        ),
    ] = 2
    correct_curved_edge: Annotated[
        bool,
        Field(
            help="Move the edge outwards by what blurring a curved edge moves it inwards (about sigma^2/R).",
            source="calculated from the resolution; see docs/validation/gradient_spheres.md",
        ),
    ] = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Restored:
    """A map around a region, smoothed and deblurred.

    Parameters
    ----------
    box : tuple of slice
        Where it lies on the grid of the map.
    values : array of float64, (z, y, x)
        The restored map.
    domain : array of bool, (z, y, x)
        Where basins are looked for: no farther from the region than the resolution, and only where the map has a value.
    told : tuple of str
        What was done.
    steps : int
        Steps of deblurring done.
    """

    box: Box
    values: NDArray[np.float64]
    domain: NDArray[np.bool_]
    told: tuple[str, ...]
    steps: int


def restored(uptake: Uptake, parameters: GradientParameters, progress: Progress, extra_mm: float = 0.0) -> Restored:
    """Smooth and deblur a map around a region, in a box no larger than it has to be.

    Parameters
    ----------
    uptake : Uptake
        The map and the region.
    parameters : GradientParameters
        How.
    progress : callable
        Told the steps.
    extra_mm : float
        Margin beyond what smoothing and deblurring need, mm; for showing that it changes nothing.
    """
    image, spacing = uptake.image, uptake.image.geometry.spacing[::-1]
    smoothing = parameters.denoise == BILATERAL
    steps = parameters.deblur_steps if parameters.deblur != NONE else 0
    inner = grown_box(uptake.box, parameters.psf_fwhm_mm, spacing, image.array.shape)
    margin = (
        margin_mm(parameters.psf_fwhm_mm, steps) + 2.0 * parameters.denoise_mm * smoothing + float(spacing.max()) + extra_mm
    )
    outer = grown_box(inner, margin, spacing, image.array.shape)
    raw = np.asarray(image.array[outer], dtype=np.float64)
    values, missing = filled(raw)
    where = inner_box(inner, outer)
    domain = within_reach(uptake.within.array[inner], parameters.psf_fwhm_mm, spacing) & np.isfinite(raw[where])
    told = [f"{missing} voxels without a value around the region have that of the nearest one."] if missing else []
    if smoothing:
        progress(0.0, "Smoothing")
        noise = noise_of(values[where], domain)
        values = smoothed(values, spacing, sigma_mm=parameters.denoise_mm, spread=parameters.denoise_noise * noise)
        told.append(f"Smoothed bilaterally: {parameters.denoise_mm:g} mm, {parameters.denoise_noise:g} x noise of {noise:.4g}.")
    if not steps:
        return Restored(box=inner, values=values[where].copy(), domain=domain, told=tuple(told), steps=0)
    watched = np.zeros(values.shape, dtype=np.bool_)
    watched[where] = domain
    done = deblurred(
        values,
        spacing,
        fwhm_mm=parameters.psf_fwhm_mm,
        kind=parameters.deblur,
        steps=steps,
        stop_percent=parameters.deblur_stop_percent,
        watched=watched,
        progress=part(progress, 0.3, 1.0),
    )
    told.append(_deblurring(parameters, done))
    return Restored(box=inner, values=done.values[where].copy(), domain=domain, told=tuple(told), steps=done.steps)


def found_by_gradient(
    uptake: Uptake,
    parameters: GradientParameters,
    progress: Progress,
    *,
    seeds: tuple[SeedPoint, ...] = (),
    all_warm: bool = False,
    extra_mm: float = 0.0,
) -> tuple[NDArray[np.bool_], str, tuple[str, ...]]:
    """Find the lesion of a map inside a region by its edge.

    Parameters
    ----------
    uptake, parameters, progress, extra_mm
        As for `restored`.
    seeds : tuple of SeedPoint
        Points in the lesion; without any, the highest voxel of the restored map.
    all_warm : bool
        Whether all groups as warm as the lesion belong, or only those with a seed.

    Returns
    -------
    array of bool, shape of ``uptake.box``
        The lesion; its part inside the region is meant.
    str
        Sentence for the history, without a full stop.
    tuple of str
        What was done before, one sentence each.

    Raises
    ------
    InputError
        If the region is smaller than the resolution, the map has no edge in it, or a seed lies outside or is colder than
        what surrounds it.
    """
    _require_resolved(uptake, parameters.psf_fwhm_mm)
    image = uptake.image
    made = restored(uptake, parameters, part(progress, 0.0, 0.7), extra_mm)
    progress(0.7, "Finding basins")
    spacing = image.geometry.spacing[::-1]
    tree = basin_tree(gradient_magnitude(made.values, spacing), made.values, made.domain)
    progress(0.8, "Merging basins")
    basins = _seed_basins(tree, made, uptake, seeds)
    looked_in = _basins_within(tree, made, uptake) if all_warm else None
    lesion, left = _lesion(tree, basins, parameters.groups, looked_in, uptake.within.name)
    told = f"Gradient: {tree.count} basins merged to {left} groups"
    if parameters.correct_curved_edge:
        progress(0.9, "Putting the curved edge right")
        background = float(np.mean(made.values[made.domain & ~lesion]))
        contrast = float(made.values[lesion].max()) / background if background > 0 else np.inf
        model = EdgeModel(
            fwhm_mm=parameters.psf_fwhm_mm,
            kind=parameters.deblur,
            steps=made.steps,
            difference_mm=float(np.sqrt(np.mean(spacing**2))),
            contrast=min(contrast, 100.0),
        )
        before = np.count_nonzero(lesion) * image.geometry.voxel_volume_ml
        result = corrected(lesion, made.domain, spacing, model)
        lesion = result.region
        after = np.count_nonzero(lesion) * image.geometry.voxel_volume_ml
        told += f"; the edge moved outwards by {result.moved_mm[0]:.2f} mm for its curvature ({before:.3f} to {after:.3f} ml)"
        if result.below_range:
            told += ", smaller than the resolution allows to tell"
    whole = np.zeros(image.array.shape, dtype=np.bool_)
    whole[made.box] = lesion
    return whole[uptake.box], told, made.told


def _lesion(
    tree: BasinTree, basins: list[int], groups: int, looked_in: NDArray[np.bool_] | None, name: str
) -> tuple[NDArray[np.bool_], int]:
    """Return the voxels of the groups around some basins, and how many groups there are at that level."""
    chosen, levels = np.zeros(tree.count, dtype=np.bool_), []
    for basin in basins:
        group, left = tree.group_around(basin, groups)
        if group >= 0:
            for one in [group] if looked_in is None else tree.warm_groups(group, groups, looked_in):
                chosen |= tree.basins_of(one)
            levels.append(left)
    if not levels:
        raise InputError(
            f'The map has no edge in the region "{name}" that would set something warm apart from its '
            f"surroundings ({tree.count} basins); nothing would be left.",
            "Give a region that reaches beyond the lesion, or a seed in the lesion.",
        )
    return tree.voxels_of(chosen), max(levels)


def _seed_basins(tree: BasinTree, made: Restored, uptake: Uptake, seeds: tuple[SeedPoint, ...]) -> list[int]:
    image, within = uptake.image, uptake.within
    voxels = seed_voxels(seeds, image.geometry)
    corner = np.array([one.start for one in made.box])
    if voxels:
        require_inside(voxels, within.array & np.isfinite(image.array), within.name, image.geometry)
        places = [tuple(np.array(voxel) - corner) for voxel in voxels]
    else:
        inner = within.array[made.box] & made.domain
        places = [np.unravel_index(int(np.where(inner, made.values, -np.inf).argmax()), inner.shape)]
    return sorted({int(tree.labels[place]) - 1 for place in places})


def _basins_within(tree: BasinTree, made: Restored, uptake: Uptake) -> NDArray[np.bool_]:
    found = np.zeros(tree.count + 1, dtype=np.bool_)
    found[tree.labels[uptake.within.array[made.box]]] = True
    return found[1:]


def _require_resolved(uptake: Uptake, fwhm_mm: float) -> None:
    volume_mm3 = 1000.0 * uptake.within.volume_ml
    across = 2.0 * (0.75 / np.pi * volume_mm3) ** (1.0 / 3.0)
    if across < fwhm_mm:
        raise InputError(
            f'The region "{uptake.within.name}" is as large as a sphere of {across:.1f} mm, smaller than the resolution of '
            f"{fwhm_mm:g} mm; edges inside it cannot be told.",
            "Give a larger region, or the true resolution of the map.",
        )


def _deblurring(parameters: GradientParameters, done: Deblurred) -> str:
    negative = f", {done.clipped} negative voxels taken as 0" if done.clipped else ""
    kind = "Landweber" if parameters.deblur == KINDS[0] else "Richardson-Lucy"
    steps = f"{done.steps} step{'s' * (done.steps > 1)}"
    return f"Deblurred ({kind}): {parameters.psf_fwhm_mm:g} mm FWHM, {steps}{negative}."
