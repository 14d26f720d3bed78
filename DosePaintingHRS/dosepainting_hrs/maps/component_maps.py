"""What the maps of dynamic PET and DCE components share: fit or take a basis, project, and say how it came about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

import numpy as np

from ..errors import InputError
from ..identity import combined, require_same_frame, require_same_patient
from ..image import Image, Mask
from ..image_frames import Frames
from ..parameters import Field, Parameters
from ..progress import Progress, part
from ..quantities import Quantity
from ..reconstruction import steps_of_region
from ..registry import MAIN, Output
from .component_basis import ComponentBasis, basis_of
from .components import Gram, Normalisation, Preparation, Weighting, components_of, gram_of, projected, rebuilt

ALSO = (
    Output("c2", "Coefficient of the second component."),
    Output("basis", "The basis as JSON: components, curves, explained variance, frame times and hash.", "record"),
    Output("rebuilt_1", "Frames as the first component alone makes them."),
    Output("rebuilt_2", "Frames as the first two components make them."),
)


@dataclass(frozen=True, kw_only=True)
class ComponentParameters(Parameters):
    """How curves count; a given basis brings its own and leaves these aside."""

    weighting: Annotated[
        Weighting, Field(help="Whether long frames count more than short ones, in proportion to their duration.")
    ] = Weighting.NONE
    normalisation: Annotated[
        Normalisation, Field(help="Whether each voxel's curve is divided by its mean, so that its shape alone counts.")
    ] = Normalisation.NONE


def gram_within(frames: Frames, within: Mask, parameters: ComponentParameters, progress: Progress) -> Gram:
    """Sum the curves of a region into a Gram matrix.

    Raises
    ------
    IdentityError, GeometryError
        If the region is of another patient, frame of reference or grid.
    InputError
        If frame durations are needed and not there, or no curve is left.
    """
    what = (f'The region "{within.name}"', "the frames")
    require_same_patient(within.identity, frames.identity, what=what)
    require_same_frame(within.identity, frames.identity, what=what)
    within.require_same_grid(frames.frame(0), what=what)
    if not within.voxel_count:
        raise InputError(f'The region "{within.name}" is empty.', "Choose a region that has voxels.")
    return gram_of(frames.array, within.array, preparation_of(frames, parameters), progress)


def preparation_of(frames: Frames, parameters: ComponentParameters) -> Preparation:
    """Return what is done to the curves of frames."""
    weighted = parameters.weighting is Weighting.DURATION
    durations = frames.durations_s() if weighted else (1.0,) * len(frames)
    return Preparation.of(parameters.weighting, parameters.normalisation, durations)


def component_maps(  # noqa: PLR0917
    frames: Frames,
    within: Mask | None,
    basis: dict[str, Any] | None,
    parameters: ComponentParameters,
    name: str,
    progress: Progress,
) -> dict[str, Any]:
    """Return both coefficient maps, the basis, and the frames rebuilt from one and two components on demand.

    Raises
    ------
    InputError
        If neither a region nor a basis is given, or the basis does not fit the frames.
    """
    used, told, source = _basis(frames, within, basis, parameters, name, part(progress, 0.0, 0.5))
    vectors = used.vectors[:2]
    coefficients = projected(frames.array, vectors, used.preparation, part(progress, 0.5, 1.0))
    step = (
        f"{told} Frames weighted by {used.weighting.value}, curves divided by {used.normalisation.value}, not centred; "
        f"basis {used.hash}. Signs: the first component has a positive sum, the second one rises."
    )
    lost = int(np.isnan(coefficients[0]).sum())
    step += f" {lost} voxels lack a number in some frame and hold none." if lost else ""
    made: dict[str, Any] = {"basis": used.to_json()}
    for key, number in ((MAIN, 0), ("c2", 1)):
        unit = frames.quantity.unit if used.normalisation is Normalisation.NONE else "1"
        image: Image = source.image(coefficients[number], Quantity(f"{used.name}_c{number + 1}", unit), step)
        made[key] = replace(image, basis=used.hash)
    for count in (1, 2):
        made[f"rebuilt_{count}"] = partial(_rebuilt, frames, coefficients[:count], used)
    return made


def _rebuilt(frames: Frames, coefficients: Any, basis: ComponentBasis) -> Frames:
    count = len(coefficients)
    curves = rebuilt(coefficients, basis.vectors[:count], basis.preparation.weights)
    if basis.normalisation is Normalisation.MEAN:
        with np.errstate(invalid="ignore"):
            curves *= frames.array.mean(axis=0, dtype=np.float64).astype(np.float32)
    step = f"Rebuilt from {count} component{'s' * (count > 1)} of basis {basis.hash}."
    return frames.derived(curves, frames.quantity, step)


def _basis(  # noqa: PLR0917
    frames: Frames,
    within: Mask | None,
    given: dict[str, Any] | None,
    parameters: ComponentParameters,
    name: str,
    progress: Progress,
) -> tuple[ComponentBasis, str, Frames]:
    if given is not None:
        basis = ComponentBasis.from_json(given, "The basis")
        progress(0.0, "Comparing frame times")
        basis.require_same_frames(frames)
        told = f"Projected onto the given basis of {basis.voxels} curves of {len(basis.sources)} series"
        return basis, f"{told}; it explains {basis.explained_in_words()} of its own curves.", frames
    if within is None:
        raise InputError(
            "Components need a region whose curves they are found in, or a basis that was found before.",
            "Give --within REGION, or --basis BASIS.JSON, which keeps one meaning for several patients.",
        )
    gram = gram_within(frames, within, parameters, progress)
    found = components_of(gram)
    basis = basis_of(gram, found, frames, name, parameters.weighting, parameters.normalisation)
    told = f'Found components in {gram.voxels} curves within "{within.name}"; they explain {basis.explained_in_words()}.'
    told += f" {gram.left_out} curves were left out for want of a number." if gram.left_out else ""
    told += "" if found.singular_values[min(1, len(found.singular_values) - 1)] > 0 else " All curves have one shape."
    history = (*frames.history, *steps_of_region(within, frames.history))
    return basis, told, replace(frames, identity=combined(frames.identity, within.identity), history=history)
