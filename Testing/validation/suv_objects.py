"""SUV of all 17 IBSI reference objects: ``python Testing/validation/suv_objects.py [FOLDER]``.

FOLDER holds the published objects, DRO_0_0 to DRO_5_0. Without it, those of the test data are taken (five) and small series
written from the manual stand for the others. Writes docs/validation/suv-objects.md; the exit status is 1 when one is missed.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1] / "Python"))

from builders.real_data import ROOT  # noqa: E402
from builders.suv_reference_objects import OBJECTS, write_reference_object  # noqa: E402
from dosepainting_hrs.dicom.image_series import load_image  # noqa: E402
from dosepainting_hrs.dicom.stacking import read_stack  # noqa: E402
from dosepainting_hrs.image import Image  # noqa: E402
from dosepainting_hrs.maps.suv import Suv  # noqa: E402
from dosepainting_hrs.maps.suv_parameters import SuvParameters  # noqa: E402
from dosepainting_hrs.storage.volumes import read_mask  # noqa: E402

PAGE = HERE.parents[2] / "docs" / "validation" / "suv-objects.md"
ABOUT = {
    "0_0": "BQML, START",
    "2_0": "GML by body weight",
    "3_1": "ADMIN",
    "4_1": "start time only",
    "5_0": "Ga-68",
    **{name: one.about for name, one in OBJECTS.items()},
}
WANTED = (0.20, 1.00, 4.00)
QUANTISED = {"2_3": (0.19, 0.98, 3.98)}
"""The published object with body surface stores 0.189, 0.985 and 3.977 by itself."""


def main() -> int:
    """Write the table; return 1 when an object is missed."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    rows, missed = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in sorted(ABOUT):
            which, place = _place(name, folder, Path(scratch))
            made = Suv(SuvParameters()).compute(load_image(read_stack(place / "PT" if (place / "PT").is_dir() else place)))
            inside = _inside(made, place)
            found = tuple(round(float(one), 2) for one in (inside.min(), np.median(inside), inside.max()))
            reached = found == (QUANTISED.get(name, WANTED) if which == "published" else WANTED)
            missed += not reached
            numbers = " | ".join(f"{one:.2f}" for one in found)
            told = sum(one.kind == "convention" for one in made.working)
            rows.append(f"| DRO_{name} | {ABOUT[name]} | {which} | {numbers} | {told} | {'yes' if reached else 'NO'} |")
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(_page(rows), encoding="utf-8")
    sys.stdout.write(_page(rows))
    return int(missed > 0)


def _place(name: str, folder: Path | None, scratch: Path) -> tuple[str, Path]:
    if folder is not None and (folder / f"DRO_{name}").is_dir():
        return "published", folder / f"DRO_{name}"
    archive = ROOT / "suv_dro" / f"DRO_{name}.zip"
    if archive.exists():
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(scratch)
        return "published", scratch / f"DRO_{name}"
    write_reference_object(scratch / f"DRO_{name}", name)
    return "small, from the manual", scratch / f"DRO_{name}"


def _inside(made: Image, place: Path) -> np.ndarray:
    mask = place / "mask" / "DRO_mask.nii.gz"
    return made.array[read_mask(mask).array] if mask.exists() else made.array.ravel()


def _page(rows: list[str]) -> str:
    head = ["object", "what is special", "which", "minimum", "median", "maximum", "conventions told", "reached"]
    lines = [
        "# SUV reference objects",
        "",
        "Made by `make validate` (`Testing/validation/suv_objects.py`). SUVbw in the mask of each IBSI reference object",
        "(Vacha et al., https://github.com/oncoray/suv_computation); 0.20, 1.00 and 4.00 are wanted, and 0.19, 0.98 and 3.98",
        "of the published DRO_2_3, which is quantised to that.",
        "",
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *rows,
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
