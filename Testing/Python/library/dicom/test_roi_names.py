import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosepainting_hrs.dicom.roi_names import check_label, check_names, check_type, interpreted_type, propose_name
from dosepainting_hrs.errors import ParameterError


def test_names_of_tg263_pass() -> None:
    check_names(["GTVp_PT1^HRS1", "zCTV_High", "SpinalCord", "Größe 16 Zeichen", "a" * 16])


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["GTVp", "a" * 17], r'ROI name "a{17}" has 17 characters; planning systems take at most 16'),
        (["GTVp", "gtvP"], r'"GTVp" and "gtvP" are the same without regard to case'),
        (["GTVp", "GTVp"], r'"GTVp" and "GTVp" are the same'),
        (["STRASSE", "straße"], r'"STRASSE" and "straße" are the same'),
        ([""], r"ROI name is empty"),
        (["  "], r"ROI name is empty"),
        (["a\\b"], r"ROI name 'a\\\\b' has a backslash or a control character"),
        (["a\nb"], r"ROI name 'a\\nb' has a backslash or a control character"),
        (["GTV "], r'ROI name "GTV " begins or ends with a space'),
    ],
)
def test_refuses_names_that_planning_systems_refuse(names: list[str], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        check_names(names)


def test_a_long_label_is_refused_with_a_proposal() -> None:
    with pytest.raises(ParameterError, match=r"structure set label .* has 21 characters") as caught:
        check_label("High-risk sub-volumes")
    assert caught.value.hint == 'For example "HRS" would do.'


@pytest.mark.parametrize(
    ("name", "proposal"),
    [
        ("GTVp high risk subvolume", "GTVpHRS"),
        ("Gross tumour volume left", "GTVL"),
        ("Lymph nodes right neck", "LNRNeck"),
        ("GTVp", "GTVp"),
        ("a\\b", "aB"),
        ("x" * 20, "x" * 16),
    ],
)
def test_proposals_by_hand(name: str, proposal: str) -> None:
    assert propose_name(name) == proposal


def test_proposal_avoids_names_in_use() -> None:
    assert propose_name("GTVp HRS", taken=["gtvpHRS", "GTVpHRS2"]) == "GTVpHRS3"
    assert propose_name("x" * 20, taken=["X" * 16]) == "x" * 15 + "2"


@given(st.text(max_size=60), st.lists(st.text(max_size=16), max_size=4))
def test_every_proposal_passes_beside_the_names_in_use(name: str, taken: list[str]) -> None:
    proposal = propose_name(name, taken)
    check_names([proposal])
    assert proposal.casefold() not in {one.casefold() for one in taken}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("GTVp_PT1^HRS1", "GTV"),
        ("gtvn", "GTV"),
        ("CTV_High", "CTV"),
        ("PTV!", "PTV"),
        ("zPTV_Ring", "CONTROL"),
        ("HRS", ""),
        ("ITV", ""),
        ("Heart", ""),
        ("Zygoma", ""),
    ],
)
def test_interpreted_type_follows_the_prefix(name: str, kind: str) -> None:
    assert interpreted_type(name) == kind


def test_a_type_is_a_defined_term_of_dicom_or_none() -> None:
    """PS3.3, C.8.8.8.1."""
    for kind in ("GTV", "AVOIDANCE", "DOSE_MEASUREMENT", "NONE"):
        check_type(kind)
    with pytest.raises(ParameterError, match='"gtv" is no RTROIInterpretedType') as refusal:
        check_type("gtv")
    assert '"GTV"' in refusal.value.hint
