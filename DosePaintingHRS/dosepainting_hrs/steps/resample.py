"""Bring an image or a region to another image's grid, through the case's transforms or a given one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from ..address import Where
from ..context import Context
from ..dicom.frame_series import read_frame_stack
from ..dicom.stack import Stack
from ..errors import DicomError, DosePaintingError, IdentityError, InputError, ParameterError
from ..frames import Found, decisions_on, read_any_transform, way_between
from ..geometry import Geometry
from ..identity import MARK_UNACCEPTED, REJECTED, Identity, as_declared, require_same_patient
from ..image import Image, Mask, on_grid, resting_on
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..progress import part
from ..quantities import REGION
from ..registration.cut import cut_to_grid
from ..registration.resample import resample_image
from ..storage.volumes import is_volume_file, require_new_volume, write_volume
from ..transform import Transform

IMAGE_INTERPOLATIONS = ("linear", "sinc", "nearest", "cubic")


@dataclass(frozen=True, kw_only=True)
class ResampleResult:
    """What was brought where, how, and what became of volumes or values."""

    output: str
    kind: str
    interpolation: str
    grid: str
    from_frame: str
    frame_of_reference: str
    volume_before_ml: float | None
    volume_after_ml: float | None
    lost_islands: tuple[str, ...]
    share_without_value: float | None
    patient_id: str
    remarks: tuple[str, ...]
    history: tuple[str, ...]


@register_step("resample", ResampleResult)
@dataclass(frozen=True, kw_only=True)
class ResampleStep(Step):
    """Bring an image (interpolated once) or a region (volume-true) to the grid of another image, or of frames.

    Frames that differ are joined by the case's accepted transforms, composed once; within one frame nothing moves. A
    region keeps its volume, as at export: voxels are taken by falling covered share.
    """

    source: Annotated[Where, Field("Image or region to bring."), Argument(metavar="IMAGE|REGION")]
    like: Annotated[Where, Field("Image whose grid it gets."), Argument(flags=("--like",), metavar="IMAGE")]
    output: Annotated[str, Field("New volume file."), Argument(flags=("-o", "--output"), metavar="FILE")]
    interpolation: Annotated[
        str, Field("How an image is interpolated; sinc is windowed (Lanczos).", choices=IMAGE_INTERPOLATIONS)
    ] = "linear"
    transform: Annotated[
        str, Field("Transform file to apply to an image instead of the case's, for what is left within one frame.")
    ] = ""
    region: Annotated[bool, Field("The source is a region, where its file does not say.")] = False
    cut: Annotated[bool, Field("Leave out what of a region lies outside of the grid, and tell how much.")] = False
    drawn_on: Annotated[
        Where | None, Field("Image that an RTSTRUCT region was drawn on."), Argument(flags=("--drawn-on",), metavar="IMAGE")
    ] = None

    def run(self, context: Context) -> ResampleResult:
        """Load, carry, write."""
        target = context.new_file(self.output)
        require_new_volume(target)
        grid, identity = self._grid(context)
        source = self._source(context)
        what = (f'"{_named(self.source)}"', f'"{_named(self.like)}"')
        frame = source.identity.frame_of_reference
        made: Image | Mask
        if isinstance(source, Mask):
            if self.transform:
                raise ParameterError("A given transform is applied to images only.", "Accept it into a case for regions.")
            source, left_out = self._cut(context, source, (grid, identity), what) if self.cut else (source, ())
            placed = context.place(source, grid, identity, what=what)
            made, remarks = placed.mask, (*context.heard, *left_out, *placed.remarks)
            lost = tuple(str(one) for one in placed.resampled.vanished) if placed.resampled is not None else ()
        else:
            if self.cut:
                raise ParameterError(
                    "Regions are cut, and this is an image.", "Leave out --cut: outside, an image has no value."
                )
            made, remarks, lost = *self._image(context, source, (grid, identity), what), ()
        context.progress(0.9, f"Writing {target.name}")
        write_volume(replace(made, stored=on_grid(grid)[1]), target, job=context.record)
        is_image = isinstance(made, Image)
        return ResampleResult(
            output=context.told(target),
            kind="image" if is_image else "region",
            interpolation=self.interpolation if is_image else "volume-true",
            grid=str(grid),
            from_frame=frame,
            frame_of_reference=made.identity.frame_of_reference,
            volume_before_ml=source.volume_ml if isinstance(source, Mask) else None,
            volume_after_ml=made.volume_ml if isinstance(made, Mask) else None,
            lost_islands=lost,
            share_without_value=float(np.isnan(made.array).mean()) if is_image and made.array.dtype.kind == "f" else None,
            patient_id=made.identity.patient_id,
            remarks=tuple(remarks),
            history=made.history,
        )

    def _grid(self, context: Context) -> tuple[Geometry, Identity]:
        try:
            found = context.stack_or_image(self.like)
        except (DicomError, InputError) as error:
            found = _of_frames(context, self.like, error)
        return on_grid(found.geometry)[0], found.identity

    def _source(self, context: Context) -> Image | Mask:
        address = context.address(self.source)
        case = context.opened.case if context.opened else None
        region = self.region or bool(address.selector and not address.path.is_dir())
        region = region or (case is not None and bool(address.name) and case.region(address.name) is not None)
        if not region and (address.path.is_dir() or is_volume_file(address.path)):
            image = context.image(self.source)
            if image.quantity != REGION:
                return image
        return context.region(self.source, self.drawn_on, (self.like,))

    def _cut(
        self, context: Context, mask: Mask, target: tuple[Geometry, Identity], what: tuple[str, str]
    ) -> tuple[Mask, tuple[str, ...]]:
        """Return the part of a region that the grid holds, and what is left out of it."""
        grid, identity = target
        require_same_patient(mask.identity, identity, what=what, same=context.same_patient)
        way = way_between(context.opened, as_declared(mask.identity, identity, context.same_patient), identity, what)
        cut = cut_to_grid(mask, grid, way.transform if way is not None else Transform())
        return cut, () if cut is mask else (cut.history[-1],)

    def _image(
        self, context: Context, image: Image, target: tuple[Geometry, Identity], what: tuple[str, str]
    ) -> tuple[Image, tuple[str, ...]]:
        grid, identity = target
        if not self.transform:
            return context.place_image(image, grid, identity, what=what, interpolation=self.interpolation)
        remarks = require_same_patient(image.identity, identity, what=what, same=context.same_patient)
        frames = (image.identity.frame_of_reference, identity.frame_of_reference)
        found = read_any_transform(context.path(self.transform), from_frame=frames[0], to_frame=frames[1])
        said, marks = self._said(found, context)
        progress = part(context.progress, 0.3, 0.9)
        moved = resample_image(image, grid, interpolation=self.interpolation, transform=found.transform, progress=progress)
        moved = resting_on(moved, [image])
        marks = tuple(dict.fromkeys((*image.identity.marks, *marks)))
        own = replace(image.identity, frame_of_reference=frames[1], marks=marks)
        return replace(moved, identity=own, history=(*moved.history, said)), (*remarks, said)

    def _said(self, found: Found, context: Context) -> tuple[str, tuple[str, ...]]:
        """Return what is to be told of the given transform, and the mark that it leaves when nobody has accepted it."""
        decisions = decisions_on(context.opened, found.transform, context.path(self.transform))
        applied = f'"{self.transform}" was applied as given'
        if not decisions:
            failed = f" Its own quality figure: {found.about.figures[0]}" if found.about.passed is False else ""
            told = f"{applied}; nobody has accepted it in a case: an export of what rests on it will ask.{failed}"
            return told, (MARK_UNACCEPTED,)
        rejected = next((one for one in decisions if one.decision == REJECTED), None)
        if rejected is not None:
            raise IdentityError(
                f'"{self.transform}" was rejected in the case by {rejected.who}: {rejected.reason}.',
                "Register again, or accept it with a reason: dosepainting-hrs transform accept.",
            )
        return f"{applied}; {decisions[0].who} accepted it.", ()


def _of_frames(context: Context, where: Where, error: DosePaintingError) -> Stack | Image:
    """Return the first of several frames, of a series without its pixels; the error where there are no frames either."""
    address = context.address(where)
    try:
        if address.path.is_dir():
            return read_frame_stack(address.path, address.selector).stack
        return context.frames(where).frame(0)
    except (DicomError, InputError):
        raise error from None


def _named(where: Where) -> str:
    return where if isinstance(where, str) else where.path
