"""A region from a published reference model is never exported, whatever is made of it on the way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from builders.bad_input import Door, Person
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
