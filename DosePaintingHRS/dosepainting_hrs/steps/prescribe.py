"""Prescribe a dose per voxel by a registered rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from .. import prescription  # noqa: F401  (registers the rules)
from ..address import Where
from ..context import Context
from ..image import Image
from ..inputs import Inputs, load_inputs
from ..job import Argument, register_step
from ..parameters import Field
from ..parameters_json import with_preset_named
from ..progress import part
from ..quantities import ABSORBED_DOSE
from ..registry import PRESCRIPTIONS
from ..segmentation.remarks import unidentified
from ..storage.volumes import require_new_volume, write_volume
from ..working import warnings_of
from .by_method import MethodStep


@dataclass(frozen=True, kw_only=True)
class PrescribeResult:
    """What was made: the volume file, and its dose in the first region that was given; in the whole grid without one."""

    output: str
    method: str
    quantity: str
    unit: str
    dose_minimum: float
    dose_maximum: float
    dose_mean: float
    within: str
    within_ml: float
    patient_id: str
    frame_of_reference: str
    series: tuple[str, ...]
    remarks: tuple[str, ...]
    history: tuple[str, ...]


@register_step("prescribe", PrescribeResult)
@dataclass(frozen=True, kw_only=True)
class PrescribeStep(MethodStep):
    """Prescribe a dose per voxel, Gy, by a rule."""

    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> PrescribeResult:
        """Bring the regions to the grid of the image, prescribe, and write the dose with its identity."""
        method = self.built(PRESCRIPTIONS)
        target = context.new_file(self.output)
        require_new_volume(target)
        given = load_inputs(context, type(method), self.inputs, self.drawn_on)
        dose: Image = method.compute(**given.arguments, progress=part(context.progress, 0.4, 0.9))
        dose.require(ABSORBED_DOSE)
        dose = context.noted(given.kept_by(dose))
        dose = replace(dose, history=with_preset_named(dose.history, self.preset))
        context.progress(0.9, f"Writing {target.name}")
        write_volume(dose, target, job=context.record)
        low, high, mean, within, volume = _numbers(dose, given)
        return PrescribeResult(
            output=context.told(target),
            method=self.method,
            quantity=dose.quantity.name,
            unit=dose.quantity.unit,
            dose_minimum=low,
            dose_maximum=high,
            dose_mean=mean,
            within=within,
            within_ml=volume,
            patient_id=dose.identity.patient_id,
            frame_of_reference=dose.identity.frame_of_reference,
            series=dose.identity.series,
            remarks=(*given.remarks, *unidentified(given.images, given.regions), *warnings_of(dose.working)),
            history=dose.history,
        )


def _numbers(dose: Image, given: Inputs) -> tuple[float, float, float, str, float]:
    """Return minimum, maximum and mean, Gy, of the voxels that have a dose; in which region, and its volume, ml."""
    region = next(iter(given.regions.values()), None)
    values = dose.array if region is None else dose.array[region.array]
    values = values[np.isfinite(values)].astype(np.float64)
    volume = dose.array.size * dose.geometry.voxel_volume_ml if region is None else region.volume_ml
    name = "" if region is None else region.name
    if not values.size:
        return float("nan"), float("nan"), float("nan"), name, volume
    return float(values.min()), float(values.max()), float(values.mean()), name, volume
