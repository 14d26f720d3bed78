"""Small cohorts on disk, for tests of everything that reads one."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.quantities import ADC, Quantity
from dosepainting_hrs.storage.volumes import write_volume

CLASSES = (("H", 0.0), ("M", 0.075), ("L", 0.15))
COLUMNS = ("case", "patient", "group", "class", "time_point", "exclude", "region")


def identity_of(case: str) -> Identity:
    return Identity.of_patient(case, f"Mouse^{case}", "", frame_of_reference=f"1.2.{sum(map(ord, case))}", series=("1.2.3",))


def write_tumour(folder: Path, case: str, maps: Mapping[str, ArrayLike], inside: ArrayLike | None = None) -> None:
    """Write the maps of a tumour, (z, y, x) each, and its region: all voxels when none is given."""
    (folder / case).mkdir(parents=True, exist_ok=True)
    identity, geometry = identity_of(case), geometry_of(np.shape(next(iter(maps.values()))))
    region = np.ones(geometry.shape) if inside is None else inside
    write_volume(mask_of(region, geometry, identity, "GTV"), folder / case / "GTV.nrrd")
    for name, array in maps.items():
        quantity = ADC if name == "ADC" else Quantity(name, "1")
        write_volume(image_of(array, geometry, quantity, identity), folder / case / f"{name}.nrrd")


def row_of(case: str, group: str, class_name: str, maps: Sequence[str], **more: str) -> dict[str, str]:
    row = {"case": case, "patient": case, "group": group, "class": class_name, "time_point": "", "exclude": ""}
    row |= {"region": f"{case}/GTV.nrrd", **{f"map:{name}": f"{case}/{name}.nrrd" for name in maps}}
    return {**row, **more}


def write_table(folder: Path, rows: Sequence[Mapping[str, str]], **settings: Any) -> Path:
    """Write ``cohort.csv`` and ``cohort.json``; returns the table."""
    path = folder / "cohort.csv"
    columns = list(dict.fromkeys(name for row in rows for name in row)) or [*COLUMNS, "map:ADC"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    classes = [{"name": name, "target_fraction": share} for name, share in CLASSES]
    (folder / "cohort.json").write_text(json.dumps({"schema": 1, "classes": classes, **settings}), encoding="utf-8")
    return path


def write_small_cohort(
    folder: Path, *, per_class: int = 3, maps: Sequence[str] = ("ADC", "FMISO_c1"), seed: int = 0, **settings: Any
) -> Path:
    """Write tumours of 4 x 5 x 6 voxels in three classes; the more resistant, the more voxels lie near 400 and 2."""
    random = np.random.default_rng(seed)
    rows = []
    for number, (name, _) in enumerate(CLASSES):
        for which in range(per_class):
            case = f"{name}{which}"
            arrays = {one: random.normal(800 if one == "ADC" else 1.0, 90 if one == "ADC" else 0.2, (4, 5, 6)) for one in maps}
            planted = random.permutation(120)[: 10 * number + which]
            for one, array in arrays.items():
                array.ravel()[planted] = random.normal(400 if one == "ADC" else 2.0, 20 if one == "ADC" else 0.05, len(planted))
            write_tumour(folder, case, arrays)
            rows.append(row_of(case, f"line {number}{which % 2}", name, maps))
    return write_table(folder, rows, **settings)
