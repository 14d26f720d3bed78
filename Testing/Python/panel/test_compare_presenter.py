"""What the section Compare offers, as a table: the first thing that is missing is the reason."""

from dataclasses import replace
from typing import Any

import pytest

from DosePaintingHRSLib.compare_presenter import CompareFacts, compare_offers
from DosePaintingHRSLib.presenter import RegionFacts, VolumeFacts

SUV, ADC, GTV = VolumeFacts(name="SUV"), VolumeFacts(name="ADC"), RegionFacts(name="GTVp")
READY = CompareFacts(
    map=SUV,
    second=ADC,
    gtv=GTV,
    background=GTV,
    painted=GTV,
    method="k-means",
    finds_clusters=True,
    has_maps=True,
    listed=2,
    chosen_row=True,
    percent=40.0,
    number=3,
    selected=7,
    width_mm=5.0,
    spheres=3,
    has_fit=True,
)


def test_with_everything_there_all_is_offered() -> None:
    assert all(offer.enabled for offer in compare_offers(READY).values())


def test_while_something_runs_nothing_is() -> None:
    found = compare_offers(replace(READY, running="Comparing")).values()
    assert {offer.why_not for offer in found} == {"Wait until this is done, or press Stop: Comparing."}


@pytest.mark.parametrize(
    ("change", "name", "why"),
    [
        ({"map": None}, "sweep", "Choose the map (step 4)."),
        ({"gtv": None}, "sweep", "Choose the GTV (step 2)."),
        ({"gtv": RegionFacts(name="GTVp", is_empty=True)}, "compare", 'The region "GTVp" is empty.'),
        ({"map": VolumeFacts(name="SUV", problem="It is moved.")}, "joint", "It is moved."),
        ({"second": None}, "joint", "Choose the other map."),
        ({"listed": 1}, "compare", "Add methods or tick regions: at least two are compared."),
        ({"method_problem": 'Give a value for "percent".'}, "addMethod", 'Give a value for "percent".'),
        ({"chosen_row": False}, "removeMethod", "Select a method of the list."),
        ({"percent": None}, "usePercent", "Click into the plot first."),
        ({"selected": 0}, "keepSelected", "Drag over a part of the plot first."),
        ({"finds_clusters": False}, "clusters", 'The method "k-means" finds no clusters: choose k-means, say, in step 4.'),
        ({"has_maps": False}, "clusters", "Tick at least one map of the method in step 4."),
        ({"number": None}, "useNumber", "Click into the plot first."),
        ({"painted": None}, "deliverability", "Choose the region to be measured."),
        ({"width_mm": 0.0}, "deliverability", "Give a width: that of the map's point spread, or of a leaf."),
        ({"background": None}, "fit", "Choose a background region as the reference (step 2)."),
        ({"spheres": 0}, "fit", "Add the spheres of the phantom first."),
        ({"spheres_problem": 'Sphere 1: "a" is no number.'}, "fit", 'Sphere 1: "a" is no number.'),
        ({"spheres": 0}, "removeSphere", "The table is empty."),
        ({"has_fit": False}, "useFit", "Fit first."),
    ],
)
def test_the_reason_is_what_is_missing(change: dict[str, Any], name: str, why: str) -> None:
    offer = compare_offers(replace(READY, **change))[name]
    assert (offer.enabled, offer.why_not) == (False, why)
