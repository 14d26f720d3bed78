"""Nothing of two patients, or of two frames of reference, is ever combined."""

import json
import math
from dataclasses import replace

import pytest

from builders.volumes import OTHER_PATIENT, PATIENT
from dosepainting_hrs.errors import IdentityError
from dosepainting_hrs.identity import (
    FrameTransform,
    Identity,
    SamePatient,
    Supplied,
    as_declared,
    combined,
    fingerprint,
    normalised_name,
    require_same_frame,
    require_same_patient,
)

WHAT = ('The region "GTVp"', "the planning CT")


@pytest.mark.parametrize(
    "spelling",
    ["Müller^Jörg", "MULLER^JORG", "muller^jorg^", " Muller, Jorg ", "Müller^Jörg=ミュラー", "Mu\u0308ller^Jo\u0308rg"],
)
def test_spelling_does_not_make_another_person(spelling: str) -> None:
    assert normalised_name(spelling) == "muller jorg"


def test_another_name_is_another_person() -> None:
    assert normalised_name("Müller^Jan") != normalised_name("Müller^Jörg")


def test_names_and_birth_dates_travel_as_hashes_only() -> None:
    text = repr(PATIENT)
    assert "Doe" not in text
    assert "1960" not in text
    assert len(PATIENT.name_hash) == 16
    assert fingerprint("") == ""


def test_one_patient_is_accepted_without_remark() -> None:
    assert require_same_patient(PATIENT, replace(PATIENT, series=("other",)), what=WHAT) == ()


def test_two_patients_are_both_named() -> None:
    with pytest.raises(IdentityError, match='The region "GTVp" belongs to patient "P2", but the planning CT to patient "P1"'):
        require_same_patient(OTHER_PATIENT, PATIENT, what=WHAT)


def test_the_same_id_with_another_birth_date_is_refused() -> None:
    twin = Identity.of_patient("P1", "Doe^Jane", "19600103")
    with pytest.raises(IdentityError, match='carry the same PatientID "P1" but another birth date'):
        require_same_patient(PATIENT, twin, what=WHAT)


def test_the_same_id_with_another_name_is_refused() -> None:
    with pytest.raises(IdentityError, match="but another patient's name"):
        require_same_patient(PATIENT, Identity.of_patient("P1", "Doe^John", "19600102"), what=WHAT)


def test_another_name_is_refused_even_where_an_id_is_missing() -> None:
    with pytest.raises(IdentityError, match="no two PatientIDs that could be compared, but another patient's name"):
        require_same_patient(PATIENT, Identity.of_patient("", "Doe^John", ""), what=WHAT)


def test_what_one_side_lacks_does_not_contradict_and_is_told() -> None:
    remarks = require_same_patient(PATIENT, Identity.of_patient("P1", "doe^jane", ""), what=WHAT)
    assert remarks == ("The birth date is missing in the planning CT and could not be compared.",)


def test_a_declared_pair_is_accepted_and_told() -> None:
    pair = SamePatient(patient_ids=("P2", "P1"), who="A. Physicist", reason="study pseudonym")
    told = require_same_patient(PATIENT, OTHER_PATIENT, what=WHAT, same=[pair])
    assert told == ('Patients "P1" and "P2" are the same person, says A. Physicist: study pseudonym',)


def test_what_is_declared_goes_on_under_one_patient_and_is_on_record() -> None:
    """Otherwise each later step would refuse the pair anew."""
    pair = SamePatient(patient_ids=("P2", "P1"), who="A. Physicist", reason="study pseudonym")
    renamed = as_declared(OTHER_PATIENT, PATIENT, [pair])
    assert require_same_patient(renamed, PATIENT, what=WHAT) == ()
    assert renamed.series == OTHER_PATIENT.series
    assert [(one.what, one.who) for one in renamed.supplied] == [('patient "P2" is the same person as "P1"', "A. Physicist")]


def test_without_a_declaration_nobody_is_renamed() -> None:
    pair = SamePatient(patient_ids=("P1", "P3"), who="A. Physicist", reason="study pseudonym")
    assert as_declared(OTHER_PATIENT, PATIENT, [pair]) == OTHER_PATIENT
    assert as_declared(PATIENT, PATIENT, [pair]) == PATIENT


def test_a_declared_pair_holds_for_that_pair_only() -> None:
    pair = SamePatient(patient_ids=("P1", "P3"), who="A. Physicist", reason="study pseudonym")
    with pytest.raises(IdentityError, match='patient "P2"'):
        require_same_patient(PATIENT, OTHER_PATIENT, what=WHAT, same=[pair])


@pytest.mark.parametrize(("who", "reason"), [("", "pseudonym"), ("A. Physicist", " ")])
def test_a_declaration_needs_who_and_why(who: str, reason: str) -> None:
    with pytest.raises(IdentityError, match="P1 and P2 are the same patient is not complete"):
        SamePatient(patient_ids=("P1", "P2"), who=who, reason=reason)
    with pytest.raises(IdentityError, match=r"transform from frame 1\.1 to frame 1\.2 is not signed off"):
        FrameTransform(from_frame="1.1", to_frame="1.2", who=who, reason=reason)


def test_two_frames_of_reference_are_both_named() -> None:
    with pytest.raises(IdentityError, match=r"lies in frame of reference 1\.2\.3\.1, but the planning CT in 1\.9"):
        require_same_frame(PATIENT, replace(PATIENT, frame_of_reference="1.9"), what=WHAT)


def test_an_unknown_frame_does_not_contradict() -> None:
    require_same_frame(PATIENT, replace(PATIENT, frame_of_reference=""), what=WHAT)


def test_a_known_identity_has_patient_frame_and_series() -> None:
    assert PATIENT.is_known
    assert Identity().missing() == ("PatientID", "FrameOfReferenceUID", "source SeriesInstanceUID")
    assert replace(PATIENT, series=()).missing() == ("source SeriesInstanceUID",)


def test_the_combined_one_has_series_marks_and_records_of_both() -> None:
    note = Supplied(what="frame", who="A. Physicist", reason="lost", when="2025-01-01")
    other = replace(PATIENT, series=("1.2.3.10", "1.2.3.11"), marks=("research-only",), supplied=(note,))
    both = combined(PATIENT, other)
    assert both.series == ("1.2.3.10", "1.2.3.11")
    assert both.marks == ("research-only",)
    assert both.supplied == (note,)
    assert both.is_known


def test_a_result_is_not_better_known_than_its_sources() -> None:
    """A mask without identity does not get one by being used with a PET that has."""
    both = combined(PATIENT, Identity())
    assert both.patient_id == "P1"
    assert not both.is_known
    assert "PatientID" in combined(both, PATIENT).missing()


@pytest.mark.parametrize(
    "matrix",
    [
        (-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1),  # mirrors left and right
        (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),  # flattens
        (10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 1),  # cm taken for mm
        (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1),  # written by columns
        (1, 0, 0, math.nan, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1),
        (math.inf, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1),
    ],
)
def test_a_transform_is_a_map_of_one_patient_onto_the_same_patient(matrix: tuple[float, ...]) -> None:
    with pytest.raises(IdentityError, match="no map of one patient onto the same patient"):
        FrameTransform(from_frame="1", to_frame="2", matrix=matrix, who="x", reason="y")


def test_the_hint_can_be_copied_into_a_case_file() -> None:
    with pytest.raises(IdentityError) as refusal:
        require_same_patient(PATIENT, OTHER_PATIENT, what=WHAT)
    declared = json.loads(refusal.value.hint[refusal.value.hint.index("{") :])
    assert SamePatient(**{**declared, "patient_ids": tuple(declared["patient_ids"])}).patient_ids == ("P1", "P2")


def test_two_frames_are_answered_with_the_commands_that_join_them() -> None:
    with pytest.raises(IdentityError, match=r"1\.2\.3\.1, but .* in 1\.2\.9") as refusal:
        require_same_frame(PATIENT, replace(PATIENT, frame_of_reference="1.2.9"), what=WHAT)
    assert "dosepainting-hrs register" in refusal.value.hint
    assert "transform accept" in refusal.value.hint
