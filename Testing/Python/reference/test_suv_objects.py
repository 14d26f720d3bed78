"""The twelve IBSI SUV reference objects that are not here, as small series written from the manual, and bad ones."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.sequence import Sequence

from builders.suv_reference_objects import OBJECTS, write_reference_object
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.errors import DicomError
from dosepainting_hrs.image import Image
from dosepainting_hrs.maps.suv import Suv
from dosepainting_hrs.maps.suv_parameters import SuvParameters


def made_from(folder: Path, name: str, change: Any = None) -> Image:
    write_reference_object(folder, name, change)
    return Suv(SuvParameters()).compute(load_image(read_stack(folder)))


@pytest.mark.parametrize("name", OBJECTS)
def test_each_object_comes_out_as_published(name: str, tmp_path: Path) -> None:
    """Minimum 0.20, median 1.00, maximum 4.00, and the same in every slice."""
    uptake = made_from(tmp_path, name).array
    for plane in uptake:
        assert [round(float(one), 2) for one in (plane.min(), np.median(plane), plane.max())] == [0.20, 1.00, 4.00]


TOLD = {
    "2_2": "Convention: PatientSex (0010,0040) is O, so the ideal body weight is the mean of men's and women's.",
    "2_4": '(7053,1000) stands in a block without creator; it was taken because Manufacturer is "Philips Medical Systems".',
    "3_0": "Convention: RadionuclideTotalDose (0018,1074) is 368.08: from 1 to 10000, so it was taken as MBq.",
    "3_2": "11:30:00, +20.8",
    "3_3": "GE decay reference (0009,100D)",
    "3_4": "DecayCorrection (0054,1102) is NONE: each slice has its own activity",
    "4_2": "would lie after the scan on its day; it takes the day before",
}


@pytest.mark.parametrize("name", TOLD)
def test_conventions_and_differences_are_told(name: str, tmp_path: Path) -> None:
    assert TOLD[name] in " ".join(made_from(tmp_path, name).history)


def test_a_private_tag_of_its_creator_needs_no_convention(tmp_path: Path) -> None:
    def with_creator(_: int, ds: Dataset) -> None:
        ds.add(DataElement(0x70530010, "LO", "Philips PET Private Group"))

    made = made_from(tmp_path, "2_4", with_creator)
    assert float(np.median(made.array)) == pytest.approx(1.0, abs=0.01)
    assert "without creator" not in " ".join(made.history)


def test_a_private_tag_of_somebody_else_is_not_taken(tmp_path: Path) -> None:
    """Counts without any scale factor need what these headers lack."""

    def of_another_maker(_: int, ds: Dataset) -> None:
        ds.Manufacturer = "Another"

    with pytest.raises(DicomError, match=r"DoseCalibrationFactor \(0054,1322\) is missing"):
        made_from(tmp_path, "2_4", of_another_maker)


BAD = {
    "no time anywhere": ({"SeriesTime": "", "AcquisitionTime": "", "FrameReferenceTime": None}, "No tag tells to which moment"),
    "no time of acquisition": (
        {"AcquisitionTime": "", "SeriesTime": ""},
        r"AcquisitionDate/Time .* is missing in 4 of 4 slices",
    ),
    "no dose sequence": ({"RadiopharmaceuticalInformationSequence": None}, r"RadionuclideTotalDose \(0018,1074\) is missing"),
    "an intercept": ({"RescaleIntercept": 5.0}, r"RescaleIntercept \(0028,1052\) is 5"),
    "not attenuation-corrected": ({"CorrectedImage": ["DECY"]}, "lists no attenuation correction"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_series_are_refused_in_words(case: str, tmp_path: Path) -> None:
    tags, sentence = BAD[case]

    def spoil(_: int, ds: Dataset) -> None:
        for keyword, value in tags.items():
            if value is None:
                ds.pop(keyword, None)
            else:
                setattr(ds, keyword, value)

    with pytest.raises(DicomError, match=sentence) as refusal:
        made_from(tmp_path, "4_0", spoil)
    assert refusal.value.hint


def test_two_injections_are_refused(tmp_path: Path) -> None:
    def doubled(_: int, ds: Dataset) -> None:
        first = ds.RadiopharmaceuticalInformationSequence[0]
        ds.RadiopharmaceuticalInformationSequence = Sequence([first, first])

    with pytest.raises(DicomError, match="lists 2 injections"):
        made_from(tmp_path, "4_0", doubled)
