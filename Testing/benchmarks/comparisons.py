"""What is compared with what, and the goals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inputs import dynamic_inputs, inspect_inputs, rtstruct_inputs, threshold_inputs


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One line of the table: the sum of some steps, and what it has to reach."""

    label: str
    steps: tuple[str, ...]
    at_least: float | None = None
    """Times faster than the peer."""
    at_most_times: float | None = None
    """Times as long as the peer."""
    at_most_ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One benchmark: inputs, the two sides, and the goals."""

    name: str
    task: str
    make_inputs: Callable[[Path], None]
    peer: str
    peer_script: str
    needs: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    count: str = ""
    """Name of a count that is shown for both sides."""
    zero: bool = False
    """Whether our count has to be 0."""


def _rtstruct(region: str, approximate: bool, goals: tuple[Goal, ...]) -> Comparison:
    how = "approximated" if approximate else "exact"
    return Comparison(
        name=f"rtstruct-{region}-{how}",
        task="rtstruct",
        make_inputs=rtstruct_inputs,
        peer=f"rt-utils, {how} contours" + (", pin-hole" if region == "boost" else ""),
        peer_script="side_rt_utils.py",
        needs="rt-utils",
        options={"region": region, "approximate": approximate, "pin_hole": region == "boost"},
        goals=goals,
        count="differing",
        zero=True,
    )


_BOTH_WAYS, _READ = ("write", "read"), ("read",)
_BODY = (
    Goal(label="body: mask to file to mask", steps=_BOTH_WAYS, at_least=2),
    Goal(label="body: file to mask", steps=_READ, at_least=10),
    Goal(label="body: mask to file", steps=("write",)),
)
_BOOST = (
    Goal(label="boost: mask to file to mask", steps=_BOTH_WAYS),
    Goal(label="boost: file to mask", steps=_READ, at_least=4),
    Goal(label="boost: mask to file", steps=("write",)),
)

COMPARISONS = (
    _rtstruct("boost", True, _BOOST),
    _rtstruct("boost", False, _BOOST),
    _rtstruct("body", True, _BODY),
    _rtstruct("body", False, _BODY),
    Comparison(
        name="inspect",
        task="inspect",
        make_inputs=inspect_inputs,
        peer="pydicom, headers only",
        peer_script="side_plain.py",
        goals=(Goal(label="inspect 1,500 files", steps=("scan",), at_most_times=1.3),),
        count="files",
    ),
    Comparison(
        name="dynamic-suv",
        task="dynamic_suv",
        make_inputs=dynamic_inputs,
        peer="pydicom, pixels only",
        peer_script="side_plain.py",
        goals=(Goal(label="SUV of a dynamic PET of 1,500 files", steps=("suv",), at_most_times=1.3),),
        count="files",
    ),
    Comparison(
        name="threshold",
        task="threshold",
        make_inputs=threshold_inputs,
        peer="numpy and scipy, whole array",
        peer_script="side_plain.py",
        goals=(Goal(label="41 % threshold within the GTV", steps=("threshold",), at_most_ms=20),),
        count="voxels",
    ),
)
