"""The way from one frame of reference to another through the transforms that somebody accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import InputError
from .identity import ACCEPTED, FrameTransform


@dataclass(frozen=True)
class Link:
    """One transform of a way.

    Parameters
    ----------
    transform : FrameTransform
        As it was accepted.
    turned : bool
        Whether the way goes against its direction, so that its inverse is meant.
    """

    transform: FrameTransform
    turned: bool

    @property
    def ends(self) -> tuple[str, str]:
        """The frames that it leads from and to on this way."""
        frames = (self.transform.from_frame, self.transform.to_frame)
        return frames[::-1] if self.turned else frames

    def __str__(self) -> str:
        what = self.transform.pair or f"from frame {self.transform.from_frame} to {self.transform.to_frame}"
        return f"{what}, turned round" if self.turned else what


def shortest_way(transforms: Sequence[FrameTransform], from_frame: str, to_frame: str) -> tuple[Link, ...]:
    """Find the shortest chain of accepted transforms between two frames, either way round.

    Parameters
    ----------
    transforms : sequence of FrameTransform
        Those of a case; rejected ones are passed over.
    from_frame, to_frame : str
        Where to begin and where to end.

    Returns
    -------
    tuple of Link
        In order; empty when no chain leads there.

    Raises
    ------
    InputError
        If the choice is not ours: two accepted transforms for one pair, or two chains of the same length.
    """
    links = [Link(one, turned) for one in transforms if one.decision == ACCEPTED for turned in (False, True)]
    ways: list[tuple[Link, ...]] = [()]
    seen = {from_frame}
    while ways:
        ways = [(*way, link) for way in ways for link in _onward(links, _end(way, from_frame), seen)]
        arrived = [way for way in ways if way[-1].ends[1] == to_frame]
        if arrived:
            return _only(arrived, from_frame, to_frame)
        seen |= {way[-1].ends[1] for way in ways}
    return ()


def gap_in_words(transforms: Sequence[FrameTransform], from_frame: str, to_frame: str) -> str:
    """Say how far the accepted transforms lead from either side; empty when no accepted transform touches either frame."""
    from_side, to_side = _reached(transforms, from_frame), _reached(transforms, to_frame)
    rejected = any(one.decision != ACCEPTED and {one.from_frame, one.to_frame} == {from_frame, to_frame} for one in transforms)
    told = "The transform between the two was rejected. " if rejected else ""
    if from_side or to_side:
        told += (
            f"The chain has a gap: accepted transforms lead from {from_frame} to {', '.join(from_side) or 'nowhere'}, "
            f"and from {to_frame} to {', '.join(to_side) or 'nowhere'}, but not from one to the other. "
        )
    return told


def _onward(links: list[Link], here: str, seen: set[str]) -> list[Link]:
    return [link for link in links if link.ends[0] == here and link.ends[1] not in seen]


def _end(way: tuple[Link, ...], start: str) -> str:
    return way[-1].ends[1] if way else start


def _reached(transforms: Sequence[FrameTransform], start: str) -> list[str]:
    reached, waiting = [start], [start]
    while waiting:
        here = waiting.pop()
        for one in transforms:
            ends = (one.from_frame, one.to_frame)
            other = ends[1] if ends[0] == here else ends[0] if ends[1] == here else here
            if one.decision == ACCEPTED and other not in reached:
                reached.append(other)
                waiting.append(other)
    return reached[1:]


def _only(ways: list[tuple[Link, ...]], from_frame: str, to_frame: str) -> tuple[Link, ...]:
    if len(ways) == 1:
        return ways[0]
    named = "; ".join(
        " then ".join(f"{link}, accepted by {link.transform.who} ({link.transform.reason})" for link in way) for way in ways
    )
    raise InputError(
        f"The case has {len(ways)} accepted ways from frame {from_frame} to frame {to_frame}: {named}.",
        "Choose one: reject the others (dosepainting-hrs transform reject), or take them out of the case file.",
    )
