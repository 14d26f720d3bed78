"""A cohort's table: what is read, and a sentence with row and column for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.cohort_files import row_of, write_table
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.learning.cohort_table import read_cohort

ROWS = [row_of("T1", "FaDu", "M", ["ADC"]), row_of("T2", "SAS", "L", ["ADC", "c1"], tcd50="127", tcd50_low="114")]


def test_rows_are_read_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    cohort = read_cohort(write_table(tmp_path, ROWS, time_points=[]))
    assert [(row.number, row.case, row.group, row.class_name) for row in cohort.rows] == [
        (2, "T1", "FaDu", "M"),
        (3, "T2", "SAS", "L"),
    ]
    assert cohort.map_names == ("ADC", "c1")
    assert dict(cohort.rows[0].maps) == {"ADC": "T1/ADC.nrrd"}
    assert (cohort.rows[1].tcd50, cohort.rows[1].tcd50_low, cohort.rows[1].tcd50_high) == (127.0, 114.0, None)
    assert cohort.class_names == ("H", "M", "L")
    assert [row.case for row in cohort.complete("", ("ADC", "c1"))] == ["T2"]


def test_a_byte_order_mark_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    path = write_table(tmp_path, ROWS)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b",,,,,,,,,,\r\n")
    assert len(read_cohort(path).rows) == 2


def changed(tmp_path: Path, old: str, new: str) -> Path:
    path = write_table(tmp_path, ROWS)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("group", "grp", r'row 1, lacks the column "group"'),
        ("map:ADC", "ADC", r'row 1, has a column 8 called "ADC"'),
        ("map:c1", "map:ADC", r'row 1, has the column "map:ADC" twice'),
        ("map:c1", "map:c1+c2", r'row 1, has a column 9 called "map:c1\+c2"; a name of maps or frames has no "\+"'),
        ("exclude", "exclude,comment", r'row 1, has a column 7 called "comment"'),
        ("T1,T1", ",T1", r'row 2, column "case", is empty'),
        (",FaDu,", ",,", r'row 2, column "group", is empty'),
        (",M,", ",X,", r'row 2, column "class", holds "X".*"H", "M", "L"'),
        ("M,,,", "M,,perhaps,", r'row 2, column "exclude", holds "perhaps"'),
        ("T1/GTV.nrrd", "", r'row 2, column "region", is empty'),
        ("127", "127 Gy", r'row 3, column "tcd50", holds "127 Gy"'),
        ("127", "-1", r'row 3, column "tcd50", holds "-1"'),
        ("127", "nan", r'row 3, column "tcd50", holds "nan"'),
        ("127", "127,5", r"row 3, has 12 cells, but there are 11 columns.*decimal comma"),
        ("T2,T2", "T1,T2", r'row 3, column "case", repeats "T1" of row 2'),
    ],
)
def test_what_is_wrong_is_said_with_row_and_column(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_cohort(changed(tmp_path, old, new))


def test_semicolons_are_recognised(tmp_path: Path) -> None:
    path = write_table(tmp_path, ROWS)
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    with pytest.raises(InputError, match=r"no commas between its columns.*decimal point"):
        read_cohort(path)


def test_text_of_another_encoding_is_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path, ROWS)
    path.write_bytes(path.read_bytes().replace(b"FaDu", b"F\xe4Du"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_cohort(path)


def test_a_table_without_rows_or_maps_is_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path, [])
    with pytest.raises(InputError, match="has no rows"):
        read_cohort(path)
    path.write_text(path.read_text(encoding="utf-8").replace(",map:ADC", ""), encoding="utf-8")
    with pytest.raises(InputError, match="has no map column"):
        read_cohort(path)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"classes": [{"name": "H", "target_fraction": 0.1}]}, "at least two"),
        ({"classes": [{"name": "H", "target_fraction": 0.1}, {"name": "H", "target_fraction": 0.2}]}, "different names"),
        ({"classes": [{"name": "H", "target_fraction": 0.0}, {"name": "M", "target_fraction": 0.0}]}, "no voxel"),
        ({"classes": [{"name": "H", "target_fraction": 0.0}, {"name": "M", "target_fraction": 15}]}, "out of its range"),
        ({"schema": 9}, "schema 9"),
        ({"clases": []}, 'no "clases".*"classes"'),
        ({"bases": {"ADK": "12"}}, 'bases, names "ADK", but the table has no column "map:ADK". Did you mean "ADC"'),
    ],
)
def test_settings_are_checked(tmp_path: Path, settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        read_cohort(write_table(tmp_path, ROWS, **settings))


def test_settings_must_be_there(tmp_path: Path) -> None:
    path = write_table(tmp_path, ROWS)
    (tmp_path / "cohort.json").unlink()
    with pytest.raises(InputError, match=r'no ".*cohort\.json", which names the classes'):
        read_cohort(path)


def test_an_excluded_row_needs_no_class(tmp_path: Path) -> None:
    cohort = read_cohort(write_table(tmp_path, [*ROWS, row_of("T3", "CAL-33", "", ["ADC"], exclude="1", region="")]))
    assert [row.case for row in cohort.included("")] == ["T1", "T2"]


def test_time_points_are_told_apart(tmp_path: Path) -> None:
    late = [{**row, "time_point": "w2"} for row in ROWS]
    early = [{**row, "time_point": "w0"} for row in ROWS]
    cohort = read_cohort(write_table(tmp_path, [*early, *late], time_points=["w0", "w2"]))
    assert [row.number for row in cohort.included("w2")] == [4, 5]
    with pytest.raises(InputError, match=r'2 time points.*"w0", "w2"'):
        cohort.chosen_time_point("")
    other = [*early, {**late[0], "class": "L"}]
    with pytest.raises(InputError, match='row 4, column "class", holds "L", but row 2 has "M" for the same tumour'):
        read_cohort(write_table(tmp_path, other, time_points=["w0", "w2"]))
    with pytest.raises(InputError, match='column "time_point", holds "w9"'):
        read_cohort(write_table(tmp_path, [{**ROWS[0], "time_point": "w9"}], time_points=["w0", "w2"]))


def test_a_class_that_is_not_there_names_the_file_that_was_read(tmp_path: Path) -> None:
    path = changed(tmp_path, ",M,", ",X,")
    with pytest.raises(InputError, match=r"which cohort\.json does not name"):
        read_cohort(path)
    own = path.rename(path.with_name("trial.csv"))
    (tmp_path / "cohort.json").rename(tmp_path / "trial.json")
    with pytest.raises(InputError, match=r"which trial\.json does not name"):
        read_cohort(own)
