"""A real GE whole-body PET in Bq/ml against the SUV image that IBSI made of it with other software."""

import numpy as np
import pytest

from builders.real_data import real_data
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.image import Image
from dosepainting_hrs.maps.suv import Suv
from dosepainting_hrs.maps.suv_conversion import suv_conversion
from dosepainting_hrs.maps.suv_parameters import SuvParameters
from dosepainting_hrs.storage.volumes import read_image


@pytest.fixture(scope="module")
def pet() -> Image:
    return load_image(read_stack(real_data("sts_001/raw_fdg_pet") / "image"))


def test_agrees_with_ibsi_within_a_thousandth(pet: Image) -> None:
    uptake = Suv(SuvParameters()).compute(pet)
    published = read_image(real_data("sts_001/nifti/PET_image.nii.gz"))
    first = uptake.geometry.to_index(published.geometry.origin)
    corner = np.rint(first).astype(int)[::-1]
    assert np.abs(first - np.rint(first)).max() < 1e-3
    crop = uptake.array[tuple(slice(start, start + size) for start, size in zip(corner, published.array.shape, strict=True))]
    assert np.abs(crop.astype(np.float64) - published.array).max() < 1e-3
    assert published.array.max() > 20.0


def test_the_series_time_is_taken_where_one_acquisition_time_stands_for_six_beds(pet: Image) -> None:
    assert pet.acquisition is not None
    found = suv_conversion(pet.acquisition)
    assert found.reference_times[0].source.startswith("SeriesDate/Time")
    assert found.elapsed_s == 2711.0  # 10:35:00 to 11:20:11
    assert "(-1095 to +120 s from the first acquisition)" in " ".join(one.text for one in found.facts)


def test_two_thirds_of_the_activity_is_in_the_field_of_view(pet: Image) -> None:
    check = Suv(SuvParameters()).compute(pet).working[-1]
    assert check.value == pytest.approx(66, abs=0.5)
