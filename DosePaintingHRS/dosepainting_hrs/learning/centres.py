"""Cluster centres as a table: case, z, y, x of the voxels that were drawn, written and read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import InputError
from .voxels import Ints, Voxels

COLUMNS = ("case", "z", "y", "x")


def centres_text(voxels: Voxels, rows: Ints) -> str:
    """Return the centres as CSV: the case and the voxel, counted from 0 on the canonical grid of the case."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([voxels.tumours[voxels.tumour[row]].case, *voxels.place[row].tolist()])
    return out.getvalue()


def read_centres(path: Path, voxels: Voxels) -> Ints:
    """Read centres and find their rows among the voxels of a cohort.

    Raises
    ------
    InputError
        If the file is missing, has other columns, or names no voxel of the cohort; the sentence names row and column.
    """
    if not path.is_file():
        raise InputError(f'There is no centres file "{path}".', "Give a CSV with case,z,y,x.")
    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f'The centres file "{path}" cannot be read: {error}.', "Give a CSV with case,z,y,x.") from error
    header = [name.strip() for name in lines[0]] if lines else []
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise InputError(f'The centres file "{path}", row 1, lacks the column "{missing[0]}".', "Needed are case,z,y,x.")
    at = [header.index(name) for name in COLUMNS]
    keys = {key: row for row, key in enumerate(_keys(voxels))}
    found = []
    for number, cells in enumerate(lines[1:], 2):
        if any(map(str.strip, cells)):
            found.append(_row(path, number, [cells[i] if i < len(cells) else "" for i in at], keys))
    if not found:
        raise InputError(f'The centres file "{path}" has no rows.', "Give one voxel per row.")
    return np.array(found, dtype=np.int64)


def _keys(voxels: Voxels) -> list[tuple[str, int, int, int]]:
    cases = [voxels.tumours[index].case for index in voxels.tumour.tolist()]
    return [(case, z, y, x) for case, (z, y, x) in zip(cases, voxels.place.tolist(), strict=True)]


def _row(path: Path, number: int, cells: Sequence[str], keys: dict[tuple[str, int, int, int], int]) -> int:
    where = f'The centres file "{path}", row {number}'
    try:
        place = tuple(int(text) for text in cells[1:])
    except ValueError:
        bad = next(name for name, text in zip(COLUMNS[1:], cells[1:], strict=True) if not text.strip().lstrip("-").isdecimal())
        raise InputError(f'{where}, column "{bad}", holds no whole number.', "Voxels are counted from 0.") from None
    key = (cells[0].strip(), place[0], place[1], place[2])
    if key not in keys:
        known = any(case == key[0] for case, _, _, _ in keys)
        column = 'columns "z", "y", "x"' if known else 'column "case"'
        raise InputError(
            f'{where}, {column}: case "{key[0]}" has no tumour voxel {key[1:]} (z, y, x) in this cohort.',
            "Centres are voxels inside the regions of the tumours that are scanned.",
        )
    return keys[key]
