"""The synthetic patient's objects before judges that share no code with it, and this project's own readers."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.inventory import inspect_folder
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.maps.suv_conversion import suv_conversion
from dosepainting_hrs.phantom.patient import write_patient
from dosepainting_hrs.phantom.truth import PatientTruth
from dosepainting_hrs.phantom.uptake import Injection


def program(name: str) -> str:
    """Path of a system program; without it a test fails in continuous integration and skips elsewhere."""
    found = shutil.which(name)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail(f"the program {name} is not installed")
    return found or pytest.skip(f"the program {name} is not installed")


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> PatientTruth:
    return write_patient(tmp_path_factory.mktemp("phantom") / "patient", size="small", seed=5)


@pytest.mark.parametrize("place", ["CT", "PET", "MR_T2", "RTSTRUCT.dcm"])
def test_dciodvfy_finds_no_error(truth: PatientTruth, place: str) -> None:
    path = truth.folder / place
    files = sorted(path.iterdir())[::13] if path.is_dir() else [path]
    for file in files:
        said = subprocess.run([program("dciodvfy"), str(file)], capture_output=True, text=True, check=False)
        errors = [line for line in (said.stdout + said.stderr).splitlines() if line.startswith("Error")]
        assert not errors, f"{file.name}: {errors}"


def test_dcentvfy_finds_the_objects_of_one_patient_consistent(truth: PatientTruth) -> None:
    files: list[Path] = sorted(truth.folder.rglob("*.dcm"))
    said = subprocess.run([program("dcentvfy"), *map(str, files)], capture_output=True, text=True, check=False)
    assert "Error" not in said.stdout + said.stderr


def test_plastimatch_rasterises_the_structures_to_the_true_voxels(truth: PatientTruth, tmp_path: Path) -> None:
    """A reader that shares no code with the writer fills the contours; the truth is asked at its voxel centres."""
    command = [program("plastimatch"), "convert", "--input", str(truth.folder / truth.structures)]
    command += ["--referenced-ct", str(truth.folder / truth.ct), "--output-prefix", str(tmp_path), "--prefix-format", "nrrd"]
    subprocess.run(command, capture_output=True, check=True)
    for name, region in (("GTVp", truth.true_gtv_on), ("GTVn", truth.true_node_on)):
        read = sitk.ReadImage(str(tmp_path / f"{name}.nrrd"))
        size = read.GetSize()
        grid = Geometry.from_parts((size[2], size[1], size[0]), read.GetSpacing(), read.GetOrigin())
        assert np.array_equal(sitk.GetArrayFromImage(read) > 0, region(grid)), name


def test_own_reader_finds_the_factor_that_made_the_pet(truth: PatientTruth) -> None:
    image = load_image(read_stack(truth.folder / truth.pet))
    assert image.acquisition is not None
    found = suv_conversion(image.acquisition)
    assert found.factor == pytest.approx(1.0 / Injection().bq_per_ml_per_suv, rel=1e-9)
    counted = [one.suv_difference_percent for one in found.reference_times if one.counted]
    assert len(counted) == 3
    assert counted == pytest.approx([0.0, 0.0, 0.0], abs=0.01)


def test_own_reader_has_no_complaint(truth: PatientTruth) -> None:
    inventory = inspect_folder(truth.folder)
    roles = {one.role.value: one.problems for one in inventory.series}
    assert roles == {"planning CT": (), "PET": (), "T2": (), "RTSTRUCT": ()}
