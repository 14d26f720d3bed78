"""Known B-spline deformations of the synthetic patient: ``python Testing/validation/deformable.py [--bends N]``.

Each bend is a cubic B-spline made by SimpleITK; the patient is registered rigidly first, then deformed, as the command does.
Writes docs/validation/deformable.md and ends with status 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Python"))
from builders.bent_pairs import BentPair, bent_pair
from dosepainting_hrs import __version__
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.evaluation.overlap import overlap
from dosepainting_hrs.image import Mask
from dosepainting_hrs.phantom.tumour import centres_of, tumour_of
from dosepainting_hrs.registration.carry import carry_region
from dosepainting_hrs.registration.deformable import register_deformable
from dosepainting_hrs.registration.free_form import DeformParameters
from dosepainting_hrs.registration.local_rigid import RegisterParameters, register_local
from dosepainting_hrs.transform import Transform

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation" / "deformable.md"
PAIRS, BENDS, POINTS, SEED = ("CT-CT", "MR-CT"), 4, 1_000, 1
_ABOUT = (
    "The synthetic head-and-neck patient (seed 1), bent by a known cubic B-spline (random coefficients of up to 12 mm on",
    "knots 45 mm apart; SimpleITK makes it and applies it) and seen on a CT of 1 x 1 x 3 mm, with the straight patient on",
    "another CT (1.2 x 1.2 x 3 mm) or a T2 (1 x 1 x 3.5 mm), each with noise of its own, turned by (1, -1.5, 2) degrees and",
    "shifted by (2, -3, 2) mm besides. Registered rigidly round the GTV, then deformed, all settings as they come. The error",
    f"(TRE) is how far {POINTS:,} points anywhere in the box round the GTV end from where they belong; a voxel is the smallest",
    "edge of the coarser image. The region is the GTV of the straight patient, carried to the bent one.",
)


@dataclass(frozen=True, kw_only=True)
class Bend:
    """One deformation: errors of points in the GTV's box, mm, and what the figures said."""

    pair: str
    what: str
    before_mm: float
    rigid_mm: float
    median_mm: float
    ninetieth_mm: float
    largest_mm: float
    voxel_mm: float
    jacobian: tuple[float, float]
    dice: tuple[float, float]
    repeats_mm: float
    passed: bool
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether the median error is under a voxel."""
        return self.median_mm < self.voxel_mm


def points_in_box(region: Mask, count: int) -> np.ndarray:
    """Return random points of the box round a region, (count, 3), LPS mm."""
    index = np.argwhere(region.array)[:, ::-1]
    random = np.random.default_rng(3)
    return region.geometry.to_world(random.uniform(index.min(axis=0) - 0.5, index.max(axis=0) + 0.5, (count, 3)))


def straight_gtv(pair: BentPair) -> Mask:
    """Return the GTV of the straight patient, on the moving image."""
    places = centres_of(pair.moving.geometry) @ np.linalg.inv(pair.rigid)[:3, :3].T + np.linalg.inv(pair.rigid)[:3, 3]
    moving = pair.moving
    inside = tumour_of(SEED).is_gtv(places)
    return Mask(array=inside, geometry=moving.geometry, stored=moving.stored, identity=moving.identity, name="GTVp")


def studied(pair: BentPair, what: str, rigid: RegisterParameters, deform: DeformParameters) -> Bend:
    """Register one pair, rigidly and then deformably."""
    points = points_in_box(pair.gtv, POINTS)
    true = pair.truth(points)
    clock = time.perf_counter()
    begun = register_local(pair.fixed, pair.moving, pair.gtv, rigid)
    found = register_deformable(pair.fixed, pair.moving, pair.gtv, deform, start=begun.transform)
    seconds = time.perf_counter() - clock
    errors = _errors(found.transform, points, true)
    drawn = straight_gtv(pair)
    dice = (_dice(pair, drawn, begun.transform), _dice(pair, drawn, found.transform))
    folding = found.quality.folding
    return Bend(
        pair=pair.name,
        what=what,
        before_mm=float(np.median(np.linalg.norm(true - points, axis=-1))),
        rigid_mm=float(np.median(_errors(begun.transform, points, true))),
        median_mm=float(np.median(errors)),
        ninetieth_mm=float(np.percentile(errors, 90)),
        largest_mm=float(errors.max()),
        voxel_mm=max(float(one.geometry.spacing.min()) for one in (pair.fixed, pair.moving)),
        jacobian=(folding.minimum, folding.maximum),
        dice=dice,
        repeats_mm=found.quality.repeatability_mm,
        passed=found.quality.passed,
        seconds=seconds,
    )


def _dice(pair: BentPair, drawn: Mask, found: Transform) -> float:
    """Return the overlap of the carried GTV with the true one; not a number where it cannot be carried."""
    try:
        return overlap(pair.gtv, replace(pair.gtv, array=carry_region(drawn, pair.fixed.geometry, found).array)).dice
    except DosePaintingError:
        return float("nan")


def _errors(found: Transform, points: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.linalg.norm(found.inverse().apply(points) - true, axis=-1)


def set_up_to_fail(pair: BentPair) -> list[tuple[str, BentPair]]:
    """Return what cannot succeed: noise in place of the moving patient, and the patient mirrored."""
    array = pair.moving.array
    noise = np.random.default_rng(9).normal(0.0, float(array.std()), array.shape).astype(np.float32)
    mirrored = np.ascontiguousarray(array[:, :, ::-1])
    shown = {"noise instead of the patient": noise, "left and right exchanged": mirrored}
    return [(what, replace(pair, moving=replace(pair.moving, array=one))) for what, one in shown.items()]


def verdicts(bends: Sequence[Bend], failing: Sequence[Bend] = ()) -> list[tuple[str, bool]]:
    """Return every goal as a sentence, and whether it is reached."""
    found = []
    for name in dict.fromkeys(one.pair for one in bends):
        own = [one for one in bends if one.pair == name]
        worst, voxel = max(one.median_mm for one in own), own[0].voxel_mm
        sentence = f"{name}: the largest of {len(own)} median errors is {worst:.2f} mm (under a voxel, {voxel:.2f} mm)"
        found.append((sentence, worst < voxel))
        closer = sum(one.median_mm < one.rigid_mm for one in own)
        found.append((f"{name}: {closer} of {len(own)} are closer than the rigid result (all)", closer == len(own)))
        folded = sum(one.jacobian[0] <= 0.0 for one in own)
        found.append((f"{name}: {folded} of {len(own)} fields fold (none)", folded == 0))
        slandered = sum(one.is_good and not one.passed for one in own)
        found.append((f"{name}: {slandered} good results were called failed (at most 1)", slandered <= 1))
    missed = sum(one.passed and not one.is_good for one in (*bends, *failing))
    found.append((f"{missed} of {len(bends) + len(failing)} results were bad and not called failed (none)", missed == 0))
    return found


def page(bends: Sequence[Bend], failing: Sequence[Bend], judged: Sequence[tuple[str, bool]]) -> str:
    """Return the page for docs/validation."""
    lines = ["# Deformable registration", "", *_ABOUT, "", f"Version {__version__}; made by `make validate`.", ""]
    lines += [
        (
            "| pair | bend | median before, mm | rigid, mm | deformed, mm | 9 of 10 under, mm | largest, mm | voxel, mm "
            "| Jacobian | Dice of the GTV: rigid, deformed | repeats within, mm | figures | seconds |"
        ),
        "|" + "---|" * 13,
    ]
    lines += [
        f"| {o.pair} | {o.what} | {o.before_mm:.2f} | {o.rigid_mm:.2f} | {o.median_mm:.2f} | {o.ninetieth_mm:.2f} "
        f"| {o.largest_mm:.2f} | {o.voxel_mm:.2f} | {o.jacobian[0]:.2f} to {o.jacobian[1]:.2f} "
        f"| {_shown(o.dice[0])}, {_shown(o.dice[1])} | {o.repeats_mm:.2f} | {'passed' if o.passed else 'failed'} "
        f"| {o.seconds:.0f} |"
        for o in (*bends, *failing)
    ]
    lines += ["", "## Goals", ""]
    lines += [f"- {'reached' if reached else '**missed**'}: {sentence}" for sentence, reached in judged]
    return "\n".join(lines) + "\n"


def _shown(dice: float) -> str:
    return "not carried" if np.isnan(dice) else f"{dice:.3f}"


def _told(one: Bend) -> Bend:
    print(f"{one.pair}, {one.what}: {one.before_mm:.2f} -> {one.rigid_mm:.2f} -> {one.median_mm:.2f} mm", flush=True)
    return one


def main() -> int:
    """Run the study and write its page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bends", type=int, default=BENDS, help="deformations of each pair")
    parser.add_argument("--out", type=Path, default=PAGE, help="where the page goes")
    chosen = parser.parse_args()
    bends: list[Bend] = []
    failing: list[Bend] = []
    for name in PAIRS:
        for number in range(chosen.bends):
            pair = bent_pair(name, number, seed=SEED)
            bends.append(_told(studied(pair, f"bend {number + 1}", RegisterParameters(), DeformParameters())))
            for what, shown in set_up_to_fail(pair) if number == 0 else ():
                failing.append(_told(studied(shown, what, RegisterParameters(), DeformParameters())))
    judged = verdicts(bends, failing)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(page(bends, failing, judged), encoding="utf-8")
    for sentence, reached in judged:
        print(f"{'reached' if reached else 'MISSED'}: {sentence}")
    return int(not all(reached for _, reached in judged))


if __name__ == "__main__":
    sys.exit(main())
