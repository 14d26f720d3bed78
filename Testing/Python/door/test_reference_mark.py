"""A region from a published reference model is never exported, whatever is made of it on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from builders.bad_input import Door, Person
from builders.cohort_files import write_small_cohort
from dosepainting_hrs.identity import MARK_REFERENCE_MODEL
from dosepainting_hrs.quantities import ADC
from dosepainting_hrs.storage.volumes import read_image, read_mask, write_volume

REFUSED = (
    r'marked "reference-model": it, and all that is derived from it, is for comparison only.*cannot be exported by any option'
)


@pytest.fixture
def marked(door: Door, ann: Person) -> Path:
    """The 1D ADC model of Boeke 2023 on a map of the synthetic patient that reads as ADC."""
    suv = read_image(ann.file("suv"))
    array = (500.0 - 8.0 * suv.array).astype(np.float32)
    write_volume(suv.derived(array, ADC, "Made up for a test."), door.folder / "adc.nrrd")
    door("cohort", "model", "--reference", "boeke2023-1d", "-o", "boeke.json")
    words = ["--maps", "ADC=adc.nrrd", "--within", ann.file("gtv"), "--model", "boeke.json"]
    told = door("segment", "hrs-model", *words, "-o", "hrs.nrrd")
    assert told["volume_ml"] > 0
    assert 'Class "M" is the cell line FaDu only.' in told["remarks"], "said of every result"
    return door.folder / "hrs.nrrd"


def export(door: Door, ann: Person, region: object, *more: object) -> None:
    words = ["export", "rtstruct", "--planning-ct", ann.ct, "--region", f"HRS={region}", "-o", "out.dcm", *more]
    door.refused(*words, code="identity", match=REFUSED)


def test_the_region_itself(door: Door, ann: Person, marked: Path) -> None:
    assert MARK_REFERENCE_MODEL in read_mask(marked).identity.marks
    export(door, ann, marked)


def test_no_option_helps(door: Door, ann: Person, marked: Path) -> None:
    signed = ["--accept", "volume-change", "--accept", "edited-voxels", "--by", "A", "--reason", "B"]
    export(door, ann, marked, *signed)


@pytest.mark.parametrize("suffix", ["nii.gz", "mha", "nrrd"])
def test_saved_in_another_format(door: Door, ann: Person, marked: Path, suffix: str) -> None:
    write_volume(read_mask(marked), door.folder / f"copy.{suffix}")
    export(door, ann, f"copy.{suffix}")


def test_voxels_changed_by_another_program(door: Door, ann: Person, marked: Path) -> None:
    stored = sitk.ReadImage(str(marked))
    array = sitk.GetArrayFromImage(stored)
    array[tuple(np.argwhere(array)[0])] = 0
    changed = sitk.GetImageFromArray(array)
    changed.CopyInformation(stored)
    for key in stored.GetMetaDataKeys():
        changed.SetMetaData(key, stored.GetMetaData(key))
    sitk.WriteImage(changed, str(door.folder / "edited.nrrd"))
    export(door, ann, "edited.nrrd", "--accept", "edited-voxels", "--by", "A", "--reason", "B")


def test_the_mark_taken_out_of_the_file_breaks_its_seal(door: Door, ann: Person, marked: Path) -> None:
    text = marked.read_bytes()
    assert text.count(MARK_REFERENCE_MODEL.encode()) >= 1
    (door.folder / "washed.nrrd").write_bytes(text.replace(b'["reference-model"]', b"[]"))
    words = ["export", "rtstruct", "--planning-ct", ann.ct, "--region", "HRS=washed.nrrd", "-o", "out.dcm"]
    door.refused(*words, code="identity", match="were changed by hand")


@pytest.mark.parametrize("method", ["union", "intersection"])
def test_combined_with_another_region(door: Door, ann: Person, marked: Path, method: str) -> None:
    door("region", method, "--regions", f"a={ann.file('gtv')}", "--regions", f"b={marked}", "-o", "both.nrrd")
    export(door, ann, "both.nrrd")


def test_what_is_left_when_it_is_taken_out(door: Door, ann: Person, marked: Path) -> None:
    door("region", "difference", "--region", ann.file("gtv"), "--without", f"hrs={marked}", "-o", "left.nrrd")
    export(door, ann, "left.nrrd")


def test_a_margin_around_it(door: Door, ann: Person, marked: Path) -> None:
    door("region", "margin", "--region", marked, "--margin-mm", "2", "-o", "wide.nrrd")
    export(door, ann, "wide.nrrd")


def test_a_threshold_inside_it(door: Door, ann: Person, marked: Path) -> None:
    words = ["--map", ann.file("suv"), "--within", marked, "--percent", "10"]
    door("segment", "percent-max", *words, "-o", "within.nrrd")
    export(door, ann, "within.nrrd")


def test_the_distance_map_made_into_a_region(door: Door, ann: Person, marked: Path) -> None:
    door("cohort", "apply", "boeke.json", "--maps", "ADC=adc.nrrd", "--within", ann.file("gtv"), "-o", "applied")
    assert MARK_REFERENCE_MODEL in read_image(door.folder / "applied" / "distance.nrrd").identity.marks
    words = ["--map", "applied/distance.nrrd", "--within", ann.file("gtv"), "--threshold", "0.5"]
    door("segment", "fixed-threshold", *words, "-o", "far.nrrd")
    export(door, ann, "far.nrrd")


def test_what_a_comparison_with_it_writes(door: Door, ann: Person, marked: Path) -> None:
    """Where methods agree and disagree rests on all of them; a method of its own does not."""
    words = ["--map", ann.file("suv"), "--within", ann.file("gtv"), "--region", f"hrs={marked}"]
    door("compare", *words, "--method", "alone=percent-max percent=41", "-o", "compared")
    written = {path.stem: read_mask(path).identity.marks for path in (door.folder / "compared").rglob("*.nrrd")}
    clean = {name for name, marks in written.items() if MARK_REFERENCE_MODEL not in marks}
    assert len(written) > 2
    assert clean == {"alone"}


def test_brought_to_another_grid(door: Door, ann: Person, marked: Path) -> None:
    door("resample", marked, "--like", ann.ct, "-o", "ct.nrrd")
    assert MARK_REFERENCE_MODEL in read_mask(door.folder / "ct.nrrd").identity.marks
    export(door, ann, "ct.nrrd")


@pytest.mark.parametrize(
    "words",
    [
        ("closing", "--region", "hrs.nrrd", "--radius-mm", "2"),
        ("fill-holes", "--region", "hrs.nrrd"),
        ("drop-islands", "--region", "hrs.nrrd", "--smallest-ml", "0"),
        ("margin", "--region", "hrs.nrrd", "--margin-mm", "0"),
        ("restrict", "--region", "hrs.nrrd", "--within", "GTV"),
        ("majority", "--regions", "a=hrs.nrrd", "--regions", "b=hrs.nrrd", "--regions", "c=GTV"),
    ],
    ids=lambda words: words[0],
)
def test_other_commands_on_it(door: Door, ann: Person, marked: Path, words: tuple[str, ...]) -> None:
    door("region", *(one.replace("GTV", str(ann.file("gtv"))) for one in words), "-o", "again.nrrd")
    export(door, ann, "again.nrrd")


def test_a_filter_on_its_distance_map(door: Door, ann: Person, marked: Path) -> None:
    door("cohort", "apply", "boeke.json", "--maps", "ADC=adc.nrrd", "--within", ann.file("gtv"), "-o", "applied")
    door(
        "map",
        "normalise",
        "--image",
        "applied/distance.nrrd",
        "--scale",
        "z-score",
        "--within",
        ann.file("gtv"),
        "-o",
        "smooth.nrrd",
    )
    assert MARK_REFERENCE_MODEL in read_image(door.folder / "smooth.nrrd").identity.marks


def test_the_record_beside_a_nifti_file_taken_away(door: Door, ann: Person, marked: Path) -> None:
    """Without its record a file has no patient either: it is not exported unless somebody says by name whose it is."""
    write_volume(read_mask(marked), door.folder / "copy.nii.gz")
    for path in door.folder.glob("copy*"):
        if path.name != "copy.nii.gz":
            path.unlink()
    words = ["export", "rtstruct", "--planning-ct", ann.ct, "--region", "HRS=copy.nii.gz", "-o", "out.dcm"]
    door.refused(*words, code="identity", match="does not know PatientID")


@pytest.mark.parametrize("change", [{"reference": False}, {"reference": False, "hash": ""}])
def test_a_model_file_that_no_longer_says_that_it_is_a_reference(
    door: Door, ann: Person, marked: Path, change: dict[str, object]
) -> None:
    value = {**json.loads((door.folder / "boeke.json").read_text()), **change}
    (door.folder / "washed.json").write_text(json.dumps(value))
    words = ["--maps", "ADC=adc.nrrd", "--within", ann.file("gtv"), "--model", "washed.json"]
    told = "only a published reference has none"
    door.refused("segment", "hrs-model", *words, "-o", "no.nrrd", code="input", match=told)
    value["radius_z"] = 1.0
    (door.folder / "washed.json").write_text(json.dumps(value))
    door.refused("segment", "hrs-model", *words, "-o", "no.nrrd", code="input", match="its hash does not match")


def test_conditions_are_said_and_accepted_where_a_model_is_applied_with_stability(door: Door) -> None:
    """A model of a cohort in mice on one of its tumours: distance, stability with noise and jitter, and what was accepted."""
    table = write_small_cohort(door.folder, conditions={"species": "mouse", "field_strength_t": 7.0})
    door("cohort", "scan", table, "--iterations", 30, "--bootstraps", 4, "--permutations", 0, "-o", "scan")
    door("cohort", "model", "--scan", "scan", "--subset", "ADC,FMISO_c1", "-o", "model.json")
    words = ["cohort", "apply", "model.json", "--within", "L1/GTV.nrrd", "--noise", "ADC=30", "--jitter-mm", 0.2, "--draws", 3]
    words += ["--maps", "ADC=L1/ADC.nrrd", "--maps", "FMISO_c1=L1/FMISO_c1.nrrd"]
    door.refused(
        *words, "-o", "no", code="input", match="species: the cohort has mouse.*field strength.*--conditions name=NAME"
    )
    words += ["--conditions", "name=species,value=rat", "--conditions", "name=field_strength_t,value=7"]
    door.refused(*words, "-o", "no", code="input", match="species: the cohort has mouse, the patient rat")
    door.refused(
        *words, "--accept", "species", "-o", "no", code="parameter", match="--accept takes name=..., ?by=..., ?reason="
    )
    told = door(*words, "--accept", "name=species,by=A. Reader,reason=one strain, much alike", "-o", "applied")
    assert told["repetitions"] == 4 * 3
    share = read_image(door.folder / "applied" / "stability.nrrd").array
    assert ((share >= 0) & (share <= 1)).all()
    assert len(np.unique(share)) > 2
    (record,) = read_mask(door.folder / "applied" / "hrs.nrrd").identity.supplied
    assert (record.who, record.reason) == ("A. Reader", "one strain, much alike")


@pytest.mark.parametrize(("file", "column"), [("GTV", "region"), ("ADC", "map:ADC")])
def test_nothing_is_learned_from_what_it_made(door: Door, file: str, column: str) -> None:
    """A model of a cohort whose regions, or maps, a reference model made would carry no mark."""
    table = write_small_cohort(door.folder)
    path = door.folder / "M1" / f"{file}.nrrd"
    volume = read_mask(path) if file == "GTV" else read_image(path)
    path.unlink()
    write_volume(replace(volume, identity=replace(volume.identity, marks=(MARK_REFERENCE_MODEL,))), path)
    told = rf'row 6 \(case "M1"\), column "{column}": This was made by a published reference model'
    door.refused("cohort", "scan", table, "-o", "no", code="identity", match=told)
    assert "published reference model" in door("cohort", "check", table)["problems"][0]


def test_the_voxels_of_a_cluster_inherit_from_the_maps(door: Door) -> None:
    table = write_small_cohort(door.folder)
    path = door.folder / "L1" / "ADC.nrrd"
    image = read_image(path)
    path.unlink()
    write_volume(replace(image, identity=replace(image.identity, marks=("research-only",), series=("1.2.9",))), path)
    door("cohort", "scan", table, "--iterations", 20, "--bootstraps", 0, "--permutations", 0, "-o", "scan")
    door("cohort", "cluster", "scan", "--tumour", "L1", "-o", "voxels.nrrd")
    identity = read_mask(door.folder / "voxels.nrrd").identity
    assert identity.marks == ("research-only",)
    assert identity.series == ("1.2.3", "1.2.9")


def test_a_truncated_model_file_is_one_sentence(door: Door, ann: Person, marked: Path) -> None:
    file = door.folder / "boeke.json"
    (door.folder / "short.json").write_text(file.read_text()[:300])
    words = ["--maps", "ADC=adc.nrrd", "--within", ann.file("gtv"), "--model", "short.json"]
    door.refused("segment", "hrs-model", *words, "-o", "no.nrrd", code="input", match="short.json.* is not valid JSON")


def test_a_model_of_mice_on_a_patient_needs_a_name(door: Door, ann: Person) -> None:
    """A model that is no reference blocks; what is accepted stands in the region's record."""
    door("cohort", "model", "--reference", "boeke2023-2d", "-o", "two.json")
    suv = read_image(ann.file("suv"))
    write_volume(suv.derived(suv.array, ADC, "Made up."), door.folder / "adc.nrrd")
    words = [
        "--maps",
        "ADC=adc.nrrd",
        "--maps",
        f"FMISO_c1={ann.file('suv')}",
        "--within",
        ann.file("gtv"),
        "--model",
        "two.json",
    ]
    door.refused("segment", "hrs-model", *words, "-o", "no.nrrd", code="input", match="unpublished|neither was published")
