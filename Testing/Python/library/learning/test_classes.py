"""Classes by overlapping TCD50 intervals: the cell lines of Boeke et al. (2023), table 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.cohort_files import row_of, write_table
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.learning.classes import classes_from, confounding, joined_by_overlap, with_groups
from dosepainting_hrs.learning.cohort import BOEKE_CLASSES, Cohort, Row
from dosepainting_hrs.learning.cohort_table import read_cohort

LINES = {
    "UTSCC-45": (38, 52),
    "XF354": (40, 55),
    "UTSCC-14": (46, 59),
    "UTSCC-8": (40, 61),
    "FaDu": (77, 96),
    "CAL-33": (90, 141),
    "UTSCC-5": (103, 140),
    "SAS": (114, 140),
}
SENSITIVE = {"UTSCC-45", "XF354", "UTSCC-14", "UTSCC-8"}


@pytest.fixture
def lines(tmp_path: Path) -> Cohort:
    rows = [
        row_of(f"{line}-{n}", line, "H", ["ADC"], tcd50=str((low + high) / 2), tcd50_low=str(low), tcd50_high=str(high))
        for line, (low, high) in LINES.items()
        for n in (1, 2)
    ]
    return read_cohort(write_table(tmp_path, rows))


def test_with_cal_33_excluded_first_there_are_the_three_classes_of_the_paper(lines: Cohort) -> None:
    joined = joined_by_overlap(with_groups(lines, exclude=["CAL-33"]))
    assert [set(one.groups) for one in joined] == [SENSITIVE, {"FaDu"}, {"UTSCC-5", "SAS"}]
    assert [one.indirect for one in joined] == [(), (), ()]


def test_cal_33_chains_fadu_and_sas_into_one_class(lines: Cohort) -> None:
    """FaDu [77; 96] overlaps CAL-33 [90; 141], which overlaps SAS [114; 140]; FaDu and SAS share no dose."""
    joined = joined_by_overlap(lines)
    assert [set(one.groups) for one in joined] == [SENSITIVE, {"FaDu", "CAL-33", "UTSCC-5", "SAS"}]
    assert joined[1].chain == "FaDu [77; 96] - CAL-33 [90; 141] - UTSCC-5 [103; 140] - SAS [114; 140]"
    assert joined[1].indirect == ("FaDu and UTSCC-5", "FaDu and SAS")


def test_a_group_that_the_table_excludes_can_be_taken_in_again(lines: Cohort) -> None:
    without = with_groups(lines, exclude=["CAL-33"])
    assert joined_by_overlap(with_groups(without, include=["CAL-33"])) == joined_by_overlap(lines)
    with pytest.raises(InputError, match=r'no group "CAL33".*"CAL-33"'):
        with_groups(lines, exclude=["CAL33"])


def test_classes_are_named_from_sensitive_to_resistant(lines: Cohort) -> None:
    joined = joined_by_overlap(with_groups(lines, exclude=["CAL-33"]))
    classes, by_group = classes_from(joined, ["H", "M", "L"], [0.0, 0.075, 0.15])
    assert classes == BOEKE_CLASSES
    assert (by_group["XF354"], by_group["FaDu"], by_group["SAS"]) == ("H", "M", "L")
    with pytest.raises(InputError, match=r"3 classes .* but 2 names"):
        classes_from(joined, ["H", "L"], [0.0, 0.15])


def test_touching_intervals_overlap(tmp_path: Path) -> None:
    rows = [
        row_of(c, c, "H", ["ADC"], tcd50_low=low, tcd50_high=high) for c, low, high in (("a", "10", "20"), ("b", "20", "30"))
    ]
    assert len(joined_by_overlap(read_cohort(write_table(tmp_path, rows)))) == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"tcd50_low": "1"}, r'row 2 \(case "a"\), column "tcd50_high", is empty'),
        ({"tcd50_low": "9", "tcd50_high": "1"}, "from 9 to 1 Gy: it is reversed"),
    ],
)
def test_an_interval_that_is_none_is_refused(tmp_path: Path, more: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        joined_by_overlap(read_cohort(write_table(tmp_path, [row_of("a", "a", "H", ["ADC"], **more)])))


def rows_of(*members: tuple[str, str, str]) -> list[Row]:
    return [
        Row(number=n, case=str(n), patient=str(n), group=group, class_name=name, scanner=scanner)
        for n, (name, group, scanner) in enumerate(members)
    ]


def test_a_class_of_a_single_group_or_scanner_is_said() -> None:
    told = confounding(rows_of(("H", "a", "S1"), ("H", "b", "S2"), ("L", "c", "S2"), ("L", "c", "S2")), ("H", "L"))
    assert [one.split(":")[0] for one in told] == [
        'Class "L" is the group "c" only',
        'Class "L" is the scanner "S2" only',
    ]


def test_one_scanner_for_all_confounds_nothing() -> None:
    assert confounding(rows_of(("H", "a", "S1"), ("H", "b", "S1"), ("L", "c", "S1"), ("L", "d", "S1")), ("H", "L")) == ()
