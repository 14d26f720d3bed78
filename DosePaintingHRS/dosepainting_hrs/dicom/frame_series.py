"""A dynamic PET, DWI or DCE acquisition with its voxels: frame by frame, rescaled slice by slice, in canonical axis order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from ..acquisition import PetAcquisition
from ..errors import DicomError
from ..geometry import Array
from ..image import on_grid
from ..image_frames import Frames, times_in_words
from ..progress import Progress, part, silent
from .frame_choice import choose_frames
from .frame_order import FrameOrder, order_frames
from .frame_times import frame_infos
from .frame_types import without_maps
from .headers import DicomFile
from .image_series import quantity_of_series, refuse_lost_values, rescale_of
from .layout import Layout, lay_out
from .multi_frame import flat_slices
from .patient import identity_of
from .pet_header import pet_acquisition
from .pixels import stored_frames
from .stack import Stack
from .stacking import series_in_words
from .values import items, raw_text, text, whole


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameStack:
    """The slices of an acquisition on their grid, frame by frame; no pixels.

    Parameters
    ----------
    files : tuple of Path
        File of each header.
    numbers : tuple of int
        Frame of that file, from 0.
    headers : tuple of Dataset
        One header for each slice of each frame.
    order : FrameOrder
        Which slice belongs to which frame.
    stack : Stack
        The first frame.
    remarks : tuple of str
        What is worth telling.
    """

    files: tuple[Path, ...]
    numbers: tuple[int, ...]
    headers: tuple[Dataset, ...]
    order: FrameOrder
    stack: Stack
    remarks: tuple[str, ...] = ()

    def stack_of(self, frame: int) -> Stack:
        """Return the slices of one frame."""
        slices = self.order.frames[frame]
        files, headers = tuple(self.files[one] for one in slices), tuple(self.headers[one] for one in slices)
        return replace(self.stack, files=files, headers=headers)


def read_frame_stack(folder: Path, selector: str = "", progress: Progress = silent) -> FrameStack:
    """Find an acquisition of several frames below a folder and sort its slices; no pixels are read.

    Parameters
    ----------
    folder, selector, progress
        As in `choose_frames`.

    Raises
    ------
    DicomError
        If there is none or more than one, its slices make no grid, or a frame is missing, doubled or cannot be told.
    IdentityError
        If the slices belong to several patients or frames of reference.
    """
    chosen, remarks, mappings = choose_frames(folder, selector, progress)
    found = frame_stack([file for files in chosen for file in files], remarks)
    return replace(found, stack=replace(found.stack, mappings=mappings))


def frame_stack(files: Sequence[DicomFile], remarks: Sequence[str] = ()) -> FrameStack:
    """Sort the slices of one acquisition into frames, as `read_frame_stack` does."""
    where = series_in_words(files[0].header)
    try:
        paths, numbers, headers = flat_slices([file.path for file in files], [file.header for file in files])
    except DicomError as error:
        raise DicomError(f"{where} cannot be loaded. {error.message}", error.hint) from error
    kept, left_out = without_maps(headers)
    paths, numbers = tuple(paths[place] for place in kept), tuple(numbers[place] for place in kept)
    headers = tuple(headers[place] for place in kept)
    layout = lay_out(headers)
    _require_grid(layout, where, _copies(files))
    try:
        order = order_frames(headers, layout.places)
    except DicomError as error:
        raise DicomError(f"{where} cannot be loaded. {error.message}", error.hint) from error
    _require_announced(headers, len(order.frames), where)
    if layout.geometry is None:
        raise DicomError(f"{where} cannot be loaded: its slices make no grid.", "Export the series again from its source.")
    identity = identity_of(headers[0])
    series = tuple(dict.fromkeys(text(file.header, "SeriesInstanceUID") for file in files))
    first = order.frames[0]
    stack = Stack(
        files=tuple(paths[one] for one in first),
        headers=tuple(headers[one] for one in first),
        geometry=layout.geometry,
        identity=replace(identity, series=series),
    )
    return FrameStack(
        files=paths,
        numbers=numbers,
        headers=headers,
        order=order,
        stack=stack,
        remarks=(*remarks, *left_out, *layout.remarks, *order.remarks),
    )


def load_frames(found: FrameStack, progress: Progress = silent) -> Frames:
    """Read the voxels of an acquisition.

    Parameters
    ----------
    found : FrameStack
        The acquisition, as `read_frame_stack` found it.
    progress : callable
        Told the share of slices read.

    Returns
    -------
    Frames, (t, z, y, x)
        int16 or int32 where every slope is 1 and every intercept 0; otherwise float32, computed in double precision with
        the slope and intercept of each slice.

    Raises
    ------
    DicomError
        If a file is damaged, rescale values are missing, or the frames of a PET do not fit together.
    """
    quantity = quantity_of_series(found.stack.first)
    acquisitions: tuple[PetAcquisition | None, ...] = (None,) * len(found.order.frames)
    if text(found.stack.first, "Modality") == "PT":
        acquisitions = _pet(found)
    infos, began, remarks = frame_infos([[found.headers[one] for one in row] for row in found.order.frames], acquisitions)
    geometry, stored = on_grid(found.stack.geometry)
    rescales = [rescale_of(header) for header in found.headers]
    array = np.empty((len(infos), *geometry.shape), _type_of(found.headers, rescales))
    planes: list[NDArray[Any]] = [stored.axes.restore(array[frame]) for frame in range(len(array))]
    for slot, values in _pixels(found, part(progress, 0.0, 1.0)):
        frame, place = slot
        slope, intercept = rescales[found.order.frames[frame][place]]
        exact = array.dtype.kind == "i"
        refuse_lost_values(values, slope, f"slice {place + 1} of frame {frame + 1}")
        planes[frame][place] = values if exact else values.astype(np.float64) * slope + intercept
    description = text(found.stack.first, "SeriesDescription")
    named = f' "{description}"' if description else ""
    told = f"Loaded {text(found.stack.first, 'Modality')} series {', '.join(found.stack.identity.series[:3])}"
    told += f" and {len(found.stack.identity.series) - 3} more" if len(found.stack.identity.series) > 3 else ""
    sentence = (
        f"{told}{named}: {times_in_words(infos)}, told apart by {found.order.by}; {len(found.headers)} slices, {quantity}."
    )
    return Frames(
        array=array,
        geometry=geometry,
        stored=stored,
        identity=found.stack.identity,
        history=(sentence,),
        quantity=quantity,
        infos=infos,
        began=began,
        remarks=(*found.remarks, *remarks),
    )


def _copies(files: Sequence[DicomFile]) -> int:
    return len(files) - len({text(file.header, "SOPInstanceUID") for file in files})


def _require_grid(layout: Layout, where: str, copies: int) -> None:
    for flaw in layout.flaws:
        raise type(flaw)(f"{where} cannot be loaded. {flaw.message}", flaw.hint)
    if copies:
        raise DicomError(
            f"{where} cannot be loaded. {copies} of its files are copies: they carry the SOPInstanceUID of another one.",
            "Remove the copies from the folder.",
        )
    if layout.repeated is None:
        raise DicomError(
            f"{where} holds one image at each place; several frames are needed.",
            "Give a dynamic or diffusion series; series that belong together are named FOLDER#UID+UID.",
        )


def _require_announced(headers: Sequence[Dataset], frames: int, where: str) -> None:
    for keyword, words in (("NumberOfTimeSlices", "(0054,0101)"), ("NumberOfTemporalPositions", "(0020,0105)")):
        announced = whole(headers[0], keyword)
        if announced and announced > 1 and announced != frames:
            raise DicomError(
                f"{where} cannot be loaded. {keyword} {words} announces {announced} frames, {frames} are there.",
                "Copy or export the series again, complete.",
            )


def _pet(found: FrameStack) -> tuple[PetAcquisition, ...]:
    # Slices share the few distinct values; taking a sequence apart 1,500 times takes as long as reading the pixels.
    distinct = {raw_text(header, "RadiopharmaceuticalInformationSequence"): header for header in found.headers}
    if any(len(items(header, "RadiopharmaceuticalInformationSequence")) > 1 for header in distinct.values()):
        raise DicomError(
            "The PET names more than one injection in RadiopharmaceuticalInformationSequence (0054,0016).",
            "Frames of two tracers or two injections cannot be told apart; use a series of one injection.",
        )
    made = tuple(pet_acquisition(found.stack_of(frame)) for frame in range(len(found.order.frames)))
    injections = {(one.injection_time, one.injection_datetime, one.injected_dose_bq, one.nuclide) for one in made}
    if len(injections) > 1:
        raise DicomError(
            f"The frames of the PET name {len(injections)} different injections (time, dose or nuclide).",
            "Frames of two injections do not make one curve; separate them.",
        )
    return made


def _type_of(headers: Sequence[Dataset], rescales: Sequence[tuple[float, float]]) -> type[np.generic]:
    """Return the smallest type that holds what the headers allow."""
    if any(rescale != (1.0, 0.0) for rescale in rescales):
        return np.float32
    bits = max(whole(header, "BitsStored") or 16 for header in headers)
    unsigned = any(not whole(header, "PixelRepresentation") for header in headers)
    return np.int16 if bits + unsigned <= 16 else np.int32


def _pixels(found: FrameStack, progress: Progress) -> Iterator[tuple[tuple[int, int], Array]]:
    """Read each file once; give each slice with its frame and place."""
    slots = {index: (frame, place) for frame, row in enumerate(found.order.frames) for place, index in enumerate(row)}
    total, step = len(found.files), math.ceil(len(found.files) / 200)
    opened: tuple[Path | None, Array] = (None, np.empty(0))
    own_header = len(set(found.files)) == total
    for index, path in enumerate(found.files):
        if index % step == 0:
            progress(index / total, "Reading slices")
        if path != opened[0]:
            opened = (path, stored_frames(path, found.headers[index] if own_header else None))
        yield slots[index], opened[1][found.numbers[index]]
    progress(1.0, "Slices read")
