"""Put sweeps of several patients together: the step, its table and its figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from ..context import Context
from ..errors import InputError
from ..evaluation.cohort_sweep import CohortPoint, CohortSweep, cohort_sweep
from ..evaluation.threshold_sweep import SweepPoint
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..records import from_json, read_json_file, require_schema
from .plots import draw_cohort_sweep, write_figure
from .table_and_figure import table_and_figure
from .tables import write_table


@dataclass(frozen=True, kw_only=True)
class CohortSweepResult:
    """The best percentage, what it is worth on a patient left out, and every point."""

    output: str
    figure: str
    patients: tuple[str, ...]
    without_best: tuple[str, ...]
    shared: tuple[tuple[str, ...], ...]
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
        target, picture = table_and_figure(context, self.output, self.figure)
        read = {name: _read(context, file) for name, file in self.sweeps.items()}
        found = cohort_sweep(
            {name: points for name, (points, _) in read.items()}, {name: who for name, (_, who) in read.items()}
        )
        write_table(target, found.points, found, context.record)
        if picture is not None:
            write_figure(draw_cohort_sweep(found), picture)
        return CohortSweepResult(
            output=context.told(target),
            figure=context.told(picture) if picture is not None else "",
            patients=found.patients,
            without_best=found.without_best,
            shared=found.shared,
            best_percent=found.best_percent,
            best_mean_dice=found.best_mean_dice,
            left_out_dice=found.left_out_dice,
            points=found.points,
            remarks=_remarks(found, {name: who for name, (_, who) in read.items()}),
        )


def _remarks(found: CohortSweep, patients: Mapping[str, str]) -> tuple[str, ...]:
    unknown = ", ".join(name for name in found.patients if not patients[name])
    count = len(found.patients)
    told = [
        f"Chosen on these {count} sweeps; left_out_dice is the Dice at the percentage that is best for all other patients.",
        *(
            f'{", ".join(group)} are of one patient, "{patients[group[0]]}", and not independent: each counts in the '
            "means, and all of them are left out together."
            for group in found.shared
        ),
    ]
    if unknown:
        told.append(f"{unknown}: the sweep does not know its PatientID, so nobody has checked that it is another patient's.")
    if found.without_best:
        names = ", ".join(found.without_best)
        told.append(f"Left out of all means: {names}; no percentage finds any voxel of the reference there.")
    return tuple(told)


def _read(context: Context, file: str) -> tuple[tuple[SweepPoint, ...], str]:
    """Return the points of a sweep and whose they are, empty when unknown."""
    path = context.path(file)
    where = f'The sweep "{path}"'
    stored = read_json_file(path, "sweep")
    require_schema(stored, 1, where)
    points = stored.get("points")
    if not isinstance(points, list) or not points:
        raise InputError(f"{where} holds no points.", "Give the JSON file that the sweep command wrote.")
    made = tuple(from_json(SweepPoint, point, f"{where}, point {number}") for number, point in enumerate(points, 1))
    return made, str(stored.get("patient_id") or "")
