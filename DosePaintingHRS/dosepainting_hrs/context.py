"""What a step works with: its folder, the case, and images and regions by address, each loaded once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .address import Address, Where, parse_address
from .case import OpenCase
from .dicom.first_header import first_identity
from .dicom.frame_series import load_frames, read_frame_stack
from .dicom.image_series import load_image
from .dicom.kind import kind_of_file
from .dicom.regions import load_region
from .dicom.seg import load_seg_region
from .dicom.stack import Stack
from .dicom.stacking import read_stack
from .dicom.structure_set import StructureSet, read_structure_set
from .errors import DicomError, IdentityError, InputError, OutputError
from .frames import way_between
from .geometry import Geometry
from .identity import Identity, SamePatient, as_declared, require_same_patient
from .image import AnyVolume, Image, Mask, on_grid, resting_on, workings_of
from .image_frames import Frames
from .progress import Progress, part, silent
from .records import read_json_file
from .registration.carry import carry_region
from .registration.resample import resample_image
from .registration.volume_true import VolumeTrue, resample_volume_true
from .storage.atomic import require_parent
from .storage.volumes import is_volume_file, read_frames, read_image, read_mask
from .transform import Transform
from .working import Working


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A region on another grid, and how it got there.

    Parameters
    ----------
    mask : Mask
        On the target grid.
    resampled : VolumeTrue or None
        What resampling did; None when the region lay on the grid already.
    remarks : tuple of str
        What is worth telling: values that could not be compared, a transform used.
    """

    mask: Mask
    resampled: VolumeTrue | None
    remarks: tuple[str, ...]


@dataclass(kw_only=True)
class Context:
    """What a step works with.

    Parameters
    ----------
    folder : Path
        Where relative paths start.
    outputs : Path or None
        Where relative outputs go instead, so that a job can be repeated; what lies there comes before what lies in `folder`.
    opened : OpenCase or None
        The case whose names count.
    record : str
        Provenance text of the step, for its outputs.
    progress : callable
        Where to report.
    heard : list of str
        Remarks on the contours of the regions that the step asked for, to be told with its result.
    when : datetime
        Time of the run, for the objects written.
    workings : dict
        Workings of all maps that the steps loaded or made, in order, as its keys.
    """

    folder: Path = field(default_factory=Path)
    outputs: Path | None = None
    opened: OpenCase | None = None
    record: str = ""
    progress: Progress = silent
    heard: list[str] = field(default_factory=list)
    when: datetime = field(default_factory=datetime.now)
    workings: dict[Working, None] = field(default_factory=dict)
    _stacks: dict[tuple[Path, str], Stack] = field(default_factory=dict)
    _images: dict[tuple[Path, str], Image] = field(default_factory=dict)
    _frames: dict[tuple[Path, str], Frames] = field(default_factory=dict)

    @property
    def same_patient(self) -> tuple[SamePatient, ...]:
        """Pairs of patient IDs that the case declares to be one person."""
        return self.opened.case.same_patient if self.opened else ()

    def path(self, text: str) -> Path:
        """Return a path of the job as it lies on disk."""
        own = self.outputs / text if self.outputs is not None else None
        return own if own is not None and own.exists() else self.folder / text

    def new_file(self, text: str) -> Path:
        """Return where a file that the job makes goes.

        Raises
        ------
        OutputError
            If its folder does not exist, or it would leave the folder for outputs.
        """
        path = self.new_folder(text)
        if self.outputs is None:
            require_parent(path)
        return path

    def new_folder(self, text: str) -> Path:
        """Return where a folder that the job makes goes; folders above it are made as well.

        Raises
        ------
        OutputError
            If it would leave the folder for outputs.
        """
        if self.outputs is None:
            return self.folder / text
        if ".." in Path(text).parts:
            raise OutputError(
                f'The output "{text}" would leave the folder for outputs, "{self.outputs}".',
                "Change it in the job file, or run the job without a folder for outputs.",
            )
        return self.outputs / text

    def told(self, path: Path) -> str:
        """Return a path as the caller of the job finds it: relative to where the caller stands, unless it is absolute."""
        return Path(os.path.normpath(path)).as_posix()

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
        return replace(mask, name=mask.name or address.name or address.selector)

    def place(self, mask: Mask, target: Geometry, identity: Identity, *, what: tuple[str, str]) -> Placed:
        """Bring a region onto a grid, volume-true, after patient and frame of reference were checked.

        Raises
        ------
        IdentityError
            If patients differ, or frames differ and no chain of the case's accepted transforms joins them.
        InputError
            If several chains do and the choice is not ours.
        GeometryError
            If the region does not fit into the grid, or a deformable transform does not cover it.
        """
        remarks = list(require_same_patient(mask.identity, identity, what=what, same=self.same_patient))
        own = as_declared(mask.identity, identity, self.same_patient)
        way = way_between(self.opened, own, identity, what)
        if way is None and mask.geometry.is_same_grid(target):
            return Placed(mask=replace(mask, identity=own), resampled=None, remarks=tuple(remarks))
        transform = way.transform if way is not None else Transform()
        remarks += [way.remark] if way is not None else []
        progress = part(self.progress, 0.3, 0.4)
        if transform.matrix is None:
            result = carry_region(mask, target, transform, progress=progress)
            how = "Carried by a deformable transform"
        else:
            result = resample_volume_true(mask, target, matrix=transform.matrix, progress=progress)
            how = "Resampled volume-true"
        _, stored = on_grid(target)
        step = f"{how} to a grid of {target}: {result.source_ml:.3f} ml became {result.target_ml:.3f} ml."
        carried = way.identity if way is not None else own
        placed = replace(
            mask, array=result.array, geometry=target, stored=stored, identity=carried, history=(*mask.history, step)
        )
        return Placed(mask=placed, resampled=result, remarks=tuple(remarks))

    def place_image(
        self, image: Image, target: Geometry, identity: Identity, *, what: tuple[str, str], interpolation: str = "linear"
    ) -> tuple[Image, tuple[str, ...]]:
        """Bring an image onto a grid, interpolated once, after patient and frame of reference were checked.

        Returns
        -------
        Image, tuple of str
            The image itself when it lies there already; what is worth telling.

        Raises
        ------
        IdentityError, InputError
            As `place`.
        """
        remarks = list(require_same_patient(image.identity, identity, what=what, same=self.same_patient))
        own = as_declared(image.identity, identity, self.same_patient)
        way = way_between(self.opened, own, identity, what)
        if way is None and image.geometry.is_same_grid(target):
            return replace(image, identity=own), tuple(remarks)
        transform = way.transform if way is not None else Transform()
        remarks += [way.remark] if way is not None else []
        progress = part(self.progress, 0.3, 0.9)
        moved = resample_image(image, target, interpolation=interpolation, transform=transform, progress=progress)
        moved = resting_on(moved, [image])
        return replace(moved, identity=way.identity if way is not None else own), tuple(remarks)

    def corners_on(self, image: Image, target: Image, name: str) -> NDArray[np.float64]:
        """Return the corners of an image, (8, 3), LPS mm in the frame of another; checked as `place_image` checks.

        Raises
        ------
        IdentityError, InputError
            As `place_image`.
        """
        what = (f'The image "{name}"', "the common grid")
        require_same_patient(image.identity, target.identity, what=what, same=self.same_patient)
        own = as_declared(image.identity, target.identity, self.same_patient)
        way = way_between(self.opened, own, target.identity, what)
        return (way.transform if way is not None else Transform()).apply(image.geometry.corners())

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
            self._stacks[key] = read_stack(address.path, address.selector or None, part(self.progress, 0.0, 0.1))
        self._require_of_case(address, self._stacks[key].identity)
        return self._stacks[key]

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
        self.heard += [f'ROI "{mask.name}": {remark}' for remark in remarks if f'ROI "{mask.name}": {remark}' not in self.heard]
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
        series = ", ".join(structures.referenced_series) or "none"
        raise InputError(
            f'"{address.path}" was drawn on series {series}, which is not among the images given.',
            "Name the image it was drawn on with --drawn-on (segment and export: --image), or in the case file.",
        )


def _number(address: Address, what: str) -> int | None:
    if not address.selector:
        return None
    if not address.selector.isdecimal():
        raise InputError(f'"{address.selector}" in "{address}" is not a {what}.', "Give a whole number after #.")
    return int(address.selector)


def _refuse_dicom_file(path: Path) -> None:
    if not is_volume_file(path):
        raise InputError(
            f'"{path}" is not an image this software reads.',
            "Give a NIfTI, NRRD or MHA file, a DICOM folder, or FOLDER#SeriesInstanceUID.",
        )
