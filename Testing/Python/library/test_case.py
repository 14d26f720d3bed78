"""Case files: names are unique, nothing is overwritten, declarations are complete."""

from pathlib import Path

import pytest

from dosepainting_hrs.case import Case, CaseImage, CaseRegion, read_case, write_case
from dosepainting_hrs.errors import IdentityError, InputError, OutputError
from dosepainting_hrs.identity import FrameTransform, SamePatient


def test_a_case_reads_back_as_it_was_written(tmp_path: Path) -> None:
    case = Case(
        patient_id="P1",
        images=(CaseImage(name="CT", path="CT", role="planning CT", series="1.2"),),
        regions=(CaseRegion(name="GTVp", path="rt.dcm", selector="GTV ü", role="GTV", image="CT"),),
        transforms=(FrameTransform(from_frame="1", to_frame="2", who="A", reason="B"),),
        same_patient=(SamePatient(patient_ids=("P1", "X"), who="A", reason="B"),),
    )
    write_case(case, tmp_path / "case.json")
    opened = read_case(tmp_path / "case.json")
    assert opened.case == case
    assert opened.folder == tmp_path
    with pytest.raises(OutputError, match="exists already"):
        write_case(case, tmp_path / "case.json")


def test_two_things_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match='uses the name "A" more than once'):
        Case(images=(CaseImage(name="A", path="a"),), regions=(CaseRegion(name="A", path="b"),))


def test_a_case_of_the_first_schema_reads_as_one_of_today(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text(
        '{"schema": 1, "transforms": [{"from_frame": "1", "to_frame": "2", "who": "A", "reason": "B"}]}'
    )
    case = read_case(tmp_path / "case.json").case
    assert case.schema == 2
    (link,) = case.way("1", "2")
    assert (link.turned, link.transform.decision, link.transform.kind) == (False, "accepted", "")
    (back,) = case.way("2", "1")
    assert back.turned


def test_declarations_without_who_and_why_are_refused() -> None:
    with pytest.raises(IdentityError, match="not complete"):
        SamePatient(patient_ids=("A", "B"), who=" ", reason="x")
    with pytest.raises(IdentityError, match="not signed off"):
        FrameTransform(from_frame="1", to_frame="2", who="A", reason="")
