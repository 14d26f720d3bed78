"""Notes say of themselves that they are; warnings come before them."""

from dosepainting_hrs.cli.tables import remark_lines
from dosepainting_hrs.notes import is_note, note, said_of, warnings_first

LOST, CUT, LARGE = "An island is lost.", note("StudyID was cut."), "It is almost all of the region."


def test_warnings_come_first_each_kind_in_its_order() -> None:
    assert warnings_first([CUT, LOST, note("More."), LARGE]) == (LOST, LARGE, CUT, note("More."))


def test_a_note_stays_one_with_its_subject_before_it() -> None:
    assert said_of('"HRS"', CUT) == 'Note: "HRS": StudyID was cut.'
    assert said_of('"HRS"', LOST) == '"HRS": An island is lost.'
    assert [is_note(said_of("x", one)) for one in (CUT, LOST)] == [True, False]


def test_the_command_line_marks_them_apart() -> None:
    assert remark_lines([CUT, LOST]) == ["  ! An island is lost.", "  - Note: StudyID was cut."]
    assert remark_lines([CUT, LOST], "", "HRS") == ["! HRS: An island is lost.", "- Note: HRS: StudyID was cut."]
