"""What the class editor shows and offers: groups, the chains that join them, the classes; free of Qt and MRML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.learning.classes import Joined, joined_by_overlap, with_groups
from dosepainting_hrs.learning.cohort import Cohort


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """A group of the cohort: its tumours, its dose, and whether its tumours are in."""

    name: str
    tumours: int
    interval: str
    used: bool


@dataclass(frozen=True, kw_only=True)
class ClassRow:
    """A class as it is proposed: what the table calls it, and its share in percent; empty and 0 where it does not say."""

    name: str
    percent: float
    groups: str


def groups_of(cohort: Cohort) -> tuple[GroupRow, ...]:
    """Return the groups in the order of their doses, those without one last."""
    rows: dict[str, list] = {}
    for row in cohort.rows:
        rows.setdefault(row.group, []).append(row)
    ordered = sorted(rows.items(), key=lambda one: (one[1][0].tcd50_low is None, one[1][0].tcd50_low or 0.0))
    return tuple(
        GroupRow(
            name=name,
            tumours=len({row.case for row in members}),
            interval=_interval(members[0]),
            used=not all(row.exclude for row in members),
        )
        for name, members in ordered
    )


def joined_without(cohort: Cohort, unused: Sequence[str]) -> tuple[tuple[Joined, ...], str]:
    """Return what overlaps when some groups are excluded first, and what is in the way of telling it."""
    names = [row.group for row in cohort.rows]
    try:
        own = with_groups(cohort, exclude=tuple(unused), include=tuple({name for name in names if name not in unused}))
        return joined_by_overlap(own), ""
    except DosePaintingError as error:
        return (), f"{error.message} {error.hint}".strip()


def proposed(cohort: Cohort, joined: Sequence[Joined]) -> tuple[ClassRow, ...]:
    """Return a row for each class; it has the name that the table gives all its groups, and its share."""
    shares = {one.name: one.target_fraction for one in cohort.settings.classes}
    found = []
    for one in joined:
        named = {row.class_name for row in cohort.rows if row.group in one.groups and row.class_name}
        name = named.pop() if len(named) == 1 else ""
        found.append(ClassRow(name=name, percent=100 * shares.get(name, 0.0), groups=", ".join(one.groups)))
    names = [one.name for one in found]
    return tuple(
        one if names.count(one.name) == 1 else ClassRow(name="", percent=one.percent, groups=one.groups) for one in found
    )


def chains_told(joined: Sequence[Joined]) -> str:
    """Say what is joined by which chain, and what is in one class by way of others only."""
    lines = []
    for number, one in enumerate(joined, 1):
        lines.append(f"{number}: {one.chain} Gy")
        lines += [f"\u26a0 {pair} do not overlap: one class by way of the others only." for pair in one.indirect]
    return "\n".join(lines)


def why_not_write(problem: str, names: Sequence[str], percents: Sequence[float], target: str) -> str:
    """Return why the new table cannot be written; empty when it can."""
    if problem:
        return problem
    if len(names) < 2:
        return "All groups are one class: exclude the group that joins them."
    if not all(names):
        return "Name every class."
    if len(set(names)) < len(names):
        return "Two classes have one name."
    if any("," in name for name in names):
        return "A name with a comma cannot be written: choose another."
    if not any(percents):
        return "Give a class a share above 0."
    return "" if target else "Choose a file for the new table."


def _interval(row) -> str:
    if row.tcd50_low is None or row.tcd50_high is None:
        return "none"
    middle = "" if row.tcd50 is None else f"{row.tcd50:g} "
    return f"{middle}[{row.tcd50_low:g}; {row.tcd50_high:g}]"
