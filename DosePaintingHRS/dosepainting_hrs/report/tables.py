"""Rows of records as CSV or JSON, by the name of the file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import OutputError
from ..records import to_json
from ..storage.atomic import new_file, require_absent

SUFFIXES = (".csv", ".json")


def require_new_table(path: Path) -> None:
    """Refuse a table whose file exists or has an unknown suffix, before any work is done.

    Raises
    ------
    OutputError
        If so.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OutputError(f'The table "{path}" does not end in one of {", ".join(SUFFIXES)}.', "Give it such a name.")
    require_absent(path)


def write_table(path: Path, rows: Sequence[Any], about: Any, job: str) -> None:
    """Write records: as CSV their fields in columns, as JSON together with all else that is known of them.

    Parameters
    ----------
    path : Path
        New file.
    rows : sequence of dataclass instances
        All of one type.
    about : dataclass instance
        What else is known, for JSON; it holds the rows as well.
    job : str
        Provenance text of the step.
    """
    if path.suffix.lower() == ".csv":
        text = csv_text(rows)
    else:
        text = json.dumps({"schema": 1, **to_json(about), "job": job}, indent=1, ensure_ascii=False) + "\n"
    with new_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def csv_text(rows: Sequence[Any]) -> str:
    """Return records as CSV with a header; what is not known stays empty."""
    stream = io.StringIO()
    records = [to_json(row) for row in rows]
    writer = csv.DictWriter(stream, fieldnames=list(records[0]) if records else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return stream.getvalue()
