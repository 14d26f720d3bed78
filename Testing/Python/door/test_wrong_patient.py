"""Another patient's region never becomes an RTSTRUCT, whatever is said, supplied, acknowledged, declared or edited.

Ann and Ben were scanned on the very same grids, so that identity is all that tells their files apart.
"""

import gzip
import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import SimpleITK as sitk
from pydicom import Dataset, dcmread

from builders.bad_input import Door, Person, changed, changed_series

SIGNED = ("--by", "Dr No", "--reason", "because")
EDITED = 'voxels or the grid of the region "HRS".*not those it was written with'
ANOTHER = r'belongs to patient "BEN-2", but .* to patient "ANN-1"'


def export(ct: Path, region: object, *more: object) -> tuple[object, ...]:
    return ("export", "rtstruct", "--planning-ct", ct, "--region", f"HRS={region}", "-o", "out.dcm", *more)


def case_with(person: Person, **more: Any) -> Path:
    """The person's case with further declarations, in the working folder."""
    case = json.loads(person.case.read_text())
    for image in (*case["images"], *case["regions"]):
        image["path"] = str(person.folder / image["path"])
    path = Path("case.json")
    path.write_text(json.dumps({**case, **more}))
    return path


def with_field(source: Path, target: Path, name: str, value: str | None) -> Path:
    """Write a mask file again as a text editor would: one line of the header changed, or taken out."""
    head, body = source.read_bytes().split(b"\n\n", 1)
    key = f"DosePaintingHRS.{name}:=".encode()
    lines = head.split(b"\n")
    assert any(line.startswith(key) for line in lines)
    kept = [key + value.encode() if value is not None else b"" for line in lines if line.startswith(key)]
    rest = [line for line in lines if not line.startswith(key)]
    target.write_bytes(b"\n".join(rest + [line for line in kept if line]) + b"\n\n" + body)
    return target


def stripped(source: Path, target: Path) -> Path:
    """Write a mask again as a program does that knows nothing of the fields."""
    image = sitk.ReadImage(str(source))
    for key in image.GetMetaDataKeys():
        image.EraseMetaData(key)
    sitk.WriteImage(image, str(target), useCompression=True)
    return target


@pytest.mark.parametrize("mask", ["hrs", "gtv"])
def test_a_mask_of_another_patient_is_refused(door: Door, ann: Person, ben: Person, mask: str) -> None:
    door.refused(*export(ann.ct, ben.file(mask)), code="identity", match=ANOTHER)


_OPTIONS = {
    "drawn on my CT": ("--drawn-on", "HRS={ann.ct}"),
    "drawn on my PET": ("--drawn-on", "HRS={ann.pet}"),
    "accept": ("--accept", "volume-change", "--accept", "edited-voxels"),
    "image": ("--image", "{ann.ct}"),
    "append": ("--append-to", "{ann.structures}"),
    "my case": ("--case", "{ann.case}"),
    "his case": ("--case", "{ben.case}"),
    "nested": ("--holes", "nested"),
    "derived": ("--derived-ct", "derived"),
}


@pytest.mark.parametrize("chosen", [*itertools.combinations(_OPTIONS, 1), *itertools.combinations(_OPTIONS, len(_OPTIONS) - 1)])
def test_no_combination_of_options_lets_it_through(door: Door, ann: Person, ben: Person, chosen: tuple[str, ...]) -> None:
    for once in ({"my case", "his case"}, {"drawn on my CT", "drawn on my PET"}):
        if once <= set(chosen):
            chosen = tuple(one for one in chosen if one != max(once))
    words = [word.format(ann=ann, ben=ben) for name in chosen for word in _OPTIONS[name]]
    door.refused(*export(ann.ct, ben.file("hrs"), *words, *SIGNED), code="identity", match=ANOTHER)


def test_an_roi_of_another_patient_is_refused_on_whatever_image(door: Door, ann: Person, ben: Person) -> None:
    region = f"{ben.structures}#GTVp"
    door.refused(*export(ann.ct, region, "--image", ann.ct), code="identity", match=r'patient "BEN-2".*patient "ANN-1"')
    door.refused(*export(ann.ct, region, "--image", ben.ct), code="identity", match=ANOTHER)
    door.refused(*export(ann.ct, region), code="input", match="not among the images given.*--image")


def test_declaring_other_ids_the_same_patient_does_not_help(door: Door, ann: Person, ben: Person) -> None:
    pairs = [["ANN-1", "CARL-3"], ["BEN-2", "CARL-3"], ["ben-2", "ANN-1"], ["BEN-2", "BEN-2"]]
    case = case_with(ann, same_patient=[{"patient_ids": pair, "who": "X", "reason": "Y"} for pair in pairs])
    door.refused(*export(ann.ct, ben.file("hrs"), "--case", case), code="identity", match=ANOTHER)


@pytest.mark.parametrize("unsigned", [{"who": "", "reason": "Y"}, {"who": "X", "reason": "  "}])
def test_a_declaration_that_nobody_signs_is_refused(door: Door, ann: Person, ben: Person, unsigned: dict[str, str]) -> None:
    case = case_with(ann, same_patient=[{"patient_ids": ["BEN-2", "ANN-1"], **unsigned}])
    door.refused(*export(ann.ct, ben.file("hrs"), "--case", case), code="identity", match="who declares it, and the reason")


def test_a_transform_between_their_frames_does_not_help(door: Door, ann: Person, ben: Person) -> None:
    frames = {"from_frame": ben.truth.frame_of_reference, "to_frame": ann.truth.frame_of_reference}
    case = case_with(ann, transforms=[{**frames, "who": "X", "reason": "Y"}])
    door.refused(*export(ann.ct, ben.file("hrs"), "--case", case), code="identity", match=ANOTHER)


@pytest.mark.parametrize(
    "edits",
    [
        {"patient_id": "ANN-1"},
        {"patient_id": ""},
        {"patient_id": None},
        {"patient_id": "ANN-1", "name_hash": "", "birth_date_hash": ""},
        {"patient_id": "ANN-1", "name_hash": "ann", "birth_date_hash": "ann", "frame_of_reference": "ann"},
        {"patient_id": "ANN-1", "name_hash": "", "birth_date_hash": "", "frame_of_reference": ""},
    ],
)
def test_fields_changed_with_a_text_editor_are_noticed(
    door: Door, ann: Person, ben: Person, edits: dict[str, str | None]
) -> None:
    own = sitk.ReadImage(str(ann.file("hrs")))
    shutil.copy(ben.file("hrs"), "edited.nrrd")
    for name, value in edits.items():
        new = own.GetMetaData(f"DosePaintingHRS.{name}") if value == "ann" else value
        with_field(Path("edited.nrrd"), Path("edited.nrrd"), name, new)
    for more in ((), ("--drawn-on", f"HRS={ann.pet}", "--accept", "edited-voxels", *SIGNED)):
        door.refused(*export(ann.ct, "edited.nrrd", *more), code="identity", match='fields of "edited.nrrd".*changed.*again')


def test_fields_of_a_sidecar_changed_with_a_text_editor_are_noticed(door: Door, ann: Person, ben: Person) -> None:
    words = ("segment", "percent-max", "--map", ben.file("suv"), "--within", ben.file("gtv"), "--percent", "50")
    door(*words, "-o", "hrs.nii.gz")
    beside = Path("hrs.json")
    beside.write_text(beside.read_text().replace("BEN-2", "ANN-1"))
    door.refused(*export(ann.ct, "hrs.nii.gz"), code="identity", match='fields of "hrs.nii.gz".*changed')


def test_a_sidecar_of_one_mask_beside_anothers_voxels_is_noticed(door: Door, ann: Person, ben: Person) -> None:
    for person, name in ((ann, "ann"), (ben, "ben")):
        words = ("segment", "percent-max", "--map", person.file("suv"), "--within", person.file("gtv"))
        door(*words, "--percent", "50" if person is ann else "60", "-o", f"{name}.nii.gz")
    shutil.copy("ben.nii.gz", "swapped.nii.gz")
    shutil.copy("ann.json", "swapped.json")
    door.refused(
        *export(ann.ct, "swapped.nii.gz"),
        code="identity",
        match=EDITED,
    )


def test_a_moved_origin_is_noticed(door: Door, ann: Person) -> None:
    head, body = ann.file("hrs").read_bytes().split(b"\n\n", 1)
    lines = [b"space origin: (-141.3,-157.9,-92.4)" if line.startswith(b"space origin") else line for line in head.split(b"\n")]
    Path("moved.nrrd").write_bytes(b"\n".join(lines) + b"\n\n" + body)
    door.refused(
        *export(ann.ct, "moved.nrrd"), code="identity", match='grid of the region "HRS".*not those it was written with'
    )


def test_stripped_fields_need_a_series_and_a_signature(door: Door, ann: Person, ben: Person) -> None:
    mask = stripped(ann.file("hrs"), Path("bare.nrrd"))
    words = ("segment", "percent-max", "--percent", "90", "--map", ann.file("suv"), "--within", mask, "-o", "inner.nrrd")
    assert any('region "bare" does not know PatientID' in remark for remark in door(*words)["remarks"])
    door.refused(*export(ann.ct, "inner.nrrd"), code="identity", match="made from something that carries no PatientID")
    door.refused(*export(ann.ct, mask), code="identity", match='"HRS" does not know PatientID.* and .*--drawn-on "HRS=IMAGE"')
    door.refused(*export(ann.ct, mask, "--drawn-on", f"HRS={ann.pet}"), code="parameter", match="--by WHO and --reason WHY")
    named = ("--drawn-on", f"HRS={ann.ct}", *SIGNED)
    door.refused(*export(ann.ct, mask, *named), code="identity", match="80 x 80 x 50.*128 x 128 x 40.*very grid")
    named = ("--drawn-on", f"HRS={ben.pet}", *SIGNED)
    door.refused(*export(ann.ct, mask, *named), code="identity", match=ANOTHER)


def test_supplied_identity_stands_in_the_structure_set(door: Door, ann: Person) -> None:
    mask = stripped(ann.file("hrs"), Path("bare.nrrd"))
    answer = door(*export(ann.ct, mask, "--drawn-on", f"HRS={ann.pet}", "--by", "Dr Yes", "--reason", "lost by program Z"))
    assert [one["who"] for one in answer["overrides"]] == ["Dr Yes"]
    written = dcmread("out.dcm")
    assert ann.truth.pet_series in answer["overrides"][0]["what"]
    for word in ("Dr Yes", "lost by program Z", ann.truth.pet_series):
        assert word in written.StructureSetDescription


def test_a_bare_mask_on_a_grid_half_a_voxel_off_cannot_be_supplied(door: Door, ann: Person) -> None:
    image = sitk.ReadImage(str(stripped(ann.file("hrs"), Path("bare.nrrd"))))
    image.SetOrigin((image.GetOrigin()[0] + 0.5 * image.GetSpacing()[0], *image.GetOrigin()[1:]))
    sitk.WriteImage(image, "off.nrrd")
    named = ("--drawn-on", f"HRS={ann.pet}", *SIGNED)
    door.refused(*export(ann.ct, "off.nrrd", *named), code="identity", match="only be supplied by a series whose very grid")


def test_the_same_id_with_another_birth_date_is_two_people(door: Door, ann: Person) -> None:
    def born_later(header: Dataset) -> None:
        header.PatientBirthDate = "19600102"

    twin = changed_series(ann.ct, Path("twin"), born_later)
    match = 'same PatientID "ANN-1" but another birth date'
    door.refused(*export(twin, ann.file("hrs")), code="identity", match=match)
    door.refused(*export(twin, f"{ann.structures}#GTVp", "--image", twin), code="identity", match=match)


def test_a_pet_of_one_and_a_region_of_another_are_never_combined(door: Door, ann: Person, ben: Person) -> None:
    words = ("segment", "percent-max", "--percent", "50", "-o", "mixed.nrrd", "--map", ben.file("suv"))
    match = 'patient "ANN-1", but the map to patient "BEN-2"'
    door.refused(*words, "--within", ann.file("gtv"), code="identity", match=match)
    door.refused(*words, "--within", f"{ann.structures}#GTVp", "--image", ann.ct, code="identity", match=match)
    door.refused(
        *("import", "rtstruct", ann.structures, "--image", ben.ct, "-o", "masks"),
        code="identity",
        match='structure set "RTSTRUCT.dcm" belongs to patient "ANN-1", but the image to patient "BEN-2"',
    )


def test_appending_to_another_patients_structure_set_is_refused(door: Door, ann: Person, ben: Person) -> None:
    words = export(ann.ct, ann.file("hrs"), "--append-to", ben.structures)
    door.refused(*words, code="identity", match='patient "BEN-2", but the planning CT to patient "ANN-1"')


def test_a_map_of_another_patient_is_not_measured(door: Door, ann: Person, ben: Person) -> None:
    words = export(ann.ct, ann.file("gtv"), "--map", ben.file("suv"))
    door.refused(*words, code="identity", match='patient "ANN-1", but the map to patient "BEN-2"')


def test_a_structure_set_that_names_no_patient_does_not_take_the_images(door: Door, ann: Person, ben: Person) -> None:
    """Blanked by an anonymiser, and with no frame of reference: nothing says whose contours these are."""

    def blank(header: Dataset) -> None:
        header.PatientID = header.PatientName = header.PatientBirthDate = ""
        header.pop("FrameOfReferenceUID", None)
        for frame in header.ReferencedFrameOfReferenceSequence:
            frame.FrameOfReferenceUID = ""
        for roi in header.StructureSetROISequence:
            roi.ReferencedFrameOfReferenceUID = ""

    blanked = changed(ben.structures, Path("blank.dcm"), blank)
    door.refused(
        *export(ann.ct, f"{blanked}#GTVp", "--image", ann.ct),
        code="identity",
        match="carries no PatientID and no FrameOfReferenceUID",
    )


def test_a_structure_set_without_patient_id_needs_a_signature_even_in_the_right_frame(door: Door, ann: Person) -> None:
    def blank(header: Dataset) -> None:
        header.PatientID = ""

    region = f"{changed(ann.structures, Path('blank.dcm'), blank)}#GTVp"
    door.refused(*export(ann.ct, region), code="identity", match="made from something that carries no PatientID.*--drawn-on")
    answer = door(*export(ann.ct, region, "--drawn-on", f"HRS={ann.ct}", *SIGNED))
    assert [one["who"] for one in answer["overrides"]] == ["Dr No"]


def test_a_case_of_another_patient_is_noticed(door: Door, ann: Person, ben: Person) -> None:
    """Names of a case that was copied for the next patient, and not changed throughout."""
    case = case_with(ben, patient_id="ANN-1")
    words = ("export", "rtstruct", "--case", case, "--planning-ct", "CT", "--region", "HRS=GTVp", "-o", "out.dcm")
    door.refused(*words, code="identity", match='The case belongs to patient "ANN-1", but its "CT" to patient "BEN-2"')


def test_gzip_is_what_the_header_says(ann: Person) -> None:
    """The edits above leave the voxels alone: what follows the header is still the same gzip stream."""
    body = ann.file("hrs").read_bytes().split(b"\n\n", 1)[1]
    assert len(gzip.decompress(body)) == 80 * 80 * 50
