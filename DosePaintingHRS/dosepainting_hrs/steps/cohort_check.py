"""Say what is in a cohort and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from ..context import Context
from ..job import Argument, Step, register_step
from ..learning.check import CohortCheck, check_cohort
from ..parameters import Field
from .cohort_source import open_cohort


@register_step("cohort-check", CohortCheck)
@dataclass(frozen=True, kw_only=True)
class CohortCheckStep(Step):
    """Look through a cohort: missing maps, units, grids, outliers, histograms, and classes that are a single group.

    Problems are listed, all of them. C_all counts the tumours with all maps, C_max those with the maps of a subset.
    """

    cohort: Annotated[str, Field("cohort.csv, or a folder of case files."), Argument(metavar="COHORT.CSV")]
    time_point: Annotated[
        str, Field("Time point, when there are several."), Argument(metavar="NAME", flags=("--time-point",))
    ] = ""

    maps: Annotated[
        str, Field("Maps that count, with commas between; all when not given."), Argument(flags=("--maps",), metavar="A,B,...")
    ] = ""

    def run(self, context: Context) -> CohortCheck:
        """Look through every row that is not excluded."""
        cohort = open_cohort(context, self.cohort)
        names = tuple(name.strip() for name in self.maps.split(",") if name.strip())
        cohort = replace(cohort, map_names=cohort.chosen_maps(names))
        return check_cohort(cohort, cohort.chosen_time_point(self.time_point), context.progress)
