"""Known rigid motions of the synthetic patient: ``python Testing/validation/registration.py [--starts N]``.

Twenty random starts for each of three pairs (CT-CT, MR-CT, PET-CT), and starts and images that cannot succeed. Writes
docs/validation/registration.md and ends with status 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Python"))
from builders.registration_pairs import FIXED_FRAME, MOVING_FRAME, Float, Pair, pairs, turned
from dosepainting_hrs import __version__
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.image import Image
from dosepainting_hrs.registration.local_rigid import Registered, RegisterParameters, register_local
from dosepainting_hrs.registration.scene import region_corners
from dosepainting_hrs.transform import Transform

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation" / "registration.md"
STARTS, SHIFT_MM, TURN_DEG = 20, 15.0, 10.0
_ABOUT = (
    "The synthetic head-and-neck patient (full size, seed 1) with known truth: the planning CT (0.98 x 0.98 x 3 mm) with",
    "another CT (1.17 x 1.17 x 3.27 mm, whose field of view ends inside the box), an oblique T2 slab (0.75 x 0.75 x 3.5",
    "mm), and a PET (4.07 x 4.07 x 3.27 mm), each with noise of its own, turned by (3, -4, 5) degrees and shifted by (4,",
    f"-6, 9) mm. {STARTS} random starts each, up to {SHIFT_MM:g} mm along and {TURN_DEG:g} degrees about every axis at",
    "once. The box is the GTV and 15 mm. The error is the largest of the GTV's eight corners; the tolerance is the larger",
    "of 0.5 mm and half the smallest voxel edge of the coarser image.",
)
LEAST_GOOD, MOST_GOOD_CALLED_FAILED = 18, 1


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One registration: how far off before and after, and what the quality figure said."""

    pair: str
    what: str
    start_mm: float
    error_mm: float
    tolerance_mm: float
    passed: bool
    seconds: float
    repeatability_mm: float

    @property
    def is_good(self) -> bool:
        """Whether the largest error at the GTV's corners is within the tolerance."""
        return self.error_mm < self.tolerance_mm


def random_start(pair: Pair, random: np.random.Generator) -> Float:
    """Return the true transform after turns of up to 10 degrees about, and shifts of up to 15 mm along, every axis."""
    centre = region_corners(pair.gtv).mean(axis=0)
    turn = turned(tuple(random.uniform(-TURN_DEG, TURN_DEG, 3)), (0.0, 0.0, 0.0))
    there, back = np.eye(4), np.eye(4)
    there[:3, 3] = centre + random.uniform(-SHIFT_MM, SHIFT_MM, 3)
    back[:3, 3] = -centre
    return np.asarray(there @ turn @ back @ pair.truth)


def corner_error(pair: Pair, found: Transform) -> float:
    """Return the largest distance of the GTV's corners from where they belong, mm."""
    corners = region_corners(pair.gtv)
    there = Transform.of_matrix(pair.truth).inverse().apply(corners)
    return float(np.linalg.norm(found.apply(there) - corners, axis=-1).max())


def trial(pair: Pair, start: Float, what: str, parameters: RegisterParameters) -> Trial | None:
    """Register from a start; None when it is refused in words."""
    begin = Transform.of_matrix(start, MOVING_FRAME, FIXED_FRAME)
    clock = time.perf_counter()
    try:
        found: Registered = register_local(pair.fixed, pair.moving, pair.gtv, parameters, start=begin)
    except InputError:
        return None
    return Trial(
        pair=pair.name,
        what=what,
        start_mm=corner_error(pair, begin),
        error_mm=corner_error(pair, found.transform),
        tolerance_mm=found.quality.tolerance_mm,
        passed=found.quality.passed,
        seconds=time.perf_counter() - clock,
        repeatability_mm=found.quality.repeatability_mm,
    )


def known_motions(chosen: Sequence[Pair], starts: int, parameters: RegisterParameters) -> list[Trial]:
    """Register every pair from random starts."""
    made = []
    for number, pair in enumerate(chosen):
        random = np.random.default_rng([2026, number])
        for turn in range(starts):
            one = trial(pair, random_start(pair, random), f"start {turn + 1}", parameters)
            if one is None:
                raise SystemExit(f"{pair.name}, start {turn + 1}: refused")
            print(f"{one.pair} {one.what}: {one.start_mm:.1f} -> {one.error_mm:.2f} mm, passed {one.passed}", flush=True)
            made.append(one)
    return made


def set_up_to_fail(chosen: Sequence[Pair], parameters: RegisterParameters) -> tuple[list[Trial], int]:
    """Register what cannot succeed; returns the trials, and how many were refused in words instead."""
    random = np.random.default_rng(7)
    made: list[Trial | None] = []
    for pair in chosen:
        noise = random.normal(0, 100, pair.moving.array.shape).astype(np.float32)
        mirrored = np.ascontiguousarray(pair.moving.array[:, :, ::-1])
        made += [
            trial(_showing(pair, noise), pair.truth, "noise instead of the patient", parameters),
            trial(_showing(pair, mirrored), pair.truth, "left and right exchanged", parameters),
        ]
        for shift in ((60.0, 0.0, 0.0), (0.0, 45.0, 0.0), (0.0, 0.0, 50.0)):
            moved = turned((0.0, 0.0, 0.0), shift) @ pair.truth
            made.append(trial(pair, moved, f"start {max(shift):.0f} mm off, beyond reach", parameters))
        spread = float(pair.moving.array.std())
        for times in (1, 3, 6):
            noisy = pair.moving.array + random.normal(0, times * spread, pair.moving.array.shape).astype(np.float32)
            made.append(trial(_showing(pair, noisy), pair.truth, f"noise of {times} x the image's own spread", parameters))
    return [one for one in made if one is not None], sum(one is None for one in made)


def _showing(pair: Pair, array: np.ndarray) -> Pair:
    moving: Image = replace(pair.moving, array=array)
    return replace(pair, moving=moving)


def verdicts(trials: Sequence[Trial], failing: Sequence[Trial], starts: int) -> list[tuple[str, bool]]:
    """Return every goal as a sentence, and whether it is reached."""
    found = []
    least = starts - (STARTS - LEAST_GOOD) if starts >= STARTS else starts
    for name in dict.fromkeys(one.pair for one in trials):
        own = [one for one in trials if one.pair == name]
        good = [one for one in own if one.is_good]
        slandered = sum(not one.passed for one in good)
        missed = sum(one.passed for one in own if not one.is_good)
        found.append(
            (f"{name}: {len(good)} of {len(own)} starts end within the tolerance (at least {least})", len(good) >= least)
        )
        found.append((f"{name}: {missed} bad results were not called failed (0)", missed == 0))
        found.append((f"{name}: {slandered} good results were called failed (at most 1)", slandered <= MOST_GOOD_CALLED_FAILED))
    missed = sum(one.passed and not one.is_good for one in failing)
    found.append((f"set up to fail: {missed} of {len(failing)} bad results were not called failed (0)", missed == 0))
    return found


def page(trials: Sequence[Trial], failing: Sequence[Trial], refused: int, judged: Sequence[tuple[str, bool]]) -> str:
    """Return the page for docs/validation."""
    lines = [
        "# Local rigid registration",
        "",
        *_ABOUT,
        "",
        f"Version {__version__}; made by `make validate`.",
        "",
        (
            "| pair | starts | error before, mm | median error, mm | largest, mm | tolerance, mm | good | good, called failed "
            "| bad, not called failed | seconds each |"
        ),
        "|" + "---|" * 10,
    ]
    for name in dict.fromkeys(one.pair for one in trials):
        own = [one for one in trials if one.pair == name]
        good = [one for one in own if one.is_good]
        lines.append(
            f"| {name} | {len(own)} | {min(o.start_mm for o in own):.0f} to {max(o.start_mm for o in own):.0f} "
            f"| {median(o.error_mm for o in own):.2f} | {max(o.error_mm for o in own):.2f} | {own[0].tolerance_mm:.2f} "
            f"| {len(good)} | {sum(not o.passed for o in good)} | {sum(o.passed for o in own if not o.is_good)} "
            f"| {median(o.seconds for o in own):.1f} |"
        )
    lines += ["", "## Set up to fail", "", "What cannot succeed has to be called failed; noise is added until it cannot.", ""]
    lines += ["| pair | what | error, mm | repeats differ by, mm | tolerance, mm | called failed |", "|" + "---|" * 6]
    lines += [
        f"| {o.pair} | {o.what} | {o.error_mm:.2f} | {o.repeatability_mm:.2f} | {o.tolerance_mm:.2f} "
        f"| {'no' if o.passed else 'yes'} |"
        for o in failing
    ]
    lines += ["", f"{refused} more were refused in words, since the images did not overlap.", "", "## Goals", ""]
    lines += [f"- {'reached' if reached else '**missed**'}: {sentence}" for sentence, reached in judged]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the study and write its page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=STARTS, help="random starts for each pair")
    parser.add_argument("--out", type=Path, default=PAGE, help="where the page goes")
    chosen = parser.parse_args()
    made, parameters = pairs(), RegisterParameters()
    trials = known_motions(made, chosen.starts, parameters)
    failing, refused = set_up_to_fail(made, parameters)
    judged = verdicts(trials, failing, chosen.starts)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(page(trials, failing, refused, judged), encoding="utf-8")
    for sentence, reached in judged:
        print(f"{'reached' if reached else 'MISSED'}: {sentence}")
    return int(not all(reached for _, reached in judged))


if __name__ == "__main__":
    sys.exit(main())
