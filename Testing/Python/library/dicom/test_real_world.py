"""Real World Value Mappings, as pydicom writes them, in the images and beside them."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence

from builders.dicom_series import image_header, save, write_series
from builders.suv_reference_objects import write_reference_object
from dosepainting_hrs.dicom.frame_series import load_frames, read_frame_stack
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.pet_header import pet_acquisition
from dosepainting_hrs.dicom.real_world import SOP_CLASS
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.maps.suv import Suv
from dosepainting_hrs.maps.suv_frames import SuvFrames
from dosepainting_hrs.maps.suv_parameters import SuvParameters


def mapping(slope: float, unit: str = "{SUVbw}g/ml") -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", "SUV"
    item = Dataset()
    item.LUTLabel = "SUV of others"
    item.RealWorldValueIntercept, item.RealWorldValueSlope = 0.0, slope
    item.MeasurementUnitsCodeSequence = Sequence([code])
    return item


def object_for(folder: Path, references: dict[float, list[str]]) -> Path:
    """Write a mapping object beside images: a slope for each list of SOPInstanceUIDs."""
    ds = image_header("PT", series_uid="1.2.3.99")
    del ds.RadiopharmaceuticalInformationSequence
    ds.SOPClassUID, ds.Modality, ds.SeriesDescription = SOP_CLASS, "RWV", "SUV mapping"
    items = []
    for slope, uids in references.items():
        item = Dataset()
        images = []
        for uid in uids:
            image = Dataset()
            image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.128", uid
            images.append(image)
        item.ReferencedImageSequence = Sequence(images)
        item.RealWorldValueMappingSequence = Sequence([mapping(slope)])
        items.append(item)
    ds.ReferencedImageRealWorldValueMappingSequence = Sequence(items)
    return save(ds, folder / "rwv.dcm")


def test_a_mapping_in_the_images_is_read_slice_by_slice(tmp_path: Path) -> None:
    def change(number: int, ds: Dataset) -> None:
        ds.RealWorldValueMappingSequence = Sequence([mapping(0.5 + number), mapping(7.0, "Bq/ml")])

    write_series(tmp_path, np.zeros((2, 3, 3), np.int16), modality="PT", change=change)
    suv, activity = pet_acquisition(read_stack(tmp_path)).mappings
    assert (suv.unit, suv.slopes, suv.intercepts) == ("{SUVbw}g/ml", (0.5, 1.5), (0.0, 0.0))
    assert (suv.where, suv.quantity) == ("the images themselves", "SUV of others")
    assert (activity.unit, activity.slopes) == ("Bq/ml", (7.0, 7.0))


def test_an_object_beside_the_images_is_read_for_those_it_references(tmp_path: Path) -> None:
    write_series(tmp_path, np.zeros((3, 3, 3), np.int16), modality="PT")
    uids = read_stack(tmp_path).sop_instance_uids
    object_for(tmp_path, {0.25: [uids[0]], 0.5: [uids[2], "1.2.3.4.5"]})
    (found,) = pet_acquisition(read_stack(tmp_path)).mappings
    assert found.slopes == (0.25, None, 0.5)
    assert found.where == 'the object "SUV mapping"'


@pytest.mark.parametrize(("slope", "told"), [(1 / 3600.0, "agrees"), (1 / 3.6, "1000 times our own factor, off by 1000")])
def test_it_is_compared_when_suv_is_made_and_not_believed(tmp_path: Path, slope: float, told: str) -> None:
    """The reference object has SUV 1 at 3600 stored values."""
    write_reference_object(tmp_path, "4_0")
    object_for(tmp_path, {slope: list(read_stack(tmp_path).sop_instance_uids)})
    made = Suv(SuvParameters()).compute(load_image(read_stack(tmp_path)))
    assert float(np.median(made.array)) == pytest.approx(1.0, abs=0.005)
    (fact,) = [one for one in made.working if one.kind == "comparison"]
    assert told in fact.text
    assert fact.warns == ("agrees" not in told)


def test_an_object_beside_a_dynamic_series_is_read_for_its_frames(tmp_path: Path) -> None:
    for frame in range(2):
        tags = {"AcquisitionTime": f"101{5 + frame}00", "ActualFrameDuration": 60_000}
        names = f"{frame}_{{}}.dcm".format
        write_series(tmp_path, np.ones((2, 3, 3), np.int16), modality="PT", series_uid="1.2.9", tags=tags, names=names)
    found = read_frame_stack(tmp_path)
    object_for(tmp_path, {0.25: [str(header.SOPInstanceUID) for header in found.headers]})
    frames = load_frames(read_frame_stack(tmp_path))
    slopes = [one.mappings[0].slopes for info in frames.infos if (one := info.acquisition) is not None]
    assert slopes == [(0.25, 0.25), (0.25, 0.25)]
    made = SuvFrames(SuvParameters()).compute(frames)
    assert sum(one.kind == "comparison" for one in made.working) == 1
