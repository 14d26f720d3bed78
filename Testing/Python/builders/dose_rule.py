"""A prescription rule for tests only: dose that rises linearly with a map inside a region."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np

from dosepainting_hrs.identity import combined, require_same_frame, require_same_patient
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.parameters import Field, Parameters, Preset
from dosepainting_hrs.progress import Progress, silent
from dosepainting_hrs.quantities import ABSORBED_DOSE
from dosepainting_hrs.registry import PRESCRIPTIONS, Prescription, Slot

NAME = "test-linear-dose"


@dataclass(frozen=True, kw_only=True)
class LinearDoseParameters(Parameters):
    """Dose at the lowest and at the highest value."""

    presets: ClassVar[tuple[Preset, ...]] = (Preset("sixty to ninety", {"low": 60.0, "high": 90.0}, "Made up in 2025."),)

    low: Annotated[float, Field(help="Dose at the lowest value.", unit="Gy", minimum=0.0, maximum=120.0, example=60.0)]
    high: Annotated[float, Field(help="Dose at the highest value.", unit="Gy", minimum=0.0, maximum=120.0, example=90.0)]


class LinearDose(Prescription):
    """Dose that rises linearly from the lowest to the highest value of a map in a region.

    References
    ----------
    Made up for the tests in 2025.
    """

    inputs: ClassVar[tuple[Slot, ...]] = (
        Slot("map", "image", "Map that the dose follows."),
        Slot("within", "region", "Region that gets the dose."),
    )
    parameters: LinearDoseParameters

    def compute(self, map: Image, within: Mask, progress: Progress = silent) -> Image:  # noqa: A002
        """Return the dose, 0 outside the region."""
        progress(0.0, "Looking at the map")
        what = (f'The region "{within.name}"', "the map")
        require_same_patient(within.identity, map.identity, what=what)
        require_same_frame(within.identity, map.identity, what=what)
        within.require_same_grid(map, what=what)
        values = map.array[within.array].astype(np.float64)
        share = (values - values.min()) / (values.max() - values.min())
        dose = np.zeros(map.array.shape, dtype=np.float32)
        dose[within.array] = self.parameters.low + (self.parameters.high - self.parameters.low) * share
        step = f"Dose from {self.parameters.low:g} to {self.parameters.high:g} Gy, linear in {map.quantity.name}."
        made = map.derived(dose, ABSORBED_DOSE, step)
        progress(1.0, "Prescribed")
        return replace(made, identity=combined(map.identity, within.identity))


def register() -> None:
    """Register the rule in this process, once."""
    if NAME not in PRESCRIPTIONS.names():
        PRESCRIPTIONS.register(NAME, schema=1)(LinearDose)


@contextmanager
def registered_rule() -> Iterator[str]:
    """Register the rule, give its name, and take it away again."""
    register()
    try:
        yield NAME
    finally:
        PRESCRIPTIONS._methods.pop(NAME)


def folder_that_registers(folder: Path) -> list[str]:
    """Write what registers the rule at the start of every Python that has the folders returned on its PYTHONPATH."""
    folder.joinpath("sitecustomize.py").write_text("from builders.dose_rule import register\n\nregister()\n", encoding="utf-8")
    return [str(folder), str(Path(__file__).parents[1]), *(one for one in sys.path if one.endswith("DosePaintingHRS"))]
