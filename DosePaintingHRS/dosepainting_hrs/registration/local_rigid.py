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
from ..transform import Transform
from .motion import matrix_of
from .quality import Quality, judge
from .scene import Box, Scene, region_corners, scene_of
from .search import Candidate, climb, look_around
from .similarity import Sampling, Similarity

LEAST_TOLERANCE_MM = 0.5
_LONG_ARM_MM = 120.0
_COARSE = Sampling(blur_mm=4.0, count=2_500, seed=11)
_MIDDLE = Sampling(blur_mm=2.0, count=10_000, seed=12)
_AGAIN = Sampling(blur_mm=1.0, count=12_000, seed=14)

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
    from the best distinct ones, then at 2 mm from the best three, then at the finest from the best. `quality` says how
    the result is judged.
    """
    scene, begin = scene_for(fixed, moving, region, parameters, start=start, mask=mask)
    progress(0.0, "Comparing the images")
    coarse = Similarity(scene, _seeded(_COARSE, parameters.seed))
    found, _ = look_around(
        coarse,
        reach_mm=parameters.reach_mm,
        reach_deg=parameters.reach_deg if parameters.kind != "shift" else 0.0,
        keep=parameters.starts,
        progress=part(progress, 0.05, 0.45),
    )
    turns = parameters.kind != "shift"
    progress(0.45, "Going finer")
    middle = Similarity(scene, _seeded(_MIDDLE, parameters.seed))
    better = sorted((climb(middle, one.numbers, slope=2e-2, turns=turns) for one in found[:3]), key=lambda one: -one.value)
    progress(0.6, "Going to the finest resolution")
    sampling = Sampling(blur_mm=parameters.finest_blur_mm, count=parameters.samples, seed=13 + 1000 * parameters.seed)
    fine = Similarity(scene, sampling)
    best = climb(fine, better[0].numbers, turns=turns)
    if parameters.kind == "affine":
        best = climb(fine, np.concatenate([best.numbers, np.zeros(6)]), steps=80)
    progress(0.8, "Judging the result")
    made = judged(fixed, moving, region, parameters, begun=(scene, begin), found=best.numbers, lead=_lead(better))
    progress(1.0, "Registered")
    return made


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
    found : array, (n,) or (4, 4)
        Numbers of the motion, or its matrix about the box's centre.
    lead : float
        Share by which it beats the next distinct match.
    settings : dict or None
        Settings of another engine, kept with the result.
    """
    scene, begin = begun
    sampling = Sampling(blur_mm=parameters.finest_blur_mm, count=parameters.samples, seed=13 + 1000 * parameters.seed)
    motion = matrix_of(found) if found.ndim == 1 else found
    again = _seeded(_AGAIN, parameters.seed)
    if parameters.kind == "shift":
        # Three numbers are quickly found again: as many samples as the result has, so that its own noise is what is seen.
        again = replace(again, count=max(again.count, parameters.samples))
    quality = judge(
        scene,
        Similarity(scene, sampling),
        motion,
        lead=lead,
        corners=_corners_of(region, scene),
        tolerance_mm=tolerance_mm(fixed.geometry, moving.geometry),
        sampling=again,
        turns=parameters.kind != "shift",
    )
    whole = _whole(scene, motion, fixed, moving)
    return Registered(transform=whole, start=begin, quality=quality, box=scene.corners(), settings=settings)


def tolerance_mm(fixed: Geometry, moving: Geometry) -> float:
    """Return the larger of 0.5 mm and half the smallest voxel edge of the coarser image."""
    return max(LEAST_TOLERANCE_MM, 0.5 * max(float(fixed.spacing.min()), float(moving.spacing.min())))


def aligned_centres(fixed: Image, moving: Image) -> Transform:
    """Return the shift that lays the centre of the moving image on that of the fixed one."""
    shift = np.eye(4)
    shift[:3, 3] = fixed.geometry.corners().mean(axis=0) - moving.geometry.corners().mean(axis=0)
    return Transform.of_matrix(shift, moving.identity.frame_of_reference, fixed.identity.frame_of_reference)


def _seeded(sampling: Sampling, seed: int) -> Sampling:
    return Sampling(blur_mm=sampling.blur_mm, count=sampling.count, seed=sampling.seed + 1000 * seed)


def _lead(found: list[Candidate]) -> float:
    others = [one for one in found[1:] if np.abs(one.numbers - found[0].numbers).max() > 3.0]
    return 1.0 if not others or found[0].value <= 0 else 1.0 - others[0].value / found[0].value


def _corners_of(region: Mask | None, scene: Scene) -> Float:
    return scene.corners() if region is None else region_corners(region)


def _whole(scene: Scene, motion: Float, fixed: Image, moving: Image) -> Transform:
    about = np.eye(4)
    about[:3, 3] = scene.centre
    back = np.eye(4)
    back[:3, 3] = -scene.centre
    pull = scene.pull @ about @ motion @ back
    frames = (moving.identity.frame_of_reference, fixed.identity.frame_of_reference)
    return Transform.of_matrix(np.linalg.inv(pull), *frames)
