"""Real patients: what is left between the series of one prostate MR, and a sarcoma's T1 and CT.

``python Testing/validation/registration_real.py``; says so and ends with status 0 where the data are not here. Without a
known truth only the quality figure and the size of the residual can be judged. Writes docs/validation/registration_real.md.
"""

from __future__ import annotations

import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dosepainting_hrs import __version__
from dosepainting_hrs.dicom.frame_series import load_frames, read_frame_stack
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.regions import load_region
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.dicom.structure_set import read_structure_set
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.registration.local_rigid import Registered, RegisterParameters, register_local
from dosepainting_hrs.transform import Transform

ROOT = Path(os.environ.get("DOSEPAINTING_HRS_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation" / "registration_real.md"
MOST_RESIDUAL_MM = 3.0
_SEEN = (
    "A residual counts where its quality figure passes; where it fails, the images do not say so exactly, and the figure is no",
    "more than a hint. `export` shows the same measurement before a region that rests on diffusion goes out. What is left of",
    "the DCE, 3 to 4 mm, lies along its slices of 4 mm and is less than one of them; its own PD reference, on the same grid,",
    "gives 2 mm less. Repeats on other samples do not tell that: along slices this thick, a residual is known to half a slice",
    "at best.",
    "",
    "The sarcoma fails, and has to. The contours of both images were carried over by those who published them, and agree with",
    "each other by construction. Laid on each other that way, the femur on the T1 lies 2 cm off that on the CT; after our",
    "registration femur lies on femur, and skin and tumour, in a thigh that was bent otherwise, do not fit. No rigid transform",
    "fits both. Masked to the femur alone (`--mask`), the figure fails too: a shaft can slide and turn about its own axis. A",
    "deformation of the box folds and does not repeat, and is called failed. Such a pair has to be looked at and laid by hand,",
    "or imaged again in the treatment position.",
)


def loaded(folder: Path) -> Image:
    """Return the only series of a folder."""
    return load_image(read_stack(folder))


def ball(image: Image, radius_mm: float) -> Mask:
    """Return a ball in the middle of an image, as the place of a box."""
    z, y, x = np.indices(image.array.shape)
    points = image.geometry.to_world(np.stack([x, y, z], axis=-1))
    inside = np.linalg.norm(points - image.geometry.corners().mean(axis=0), axis=-1) <= radius_mm
    return Mask(array=inside, geometry=image.geometry, stored=image.stored, identity=image.identity, name="ball")


def _gtv(folder: Path) -> Mask:
    (path,) = sorted((folder / "mask").glob("*.dcm"))
    structures = read_structure_set(path)
    name = next(roi.name for roi in structures.rois if "mass" in roi.name.lower() or "gtv" in roi.name.lower())
    return load_region(structures, name, read_stack(folder / "image"))[0]


def _middle(mask: Mask) -> NDArray[np.float64]:
    return mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1].mean(axis=0))


def shift_of(found: Registered, start: Transform | None = None) -> tuple[float, float]:
    """Return how far the middle of the box and its worst corner moved from the start, mm."""
    matrix = np.eye(4) if found.transform.matrix is None else found.transform.matrix
    if start is not None and start.matrix is not None:
        matrix = matrix @ np.linalg.inv(start.matrix)
    moved = np.linalg.norm(found.box @ matrix[:3, :3].T + matrix[:3, 3] - found.box, axis=-1)
    centre = found.box.mean(axis=0)
    return float(np.linalg.norm(matrix[:3, :3] @ centre + matrix[:3, 3] - centre)), float(moved.max())


def prostate_series(folder: Path) -> Iterator[tuple[str, Image]]:
    """Return what shares the T2's frame: ADC, each b-value as measured, the calculated one, and the DCE's first and last."""
    yield "ADC", loaded(folder / "009_MR_ep2d_diff_tra_DYNDIST_ADC_20369")
    weighted = load_frames(read_frame_stack(folder / "008_MR_ep2d_diff_tra_DYNDIST_41198"))
    for number, b_value in enumerate(weighted.b_values()):
        yield f"DWI, b = {b_value:g} s/mm2", weighted.frame(number)
    yield "DWI, calculated b-value", loaded(folder / "010_MR_ep2d_diff_tra_DYNDISTCALC_BVAL_13451")
    yield "PD reference of the DCE", loaded(folder / "011_MR_tfl_3d_PD_ref_tra_1_5x1_5_t3_13771")
    with tempfile.TemporaryDirectory() as unpacked, zipfile.ZipFile(folder / "DCE_45x16.zip") as archive:
        archive.extractall(unpacked)
        dynamic = load_frames(read_frame_stack(Path(unpacked)))
    for number in (0, len(dynamic) // 2, len(dynamic) - 1):
        yield f"DCE, frame {number + 1} of {len(dynamic)}", dynamic.frame(number)


def main() -> int:
    """Run what the data allow and write the page."""
    prostate, sarcoma = ROOT / "prostatex_0207_mr", ROOT / "sts_001"
    if not prostate.exists() or not sarcoma.exists():
        print("The real data are not here (set DOSEPAINTING_HRS_TEST_DATA); nothing was studied.")
        return 0
    lines = [
        "# Registration of real patients",
        "",
        f"Version {__version__}. No truth is known: residuals and figures only.",
        "",
    ]
    header = ("patient", "pair", "moved at the middle, mm", "left, back, up, mm", "at most, mm", "repeats, mm")
    lines += [f"| {' | '.join((*header, 'MI before, after', 'quality figure'))} |"]
    lines += ["|" + "---|" * 8]
    missed, believed = False, 0
    t2 = loaded(prostate / "004_MR_t2_tse_tra_45322")
    near = RegisterParameters(kind="shift", reach_mm=6.0, margin_mm=20.0, samples=80_000)
    for what, moving in prostate_series(prostate):
        try:
            found = register_local(t2, moving, ball(t2, 22.0), near)
        except DosePaintingError as error:
            lines.append(f"| prostatex_0207 | {what} to T2 | - | - | - | - | - | refused: {error.message} |")
            continue
        middle, most = shift_of(found)
        diffusion = what.startswith(("ADC", "DWI"))
        believed += found.quality.passed and diffusion
        missed |= found.quality.passed and diffusion and middle > MOST_RESIDUAL_MM
        lines.append(_row("prostatex_0207", f"{what} to T2, one frame", middle, most, found))
    missed |= believed == 0
    ct, t1 = loaded(sarcoma / "dicom" / "CT" / "image"), loaded(sarcoma / "dicom" / "MR_T1" / "image")
    # The two frames have nothing in common: the GTVs that were drawn on both say where to begin.
    on_t1, on_ct = _gtv(sarcoma / "dicom" / "MR_T1"), _gtv(sarcoma / "dicom" / "CT")
    start = np.eye(4)
    start[:3, 3] = _middle(on_t1) - _middle(on_ct)
    begin = Transform.of_matrix(start, ct.identity.frame_of_reference, t1.identity.frame_of_reference)
    found = register_local(t1, ct, on_t1, RegisterParameters(margin_mm=40.0), start=begin)
    middle, most = shift_of(found, begin)
    lines.append(_row("sts_001", "CT to T1 (and so T1 to CT), from the middles of the GTVs drawn on both", middle, most, found))
    lines += ["", *_SEEN, ""]
    sentence = f"of {believed} residuals of diffusion images that are believed (one at least), none is over"
    lines += [f"Goal: {sentence} {MOST_RESIDUAL_MM:g} mm: {'**missed**' if missed else 'reached'}.", ""]
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    return int(missed)


def _along(found: Registered) -> str:
    """Return how far the middle of the box moved along each axis from where it began."""
    begun, ended = (np.eye(4) if one.matrix is None else one.matrix for one in (found.start, found.transform))
    centre = found.box.mean(axis=0)
    there = np.linalg.solve(begun, np.append(centre, 1.0))
    return ", ".join(f"{value:+.1f}" for value in (ended @ there)[:3] - centre)


def _row(patient: str, what: str, middle: float, most: float, found: Registered) -> str:
    one = found.quality
    verdict = "passed" if one.passed else f"failed: {' '.join(one.reasons)}"
    return (
        f"| {patient} | {what} | {middle:.2f} | {_along(found)} | {most:.2f} "
        f"| {one.repeatability_mm:.2f} of {one.tolerance_mm:.2f} "
        f"| {one.similarity_before:.3f}, {one.similarity_after:.3f} | {verdict} |"
    )


if __name__ == "__main__":
    sys.exit(main())
