"""Registration objects before others: a validator, a writer and readers that share no code with ours."""

from __future__ import annotations

import re
import subprocess
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom import dcmread

from builders.dicom_series import write_series
from builders.programs import package, program
from dosepainting_hrs.dicom.registration_objects import read_registration
from dosepainting_hrs.dicom.registration_writer import build_registration, write_registration
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.transform import Transform

MATRIX = np.array(
    [
        [0.99966196943482, 0.02594219730274, 0.00171734236555, 2.938781672],
        [-0.0258737682614, 0.99914983323219, -0.0320960880489, -4.876490827],
        [-0.002548525387, 0.03204080447177, 0.99948331245057, 8.089695295],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
"""From the moving frame to the fixed one."""
LANDMARKS = np.array([[0.0, 0.0, 0.0], [80.0, -60.0, 40.0], [-75.0, 33.0, -90.0]])
FIXED, MOVING = "1.2.826.0.1.11", "1.2.826.0.1.12"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two series in frames of their own, in two studies, and our registration object."""
    base = tmp_path_factory.mktemp("registration")
    stored = np.zeros((4, 8, 8), dtype=np.int16)
    places = {"spacing": (30.0, 30.0, 60.0), "origin": (-105.0, -105.0, -90.0)}
    write_series(base / "fixed", stored, frame_uid=FIXED, **places)  # type: ignore[arg-type]
    write_series(base / "moving", stored, frame_uid=MOVING, study_uid="1.2.3.9", modality="MR", **places)  # type: ignore[arg-type]
    dataset = build_registration(
        Transform.of_matrix(MATRIX, MOVING, FIXED),
        read_stack(base / "fixed"),
        read_stack(base / "moving"),
        label="REGISTRATION",
        description="MR to CT",
        when=datetime(2026, 1, 2, 3, 4, 5),
    )
    write_registration(dataset, base / "reg.dcm")
    return base


def test_dciodvfy_finds_no_error(folder: Path) -> None:
    said = subprocess.run([program("dciodvfy"), folder / "reg.dcm"], capture_output=True, text=True, check=False)
    assert "SpatialRegistration" in said.stderr
    assert [line for line in said.stderr.splitlines() if line.startswith("Error")] == []


def test_dcmtk_reads_the_matrix_that_carries_the_landmarks(folder: Path) -> None:
    """DCMTK's own parser, and a product by hand: within 0.01 mm."""
    dump = subprocess.run(
        [program("dcmdump"), "-M", "+L", folder / "reg.dcm"], capture_output=True, text=True, check=True
    ).stdout
    frames = re.findall(r"\(0020,0052\) UI \[([\d.]+)\]", dump)
    matrices = re.findall(r"\(3006,00c6\) DS \[([^\]]+)\]", dump)
    assert frames == [FIXED, FIXED, MOVING]  # The object's own, then its two items.
    still, moved = (np.array([float(v) for v in one.split("\\")]).reshape(4, 4) for one in matrices)
    assert np.array_equal(still, np.eye(4))
    expected = LANDMARKS @ MATRIX[:3, :3].T + MATRIX[:3, 3]
    assert np.abs(LANDMARKS @ moved[:3, :3].T + moved[:3, 3] - expected).max() < 0.01


def test_pydicomrt_applies_it_to_the_landmarks_and_to_an_image(folder: Path) -> None:
    """A package of others' finds the two frames and the way between them; SimpleITK applies what it returns.

    plastimatch 1.9.4 writes registration objects and does not read them, so another reader is asked.
    """
    reader = package("pydicomrt.reg")
    dataset = dcmread(folder / "reg.dcm")
    told = np.array(reader.get_spatial_registrations(dataset)[FIXED][MOVING]).reshape(4, 4)
    pull = sitk.AffineTransform(3)
    pull.SetMatrix(np.linalg.inv(told)[:3, :3].ravel().tolist())
    pull.SetTranslation(np.linalg.inv(told)[:3, 3].tolist())
    expected = LANDMARKS @ MATRIX[:3, :3].T + MATRIX[:3, 3]
    back = np.array([pull.TransformPoint(point) for point in expected.tolist()])
    assert np.abs(back - LANDMARKS).max() < 0.01
    # A blob at a landmark of the moving image is seen where the landmark belongs on the fixed one.
    moving = sitk.GaussianSource(
        sitk.sitkFloat64, [90] * 3, [6.0] * 3, LANDMARKS[1].tolist(), 1.0, (LANDMARKS[1] - 89.0).tolist(), [2.0] * 3
    )
    target = sitk.Image([90] * 3, sitk.sitkFloat64)
    target.SetSpacing([2.0] * 3)
    target.SetOrigin((expected[1] - 89.0).tolist())
    seen = sitk.GetArrayFromImage(sitk.Resample(moving, target, pull))
    z, y, x = np.indices(seen.shape)
    centre = [float((seen * axis).sum() / seen.sum()) for axis in (x, y, z)]
    assert target.TransformContinuousIndexToPhysicalPoint(centre) == pytest.approx(expected[1], abs=0.01)


def test_pydicomrt_finds_nothing_missing(folder: Path) -> None:
    found = package("pydicomrt.reg").check_spatial_reg_iod(dcmread(folder / "reg.dcm"))
    assert found["content"] == []


def test_plastimatch_writes_the_same_direction(folder: Path) -> None:
    """What plastimatch makes of an ITK transform that maps fixed to moving points, we read as moving to fixed."""
    pull = np.linalg.inv(MATRIX)
    affine = sitk.AffineTransform(3)
    affine.SetMatrix(pull[:3, :3].ravel().tolist())
    affine.SetTranslation(pull[:3, 3].tolist())
    sitk.WriteTransform(affine, str(folder / "known.tfm"))
    words = ["xf-convert", "--input", folder / "known.tfm", "--output-dicom", folder / "sro"]
    words += ["--fixed-image", folder / "fixed", "--moving-image", folder / "moving"]
    subprocess.run([program("plastimatch"), *words], capture_output=True, check=True)
    (written,) = (folder / "sro").glob("sro_*.dcm")
    found = read_registration(written).transforms[-1]
    expected = LANDMARKS @ MATRIX[:3, :3].T + MATRIX[:3, 3]
    assert np.abs(found.apply(LANDMARKS) - expected).max() < 0.01
