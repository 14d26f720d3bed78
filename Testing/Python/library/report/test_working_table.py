"""The working of a map in a report: every fact is there, under its heading, with tag, number and factor."""

from dosepainting_hrs.report.working_table import working_section
from dosepainting_hrs.working import CONVENTION, REFERENCE_TIME, SUPPLIED, Fact

FACTS = (
    Fact(kind=REFERENCE_TIME, text="Series at 12:00.", tag="(0008,0031)", value=1.5, unit="%"),
    Fact(kind=REFERENCE_TIME, text="Acquisition at 12:01."),
    Fact(kind=SUPPLIED, text="70 kg instead of 80 kg.", tag="(0010,1030)", value=70.0, unit="kg", warns=True),
    Fact(kind=CONVENTION, text="MBq.", factor=1e6),
)


def test_every_fact_has_its_row_under_a_heading_that_is_said_once() -> None:
    section = working_section("Working", FACTS)
    assert section.table is not None
    assert section.table.rows == (
        ("Reference times that the tags give", "Series at 12:00.", "(0008,0031)", "1.5 %", ""),
        ("", "Acquisition at 12:01.", "", "", ""),
        ("Supplied by hand", "Look at this: 70 kg instead of 80 kg.", "(0010,1030)", "70 kg", ""),
        ("Conventions applied", "MBq.", "", "", "1e+06"),
    )
