"""An image series with its voxels: rescaled slice by slice, in canonical axis order, with quantity and identity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from ..acquisition import PetAcquisition
from ..errors import DicomError
from ..geometry import Array
from ..image import Image, on_grid
from ..progress import Progress, each, silent
from ..quantities import (
    ACTIVITY_CONCENTRATION,
    ADC,
    HOUNSFIELD,
    MR_SIGNAL,
    SUV_BSA,
    SUV_BW,
    SUV_IBW,
    SUV_LBM,
    SUV_LBM_JAMES128,
    SUV_LBM_JANMA,
    Quantity,
)
from ..reconstruction import reconstruction_facts
from ..working import CONVENTION, INPUT, STEP, Fact, sentences
from .adc_scale import adc_scale, by_values
from .lossy import lossy_compression
from .pet_header import pet_acquisition
from .pixels import stored_frames, stored_values
from .stack import Stack
from .values import number, text

_SUV_TYPES = {
    "": SUV_BW,
    "BW": SUV_BW,
    "LBM": SUV_LBM,
    "LBMJAMES128": SUV_LBM_JAMES128,
    "LBMJANMA": SUV_LBM_JANMA,
    "IBW": SUV_IBW,
}


def load_image(stack: Stack, progress: Progress = silent) -> Image:
    """Read the voxels of a series.

    Parameters
    ----------
    stack : Stack
        The series, as `read_stack` laid it on its grid.
    progress : callable
        Told the share of slices read.

    Returns
    -------
    Image, (z, y, x)
        int16 or int32 where every slope is 1 and every intercept whole; otherwise float32, computed in double
        precision with the slope and intercept of each slice. The first sentence of its history names the series;
        of a PET the next ones say what the header tells of scanner and reconstruction.

    Raises
    ------
    DicomError
        If a file is truncated or damaged, CT or PET lack the rescale values that give their numbers a meaning, or slices of
        a PET differ in unit.
    DependencyError
        If nothing that is installed decodes the transfer syntax.

    Notes
    -----
    An MR series is "MR signal" even where it is a map, with one exception: ADC maps that scanners made, whose scale
    `adc_scale` finds; they become um2/s, which is 1e-6 mm2/s.
    """
    scale = adc_scale(stack.headers, [rescale_of(header) for header in stack.headers])
    planes = list(_planes(stack, progress))
    geometry, stored = on_grid(stack.geometry)
    array = np.ascontiguousarray(stored.axes.apply(_rescaled(planes, scale.rescales)))
    quantity, told, factor = quantity_of_series(stack.first), scale.told, 1.0
    if quantity == MR_SIGNAL:
        quantity = scale.quantity
        if not told:
            factor, told, quantity = by_values(stack.headers, array)
            array = array if factor == 1.0 else (array.astype(np.float64) * factor).astype(np.float32)
    acquisition = pet_acquisition(stack) if text(stack.first, "Modality") == "PT" else None
    if acquisition is not None:
        _require_one_unit(acquisition)
    facts = reconstruction_facts(acquisition) if acquisition is not None else ()
    if told:
        kind = CONVENTION if told.startswith("Convention") else STEP
        facts = (Fact(kind=kind, text=told, factor=_mean_slope(scale.rescales) * factor, warns=quantity != ADC),)
    lossy = lossy_compression(stack.headers)
    if lossy:
        facts = (*facts, Fact(kind=INPUT, text=lossy, tag="LossyImageCompression (0028,2110)", warns=True))
    return Image(
        array=array,
        geometry=geometry,
        stored=stored,
        identity=stack.identity,
        history=(_told(stack, quantity), *sentences(facts)),
        quantity=quantity,
        acquisition=acquisition,
        working=facts,
    )


def _require_one_unit(acquisition: PetAcquisition) -> None:
    for one in acquisition.differing:
        if one.field in {"units", "suv_type"}:
            raise DicomError(
                f"{one.tag} differs between slices of the PET series: {' and '.join(one.values)}; they do not make one image.",
                "Two series may be mixed: find out which slices belong together, and export them as series of their own.",
            )


def _planes(stack: Stack, progress: Progress) -> Iterator[NDArray[np.number[Any]]]:
    """Read the slices in their order; the frames of a file are read once, as they may lie in any order in it."""
    if not stack.numbers:
        for file in each(stack.files, progress, "Reading slices"):
            yield stored_values(file)
        return
    held: dict[Path, NDArray[np.number[Any]]] = {}
    for file, number_ in each(tuple(zip(stack.files, stack.numbers, strict=True)), progress, "Reading frames"):
        if file not in held:
            held[file] = stored_frames(file)
        yield held[file][number_]


def quantity_of_series(header: Dataset) -> Quantity:
    """Return what the rescaled values of a series mean, by Modality, Units, SUVType and RescaleType; MR is signal.

    Parameters
    ----------
    header : Dataset
        Header of one slice.
    """
    modality = text(header, "Modality")
    if modality == "CT":
        kind = text(header, "RescaleType")
        return HOUNSFIELD if kind in {"", "HU"} else Quantity("CT signal", kind)
    if modality == "PT":
        return _pet_quantity(text(header, "Units"), text(header, "SUVType"))
    if modality == "MR":
        return MR_SIGNAL
    return Quantity(f"{modality or 'unknown'} signal", "1")


def _pet_quantity(units: str, suv_type: str) -> Quantity:
    if units == "BQML":
        return ACTIVITY_CONCENTRATION
    if units == "GML":
        return _SUV_TYPES.get(suv_type, Quantity(f"SUV ({suv_type})", "g/ml"))
    if units == "CM2ML":
        return SUV_BSA
    return Quantity("PET signal", units or "unknown")


def rescale_of(header: Dataset) -> tuple[float, float]:
    """Return slope and intercept of a slice; 1 and 0 where MR has none.

    Raises
    ------
    DicomError
        If CT or PET lack them, or a lookup table gives the values.
    """
    modality = text(header, "Modality")
    if "ModalityLUTSequence" in header:
        raise DicomError(
            f"The {modality} series gives its values by a lookup table (Modality LUT), which is not supported.",
            "Export it with RescaleSlope and RescaleIntercept instead.",
        )
    values = []
    for tag, neutral in (("RescaleSlope", 1.0), ("RescaleIntercept", 0.0)):
        value = number(header, tag)
        if value is None and (text(header, tag) or modality in {"CT", "PT"}):
            said = f'is "{text(header, tag)}"' if text(header, tag) else "is missing"
            raise DicomError(
                f"{tag} {said} in a slice of the {modality} series; without it the stored values have no meaning.",
                "Export the series again from its source.",
            )
        values.append(neutral if value is None else value)
    return values[0], values[1]


def refuse_lost_values(plane: NDArray[Any], slope: float, which: str) -> None:
    """Refuse a slope of 0, except for a slice that is empty anyway.

    Raises
    ------
    DicomError
        If values other than 0 would be lost.
    """
    if slope == 0.0 and plane.any():
        raise DicomError(
            f"RescaleSlope (0028,1053) is 0 in {which}, whose stored values are not 0: they would be lost.",
            "Export the series again from its source.",
        )


def _rescaled(planes: Sequence[NDArray[np.number[Any]]], rescales: Sequence[tuple[float, float]]) -> Array:
    shape = (len(planes), *planes[0].shape)
    whole = all(slope == 1.0 and intercept.is_integer() for slope, intercept in rescales)
    if whole and all(np.issubdtype(plane.dtype, np.integer) for plane in planes):
        lowest = min(int(plane.min()) + int(intercept) for plane, (_, intercept) in zip(planes, rescales, strict=True))
        highest = max(int(plane.max()) + int(intercept) for plane, (_, intercept) in zip(planes, rescales, strict=True))
        for dtype in (np.int16, np.int32):
            if np.iinfo(dtype).min <= lowest and highest <= np.iinfo(dtype).max:
                integers = np.empty(shape, dtype)
                for k, (plane, (_, intercept)) in enumerate(zip(planes, rescales, strict=True)):
                    # Unsigned 16-bit values minus 1024 need the wider type on the way.
                    integers[k] = plane if intercept == 0 else plane.astype(np.int64) + int(intercept)
                return integers
    values = np.empty(shape, np.float32)
    for k, (plane, (slope, intercept)) in enumerate(zip(planes, rescales, strict=True)):
        refuse_lost_values(plane, slope, f"slice {k + 1} of {len(planes)}")
        values[k] = plane.astype(np.float64) * slope + intercept
    return values


def _mean_slope(rescales: Sequence[tuple[float, float]]) -> float:
    return float(np.mean([slope for slope, _ in rescales]))


def _told(stack: Stack, quantity: Quantity) -> str:
    description = text(stack.first, "SeriesDescription")
    named = f' "{description}"' if description else ""
    modality = text(stack.first, "Modality")
    count = len(stack.files)
    files = f"{count} slice{'s' * (count != 1)}"
    return f"Loaded {modality} series {text(stack.first, 'SeriesInstanceUID')}{named}: {files}, {quantity}."
