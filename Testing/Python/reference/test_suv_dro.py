"""The SUV reference objects of IBSI that are here: min 0.20, median 1.00, max 4.00 in the mask of each."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from builders.real_data import real_data
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.image import Image
from dosepainting_hrs.maps.suv import Suv
from dosepainting_hrs.maps.suv_parameters import SuvParameters
from dosepainting_hrs.storage.volumes import read_mask

SUV = Suv(SuvParameters())


def unpacked(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(real_data(f"suv_dro/DRO_{name}.zip")) as archive:
        archive.extractall(folder)
    return folder / f"DRO_{name}"


def loaded(name: str, folder: Path) -> Image:
    return load_image(read_stack(unpacked(name, folder) / "PT"))


@pytest.mark.parametrize("name", ["0_0", "2_0", "3_1", "4_1", "5_0"])
def test_uptake_in_the_mask_is_as_published(name: str, tmp_path: Path) -> None:
    uptake = SUV.compute(loaded(name, tmp_path))
    mask = read_mask(tmp_path / f"DRO_{name}" / "mask" / "DRO_mask.nii.gz")
    uptake.require_same_grid(mask, what=("The PET", "its mask"))
    inside = uptake.array[mask.array]
    assert (round(float(inside.min()), 2), round(float(np.median(inside)), 2), round(float(inside.max()), 2)) == (
        0.20,
        1.00,
        4.00,
    )


def test_nineteen_per_cent_of_the_activity_is_in_the_field_of_view(tmp_path: Path) -> None:
    check = SUV.compute(loaded("0_0", tmp_path)).working[-1]
    assert check.value == pytest.approx(19, abs=0.5)
