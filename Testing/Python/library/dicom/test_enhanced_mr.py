"""Plain volumes in Enhanced MR objects: ADC maps with the scale their functional groups state, slices wherever they lie.

The truth: slice k holds (0, 700, 1100, 2200) um2/s plus 10 k; the frames lie in the file in the order 2, 0, 1.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import generate_uid

from builders.frame_series import real_world, voxels, write_enhanced_dwi, write_enhanced_mr
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.context import Context
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.inventory import inspect_folder
from dosepainting_hrs.dicom.role import Role
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.errors import DicomError
from dosepainting_hrs.quantities import ADC, MR_SIGNAL

ORDER = (2, 0, 1)
TRUE = np.array([[[0.0, 700.0], [1100.0, 2200.0]]] * 3) + 10.0 * np.arange(3)[:, None, None]
ADC_TYPE = ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]
PHILIPS = {"Manufacturer": "Philips", "ImageType": ADC_TYPE}
SIEMENS = {"Manufacturer": "Siemens Healthineers", "ImageType": ADC_TYPE}


def item(**values: Any) -> Dataset:
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def write(
    path: Path,
    per_step: float,
    tags: dict[str, Any],
    *,
    scale: Callable[[int, Dataset], None] | None = None,
    shared: Callable[[Dataset], None] | None = None,
) -> None:
    """Write the map with so many um2/s to one stored step; `scale` is called with the slice that a frame shows."""

    def fill(number: int, group: Dataset) -> None:
        k = ORDER[number]
        group.PlanePositionSequence = [item(ImagePositionPatient=[0.0, 0.0, 2.0 * k])]
        group.MRImageFrameTypeSequence = [item(FrameType=ADC_TYPE)]
        if scale is not None:
            scale(k, group)

    stored = np.round(TRUE[list(ORDER)] / per_step).astype(np.uint16)
    write_enhanced_mr(path, stored, change=fill, shared=shared, tags=tags)


def mapped_once(slope: float, unit: str) -> Callable[[Dataset], None]:
    def share(group: Dataset) -> None:
        group.RealWorldValueMappingSequence = [real_world(slope, unit, "ADC")]

    return share


def rescaled(slope: float, kind: str) -> Callable[[int, Dataset], None]:
    def scale(_: int, group: Dataset) -> None:
        group.PixelValueTransformationSequence = [item(RescaleSlope=slope, RescaleIntercept=0.0, RescaleType=kind)]

    return scale


def slope_of_its_own(k: int, group: Dataset) -> None:
    group.RealWorldValueMappingSequence = [real_world((0.5, 1.0, 2.5)[k] * 1e-6, "mm2/s", "ADC")]


@pytest.mark.parametrize(
    ("per_step", "tags", "how", "told"),
    [
        (
            0.5,
            PHILIPS,
            {"shared": mapped_once(0.5e-6, "mm2/s")},
            "ADC by the real world values of the images themselves, in mm2/s.",
        ),
        (
            1.0,
            SIEMENS,
            {"shared": mapped_once(1.0, "um2/s")},
            "ADC by the real world values of the images themselves, in um2/s.",
        ),
        (2.0, PHILIPS, {"scale": rescaled(2e-6, "mm2/s")}, 'ADC by RescaleType (0028,1054), which is "mm2/s".'),
        (1.0, SIEMENS, {"scale": rescaled(1.0, "US")}, "an ADC map of Siemens that is not rescaled stores 1e-6 mm2/s."),
        (1.0, PHILIPS, {"scale": rescaled(1e-3, "US")}, "which fits 1e-3 mm2/s only; taken as that."),
    ],
)
def test_the_scale_of_the_functional_groups_is_found_and_told(
    tmp_path: Path, per_step: float, tags: dict[str, Any], how: dict[str, Any], told: str
) -> None:
    write(tmp_path / "adc.dcm", per_step, tags, **how)
    (found,) = inspect_folder(tmp_path).series
    assert (found.role, found.size, found.spacing, found.problems) == (Role.ADC, "2 x 2 x 3", "1 x 1 x 2", ())
    image = load_image(read_stack(tmp_path))
    assert (image.quantity, image.history[-1].endswith(told)) == (ADC, True), image.history
    np.testing.assert_allclose(image.array, TRUE, atol=per_step / 2)
    np.testing.assert_allclose(image.geometry.to_world([0, 0, 2]), [0.0, 0.0, 4.0])


def test_every_frame_has_its_own_slope(tmp_path: Path) -> None:
    """Stored values are 1 um2/s each; slices 0, 1 and 2 are said to be worth 0.5, 1 and 2.5e-6 mm2/s a step."""
    write(tmp_path / "adc.dcm", 1.0, PHILIPS, scale=slope_of_its_own)
    image = load_image(read_stack(tmp_path))
    np.testing.assert_allclose(image.array, TRUE * np.array([0.5, 1.0, 2.5])[:, None, None], rtol=1e-5)


def test_the_mapping_of_a_frame_goes_before_the_shared_one_and_before_rescale(tmp_path: Path) -> None:
    def scale(k: int, group: Dataset) -> None:
        rescaled(9.0, "US")(k, group)
        group.RealWorldValueMappingSequence = [real_world(1e-6, "mm2/s", "ADC")]

    write(tmp_path / "adc.dcm", 1.0, PHILIPS, scale=scale, shared=mapped_once(7.0, "um2/s"))
    np.testing.assert_allclose(load_image(read_stack(tmp_path)).array, TRUE, rtol=1e-5)


def test_two_files_of_one_series_make_one_volume(tmp_path: Path) -> None:
    write(tmp_path / "a.dcm", 1.0, SIEMENS)
    ds = dcmread(tmp_path / "a.dcm")
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    for k, group in zip(ORDER, ds.PerFrameFunctionalGroupsSequence, strict=True):
        group.PlanePositionSequence[0].ImagePositionPatient = [0.0, 0.0, 2.0 * (k + 3)]
    ds.save_as(tmp_path / "b.dcm", enforce_file_format=True)
    image = load_image(read_stack(tmp_path))
    np.testing.assert_allclose(image.array, np.concatenate([TRUE, TRUE]))
    (found,) = inspect_folder(tmp_path).series
    assert (found.size, len(found.files)) == ("2 x 2 x 6", 2)


def test_an_object_knows_its_own_uid_and_not_one_for_each_frame(tmp_path: Path) -> None:
    write(tmp_path / "adc.dcm", 1.0, SIEMENS)
    assert read_stack(tmp_path).sop_instance_uids == (str(dcmread(tmp_path / "adc.dcm").SOPInstanceUID),)


def test_a_missing_scale_is_told_and_not_guessed(tmp_path: Path) -> None:
    """At 50 um2/s to a step the median of the values above 0 is 22, which no unit in use explains."""
    write(tmp_path / "adc.dcm", 50.0, PHILIPS)
    image = load_image(read_stack(tmp_path))
    assert image.quantity == MR_SIGNAL
    assert image.history[-1].endswith("which fits neither 1e-6 nor 1e-3 mm2/s: taken as MR signal.")


def units_that_differ(k: int, group: Dataset) -> None:
    group.RealWorldValueMappingSequence = [real_world(*((1e-6, "mm2/s"), (1.0, "um2/s"))[k == 1])]


def only_one(k: int, group: Dataset) -> None:
    if k == 1:
        group.RealWorldValueMappingSequence = [real_world(1e-6, "mm2/s")]


def contradicting(_: int, group: Dataset) -> None:
    group.RealWorldValueMappingSequence = [real_world(1e-6, "mm2/s"), real_world(1000.0, "um2/s")]


def in_two_pieces(_: int, group: Dataset) -> None:
    group.RealWorldValueMappingSequence = [real_world(1e-6, "mm2/s"), real_world(2e-6, "mm2/s")]


def kinds_that_differ(k: int, group: Dataset) -> None:
    rescaled(1e-6, "mm2/s" if k else "um2/s")(k, group)


def types_that_differ(k: int, group: Dataset) -> None:
    if k == 1:
        group.MRImageFrameTypeSequence = [item(FrameType=["DERIVED", "PRIMARY", "DIFFUSION", "FA"])]


@pytest.mark.parametrize(
    ("scale", "sentence"),
    [
        (units_that_differ, r"give its scale in mm2/s for 2 and um2/s for 1 of its 3 slices; one unit"),
        (only_one, r"give its scale in mm2/s for 1 of its 3 slices; one unit for all of them is needed"),
        (contradicting, r"contradict each other: those in mm2/s and um2/s give different values"),
        (in_two_pieces, r"contradict each other: those in mm2/s and mm2/s give different values"),
        (kinds_that_differ, r"RescaleType \(0028,1054\) gives the ADC map different units: um2/s and mm2/s"),
        (types_that_differ, r"of 2 types by FrameType \(0008,9007\): .*ADC \(2 frames\).*FA \(1 frame\); one volume"),
    ],
    ids=["units", "in part", "contradiction", "two pieces", "RescaleType", "types"],
)
def test_a_mixed_scale_or_type_is_refused_in_words(tmp_path: Path, scale: Any, sentence: str) -> None:
    write(tmp_path / "adc.dcm", 1.0, PHILIPS, scale=scale)
    with pytest.raises(DicomError, match=sentence):
        load_image(read_stack(tmp_path))
    (found,) = inspect_folder(tmp_path).series
    assert len(found.problems) == 1


def test_damaged_groups_are_told(tmp_path: Path) -> None:
    write(tmp_path / "adc.dcm", 1.0, SIEMENS)
    ds = dcmread(tmp_path / "adc.dcm")
    ds.PerFrameFunctionalGroupsSequence.pop()
    ds.save_as(tmp_path / "adc.dcm", enforce_file_format=True)
    with pytest.raises(DicomError, match=r"cannot be loaded\. The multi-frame object announces 3 frames and describes 2"):
        read_stack(tmp_path)


def test_adc_frames_beside_a_dwi_are_left_out_of_its_frames_and_said_so(tmp_path: Path) -> None:
    """One object as Philips may write it: b = 0 and 800, and the scanner's ADC in the same file."""

    def mark(t: int, _k: int, group: Dataset) -> None:
        kind = ADC_TYPE if t == 2 else ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]
        group.MRImageFrameTypeSequence = [item(FrameType=kind)]

    stored = voxels(3)
    write_enhanced_dwi(tmp_path / "dwi.dcm", stored, (0.0, 800.0, 0.0), change=mark)
    frames = Context().frames(str(tmp_path))
    assert frames.b_values() == (0.0, 800.0)
    np.testing.assert_array_equal(frames.array, 2.0 * stored[:2])
    assert any(remark.startswith("3 frames were left out") for remark in frames.remarks)
    (found,) = inspect_folder(tmp_path).series
    assert (found.role, found.frames) == (Role.DWI, "2 frames: b = 0, 800 s/mm2")
    assert any("left out" in remark for remark in found.remarks)
    with pytest.raises(DicomError, match=r"of 2 types by FrameType"):
        read_stack(tmp_path)


def test_a_dwi_and_an_adc_object_side_by_side_are_not_two_acquisitions(tmp_path: Path) -> None:
    write(tmp_path / "adc.dcm", 1.0, SIEMENS)
    write_enhanced_dwi(tmp_path / "dwi.dcm", voxels(2), (0.0, 800.0))
    assert Context().frames(str(tmp_path)).b_values() == (0.0, 800.0)


def test_an_enhanced_ct_is_still_refused(tmp_path: Path) -> None:
    write(tmp_path / "ct.dcm", 1.0, SIEMENS)
    ds = dcmread(tmp_path / "ct.dcm")
    ds.Modality, ds.SOPClassUID = "CT", "1.2.840.10008.5.1.4.1.1.2.1"
    ds.save_as(tmp_path / "ct.dcm", enforce_file_format=True)
    with pytest.raises(DicomError, match=r"multi-frame object \(Enhanced CT Image, 3 frames\)"):
        read_stack(tmp_path)


def test_the_command_line_uses_it_as_any_adc_map(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Free water of the last slice, 2220 um2/s, is the upper end of a window that becomes 0 to 1: it is 1; air is 0."""
    write(tmp_path / "mr" / "adc.dcm", 0.5, PHILIPS, shared=mapped_once(0.5e-6, "mm2/s"))
    words = ["map", "normalise", "--image", str(tmp_path / "mr"), "--scale", "window", "--low", "0", "--high", "2220"]
    assert main([*words, "-o", str(tmp_path / "window.nrrd"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["minimum"], answer["maximum"]) == (0.0, 1.0)
    assert any("in mm2/s." in one for one in answer["history"])
