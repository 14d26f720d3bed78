"""Group cell lines into classes by what their TCD50 intervals can tell apart."""

from __future__ import annotations

import csv
import json
import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from ..context import Context
from ..errors import ParameterError
from ..job import Argument, Step, register_step
from ..learning.classes import Joined, classes_from, confounding, joined_by_overlap, with_groups
from ..learning.cohort import Cohort, CohortSettings, Row, require_classes
from ..learning.cohort_table import FRAMES, MAP
from ..parameters import Field
from ..records import to_json
from ..storage.atomic import new_file, require_absent
from .cohort_source import open_cohort


@dataclass(frozen=True, kw_only=True)
class CohortClassesResult:
    """Groups that hang together, and the table written."""

    excluded: tuple[str, ...]
    joined: tuple[Joined, ...]
    output: str
    classes: tuple[str, ...]
    confounding: tuple[str, ...]


@register_step("cohort-classes", CohortClassesResult)
@dataclass(frozen=True, kw_only=True)
class CohortClassesStep(Step):
    """Join groups whose TCD50 confidence intervals overlap into classes; exclusion comes first.

    Without names it only shows what hangs together and by which chain. With --names and --fractions, from sensitive to
    resistant, it writes a new table with the classes filled in, and its JSON file.
    """

    cohort: Annotated[str, Field("cohort.csv with the columns tcd50_low and tcd50_high."), Argument(metavar="COHORT.CSV")]
    exclude: Annotated[
        tuple[str, ...], Field("Group to exclude before grouping."), Argument(flags=("--exclude",), metavar="GROUP")
    ] = ()
    include: Annotated[
        tuple[str, ...],
        Field("Group to take in though the table excludes it."),
        Argument(flags=("--include",), metavar="GROUP"),
    ] = ()
    names: Annotated[
        str, Field("Names of the classes, with commas: H,M,L."), Argument(flags=("--names",), metavar="A,B,...")
    ] = ""
    fractions: Annotated[
        str, Field("Their target fractions, with commas: 0,0.075,0.15."), Argument(flags=("--fractions",), metavar="X,Y,...")
    ] = ""
    output: Annotated[str, Field("New table."), Argument(flags=("-o", "--output"), metavar="NEW.CSV")] = ""

    def run(self, context: Context) -> CohortClassesResult:
        """Group, and write the new table when names are given."""
        cohort = with_groups(open_cohort(context, self.cohort), exclude=self.exclude, include=self.include)
        joined = joined_by_overlap(cohort)
        if bool(self.names) != bool(self.output):
            raise ParameterError("Names of classes and a new table belong together.", "Give --names, --fractions and -o.")
        told = ""
        if self.names:
            classes, by_group = classes_from(joined, self.names.split(","), self._fractions())
            require_classes(classes, "The new table")
            cohort = cohort.with_classes(classes, by_group)
            target = context.new_file(self.output)
            write_cohort_table(cohort, target)
            told = context.told(target)
        rows = tuple(row for row in cohort.rows if not row.exclude)
        return CohortClassesResult(
            excluded=self.exclude,
            joined=joined,
            output=told,
            classes=cohort.class_names if self.names else (),
            confounding=confounding(rows, cohort.class_names),
        )

    def _fractions(self) -> tuple[float, ...]:
        try:
            fractions = tuple(float(text) for text in self.fractions.split(",") if text.strip())
        except ValueError:
            raise ParameterError(
                f'--fractions takes numbers with commas between them, got "{self.fractions}".', "For example 0,0.075,0.15."
            ) from None
        if not all(0.0 <= one <= 1.0 for one in fractions):
            raise ParameterError(f'--fractions takes shares from 0 to 1, got "{self.fractions}".', "7.5 % is 0.075.")
        return fractions


def write_cohort_table(cohort: Cohort, target: Path) -> None:
    """Write the table of a cohort and its JSON file beside it; paths are turned to start at their folder."""
    beside = target.with_suffix(".json")
    for path in (target, beside):
        require_absent(path)
    header = [
        "case",
        "patient",
        "group",
        "class",
        "time_point",
        "exclude",
        "tcd50",
        "tcd50_low",
        "tcd50_high",
        "scanner",
        "region",
    ]
    moved = {
        name: replace(one, basis=_moved(cohort, one.basis, target.parent)) for name, one in cohort.settings.components.items()
    }
    with new_file(beside) as settings, new_file(target) as table:
        own = replace(cohort.settings, components=moved)
        settings.write_text(json.dumps(to_json(own), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        with table.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            frames = [FRAMES + name for name in cohort.settings.components]
            writer.writerow([*header, *(MAP + name for name in cohort.map_names), *frames])
            writer.writerows(_cells(cohort, row, target.parent) for row in cohort.rows)


def with_absolute_bases(cohort: Cohort) -> CohortSettings:
    """Return the settings of a cohort, fit for a table in another folder."""
    return replace(
        cohort.settings,
        components={
            name: replace(one, basis=str((cohort.folder / one.basis).absolute()) if one.basis else "")
            for name, one in cohort.settings.components.items()
        },
    )


def folder_of(cohort: Cohort, row: Row) -> str:
    """Return the name of a tumour's folder in a new cohort: its case, with the time point where there are several."""
    several = Counter(one.case for one in cohort.rows)[row.case] > 1
    return (f"{row.case}-{row.time_point}" if several else row.case).replace("/", "_")


def _cells(cohort: Cohort, row: Row, folder: Path) -> list[str]:
    doses = ["" if value is None else f"{value:g}" for value in (row.tcd50, row.tcd50_low, row.tcd50_high)]
    maps = [row.maps.get(name, "") for name in cohort.map_names]
    frames = [row.frames.get(name, "") for name in cohort.settings.components]
    paths = [_moved(cohort, text, folder) for text in (row.region, *maps, *frames)]
    own = [row.case, row.patient, row.group, row.class_name, row.time_point, "1" if row.exclude else "", *doses, row.scanner]
    return [*own, *paths]


def _moved(cohort: Cohort, text: str, folder: Path) -> str:
    """Return a path that starts at another folder."""
    return Path(os.path.relpath((cohort.folder / text).absolute(), folder.absolute())).as_posix() if text else ""
