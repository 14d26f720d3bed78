"""A clinical structure set (MIM) on its PET, against what plastimatch makes of it."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from builders.real_data import real_data
from dosepainting_hrs.dicom.regions import load_regions
from dosepainting_hrs.dicom.stacking import read_stack


@pytest.fixture(scope="module")
def read_by_plastimatch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = real_data("sts_001/raw_fdg_pet/mask/1-1.dcm")
    assert shutil.which("plastimatch"), "plastimatch is one of the system packages of the tests"
    folder = tmp_path_factory.mktemp("plastimatch")
    command = ["plastimatch", "convert", "--input", path, "--referenced-ct", real_data("sts_001/raw_fdg_pet/image")]
    command += ["--output-prefix", folder, "--prefix-format", "nrrd"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return folder


def test_both_regions_are_those_that_plastimatch_reads(read_by_plastimatch: Path) -> None:
    stack = read_stack(real_data("sts_001/raw_fdg_pet/image"))
    loaded = load_regions(real_data("sts_001/raw_fdg_pet/mask/1-1.dcm"), None, stack)
    assert [one.name for one in loaded] == ["GTV_Mass", "GTV_Edema"]
    for one in loaded:
        assert one.mask is not None
        assert one.remarks == ()
        other = sitk.ReadImage(str(read_by_plastimatch / f"{one.name}.nrrd"))
        theirs = sitk.GetArrayFromImage(other) > 0
        np.testing.assert_allclose(other.GetOrigin(), one.mask.geometry.origin, atol=1e-3)
        ours = one.mask.array
        assert ours.shape == theirs.shape
        dice = 2.0 * (ours & theirs).sum() / (ours.sum() + theirs.sum())
        # 5.5 mm pixels: the two differ in voxels whose centre the outline all but touches.
        assert dice > 0.99
        assert ours.sum() == pytest.approx(theirs.sum(), rel=0.01)
