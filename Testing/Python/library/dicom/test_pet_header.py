"""PET acquisition values as the header has them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement

from builders.dicom_series import write_series
from builders.real_data import real_data
from dosepainting_hrs.acquisition import PetAcquisition
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.pet_header import pet_acquisition
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.errors import DicomError

VOXELS = np.zeros((2, 3, 3), np.int16)


def acquired(folder: Path, **arguments: Any) -> PetAcquisition:
    write_series(folder, VOXELS, modality="PT", **arguments)
    return pet_acquisition(read_stack(folder))


def test_everything_stands_as_the_header_has_it(tmp_path: Path) -> None:
    found = acquired(tmp_path, slope=(0.5, 0.25))
    assert (found.units, found.decay_correction, found.sex, found.tracer) == ("BQML", "START", "F", "FDG")
    assert (found.weight_kg, found.height_m, found.injected_dose_bq, found.half_life_s) == (70.0, 1.75, 350e6, 6586.2)
    assert found.nuclide == "^18^Fluorine (C-111A1)"
    assert (found.injection_time, found.injection_datetime, found.ge_decay_datetime) == ("091500.00", None, None)
    assert found.series_start == datetime(2024, 1, 2, 10, 15)
    assert found.reconstruction == "OSEM 2i8s"
    assert found.corrected_image == ("DECY", "ATTN", "SCAT", "DTIM", "RAN", "NORM")
    assert [one.slope for one in found.slices] == [0.5, 0.25]
    first = found.slices[0]
    assert (first.acquired, first.intercept) == (datetime(2024, 1, 2, 10, 15), 0.0)
    assert (first.frame_reference_ms, first.frame_duration_ms) == (0.0, 120000.0)


def test_what_is_missing_is_none(tmp_path: Path) -> None:
    absent = ("Units", "DecayCorrection", "PatientWeight", "SeriesTime", "RadiopharmaceuticalInformationSequence", "PatientSex")
    found = acquired(tmp_path, tags={**dict.fromkeys(absent), "PatientSize": "", "AcquisitionTime": ""})
    assert (found.units, found.decay_correction, found.weight_kg, found.height_m, found.sex) == (None,) * 5
    assert (found.series_start, found.injected_dose_bq, found.half_life_s, found.injection_time) == (None,) * 4
    assert (found.nuclide, found.tracer, found.slices[0].acquired) == ("", "", None)


def test_malformed_values_are_none_and_times_stay_as_written(tmp_path: Path) -> None:
    paths = write_series(tmp_path, VOXELS, modality="PT", tags={"SeriesTime": "101500.00"})
    for path in paths:
        content = path.read_bytes().replace(b"101500.00", b"99:99:999").replace(b"091500.00", b"quarterpa")
        path.write_bytes(content)
    found = pet_acquisition(read_stack(tmp_path))
    assert found.series_start is None
    assert found.slices[0].acquired is None
    assert found.injection_time == "quarterpa"


@pytest.mark.parametrize("block", [0x10, 0x11])
def test_ge_decay_time_is_found_in_the_block_of_its_creator(tmp_path: Path, block: int) -> None:
    def change(_: int, ds: Dataset) -> None:
        ds.add(DataElement((0x0009, block), "LO", "GEMS_PETD_01"))
        ds.add(DataElement((0x0009, block << 8 | 0x0D), "DT", "20240102101400.00"))

    assert acquired(tmp_path, change=change).ge_decay_datetime == "20240102101400.00"


def test_another_makers_private_element_is_not_taken_for_ge(tmp_path: Path) -> None:
    def change(_: int, ds: Dataset) -> None:
        ds.add(DataElement((0x0009, 0x10), "LO", "SIEMENS"))
        ds.add(DataElement((0x0009, 0x100D), "DT", "20240102101400.00"))

    assert acquired(tmp_path, change=change).ge_decay_datetime is None


def test_one_element_with_date_and_time_serves_when_the_two_are_absent(tmp_path: Path) -> None:
    tags = {"AcquisitionDate": None, "AcquisitionTime": None, "AcquisitionDateTime": "20240102103000.5+0100"}
    assert acquired(tmp_path, tags=tags).slices[0].acquired == datetime(2024, 1, 2, 10, 30, 0, 500000)


def test_a_real_ge_series() -> None:
    """STS_001: 71 kg, F-18, 388.8 MBq, six beds under one AcquisitionTime."""
    found = pet_acquisition(read_stack(real_data("sts_001/raw_fdg_pet")))
    assert (found.units, found.decay_correction, found.weight_kg) == ("BQML", "START", 71.0)
    assert found.injected_dose_bq == pytest.approx(388.8e6, rel=1e-3)
    assert found.nuclide == "18F (C-111A1)"
    assert len(found.slices) == 267
    assert {one.acquired for one in found.slices} == {datetime(2000, 9, 7, 11, 20, 11)}


def test_what_slices_say_differently_is_kept_with_all_values(tmp_path: Path) -> None:
    def change(k: int, ds: Dataset) -> None:
        ds.PatientWeight = "70.0" if k else "80"
        ds.PatientSize = "1.750" if k else "1.75"  # One height, written in two ways.
        ds.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose = "350000000" if k else "300000000"

    found = acquired(tmp_path, change=change)
    assert {one.field: one.values for one in found.differing} == {
        "weight_kg": ("70.0", "80"),
        "injected_dose_bq": ("300000000", "350000000"),
    }


def test_slices_of_two_units_do_not_make_an_image(tmp_path: Path) -> None:
    def change(k: int, ds: Dataset) -> None:
        ds.Units = "GML" if k else "BQML"

    write_series(tmp_path, VOXELS, modality="PT", change=change)
    with pytest.raises(DicomError, match=r"Units \(0054,1001\) differs between slices of the PET series: BQML and GML"):
        load_image(read_stack(tmp_path))


def test_a_slope_of_zero_does_not_wipe_out_a_slice(tmp_path: Path) -> None:
    stored = np.array([[[0, 0]], [[0, 7]]], np.int16)
    write_series(tmp_path / "lost", stored, modality="PT", slope=(0.5, 0.0))
    with pytest.raises(DicomError, match=r"RescaleSlope \(0028,1053\) is 0 in slice 2 of 2"):
        load_image(read_stack(tmp_path / "lost"))
    write_series(tmp_path / "empty", stored, modality="PT", slope=(0.0, 0.5))
    assert load_image(read_stack(tmp_path / "empty")).array.tolist() == [[[0.0, 0.0]], [[0.0, 3.5]]]


def test_lossy_compression_is_told_with_the_image(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS, modality="PT", tags={"LossyImageCompression": "01", "LossyImageCompressionRatio": "12.5"})
    warned = [one.text for one in load_image(read_stack(tmp_path)).working if one.warns]
    assert "The images were compressed with loss by 12.5 to 1: their values are not the scanner's." in warned
