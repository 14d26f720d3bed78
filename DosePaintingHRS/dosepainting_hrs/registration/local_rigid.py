"""Rigid or affine registration of a box: mutual information, many starts, three resolutions, and figures to judge it by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import Geometry
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, part, silent
from ..transform import Transform, rotation_and_shift
from .motion import matrix_of
from .quality import PUSH_MM, Quality, judge
from .scene import Box, Scene, region_corners, scene_of
from .search import FARTHEST, Candidate, best_first, climb, look_around
from .similarity import Sampling, Similarity

LEAST_TOLERANCE_MM = 0.5
_LONG_ARM_MM = 120.0
_COARSE = Sampling(blur_mm=4.0, count=2_500, seed=11)
_MIDDLE = Sampling(blur_mm=2.0, count=10_000, seed=12)
_AGAIN = Sampling(blur_mm=1.0, count=12_000, seed=14)
_RIM_MM = PUSH_MM
"""Samples this near to an edge of the moving image do not count at the finest resolution: two slices of 4 mm."""
_ROUNDS, _STAYS_MM = 4, 0.05

Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class RegisterParameters(Parameters):
    """How a box is registered."""

    kind: Annotated[
        str,
        Field(
            "What may change: rigid, or affine on request; shift to measure a residual.", choices=("rigid", "affine", "shift")
        ),
    ] = "rigid"
    margin_mm: Annotated[float, Field("Added to the region on every side.", unit="mm", minimum=0.0, maximum=200.0)] = 15.0
    reach_mm: Annotated[float, Field("How far off the start may be along each axis.", unit="mm", minimum=1.0, maximum=60.0)] = (
        15.0
    )
    reach_deg: Annotated[
        float, Field("How far off the start may be about each axis.", unit="deg", minimum=0.0, maximum=30.0)
    ] = 10.0
    starts: Annotated[int, Field("From how many of the best motions of the grid to climb.", minimum=1, maximum=50)] = 6
    samples: Annotated[int, Field("Samples at the finest resolution.", minimum=2_000, maximum=1_000_000)] = 40_000
    finest_blur_mm: Annotated[
        float, Field("Smoothing at the finest resolution, standard deviation.", unit="mm", minimum=0.0, maximum=5.0)
    ] = 1.0
    seed: Annotated[int, Field("Draws the samples.", minimum=0)] = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Registered:
    """What a registration found.

    Parameters
    ----------
    transform : Transform
        From the moving image's frame to the fixed one's.
    start : Transform
        The same before the registration.
    quality : Quality
        Figures and verdict.
    box : array, (8, 3)
        Corners of the box that was compared, LPS mm in the fixed image's frame.
    settings : dict or None
        Settings of another engine, kept with the result.
    """

    transform: Transform
    start: Transform
    quality: Quality
    box: Float
    settings: dict[str, Any] | None = None


def register_local(
    fixed: Image,
    moving: Image,
    region: Mask | None,
    parameters: RegisterParameters,
    *,
    start: Transform | None = None,
    mask: Mask | None = None,
    progress: Progress = silent,
) -> Registered:
    """Find the motion that lays the moving image on the fixed one inside a box.

    Parameters
    ----------
    fixed, moving : Image
        Two images of one patient.
    region : Mask or None
        Region round which the box is drawn, on the fixed image's grid; the whole fixed image when None.
    parameters : RegisterParameters
        Margin, reach, starts, samples.
    start : Transform, optional
        A rough transform from the moving image's frame to the fixed one's; the identity when not given.
    mask : Mask, optional
        Where the fixed image may be looked at, on its grid.
    progress : callable
        Told the share of the work done.

    Returns
    -------
    Registered
        The same to the last digit on every run on one machine: all sums are single-threaded.

    Raises
    ------
    InputError
        If the images do not overlap at the start, the box is uniform in one, or the mask has too few voxels.

    Notes
    -----
    Similarity is mutual information (`similarity.Similarity`). A grid of 27 turns x 125 shifts is tried at 4 mm; climbs
    from the best distinct ones, then at 2 mm from the best three, then at the finest from the best, on samples that the
    moving image covers by a rim, drawn anew where the climb ends until it stays. `quality` says how the result is judged.
    """
    scene, begin = scene_for(fixed, moving, region, parameters, start=start, mask=mask)
    progress(0.0, "Comparing the images")
    coarse = Similarity(scene, _searching(_COARSE, parameters))
    found, _ = look_around(
        coarse,
        reach_mm=parameters.reach_mm,
        reach_deg=parameters.reach_deg if parameters.kind != "shift" else 0.0,
        keep=parameters.starts,
        progress=part(progress, 0.05, 0.45),
    )
    turns = parameters.kind != "shift"
    within = np.inf if turns else FARTHEST * parameters.reach_mm
    progress(0.45, "Going finer")
    middle = Similarity(scene, _searching(_MIDDLE, parameters))
    better = best_first(middle, [climb(middle, one.numbers, slope=2e-2, turns=turns, within_mm=within) for one in found[:3]])
    progress(0.6, "Going to the finest resolution")
    best = _settled(scene, matrix_of(better[0].numbers), _finest(parameters), parameters.kind)
    progress(0.8, "Judging the result")
    made = judged(fixed, moving, region, parameters, begun=(scene, begin), found=best, lead=_lead(better))
    progress(1.0, "Registered")
    return made


def _searching(sampling: Sampling, parameters: RegisterParameters) -> Sampling:
    # A residual is small: the samples that the moving image covers wherever it may lie are plenty.
    rim = FARTHEST * parameters.reach_mm if parameters.kind == "shift" else 0.0
    return replace(_seeded(sampling, parameters.seed), rim_mm=rim)


def _finest(parameters: RegisterParameters) -> Sampling:
    seed = 13 + 1000 * parameters.seed
    return Sampling(blur_mm=parameters.finest_blur_mm, count=parameters.samples, seed=seed, rim_mm=_RIM_MM)


def _settled(scene: Scene, motion: Float, sampling: Sampling, kind: str) -> Float:
    """Climb to the finest match, choosing the samples anew where the climb ends, until it stays there."""
    for turn in range(_ROUNDS):
        here = Similarity(scene.after(motion), sampling)
        step = climb(here, np.zeros(6), turns=kind != "shift")
        if kind == "affine" and turn:
            step = climb(here, np.concatenate([step.numbers, np.zeros(6)]), steps=80)
        motion = motion @ matrix_of(step.numbers)
        if np.abs(step.numbers).max() < _STAYS_MM and (turn or kind != "affine"):
            break
    return motion


def scene_for(
    fixed: Image,
    moving: Image,
    region: Mask | None,
    parameters: RegisterParameters,
    *,
    start: Transform | None,
    mask: Mask | None,
) -> tuple[Scene, Transform]:
    """Return what is compared, and the transform that it begins with.

    Raises
    ------
    InputError
        As `register_local`.
    """
    begin = start if start is not None else Transform(from_frame=moving.identity.frame_of_reference)
    if begin.matrix is None:
        raise InputError("A registration cannot start from a deformable transform.", "Give a rigid or affine one.")
    reach = 1.3 * np.sqrt(3.0) * parameters.reach_mm + np.radians(parameters.reach_deg) * _LONG_ARM_MM
    box = Box(region=region, mask=mask, margin_mm=parameters.margin_mm, reach_mm=float(reach))
    scene = scene_of(fixed, moving, box, np.asarray(np.linalg.inv(begin.matrix), dtype=np.float64))
    return scene, begin


def judged(
    fixed: Image,
    moving: Image,
    region: Mask | None,
    parameters: RegisterParameters,
    *,
    begun: tuple[Scene, Transform],
    found: Float,
    lead: float = 1.0,
    settings: dict[str, Any] | None = None,
) -> Registered:
    """Return a motion as a result, with the figures to judge it by.

    Parameters
    ----------
    fixed, moving, region, parameters
        As `register_local`.
    begun : tuple of Scene and Transform
        From `scene_for`.
    found : array, (4, 4)
        The motion about the box's centre.
    lead : float
        Share by which it beats the next distinct match.
    settings : dict or None
        Settings of another engine, kept with the result.
    """
    scene, begin = begun
    again = replace(_seeded(_AGAIN, parameters.seed), rim_mm=_RIM_MM)
    if parameters.kind == "shift":
        # Three numbers are quickly found again: as many samples as the result has, so that its own noise is what is seen.
        again = replace(again, count=max(again.count, parameters.samples))
    quality = judge(
        scene,
        found,
        lead=lead,
        corners=_corners_of(region, scene),
        tolerance_mm=tolerance_mm(fixed.geometry, moving.geometry),
        samplings=(_finest(parameters), again),
        turns=parameters.kind != "shift",
    )
    beyond = _beyond(found, parameters)
    if beyond:
        quality = replace(quality, passed=False, reasons=(*quality.reasons, *beyond))
    whole = _whole(scene, found, fixed, moving)
    return Registered(transform=whole, start=begin, quality=quality, box=scene.corners(), settings=settings)


def _beyond(motion: Float, parameters: RegisterParameters) -> tuple[str, ...]:
    """Return sentences when a match lies where the search has not looked around."""
    shift, (degrees, _) = float(np.abs(motion[:3, 3]).max()), rotation_and_shift(motion)
    said = []
    if shift > FARTHEST * parameters.reach_mm:
        said.append(
            f"The match lies {shift:.0f} mm from the start along one axis; only {parameters.reach_mm:g} mm were searched "
            "(reach-mm)."
        )
    if degrees > FARTHEST * np.sqrt(3.0) * parameters.reach_deg and parameters.kind != "shift":
        said.append(
            f"The match is turned by {degrees:.0f} degrees from the start; only {parameters.reach_deg:g} about each axis were "
            "searched (reach-deg)."
        )
    return tuple(said)


def tolerance_mm(fixed: Geometry, moving: Geometry) -> float:
    """Return the larger of 0.5 mm and half the smallest voxel edge of the coarser image."""
    return max(LEAST_TOLERANCE_MM, 0.5 * max(float(fixed.spacing.min()), float(moving.spacing.min())))


def known_to_mm(fixed: Geometry, moving: Geometry) -> float:
    """Return to what the shift between two contrasts of one frame is known: half the longest voxel edge, mm.

    Notes
    -----
    Repeats tell of noise alone. On a real prostate, two independent measures and the sums of shifts round a triangle of
    images differ by up to half a slice (docs/validation/registration_real.md).
    """
    return 0.5 * max(float(fixed.spacing.max()), float(moving.spacing.max()))


def aligned_centres(fixed: Image, moving: Image) -> Transform:
    """Return the shift that lays the centre of the moving image on that of the fixed one."""
    shift = np.eye(4)
    shift[:3, 3] = fixed.geometry.corners().mean(axis=0) - moving.geometry.corners().mean(axis=0)
    return Transform.of_matrix(shift, moving.identity.frame_of_reference, fixed.identity.frame_of_reference)


def _seeded(sampling: Sampling, seed: int) -> Sampling:
    return replace(sampling, seed=sampling.seed + 1000 * seed)


def _lead(found: list[Candidate]) -> float:
    others = [one for one in found[1:] if np.abs(one.numbers - found[0].numbers).max() > 3.0]
    return 1.0 if not others or found[0].value <= 0 else 1.0 - others[0].value / found[0].value


def _corners_of(region: Mask | None, scene: Scene) -> Float:
    return scene.corners() if region is None else region_corners(region)


def _whole(scene: Scene, motion: Float, fixed: Image, moving: Image) -> Transform:
    pull = scene.after(motion).pull
    frames = (moving.identity.frame_of_reference, fixed.identity.frame_of_reference)
    return Transform.of_matrix(np.linalg.inv(pull), *frames)
