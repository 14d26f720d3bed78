"""Maps against known truth: ``python Testing/validation/maps.py``.

ADC with noise against the Cramer-Rao bound, the functional imaging of the synthetic patient in full size against its truth
maps, and a real prostate against its scanner. Writes docs/validation/maps.md; the exit status is 1 when a goal is missed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1] / "Python"))

from builders.map_studies import Line, adc_against_the_bound, of_the_patient, real_prostate, written_patient  # noqa: E402

PAGE = HERE.parents[2] / "docs" / "validation" / "maps.md"
VOXELS = 20_000
ABOUT = """\
# Maps against known truth

Made by `make validate` (`Testing/validation/maps.py`). ADC: nine b-values from 0 to 800 s/mm2, magnitude signals, {voxels}
voxels for each line; the bound is that of Cramer and Rao for Gaussian noise. The patient: `demo --with dynamic --with dwi
--with dwi-enhanced --with dce` in full size with its usual noise, written as DICOM and read back; 65 frames of FMISO, nine
b-values, 150 frames of contrast. Medians are over all voxels of a compartment, edges included, which the blur of the PET
takes down. The scanner's map of the prostate rests on b-values that it does not tell exactly, hence the bias."""


def main() -> int:
    """Write the table; return 1 when a goal is missed."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = written_patient(Path(scratch), "full")
        lines = [*adc_against_the_bound(VOXELS), *of_the_patient(folder), *real_prostate()]
    page = page_of(lines)
    PAGE.write_text(page, encoding="utf-8")
    sys.stdout.write(page)
    return int(not all(one.reached for one in lines))


def page_of(lines: list[Line]) -> str:
    """Return the page."""
    table = ["| what | truth | found | goal | reached |", "|---|---|---|---|---|"]
    for one in lines:
        reached = "" if not one.goal else "yes" if one.reached else "**no**"
        table.append(f"| {one.what} | {one.truth} | {one.found} | {one.goal} | {reached} |")
    return "\n".join([ABOUT.format(voxels=VOXELS), "", *table, ""])


if __name__ == "__main__":
    sys.exit(main())
