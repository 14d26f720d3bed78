"""Header values that somebody supplies by hand: put in place, and on record."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..acquisition import PetAcquisition
from ..errors import ParameterError
from ..identity import Supplied
from ..working import SUPPLIED, Fact
from .suv_parameters import DecayCorrection, Sex, SuvParameters, Units

SOMEBODY = "the person who made the map"
_DATE_TIME = re.compile(r"(?:(\d{4})-?(\d{2})-?(\d{2})[ T]?)?(\d{2}):?(\d{2})(?::?(\d{2}(?:\.\d{1,6})?))?")


@dataclass(kw_only=True)
class ByHand:
    """A header with values supplied by hand in it.

    Parameters
    ----------
    acquisition : PetAcquisition
        The header with them.
    facts : list of Fact
        One per value.
    supplied : list of Supplied
        The same, for the identity of what is made.
    """

    acquisition: PetAcquisition
    facts: list[Fact] = field(default_factory=list)
    supplied: list[Supplied] = field(default_factory=list)


@dataclass(frozen=True)
class _Value:
    field: str
    tag: str
    given: Any
    text: str
    unit: str = ""
    number: float | None = None


def with_values_by_hand(acquisition: PetAcquisition, chosen: SuvParameters) -> ByHand:
    """Put what was supplied by hand into a header.

    Parameters
    ----------
    acquisition : PetAcquisition
        As the file has it.
    chosen : SuvParameters
        May hold values by hand.

    Raises
    ------
    ParameterError
        If the injection time is not understood, or a value contradicts the header and nobody signs for it with a reason.
    """
    found = ByHand(acquisition=acquisition)
    for value in (*_numbers(chosen), *_choices(chosen), *_injection(chosen), *_attenuation(acquisition, chosen)):
        _put(found, value, chosen)
    return found


def _numbers(chosen: SuvParameters) -> list[_Value]:
    def one(name: str, tag: str, given: float | None, unit: str, stored: Callable[[float], float]) -> list[_Value]:
        return [] if given is None else [_Value(name, tag, stored(given), f"{given:g} {unit}", unit, given)]

    return [
        *one("weight_kg", "PatientWeight (0010,1030)", chosen.weight, "kg", float),
        *one("height_m", "PatientSize (0010,1020)", chosen.height, "cm", lambda cm: cm / 100.0),
        *one("injected_dose_bq", "RadionuclideTotalDose (0018,1074)", chosen.injected_dose, "MBq", lambda mbq: mbq * 1e6),
        *one("half_life_s", "RadionuclideHalfLife (0018,1075)", chosen.half_life, "s", float),
        *one("dose_calibration_factor", "DoseCalibrationFactor (0054,1322)", chosen.dose_calibration_factor, "Bq s", float),
    ]


def _choices(chosen: SuvParameters) -> list[_Value]:
    given = (
        ("sex", "PatientSex (0010,0040)", chosen.sex, Sex.HEADER),
        ("units", "Units (0054,1001)", chosen.units, Units.HEADER),
        ("decay_correction", "DecayCorrection (0054,1102)", chosen.decay_correction, DecayCorrection.HEADER),
    )
    return [_Value(name, tag, one.value, str(one.value)) for name, tag, one, header in given if one is not header]


def _injection(chosen: SuvParameters) -> list[_Value]:
    text = chosen.injection_time.strip()
    if not text:
        return []
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ParameterError(
            f'Parameter "injection_time" is "{text}", which is no time that is understood.',
            "Write HH:MM:SS, or YYYY-MM-DD HH:MM:SS.",
        )
    year, month, day, hour, minute, second = match.groups()
    of_day = f"{hour}{minute}{second or '00'}"
    if year:
        tag = "RadiopharmaceuticalStartDateTime (0018,1078)"
        return [_Value("injection_datetime", tag, f"{year}{month}{day}{of_day}", text)]
    return [_Value("injection_time", "RadiopharmaceuticalStartTime (0018,1072)", of_day, text)]


def _attenuation(acquisition: PetAcquisition, chosen: SuvParameters) -> list[_Value]:
    if not chosen.attenuation_corrected or "ATTN" in acquisition.corrected_image:
        return []
    given = (*acquisition.corrected_image, "ATTN")
    return [_Value("corrected_image", "CorrectedImage (0028,0051)", given, "attenuation-corrected")]


def _put(found: ByHand, value: _Value, chosen: SuvParameters) -> None:
    before = _before(found.acquisition, value)
    if value.field == "injection_time" and not before and found.acquisition.injection_datetime:
        return  # The header says the same, and the day as well.
    found.acquisition = replace(found.acquisition, **{value.field: value.given})
    settled = {"injection_time", "injection_datetime"} if value.field.startswith("injection") else {value.field}
    differing = tuple(one for one in found.acquisition.differing if one.field not in settled)
    found.acquisition = replace(found.acquisition, differing=differing)
    if value.field.startswith("injection"):
        other = {"injection_time", "injection_datetime"} - {value.field}
        emptied: dict[str, Any] = dict.fromkeys(other)
        found.acquisition = replace(found.acquisition, **emptied)
    if before and not (chosen.supplied_by.strip() and chosen.supplied_reason.strip()):
        raise ParameterError(
            f"{value.tag} is {before} in the header, but {value.text} was given by hand; that needs a name and a reason.",
            "Give --supplied-by and --supplied-reason, or leave the value as the header has it.",
        )
    who, reason = chosen.supplied_by.strip() or SOMEBODY, chosen.supplied_reason.strip()
    instead = f"instead of {before}, which the header has" if before else "which the header does not have"
    signed = f" By {who}{f': {reason}' if reason else ''}."
    text = f"Supplied by hand: {value.tag} = {value.text}, {instead}.{signed if reason or before else ''}"
    found.facts.append(Fact(kind=SUPPLIED, text=text, tag=value.tag, value=value.number, unit=value.unit, warns=bool(before)))
    what = f"{value.tag} = {value.text}, supplied by hand"
    found.supplied.append(Supplied(what=what, who=who, reason=reason or "the header does not have it", when=""))


def _before(acquisition: PetAcquisition, value: _Value) -> str:
    """Say what the header has instead; empty when it has nothing, or the same."""
    for one in acquisition.differing:
        if one.field == value.field:
            return " and ".join(one.values)
    if value.field.startswith("injection"):
        stated = acquisition.injection_datetime or acquisition.injection_time or ""
        given, known = (one.strip().partition(".")[0] for one in (str(value.given), stated))
        return "" if given == known or (value.field == "injection_time" and given == known[8:]) else stated
    own = getattr(acquisition, value.field)
    if own is None or own == value.given or (isinstance(own, str) and not own):
        return ""
    if isinstance(own, float):
        return "" if abs(own - value.given) <= 1e-9 * abs(own) else f"{own:g}"
    return ", ".join(own) if isinstance(own, tuple) else str(own)
