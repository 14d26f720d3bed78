"""What an export refuses besides another patient: frames, marks, edits, lost volume, names, places."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid

from builders.bad_input import Door, Person, changed_series
from builders.ct_orientations import TILT, tilted_positions, write_slices
from builders.dicom_series import write_series
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Mask, on_grid
from dosepainting_hrs.storage.volumes import read_image, read_mask, write_volume

SIGNED = ("--by", "Dr Yes", "--reason", "seen and meant")
FRAME = "1.2.826.0.1.99"


def export(ct: object, *regions: str, more: tuple[object, ...] = (), out: str = "out.dcm") -> tuple[object, ...]:
    named = [word for region in regions for word in ("--region", region)]
    return ("export", "rtstruct", "--planning-ct", ct, *named, "-o", out, *more)


def mask_like(person: Person, change: Callable[[Mask], Mask], path: str = "mask.nrrd") -> str:
    """Write the person's HRS again through the library, with something changed."""
    write_volume(change(read_mask(person.file("hrs"))), Path(path))
    return path


def moved_frame(person: Person, folder: str = "moved") -> Path:
    """The person's planning CT in a frame of reference of its own."""

    def other(header: Dataset) -> None:
        header.FrameOfReferenceUID = FRAME

    return changed_series(person.ct, Path(folder), other)


def case_of(**more: Any) -> str:
    Path("case.json").write_text(json.dumps({"schema": 1, **more}))
    return "case.json"


def transform(person: Person, **more: Any) -> dict[str, Any]:
    signed = {"who": "Dr Yes", "reason": "same table"}
    return {"from_frame": person.truth.frame_of_reference, "to_frame": FRAME, **signed, **more}


def test_another_frame_needs_a_transform_that_names_both(door: Door, ann: Person) -> None:
    ct, region = moved_frame(ann), f"HRS={ann.file('hrs')}"
    match = f"frame of reference {ann.truth.frame_of_reference}, but the planning CT in {FRAME}.*transform accept"
    door.refused(*export(ct, region), code="identity", match=match)
    case = case_of(transforms=[transform(ann, to_frame="1.2.3")])
    door.refused(*export(ct, region, more=("--case", case)), code="identity", match=match)


def test_a_signed_transform_is_turned_round_where_the_way_leads_against_it(door: Door, ann: Person) -> None:
    back = [1, 0, 0, -25.0, 0, 1, 0, 0, 0, 0, 1, 8.0, 0, 0, 0, 1]
    turned = transform(ann, matrix=back, from_frame=FRAME, to_frame=ann.truth.frame_of_reference)
    options = ("--case", case_of(transforms=[turned]))
    answer = door(*export(moved_frame(ann), f"HRS={ann.file('hrs')}", more=options))
    assert any("turned round, accepted by Dr Yes" in remark for remark in answer["regions"][0]["remarks"])
    door(*export(ann.ct, f"HRS={ann.file('hrs')}", out="plain.dcm"))
    assert middle("out.dcm") - middle("plain.dcm") == pytest.approx([25.0, 0.0, -8.0], abs=2.0)


def contours(path: str) -> list[Dataset]:
    return list(dcmread(path).ROIContourSequence[0].ContourSequence)


def middle(path: str) -> Any:
    return np.mean([np.reshape(one.ContourData, (-1, 3)).mean(axis=0) for one in contours(path)], axis=0)


def test_a_signed_transform_is_applied_and_stands_in_the_structure_set(door: Door, ann: Person) -> None:
    ct, region = moved_frame(ann), f"HRS={ann.file('hrs')}"
    shift = [1, 0, 0, 25.0, 0, 1, 0, 0, 0, 0, 1, -8.0, 0, 0, 0, 1]
    case = case_of(transforms=[transform(ann, matrix=shift)])
    answer = door(*export(ct, region, more=("--case", case)))
    assert any("Dr Yes" in remark for remark in answer["regions"][0]["remarks"])
    assert "same table" in dcmread("out.dcm").StructureSetDescription
    door(*export(ann.ct, region, out="plain.dcm"))
    centres = [
        np.mean(
            [np.reshape(one.ContourData, (-1, 3)).mean(axis=0) for one in dcmread(name).ROIContourSequence[0].ContourSequence],
            axis=0,
        )
        for name in ("plain.dcm", "out.dcm")
    ]
    assert centres[1] - centres[0] == pytest.approx([25.0, 0.0, -8.0], abs=2.0)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"matrix": [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}, "does not mirror"),
        ({"matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]}, "determinant 0"),
        ({"matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1]}, "last row"),
        ({"matrix": [1, 0, 0, float("nan"), 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}, "not valid JSON: NaN is no number"),
        ({"matrix": [1, 0, 0, 0]}, "16 matrix elements"),
        ({"who": " "}, "who accepted it"),
        ({"reason": ""}, "who accepted it, and the reason"),
    ],
)
def test_a_transform_that_is_none_or_that_nobody_signed_is_refused(
    door: Door, ann: Person, wrong: dict[str, Any], match: str
) -> None:
    case = case_of(transforms=[transform(ann, **wrong)])
    words = export(moved_frame(ann), f"HRS={ann.file('hrs')}", more=("--case", case))
    said = door.refused(*words, code="identity" if "NaN" not in match else "input", match=match)
    assert FRAME in said or "case.json" in said


@pytest.mark.parametrize("mark", ["research-only", "reference-model"])
def test_a_marked_region_and_what_is_derived_from_it_stay_here(door: Door, ann: Person, mark: str) -> None:
    marked = mask_like(ann, lambda m: replace(m, identity=replace(m.identity, marks=(mark,))))
    more = ("--accept", "edited-voxels", "--accept", "volume-change", "--drawn-on", f"HRS={ann.pet}", *SIGNED)
    for options in ((), more):
        said = door.refused(*export(ann.ct, f"HRS={marked}", more=options), code="identity", match=f'marked "{mark}"')
        assert "cannot be exported by any option" in said
    words = ("segment", "fixed-threshold", "--threshold", "9", "--map", ann.file("suv"), "--within", marked, "-o", "inner.nrrd")
    door(*words)
    door.refused(*export(ann.ct, "HRS=inner.nrrd"), code="identity", match=f'marked "{mark}"')


def edited(person: Person, path: str = "edited.nrrd") -> str:
    """One voxel of the mask removed by a program that keeps the fields."""
    image = sitk.ReadImage(str(person.file("hrs")))
    z, y, x = np.argwhere(sitk.GetArrayFromImage(image))[0]
    image[int(x), int(y), int(z)] = 0
    sitk.WriteImage(image, path, useCompression=True)
    return path


def test_voxels_changed_by_another_program_need_an_acknowledgement_that_is_recorded(door: Door, ann: Person) -> None:
    region = f"HRS={edited(ann)}"
    accept = ("--accept", "edited-voxels")
    door.refused(*export(ann.ct, region), code="identity", match='voxels.*"HRS".*--accept edited-voxels --by WHO --reason WHY')
    door.refused(*export(ann.ct, region, more=accept), code="parameter", match="--by WHO and --reason WHY")
    door.refused(
        *export(ann.ct, region, more=(*accept, "--by", " ", "--reason", "x")), code="parameter", match="name and a reason"
    )
    answer = door(*export(ann.ct, region, more=(*accept, *SIGNED)))
    assert [one["reason"] for one in answer["overrides"]] == ["seen and meant"]
    written = dcmread("out.dcm")
    assert "Dr Yes" in written.StructureSetDescription
    roi = written.StructureSetROISequence[0]
    assert re.match('Edited by another program after: "Threshold at .* kept: .*" Resampled volume-true', roi.ROIDescription)
    assert roi.ROIGenerationDescription.startswith("Edited by another program after:")


def test_a_threshold_inside_an_edited_region_does_not_wash_the_edit_off(door: Door, ann: Person) -> None:
    words = (
        "segment",
        "fixed-threshold",
        "--threshold",
        "9",
        "--map",
        ann.file("suv"),
        "--within",
        edited(ann),
        "-o",
        "inner.nrrd",
    )
    door(*words)
    door.refused(*export(ann.ct, "HRS=inner.nrrd"), code="identity", match="or of something it was made from")
    door(*export(ann.ct, "HRS=inner.nrrd", more=("--accept", "edited-voxels", *SIGNED)))
    described = dcmread("out.dcm").StructureSetROISequence[0].ROIDescription
    assert described.startswith("Made from something that another program edited. Threshold at 9")


@pytest.mark.parametrize(
    ("name", "asked", "expected"), [("GTVp_PT^HRS", "", "GTV"), ("HRS", "", ""), ("HRS", "GTV", "GTV"), ("GTVx", "NONE", "")]
)
def test_the_type_of_a_region_is_told_and_can_be_chosen(door: Door, ann: Person, name: str, asked: str, expected: str) -> None:
    more = ("--type", f"{name}={asked}") if asked else ()
    answer = door(*export(ann.ct, f"{name}={ann.file('hrs')}", more=more))
    assert answer["regions"][0]["interpreted_type"] == expected
    assert dcmread("out.dcm").RTROIObservationsSequence[0].RTROIInterpretedType == expected


def test_a_name_and_a_file_that_changed_places_are_noticed(door: Door, ann: Person) -> None:
    hrs = ann.file("hrs")
    door.refused(*export(ann.ct, f"{hrs}=HRS"), code="parameter", match=f'name comes first: "HRS={hrs}"')


def test_a_name_without_its_case_is_told_so(door: Door, ann: Person) -> None:
    door.refused(*export("CT", f"HRS={ann.file('hrs')}"), code="input", match='no file or folder "CT".*need --case')


def test_a_type_that_dicom_does_not_define_is_refused(door: Door, ann: Person) -> None:
    region = f"HRS={ann.file('hrs')}"
    for more, match in (
        (("--type", "HRS=TUMOR"), "is no RTROIInterpretedType"),
        (("--type", "PTV=PTV"), '--type names "PTV", which is not among'),
        (("--type", "GTV"), 'takes NAME=TYPE, got "GTV"'),
    ):
        door.refused(*export(ann.ct, region, more=more), code="parameter", match=match)


def test_an_empty_region_is_refused(door: Door, ann: Person) -> None:
    empty = mask_like(ann, lambda m: replace(m, array=np.zeros_like(m.array)))
    door.refused(*export(ann.ct, f"HRS={empty}"), code="input", match='"HRS" is empty.*Nothing was written')
    words = ("segment", "fixed-threshold", "--threshold", "9", "--map", ann.file("suv"), "--within", empty, "-o", "x.nrrd")
    door.refused(*words, code="input", match="is empty")


def one_voxel(mask: Mask) -> Mask:
    array = np.zeros_like(mask.array)
    array[tuple(np.argwhere(mask.array)[0])] = True
    return replace(mask, array=array)


def test_a_lost_volume_needs_an_acknowledgement_that_is_recorded(door: Door, ann: Person) -> None:
    """One PET voxel of 54.2 mm3 becomes two CT voxels of 25 mm3: 7.8 % less."""
    region = f"HRS={mask_like(ann, one_voxel)}"
    match = r'"HRS" changes too much.*0\.05424 ml became 0\.05 ml \(-7\.8%\).*--accept volume-change --by WHO --reason WHY'
    door.refused(*export(ann.ct, region), code="output", match=match)
    door.refused(*export(ann.ct, region, more=("--accept", "edited-voxels", *SIGNED)), code="output", match="changes too much")
    answer = door(*export(ann.ct, region, more=("--accept", "volume-change", *SIGNED)))
    assert "-7.8%" in answer["overrides"][0]["what"]
    assert "-7.8%" in dcmread("out.dcm").StructureSetDescription


def test_a_region_outside_the_planning_ct_is_refused(door: Door, ann: Person) -> None:
    far = mask_like(ann, lambda m: replace(m, stored=moved(m)[0], geometry=moved(m)[1]))
    door.refused(*export(ann.ct, f"HRS={far}"), code="input", match="outside|overlap")


def moved(mask: Mask) -> tuple[Any, Any]:
    affine = mask.stored.geometry.affine.copy()
    affine[2, 3] += 5000.0
    geometry, stored = on_grid(Geometry(mask.stored.geometry.shape, affine))
    return stored, geometry


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("GTVp_PT1^HRS1_boost", r'"GTVp_PT1\^HRS1_boost" has 19 characters.*16.*"[^"]{1,16}"'),
        ("", "NAME=REGION"),
        ("a\\b", "has a backslash or a control character. For example"),
        ("HRS\n2", "has a backslash or a control character. For example"),
    ],
)
def test_a_name_that_systems_do_not_take_is_refused(door: Door, ann: Person, name: str, match: str) -> None:
    door.refused(*export(ann.ct, f"{name}={ann.file('hrs')}"), code="parameter", match=match)


def test_names_that_differ_by_case_only_are_refused(door: Door, ann: Person) -> None:
    hrs = ann.file("hrs")
    door.refused(*export(ann.ct, f"HRS={hrs}", f"hrs={hrs}"), code="parameter", match='"hrs".*case')
    door.refused(*export(ann.ct, f"HRS={hrs}", f"HRS={hrs}"), code="parameter", match='"HRS" was given more than once')
    words = export(ann.ct, f"gtvP={hrs}", more=("--append-to", ann.structures))
    door.refused(*words, code="parameter", match='has a region "GTVp" already')


def test_appending_to_a_structure_set_of_another_ct_is_refused(door: Door, ann: Person) -> None:
    def rescanned(header: Dataset) -> None:
        header.SeriesInstanceUID = "1.2.826.0.1.98"
        header.SOPInstanceUID = generate_uid()

    again = changed_series(ann.ct, Path("again"), rescanned)
    words = export(again, f"HRS={ann.file('hrs')}", more=("--append-to", ann.structures))
    match = f"drawn on series {ann.truth.ct_series}, but the planning CT is series 1.2.826.0.1.98"
    door.refused(*words, code="identity", match=match)


@pytest.mark.parametrize("tag", ["PatientID", "FrameOfReferenceUID"])
def test_a_planning_ct_that_does_not_say_whose_it_is_is_refused(door: Door, ann: Person, tag: str) -> None:
    def blank(header: Dataset) -> None:
        setattr(header, tag, "")

    blanked = changed_series(ann.ct, Path("blanked"), blank)
    door.refused(*export(blanked, f"HRS={ann.file('hrs')}"), code="identity", match=f"(?s)planning CT.*{tag}")


def test_a_pet_or_mr_is_no_planning_ct(door: Door, ann: Person) -> None:
    for folder in (ann.pet, ann.truth.folder / "MR_T2"):
        door.refused(*export(folder, f"HRS={ann.file('hrs')}"), code="dicom", match="modality (PT|MR).*a CT is needed")


def test_a_refused_export_for_an_oblique_ct_leaves_no_derived_series(door: Door, ann: Person) -> None:
    turn = np.deg2rad(10)
    direction = [[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]]
    write_series(
        Path("oblique"),
        np.zeros((40, 64, 64), dtype=np.int16),
        spacing=(4.0, 4.0, 5.0),
        origin=(-128.0, -128.0, -100.0),
        direction=direction,
        patient_id="ANN-1",
        patient_name="Doe^Ann",
        frame_uid=ann.truth.frame_of_reference,
    )
    region = f"HRS={ann.file('hrs')}"
    door.refused(*export("oblique", region), code="dicom", match="oblique.*--derived-ct")
    long = export("oblique", f"{'H' * 17}={ann.file('hrs')}", more=("--derived-ct", "derived"))
    door.refused(*long, code="parameter", match="17 characters")
    accept = (*export("oblique", region, more=("--derived-ct", "derived", "--append-to", ann.structures)),)
    door.refused(*accept, code="identity", match="planning CT is series")
    answer = door(*export("oblique", region, more=("--derived-ct", "derived")))
    assert answer["derived_ct"] == "derived"
    written = {str(dcmread(path).SOPInstanceUID) for path in Path("derived").iterdir()}
    named = {
        str(one.ContourImageSequence[0].ReferencedSOPInstanceUID)
        for one in dcmread("out.dcm").ROIContourSequence[0].ContourSequence
    }
    assert named <= written


def test_a_tilted_ct_that_names_no_patient_is_refused_as_a_derived_one_too(door: Door, ann: Person) -> None:
    frame = ann.truth.frame_of_reference
    write_slices(Path("tilted"), TILT, tilted_positions(), PatientID="", PatientName="", FrameOfReferenceUID=frame)
    words = export("tilted", f"HRS={ann.file('hrs')}", more=("--derived-ct", "derived"))
    door.refused(*words, code="identity", match="planning CT does not know PatientID")


def test_outputs_that_exist_are_left_as_they_are(door: Door, ann: Person) -> None:
    Path("there.dcm").write_text("mine")
    Path("there.nrrd").write_text("mine")
    Path("full").mkdir()
    Path("full/mine").write_text("mine")
    region, exists = f"HRS={ann.file('hrs')}", "exists already.*[Nn]othing is ever overwritten"
    door.refused(*export(ann.ct, region, out="there.dcm"), code="output", match=exists)
    door.refused(*export(ann.ct, region, more=("--derived-ct", "full")), code="output", match=exists)
    door.refused("map", "suv", "--image", ann.pet, "-o", "there.nrrd", code="output", match=exists)
    taken = ("import", "rtstruct", ann.structures, "--image", ann.ct)
    door.refused(*taken, "-o", "full", code="output", match=exists)
    door.refused("inspect", ann.ct, "--write-case", "there.dcm", code="output", match=exists)
    door.refused("demo", "full", "--size", "small", code="output", match=exists)
    door.refused("self-check", "-o", "there.dcm", code="output", match=exists)
    words = ("segment", "percent-max", "--percent", "50", "--map", ann.file("suv"), "--within", ann.file("gtv"))
    door.refused(*words, "-o", "there.nrrd", code="output", match=exists)
    door.refused(*words, "-o", "new.nrrd", "--save-job", "there.dcm", code="output", match=exists)


@pytest.mark.parametrize("place", ["file/below", "/proc/nowhere"])
def test_an_output_that_cannot_be_written_is_said(door: Door, ann: Person, place: str) -> None:
    Path("file").write_text("a file, no folder")
    cannot = "could not be written|cannot be written"
    door.refused(*export(ann.ct, f"HRS={ann.file('hrs')}", out=f"{place}/out.dcm"), code="output", match=cannot)
    door.refused("map", "suv", "--image", ann.pet, "-o", f"{place}/suv.nrrd", code="output", match=cannot)
    door.refused("map", "suv", "--image", ann.pet, "-o", f"{place}/suv.nii.gz", code="output", match=cannot)
    door.refused("inspect", ann.ct, "--write-case", f"{place}/case.json", code="output", match=cannot)
    taken = ("import", "rtstruct", ann.structures, "--image", ann.ct, "--roi", "GTVp")
    door.refused(*taken, "-o", f"{place}/masks", code="output", match=cannot)
    door.refused("self-check", "-o", f"{place}/page.html", code="output", match=cannot)
    door.refused("demo", f"{place}/demo", "--size", "small", code="output", match=cannot)


def test_an_edit_of_the_map_marks_the_region_made_from_it(door: Door, ann: Person) -> None:
    image = sitk.ReadImage(str(ann.file("suv")))
    sitk.WriteImage(image * 2.0, "bare.nrrd")
    doubled = sitk.ReadImage("bare.nrrd")
    for key in image.GetMetaDataKeys():
        doubled.SetMetaData(key, image.GetMetaData(key))
    sitk.WriteImage(doubled, "doubled.nrrd", useCompression=True)
    assert read_image(Path("doubled.nrrd")).edited
    words = ("segment", "fixed-threshold", "--threshold", "9", "--map", "doubled.nrrd", "--within", ann.file("gtv"))
    answer = door(*words, "-o", "x.nrrd")
    assert any("Another program changed the map" in remark for remark in answer["remarks"])
    door.refused(*export(ann.ct, "HRS=x.nrrd"), code="identity", match="or of something it was made from")


def test_an_output_without_its_folder_or_suffix_is_refused(door: Door, ann: Person) -> None:
    region = f"HRS={ann.file('hrs')}"
    door.refused(*export(ann.ct, region, out="out"), code="output", match='"out" does not end in .dcm.*"out.dcm"')
    door.refused(*export(ann.ct, region, out="new/out.dcm"), code="output", match='there is no folder "new".*Make the folder')
    door.refused("map", "suv", "--image", ann.pet, "-o", "new/suv.nrrd", code="output", match='there is no folder "new"')
    door.refused("inspect", ann.ct, "--write-case", "new/c.json", code="output", match='there is no folder "new"')


def test_an_acknowledgement_that_was_not_needed_is_told(door: Door, ann: Person) -> None:
    more = ("--accept", "volume-change", "--accept", "edited-voxels", *SIGNED)
    told = door(*export(ann.ct, f"HRS={ann.file('hrs')}", more=more))
    for name in ("volume-change", "edited-voxels"):
        assert any(f"--accept {name} was not needed" in remark for remark in told["remarks"])
    assert told["overrides"] == []
