"""How the numbers of a map came about: facts that a person can read and a program can sort."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

INPUT = "input"
STEP = "step"
CONVENTION = "convention"
SUPPLIED = "supplied by hand"
REFERENCE_TIME = "reference time"
CHECK = "check"
COMPARISON = "comparison"
REPORTED = "reported"
HEADINGS = {
    INPUT: "What it was made from",
    STEP: "Steps and factors",
    CONVENTION: "Conventions applied",
    SUPPLIED: "Supplied by hand",
    REFERENCE_TIME: "Reference times that the tags give",
    CHECK: "Checks",
    COMPARISON: "Compared with other software",
    REPORTED: "How it was imaged",
}
"""What facts of a kind stand under, in the panel and in the report."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that a map rests on.

    Parameters
    ----------
    kind : str
        What kind of fact it is: one of the constants of this file, ``"step"`` for example.
    text : str
        The fact as a sentence.
    tag : str
        DICOM tag or input that it comes from; empty when it follows from others.
    value : float or None
        The number in it, where there is one.
    unit : str
        Unit of `value`.
    factor : float or None
        What the voxels were multiplied by; the mean where it differs from slice to slice.
    warns : bool
        Whether it is shown as a warning.
    """

    kind: str
    text: str
    tag: str = ""
    value: float | None = None
    unit: str = ""
    factor: float | None = None
    warns: bool = False


@dataclass(frozen=True, kw_only=True)
class Working:
    """How the numbers of one map came about.

    Parameters
    ----------
    quantity : str
        What the map holds, with its unit.
    series : tuple of str
        SeriesInstanceUIDs that it was made from.
    facts : tuple of Fact
        What it rests on.
    """

    quantity: str
    series: tuple[str, ...]
    facts: tuple[Fact, ...]


def without_repeats(workings: Iterable[Working]) -> tuple[Working, ...]:
    """Return workings once each, without those whose facts another one tells as well: a PET and the SUV made from it."""
    once = tuple(dict.fromkeys(workings))
    told = {one: set(one.facts) for one in once}
    return tuple(one for one in once if not any(told[one] < told[other] for other in once))


def sentences(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return the facts as sentences, in their order, for the history of an image."""
    return tuple(one.text for one in facts)


def by_kind(facts: Iterable[Fact]) -> dict[str, tuple[Fact, ...]]:
    """Return the facts under headings that people read, in the order in which the headings first come up."""
    found: dict[str, list[Fact]] = {}
    for one in facts:
        found.setdefault(HEADINGS.get(one.kind, one.kind.capitalize()), []).append(one)
    return {heading: tuple(under) for heading, under in found.items()}


def warnings_of(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return the sentences of those facts that warn."""
    return tuple(one.text for one in facts if one.warns)
