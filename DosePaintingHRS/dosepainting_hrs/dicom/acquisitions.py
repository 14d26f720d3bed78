"""Series that make one acquisition together: b-values or time points that a scanner wrote into series of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import Dataset

from .diffusion import b_value, gradient_direction
from .entries import SAME_IN_ALL_PHASES, Entry
from .frame_choice import VARIANTS
from .joint import JOINT
from .role import Role
from .summary import SeriesSummary
from .values import raw_text, texts

Weighting = tuple[float, tuple[float, float, float] | None]


@dataclass(frozen=True, kw_only=True)
class Acquisition:
    """Several series that belong together.

    Parameters
    ----------
    role : Role
        What they are together.
    description : str
        SeriesDescription of one of them.
    folder : Path
        The folder that holds all of them, be it in folders below.
    selector : str
        What follows ``FOLDER#`` to mean them all.
    series : tuple of str
        Their SeriesInstanceUIDs, by b-value or by time.
    frames : str
        How many there are, with their b-values, in words.
    """

    role: Role
    description: str
    folder: Path
    selector: str
    series: tuple[str, ...]
    frames: str

    @property
    def address(self) -> str:
        """How commands name it."""
        return f"{self.folder.as_posix()}#{self.selector}"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types; names and order of the keys stay."""
        return {
            "role": self.role.value,
            "description": self.description,
            "folder": self.folder.as_posix(),
            "selector": self.selector,
            "series": list(self.series),
            "frames": self.frames,
        }


def acquisitions_of(entries: Sequence[Entry], summaries: Sequence[SeriesSummary]) -> tuple[Acquisition, ...]:
    """Find series that differ in b-value only, on one grid, and series that differ in time only.

    Series of one b-value with another echo time, another frame of reference, another distortion correction or a calculated
    b-value don't belong to the others, and where one weighting comes twice, nothing is proposed: it may be two acquisitions.

    Parameters
    ----------
    entries, summaries : sequence
        The series of a folder, as the inventory has them.
    """
    weighted: dict[tuple[object, ...], list[tuple[Entry, SeriesSummary, Weighting]]] = {}
    phases: dict[tuple[object, ...], list[tuple[Entry, SeriesSummary]]] = {}
    for entry, summary in zip(entries, summaries, strict=True):
        if entry.modality != "MR" or summary.geometry is None or summary.images_per_position != 1 or summary.problems:
            continue
        weighting = _weighting(entry.facts.headers)
        if weighting is not None and ", calculated:" not in summary.why:
            weighted.setdefault(_same_weighted(entry, summary), []).append((entry, summary, weighting))
        elif entry.facts.phases > 1 and summary.role is Role.DCE:
            same = (len(entry.paths), *(raw_text(entry.first, tag) for tag in SAME_IN_ALL_PHASES))
            phases.setdefault(same, []).append((entry, summary))
    found = [_of_weightings(group) for group in weighted.values()]
    found += [_of_times(group) for group in phases.values() if len(group) > 1]
    return tuple(one for one in found if one is not None)


def _weighting(headers: Sequence[Dataset]) -> Weighting | None:
    """Return the one b-value and direction of a series; None where it has none or several."""
    found = {None if (one := b_value(header)) is None else (one[0], gradient_direction(header)) for header in headers}
    return found.pop() if len(found) == 1 else None


def _same_weighted(entry: Entry, summary: SeriesSummary) -> tuple[object, ...]:
    geometry = summary.geometry
    grid = () if geometry is None else (geometry.shape, tuple(round(float(one), 2) for one in geometry.affine.ravel()))
    variant = tuple(kind for kind in texts(entry.first, "ImageType") if kind in VARIANTS)
    whose = (summary.identity.patient_id, summary.identity.study, summary.frame_of_reference)
    return (*whose, *grid, variant, raw_text(entry.first, "EchoTime"))


def _of_weightings(group: Sequence[tuple[Entry, SeriesSummary, Weighting]]) -> Acquisition | None:
    ordered = sorted(group, key=lambda one: (one[2][0], one[2][1] or ()))
    weightings = [weighting for _, _, weighting in ordered]
    b_values = dict.fromkeys(b for b, _ in weightings)
    if len(b_values) < 2 or len(set(weightings)) < len(weightings):
        return None
    named = next((one for _, one, _ in reversed(ordered) if one.role is Role.DWI), None)
    if named is None:
        return None
    series = tuple(one.uid for _, one, _ in ordered)
    frames = f"{len(series)} series: b = {', '.join(f'{b:g}' for b in b_values)} s/mm2"
    return _made(Role.DWI, named.description, [one for _, one, _ in ordered], JOINT.join(series), frames)


def _of_times(group: Sequence[tuple[Entry, SeriesSummary]]) -> Acquisition:
    ordered = [one for _, one in sorted(group, key=lambda one: raw_text(one[0].first, "AcquisitionTime"))]
    # One of them means all: that rule spares commands with a hundred UIDs.
    frames = f"{len(ordered)} series, one for each time point"
    return _made(Role.DCE, ordered[0].description, ordered, ordered[0].uid, frames)


def _made(role: Role, description: str, group: Sequence[SeriesSummary], selector: str, frames: str) -> Acquisition:
    folder = Path(os.path.commonpath([one.files[0].parent for one in group]))
    return Acquisition(
        role=role,
        description=description,
        folder=folder,
        selector=selector,
        series=tuple(one.uid for one in group),
        frames=frames,
    )
