"""Write a synthetic cohort with a planted cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from ..context import Context
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..phantom.cohort import PLANTED, write_cohort
from ..storage.atomic import new_folder


@dataclass(frozen=True, kw_only=True)
class CohortDemoResult:
    """What was written, and what was planted."""

    output: str
    cohort: str
    tumours: int
    planted_maps: tuple[str, ...]
    centre: Mapping[str, float]


@register_step("cohort-demo", CohortDemoResult)
@dataclass(frozen=True, kw_only=True)
class CohortDemoStep(Step):
    """Write a synthetic cohort like that of Boeke et al. (2023), table 1, with a cluster planted in three of five maps.

    Beside it lie the truth and a new tumour, ``patient``, to apply a model to. No animal or patient is in it.
    """

    output: Annotated[str, Field("New folder."), Argument(metavar="DIR")]
    size: Annotated[str, Field("Tumours of a few hundred voxels, or as large as in the paper.", choices=("small", "full"))] = (
        "small"
    )
    seed: Annotated[int, Field("Draws shapes, tissue and noise.")] = 1

    def run(self, context: Context) -> CohortDemoResult:
        """Write it."""
        target = context.new_folder(self.output)
        with new_folder(target) as folder:
            truth = write_cohort(folder, size=self.size, seed=self.seed, progress=context.progress)
        return CohortDemoResult(
            output=context.told(target),
            cohort=context.told(target / "cohort.csv"),
            tumours=len(truth.fractions) - 1,
            planted_maps=PLANTED,
            centre=truth.centre,
        )
