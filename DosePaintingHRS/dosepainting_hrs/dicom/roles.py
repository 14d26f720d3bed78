"""What a series is to dose painting, and which tag says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .layout import is_localizer
from .mr_roles import mr_role
from .role import Role, SeriesFacts
from .values import text, texts

__all__ = ["PlanningEvidence", "Role", "SeriesFacts", "planning_ct", "role_of"]

_BY_MODALITY = {
    "RTSTRUCT": Role.RTSTRUCT,
    "RTDOSE": Role.RTDOSE,
    "RTPLAN": Role.RTPLAN,
    "SEG": Role.SEG,
    "REG": Role.REGISTRATION,
}
_PROJECTIONS = frozenset(("MIP", "PROJECTION", "REPROJECTION", "RENDERED", "VOLREN"))


@dataclass(frozen=True, kw_only=True)
class PlanningEvidence:
    """Which CT series a patient's RT objects point to.

    Parameters
    ----------
    by_plan : mapping of str to str
        SeriesInstanceUID of a CT that a planned structure set was drawn on, to the words for it.
    by_structures : mapping of str to str
        The same for structure sets that no plan in the folder refers to.
    """

    by_plan: Mapping[str, str] = field(default_factory=dict)
    by_structures: Mapping[str, str] = field(default_factory=dict)


def role_of(series: SeriesFacts, planning: tuple[str, str]) -> tuple[Role, str]:
    """Say what a series is, and why it was taken for that.

    Parameters
    ----------
    series : SeriesFacts
        The series.
    planning : tuple of two str
        UID of the patient's planning CT and why that one, as `planning_ct` found it.

    Returns
    -------
    tuple of Role and str
        The role and the reason in words.
    """
    header = series.first
    modality = text(header, "Modality")
    if modality in _BY_MODALITY:
        return _BY_MODALITY[modality], f"Modality is {modality}"
    if all(is_localizer(one) for one in series.headers):
        return Role.LOCALIZER, "ImageType says LOCALIZER"
    if "Rows" not in header:
        return Role.OTHER, f"Modality is {modality or 'missing'}, which has no image"
    if modality == "CT":
        return _ct_role(series, planning)
    if modality == "PT":
        return _pet_role(series)
    if modality == "MR":
        return mr_role(series)
    return Role.OTHER, f"Modality is {modality or 'missing'}"


def planning_ct(series: Sequence[SeriesFacts], evidence: PlanningEvidence) -> tuple[str, str]:
    """Find the planning CT among the CT series of one patient.

    The rule: a CT that a plan's structure set was drawn on; else one that a structure set was drawn on; else the only
    one; else, among those with a regular axial grid if any, the one with most slices (original before derived). Ties go
    to the first.

    Parameters
    ----------
    series : sequence of SeriesFacts
        All series of one patient.
    evidence : PlanningEvidence
        What RT objects in the folder refer to.

    Returns
    -------
    tuple of two str
        SeriesInstanceUID and the reason; two empty texts when there is no CT.
    """
    scans = [one for one in series if text(one.first, "Modality") == "CT" and one.layout is not None and _has_slices(one)]
    if not scans:
        return "", ""
    for referred in (evidence.by_plan, evidence.by_structures):
        named = [one for one in scans if one.uid in referred]
        if named:
            best = max(named, key=_rank)
            others = f"; {len(named) - 1} other CT series are referred to as well" if len(named) > 1 else ""
            return best.uid, f"Modality is CT; {referred[best.uid]}{others}"
    best = max(scans, key=_rank)
    if len(scans) == 1:
        return best.uid, "Modality is CT, and it is the patient's only CT series here"
    return best.uid, (
        f"of {len(scans)} CT series the one with most slices ({len(best.headers)}) on a regular axial grid; "
        "no RTSTRUCT here refers to one, so check this"
    )


def _has_slices(series: SeriesFacts) -> bool:
    return not all(is_localizer(header) for header in series.headers)


def _rank(series: SeriesFacts) -> tuple[bool, bool, bool, int]:
    geometry = series.layout.geometry if series.layout else None
    axial = geometry is not None and abs(geometry.direction[2, 2]) > 0.9
    usable = geometry is not None and series.layout is not None and not series.layout.flaws and not series.layout.repeated
    return usable and axial, bool(text(series.first, "PatientPosition")), _is_original(series), len(series.headers)


def _is_original(series: SeriesFacts) -> bool:
    return texts(series.first, "ImageType")[:1] == ("ORIGINAL",)


def _ct_role(series: SeriesFacts, planning: tuple[str, str]) -> tuple[Role, str]:
    uid, why = planning
    if series.uid == uid:
        return Role.PLANNING_CT, why
    kind = "\\".join(texts(series.first, "ImageType")[:3])
    return Role.CT, f"Modality is CT{f' (ImageType {kind})' if kind else ''}; another series was taken for the planning CT"


def _pet_role(series: SeriesFacts) -> tuple[Role, str]:
    header = series.first
    kinds = {part for value in texts(header, "ImageType") for part in value.upper().replace("_", " ").split()}
    if kinds & _PROJECTIONS:
        return (
            Role.OTHER,
            f"Modality is PT, but ImageType says {' '.join(sorted(kinds & _PROJECTIONS))}: a projection, no slices",
        )
    kind = texts(header, "SeriesType")[:1]
    if kind == ("DYNAMIC",):
        return Role.DYNAMIC_PET, "Modality is PT and SeriesType says DYNAMIC"
    repeats = series.layout.repeats if series.layout else 1
    times = {text(one, "FrameReferenceTime") for one in series.headers} if repeats > 1 else set()
    if repeats > 1 and len(times) >= repeats:
        return (
            Role.DYNAMIC_PET,
            f"Modality is PT, with {repeats} frames at each slice position at different FrameReferenceTimes",
        )
    units = text(header, "Units")
    return Role.PET, f"Modality is PT, Units {units}" if units else "Modality is PT (Units are missing)"
