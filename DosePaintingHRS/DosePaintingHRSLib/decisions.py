"""What was decided about registrations in this scene: kept with it, shown, and written as a case file for other doors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from dosepainting_hrs.case import Case, CaseImage, write_case
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.identity import ACCEPTED, FrameTransform
from dosepainting_hrs.records import from_json, to_json

BY_HAND = "Adjusted by hand"


class Decisions:
    """Accepted and rejected transforms, each with who decided, when and why."""

    def __init__(self) -> None:
        self._made: list[FrameTransform] = []

    def add(self, one: FrameTransform) -> None:
        """Take note of a decision; a transform that was decided upon before gets the new one."""
        frames = (one.from_frame, one.to_frame, one.matrix)
        self._made = [other for other in self._made if (other.from_frame, other.to_frame, other.matrix) != frames]
        self._made.append(one)

    @property
    def made(self) -> tuple[FrameTransform, ...]:
        """All decisions, in order."""
        return tuple(self._made)

    def kept(self) -> list[Any]:
        """Return them as JSON values, for the state of the panel."""
        return [to_json(one) for one in self._made]

    def restore(self, values: Sequence[Any]) -> None:
        """Take up what the state of the panel has; what is damaged is left out."""
        self._made = []
        for value in values:
            try:
                self._made.append(from_json(FrameTransform, value, _("A decision kept in the scene")))
            except DosePaintingError:
                continue

    def in_words(self) -> str:
        """Return them as lines, the last one first."""
        return "\n".join(_sentence(one) for one in reversed(self._made))


def _sentence(one: FrameTransform) -> str:
    what = _("accepted") if one.decision == ACCEPTED else _("rejected")
    when = one.when[:16].replace("T", " ")
    by_hand = [figure for figure in one.figures if figure.startswith(BY_HAND)]
    return " ".join([f"{when}: {one.who} {what} {one.pair}: {one.reason}.", *by_hand])


def case_of(panel) -> Case:
    """Return what the panel knows of the patient as a case: the series of the folder, their roles, and the decisions."""
    images: list[CaseImage] = []
    for (title, address), role in zip(panel.patient.addresses(), panel.patient.roles(), strict=True):
        path, _hash, series = address.rpartition("#")
        name = _free(title.partition(":")[0].replace(" ", "_"), [one.name for one in images])
        images.append(CaseImage(name=name, path=path, role=role, series=series))
    planning_ct = panel.patient.planning_ct.get()
    patient = panel.scene_access.identity(planning_ct).patient_id if planning_ct is not None else ""
    return Case(patient_id=patient, images=tuple(images), transforms=panel.register.decisions.made)


def write_case_beside(panel, folder: Path) -> Path:
    """Write the case into a folder, under a name that is free there; returns its path."""
    path, number = folder / "case.json", 2
    while path.exists():
        path, number = folder / f"case-{number}.json", number + 1
    write_case(case_of(panel), path)
    return path


def _free(name: str, taken: Sequence[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found
