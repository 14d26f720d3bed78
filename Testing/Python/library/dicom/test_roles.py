"""What a series is taken for, and the reason that is given."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement

from builders.dicom_series import image_header
from dosepainting_hrs.dicom.diffusion import b_value, b_values
from dosepainting_hrs.dicom.layout import Layout
from dosepainting_hrs.dicom.roles import PlanningEvidence, Role, SeriesFacts, planning_ct, role_of


def header(modality: str = "MR", **tags: Any) -> Dataset:
    ds = image_header(modality if modality in {"CT", "PT", "MR"} else "MR")
    ds.Modality, ds.Rows = modality, 4
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def role(*headers: Dataset, repeats: int = 1, phases: int = 1) -> tuple[Role, str]:
    layout = Layout(order=tuple(range(len(headers))), geometry=None, repeats=repeats)
    facts = SeriesFacts(uid="1.2.3", headers=headers, layout=layout, phases=phases, phase_spacing_s=5.0)
    return role_of(facts, ("1.2.9", ""))


DERIVED = ["DERIVED", "PRIMARY"]
MR_TABLE: list[tuple[dict[str, Any], Role, str]] = [
    ({"SeriesDescription": "t2_tse_tra"}, Role.T2, 'SeriesDescription is "t2_tse_tra"'),
    (
        {"SeriesDescription": "AX T2W FS", "EchoTime": 100, "RepetitionTime": 5000},
        Role.T2,
        "(TE 100 ms, TR 5000 ms)",
    ),
    ({"SeriesDescription": "t2_flair"}, Role.T2, '"t2_flair"'),
    ({"SeriesDescription": "IBSI_MR_T1_image"}, Role.T1, '"IBSI_MR_T1_image"'),
    ({"SeriesDescription": "t1_vibe_dixon_W"}, Role.T1, '"t1_vibe_dixon_W"'),
    ({"SeriesDescription": "sag mprage"}, Role.T1, '"sag mprage"'),
    ({"SeriesDescription": "T1 map"}, Role.MR, "a map"),
    ({"SeriesDescription": "T2* gre"}, Role.MR, "T2*"),
    ({"SeriesDescription": "tfl_3d PD ref_tra"}, Role.MR, "proton density"),
    ({"SeriesDescription": "AAHead_Scout"}, Role.LOCALIZER, "AAHead_Scout"),
    ({"SeriesDescription": "3-plane loc"}, Role.LOCALIZER, "3-plane loc"),
    ({"SeriesDescription": "localizer"}, Role.LOCALIZER, "localizer"),
    (
        {"ScanningSequence": "SE", "EchoTime": 104, "RepetitionTime": 6250},
        Role.T2,
        "TE 104 ms, TR 6250 ms with ScanningSequence SE",
    ),
    (
        {"ScanningSequence": "SE", "EchoTime": 12, "RepetitionTime": 600},
        Role.T1,
        "TE 12 ms, TR 600 ms with ScanningSequence SE",
    ),
    ({"ScanningSequence": "SE", "EchoTime": 12, "RepetitionTime": 4000}, Role.MR, "neither the description nor the echo"),
    (
        {"ScanningSequence": "GR", "SequenceVariant": ["SK", "SP"], "EchoTime": 2, "RepetitionTime": 5},
        Role.T1,
        "TE 2 ms, TR 5 ms with ScanningSequence GR",
    ),
    ({"ImageType": [*DERIVED, "DIFFUSION", "ADC", "DIS2D"]}, Role.ADC, "ImageType says DERIVED\\PRIMARY\\DIFFUSION\\ADC"),
    ({"ImageType": DERIVED, "SeriesDescription": "Apparent Diffusion Coefficient (mm2/s)"}, Role.ADC, "the images are derived"),
    ({"ImageType": [*DERIVED, "DIFFUSION", "TRACEW"]}, Role.DWI, "ImageType says DERIVED\\PRIMARY\\DIFFUSION\\TRACEW"),
    (
        {"ScanningSequence": "EP", "SeriesDescription": "DWI b800"},
        Role.DWI,
        "ScanningSequence is EP and Series",
    ),
    ({"ScanningSequence": "EP", "SeriesDescription": "fmri rest"}, Role.MR, "neither"),
    ({"DiffusionBValue": 800.0}, Role.DWI, "(0018,9087) gives b = 800 s/mm2"),
    ({"DiffusionBValue": 0.0, "SeriesDescription": "t2 tse"}, Role.T2, "t2 tse"),
    (
        {"DiffusionBValue": 1400.0, "SequenceName": "*ep_b50_800"},
        Role.DWI,
        "calculated: SequenceName *ep_b50_800 was acquired up to b = 800",
    ),
    (
        {"DiffusionBValue": 2000.0, "SeriesDescription": "synthetic DWI"},
        Role.DWI,
        "calculated: SeriesDescription is",
    ),
    ({"ImageType": DERIVED, "SeriesDescription": "dce Ktrans"}, Role.MR, "derived from other images"),
]


@pytest.mark.parametrize(("tags", "expected", "why"), MR_TABLE, ids=[str(row[0]) for row in MR_TABLE])
def test_mr_is_told_by_its_tags(tags: dict[str, Any], expected: Role, why: str) -> None:
    found, reason = role(header(**{"SeriesDescription": "series", **tags}))
    assert found is expected
    assert why in reason


@pytest.mark.parametrize(
    ("tags", "counts", "expected", "why"),
    [
        (
            {"ContrastBolusAgent": "Dotarem"},
            {"repeats": 30},
            Role.DCE,
            "30 time points at each slice position, contr",
        ),
        (
            {"ContrastBolusAgent": "Dotarem"},
            {"phases": 45},
            Role.DCE,
            "45 series on one grid that follow each other every 5.0 s",
        ),
        ({"SeriesDescription": "twist_dyn"}, {"phases": 3}, Role.DCE, 'SeriesDescription "twist_dyn"'),
        ({"ContrastBolusAgent": "Dotarem", "SeriesDescription": "t1 post"}, {}, Role.T1, "t1 post"),
        ({"SeriesDescription": "t1 vibe"}, {"phases": 5}, Role.T1, "t1 vibe"),
        ({"ContrastBolusAgent": "Dotarem", "SeriesDescription": "t1 vibe"}, {"phases": 2}, Role.T1, "t1 vibe"),
    ],
)
def test_dce_needs_time_points_and_contrast_or_a_name(
    tags: dict[str, Any], counts: dict[str, int], expected: Role, why: str
) -> None:
    found, reason = role(header(**{"SeriesDescription": "series", **tags}), **counts)
    assert found is expected
    assert why in reason


@pytest.mark.parametrize(
    ("tags", "expected", "why"),
    [
        ({}, Role.PET, "Modality is PT, Units BQML"),
        ({"Units": ""}, Role.PET, "Units are missing"),
        ({"SeriesType": ["DYNAMIC", "IMAGE"]}, Role.DYNAMIC_PET, "SeriesType says DYNAMIC"),
        ({"SeriesType": ["WHOLE BODY", "IMAGE"]}, Role.PET, "Units BQML"),
        ({"ImageType": ["DERIVED", "SECONDARY", "MIP"]}, Role.OTHER, "ImageType says MIP: a projection, no slices"),
    ],
)
def test_pet_is_told_from_dynamic_pet_and_projections(tags: dict[str, Any], expected: Role, why: str) -> None:
    found, reason = role(header("PT", **tags))
    assert found is expected
    assert why in reason


def test_pet_with_several_frame_times_at_each_position_is_dynamic() -> None:
    frames = [header("PT", FrameReferenceTime=time) for time in (0, 0, 60000, 60000)]
    assert role(*frames, repeats=2) == (
        Role.DYNAMIC_PET,
        "Modality is PT, with 2 frames at each slice position at different FrameReferenceTimes",
    )


@pytest.mark.parametrize(
    ("modality", "expected"),
    [
        ("RTSTRUCT", Role.RTSTRUCT),
        ("RTDOSE", Role.RTDOSE),
        ("RTPLAN", Role.RTPLAN),
        ("SEG", Role.SEG),
        ("REG", Role.REGISTRATION),
    ],
)
def test_objects_are_told_by_modality(modality: str, expected: Role) -> None:
    assert role(header(modality)) == (expected, f"Modality is {modality}")


def test_what_has_no_role_is_other_and_a_scout_a_localizer() -> None:
    assert role(header("US")) == (Role.OTHER, "Modality is US")
    scout = header("CT", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    assert role(scout) == (Role.LOCALIZER, "ImageType says LOCALIZER")


def ct(uid: str, slices: int, **tags: Any) -> SeriesFacts:
    headers = [header("CT", **tags)] * slices
    return SeriesFacts(uid=uid, headers=headers, layout=Layout(order=tuple(range(slices)), geometry=None))


def test_a_plan_goes_before_a_structure_set_before_the_number_of_slices() -> None:
    scans = [ct("1", 100), ct("2", 50), ct("3", 80)]
    assert planning_ct(scans, PlanningEvidence())[0] == "1"
    assert "of 3 CT series the one with most slices (100)" in planning_ct(scans, PlanningEvidence())[1]
    drawn = PlanningEvidence(by_structures={"3": "the RTSTRUCT was drawn on it"})
    assert planning_ct(scans, drawn) == ("3", "Modality is CT; the RTSTRUCT was drawn on it")
    planned = PlanningEvidence(by_structures={"3": "the RTSTRUCT"}, by_plan={"2": "the RTPLAN"})
    assert planning_ct(scans, planned) == ("2", "Modality is CT; the RTPLAN")


def test_an_original_ct_goes_before_a_longer_derived_one_and_a_single_one_is_said_to_be_single() -> None:
    scans = [ct("1", 100, ImageType=DERIVED), ct("2", 50)]
    assert planning_ct(scans, PlanningEvidence())[0] == "2"
    assert planning_ct(scans[:1], PlanningEvidence())[1] == "Modality is CT, and it is the patient's only CT series here"
    assert planning_ct([], PlanningEvidence()) == ("", "")


def private(maker: str, tag: int, vr: str, value: object) -> Dataset:
    ds = header(Manufacturer=maker)
    ds.add(DataElement(tag, vr, value))
    return ds


B_VALUES: list[tuple[str, int, str, object, float | None]] = [
    ("SIEMENS", 0x0019100C, "IS", "800", 800.0),
    ("SIEMENS", 0x0019100C, "OB", b"50 ", 50.0),
    ("GE MEDICAL SYSTEMS", 0x00431039, "IS", ["1000", "8", "0", "0"], 1000.0),
    ("GE MEDICAL SYSTEMS", 0x00431039, "IS", ["1000000600", "8", "0", "0"], 600.0),
    ("Philips Medical Systems", 0x20011003, "FL", 400.0, 400.0),
    ("Philips Medical Systems", 0x20011003, "UN", struct.pack("<f", 400.0), 400.0),
    ("Canon", 0x0019100C, "IS", "800", None),
    ("SIEMENS", 0x0019100C, "LO", "none", None),
]


@pytest.mark.parametrize(("maker", "tag", "vr", "value", "expected"), B_VALUES)
def test_each_maker_writes_the_b_value_elsewhere(maker: str, tag: int, vr: str, value: object, expected: float | None) -> None:
    found = b_value(private(maker, tag, vr, value))
    assert (found[0] if found else None) == expected


def test_the_standard_tag_goes_before_private_ones_and_values_are_listed_once() -> None:
    both = private("SIEMENS", 0x0019100C, "IS", "800")
    both.DiffusionBValue = 750.0
    assert b_value(both) == (750.0, "(0018,9087)")
    series = [private("SIEMENS", 0x0019100C, "IS", value) for value in ("800", "50", "800", "400")]
    assert b_values(series) == ((50.0, 400.0, 800.0), "(0019,100C)")
