"""Put sweeps of several patients together: the step, its table and its figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from ..context import Context
from ..errors import InputError
from ..evaluation.cohort_sweep import CohortPoint, cohort_sweep
from ..evaluation.threshold_sweep import SweepPoint
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..records import from_json, read_json_file, require_schema
from .plots import draw_cohort_sweep, require_new_figure, write_figure
from .tables import require_new_table, write_table


@dataclass(frozen=True, kw_only=True)
class CohortSweepResult:
    """The best percentage, what it is worth on a patient left out, and every point."""

    output: str
    figure: str
    patients: tuple[str, ...]
    best_percent: float
    best_mean_dice: float
    left_out_dice: tuple[float, ...]
    points: tuple[CohortPoint, ...]
    remarks: tuple[str, ...]


@register_step("cohort-sweep", CohortSweepResult)
@dataclass(frozen=True, kw_only=True)
class CohortSweepStep(Step):
    """Put the sweeps of several patients together: Dice over the cohort at every percentage, and the optimum."""

    sweeps: Annotated[
        Mapping[str, str],
        Field("JSON file of a sweep with a reference, under a name. Once for each patient."),
        Argument(flags=("--sweep",), metavar="NAME=SWEEP.JSON"),
    ]
    output: Annotated[str, Field("New table, CSV or JSON."), Argument(flags=("-o", "--output"), metavar="FILE")]
    figure: Annotated[str, Field("New figure, PNG or SVG."), Argument(flags=("--figure",), metavar="FILE")] = ""

    def run(self, context: Context) -> CohortSweepResult:
        """Read the sweeps, put them together, and write table and figure."""
        target = context.new_file(self.output)
        require_new_table(target)
        picture = context.new_file(self.figure) if self.figure else None
        if picture is not None:
            require_new_figure(picture)
        read = {name: _points(context, file) for name, file in self.sweeps.items()}
        found = cohort_sweep(read)
        write_table(target, found.points, found, context.record)
        if picture is not None:
            write_figure(draw_cohort_sweep(found), picture)
        remark = (
            f"The percentage was chosen on these {len(read)} patients; for each of them, left_out_dice is the Dice at the "
            "percentage that is best for the others."
        )
        return CohortSweepResult(
            output=context.told(target),
            figure=context.told(picture) if picture is not None else "",
            patients=found.patients,
            best_percent=found.best_percent,
            best_mean_dice=found.best_mean_dice,
            left_out_dice=found.left_out_dice,
            points=found.points,
            remarks=(remark,),
        )


def _points(context: Context, file: str) -> tuple[SweepPoint, ...]:
    path = context.path(file)
    where = f'The sweep "{path}"'
    stored = read_json_file(path, "sweep")
    require_schema(stored, 1, where)
    points = stored.get("points")
    if not isinstance(points, list) or not points:
        raise InputError(f"{where} holds no points.", "Give the JSON file that the sweep command wrote.")
    return tuple(from_json(SweepPoint, point, f"{where}, point {number}") for number, point in enumerate(points, 1))
