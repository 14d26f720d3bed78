"""What a folder holds, as people read it."""

from __future__ import annotations

from typing import Any

import pytest

from dosepainting_hrs.cli.show import show


def series(uid: str, **changed: Any) -> dict[str, Any]:
    facts = {"modality": "MR", "role": "DCE", "why": "one of 5 series", "description": "dyn", "number_of_files": 16}
    facts |= {"size": "128 x 128 x 16", "spacing": "1.5 x 1.5 x 4", "orientation": "axial", "units": "", "frames": ""}
    facts |= {"frame_of_reference": "1.9", "patient_id": "P", "study_date": "20200101", "folder": f"dce/{uid}"}
    return {"uid": uid, **facts, "regions": [], "joins": [], "problems": [], "remarks": [], **changed}


def shown(members: list[dict[str, Any]], images: list[dict[str, str]]) -> str:
    uids = [one["uid"] for one in members]
    acquisition = {
        "role": "DCE",
        "description": "dyn",
        "folder": "dce",
        "selector": "1.0",
        "series": uids,
        "frames": "5 series",
    }
    inventory = {"series": members, "acquisitions": [{**acquisition, "series": uids}], "unreadable": [], "problems": []}
    answer = {"do": "inspect", "inventory": inventory, "images": images, "regions": [], "transforms": [], "case": ""}
    return show(answer)


def test_many_series_of_one_acquisition_are_one_line() -> None:
    text = shown([series(f"1.{number}") for number in range(5)], [])
    lines = text.splitlines()
    assert lines[1].split()[:2] == ["role", "modality"], "a column of names only where there are names"
    assert [line.split()[:4] for line in lines if line.startswith("DCE  ")] == [["DCE", "MR", "-", "80"]]
    assert 'DCE "dyn"  1.0 and 4 series like it' in lines
    assert 'one DCE of 5 series ("dyn"), for --frames:' in lines
    assert "  dce#1.0" in lines


@pytest.mark.parametrize(
    ("members", "images", "lines"),
    [
        ([series(f"1.{number}") for number in range(3)], [], 3),
        ([series(f"1.{number}", problems=["A slice is missing."] * (number == 4)) for number in range(5)], [], 5),
        ([series(f"1.{number}") for number in range(5)], [{"series": "1.2", "name": "late"}], 5),
    ],
    ids=["few", "one has a problem", "one has a name"],
)
def test_series_that_differ_or_have_names_keep_their_lines(
    members: list[dict[str, Any]], images: list[dict[str, str]], lines: int
) -> None:
    text = shown(members, images)
    assert text.count("taken for DCE") == lines
    assert "series like it" not in text
    assert text.count("! A slice is missing.") == sum(bool(one["problems"]) for one in members)
