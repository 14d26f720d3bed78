"""What somebody signs for is done, and stands in the structure set in full: who, what and why."""

import json
from pathlib import Path

import pytest
import SimpleITK as sitk
from pydicom import Dataset, dcmread

from builders.bad_input import Door, Person, changed_series


def pseudonymised(person: Person) -> Path:
    """The person's planning CT under a study's pseudonym, as a trial centre gets it."""

    def rename(header: Dataset) -> None:
        header.PatientID, header.PatientName, header.PatientBirthDate = "TRIAL-7", "TRIAL^7", ""

    return changed_series(person.ct, Path("trial"), rename)


def case_of(*pairs: list[str]) -> str:
    declared = [{"patient_ids": pair, "who": "Data manager", "reason": "key list of the trial"} for pair in pairs]
    Path("case.json").write_text(json.dumps({"schema": 1, "same_patient": declared}))
    return "case.json"


@pytest.mark.parametrize("pair", [["ANN-1", "TRIAL-7"], ["TRIAL-7", "ANN-1"]])
def test_a_declared_pseudonym_goes_out_with_the_declaration(door: Door, ann: Person, pair: list[str]) -> None:
    words = ("export", "rtstruct", "--planning-ct", pseudonymised(ann), "--region", f"HRS={ann.file('hrs')}", "-o", "out.dcm")
    door.refused(*words, code="identity", match='patient "ANN-1".*patient "TRIAL-7".*same_patient')
    answer = door(*words, "--case", case_of(pair))
    written = dcmread("out.dcm")
    assert written.PatientID == "TRIAL-7"
    for text in (str(answer["overrides"]), written.StructureSetDescription):
        assert "Data manager" in text
        assert "key list of the trial" in text
    assert "Ann" not in Path("out.dcm").read_bytes().decode("latin-1")


def test_a_chain_of_pseudonyms_is_no_declaration(door: Door, ann: Person) -> None:
    words = ("export", "rtstruct", "--planning-ct", pseudonymised(ann), "--region", f"HRS={ann.file('hrs')}", "-o", "out.dcm")
    case = case_of(["ANN-1", "X"], ["X", "TRIAL-7"])
    door.refused(*words, "--case", case, code="identity", match='patient "ANN-1".*patient "TRIAL-7"')


def bare(person: Person) -> str:
    image = sitk.ReadImage(str(person.file("hrs")))
    for key in image.GetMetaDataKeys():
        image.EraseMetaData(key)
    sitk.WriteImage(image, "bare.nrrd")
    return "bare.nrrd"


def supplied(ann: Person, who: str, reason: str) -> tuple[object, ...]:
    named = ("--drawn-on", f"HRS={ann.pet}", "--by", who, "--reason", reason)
    return ("export", "rtstruct", "--planning-ct", ann.ct, "--region", f"HRS={bare(ann)}", "-o", "out.dcm", *named)


def test_a_reason_with_letters_of_all_kinds_is_written_as_it_is(door: Door, ann: Person) -> None:
    door(*supplied(ann, "Dr. Müller-Šimić 山田", "verloren; 5 < 6 & C:\\data"))
    said = dcmread("out.dcm").StructureSetDescription
    assert "Dr. Müller-Šimić 山田" in said
    assert "verloren; 5 < 6 & C:\\data" in said


def test_a_reason_too_long_for_the_description_is_refused_not_cut(door: Door, ann: Person) -> None:
    door.refused(*supplied(ann, "Dr Yes", "because " * 200), code="parameter", match="1024.*Shorten the reasons")
    door(*supplied(ann, "Dr Yes", "because " * 40))
    assert dcmread("out.dcm").StructureSetDescription.count("because") == 40


def test_a_series_named_for_a_region_that_knows_its_own_is_not_passed_over(door: Door, ann: Person) -> None:
    words = ("export", "rtstruct", "--planning-ct", ann.ct, "--region", f"HRS={ann.file('hrs')}", "-o", "out.dcm")
    more = ("--drawn-on", f"HRS={ann.ct}", "--by", "Dr Yes", "--reason", "to be sure")
    door.refused(*words, *more, code="parameter", match='"HRS" knows its patient.*Leave it out')
