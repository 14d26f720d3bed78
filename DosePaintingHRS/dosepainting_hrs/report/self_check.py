"""The core numbers, recomputed on built-in phantoms whose answers are known by hand, as a page to sign."""

from __future__ import annotations

import math
import platform
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path

import numpy as np

from .. import __version__
from ..acquisition import PetAcquisition, PetSlice
from ..errors import DosePaintingError, IdentityError
from ..geometry import Geometry
from ..identity import Identity, require_same_patient
from ..image import Image, Mask, on_grid
from ..maps.suv_conversion import suv_conversion
from ..progress import Progress, each, part
from ..quantities import SUV_BW
from ..registration.volume_true import resample_volume_true
from ..segmentation.fixed_threshold import FixedThreshold, FixedThresholdParameters
from ..segmentation.percent_max import PercentMax, PercentMaxParameters
from .content import Report, Section, Table
from .demo import run_demo
from .html import render


@dataclass(frozen=True, kw_only=True)
class Check:
    """One number: what it must be and why, and what this installation finds."""

    name: str
    expected: str
    found: str
    source: str
    passed: bool


_PACKAGES = ("numpy", "scipy", "SimpleITK", "numba", "pydicom")
_IDENTITY = Identity.of_patient("CHECK", "Check^Self", "19000101", frame_of_reference="1.2.3", series=("1.2.3.4",))


def run_checks(progress: Progress) -> tuple[Check, ...]:
    """Recompute every core number; a check that raises has failed, with the sentence as what was found."""
    checks = [_guarded(make) for make in each(_CHECKS, part(progress, 0.0, 0.2), "Checking by hand calculations")]
    return (*checks, *_whole_job(part(progress, 0.2, 1.0)))


def render_page(checks: tuple[Check, ...], when: datetime) -> str:
    """Return the HTML page with all checks and lines to sign."""
    rows = tuple((one.name, one.expected, one.found, "agrees" if one.passed else "DIFFERS", one.source) for one in checks)
    failed = sum(not one.passed for one in checks)
    verdict = "All numbers agree." if not failed else f"{failed} of {len(checks)} numbers differ: do not use this installation."
    table = Table(header=("number", "expected", "found", "verdict", "known from"), rows=rows, caption="")
    sign = (
        "Checked by: ______________________________",
        "Date: ______________________________",
        "Signature: ______________________________",
    )
    return render(
        Report(
            title="Self-check",
            patient="built-in phantoms, no patient",
            created=when.isoformat(timespec="seconds"),
            software_version=__version__,
            sections=(
                Section(title="Core numbers", paragraphs=(verdict,), table=table, figures=()),
                Section(title="Installation", paragraphs=_installation(), table=None, figures=()),
                Section(title="Sign-off", paragraphs=sign, table=None, figures=()),
            ),
        )
    )


def _installation() -> tuple[str, ...]:
    """Say what was checked: a signature holds for one machine and its packages."""
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
    return (f"Computer {platform.node()}, {platform.platform()}.", f"Python {platform.python_version()}; {packages}.")


def _guarded(make: Callable[[], Check]) -> Check:
    try:
        return make()
    except DosePaintingError as error:
        return Check(name=(make.__doc__ or "").strip("."), expected="-", found=str(error), source="-", passed=False)


def _number(name: str, expected: float, found: float, *, tolerance: float, source: str, unit: str = "") -> Check:
    return Check(
        name=name,
        expected=f"{expected:.6g} {unit}".strip(),
        found=f"{found:.6g} {unit}".strip(),
        source=source,
        passed=abs(found - expected) <= tolerance,
    )


def _suv() -> Check:
    """SUV after one half-life."""
    half_life_s, scan = 6586.2, datetime(2020, 1, 1, 12, 0, 0)
    injected = scan - timedelta(seconds=half_life_s)
    one = PetSlice(acquired=scan, frame_reference_ms=None, frame_duration_ms=120_000.0, slope=1.0, intercept=0.0)
    header = PetAcquisition(
        units="BQML",
        decay_correction="START",
        corrected_image=("DECY", "ATTN"),
        image_type=("ORIGINAL", "PRIMARY"),
        series_start=scan,
        weight_kg=70.0,
        height_m=None,
        sex=None,
        injected_dose_bq=350e6,
        half_life_s=half_life_s,
        nuclide="18F",
        tracer="",
        injection_time=injected.strftime("%H%M%S.%f"),
        injection_datetime=None,
        ge_decay_datetime=None,
        reconstruction="",
        slices=(one,),
    )
    # 350 MBq have become 175 MBq: 2500 Bq/ml x 70 000 g / 175 000 000 Bq = 1.
    found = 2500.0 * suv_conversion(header).factor
    return _number(
        "SUVbw of 2500 Bq/ml, 70 kg, 350 MBq injected one half-life of F-18 before",
        1.0,
        found,
        tolerance=1e-6,
        source="by hand",
    )


def _image(values: list[float]) -> tuple[Image, Mask]:
    geometry, stored = on_grid(Geometry.from_parts((1, 1, len(values)), (10, 10, 10), (0, 0, 0)))
    array = np.array(values, dtype=np.float32).reshape(1, 1, -1)
    image = Image(array=array, geometry=geometry, stored=stored, identity=_IDENTITY, quantity=SUV_BW)
    within = Mask(array=np.ones(array.shape, dtype=np.bool_), geometry=geometry, stored=stored, identity=_IDENTITY, name="all")
    return image, within


def _threshold() -> Check:
    """Fixed threshold takes values that equal it."""
    image, within = _image([2.0, 2.5, 3.0, 2.4999])
    found = FixedThreshold(FixedThresholdParameters(threshold=2.5)).compute(image, within).volume_ml
    return _number(
        "volume of (2.0, 2.5, 3.0, 2.4999) at 2.5, voxels of 1 ml",
        2.0,
        found,
        tolerance=1e-9,
        source="by hand: >= takes 2.5",
        unit="ml",
    )


def _percent() -> Check:
    """Per cent of the maximum."""
    image, within = _image([10.0, 5.0, 4.0, 6.0])
    found = PercentMax(PercentMaxParameters(percent=50.0)).compute(image, within).volume_ml
    source = "by hand: 10 and 5 hang together, 6 lies apart from the maximum"
    return _number(
        "volume of (10, 5, 4, 6) at 50 % of the maximum, voxels of 1 ml", 2.0, found, tolerance=1e-9, source=source, unit="ml"
    )


def _sphere() -> Check:
    """Volume of a sphere carried from a PET to a CT grid."""
    radius, spacing = 12.0, 2.0
    pet = Geometry.from_parts((24, 24, 24), (spacing,) * 3, (-23.3, -23.1, -22.7))
    k, j, i = np.indices(pet.shape)
    centres = pet.to_world(np.stack([i, j, k], axis=-1))
    geometry, stored = on_grid(pet)
    mask = Mask(
        array=np.linalg.norm(centres, axis=-1) <= radius, geometry=geometry, stored=stored, identity=_IDENTITY, name="sphere"
    )
    ct = Geometry.from_parts((30, 60, 60), (0.98, 0.98, 2.5), (-29.0, -29.0, -36.0))
    result = resample_volume_true(mask, ct)
    half_a_voxel = 0.5 * ct.voxel_volume_ml + 1e-9
    source = "rule: the volume is kept within half a CT voxel"
    return _number(
        "sphere of 12 mm radius on a 2 mm grid, carried to a CT grid",
        mask.volume_ml,
        result.target_ml,
        tolerance=half_a_voxel,
        source=source,
        unit="ml",
    )


def _digitised() -> Check:
    """Digitised sphere against the analytic one."""
    geometry = Geometry.from_parts((51, 51, 51), (1.0, 1.0, 1.0), (-25.0, -25.0, -25.0))
    k, j, i = np.indices(geometry.shape)
    inside = np.linalg.norm(geometry.to_world(np.stack([i, j, k], axis=-1)), axis=-1) <= 20.0
    analytic = 4.0 / 3.0 * math.pi * 20.0**3 / 1000.0
    found = float(np.count_nonzero(inside)) * geometry.voxel_volume_ml
    return _number(
        "sphere of 20 mm radius on a 1 mm grid",
        analytic,
        found,
        tolerance=0.01 * analytic,
        source="4/3 pi r^3, within 1 %",
        unit="ml",
    )


def _wrong_patient() -> Check:
    """Another patient is refused."""
    other = replace(_IDENTITY, patient_id="OTHER")
    try:
        require_same_patient(_IDENTITY, other, what=("The region", "the planning CT"))
        found = "accepted"
    except IdentityError:
        found = "refused"
    return Check(name="region of another patient", expected="refused", found=found, source="rule", passed=found == "refused")


_CHECKS = (_suv, _threshold, _percent, _sphere, _digitised, _wrong_patient)


def _whole_job(progress: Progress) -> tuple[Check, ...]:
    """Run the whole job on the small synthetic patient; its HRS is known analytically."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = run_demo(Path(folder), size="small", seed=1, progress=progress)
    except DosePaintingError as error:
        failed = Check(name="whole job on the synthetic patient", expected="done", found=str(error), source="-", passed=False)
        return (failed,)
    about = "synthetic patient: analytic HRS, scanner resolution and noise"
    dice = Check(
        name="Dice of the exported HRS against the truth",
        expected="at least 0.8",
        found=f"{found.dice:.3f}",
        source=about,
        passed=found.dice >= 0.8,
    )
    change = abs(found.read_back_ml - found.source_ml)
    same = Check(
        name="HRS read back from the RTSTRUCT, against the PET grid",
        expected=f"{found.source_ml:.3f} ml within 5 %",
        found=f"{found.read_back_ml:.3f} ml",
        source="rule of the export",
        passed=change <= 0.05 * found.source_ml,
    )
    return (dice, same)
