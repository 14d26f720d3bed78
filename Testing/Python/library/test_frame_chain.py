"""The way between frames: the shortest chain, either way round, and never a choice that is not ours."""

from __future__ import annotations

import pytest

from dosepainting_hrs.errors import IdentityError, InputError
from dosepainting_hrs.frame_chain import gap_in_words, shortest_way
from dosepainting_hrs.identity import FrameTransform


def joined(a: str, b: str, **more: object) -> FrameTransform:
    return FrameTransform(from_frame=a, to_frame=b, who="Dr Yes", reason="looked at it", **more)  # type: ignore[arg-type]


def ends(way: object) -> list[tuple[str, str]]:
    return [link.ends for link in way]  # type: ignore[attr-defined]


def test_a_chain_leads_over_several_frames_and_against_a_direction() -> None:
    """PET to its CT, that CT to the planning CT; and back for a GTV that is brought to the PET."""
    known = (joined("PET", "CT2"), joined("CT2", "CT"))
    assert ends(shortest_way(known, "PET", "CT")) == [("PET", "CT2"), ("CT2", "CT")]
    back = shortest_way(known, "CT", "PET")
    assert ends(back) == [("CT", "CT2"), ("CT2", "PET")]
    assert all(link.turned for link in back)


def test_the_direct_transform_comes_before_a_detour() -> None:
    known = (joined("A", "B"), joined("B", "C"), joined("A", "C"))
    assert ends(shortest_way(known, "A", "C")) == [("A", "C")]


def test_two_transforms_for_one_pair_ask_for_a_choice() -> None:
    known = (joined("A", "B"), joined("B", "A", pair="MR to CT"))
    with pytest.raises(
        InputError, match=r"2 accepted ways from frame A to frame B.*Dr Yes.*MR to CT, turned round.*Choose one"
    ):
        shortest_way(known, "A", "B")
    assert ends(shortest_way((known[0], joined("B", "A", decision="rejected")), "A", "B")) == [("A", "B")]


def test_two_chains_of_one_length_ask_for_a_choice() -> None:
    known = (joined("A", "X"), joined("X", "B"), joined("A", "Y"), joined("Y", "B"))
    with pytest.raises(InputError, match="2 accepted ways"):
        shortest_way(known, "A", "B")


def test_a_gap_and_a_rejection_are_told() -> None:
    known = (joined("A", "X"), joined("Y", "B"), joined("A", "B", decision="rejected"))
    assert shortest_way(known, "A", "B") == ()
    told = gap_in_words(known, "A", "B")
    assert "was rejected" in told
    assert "from A to X, and from B to Y, but not from one to the other" in told
    assert gap_in_words((), "A", "B") == ""


def test_a_scaled_matrix_that_is_called_rigid_is_refused() -> None:
    scaled = (1.1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)
    with pytest.raises(IdentityError, match="called rigid, but scales"):
        joined("A", "B", matrix=scaled, kind="rigid")
    joined("A", "B", matrix=scaled, kind="affine")
    with pytest.raises(IdentityError, match="A decision is accepted or rejected"):
        joined("A", "B", decision="perhaps")
