"""The table of a cohort, ``cohort.csv``: read with a sentence for everything that is wrong in it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..parameters import nearest
from .cohort import Cohort, CohortSettings, Row, read_settings

MAP, FRAMES = "map:", "frames:"
NEEDED = ("case", "patient", "group", "class", "time_point", "exclude", "region")
OPTIONAL = ("tcd50", "tcd50_low", "tcd50_high", "scanner")
_NOT_IN_NAMES = '+,=:#/\\"|'
_YES, _NO = ("1", "yes", "true", "x"), ("", "0", "no", "false")


def read_cohort(path: Path) -> Cohort:
    """Read a cohort table and the JSON file of its name, else ``cohort.json``, beside it.

    Parameters
    ----------
    path : Path
        ``cohort.csv``: UTF-8, commas between columns, a decimal point.

    Raises
    ------
    InputError
        If either file is missing or wrong; the sentence names row and column.
    """
    if not path.is_file():
        raise InputError(f'There is no cohort table "{path}".', "Check the path.")
    settings = read_settings(_settings_path(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f'The cohort table "{path}" is not UTF-8: {error.reason}.', "Save it as CSV UTF-8.") from error
    lines = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip() for name in next(lines, [])]
        _check_header(path, header)
        _check_frames(path, settings, header)
        rows = tuple(_row(path, settings, header, lines.line_num, cells) for cells in lines if any(map(str.strip, cells)))
    except csv.Error as error:
        raise InputError(f'The cohort table "{path}", row {lines.line_num}, cannot be read: {error}.') from error
    if not rows:
        raise InputError(f'The cohort table "{path}" has no rows.', "Give one row per tumour and time point.")
    _check_unique(path, rows)
    names = tuple(name.removeprefix(MAP) for name in header if name.startswith(MAP))
    _check_bases(path, settings, names)
    return Cohort(path=path, folder=path.parent, settings=settings, rows=rows, map_names=names)


def _settings_path(table: Path) -> Path:
    own = table.with_suffix(".json")
    return own if own.is_file() else table.parent / "cohort.json"


def _check_header(path: Path, header: Sequence[str]) -> None:
    where = f'The cohort table "{path}", row 1'
    known = (*NEEDED, *OPTIONAL)
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise InputError(f"{where}, has no commas between its columns.", "Save it as CSV with commas and a decimal point.")
    for name in NEEDED:
        if name not in header:
            raise InputError(f'{where}, lacks the column "{name}".', f"Needed are {', '.join(NEEDED)} and map:NAME columns.")
    for number, name in enumerate(header, 1):
        if name not in known and not (name.startswith((MAP, FRAMES)) and name not in (MAP, FRAMES)):
            hint = nearest(name, (*known, "map:NAME", "frames:NAME")) if name else "Take out the empty column, or name it."
            raise InputError(f'{where}, has a column {number} called "{name}", which is not known.', hint)
        odd = next((letter for letter in name.partition(":")[2] if letter in _NOT_IN_NAMES), "")
        if odd:
            raise InputError(
                f'{where}, has a column {number} called "{name}"; a name of maps or frames has no "{odd}".',
                "It would be read as something else in a list of maps, an address or a path.",
            )
        if header.index(name) != number - 1:
            raise InputError(f'{where}, has the column "{name}" twice.', "Take one of them out.")
    if not any(name.startswith((MAP, FRAMES)) for name in header):
        raise InputError(f"{where}, has no map column.", "Call the column of the ADC maps map:ADC, for example.")


def _check_frames(path: Path, settings: CohortSettings, header: Sequence[str]) -> None:
    for name in header:
        if name.startswith(FRAMES) and name.removeprefix(FRAMES) not in settings.components:
            raise InputError(
                f'The cohort table "{path}", row 1, has the column "{name}", but cohort.json does not say what they are.',
                f'"components": {{"{name.removeprefix(FRAMES)}": {{"kind": "dynamic-pet"}}}}; the other kind is dce.',
            )


def _check_bases(path: Path, settings: CohortSettings, maps: Sequence[str]) -> None:
    """Refuse the basis of a map that is not there, and is not to be made from frames either: a slip would go unseen."""
    for name in settings.bases:
        if name not in maps and name.rpartition("_c")[0] not in settings.components:
            raise InputError(
                f'The cohort file "{_settings_path(path)}", bases, names "{name}", but the table has no column "map:{name}".',
                nearest(name, tuple(maps)),
            )


def _row(path: Path, settings: CohortSettings, header: Sequence[str], number: int, cells: Sequence[str]) -> Row:
    where = f'The cohort table "{path}", row {number}'
    if len(cells) != len(header):
        raise InputError(
            f"{where}, has {len(cells)} cells, but there are {len(header)} columns.",
            "A comma inside a name or a decimal comma splits a cell: put the cell in quotes, use a decimal point.",
        )
    found = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    exclude = found["exclude"].lower()
    if exclude not in (*_YES, *_NO):
        raise InputError(f'{where}, column "exclude", holds "{found["exclude"]}".', "Write 1 or yes, 0 or no, or nothing.")
    excluded = exclude in _YES
    wanted = ("case", "patient", "group", *(() if excluded else ("class", "region")))
    for name in wanted:
        if not found[name]:
            raise InputError(f'{where}, column "{name}", is empty.', "Fill it in, or exclude the row.")
    names = tuple(one.name for one in settings.classes)
    if not excluded and found["class"] not in names:
        raise InputError(
            f'{where}, column "class", holds "{found["class"]}", which {_settings_path(path).name} does not name.',
            nearest(found["class"], names),
        )
    if settings.time_points and found["time_point"] not in settings.time_points:
        hint = nearest(found["time_point"], settings.time_points)
        raise InputError(f'{where}, column "time_point", holds "{found["time_point"]}".', hint)
    return Row(
        number=number,
        case=found["case"],
        patient=found["patient"],
        group=found["group"],
        class_name=found["class"],
        time_point=found["time_point"],
        exclude=excluded,
        region=found["region"],
        maps={name.removeprefix(MAP): cell for name, cell in found.items() if name.startswith(MAP) and cell},
        frames={name.removeprefix(FRAMES): cell for name, cell in found.items() if name.startswith(FRAMES) and cell},
        tcd50=_number(where, "tcd50", found),
        tcd50_low=_number(where, "tcd50_low", found),
        tcd50_high=_number(where, "tcd50_high", found),
        scanner=found.get("scanner", ""),
    )


def _number(where: str, column: str, found: dict[str, str]) -> float | None:
    text = found.get(column, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise InputError(f'{where}, column "{column}", holds "{text}", a dose in Gy is needed.', "Use a decimal point.")
    return value


def _check_unique(path: Path, rows: Sequence[Row]) -> None:
    seen: dict[tuple[str, str], Row] = {}
    classes: dict[tuple[str, str], Row] = {}
    for row in rows:
        first = seen.setdefault((row.case, row.time_point), row)
        if first is not row:
            raise InputError(
                f'The cohort table "{path}", row {row.number}, column "case", repeats "{row.case}" of row {first.number} '
                f'at the same time point "{row.time_point}".',
                "Give every tumour its own name.",
            )
        known = classes.setdefault((row.case, row.patient), row)
        if not row.exclude and not known.exclude and known.class_name != row.class_name:
            raise InputError(
                f'The cohort table "{path}", row {row.number}, column "class", holds "{row.class_name}", '
                f'but row {known.number} has "{known.class_name}" for the same tumour.',
                "A tumour belongs to one class at all time points.",
            )
