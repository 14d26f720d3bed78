"""What an MR series is: T1, T2, DWI, ADC or DCE, by its own tags first and its description last."""

from __future__ import annotations

import re

from pydicom import Dataset

from .diffusion import b_values
from .role import Role, SeriesFacts
from .values import number, text, texts

_LOCALIZER = re.compile(r"(?<![a-z])(locali[sz]er|loc|scout|survey|tri[- ]?pilot|3[- ]?plane)(?![a-z])", re.IGNORECASE)
_ADC = re.compile(r"(?<![a-z])adc(?![a-z])|apparent.diffusion", re.IGNORECASE)
_DIFFUSION = re.compile(r"(?<![a-z])(dwi|diff\w*|trace\w*|b\d{2,4}|resolve)(?![a-z])", re.IGNORECASE)
_DYNAMIC = re.compile(r"(?<![a-z])(dce|dyn\w*|twist|perf\w*|wash[- ]?in)(?![a-z])", re.IGNORECASE)
_T1 = re.compile(r"(?<![a-z0-9])t1(?![0-9])|vibe|mp-?rage|flash|spgr|lava|thrive|bravo|(?<![a-z])tfe(?![a-z])", re.IGNORECASE)
_T2 = re.compile(r"(?<![a-z0-9])t2(?![0-9])|flair|haste|blade|(?<![a-z])stir(?![a-z])", re.IGNORECASE)
_T2_STAR = re.compile(r"t2\s?(\*|star)|swi|suscept", re.IGNORECASE)
_PROTON = re.compile(r"(?<![a-z])pd(?![a-z])|proton", re.IGNORECASE)
_PARAMETER_MAP = re.compile(r"(?<![a-z])(maps?|ktrans|ve|kep|iauc|ttp|fa|mip|sub(traction)?)(?![a-z])", re.IGNORECASE)
_FEWEST_PHASES = 3


def mr_role(series: SeriesFacts) -> tuple[Role, str]:
    """Say what an MR series is, and why.

    Order of the questions: localizer, ADC, diffusion, parameter map, time points, then weighting by the description and,
    where that is silent, by echo and repetition time.
    """
    header = series.first
    description = text(header, "SeriesDescription")
    if _LOCALIZER.search(description):
        return Role.LOCALIZER, f'SeriesDescription is "{description}"'
    kinds = texts(header, "ImageType")
    if "ADC" in kinds:
        return Role.ADC, f"ImageType says {_joined(kinds)}"
    if _ADC.search(description) and "ORIGINAL" not in kinds:
        return Role.ADC, f'SeriesDescription is "{description}", and the images are derived'
    diffusion = _diffusion(series, kinds, description)
    if diffusion:
        return Role.DWI, diffusion
    if _PARAMETER_MAP.search(description) and "DERIVED" in kinds:
        return Role.MR, f'SeriesDescription is "{description}": derived from other images'
    dynamic = _dynamic(series, description)
    if dynamic:
        return Role.DCE, dynamic
    return _weighting(header, description)


def _diffusion(series: SeriesFacts, kinds: tuple[str, ...], description: str) -> str:
    values, tag = b_values(series.headers)
    if values and max(values) > 0:
        told = f"{tag} gives b = {', '.join(f'{value:g}' for value in values)} s/mm2"
        return told + _calculated(series.first, values, description)
    if "DIFFUSION" in kinds or "TRACEW" in kinds:
        return f"ImageType says {_joined(kinds)}"
    if "EP" in texts(series.first, "ScanningSequence") and _DIFFUSION.search(description):
        return f'ScanningSequence is EP and SeriesDescription "{description}"'
    return ""


def _calculated(header: Dataset, values: tuple[float, ...], description: str) -> str:
    """Say that a b-value was calculated: its description says so, or it lies outside those the sequence's name lists."""
    sequence = text(header, "SequenceName")
    acquired = re.search(r"ep_b(\d+(?:_\d+)+)", sequence)
    listed = [float(value) for value in acquired[1].split("_")] if acquired else []
    if len(listed) > 1 and max(values) > max(listed):
        return f", calculated: SequenceName {sequence} was acquired up to b = {max(listed):g}"
    if re.search(r"calc|synth|computed", description, re.IGNORECASE):
        return f', calculated: SeriesDescription is "{description}"'
    return ""


def _dynamic(series: SeriesFacts, description: str) -> str:
    agent = text(series.first, "ContrastBolusAgent")
    named = bool(_DYNAMIC.search(description))
    if not agent and not named:
        return ""
    reasons = [f"contrast agent {agent}" if agent else "", f'SeriesDescription "{description}"' if named else ""]
    because = " and ".join(reason for reason in reasons if reason)
    repeats = series.layout.repeats if series.layout else 1
    if repeats >= _FEWEST_PHASES:
        return f"{repeats} time points at each slice position, {because}"
    if series.phases >= _FEWEST_PHASES:
        every = f" every {series.phase_spacing_s:.1f} s" if series.phase_spacing_s else ""
        return f"one of {series.phases} series on one grid that follow each other{every}, {because}"
    return ""


def _weighting(header: Dataset, description: str) -> tuple[Role, str]:
    echo, repetition, inversion = (number(header, tag) for tag in ("EchoTime", "RepetitionTime", "InversionTime"))
    times = [f"{name} {value:g} ms" for name, value in (("TE", echo), ("TR", repetition), ("TI", inversion)) if value]
    timing = f" ({', '.join(times)})" if times else ""
    said = f'SeriesDescription is "{description}"{timing}'
    if _PROTON.search(description):
        return Role.MR, f"{said}: proton density"
    if _T2_STAR.search(description):
        return Role.MR, f"{said}: T2*"
    if _PARAMETER_MAP.search(description):
        return Role.MR, f"{said}: a map"
    first, second = bool(_T1.search(description)), bool(_T2.search(description))
    if first != second:
        return (Role.T1 if first else Role.T2), said
    by_times = _weighting_by_times(header, echo, repetition)
    if by_times is not None:
        return by_times, f"{', '.join(times)} with ScanningSequence {_joined(texts(header, 'ScanningSequence'))}"
    return Role.MR, f"Modality is MR; neither the description nor the echo and repetition times{timing} say more"


def _weighting_by_times(header: Dataset, echo: float | None, repetition: float | None) -> Role | None:
    """Tell T1 from T2 by the usual times of spin echo and spoiled gradient echo; None in between."""
    if not echo or not repetition:
        return None
    sequence = texts(header, "ScanningSequence")
    if "SE" in sequence:
        if echo >= 60 and repetition >= 2000:
            return Role.T2
        return Role.T1 if echo <= 30 and repetition <= 1000 else None
    if "GR" in sequence and "SP" in texts(header, "SequenceVariant") and echo <= 8 and repetition <= 50:
        return Role.T1
    return None


def _joined(values: tuple[str, ...]) -> str:
    return "\\".join(values) or "nothing"
