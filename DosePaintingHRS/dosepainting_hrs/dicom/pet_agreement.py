"""Whether all slices of a PET series say the same of patient, injection and units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydicom import Dataset

from ..acquisition import Differing
from .values import items, number, raw_text, text

_OF_SERIES = (
    ("units", "Units", "Units (0054,1001)"),
    ("decay_correction", "DecayCorrection", "DecayCorrection (0054,1102)"),
    ("suv_type", "SUVType", "SUVType (0054,1006)"),
    ("weight_kg", "PatientWeight", "PatientWeight (0010,1030)"),
    ("height_m", "PatientSize", "PatientSize (0010,1020)"),
    ("sex", "PatientSex", "PatientSex (0010,0040)"),
)
_TRACERS = "RadiopharmaceuticalInformationSequence"
_OF_TRACER = (
    ("injected_dose_bq", "RadionuclideTotalDose", "RadionuclideTotalDose (0018,1074)"),
    ("half_life_s", "RadionuclideHalfLife", "RadionuclideHalfLife (0018,1075)"),
    ("injection_time", "RadiopharmaceuticalStartTime", "RadiopharmaceuticalStartTime (0018,1072)"),
    ("injection_datetime", "RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStartDateTime (0018,1078)"),
)


def differing_values(headers: Sequence[Dataset]) -> tuple[Differing, ...]:
    """Find what should be one value in a whole PET series and is not.

    Parameters
    ----------
    headers : sequence of Dataset
        One per slice.

    Returns
    -------
    tuple of Differing
        Empty when they agree. A value that some slices lack does not contradict the others.
    """
    found = [_differing(field, keyword, tag, _distinct(headers, keyword)) for field, keyword, tag in _OF_SERIES]
    tracers = [one for header in _distinct(headers, _TRACERS) for one in items(header, _TRACERS)[:1]]
    found += [_differing(field, keyword, tag, tracers) for field, keyword, tag in _OF_TRACER]
    return tuple(one for one in found if len(one.values) > 1)


def _distinct(headers: Sequence[Dataset], keyword: str) -> Iterable[Dataset]:
    """Return one header for each distinct raw value: slices share the few that there are."""
    return {raw_text(header, keyword): header for header in reversed(headers)}.values()


def _differing(field: str, keyword: str, tag: str, headers: Iterable[Dataset]) -> Differing:
    # 70 and 70.0 are one weight.
    values = {number(one, keyword) or text(one, keyword): text(one, keyword) for one in headers if text(one, keyword)}
    return Differing(field=field, tag=tag, values=tuple(sorted(values.values())))
