"""Names of regions and structure sets that planning systems take, after AAPM TG-263."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from ..errors import ParameterError
from ..parameters import nearest

LONGEST = 16
"""Characters in ROIName and StructureSetLabel; longer ones stop the import into some planning systems."""

NO_TYPE = "NONE"
"""Asks for an empty RTROIInterpretedType, which DICOM allows: the planner chooses."""
INTERPRETED_TYPES = (
    "EXTERNAL",
    "PTV",
    "CTV",
    "GTV",
    "TREATED_VOLUME",
    "IRRAD_VOLUME",
    "OAR",
    "BOLUS",
    "AVOIDANCE",
    "ORGAN",
    "MARKER",
    "REGISTRATION",
    "ISOCENTER",
    "CONTRAST_AGENT",
    "CAVITY",
    "BRACHY_CHANNEL",
    "BRACHY_ACCESSORY",
    "BRACHY_SRC_APP",
    "BRACHY_CHNL_SHLD",
    "SUPPORT",
    "FIXATION",
    "DOSE_REGION",
    "CONTROL",
    "DOSE_MEASUREMENT",
)
"""Defined terms of RTROIInterpretedType (PS3.3, C.8.8.8.1)."""

_TARGETS = ("GTV", "CTV", "PTV")
_SHORT = (  # Words as TG-263 (2018, doi:10.1002/mp.12900) or this field abbreviates them, longest first.
    (r"gross (tumou?r|target) volumes?", "GTV"),
    (r"clinical target volumes?", "CTV"),
    (r"planning target volumes?", "PTV"),
    (r"high[- ]?risk (sub[- ]?)?volumes?", "HRS"),
    (r"(sub[- ]?)volumes?", "sub"),
    (r"threshold(ed)?", "thr"),
    (r"lymph[- ]?nodes?", "LN"),
    (r"primary", "p"),
    (r"nod(al|es?)", "n"),
    (r"per ?cent|%", "pc"),
    (r"left", "L"),
    (r"right", "R"),
    (r"boost", "Bst"),
    (r"tumou?r", "Tum"),
)


def check_names(names: Sequence[str]) -> None:
    """Refuse ROI names that planning systems refuse, cut, or mistake for one another.

    Parameters
    ----------
    names : sequence of str
        All ROI names of one structure set.

    Raises
    ------
    ParameterError
        If one is empty, longer than 16 characters (a shorter one is proposed), has backslashes, control characters or
        spaces at its ends, or if two are the same without regard to case.
    """
    taken: dict[str, str] = {}
    for name in names:
        _check_text(name, "ROI name", taken)
        other = taken.get(folded(name))
        if other is not None:
            raise ParameterError(
                f'The ROI names "{other}" and "{name}" are the same without regard to case.',
                "Planning systems would let one replace the other: choose another name.",
            )
        taken[folded(name)] = name


def check_label(label: str) -> None:
    """Refuse a StructureSetLabel that planning systems refuse.

    Raises
    ------
    ParameterError
        As `check_names`.
    """
    _check_text(label, "structure set label", {})


def propose_name(name: str, taken: Collection[str] = ()) -> str:
    """Return a name of at most 16 characters that resembles a longer one.

    Parameters
    ----------
    name : str
        What was wished for.
    taken : collection of str
        Names that the proposal must differ from without regard to case.

    Notes
    -----
    Known words give way to their abbreviations, other words run together and lose vowels from the last one on, and what is
    still too long is cut; the prefix (GTVp, PTV ...) stays as long as possible.
    """
    known = {folded(one) for one in taken}
    cleaned = "".join(" " if c == "\\" or unicodedata.category(c).startswith("C") else c for c in name)
    for pattern, short in _SHORT:
        cleaned = re.sub(rf"(?<![a-z]){pattern}(?![a-z])", short, cleaned, flags=re.IGNORECASE)
    words = [word[:1].upper() + word[1:] if at else word for at, word in enumerate(re.split(r"[\s,;()]+", cleaned.strip()))]
    for at in range(len(words) - 1, 0, -1):
        if len("".join(words)) <= LONGEST:
            break
        words[at] = words[at][:1] + re.sub(r"[aeiou]", "", words[at][1:])
    short = "".join(words)[:LONGEST].strip() or "ROI"
    proposal, number = short, 1
    while folded(proposal) in known:
        number += 1
        proposal = short[: LONGEST - len(str(number))] + str(number)
    return proposal


def check_type(kind: str) -> None:
    """Refuse what is neither a defined term of RTROIInterpretedType nor `NO_TYPE`.

    Raises
    ------
    ParameterError
        If so; the nearest terms are proposed.
    """
    if kind not in (*INTERPRETED_TYPES, NO_TYPE):
        raise ParameterError(f'"{kind}" is no RTROIInterpretedType.', nearest(kind.upper(), (*INTERPRETED_TYPES, NO_TYPE)))


def interpreted_type(name: str) -> str:
    """Return RTROIInterpretedType (PS3.3 C.8.8.8) for a name after TG-263.

    Parameters
    ----------
    name : str
        ROI name.

    Returns
    -------
    str
        ``GTV``, ``CTV`` or ``PTV`` for names that start so; ``CONTROL`` for optimisation helpers (prefix ``z``);
        empty for all others, which DICOM allows: nothing is guessed, and the planner chooses.
    """
    if name.startswith("z"):
        return "CONTROL"
    return next((target for target in _TARGETS if name.upper().startswith(target)), "")


def _check_text(name: str, noun: str, taken: dict[str, str]) -> None:
    if not name.strip():
        raise ParameterError(f"A {noun} is empty.", f"Give one of at most {LONGEST} characters.")
    if "\\" in name or any(unicodedata.category(c) in {"Cc", "Cs"} for c in name):
        raise ParameterError(
            f"The {noun} {name!a} has a backslash or a control character.",
            f'For example "{propose_name(name, taken.values())}" would do.',
        )
    if name != name.strip():
        raise ParameterError(
            f'The {noun} "{name}" begins or ends with a space, which DICOM does not keep.',
            f'For example "{propose_name(name, taken.values())}" would do.',
        )
    if len(name) > LONGEST:
        raise ParameterError(
            f'The {noun} "{name}" has {len(name)} characters; planning systems take at most {LONGEST}.',
            f'For example "{propose_name(name, taken.values())}" would do.',
        )


def folded(name: str) -> str:
    """Return a name without what planning systems may not tell apart: case, width of letters, spaces at the ends."""
    return unicodedata.normalize("NFKC", name).strip().casefold()
