"""What the section Compare offers in which state, and why a button is off; free of Qt and MRML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .presenter import Offer, RegionFacts, VolumeFacts


@dataclass(frozen=True, kw_only=True)
class CompareFacts:
    """What the offers depend on.

    Parameters
    ----------
    running : str
        What runs; empty when nothing does.
    map, second : VolumeFacts or None
        The map of step 4, and the one that it is held against.
    gtv, background : RegionFacts or None
        The GTV and the reference region of step 2.
    method : str
        The method of step 4.
    method_problem : str
        What is missing or wrong in its forms.
    finds_clusters, has_maps : bool
        Whether it is one that finds clusters, and whether maps are ticked for it.
    listed : int
        Methods and regions to be compared.
    chosen_row : bool
        Whether a row of the list of methods is selected.
    percent, number : int or None
        Threshold picked in the sweep, and number of clusters picked.
    selected : int
        Voxels selected in the histogram.
    painted : RegionFacts or None
        The region to be measured.
    width_mm : float
        The width that it is opened by; 0 when not given.
    spheres : int
        Spheres of the calibration.
    spheres_problem : str
        What is wrong with their table.
    has_fit : bool
        Whether a calibration was fitted.
    """

    running: str = ""
    map: VolumeFacts | None = None
    second: VolumeFacts | None = None
    gtv: RegionFacts | None = None
    background: RegionFacts | None = None
    method: str = ""
    method_problem: str = ""
    finds_clusters: bool = False
    has_maps: bool = False
    listed: int = 0
    chosen_row: bool = False
    percent: float | None = None
    number: int | None = None
    selected: int = 0
    painted: RegionFacts | None = None
    width_mm: float = 0.0
    spheres: int = 0
    spheres_problem: str = ""
    has_fit: bool = False


def compare_offers(facts: CompareFacts) -> Mapping[str, Offer]:
    """Return what each button of the section offers in this state."""
    there = _volume(facts.map, "the map (step 4)") or _region(facts.gtv, "the GTV (step 2)")
    no_clusters = f'The method "{facts.method}" finds no clusters: choose k-means, say, in step 4.'
    reasons = {
        "addMethod": facts.method_problem,
        "removeMethod": "" if facts.chosen_row else "Select a method of the list.",
        "compare": there or ("" if facts.listed > 1 else "Add methods or tick regions: at least two are compared."),
        "sweep": there,
        "usePercent": "" if facts.percent is not None else "Click into the plot first.",
        "joint": there or _volume(facts.second, "the other map"),
        "keepSelected": "" if facts.selected else "Drag over a part of the plot first.",
        "clusters": ("" if facts.finds_clusters else no_clusters)
        or _region(facts.gtv, "the GTV (step 2)")
        or ("" if facts.has_maps else "Tick at least one map of the method in step 4.")
        or facts.method_problem,
        "useNumber": "" if facts.number is not None else "Click into the plot first.",
        "deliverability": _region(facts.painted, "the region to be measured")
        or ("" if facts.width_mm > 0 else "Give a width: that of the map's point spread, or of a leaf."),
        "addSphere": _volume(facts.map, "the image of the phantom as the map (step 4)"),
        "removeSphere": "" if facts.spheres else "The table is empty.",
        "fit": _volume(facts.map, "the image of the phantom as the map (step 4)")
        or _region(facts.background, "a background region as the reference (step 2)")
        or ("" if facts.spheres else "Add the spheres of the phantom first.")
        or facts.spheres_problem,
        "useFit": "" if facts.has_fit else "Fit first.",
    }
    if facts.running:
        reasons = dict.fromkeys(reasons, f"Wait until this is done, or press Stop: {facts.running}.")
    return {name: Offer(enabled=not why, why_not=why) for name, why in reasons.items()}


def _volume(volume: VolumeFacts | None, what: str) -> str:
    return f"Choose {what}." if volume is None else volume.problem


def _region(region: RegionFacts | None, what: str) -> str:
    if region is None:
        return f"Choose {what}."
    return region.problem or (f'The region "{region.name}" is empty.' if region.is_empty else "")
