"""Look at transforms, chain them, turn them round, write them in another form, and decide about them in a case."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from ..address import Where
from ..case import Case, write_case
from ..context import Context
from ..errors import IdentityError, InputError, ParameterError
from ..frames import Found, decisions_on, hash_of, read_any_transform
from ..identity import ACCEPTED, REJECTED, FrameTransform, Identity, require_same_patient
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..registration.deformation import Folding, folding_of
from ..storage.atomic import require_absent
from ..storage.transform_files import AboutTransform
from ..transform import Field as DisplacementField
from ..transform import chained, departure_from_rigid, rotation_and_shift
from .transform_output import require_transform_output, write_transform

OVERRIDE_QUALITY = "failed-quality"
_FRAMES_HELP = "for a file that does not say, or holds several."


@dataclass(frozen=True, kw_only=True)
class TransformResult:
    """A transform in figures: the frames it joins, its kind, and what it does."""

    file: str
    output: str
    from_frame: str
    to_frame: str
    kind: str
    matrix: tuple[float, ...]
    determinant: float | None
    departure_from_rigid: float | None
    rotation_deg: float | None
    shift_mm: tuple[float, ...]
    largest_displacement_mm: float | None
    folding: Folding | None
    patient_id: str
    pair: str
    figures: tuple[str, ...]
    quality_passed: bool | None
    settings: Mapping[str, str]
    remarks: tuple[str, ...]


@register_step("transform-inspect", TransformResult)
@dataclass(frozen=True, kw_only=True)
class TransformInspectStep(Step):
    """Tell which frames a transform joins, what kind it is, how far it turns and shifts, and whether a field folds."""

    file: Annotated[str, Field("DICOM registration object, or ITK transform (.tfm, .txt, .h5)."), Argument(metavar="FILE")]
    from_frame: Annotated[str, Field(f"Frame that it leads from, {_FRAMES_HELP}")] = ""
    to_frame: Annotated[str, Field(f"Frame that it leads to, {_FRAMES_HELP}")] = ""

    def run(self, context: Context) -> TransformResult:
        """Read it and put it in figures."""
        found = read_any_transform(context.path(self.file), from_frame=self.from_frame, to_frame=self.to_frame)
        return _in_figures(found, context.told(context.path(self.file)))


@register_step("transform-compose", TransformResult)
@dataclass(frozen=True, kw_only=True)
class TransformComposeStep(Step):
    """Chain transforms into one, in order: PET frame to its CT, that CT to the planning CT."""

    files: Annotated[tuple[str, ...], Field("Transforms, the first applied first."), Argument(metavar="FILE")]
    output: Annotated[str, Field("New transform: .tfm, .h5 or .dcm."), Argument(flags=("-o", "--output"), metavar="FILE")]
    fixed: Annotated[Where | None, Field("Series in the last frame, for a .dcm."), Argument(flags=("--fixed",))] = None
    moving: Annotated[Where | None, Field("Series in the first frame, for a .dcm."), Argument(flags=("--moving",))] = None

    def run(self, context: Context) -> TransformResult:
        """Compose and write."""
        target = context.new_file(self.output)
        require_transform_output(target)
        if len(self.files) < 2:
            raise ParameterError("To compose, at least two transforms are needed.", "Give them in the order of application.")
        read = [read_any_transform(context.path(file)) for file in self.files]
        for one, other in pairwise(read):
            what = ("One transform", "the next")
            require_same_patient(_patient(one.about), _patient(other.about), what=what, same=context.same_patient)
        whole = chained(tuple(one.transform for one in read))
        pair = ", then ".join(one.about.pair or Path(file).name for one, file in zip(read, self.files, strict=True))
        figures = tuple(f"{one.about.pair}: {figure}" for one in read for figure in one.about.figures)
        about = replace(read[0].about, pair=pair, figures=figures, passed=None, settings={})
        write_transform(context, whole, about, target, fixed=self.fixed, moving=self.moving)
        found = Found(transform=whole, about=about, remarks=tuple(r for one in read for r in one.remarks))
        return _in_figures(found, ", ".join(self.files), context.told(target))


@dataclass(frozen=True, kw_only=True)
class _OneTransformStep(Step):
    """Read one transform, and write what becomes of it."""

    file: Annotated[str, Field("Transform file."), Argument(metavar="FILE")]
    output: Annotated[str, Field("New transform: .tfm, .h5 or .dcm."), Argument(flags=("-o", "--output"), metavar="FILE")]
    from_frame: Annotated[str, Field(f"Frame that the given one leads from, {_FRAMES_HELP}")] = ""
    to_frame: Annotated[str, Field(f"Frame that the given one leads to, {_FRAMES_HELP}")] = ""
    fixed: Annotated[Where | None, Field("Series in the frame it leads to, for a .dcm."), Argument(flags=("--fixed",))] = None
    moving: Annotated[Where | None, Field("Series in the frame it leads from, for a .dcm."), Argument(flags=("--moving",))] = (
        None
    )

    def _read(self, context: Context) -> tuple[Found, Path]:
        """Return the transform, and where the new one goes."""
        target = context.new_file(self.output)
        require_transform_output(target)
        return read_any_transform(context.path(self.file), from_frame=self.from_frame, to_frame=self.to_frame), target


@register_step("transform-invert", TransformResult)
@dataclass(frozen=True, kw_only=True)
class TransformInvertStep(_OneTransformStep):
    """Turn a transform round: what led from one frame to another leads back."""

    def run(self, context: Context) -> TransformResult:
        """Turn round and write."""
        read, target = self._read(context)
        about = replace(read.about, pair=f"{read.about.pair or Path(self.file).name}, turned round")
        back = read.transform.inverse()
        write_transform(context, back, about, target, fixed=self.fixed, moving=self.moving)
        return _in_figures(replace(read, transform=back, about=about), self.file, context.told(target))


@register_step("transform-convert", TransformResult)
@dataclass(frozen=True, kw_only=True)
class TransformConvertStep(_OneTransformStep):
    """Write a transform in another form: ITK (.tfm, .h5) to DICOM Spatial Registration (.dcm), or back."""

    def run(self, context: Context) -> TransformResult:
        """Read and write."""
        read, target = self._read(context)
        write_transform(context, read.transform, read.about, target, fixed=self.fixed, moving=self.moving)
        return _in_figures(read, self.file, context.told(target))


@dataclass(frozen=True, kw_only=True)
class DecisionResult:
    """What was decided about a transform, and the case that says so."""

    case: str
    decision: str
    from_frame: str
    to_frame: str
    pair: str
    who: str
    reason: str
    when: str
    figures: tuple[str, ...]
    transforms: tuple[FrameTransform, ...]
    remarks: tuple[str, ...]


@register_step("transform-decide", DecisionResult)
@dataclass(frozen=True, kw_only=True)
class TransformDecideStep(Step):
    """Accept or reject a transform: a new case file says who decided, when and why.

    Only accepted transforms are ever used. A transform that the case has already gets the new decision.
    """

    file: Annotated[str, Field("Transform file."), Argument(metavar="FILE")]
    decision: Annotated[str, Field("What is decided.", choices=(ACCEPTED, REJECTED))]
    by: Annotated[str, Field("Who decides.")]
    reason: Annotated[str, Field("On what ground: what was looked at.")]
    write_case: Annotated[str, Field("New case file."), Argument(flags=("--write-case",), metavar="CASE.JSON")]
    from_frame: Annotated[str, Field(f"Frame that it leads from, {_FRAMES_HELP}")] = ""
    to_frame: Annotated[str, Field(f"Frame that it leads to, {_FRAMES_HELP}")] = ""
    note: Annotated[str, Field("What was changed by hand, say; kept with the figures.")] = ""
    accept: Annotated[tuple[str, ...], Field("Acknowledge by name: failed-quality.", choices=(OVERRIDE_QUALITY,))] = ()

    def run(self, context: Context) -> DecisionResult:
        """Check whose it is, and write the case with the decision."""
        target = context.new_file(self.write_case)
        require_absent(target)
        unknown = [name for name in self.accept if name != OVERRIDE_QUALITY]
        if unknown:
            raise ParameterError(f'There is nothing called "{unknown[0]}" to accept.', f"There is: {OVERRIDE_QUALITY}.")
        if not (self.by.strip() and self.reason.strip()):
            raise ParameterError("A decision needs who decides and why.", "Give --by WHO and --reason WHY, neither empty.")
        if context.opened is None:
            raise ParameterError("A decision is written into a case; none was given.", "Add --case CASE.JSON.")
        path = context.path(self.file)
        found = read_any_transform(path, from_frame=self.from_frame, to_frame=self.to_frame)
        case = context.opened.case
        what = ("The transform", "the case")
        require_same_patient(_patient(found.about), Identity(patient_id=case.patient_id), what=what, same=case.same_patient)
        decided = self._decided(found, path, target, context)
        before = decisions_on(context.opened, found.transform, path)
        kept = tuple(_moved(one, context.opened.folder, target.parent) for one in case.transforms if one not in before)
        new = replace(_in_folder(case, context.opened.folder, target.parent), transforms=(*kept, decided))
        write_case(new, target)
        return DecisionResult(
            case=context.told(target),
            decision=decided.decision,
            from_frame=decided.from_frame,
            to_frame=decided.to_frame,
            pair=decided.pair,
            who=decided.who,
            reason=decided.reason,
            when=decided.when,
            figures=decided.figures,
            transforms=new.transforms,
            remarks=tuple(_replaced(one) for one in before),
        )

    def _decided(self, found: Found, path: Path, target: Path, context: Context) -> FrameTransform:
        transform, about = found.transform, found.about
        if not transform.from_frame or not transform.to_frame:
            raise IdentityError(
                f'"{path}" does not say which frames of reference it joins.',
                "Give --from-frame UID (the moving image's) and --to-frame UID (the fixed image's); inspect lists them.",
            )
        if transform.from_frame == transform.to_frame:
            raise InputError(
                f"The transform leads from frame {transform.from_frame} to itself: it would never be asked for.",
                "A case joins frames; this moves one image within its own. Apply it to that image: dosepainting-hrs resample "
                f"IMAGE --transform {self.file} --like OTHER -o NEW.nrrd.",
            )
        failed = about.passed is False
        if failed and self.decision == ACCEPTED and OVERRIDE_QUALITY not in self.accept:
            raise InputError(
                f"The registration failed its quality figure: {about.figures[0] if about.figures else 'no details'}",
                f"Register again, or, after looking at it: --accept {OVERRIDE_QUALITY}.",
            )
        figures = (*about.figures, *([self.note] if self.note else []))
        figures += (f"Accepted although the quality figure failed ({OVERRIDE_QUALITY}).",) if failed and self.accept else ()
        file = transform.matrix is None
        matrix = np.eye(4) if transform.matrix is None else transform.matrix
        return FrameTransform(
            from_frame=transform.from_frame,
            to_frame=transform.to_frame,
            matrix=tuple(float(value) for value in matrix.ravel()),
            who=self.by,
            reason=self.reason,
            when=context.when.isoformat(timespec="seconds"),
            decision=self.decision,
            kind=transform.kind,
            file=_relative(path, target.parent) if file else "",
            file_hash=hash_of(path) if file else "",
            pair=about.pair,
            figures=figures,
        )


def _patient(about: AboutTransform) -> Identity:
    return Identity(patient_id=about.patient_id, name_hash=about.name_hash, birth_date_hash=about.birth_date_hash)


def _replaced(before: FrameTransform) -> str:
    when = f" of {before.when}" if before.when else ""
    return f"This replaces the decision of {before.who}{when} ({before.decision}: {before.reason}); the given case keeps that."


def _in_folder(case: Case, old: Path, new: Path) -> Case:
    """Return a case as a file in another folder names its images and regions."""
    images = tuple(replace(one, path=_relative(old / one.path, new)) for one in case.images)
    regions = tuple(replace(one, path=_relative(old / one.path, new)) for one in case.regions)
    return replace(case, images=images, regions=regions)


def _moved(one: FrameTransform, old: Path, new: Path) -> FrameTransform:
    return replace(one, file=_relative(old / one.file, new)) if one.file else one


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # Another drive on Windows.
        return str(path.resolve())


def _in_figures(found: Found, file: str, output: str = "") -> TransformResult:
    transform, about = found.transform, found.about
    matrix = transform.matrix
    angle, shift = rotation_and_shift(matrix) if matrix is not None else (None, np.zeros(0))
    field = next((part for part in transform.parts if isinstance(part, DisplacementField)), None)
    remarks = [*found.remarks]
    if not transform.from_frame or not transform.to_frame:
        remarks.append("The file does not say which frames of reference it joins.")
    return TransformResult(
        file=file,
        output=output,
        from_frame=transform.from_frame,
        to_frame=transform.to_frame,
        kind=transform.kind,
        matrix=() if matrix is None else tuple(float(value) for value in matrix.ravel()),
        determinant=None if matrix is None else float(np.linalg.det(matrix[:3, :3])),
        departure_from_rigid=None if matrix is None else departure_from_rigid(matrix),
        rotation_deg=angle,
        shift_mm=tuple(float(value) for value in shift),
        largest_displacement_mm=None if field is None else float(np.linalg.norm(field.vectors, axis=-1).max()),
        folding=None if field is None else folding_of(field),
        patient_id=about.patient_id,
        pair=about.pair,
        figures=about.figures,
        quality_passed=about.passed,
        settings=_flat(about.settings),
        remarks=tuple(remarks),
    )


def _flat(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings as words; those of another engine, which are lists in a mapping of its own, one by one."""
    flat: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}: {inner}": " ".join(map(str, held)) for inner, held in value.items()}
        else:
            flat[name] = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return flat
