"""Write regions as an RTSTRUCT on the planning CT, checked for identity, volume and read-back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np

from ..address import Where
from ..context import Context, Placed
from ..dicom.derived_ct import derive_axial_ct
from ..dicom.layout import IrregularSlicesError
from ..dicom.planning_geometry import DERIVED_CT_OFFER, require_exportable
from ..dicom.roi_names import NO_TYPE, check_label, check_names, check_type, interpreted_type
from ..dicom.rtstruct_export import Exported, export_checked
from ..dicom.rtstruct_regions import RegionToWrite
from ..dicom.stack import Stack
from ..dicom.stacking import read_stack
from ..errors import DicomError, IdentityError, InputError, OutputError, ParameterError
from ..identity import (
    MARK_EDITED,
    MARK_REFERENCE_MODEL,
    MARK_RESEARCH_ONLY,
    Supplied,
    require_same_patient,
)
from ..image import Mask, Measured, on_grid
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..progress import part
from ..storage.atomic import new_folder, require_absent
from .export_questions import with_questions
from .export_signing import ACCEPTABLE, Signing, identified, not_needed, with_volume_signed
from .question import Question, ask
from .structure_texts import region_description, signed_for, structure_description


@dataclass(frozen=True, kw_only=True)
class ExportedRegion:
    """One region as it went out: its volume on the source grid, on the CT grid, and read back from the file."""

    name: str
    source_ml: float
    ct_ml: float
    read_back_ml: float
    change_percent: float
    differing_voxels: int
    map_maximum: float | None
    map_unit: str
    contours: int
    interpreted_type: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExportResult:
    """What was written and how it compared when read back."""

    output: str
    sop_instance_uid: str
    label: str
    planning_ct: str
    planning_series: str
    frame_of_reference: str
    patient_id: str
    appended_to: str
    derived_ct: str
    regions: tuple[ExportedRegion, ...]
    overrides: tuple[Supplied, ...]
    remarks: tuple[str, ...]


@register_step("export-rtstruct", ExportResult)
@dataclass(frozen=True, kw_only=True)
class ExportRtstructStep(Step):
    """Write regions as an RTSTRUCT that a planning system accepts: contours on the slices of the planning CT.

    Regions are brought to the CT grid volume-true, outlined along pixel edges, written, read back and compared
    before success is reported. Another patient's region is refused, whatever is acknowledged.
    """

    planning_ct: Annotated[
        Where, Field("Folder (or case name) of the planning CT."), Argument(flags=("--planning-ct",), metavar="FOLDER")
    ]
    regions: Annotated[
        Mapping[str, Where],
        Field("Region under its new name of at most 16 characters; may be given again."),
        Argument(flags=("--region",), metavar="NAME=REGION"),
    ]
    output: Annotated[str, Field("New RTSTRUCT file."), Argument(flags=("-o", "--output"), metavar="FILE")]
    label: Annotated[str, Field("StructureSetLabel, at most 16 characters.")] = "HRS"
    append_to: Annotated[
        str,
        Field("Structure set whose ROIs are carried, unchanged, into the new object."),
        Argument(flags=("--append-to",), metavar="FILE"),
    ] = ""
    image: Annotated[Where | None, Field("Image that RTSTRUCT regions were drawn on."), Argument(flags=("--image",))] = None
    map: Annotated[Where | None, Field("Map whose maximum is reported for regions that do not carry one.")] = None
    holes: Annotated[str, Field("How holes are written.", choices=("keyhole", "nested"))] = "keyhole"
    derived_ct: Annotated[
        str,
        Field("New folder for an axial CT series derived from a planning CT of refused geometry; planning must use it."),
        Argument(flags=("--derived-ct",), metavar="DIR"),
    ] = ""
    drawn_on: Annotated[
        Mapping[str, Where],
        Field("For a region without identity: the series it was drawn on, whose grid it must have."),
        Argument(flags=("--drawn-on",), metavar="NAME=IMAGE"),
    ] = field(default_factory=dict)
    types: Annotated[
        Mapping[str, str],
        Field("RTROIInterpretedType of a region (GTV, CTV, PTV, CONTROL ... or NONE) instead of the one its name begins with."),
        Argument(flags=("--type",), metavar="NAME=TYPE"),
    ] = field(default_factory=dict)
    accept: Annotated[
        tuple[str, ...],
        Field(f"Acknowledge by name, with --by and --reason: {', '.join(ACCEPTABLE)}.", choices=ACCEPTABLE),
    ] = ()
    by: Annotated[str, Field("Who acknowledges or supplies what is missing.")] = ""
    reason: Annotated[str, Field("Why.")] = ""

    def run(self, context: Context) -> ExportResult:
        """Check, resample, write, read back."""
        self._check(context)
        target = context.new_file(self.output)
        require_dicom_name(target)
        require_absent(target)
        source = self._source(context)
        masks = {name: self._region(name, where, source, context) for name, where in self.regions.items()}
        with self._planning_stack(source, context) as stack:
            gathered = [self._gather(name, mask, stack, context) for name, (mask, _) in masks.items()]
            ask([question for _, edited in masks.values() for question in edited] + [q for one in gathered for q in one.asked])
            writes = [self._to_write(name, stack, one.placed) for name, one in zip(self.regions, gathered, strict=True)]
            overrides = signed_for(one.placed.mask.identity for one in gathered)
            exported = export_checked(
                stack,
                writes,
                target,
                label=self.label,
                description=structure_description(context.record, overrides),
                holes="nested" if self.holes == "nested" else "keyhole",
                append_to=context.path(self.append_to) if self.append_to else None,
                when=context.when,
                progress=part(context.progress, 0.5, 1.0),
            )
        return self._result(stack, gathered, exported, overrides, context)

    def _check(self, context: Context) -> None:
        if not self.regions:
            raise ParameterError("No region was given to export.", 'Give at least one: --region "HRS=hrs.nrrd".')
        for name, where in self.regions.items():
            if isinstance(where, str) and context.path(name).is_file() and not context.path(where).exists():
                raise ParameterError(
                    f'"{name}={where}" gives a file as the name of a region.', f'The name comes first: "{where}={name}".'
                )
        check_label(self.label)
        check_names(list(self.regions))
        unknown = [name for name in self.accept if name not in ACCEPTABLE]
        if unknown:
            raise ParameterError(f'There is nothing called "{unknown[0]}" to accept.', f"There are: {', '.join(ACCEPTABLE)}.")
        for option, named in (("--drawn-on", self.drawn_on), ("--type", self.types)):
            stray = [name for name in named if name not in self.regions]
            if stray:
                raise ParameterError(f'{option} names "{stray[0]}", which is not among the regions to export.')
        for kind in self.types.values():
            check_type(kind)
        if (self.accept or self.drawn_on) and not (self.by.strip() and self.reason.strip()):
            raise ParameterError(
                "An acknowledgement needs a name and a reason.", "Add --by WHO and --reason WHY; both are recorded."
            )

    def _signing(self, context: Context) -> Signing:
        return Signing(accept=self.accept, by=self.by, reason=self.reason, when=context.when)

    def _source(self, context: Context) -> Stack | None:
        """Return the planning CT; None for one that makes no regular grid, from which a derived one is to be made."""
        try:
            source = context.stack(self.planning_ct)
        except IrregularSlicesError as error:
            if self.derived_ct:
                return None
            raise DicomError(error.message, DERIVED_CT_OFFER) from error
        _require_planning_ct(source)
        if not self.derived_ct:
            require_exportable(source)
        return source

    @contextmanager
    def _planning_stack(self, source: Stack | None, context: Context) -> Iterator[Stack]:
        """Give what to export for; a derived series appears only when the structure set that references it does."""
        if not self.derived_ct and source is not None:
            yield source
            return
        address = context.address(self.planning_ct)
        with new_folder(context.new_folder(self.derived_ct)) as folder:
            progress = part(context.progress, 0.0, 0.4)
            derive_axial_ct(address.path, address.selector or None, folder, progress=progress, when=context.when)
            derived = read_stack(folder)
            _require_planning_ct(derived)
            yield derived

    def _region(self, name: str, where: Where, source: Stack | None, context: Context) -> tuple[Mask, tuple[Question, ...]]:
        mask = context.region(where, self.image, (self.planning_ct,))
        if not mask.voxel_count:
            raise InputError(f'The region "{name}" is empty: it has no voxels.', "Nothing was written. Choose another region.")
        known = mask.identity.is_known
        mask, edited = identified(name, mask, self.drawn_on.get(name), self._signing(context), context)
        marks = [mark for mark in mask.identity.marks if mark in (MARK_REFERENCE_MODEL, MARK_RESEARCH_ONLY)]
        if marks:
            raise IdentityError(
                f'The region "{name}" is marked "{marks[0]}": it, and all that is derived from it, is for comparison only.',
                "It cannot be exported by any option.",
            )
        what = (f'The region "{name}"', "the planning CT")
        if source is not None:
            require_same_patient(mask.identity, source.identity, what=what, same=context.same_patient)
        if known and name in self.drawn_on:
            raise ParameterError(
                f'The region "{name}" knows its patient, frame of reference and series; --drawn-on is for regions that do not.',
                f"Leave it out for this region; it was made from series {', '.join(mask.identity.series)}.",
            )
        return mask, edited

    def _gather(self, name: str, mask: Mask, stack: Stack, context: Context) -> _Gathered:
        what = (f'The region "{name}"', "the planning CT")
        geometry, _ = on_grid(stack.geometry)
        placed = context.place(mask, geometry, stack.identity, what=what)
        lost = tuple(str(one) for one in placed.resampled.vanished) if placed.resampled else ()
        placed, changed = with_volume_signed(name, placed, mask.volume_ml, self._signing(context))
        placed, shown, asked = with_questions(name, placed, context, self.accept, self._signing(context).record)
        remarks = (*placed.remarks, *shown, *(f"An island is too small for the CT grid and is lost: {one}." for one in lost))
        measured = self._measured(mask, context)
        return _Gathered(source_ml=mask.volume_ml, placed=placed, measured=measured, remarks=remarks, asked=(*changed, *asked))

    def _to_write(self, name: str, stack: Stack, placed: Placed) -> RegionToWrite:
        _, stored = on_grid(stack.geometry)
        return RegionToWrite(
            name=name,
            array=np.asarray(stored.axes.restore(placed.mask.array), dtype=np.bool_),
            algorithm="SEMIAUTOMATIC",
            description=region_description(placed),
            interpreted_type=self._type_of(name),
        )

    def _type_of(self, name: str) -> str:
        kind = self.types.get(name, interpreted_type(name))
        return "" if kind == NO_TYPE else kind

    def _measured(self, mask: Mask, context: Context) -> Measured | None:
        if self.map is None:
            # What was measured before somebody changed the voxels is not true of them any more.
            known = mask.measured if MARK_EDITED not in mask.identity.marks else ()
            return known[0] if known else None
        image = context.image(self.map)
        placed = context.place(mask, image.geometry, image.identity, what=(f'The region "{mask.name}"', "the map"))
        return Measured(statistic="maximum", value=float(image.array[placed.mask.array].max()), quantity=image.quantity)

    def _result(
        self, stack: Stack, gathered: list[_Gathered], exported: Exported, overrides: tuple[Supplied, ...], context: Context
    ) -> ExportResult:
        regions = []
        for name, one, back in zip(self.regions, gathered, exported.regions, strict=True):
            ct_ml = one.placed.mask.volume_ml
            regions.append(
                ExportedRegion(
                    name=name,
                    source_ml=one.source_ml,
                    ct_ml=ct_ml,
                    read_back_ml=back.volume_ml,
                    change_percent=100.0 * (ct_ml / one.source_ml - 1.0),
                    differing_voxels=back.differing_voxels,
                    map_maximum=one.measured.value if one.measured else None,
                    map_unit=one.measured.quantity.unit if one.measured else "",
                    contours=back.contours,
                    interpreted_type=self._type_of(name),
                    remarks=one.remarks,
                )
            )
        return ExportResult(
            output=context.told(exported.path),
            sop_instance_uid=exported.sop_instance_uid,
            label=self.label,
            planning_ct=self.planning_ct if isinstance(self.planning_ct, str) else self.planning_ct.path,
            planning_series=stack.identity.series[0],
            frame_of_reference=stack.identity.frame_of_reference,
            patient_id=stack.identity.patient_id,
            appended_to=context.told(context.path(self.append_to)) if self.append_to else "",
            derived_ct=context.told(context.new_folder(self.derived_ct)) if self.derived_ct else "",
            regions=tuple(regions),
            overrides=overrides,
            remarks=(
                *context.heard,
                *stack.remarks,
                *exported.remarks,
                *not_needed([(one.placed.mask, one.source_ml) for one in gathered], self.accept),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class _Gathered:
    source_ml: float
    placed: Placed
    measured: Measured | None
    remarks: tuple[str, ...]
    asked: tuple[Question, ...]


def require_dicom_name(path: Path) -> None:
    """Refuse an output that no planning system would list.

    Raises
    ------
    OutputError
        If it does not end in ``.dcm``.
    """
    if path.suffix.lower() != ".dcm":
        raise OutputError(f'"{path}" does not end in .dcm.', f'Give the RTSTRUCT such a name, "{path.name}.dcm" for example.')


def _require_planning_ct(planning: Stack) -> None:
    modality = str(planning.first.get("Modality", ""))
    if modality != "CT":
        raise DicomError(
            f'The series given as planning CT is of modality {modality} ("{planning.first.get("SeriesDescription", "")}"), '
            "a CT is needed.",
            "Give the folder of the planning CT; regions drawn on other images are brought to it.",
        )
    if not planning.identity.is_known:
        raise IdentityError(
            f"The planning CT does not know {' and '.join(planning.identity.missing())}: nothing can be compared with it.",
            "Export it again from its source, with these tags.",
        )
