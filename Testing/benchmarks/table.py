"""The result as lines of a table, in Markdown and JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median

from comparisons import Comparison, Goal

Times = list[dict[str, float]]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line: medians of both sides over the repetitions, seconds."""

    benchmark: str
    what: str
    peer: str
    ours_s: float
    peer_s: float
    ours_range_s: tuple[float, float]
    peer_range_s: tuple[float, float]
    times_faster: float
    goal: str
    reached: bool | None
    ours_count: str
    peer_count: str


def lines(comparison: Comparison, ours: Times, peers: Times) -> list[Line]:
    """Return one line per goal."""
    return [_line(comparison, goal, ours, peers) for goal in comparison.goals]


def _line(comparison: Comparison, goal: Goal, ours: Times, peers: Times) -> Line:
    mine = [sum(one[step] for step in goal.steps) for one in ours]
    theirs = [sum(one[step] for step in goal.steps) for one in peers]
    ratio = median(theirs) / median(mine)
    text, reached = _judged(goal, median(mine), ratio)
    if comparison.zero and reached is not None:
        reached = reached and all(one[comparison.count] == 0 for one in ours)
    counts = [f"{int(median([one[comparison.count] for one in side]))} {comparison.count}" for side in (ours, peers)]
    return Line(
        benchmark=comparison.name,
        what=goal.label,
        peer=comparison.peer,
        ours_s=median(mine),
        peer_s=median(theirs),
        ours_range_s=(min(mine), max(mine)),
        peer_range_s=(min(theirs), max(theirs)),
        times_faster=ratio,
        goal=text,
        reached=reached,
        ours_count=counts[0],
        peer_count=counts[1],
    )


def _judged(goal: Goal, seconds: float, ratio: float) -> tuple[str, bool | None]:
    if goal.at_least is not None:
        return f"at least {goal.at_least:g} x faster", ratio >= goal.at_least
    if goal.at_most_times is not None:
        return f"within {goal.at_most_times:g} x of the peer's time", 1 / ratio <= goal.at_most_times
    if goal.at_most_ms is not None:
        return f"under {goal.at_most_ms:g} ms", seconds * 1000 < goal.at_most_ms
    return "", None


def markdown(found: list[Line], about: dict[str, str]) -> str:
    """Return the page."""
    head = ["| what | peer | ours | peer's | ratio | goal | reached | ours | peer's |", "|" + "---|" * 9]
    rows = [
        f"| {one.what} | {one.peer} | {_time(one.ours_s)} | {_time(one.peer_s)} | {one.times_faster:.2f} | {one.goal} "
        f"| {'' if one.reached is None else 'yes' if one.reached else '**no**'} | {one.ours_count} | {one.peer_count} |"
        for one in found
    ]
    told = [f"- {key}: {value}" for key, value in about.items()]
    how = (
        "Medians. Both sides in one run, in turn, each repetition in a fresh process that first does the same work on a "
        "small input, untimed. Times are taken inside the process, reading and writing of files included, the start of "
        "the process and its imports not. The ratio is the peer's time over ours. Our mask to file includes reading the "
        "file back and comparing every voxel."
    )
    return "\n".join(["# Benchmarks", "", how, "", *told, "", *head, *rows, ""])


def as_json(found: list[Line], about: dict[str, str]) -> dict[str, object]:
    """Return the same as plain JSON types."""
    return {"about": about, "lines": [asdict(one) for one in found]}


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
