"""Folders, series and structure sets that cannot be used as they are: one sentence, its exit status, nothing written."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import Dataset, dcmread

from builders.bad_input import Door, Person, changed, changed_series, on_disk
from builders.dicom_series import write_series
from builders.real_data import real_data

UNSEEN = "1.2.826.0.1.77"


def suv(folder: object) -> tuple[object, ...]:
    return ("map", "suv", "--image", folder, "-o", "suv.nrrd")


def segment(map_: object, within: object, *more: object) -> tuple[object, ...]:
    return ("segment", "percent-max", "--percent", "50", "--map", map_, "--within", within, "-o", "hrs.nrrd", *more)


def taken(file: object, image: object, *more: object) -> tuple[object, ...]:
    return ("import", "rtstruct", file, "--image", image, "-o", "masks", *more)


def copied(person: Person, modality: str = "PET", to: str = "series") -> list[Path]:
    """Copy a series of the person and return its files in order of their names."""
    shutil.copytree(person.truth.folder / modality, to)
    return sorted(Path(to).iterdir())


def test_an_empty_folder_is_named(door: Door) -> None:
    Path("empty").mkdir()
    door.refused("inspect", "empty", code="dicom", match='"empty" holds no DICOM files; it is empty')
    door.refused(*suv("empty"), code="dicom", match='"empty" holds no DICOM files; it is empty')


def test_a_folder_that_is_not_there_is_named(door: Door, ann: Person) -> None:
    door.refused("inspect", "gone", code="input", match='"gone" does not exist')
    door.refused(*suv("gone"), code="input", match='no file or folder "gone"')
    door.refused(*taken("gone.dcm", ann.ct), code="input", match='no file "gone.dcm"')
    door.refused(*segment(ann.file("suv"), "gone.nrrd"), code="input", match='no file or folder "gone.nrrd"')
    door.refused("inspect", ann.structures, code="input", match='"[^"]*RTSTRUCT.dcm" is a file')


def test_a_folder_without_images_says_what_it_holds(door: Door, ann: Person) -> None:
    Path("texts").mkdir()
    Path("texts/readme.txt").write_text("nothing to see")
    Path("texts/picture.jpg").write_bytes(b"\xff\xd8\xff" + bytes(1000))
    door.refused("inspect", "texts", code="dicom", match='"texts" holds no DICOM files, only 2 other files')
    door.refused(*suv("texts"), code="dicom", match='"texts" holds no DICOM files, only 2 other files')
    Path("structures").mkdir()
    shutil.copy(ann.structures, "structures/rs.dcm")
    door.refused(*suv("structures"), code="dicom", match="structures.*no image")


@pytest.mark.parametrize("keep", [0, 100, 200, 5000])
def test_a_cut_slice_is_named(door: Door, ann: Person, keep: int) -> None:
    cut = copied(ann)[20]
    cut.write_bytes(cut.read_bytes()[:keep])
    said = door.refused(*suv("series"), code="dicom", match="PET_0021.dcm|missing")
    assert "0021" in said or "missing" in said
    answer = door("inspect", "series")
    assert "PET_0021.dcm" in str(answer["inventory"])


@pytest.mark.parametrize("keep", [0, 100, 400, 3000, -1000])
def test_a_cut_structure_set_is_named(door: Door, ann: Person, keep: int) -> None:
    Path("rs.dcm").write_bytes(ann.structures.read_bytes()[:keep])
    door.refused(*taken("rs.dcm", ann.ct), code="dicom", match='"rs.dcm" .*(empty|cut short|damaged|not a DICOM)')
    whole = '"rs.dcm" (is|has) (empty|cut short|damaged|neither a DICOM file|a damaged DICOM|no SOPClassUID)'
    code = "input" if 0 <= keep <= 100 else "dicom"
    door.refused(*segment(ann.file("suv"), "rs.dcm#GTVp", "--image", ann.ct), code=code, match=whole)


@pytest.mark.parametrize("keep", [0, 50, 1000, -100])
@pytest.mark.parametrize("kind", ["suv", "gtv"])
def test_a_cut_volume_is_named(door: Door, ann: Person, keep: int, kind: str) -> None:
    Path("cut.nrrd").write_bytes(ann.file(kind).read_bytes()[:keep])
    words = segment("cut.nrrd", ann.file("gtv")) if kind == "suv" else segment(ann.file("suv"), "cut.nrrd")
    door.refused(*words, code="input", match='"cut.nrrd" cannot be read as an image')


def test_a_missing_slice_is_counted_and_placed(door: Door, ann: Person) -> None:
    copied(ann)[20].unlink()
    match = r"slice.*missing|missing.*slice"
    door.refused(*suv("series"), code="dicom", match=match)
    copied(ann, "CT", "ct")[20].unlink()
    words = ("export", "rtstruct", "--planning-ct", "ct", "--region", f"HRS={ann.file('hrs')}", "-o", "out.dcm")
    door.refused(*words, code="dicom", match=match)
    problems = str([one["problems"] for one in door("inspect", "series")["inventory"]["series"]])
    assert "missing" in problems


def test_a_doubled_slice_is_named(door: Door, ann: Person) -> None:
    def renamed(header: Dataset) -> None:
        header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = f"{UNSEEN}.1"

    changed(copied(ann)[20], Path("series/again.dcm"), renamed)
    door.refused(*suv("series"), code="dicom", match="two|twice|same position|duplicate")


def test_two_series_in_one_folder_are_told_apart_by_selector(door: Door, ann: Person) -> None:
    copied(ann)

    def other(header: Dataset) -> None:
        header.SeriesInstanceUID = UNSEEN
        header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = f"{header.SOPInstanceUID[:50]}.9"

    changed_series(ann.pet, Path("more"), other)
    for path in Path("more").iterdir():
        path.rename(f"series/b{path.name}")
    said = door.refused(*suv("series"), code="dicom", match="2 PT series.*Choose one: series#")
    assert UNSEEN in said
    assert ann.truth.pet_series in said
    door.refused(*suv("series#1.2.3"), code="dicom", match='no .*series "?1.2.3')
    door(*suv(f"series#{UNSEEN}"))


def test_two_patients_in_one_folder_are_both_named(door: Door, ann: Person, ben: Person) -> None:
    for person in (ann, ben):
        copied(person, "CT", f"all/{person.truth.patient_id}")
    problems = " ".join(door("inspect", "all")["inventory"]["problems"])
    assert "ANN-1" in problems
    assert "BEN-2" in problems
    door.refused("inspect", "all", "--write-case", "case.json", code="identity", match="ANN-1.*BEN-2|BEN-2.*ANN-1")


def test_one_id_for_two_birth_dates_in_a_folder_is_refused(door: Door, ann: Person) -> None:
    copied(ann, "CT", "all/ct")

    def born_later(header: Dataset) -> None:
        header.PatientBirthDate = "19600102"

    changed_series(ann.pet, Path("all/pet"), born_later)
    problems = " ".join(door("inspect", "all")["inventory"]["problems"])
    assert 'PatientID "ANN-1" stands for two people' in problems
    match = 'same PatientID "ANN-1" but another birth date'
    door.refused("inspect", "all", "--write-case", "case.json", code="identity", match=match)


def test_two_patients_in_one_series_are_refused(door: Door, ann: Person) -> None:
    def renamed(header: Dataset) -> None:
        header.PatientID = "BEN-2"

    third = copied(ann)[2]
    changed(third, third, renamed)
    door.refused(*suv("series"), code="identity", match="ANN-1.*BEN-2|BEN-2.*ANN-1")


def test_a_structure_set_of_another_frame_is_refused(door: Door, ann: Person) -> None:
    def elsewhere(header: Dataset) -> None:
        header.FrameOfReferenceUID = UNSEEN
        for roi in header.StructureSetROISequence:
            roi.ReferencedFrameOfReferenceUID = UNSEEN

    other = changed(ann.structures, Path("other.dcm"), elsewhere)
    match = f"frame of reference {UNSEEN}, but the image in {ann.truth.frame_of_reference}"
    door.refused(*taken(other, ann.ct), code="identity", match=match)
    door.refused(*segment(ann.file("suv"), "other.dcm#GTVp", "--image", ann.ct), code="identity", match=match)


def test_another_kind_of_object_given_as_structure_set_is_named(door: Door, ann: Person) -> None:
    door.refused(*taken(ann.ct / "CT_0001.dcm", ann.ct), code="dicom", match="CT.*structure set.*needed|is not a structure set")
    door.refused(*segment(ann.file("suv"), f"{ann.ct / 'CT_0001.dcm'}#GTV"), code="dicom", match="structure set")
    door.refused(*taken(ann.file("gtv"), ann.ct), code="dicom", match="gtv.nrrd.*(DICOM|structure set)")
    plan = next(path for path in real_data("tps_rt_objects").rglob("*.dcm") if "lan" in path.name or "RP" in path.name)
    door.refused(*taken(plan, ann.ct), code="dicom", match="RT Plan|RTPLAN")
    door.refused(*segment(ann.file("suv"), f"{plan}#PTV"), code="dicom", match="RT Plan|RTPLAN")


def test_an_unknown_roi_is_answered_with_the_nearest_names(door: Door, ann: Person) -> None:
    for words in (taken(ann.structures, ann.ct, "--roi", "GTVpp"), segment(ann.file("suv"), f"{ann.structures}#GTVpp")):
        more = () if "--image" in words else ("--image", ann.ct)
        door.refused(*words, *more, code="parameter", match='no ROI "GTVpp".*Did you mean "GTVp"')
    door.refused(*taken(ann.structures, ann.ct, "--roi", "xyz"), code="parameter", match='There are: .*"SpinalCord"')
    door.refused(*segment(ann.file("suv"), ann.structures, "--image", ann.ct), code="input", match='which ROI.*#NAME.*"GTVp"')


def test_a_name_that_the_case_lacks_is_answered_with_the_nearest(door: Door, ann: Person) -> None:
    words = ("map", "suv", "--case", ann.case, "--image", "PTE", "-o", "suv.nrrd")
    door.refused(*words, code="input", match='The case has no "PTE".*Did you mean "PET"')
    words = ("map", "suv-frames", "--case", ann.case, "--frames", "PET4D", "-o", "suv.nrrd")
    none = r'The case has no "PET4D".*None of its images is a dynamic PET: .*"PET" \(PET\)'
    door.refused(*words, code="input", match=none)


def test_an_roi_outside_the_image_is_refused(door: Door, ann: Person) -> None:
    def far(header: Dataset) -> None:
        for contour in header.ROIContourSequence[0].ContourSequence:
            points = np.reshape(np.array(contour.ContourData, dtype=float), (-1, 3)) + np.array([0, 0, 4000])
            contour.ContourData = [f"{value:.8g}" for value in points.ravel()]

    moved = changed(ann.structures, Path("far.dcm"), far)
    door.refused(*segment(ann.file("suv"), f"{moved}#GTVp", "--image", ann.ct), code="input", match='"GTVp".*outside the image')
    door.refused(*taken(moved, ann.ct, "--roi", "GTVp"), code="input", match="outside the image")


def test_a_gtv_off_the_map_is_refused(door: Door, ann: Person) -> None:
    """The map is cropped to slices below the tumour, as a short PET is."""
    write_series(
        Path("short"),
        np.ones((4, 20, 20), dtype=np.int16),
        modality="PT",
        spacing=(10.0, 10.0, 5.0),
        origin=(-100.0, -100.0, -1000.0),
        patient_id="ANN-1",
        patient_name="Doe^Ann",
        frame_uid=ann.truth.frame_of_reference,
    )
    door(*suv("short"))
    door.refused(*segment("suv.nrrd", ann.file("gtv")), code="input", match="all of its 30.5 ml lie outside")


def test_a_map_of_nan_or_infinity_is_refused(door: Door, ann: Person) -> None:
    image = sitk.ReadImage(str(ann.file("suv")))
    for name, value in (("nan", np.nan), ("inf", np.inf)):
        array = sitk.GetArrayFromImage(image)
        array[25, 35:45, 35:45] = value
        array[:] = np.where(sitk.GetArrayFromImage(image) > 1.0, value, array)
        bad = sitk.GetImageFromArray(array)
        bad.CopyInformation(image)
        sitk.WriteImage(bad, f"{name}.nrrd")
        door.refused(*segment(f"{name}.nrrd", ann.file("gtv")), code="input", match="not a number|NaN|infinite|finite")


def test_a_volume_of_four_dimensions_or_colours_is_refused(door: Door, ann: Person) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((3, 4, 5, 6), dtype=np.float32), isVector=False), "four.nii.gz")
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((4, 5, 6, 3), dtype=np.uint8), isVector=True), "colour.nrrd")
    door.refused(
        *segment("four.nii.gz", ann.file("gtv")), code="input", match='"four.nii.gz" has 4 dimensions.*three-dimensional'
    )
    door.refused(*segment(ann.file("suv"), "colour.nrrd"), code="input", match='"colour.nrrd" .*3 values per voxel')


def test_labels_are_asked_for_and_checked(door: Door, ann: Person) -> None:
    gtv = sitk.ReadImage(str(ann.file("gtv")))
    array = sitk.GetArrayFromImage(gtv)
    array[array.shape[0] // 2 :] *= 3
    several = sitk.GetImageFromArray(array)
    several.CopyInformation(gtv)
    sitk.WriteImage(several, "labels.nrrd")
    door.refused(*segment(ann.file("suv"), "labels.nrrd"), code="input", match=r'holds 2 labels \(1, 3\).*"labels.nrrd#1"')
    door.refused(*segment(ann.file("suv"), "labels.nrrd#2"), code="input", match="holds no label 2.*It holds 1, 3")
    door.refused(*segment(ann.file("suv"), "labels.nrrd#abc"), code="input", match='"abc" in "labels.nrrd#abc" is not a label')
    door.refused(*segment(ann.file("suv"), ann.file("suv")), code="input", match="other values that are no labels")


def test_a_region_as_map_and_an_image_as_region_are_refused(door: Door, ann: Person) -> None:
    door.refused(*segment(ann.file("suv"), ann.ct), code="input", match="is a folder, a region is needed")
    door.refused(*segment(ann.structures, ann.file("gtv")), code="input", match="not an image this software reads")
    door.refused(*segment(ann.file("gtv"), ann.file("gtv")), code="input", match="given as the map .* is a region")
    preset = ("segment", "fixed-threshold", "--preset", "2.5", "--within", ann.file("gtv"), "-o", "hrs.nrrd", "--map")
    door.refused(*preset, ann.pet, code="input", match="2.5 is one of SUVbw, but the map holds activity concentration")
    door.refused(*preset, ann.ct, code="input", match="2.5 is one of SUVbw, but the map holds CT number")
    door.refused(*suv(ann.ct), code="input", match="SUV is made from a PET series, but the image holds CT number")
    door.refused(*suv(ann.file("suv")), code="input", match="activity|Bq")
    door.refused(*suv(ann.truth.folder), code="dicom", match="series.*#")


def test_names_with_spaces_hashes_and_letters_of_all_kinds_work(door: Door, ann: Person) -> None:
    folder = Path("Patient #1 ä 患者 (neu)")
    folder.mkdir()
    shutil.copytree(ann.pet, folder / "PET #2")
    shutil.copy(ann.structures, folder / "RS #1.dcm")
    door("map", "suv", "--image", folder / "PET #2", "-o", folder / "suv #3.nrrd")
    door("map", "suv", "--image", f"{folder / 'PET #2'}#{ann.truth.pet_series}", "-o", folder / "b.nrrd")
    answer = door(*segment(folder / "suv #3.nrrd", f"{folder / 'RS #1.dcm'}#GTVp", "--image", ann.ct))
    assert answer["volume_ml"] > 1


def test_roi_names_become_file_names_that_every_system_takes(door: Door, ann: Person) -> None:
    names = ["CON", "gtv/p:1*?", "..", "a" * 64, "Größe 患"]

    def renamed(header: Dataset) -> None:
        header.SpecificCharacterSet = "ISO_IR 192"
        for roi, name in zip(header.StructureSetROISequence, names, strict=True):
            roi.ROIName = name

    answer = door(*taken(changed(ann.structures, Path("rs.dcm"), renamed), ann.ct))
    files = [Path(one["output"]) for one in answer["regions"]]
    assert [one["name"] for one in answer["regions"]] == names
    assert all(path.is_file() and path.parent == Path("masks") for path in files)
    assert not {path.stem.casefold() for path in files} & {"con", "nul", "aux", "prn", "..", "."}
    assert not any(set(path.name) & set('<>:"/\\|?*') for path in files)
    assert len(on_disk(Path("masks"))) == len(names)


def test_nothing_of_the_source_is_touched(door: Door, ann: Person) -> None:
    before = on_disk(ann.truth.folder)
    door("inspect", ann.truth.folder)
    door(*taken(ann.structures, ann.ct, "--roi", "GTVp"))
    assert on_disk(ann.truth.folder) == before
    assert dcmread(ann.structures).PatientID == "ANN-1"


def test_one_file_of_a_series_is_answered_with_its_folder(door: Door, ann: Person) -> None:
    one = sorted(Path(ann.ct).glob("*.dcm"))[0]
    words = segment(one, f"{ann.structures}#GTVp", "--image", ann.ct)
    door.refused(*words, code="input", match="but DICOM: CT slice.*Give the folder of the whole series")
