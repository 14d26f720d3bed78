"""The synthetic patient's objects before an independent judge: dicom3tools."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dosepainting_hrs.phantom.patient import write_patient
from dosepainting_hrs.phantom.truth import PatientTruth


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
