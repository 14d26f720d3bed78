"""How the numbers of a map came about, as a table of a report: every fact with its tag, number and factor."""

from __future__ import annotations

from collections.abc import Iterable

from ..working import Fact, by_kind
from .content import Section, Table

_WARNS = "Look at this: "


def working_section(title: str, facts: Iterable[Fact], made_from: str = "") -> Section:
    """Return the facts that a map rests on as a section; warnings are marked.

    Parameters
    ----------
    title : str
        Heading of the section.
    facts : iterable of Fact
        As the map has them.
    made_from : str
        A sentence on what it was made from, above the table; may be empty.
    """
    rows = tuple(
        (heading if first else "", f"{_WARNS if one.warns else ''}{one.text}", one.tag, _number(one), _factor(one))
        for heading, under in by_kind(facts).items()
        for first, one in zip((True, *(False,) * len(under)), under, strict=False)
    )
    header = ("What", "Fact", "Tag", "Value", "Factor")
    caption = "What the factor rests on: tags, times, conventions, what was supplied by hand, and what was compared."
    return Section(
        title=title, paragraphs=(made_from,) if made_from else (), table=Table(header=header, rows=rows, caption=caption)
    )


def _number(fact: Fact) -> str:
    return "" if fact.value is None else f"{fact.value:.6g} {'' if fact.unit == '1' else fact.unit}".strip()


def _factor(fact: Fact) -> str:
    return "" if fact.factor is None else f"{fact.factor:.6g}"
