"""What the methods make of two real PET: ``python Testing/validation/real_pet.py``.

The NEMA phantom (nominal sphere volumes) and the sarcoma STS_001 (contours of a clinician, drawn in MIM). Writes
docs/validation/real-pet.md; there is no goal here, and no claim beyond the tables.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE.parents[1] / "Python"))

from spheres import CHOSEN, method_variants  # noqa: E402

from builders.real_data import ROOT  # noqa: E402
from dosepainting_hrs import maps  # noqa: E402, F401  (registers the methods)
from dosepainting_hrs.dicom.image_series import load_image  # noqa: E402
from dosepainting_hrs.dicom.regions import load_regions  # noqa: E402
from dosepainting_hrs.dicom.stacking import read_stack  # noqa: E402
from dosepainting_hrs.errors import DosePaintingError  # noqa: E402
from dosepainting_hrs.evaluation.overlap import overlap  # noqa: E402
from dosepainting_hrs.evaluation.surface_distance import surface_distance  # noqa: E402
from dosepainting_hrs.image import Image, Mask  # noqa: E402
from dosepainting_hrs.parameters_json import from_json  # noqa: E402
from dosepainting_hrs.registry import MAPS, REGIONS  # noqa: E402
from dosepainting_hrs.segmentation.calibration import PhantomSphere, measured_sphere  # noqa: E402
from dosepainting_hrs.segmentation.reference import reference_of  # noqa: E402

PAGE = HERE.parents[2] / "docs" / "validation" / "real-pet.md"
NEMA = {37: (54.9, 3.6), 28: (25.2, 51.7), 22: (-32.2, 49.9), 17: (-59.3, -0.5), 13: (-28.9, -48.9), 10: (28.9, -46.8)}
"""Diameters, mm, and centres (x, y) read off the image, mm; z is -4.5 mm for all."""
_NEMA = """\
Error of the volume against that of the nominal inner diameter, %. The files carry no units or resolution: 6 mm FWHM was
taken, not measured; the centres were read off the image. The adaptive threshold was fitted to the spheres from 17 mm on, so
that its row says how well one line fits them, not how well it predicts."""
_SARCOMA = """\
SUVbw on the PET grid, looked for in the MIM contour GTV_Mass ({ml:.0f} ml) and 15 mm around it; muscle of the other thigh as
background (SUV {muscle:.2f}). The contour was drawn on MR, and the uptake in it is uneven: a low Dice says that a method
marks the active part, not that it fails."""
_NOT_SUV = {"2.5 (fixed)", "local, 50 % from 1.5 on"}


def sphere_in(image: Image, centre: tuple[float, float, float], radius: float) -> Mask:
    """Return a sphere on the grid of an image."""
    kind = REGIONS.get("sphere")
    values = dict(zip(("x_mm", "y_mm", "z_mm"), centre, strict=True))
    return kind(from_json(kind, {**values, "radius_mm": radius})).compute(image=image)


def found_by(
    label: str, kind: Any, values: dict[str, Any], given: dict[str, Any], centre: tuple[float, float, float]
) -> Mask | str:
    """Run a method on a lesion; return what it found, or why it found nothing."""
    place = dict(zip(("x_mm", "y_mm", "z_mm"), centre, strict=True))

    def clicked(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: place.get(name, clicked(one)) for name, one in value.items()}
        return [clicked(one) for one in value] if isinstance(value, list) else value

    inputs = {slot.name: given[slot.name] for slot in kind.inputs if slot.name in given}
    inputs |= {slot.name: {"map": given["map"]} for slot in kind.inputs if slot.kind == "images"}
    try:
        made: Mask = kind(from_json(kind, clicked(values))).compute(**inputs)
    except DosePaintingError as error:
        return error.message
    return made


def nema(folder: Path) -> list[str]:
    """Return the table of the NEMA phantom."""
    with zipfile.ZipFile(ROOT / "nema_iq_pet" / "pet_recon_1.zip") as packed:
        packed.extractall(folder)
    image = load_image(read_stack(folder / "pet_recon_1"))
    background = sphere_in(image, (0.0, 70.0, -5.0), 10.0)
    level = reference_of(image, background).mean
    spheres = {size: PhantomSphere(diameter_mm=float(size), x_mm=x, y_mm=y, z_mm=-4.5) for size, (x, y) in NEMA.items()}
    rows = {size: measured_sphere(image, one, level, 8.0) for size, one in spheres.items()}
    calibration = [
        {"maximum": one.maximum, "background": one.background, "threshold": one.threshold}
        for size, one in rows.items()
        if size >= 17
    ]
    header = [
        "## NEMA image quality phantom",
        "",
        _NEMA,
        "",
        "| method | " + " | ".join(f"{size} mm" for size in NEMA) + " |",
        "|---" * (len(NEMA) + 1) + "|",
    ]
    needed = [f"{100 * one.threshold / one.maximum:.0f} % of maximum" for one in rows.values()]
    lines = [*header, "| *threshold that the true volume needs* | " + " | ".join(needed) + " |"]
    for label, kind, values in method_variants():
        if label in _NOT_SUV:
            continue
        own = {**values, "calibration": calibration} if kind.name == "adaptive" else values
        cells = []
        for one in spheres.values():
            centre = (one.x_mm, one.y_mm, one.z_mm)
            given = {"map": image, "within": sphere_in(image, centre, one.diameter_mm / 2 + 8.0), "reference": background}
            made = found_by(label, kind, own, given, centre)
            cells.append("refused" if isinstance(made, str) else f"{100 * (made.volume_ml / one.volume_ml - 1):+.0f}")
        lines.append(f"| {_shown(label)} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def sarcoma(_: Path) -> list[str]:
    """Return the table of STS_001."""
    stack = read_stack(ROOT / "sts_001" / "raw_fdg_pet" / "image")
    kind = MAPS.get("suv")
    suv: Image = kind(from_json(kind, {})).compute(image=load_image(stack))
    contours = load_regions(ROOT / "sts_001" / "raw_fdg_pet" / "mask" / "1-1.dcm", None, stack)
    gtv = next(one.mask for one in contours if one.name == "GTV_Mass")
    margin = REGIONS.get("margin")
    within: Mask = margin(from_json(margin, {"margin_mm": 15.0})).compute(region=gtv)
    muscle = sphere_in(suv, (-80.0, 12.0, -791.0), 12.0)
    hottest = np.argwhere(gtv.array & (suv.array == suv.array[gtv.array].max()))[0]
    x, y, z = suv.geometry.to_world(hottest[::-1]).tolist()
    given = {"map": suv, "within": within, "reference": muscle}
    lines = [
        "## Sarcoma STS_001",
        "",
        _SARCOMA.format(ml=gtv.volume_ml, muscle=reference_of(suv, muscle).mean),
        "",
        "| method | ml | Dice | mean surface distance, mm |",
        "|---|---|---|---|",
    ]
    for label, kind_of, values in method_variants():
        if kind_of.name == "adaptive":
            continue
        made = found_by(label, kind_of, {**values, "islands": "all"}, given, (x, y, z))
        if isinstance(made, str):
            made = found_by(label, kind_of, values, given, (x, y, z))
        if isinstance(made, str):
            lines.append(f"| {_shown(label)} | refused | {made} | |")
            continue
        apart = surface_distance(made, gtv).mean_mm
        lines.append(f"| {_shown(label)} | {made.volume_ml:.1f} | {overlap(made, gtv).dice:.2f} | {apart:.1f} |")
    return [*lines, "", "The adaptive threshold is left out: this scanner was not calibrated.", ""]


def _shown(label: str) -> str:
    return label.replace("with the true PSF", "with a PSF of 6 mm")


def main() -> int:
    """Run both and write the page."""
    if not ROOT.is_dir():
        sys.stdout.write("The real data are not here (DOSEPAINTING_HRS_TEST_DATA); the page stays as it is.\n")
        return 0
    tables: tuple[Callable[[Path], list[str]], ...] = (nema, sarcoma)
    lines = [
        "# Real PET",
        "",
        "Made by `make validate` (`Testing/validation/real_pet.py`). Tables, and no claim beyond them.",
        "",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for table in tables:
            lines += table(Path(folder))
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(CHOSEN)} variants and more; {PAGE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
