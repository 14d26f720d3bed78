"""The scale of an ADC map that a scanner made: what its header states, else a short list of conventions, told every time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom import Dataset

from ..errors import DicomError
from ..geometry import Array
from ..quantities import ADC, MR_SIGNAL, Quantity
from .diffusion import binary_number
from .real_world import mappings_of
from .values import number, text, texts

_PHILIPS_SLOPE, _PHILIPS_INTERCEPT = 0x2005100E, 0x2005100D
_UNIT = re.compile(r"(?:(?:1?e|10|1x10|x10)-(\d{1,2})[.x]?)?(um|mm|cm|m)2/s")
_IN_UM2 = {"um": 1.0, "mm": 1e6, "cm": 1e8, "m": 1e12}
_TISSUE_UM2 = (100.0, 4500.0)
"""Between these lies the median of what diffuses in a body, um2/s: free water at 40 degrees has 3200."""
_AGREES = 0.01
_SAME = 1e-4
"""Two mappings of one slice in different units agree within this; slopes are written with few digits."""
_AGAIN = "Export the map again from its source, or make it from the diffusion series: map adc --frames DWI."


@dataclass(frozen=True, kw_only=True)
class AdcScale:
    """How the stored values of an ADC map become um2/s.

    Parameters
    ----------
    rescales : tuple of tuple of float
        Slope and intercept of each slice.
    told : str
        Where the scale comes from, as a sentence; empty for what is no ADC map.
    quantity : Quantity
        ADC, or MR signal where the header leaves the scale open so far.
    """

    rescales: tuple[tuple[float, float], ...]
    told: str = ""
    quantity: Quantity = MR_SIGNAL


def is_adc_map(header: Dataset) -> bool:
    """Tell whether an MR slice belongs to an ADC map, by ImageType or by what its real world values are named."""
    if text(header, "Modality") != "MR":
        return False
    return "ADC" in texts(header, "ImageType") or any(
        "diffusion coefficient" in one.quantity.lower() for one in mappings_of([header])
    )


def adc_scale(headers: Sequence[Dataset], rescales: Sequence[tuple[float, float]]) -> AdcScale:
    """Return how the stored values of an MR series become um2/s, as far as its headers tell.

    Parameters
    ----------
    headers : sequence of Dataset
        One per slice.
    rescales : sequence of tuple of float
        RescaleSlope and RescaleIntercept of each slice.

    Returns
    -------
    AdcScale
        In this order: a Real World Value Mapping whose unit is one of diffusion; RescaleType naming such a unit; Siemens'
        maps that are not rescaled, which store 1e-6 mm2/s. Otherwise MR signal, and `by_values` has to look.

    Raises
    ------
    DicomError
        If slices are scaled in different units, or only some of them, or two mappings contradict each other.
    """
    plain = AdcScale(rescales=tuple(rescales))
    if not is_adc_map(headers[0]):
        return plain
    mapped = _by_mapping(headers)
    if mapped is not None:
        return mapped
    named = _rescale_type(headers)
    factor = unit_in_um2_s(named)
    if factor is not None:
        scaled = tuple((slope * factor, shift * factor) for slope, shift in rescales)
        return AdcScale(rescales=scaled, quantity=ADC, told=f'ADC by RescaleType (0028,1054), which is "{named}".')
    if "SIEMENS" in text(headers[0], "Manufacturer").upper() and set(rescales) == {(1.0, 0.0)}:
        return AdcScale(
            rescales=tuple(rescales),
            quantity=ADC,
            told="Convention: an ADC map of Siemens that is not rescaled stores 1e-6 mm2/s.",
        )
    return plain


def _by_mapping(headers: Sequence[Dataset]) -> AdcScale | None:
    """Return the scale of Real World Value Mappings in a unit of diffusion; None where no slice has one."""
    found = [(one, factor) for one in mappings_of(headers) if (factor := unit_in_um2_s(one.unit)) is not None]
    scales = [
        [
            None if slope is None or shift is None else (slope * factor, shift * factor)
            for slope, shift in zip(mapping.slopes, mapping.intercepts, strict=True)
        ]
        for mapping, factor in found
    ]
    if not scales:
        return None
    counts = [sum(one is not None for one in pairs) for pairs in scales]
    if min(counts) < len(headers):
        told = " and ".join(f"{mapping.unit} for {count}" for (mapping, _), count in zip(found, counts, strict=True))
        raise DicomError(
            f"The Real World Value Mappings of the ADC map give its scale in {told} of its {len(headers)} slices; "
            "one unit for all of them is needed.",
            _AGAIN,
        )
    first, *others = (np.array(pairs) for pairs in scales)
    if any(not np.allclose(first, one, rtol=_SAME) for one in others):
        raise DicomError(
            "The Real World Value Mappings of the ADC map contradict each other: those in "
            f"{' and '.join(mapping.unit for mapping, _ in found)} give different values.",
            _AGAIN,
        )
    mapping = found[0][0]
    pairs = tuple((float(slope), float(shift)) for slope, shift in first)
    return AdcScale(rescales=pairs, quantity=ADC, told=f"ADC by the real world values of {mapping.where}, in {mapping.unit}.")


def _rescale_type(headers: Sequence[Dataset]) -> str:
    """Return what RescaleType says; it must say the same for all slices where it names a unit of diffusion."""
    kinds = tuple(dict.fromkeys(text(header, "RescaleType") for header in headers))
    if len(kinds) > 1 and any(unit_in_um2_s(one) is not None for one in kinds):
        raise DicomError(
            f"RescaleType (0028,1054) gives the ADC map different units: {' and '.join(one or 'none' for one in kinds)}; "
            "one for all slices is needed.",
            _AGAIN,
        )
    return kinds[0]


def by_values(headers: Sequence[Dataset], values: Array) -> tuple[float, str, Quantity]:
    """Find the scale of an ADC map whose headers name no unit, from its values.

    Two scales are in use, 1e-6 and 1e-3 mm2/s, and no tissue lies between: their ranges are a thousandfold apart.

    Parameters
    ----------
    headers : sequence of Dataset
        One per slice.
    values : array
        Rescaled values.

    Returns
    -------
    factor : float
        To um2/s; 1 where the scale stays open.
    told : str
        What was found, as a sentence; empty for what is no ADC map.
    quantity : Quantity
        ADC, or MR signal where the scale stays open.
    """
    if not is_adc_map(headers[0]):
        return 1.0, "", MR_SIGNAL
    exact = values.astype(np.float64)
    inside = exact[np.isfinite(exact) & (exact > 0)]
    median = float(np.median(inside)) if inside.size else 0.0
    open_still = f"ImageType says ADC, but no tag names a unit and the median of the values above 0 is {median:.4g}"
    found = [unit for unit in (1.0, 1000.0) if _TISSUE_UM2[0] <= median * unit <= _TISSUE_UM2[1]]
    if not found:
        return 1.0, f"{open_still}, which fits neither 1e-6 nor 1e-3 mm2/s: taken as MR signal.", MR_SIGNAL
    other = _philips_differs(headers)
    if other:
        return 1.0, f"{open_still}; {other}: taken as MR signal.", MR_SIGNAL
    unit = "1e-6" if found[0] == 1.0 else "1e-3"
    told = f"Convention: {open_still}, which fits {unit} mm2/s only; taken as that."
    return found[0], told, ADC


def _philips_differs(headers: Sequence[Dataset]) -> str:
    """Say when Philips' own scale (2005,100D) and (2005,100E) leads to other values than RescaleSlope, powers of 1000 aside."""
    if "PHILIPS" not in text(headers[0], "Manufacturer").upper():
        return ""
    for header in headers:
        slope, shift = (binary_number(header, tag, "<f") for tag in (_PHILIPS_SLOPE, _PHILIPS_INTERCEPT))
        rescale, intercept = number(header, "RescaleSlope") or 1.0, number(header, "RescaleIntercept") or 0.0
        if not slope:
            continue
        # Stored values less the private intercept, over the private slope, are "floating-point values".
        ratio = 1.0 / (slope * rescale)
        nearest = 1000.0 ** round(float(np.log(abs(ratio)) / np.log(1000.0)))
        if abs(ratio / nearest - 1.0) > _AGREES or abs(intercept / rescale + (shift or 0.0)) > 0.5:
            return f"Philips' private scale (2005,100E) {slope:g} leads to other values than RescaleSlope {rescale:g}"
    return ""


def unit_in_um2_s(named: str) -> float | None:
    """Return what one of a unit of diffusion is in um2/s; None for what is no such unit.

    Parameters
    ----------
    named : str
        UCUM or as scanners spell it: ``um2/s``, ``mm2/s``, ``10-6.mm2/s``, ``1E-6 mm^2/s``, ``x10^-3 mm²/s``.
    """
    plain = named.lower().replace("²", "2").replace("µ", "u").replace("\u03bc", "u").replace("sec", "s")
    match = _UNIT.fullmatch(re.sub(r"[\s^*(){}\[\]]", "", plain))
    return None if match is None else _IN_UM2[match[2]] * 10.0 ** -int(match[1] or 0)
