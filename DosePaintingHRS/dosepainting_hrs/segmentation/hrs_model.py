"""Voxels that a model learned from a cohort takes for the high-risk subvolume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from ..conditions import NAMES, Conditions, conditions_from
from ..errors import InputError, ParameterError
from ..hrs_model import HrsModel, model_from
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import Segmentation, Slot, register_segmentation
from .compactness import compactness
from .model_application import Accepted, Applied


@dataclass(frozen=True, kw_only=True)
class PatientCondition(Parameters):
    """How the patient was imaged, in one respect."""

    name: Annotated[str, Field(help="Which condition.", choices=tuple(name for name in NAMES if name != "voxel_mm"))]
    value: Annotated[str, Field(help="Its value; the numbers of a list with spaces between them.")]


@dataclass(frozen=True, kw_only=True)
class AcceptedDifference(Parameters):
    """A difference between patient and cohort that somebody accepts."""

    name: Annotated[str, Field(help="Which condition.", choices=NAMES)]
    by: Annotated[str, Field(help="Who accepts it.")]
    reason: Annotated[str, Field(help="Why.")]


@dataclass(frozen=True, kw_only=True)
class HrsModelParameters(Parameters):
    """How the patient was imaged, and which differences from the cohort are accepted."""

    conditions: Annotated[
        tuple[PatientCondition, ...],
        Field(help="How the patient was imaged: species, tracer, minutes after injection, b-values and so on."),
    ] = ()
    accept: Annotated[
        tuple[AcceptedDifference, ...], Field(help="Differences from the cohort that are accepted, by whom and why.")
    ] = ()

    def patient(self) -> Conditions:
        """Return the conditions as one.

        Raises
        ------
        ParameterError
            If a number is none.
        """
        try:
            return conditions_from([(one.name, one.value) for one in self.conditions])
        except ValueError as error:
            raise ParameterError(f'Parameter "conditions": {error}.', "For example name=field_strength_t,value=3.") from None

    def accepted(self) -> tuple[Accepted, ...]:
        """Return the accepted differences."""
        return tuple(Accepted(name=one.name, who=one.by, reason=one.reason) for one in self.accept)


@register_segmentation("hrs-model", schema=1)
class HrsModelSegmentation(Segmentation):
    """Region of all voxels inside another region that lie within the radius of a learned model in the space of its maps.

    Parameters
    ----------
    maps : dict of str to Image, (z, y, x)
        The maps of the model by its names for them, in its units.
    within : Mask, (z, y, x)
        Region to stay inside, on the grid of the maps.
    model : dict
        A model file, as ``cohort model`` writes it.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If a map is missing or of another basis, the patient was imaged otherwise than the cohort, or no voxel belongs.
    QuantityError
        If a map holds another quantity or unit.
    IdentityError, GeometryError
        If patients, frames of reference or grids differ.

    Notes
    -----
    A voxel belongs when the sum over the maps of ((value - mean) / SD - centre)^2 is at most the square of the radius; mean,
    SD, centre and radius are the model's. What differs between patient and cohort (species, tracer, time after injection,
    b-values, field strength, reconstruction, registration, voxel size) blocks, unless somebody accepts it by name and reason.
    A published reference model never blocks: its regions are marked, and no export takes them or anything made from them.

    References
    ----------
    Boeke S et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging cluster to predict radiation
    resistance in preclinical head and neck cancer models, Eur J Nucl Med Mol Imaging, methods.
    """

    inputs = (
        Slot("maps", "images", "A map of the model, by the model's name for it."),
        Slot("within", "region", "Region to stay inside, usually the GTV."),
        Slot("model", "record", "Model file, as cohort model writes it."),
    )
    parameters: HrsModelParameters

    def compute(self, maps: Mapping[str, Image], within: Mask, model: Mapping[str, Any], progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Checking model, maps and patient")
        read = model_from(model, "The model")
        applied = Applied.of(read, maps, within, self.parameters.patient(), self.parameters.accepted())
        progress(0.4, "Measuring distances in the space of the maps")
        distance = applied.distance()
        members = applied.members()
        if not members.any():
            nearest = float(distance[applied.inside].min())
            raise InputError(
                f'No voxel of the region "{within.name}" belongs to the model "{read.name}": the nearest lies at {nearest:.3g} '
                "times its radius.",
                "The patient has no such subvolume, or was imaged otherwise than the cohort.",
            )
        found = compactness(members, np.asarray(within.array[applied.box]))
        progress(1.0, "Region made")
        return applied.mask(members, told(read, found, within.name))


def told(model: HrsModel, found: object, region: str) -> str:
    """Return the sentence that tells how the region came about."""
    kind = "published reference model, for comparison only" if model.reference else "model"
    return f'High-risk subvolume by the {kind} "{model.name}" ({model.hash}) inside "{region}": {found}.'
