"""The main job on a real patient: raw GE PET and its contours in, a boost on the patient's CT out, read by foreign software."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from builders.programs import program
from builders.real_data import real_data
from dosepainting_hrs.cli.main import main

HRS = "GTVp_PT^HRS"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Segment at 41 % of the maximum within GTV_Mass and export for the CT."""
    patient, out = real_data("sts_001"), tmp_path_factory.mktemp("sts")
    pet, structures = patient / "raw_fdg_pet" / "image", patient / "raw_fdg_pet" / "mask" / "1-1.dcm"
    steps: list[list[Any]] = [
        ["map", "suv", "--image", pet, "-o", out / "suv.nrrd"],
        ["segment", "percent-max", "--preset", "41", "--map", out / "suv.nrrd", "--within", f"{structures}#GTV_Mass"],
        ["export", "rtstruct", "--planning-ct", patient / "dicom" / "CT" / "image", "--region", f"{HRS}={out / 'hrs.nrrd'}"],
    ]
    steps[1] += ["--image", pet, "-o", out / "hrs.nrrd"]
    steps[2] += ["-o", out / "hrs.dcm", "--save-job", out / "job.json"]
    for words in steps:
        assert main([str(word) for word in words]) == 0
    return out


def test_inspect_finds_the_patient_s_series_and_says_what_is_odd(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(real_data("sts_001")), "--json"]) == 0
    inventory = json.loads(capsys.readouterr().out)["inventory"]
    roles = sorted(one["role"] for one in inventory["series"])
    assert roles == ["PET", "PET", "RTSTRUCT", "RTSTRUCT", "RTSTRUCT", "RTSTRUCT", "T1", "planning CT"]
    assert any("267 slices that it lists" in problem for one in inventory["series"] for problem in one["problems"])


def test_dciodvfy_finds_no_error_although_the_ct_s_study_id_is_too_long(exported: Path) -> None:
    told = subprocess.run([program("dciodvfy"), str(exported / "hrs.dcm")], capture_output=True, text=True, check=False)
    assert "Error" not in told.stdout + told.stderr
    assert "RTStructureSet" in told.stdout + told.stderr


def test_plastimatch_reads_back_the_volume_that_the_pet_grid_has(exported: Path) -> None:
    """On the PET grid: voxels x (4.6875 mm)^2 x 3.27 mm. The CT grid may differ by half a voxel."""
    reference = real_data("sts_001/dicom/CT/image")
    words = ["convert", "--input", exported / "hrs.dcm", "--referenced-ct", reference, "--output-prefix", exported / "read"]
    subprocess.run([program("plastimatch"), *map(str, words), "--prefix-format", "nrrd"], capture_output=True, check=True)
    read = sitk.ReadImage(str(exported / "read" / f"{HRS}.nrrd"))
    ct_ml = float(np.count_nonzero(sitk.GetArrayFromImage(read))) * float(np.prod(read.GetSpacing())) / 1000.0
    source = sitk.ReadImage(str(exported / "hrs.nrrd"))
    source_ml = float(np.count_nonzero(sitk.GetArrayFromImage(source))) * float(np.prod(source.GetSpacing())) / 1000.0
    assert ct_ml == pytest.approx(source_ml, rel=0.01)

    # Where both grids say whether a CT voxel's centre is inside, they agree but for the rim.
    resampled = sitk.Resample(source, read, sitk.Transform(), sitk.sitkNearestNeighbor)
    one, other = (sitk.GetArrayFromImage(image) > 0 for image in (read, resampled))
    assert 2 * np.count_nonzero(one & other) / (one.sum() + other.sum()) > 0.95


def test_plastimatch_reads_back_the_very_voxels_that_we_find(exported: Path) -> None:
    """Dice of at least 0.99 between two independent readers of the file."""
    reference = real_data("sts_001/dicom/CT/image")
    words = ["import", "rtstruct", exported / "hrs.dcm", "--image", reference, "-o", exported / "ours"]
    assert main([str(word) for word in words]) == 0
    prefix = exported / "theirs"
    words = ["convert", "--input", exported / "hrs.dcm", "--referenced-ct", reference, "--output-prefix", prefix]
    subprocess.run([program("plastimatch"), *map(str, words), "--prefix-format", "nrrd"], capture_output=True, check=True)
    ours, theirs = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(folder / f"{HRS}.nrrd"))) > 0 for folder in (exported / "ours", prefix)
    )
    assert 2 * np.count_nonzero(ours & theirs) / (ours.sum() + theirs.sum()) >= 0.99
