"""Which maps can be made from what is there, and in which words the others say what is missing."""

import pytest

from dosepainting_hrs import maps  # noqa: F401  (registers the methods)
from dosepainting_hrs.registry import MAPS
from DosePaintingHRSLib.map_offers import MapOffer, SeriesThere, There, VolumeThere, map_offers

FMISO = SeriesThere(role="dynamic PET", name="FMISO", address="/p/FMISO#1")
DWI = SeriesThere(role="DWI", name="DWI 9 b", address="/p/DWI#2")
PET = VolumeThere(name="3: FDG", quantity="activity concentration")


def offer(name: str, **there: object) -> MapOffer:
    (found,) = map_offers([MAPS.get(name)], There(**there))  # type: ignore[arg-type]
    return found


def test_those_that_can_be_made_come_first() -> None:
    found = map_offers([MAPS.get(name) for name in ("adc", "normalise", "suv", "tofts")], There(volumes=(PET,)))
    assert [(one.name, bool(one.missing)) for one in found] == [
        ("suv", False),
        ("normalise", False),
        ("adc", True),
        ("tofts", True),
    ]


def test_every_map_says_what_is_missing_when_nothing_is_there() -> None:
    found = map_offers([MAPS.get(name) for name in MAPS.names()], There())
    assert [one.name for one in found if not one.missing.startswith("Missing: a")] == []


@pytest.mark.parametrize(
    ("name", "there", "source", "address"),
    [
        ("suv", {"volumes": (PET,)}, "From 3: FDG", ""),
        ("suv", {"volumes": (PET, VolumeThere(name="T2", quantity="MR signal"))}, "From 3: FDG", ""),
        ("adc", {"series": (DWI, FMISO)}, "From DWI 9 b", "/p/DWI#2"),
        ("adc", {"series": (DWI, DWI)}, "From one of 2 series", ""),
        ("ratio", {"volumes": (PET, PET), "regions": ("muscle",)}, "From one of 2 volumes and muscle", ""),
        ("ratio-frames", {"series": (FMISO,), "regions": ("a", "b")}, "From FMISO and one of 2 regions", "/p/FMISO#1"),
    ],
)
def test_what_a_map_is_made_from(name: str, there: dict[str, object], source: str, address: str) -> None:
    found = offer(name, **there)
    assert (found.source, found.missing, found.address) == (source, "", address)


@pytest.mark.parametrize(
    ("name", "there", "words"),
    [
        ("adc", {"series": (FMISO,)}, "Missing: a DWI series in the folder (step 1), or a file of frames below."),
        (
            "adc",
            {"series": (SeriesThere(role="DWI", name="DWI", address="x", problem="2 slices are missing."),)},
            "Missing: a whole DWI series; of DWI: 2 slices are missing.",
        ),
        ("suv", {}, "Missing: a PET volume; load one (step 1)."),
        ("suv", {"series": (SeriesThere(role="PET", name="FDG", address="x"),)}, "Missing: a PET volume; load FDG (step 1)."),
        (
            "suv",
            {"volumes": (VolumeThere(name="PET.nii", quantity="activity concentration", has_header=False),)},
            "Missing: the DICOM series of a PET: PET.nii comes without its headers.",
        ),
        (
            "ratio",
            {"volumes": (PET,)},
            "Missing: a region (reference region: muscle, blood or background); import or draw one (step 2).",
        ),
        ("normalise", {}, "Missing: a volume; load one (step 1)."),
    ],
)
def test_what_is_missing_in_words(name: str, there: dict[str, object], words: str) -> None:
    found = offer(name, **there)
    assert found.missing.startswith(words)
    assert found.source == ""
