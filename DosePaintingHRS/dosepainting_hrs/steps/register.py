"""Register two images, and write the transform with the figures to judge it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import numpy as np

from ..address import Where
from ..context import Context
from ..errors import IdentityError, InputError, ParameterError
from ..frames import read_any_transform
from ..identity import require_same_patient
from ..image import Image, Mask
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..progress import part
from ..registration.deformable import Deformed, DeformQuality, register_deformable
from ..registration.elastix import register_elastix
from ..registration.free_form import DeformParameters
from ..registration.local_rigid import Registered, RegisterParameters, aligned_centres, known_to_mm, register_local
from ..registration.quality import Quality
from ..storage.transform_files import AboutTransform
from ..transform import Transform, rotation_and_shift
from .partners import frame_of, partner_of
from .register_checks import ContourAgreement, LandmarkErrors, contour_agreement, landmark_errors, read_landmarks
from .transform_output import require_transform_output, write_transform

DEFORMABLE = "deformable"
AS_IT_LIES, CENTRES = "as-it-lies", "centres"
ENGINES = ("built-in", "elastix")


@dataclass(frozen=True, kw_only=True)
class RegisterResult:
    """What was registered, what came out, and whether to believe it."""

    output: str
    fixed: str
    moving: str
    pair: str
    from_frame: str
    to_frame: str
    kind: str
    engine: str
    matrix: tuple[float, ...]
    rotation_deg: float
    shift_at_centre_mm: tuple[float, ...]
    largest_shift_mm: float
    quality: Quality
    deformation: DeformQuality | None
    landmarks: LandmarkErrors | None
    contours: tuple[ContourAgreement, ...]
    quality_passed: bool
    patient_id: str
    remarks: tuple[str, ...]


@register_step("register", RegisterResult)
@dataclass(frozen=True, kw_only=True)
class RegisterStep(Step):
    """Lay one image on another inside a box: rigid, by mutual information, with figures that say whether to believe it.

    A PET is registered by the CT of its own examination, a DWI by its T2, when the case names one in the same frame of
    reference; what was really registered is told. Images of one frame are not registered unless asked. The result is a
    proposal: `transform accept` puts it into a case, with who and why.
    """

    fixed: Annotated[Where, Field("Image that stays, usually the planning CT."), Argument(flags=("--fixed",), metavar="IMAGE")]
    moving: Annotated[Where, Field("Image that is laid on it."), Argument(flags=("--moving",), metavar="IMAGE")]
    output: Annotated[
        str,
        Field("New transform file: .tfm or .h5, or .dcm (Spatial Registration)."),
        Argument(flags=("-o", "--output"), metavar="FILE"),
    ]
    within: Annotated[
        Where | None,
        Field("Region round which the box is drawn, usually the GTV."),
        Argument(flags=("--within",), metavar="REGION"),
    ] = None
    whole: Annotated[bool, Field("Compare the whole fixed image instead of a box.")] = False
    mask: Annotated[
        Where | None,
        Field("Region outside of which the fixed image is not looked at."),
        Argument(flags=("--mask",), metavar="REGION"),
    ] = None
    kind: Annotated[
        str,
        Field("What may change; deformable starts from the rigid result.", choices=("rigid", "affine", "shift", "deformable")),
    ] = "rigid"
    engine: Annotated[str, Field("What registers.", choices=ENGINES)] = "built-in"
    start: Annotated[str, Field("Where to begin: as-it-lies, centres (of both images on each other), or a transform file.")] = (
        AS_IT_LIES
    )
    margin_mm: Annotated[float, Field("Added to the region on every side, mm.", minimum=0.0, maximum=200.0)] = 15.0
    reach_mm: Annotated[float, Field("How far off the start may be along each axis, mm.", minimum=1.0, maximum=60.0)] = 15.0
    reach_deg: Annotated[float, Field("How far off the start may be about each axis, degrees.", minimum=0.0, maximum=30.0)] = (
        10.0
    )
    samples: Annotated[int, Field("Samples at the finest resolution.", minimum=2_000, maximum=1_000_000)] = 40_000
    finest_blur_mm: Annotated[float, Field("Smoothing at the finest resolution, mm.", minimum=0.0, maximum=5.0)] = 1.0
    seed: Annotated[int, Field("Draws the samples.", minimum=0)] = 0
    knots_mm: Annotated[float, Field("Distance of a deformation's knots, mm.", minimum=4.0, maximum=100.0)] = 16.0
    stiffness: Annotated[float, Field("Weight of a deformation's bending.", minimum=0.0, maximum=100.0)] = 2.0
    landmarks: Annotated[
        str,
        Field("CSV of landmark pairs, LPS mm: fixed x, y, z, moving x, y, z; their errors are told."),
        Argument(flags=("--landmarks",), metavar="CSV"),
    ] = ""
    contours: Annotated[
        Mapping[str, Where],
        Field("A region of the fixed image and the same structure drawn on the moving one: Dice and distance are told."),
        Argument(flags=("--contour",), metavar="FIXED=MOVING"),
    ] = field(default_factory=dict)
    as_given: Annotated[bool, Field("Register the very images given, not the CT of a PET or the T2 of a DWI.")] = False
    same_frame: Annotated[bool, Field("Register images of one frame of reference, to measure what is left between them.")] = (
        False
    )
    drawn_on: Annotated[
        Where | None, Field("Image that RTSTRUCT regions were drawn on."), Argument(flags=("--drawn-on",), metavar="IMAGE")
    ] = None

    def run(self, context: Context) -> RegisterResult:
        """Check, register, judge, write."""
        target = context.new_file(self.output)
        require_transform_output(target)
        remarks: list[str] = []
        fixed_at, moving_at = self._pair(context, remarks)
        fixed, moving = context.image(fixed_at), context.image(moving_at)
        what = (f'The moving image "{moving_at}"', f'the fixed image "{fixed_at}"')
        remarks += require_same_patient(moving.identity, fixed.identity, what=what, same=context.same_patient)
        self._check_frames(fixed, moving, remarks)
        region, mask = self._region(self.within, fixed, context, remarks), self._region(self.mask, fixed, context, remarks)
        if region is None and not self.whole:
            raise ParameterError(
                "A local registration needs a box.", "Give --within REGION (usually the GTV), or --whole for the whole image."
            )
        marks = read_landmarks(context.path(self.landmarks)) if self.landmarks else None
        found = self._registered(context, fixed, moving, (region, mask))
        deformed = self._deformed(context, fixed, moving, (region, mask), found)
        whole = deformed.transform if deformed is not None else found.transform
        pair = f"{_named(moving_at)} to {_named(fixed_at)}"
        about = self._about(found, deformed, fixed, pair)
        errors = landmark_errors(*marks, found.start, whole) if marks is not None else None
        agreement = contour_agreement(context, self.contours, (fixed, moving), found.start, whole)
        write_transform(context, whole, about, target, fixed=fixed_at, moving=moving_at)
        names = (context.told(target), _named(fixed_at), _named(moving_at))
        made = self._result(context, found, about, names, remarks)
        if deformed is not None:
            made = replace(made, kind=whole.kind, deformation=deformed.quality, quality_passed=deformed.quality.passed)
        return replace(made, landmarks=errors, contours=agreement)

    def _deformed(
        self, context: Context, fixed: Image, moving: Image, regions: tuple[Mask | None, Mask | None], found: Registered
    ) -> Deformed | None:
        if self.kind != DEFORMABLE:
            return None
        parameters = DeformParameters(
            margin_mm=self.margin_mm + 10.0, knots_mm=self.knots_mm, stiffness=self.stiffness, seed=self.seed
        )
        progress = part(context.progress, 0.7, 0.95)
        start = found.transform
        return register_deformable(fixed, moving, regions[0], parameters, start=start, mask=regions[1], progress=progress)

    def _pair(self, context: Context, remarks: list[str]) -> tuple[Where, Where]:
        # Within one frame nothing stands for anything else: what is left between these very images is asked for.
        if self.as_given or frame_of(context, self.fixed) == frame_of(context, self.moving) != "":
            return self.fixed, self.moving
        moving = partner_of(context, self.moving)
        remarks += [moving.remark] if moving.remark else []
        return self.fixed, moving.where

    def _check_frames(self, fixed: Image, moving: Image, remarks: list[str]) -> None:
        frames = (fixed.identity.frame_of_reference, moving.identity.frame_of_reference)
        for frame, which in zip(frames, ("fixed", "moving"), strict=True):
            if not frame:
                raise IdentityError(f"The {which} image does not know its frame of reference.", "A transform joins two frames.")
        if frames[0] == frames[1] and not self.same_frame:
            raise IdentityError(
                f"Both images lie in frame of reference {frames[0]}: they are not registered unasked.",
                "They can be used together as they lie; look at them (dosepainting-hrs look). To measure what is left between "
                "them: --same-frame.",
            )
        if frames[0] == frames[1]:
            remarks.append(
                "What is left between two images of one frame is known to half the longest voxel edge, "
                f"{known_to_mm(fixed.geometry, moving.geometry):.1f} mm, however well repeats agree."
            )

    def _region(self, where: Where | None, fixed: Image, context: Context, remarks: list[str]) -> Mask | None:
        if where is None:
            return None
        mask = context.region(where, self.drawn_on)
        placed = context.place(mask, fixed.geometry, fixed.identity, what=(f'The region "{mask.name}"', "the fixed image"))
        remarks += placed.remarks
        return placed.mask

    def _registered(
        self, context: Context, fixed: Image, moving: Image, regions: tuple[Mask | None, Mask | None]
    ) -> Registered:
        parameters = RegisterParameters(
            kind="rigid" if self.kind == DEFORMABLE else self.kind,
            margin_mm=self.margin_mm,
            reach_mm=self.reach_mm,
            reach_deg=self.reach_deg,
            samples=self.samples,
            finest_blur_mm=self.finest_blur_mm,
            seed=self.seed,
        )
        start = self._start(context, fixed, moving)
        progress = part(context.progress, 0.3, 0.7 if self.kind == DEFORMABLE else 0.95)
        if self.engine == "elastix":
            return register_elastix(fixed, moving, regions[0], parameters, start=start, mask=regions[1], progress=progress)
        return register_local(fixed, moving, regions[0], parameters, start=start, mask=regions[1], progress=progress)

    def _start(self, context: Context, fixed: Image, moving: Image) -> Transform:
        frames = (moving.identity.frame_of_reference, fixed.identity.frame_of_reference)
        if self.start == AS_IT_LIES:
            return Transform(from_frame=frames[0], to_frame=frames[1])
        if self.start == CENTRES:
            return aligned_centres(fixed, moving)
        found = read_any_transform(context.path(self.start), from_frame=frames[0], to_frame=frames[1]).transform
        if found.matrix is None:
            raise InputError(f'"{self.start}" is deformable; a registration starts from a rigid or affine transform.')
        return found

    def _about(self, found: Registered, deformed: Deformed | None, fixed: Image, pair: str) -> AboutTransform:
        settings: dict[str, Any] = {"engine": self.engine, **(found.settings or {})}
        figures, passed = found.quality.in_words(), found.quality.passed
        if deformed is not None:
            settings |= {"knots_mm": self.knots_mm, "stiffness": self.stiffness}
            figures, passed = (*deformed.quality.in_words(), *figures), deformed.quality.passed
        for name in ("kind", "start", "margin_mm", "reach_mm", "reach_deg", "samples", "finest_blur_mm", "seed", "whole"):
            settings[name] = getattr(self, name)
        return AboutTransform(
            patient_id=fixed.identity.patient_id,
            name_hash=fixed.identity.name_hash,
            birth_date_hash=fixed.identity.birth_date_hash,
            pair=pair,
            figures=figures,
            passed=passed,
            settings=settings,
        )

    def _result(
        self, context: Context, found: Registered, about: AboutTransform, names: tuple[str, str, str], remarks: list[str]
    ) -> RegisterResult:
        matrix = found.transform.matrix
        if matrix is None:
            raise InputError("The registration did not end in a matrix.")
        change = matrix @ np.linalg.inv(np.eye(4) if found.start.matrix is None else found.start.matrix)
        angle, _ = rotation_and_shift(change)
        there = change[:3, :3] @ found.box.T + change[:3, 3:]
        moved = there.T - found.box
        return RegisterResult(
            output=names[0],
            fixed=names[1],
            moving=names[2],
            pair=about.pair,
            from_frame=found.transform.from_frame,
            to_frame=found.transform.to_frame,
            kind=found.transform.kind,
            engine=self.engine,
            matrix=tuple(float(value) for value in matrix.ravel()),
            rotation_deg=angle,
            shift_at_centre_mm=tuple(float(value) for value in moved.mean(axis=0)),
            largest_shift_mm=float(np.linalg.norm(moved, axis=-1).max()),
            quality=found.quality,
            deformation=None,
            landmarks=None,
            contours=(),
            quality_passed=found.quality.passed,
            patient_id=about.patient_id,
            remarks=(*context.heard, *remarks),
        )


def _named(where: Where) -> str:
    return where if isinstance(where, str) else where.path
