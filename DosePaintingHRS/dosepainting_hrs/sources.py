"""Images, frames and regions by address, each loaded once: what a step reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .address import Address, Where, parse_address
from .case import OpenCase
from .dicom.first_header import first_identity
from .dicom.frame_series import load_frames, read_frame_stack
from .dicom.headers import PACKED
from .dicom.image_series import load_image
from .dicom.joint import JOINT
from .dicom.kind import kind_of_file
from .dicom.nearby_series import FOUND, series_nearby
from .dicom.regions import load_region
from .dicom.seg import load_seg_region
from .dicom.stack import Stack
from .dicom.stacking import read_stack
from .dicom.structure_set import StructureSet, read_structure_set
from .errors import AbsentSeriesError, DicomError, IdentityError, InputError
from .identity import Identity, SamePatient, require_same_patient
from .image import AnyVolume, Image, Mask, workings_of
from .image_frames import Frames
from .notes import said_of
from .progress import Progress, part, silent
from .records import read_json_file
from .storage.volumes import is_volume_file, read_frames, read_image, read_mask
from .working import Working


@dataclass(kw_only=True)
class Sources:
    """What a step reads: names, paths and selectors become images, frames and regions.

    Parameters
    ----------
    folder : Path
        Where relative paths start.
    outputs : Path or None
        Where relative outputs go instead, so that a job can be repeated; what lies there comes before what lies in `folder`.
    opened : OpenCase or None
        The case whose names count.
    progress : callable
        Where to report.
    heard : list of str
        Remarks on the contours of the regions that the step asked for, to be told with its result.
    workings : dict
        Workings of all maps that the steps loaded or made, in order, as its keys.
    histories : dict
        Histories of the regions that the steps loaded, by name.
    """

    folder: Path = field(default_factory=Path)
    outputs: Path | None = None
    opened: OpenCase | None = None
    progress: Progress = silent
    heard: list[str] = field(default_factory=list)
    workings: dict[Working, None] = field(default_factory=dict)
    histories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _stacks: dict[tuple[Path, str], Stack] = field(default_factory=dict)
    _images: dict[tuple[Path, str], Image] = field(default_factory=dict)
    _frames: dict[tuple[Path, str], Frames] = field(default_factory=dict)

    @property
    def same_patient(self) -> tuple[SamePatient, ...]:
        """Pairs of patient IDs that the case declares to be one person."""
        return self.opened.case.same_patient if self.opened else ()

    def address(self, where: Where) -> Address:
        """Resolve a name, path or selector."""
        if self.outputs is not None:
            with suppress(InputError):  # It was not made by this job: it is an input from elsewhere.
                return parse_address(where, self.opened, self.outputs)
        return parse_address(where, self.opened, self.folder)

    def stack(self, where: Where) -> Stack:
        """Return the headers and grid of a DICOM series.

        Raises
        ------
        InputError
            If the address is not a DICOM folder.
        DicomError
            If the series cannot be laid on a regular grid.
        """
        return self._stack(self.address(where))

    def image(self, where: Where) -> Image:
        """Return an image, from a volume file or a DICOM folder."""
        address = self.address(where)
        key = (address.path, address.selector)
        if key not in self._images:
            if address.path.is_dir():
                self._images[key] = load_image(self._stack(address), part(self.progress, 0.1, 0.3))
            else:
                _refuse_dicom_file(address.path)
                self._images[key] = read_image(address.path)
        self._require_of_case(address, self._images[key].identity)
        return self.noted(self._images[key])

    def frames(self, where: Where) -> Frames:
        """Return the frames of a dynamic or diffusion series, from a DICOM folder or a four-dimensional file.

        Raises
        ------
        DicomError
            If the folder holds no such series or several, or a frame is missing or doubled.
        InputError
            If the file holds one image only.
        """
        address = self.address(where)
        key = (address.path, address.selector)
        if key not in self._frames:
            if address.path.is_dir():
                with self._named_by_case(address):
                    found = read_frame_stack(address.path, address.selector, part(self.progress, 0.0, 0.1))
                self._require_of_case(address, found.stack.identity)
                self._frames[key] = load_frames(found, part(self.progress, 0.1, 0.3))
            else:
                _refuse_dicom_file(address.path)
                self._frames[key] = read_frames(address.path)
        self._require_of_case(address, self._frames[key].identity)
        return self.noted(self._frames[key])

    def noted(self, volume: AnyVolume) -> AnyVolume:
        """Return a volume as it is, after the workings of the maps that it is or rests on were noted for a report."""
        self.workings |= dict.fromkeys(workings_of(volume))
        return volume

    def forget_frames(self) -> None:
        """Let go of all frames, which take much memory; they are loaded again when asked for."""
        self._frames.clear()

    def json_record(self, where: Where, what: str) -> dict[str, Any]:
        """Return a JSON object from a file; `what` names it in errors.

        Raises
        ------
        InputError
            If the file is missing or holds no JSON object.
        """
        return read_json_file(self.address(where).path, what)

    def region(self, where: Where, drawn_on: Where | None = None, candidates: Sequence[Where] = ()) -> Mask:
        """Return a region on the grid it was drawn on.

        Parameters
        ----------
        where : str or PathForm
            Mask file, RTSTRUCT with ROI name, SEG with segment number, or a name of the case.
        drawn_on : str, PathForm or None
            Image that an RTSTRUCT region was drawn on, when the user says so.
        candidates : sequence of str or PathForm
            Further images of the step that the RTSTRUCT may reference.

        Raises
        ------
        InputError
            If the address is no region, or the image it references is not found.
        """
        address = self.address(where)
        if address.path.is_dir():
            raise InputError(
                f'"{address.path}" is a folder, a region is needed.', "Give a mask file, rtstruct.dcm#ROI or seg.dcm#number."
            )
        if is_volume_file(address.path):
            mask = read_mask(address.path, _number(address, "label"))
        elif kind_of_file(address.path) == "SEG":
            mask = load_seg_region(address.path, _number(address, "segment number"))
        else:
            mask = self._structure(address, drawn_on, candidates)
        self._require_of_case(address, self.noted(mask).identity)
        mask = replace(mask, name=mask.name or address.name or address.selector)
        self.histories[mask.name] = mask.history
        return mask

    def identity_of_series(self, address: Address) -> Identity:
        """Return the identity of a DICOM series from its first header, whatever grid its slices make."""
        key = (address.path, address.selector)
        if key in self._stacks:
            return self._stacks[key].identity
        return first_identity(address.path, address.selector or None)

    def _stack(self, address: Address) -> Stack:
        if not address.path.is_dir():
            raise InputError(f'"{address.path}" is a file; a folder with a DICOM series is needed.', "Give the folder.")
        key = (address.path, address.selector)
        if key not in self._stacks:
            with self._named_by_case(address):
                self._stacks[key] = read_stack(address.path, address.selector or None, part(self.progress, 0.0, 0.1))
        self._require_of_case(address, self._stacks[key].identity)
        return self._stacks[key]

    @contextmanager
    def _named_by_case(self, address: Address) -> Iterator[None]:
        """Say of a series that is absent what the case calls it, and where else it lies."""
        try:
            yield
        except AbsentSeriesError as error:
            image = self.opened.case.image(address.name) if self.opened else None
            if image is None:
                raise
            called = f'its "{image.name}"' + (f" ({image.role})" if image.role not in ("", image.name) else "")
            elsewhere = series_nearby(image.series.split(JOINT), address.path)
            # What the folder holds instead is of interest only where the series is nowhere: it is another one.
            hint = f"{elsewhere} Correct the case file." if elsewhere.startswith(FOUND) else f"{elsewhere} {error.hint}"
            raise AbsentSeriesError(
                f'The case says that {called} is series {image.series} of "{address.path}", which has no such series.', hint
            ) from error

    def _require_of_case(self, address: Address, identity: Identity) -> None:
        """Refuse what the case names but is of another patient: a case copied from the last one, and not changed throughout."""
        if self.opened and address.name:
            what = ("The case", f'its "{address.name}"')
            require_same_patient(Identity(patient_id=self.opened.case.patient_id), identity, what=what, same=self.same_patient)

    def _structure(self, address: Address, drawn_on: Where | None, candidates: Sequence[Where]) -> Mask:
        structures = read_structure_set(address.path)
        if not address.selector:
            names = ", ".join(f'"{roi.name}"' for roi in structures.rois)
            raise InputError(
                f'"{address.path}" is a structure set; which ROI is meant?', f"Write {address.path}#NAME with one of: {names}."
            )
        image = drawn_on if drawn_on is not None else self._referenced(structures, address, candidates)
        mask, remarks = load_region(structures, address.selector, self.stack_or_image(image), same=self.same_patient)
        told = (said_of(f'ROI "{mask.name}"', remark) for remark in remarks)
        self.heard += [remark for remark in told if remark not in self.heard]
        return mask

    def stack_or_image(self, where: Where) -> Stack | Image:
        """Return what a structure set can be rasterised on: the headers of a series, or an image file."""
        address = self.address(where)
        return self._stack(address) if address.path.is_dir() else self.image(where)

    def _series_of(self, address: Address) -> str:
        if address.selector or not address.path.is_dir():
            return address.selector
        try:
            return self._stack(address).identity.series[0]
        except (DicomError, InputError, IdentityError):  # It cannot be what was drawn on.
            return ""

    def _referenced(self, structures: StructureSet, address: Address, candidates: Sequence[Where]) -> Where:
        named = [image.name for image in self.opened.case.images] if self.opened else []
        if address.image:
            return address.image
        for candidate in (*candidates, *named):
            if self._series_of(self.address(candidate)) in structures.referenced_series:
                return candidate
        name_it = "Name the image it was drawn on with --drawn-on (segment and export: --image), or in the case file."
        if not structures.referenced_series:
            raise InputError(f'"{address.path}" does not say on which series it was drawn.', name_it)
        given = ", ".join(f'"{one if isinstance(one, str) else one.path}"' for one in dict.fromkeys((*candidates, *named)))
        raise InputError(
            f'"{address.path}" was drawn on series {", ".join(structures.referenced_series)}, which is not among the images '
            f"given: {given or 'there are none'}.",
            f"{series_nearby(structures.referenced_series, address.path.parent)} {name_it}",
        )


def _number(address: Address, what: str) -> int | None:
    if not address.selector:
        return None
    if not address.selector.isdecimal():
        raise InputError(f'"{address.selector}" in "{address}" is not a {what}.', "Give a whole number after #.")
    return int(address.selector)


def _refuse_dicom_file(path: Path) -> None:
    if is_volume_file(path):
        return
    give, kind = "Give a NIfTI, NRRD or MHA file, a DICOM folder, or FOLDER#SeriesInstanceUID.", ""
    with suppress(DicomError, InputError):
        kind = f", but DICOM: {kind_of_file(path)}"
    if kind.endswith("slice") or "Image" in kind:
        give = f'Give the folder of the whole series: "{path.parent}".'
    elif path.name.lower().endswith(PACKED):
        give = "Unpack it, and give the folder."
    raise InputError(f'"{path}" is not an image this software reads{kind}.', give)
