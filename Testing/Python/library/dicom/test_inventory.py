"""What inspect says about a folder."""

from __future__ import annotations

import json
import shutil
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread

from builders.dicom_series import image_header, save, write_series
from builders.real_data import real_data
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.inventory import Inventory, inspect_folder
from dosepainting_hrs.dicom.role import Role
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.dicom.summary import SeriesSummary
from dosepainting_hrs.errors import DicomError, DosePaintingError, InputError

VOXELS = np.arange(6 * 4 * 5, dtype=np.int16).reshape(6, 4, 5)
STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"


def item(**tags: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def write_structures(
    path: Path, series: str, images: list[str], *, uid: str = "1.2.3.4.1", frame: str = "1.2.3.2", **patient: str
) -> Path:
    ds = image_header("RTSTRUCT", series_uid="1.2.3.40", **patient)
    del ds.FrameOfReferenceUID, ds.SeriesDescription
    ds.SOPInstanceUID, ds.StructureSetLabel = uid, "GTVs"
    slices = [item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=one) for one in images]
    referred = item(SeriesInstanceUID=series, ContourImageSequence=slices)
    study = item(ReferencedSOPClassUID=STUDY_CLASS, ReferencedSOPInstanceUID="1.2.3.1", RTReferencedSeriesSequence=[referred])
    ds.ReferencedFrameOfReferenceSequence = [item(FrameOfReferenceUID=frame, RTReferencedStudySequence=[study])]
    ds.StructureSetROISequence = [item(ROINumber=1, ROIName="GTVp"), item(ROINumber=2, ROIName="Rückenmark")]
    ds.ROIContourSequence = [item(ReferencedROINumber=1)]
    return save(ds, path)


def series(inventory: Inventory, role: Role) -> SeriesSummary:
    (found,) = [one for one in inventory.series if one.role is role]
    return found


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """A planning CT with structure set and plan, a second CT with more slices, a PET and an oblique T2."""
    images: list[str] = []
    write_series(tmp_path / "ct", VOXELS, series_uid="1.2.3.11", change=lambda _, ds: images.append(str(ds.SOPInstanceUID)))
    write_series(tmp_path / "ct2", np.concatenate([VOXELS, VOXELS]), series_uid="1.2.3.12", spacing=(1, 1, 1))
    write_series(tmp_path / "pet", VOXELS, modality="PT", series_uid="1.2.3.13", spacing=(4, 4, 3))
    tilt = np.radians(12.0)
    oblique = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    write_series(
        tmp_path / "t2", VOXELS, modality="MR", series_uid="1.2.3.14", direction=oblique, tags={"SeriesDescription": "t2"}
    )
    write_structures(tmp_path / "rs.dcm", "1.2.3.11", images)
    plan = image_header("RTPLAN", series_uid="1.2.3.41")
    plan.ReferencedStructureSetSequence = [
        item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.3", ReferencedSOPInstanceUID="1.2.3.4.1")
    ]
    save(plan, tmp_path / "rp.dcm")
    return tmp_path


def test_every_series_has_its_role_size_spacing_and_orientation(patient: Path) -> None:
    found = {one.uid: one for one in inspect_folder(patient).series}
    rows = {uid: (one.role, one.size, one.spacing, one.orientation) for uid, one in found.items()}
    assert rows == {
        "1.2.3.11": (Role.PLANNING_CT, "5 x 4 x 6", "1 x 1 x 2", "axial"),
        "1.2.3.12": (Role.CT, "5 x 4 x 12", "1 x 1 x 1", "axial"),
        "1.2.3.13": (Role.PET, "5 x 4 x 6", "4 x 4 x 3", "axial"),
        "1.2.3.14": (Role.T2, "5 x 4 x 6", "1 x 1 x 2", "axial, oblique by 12.0 degrees"),
        "1.2.3.40": (Role.RTSTRUCT, "", "", ""),
        "1.2.3.41": (Role.RTPLAN, "", "", ""),
    }
    assert found["1.2.3.11"].why == 'Modality is CT; the RTSTRUCT "GTVs" of the RTPLAN "RTPLAN series" was drawn on it'
    assert not any(one.problems for one in found.values())


def test_a_structure_set_tells_its_rois_and_what_it_was_drawn_on(patient: Path) -> None:
    found = series(inspect_folder(patient), Role.RTSTRUCT)
    assert found.regions == ("GTVp", "Rückenmark")
    assert found.references == ("1.2.3.11",)
    assert found.frame_of_reference == "1.2.3.2"
    assert found.remarks == ('It was drawn on CT "CT series".',)


@pytest.mark.parametrize("undefined", [True, False])
def test_a_structure_set_with_a_long_image_list_is_read(tmp_path: Path, undefined: bool) -> None:
    """Its header ends far behind the first bytes of the file, which end in the middle of a sequence."""
    path = write_structures(tmp_path / "rs.dcm", "1.2.3.11", [f"1.2.3.{number}" for number in range(1500)])
    ds = dcmread(path)
    for element in ds.iterall():
        element.is_undefined_length = undefined and element.VR == "SQ"
    ds.save_as(path)
    (found,) = inspect_folder(tmp_path).series
    assert path.stat().st_size > 80_000
    assert (found.regions, found.references) == (("GTVp", "Rückenmark"), ("1.2.3.11",))


def test_files_come_in_order_along_the_normal(tmp_path: Path) -> None:
    paths = write_series(tmp_path, VOXELS, names=lambda k: f"{9 - k}.dcm")
    (found,) = inspect_folder(tmp_path).series
    assert list(found.files) == paths


def test_a_role_set_by_hand_wins_and_says_so(patient: Path) -> None:
    inventory = inspect_folder(patient, roles={"1.2.3.12": Role.PLANNING_CT, "1.2.3.14": Role.T1})
    found = {one.uid: one for one in inventory.series}
    assert found["1.2.3.12"].role is Role.PLANNING_CT
    assert found["1.2.3.11"].role is Role.CT
    assert found["1.2.3.11"].why.startswith("another series was set as planning CT by hand (the headers say planning CT:")
    assert found["1.2.3.14"].why == 'set by hand (the headers say T2: SeriesDescription is "t2")'
    assert found["1.2.3.12"].why.startswith("set by hand (the headers say CT: Modality is CT")


def test_json_has_plain_types_and_stable_keys(patient: Path) -> None:
    written = inspect_folder(patient).to_json()
    assert json.loads(json.dumps(written)) == written
    assert list(written) == ["folder", "series", "unreadable", "not_dicom", "problems", "acquisitions"]
    assert [one["role"] for one in written["series"]].count("planning CT") == 1
    assert {len(one) for one in written["series"]} == {26}


def test_archives_are_told_as_not_looked_into(tmp_path: Path) -> None:
    write_series(tmp_path / "a", VOXELS)
    assert inspect_folder(tmp_path).problems == ()
    with zipfile.ZipFile(tmp_path / "DCE.zip", "w") as packed:
        packed.writestr("1.dcm", b"0" * 2000)
    told = "1 archive (DCE.zip) was not looked into: unpack it first."
    assert inspect_folder(tmp_path).problems == (told,)
    (tmp_path / "b.tar.gz").write_bytes(b"0" * 2000)
    (tmp_path / "map.nii.gz").write_bytes(b"0" * 2000)
    assert inspect_folder(tmp_path).problems == ("2 archives (DCE.zip, b.tar.gz) were not looked into: unpack them first.",)
    shutil.rmtree(tmp_path / "a")
    with pytest.raises(DicomError, match="holds no DICOM files, only 3 other files") as caught:
        inspect_folder(tmp_path)
    assert "unpack them first" in caught.value.hint


def test_two_patients_are_both_named(tmp_path: Path) -> None:
    write_series(tmp_path / "a", VOXELS, patient_id="A", patient_name="Doe^Jane")
    write_series(tmp_path / "b", VOXELS, patient_id="B", patient_name="Roe^Rita", modality="PT")
    inventory = inspect_folder(tmp_path)
    people = 'Doe^Jane (ID "A", born 19600101) and Roe^Rita (ID "B", born 19600101)'
    assert inventory.problems == (f"The folder holds 2 patients: {people}.",)


@pytest.mark.parametrize(
    ("other", "told"),
    [({"birth_date": "19610101"}, 'Doe^Jane (ID "P1", born 19610101)'), ({"patient_name": "Roe^Rita"}, "Roe^Rita")],
)
def test_one_id_for_two_people_is_told(tmp_path: Path, other: dict[str, Any], told: str) -> None:
    write_series(tmp_path / "a", VOXELS)
    write_series(tmp_path / "b", VOXELS, modality="PT", **other)
    (problem,) = inspect_folder(tmp_path).problems
    assert problem.startswith('PatientID "P1" stands for two people: Doe^Jane (ID "P1", born 19600101) and ')
    assert told in problem


def test_spelling_of_a_name_and_a_missing_birth_date_are_no_contradiction(tmp_path: Path) -> None:
    write_series(tmp_path / "a", VOXELS)
    write_series(tmp_path / "b", VOXELS, modality="PT", patient_name="DOE^JANE", birth_date="")
    assert inspect_folder(tmp_path).problems == ()


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    write_series(tmp_path / "a", VOXELS)
    (tmp_path / "a" / "zero.dcm").write_bytes(b"")
    inventory = inspect_folder(tmp_path)
    assert inventory.problems == ('"a/zero.dcm" is empty (0 bytes).',)
    assert [one["reason"] for one in inventory.to_json()["unreadable"]] == ["is empty (0 bytes)"]


def test_a_structure_set_of_another_patient_frame_or_series_is_told(tmp_path: Path) -> None:
    images: list[str] = []
    write_series(tmp_path / "ct", VOXELS, series_uid="1.2.3.11", change=lambda _, ds: images.append(str(ds.SOPInstanceUID)))
    write_structures(tmp_path / "1.dcm", "1.2.3.11", images, frame="1.2.99", uid="1.2.3.4.1")
    write_structures(tmp_path / "2.dcm", "1.2.3.11", [*images[1:], "1.2.77"], uid="1.2.3.4.2", patient_id="B")
    write_structures(tmp_path / "3.dcm", "1.2.3.99", images, uid="1.2.3.4.2")
    inventory = inspect_folder(tmp_path)
    first, second, third = (one for one in inventory.series if one.role is Role.RTSTRUCT)
    assert first.problems == ("It lies in frame of reference 1.2.99, but the series it refers to in 1.2.3.2.",)
    other, own = (f'Doe^Jane (ID "{patient}", born 19600101)' for patient in ("B", "P1"))
    assert second.problems == (
        f"It belongs to {other}, but the series it refers to belongs to {own}.",
        "1 of the 6 slices that it lists are not in this folder.",
    )
    assert third.remarks == (
        '"3.dcm" was drawn on CT series 1.2.3.99, which is not in this folder. In the same frame of reference: CT "CT series".',
    )
    assert inventory.problems[-1] == (
        '"2.dcm" and "3.dcm" carry the same SOPInstanceUID 1.2.3.4.2: copies, or two versions of one RTSTRUCT.'
    )


def test_a_flawed_series_is_told_and_not_raised(tmp_path: Path) -> None:
    paths = write_series(tmp_path, VOXELS)
    paths[2].unlink()
    (found,) = inspect_folder(tmp_path).series
    assert found.problems == ("1 slice is missing at a spacing of 2 mm: 1 between z = 2.00 mm and z = 6.00 mm.",)
    assert (found.geometry, found.size, found.spacing) == (None, "5 x 4, 5 slices", "1 x 1")


def test_several_flaws_are_all_told(tmp_path: Path) -> None:
    def change(k: int, ds: Dataset) -> None:
        ds.PatientID = "B" if k == 2 else "A"
        ds.PixelSpacing = [2, 2] if k == 3 else [1, 1]
        ds.ImageOrientationPatient = [0, 1, 0, 0, 0, -1] if k == 4 else [1, 0, 0, 0, 1, 0]

    write_series(tmp_path, VOXELS, change=change)
    (found,) = inspect_folder(tmp_path).series
    assert [problem.split(":")[0] for problem in found.problems] == [
        "The series mixes two patients",
        "The slices differ in pixel spacing",
        "The slices have mixed orientations",
    ]


def test_lossy_compression_is_told_with_its_ratio(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS, tags={"LossyImageCompression": "01", "LossyImageCompressionRatio": 12.5})
    (found,) = inspect_folder(tmp_path).series
    assert found.problems == ("The images were compressed with loss by 12.5 to 1: their values are not the scanner's.",)


def test_tags_that_suv_needs_are_missed_by_name(tmp_path: Path) -> None:
    absent = ("Units", "PatientWeight", "RadiopharmaceuticalInformationSequence")
    write_series(tmp_path, VOXELS, modality="PT", tags={**dict.fromkeys(absent), "CorrectedImage": ["DECY"]})
    (found,) = inspect_folder(tmp_path).series
    wanted = (
        "PatientWeight (patient's weight), RadionuclideTotalDose (injected activity), RadionuclideHalfLife and "
        "RadiopharmaceuticalStartTime (time of injection)"
    )
    assert found.problems == (
        "Units is missing.",
        f"{wanted} are missing, so SUV cannot be computed.",
        "CorrectedImage does not list ATTN: the images are not corrected for attenuation.",
    )


def test_a_ct_without_frame_and_rescale_is_told(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS, tags={"FrameOfReferenceUID": None, "RescaleSlope": None})
    (found,) = inspect_folder(tmp_path).series
    assert found.problems == ("FrameOfReferenceUID and RescaleSlope are missing.",)


def test_a_screen_capture_and_a_localizer_need_no_grid(tmp_path: Path) -> None:
    write_series(tmp_path / "a", VOXELS[:1], tags={"Modality": "OT", "ImagePositionPatient": None})
    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "RescaleSlope": None}
    write_series(tmp_path / "b", VOXELS[:1], tags=scout)
    found = inspect_folder(tmp_path).series
    assert [(one.role, one.problems) for one in found] == [(Role.OTHER, ()), (Role.LOCALIZER, ())]


def test_b_values_in_one_series_are_normal_for_dwi(tmp_path: Path) -> None:
    for b in (50.0, 800.0):
        write_series(tmp_path / str(b), VOXELS, modality="MR", series_uid="1.2.3.5", tags={"DiffusionBValue": b})
    (found,) = inspect_folder(tmp_path).series
    assert (found.role, found.size, found.images_per_position) == (Role.DWI, "5 x 4 x 6 x 2", 2)
    assert found.problems == ()
    assert found.frames == "2 frames: b = 50, 800 s/mm2"


def test_a_ct_with_two_images_per_position_is_a_problem(tmp_path: Path) -> None:
    for part in "ab":
        write_series(tmp_path / part, VOXELS, series_uid="1.2.3.5")
    (found,) = inspect_folder(tmp_path).series
    assert found.problems[0].startswith("The series has 2 images at each of 6 slice positions: it is dynamic")


def test_a_folder_without_dicom_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DicomError, match=r"holds no DICOM files; it is empty"):
        inspect_folder(tmp_path)
    with pytest.raises(InputError, match=r"does not exist"):
        inspect_folder(tmp_path / "nowhere")


@given(
    modality=st.sampled_from(["CT", "PT", "MR"]),
    syntax=st.sampled_from(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"]),
    spots=st.lists(st.tuples(st.floats(0.0, 1.0), st.sampled_from([0, 27, 57, 92, 255])), min_size=1, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_damaged_bytes_are_told_or_refused_in_words_never_a_crash(
    tmp_path_factory: pytest.TempPathFactory, modality: str, syntax: str, spots: list[tuple[float, int]]
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    paths = write_series(folder, VOXELS[:3], modality=modality, transfer_syntax=syntax)
    content = bytearray(paths[1].read_bytes())
    for place, byte in spots:
        content[132 + int(place * (len(content) - 133))] = byte
    paths[1].write_bytes(bytes(content))
    json.dumps(inspect_folder(folder).to_json())
    with suppress(DosePaintingError):
        load_image(read_stack(folder))


def test_real_mr_roles() -> None:
    """ProstateX-0207, by its NOTICE: T2, DWI b 50/400/800, scanner ADC, calculated b 1400, PD reference, a report."""
    inventory = inspect_folder(real_data("prostatex_0207_mr"))
    assert [one.role for one in inventory.series] == [Role.T2, Role.DWI, Role.ADC, Role.DWI, Role.MR, Role.OTHER]
    t2, dwi, _, calculated, reference, _ = inventory.series
    assert dwi.why == "(0019,100C) gives b = 50, 400, 800 s/mm2"
    assert "b = 1400 s/mm2, calculated" in calculated.why
    assert "proton density" in reference.why
    assert t2.orientation == "axial, oblique by 9.1 degrees"  # arccos 0.98741 of its direction cosines
    assert any("DIS2D" in remark for remark in t2.remarks)


def test_real_dce_of_one_series_per_time_point(tmp_path: Path) -> None:
    """NOTICE: 45 time points of 16 slices, 3.385 s apart, Dotarem."""
    with zipfile.ZipFile(real_data("prostatex_0207_mr/DCE_45x16.zip")) as archive:
        names = [name for name in archive.namelist() if name.endswith(".dcm")]
        archive.extractall(tmp_path, names)
    inventory = inspect_folder(tmp_path)
    assert {one.role for one in inventory.series} == {Role.DCE}
    assert len(inventory.series) == 45
    assert "one of 45 series on one grid that follow each other every 3.4 s, contrast agent dotarem" in inventory.series[0].why


def test_real_patient_with_four_images_and_their_structures() -> None:
    inventory = inspect_folder(real_data("sts_001"))
    roles = [one.role for one in inventory.series]
    assert roles.count(Role.PLANNING_CT) == roles.count(Role.T1) == 1
    assert roles.count(Role.PET) == 2
    regions = [one.regions for one in inventory.series if one.role is Role.RTSTRUCT]
    assert ("GTV_Mass", "GTV_Edema") in regions
    assert len(regions) == 4


def test_real_planning_objects_of_two_patients() -> None:
    inventory = inspect_folder(real_data("tps_rt_objects"))
    roles = {one.role: one for one in inventory.series}
    assert set(roles) == {Role.RTDOSE, Role.PLANNING_CT, Role.RTPLAN, Role.RTSTRUCT}
    assert len(roles[Role.RTSTRUCT].regions) == 10
    assert "of the RTPLAN" in roles[Role.PLANNING_CT].why
    assert inventory.problems[0].startswith("The folder holds 2 patients: water")
