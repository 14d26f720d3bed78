"""Progress rises, parts fill their stretch, and cancelling stops the walk."""

import pytest

from dosepainting_hrs.errors import Cancelled
from dosepainting_hrs.progress import each, part, rising


def test_each_reports_before_every_item_and_once_at_the_end() -> None:
    told: list[float] = []
    walked = list(each("abcd", lambda share, message: told.append(share), "Walking"))
    assert walked == list("abcd")
    assert told == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_nothing_to_walk_is_done_at_once() -> None:
    told: list[tuple[float, str]] = []
    assert list(each([], lambda share, message: told.append((share, message)), "Walking")) == []
    assert told == [(1.0, "Walking")]


def test_a_part_fills_its_stretch() -> None:
    told: list[float] = []
    inner = part(part(lambda share, message: told.append(share), 0.5, 1.0), 0.0, 0.5)
    for share in (0.0, 0.5, 1.0):
        inner(share, "")
    assert told == [0.5, 0.625, 0.75]


def test_cancelling_stops_before_the_next_item() -> None:
    def stop_at_half(share: float, message: str) -> None:
        if share >= 0.5:
            raise Cancelled

    walk = each("abcd", stop_at_half, "Walking")
    assert [next(walk), next(walk)] == ["a", "b"]
    with pytest.raises(Cancelled):
        next(walk)


def test_rising_never_falls_back() -> None:
    told: list[float] = []
    progress = rising(lambda fraction, message: told.append(fraction))
    for fraction in (0.0, 0.4, 0.1, 0.5, 0.2, 1.0):
        progress(fraction, "")
    assert told == [0.0, 0.4, 0.4, 0.5, 0.5, 1.0]
