"""Half-lives against other published tables than the one they were taken from."""

import pytest

from dosepainting_hrs.errors import DicomError
from dosepainting_hrs.maps.nuclides import NUCLIDES, checked_half_life, nuclide_of

# DDEP (BIPM Monographie-5) and the rounded values that scanners write.
ELSEWHERE = {
    "C-11": 1221.84,
    "N-13": 598.02,
    "O-15": 122.46,
    "F-18": 6588.0,
    "Cu-64": 45721.0,
    "Ga-68": 4057.7,
    "Rb-82": 75.9,
    "Zr-89": 282240.0,
    "I-124": 360806.4,
}


def test_every_nuclide_is_compared() -> None:
    assert {one.name for one in NUCLIDES} == set(ELSEWHERE)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_agrees_with_another_table(name: str) -> None:
    nuclide = next(one for one in NUCLIDES if one.name == name)
    assert checked_half_life(ELSEWHERE[name], nuclide.codes[0]).name == name
    assert checked_half_life(ELSEWHERE[name], "").name == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("18F (C-111A1)", "F-18"),
        ("^68^Gallium (C-131A1)", "Ga-68"),
        ("Fluorine-18", "F-18"),
        ("F^18^ (99-XX)", "F-18"),
        ("^64^Copper (3932008)", "Cu-64"),
        ("C-111A1", "F-18"),
        ("(C-111A1)", "F-18"),
    ],
)
def test_codes_and_meanings_are_known(text: str, name: str) -> None:
    found = nuclide_of(text)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(("share", "accepted"), [(1.0099, True), (1.0101, False), (0.9901, True), (0.9899, False)])
def test_one_per_cent_is_the_limit(share: float, accepted: bool) -> None:
    """6586.2 s = 109.77 min (European Pharmacopoeia, table 5.7)."""
    if accepted:
        assert checked_half_life(6586.2 * share, "18F (C-111A1)").name == "F-18"
        return
    with pytest.raises(DicomError, match=r"has 6586\.2 s; they must agree within 1%"):
        checked_half_life(6586.2 * share, "18F (C-111A1)")


def test_a_nuclide_outside_the_table_is_refused_by_name() -> None:
    with pytest.raises(DicomError, match=r'names "\^22\^Sodium \(C-155A1\)", whose half-life is not in the table'):
        checked_half_life(8.2e7, "^22^Sodium (C-155A1)")


def test_a_half_life_of_no_nuclide_is_refused() -> None:
    with pytest.raises(DicomError, match="is 5000 s, which is that of no nuclide"):
        checked_half_life(5000.0, "")
