"""Voxel values of a series: rescaled per slice, in canonical order, of a stated quantity."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset

from builders.dicom_series import write_series
from builders.real_data import real_data
from builders.volumes import mask_of
from dosepainting_hrs.dicom import pixels
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.errors import Cancelled, DependencyError, DicomError
from dosepainting_hrs.image import Image
from dosepainting_hrs.maps.suv import Suv
from dosepainting_hrs.maps.suv_parameters import SuvParameters
from dosepainting_hrs.quantities import (
    ACTIVITY_CONCENTRATION,
    ADC,
    HOUNSFIELD,
    MR_SIGNAL,
    SUV_BSA,
    SUV_BW,
    SUV_LBM,
    SUV_LBM_JANMA,
    Quantity,
)
from dosepainting_hrs.segmentation.remarks import state_of_map

VOXELS = np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5)
NATURAL = (np.add.outer(np.arange(3) * 40, np.add.outer(np.arange(32), np.arange(40))) * 9).astype(np.int16)
"""Smooth, as images are, so that every encoder has something to do; 12 bits."""


def loaded(folder: Path, stored: NDArray[np.integer[Any]] = VOXELS, **arguments: Any) -> Image:
    write_series(folder, stored, **arguments)
    return load_image(read_stack(folder))


def test_ct_keeps_integers_and_takes_the_intercept(tmp_path: Path) -> None:
    image = loaded(tmp_path, VOXELS.astype(np.uint16), intercept=-1024.0)
    assert image.array.dtype == np.int16
    np.testing.assert_array_equal(image.array, VOXELS - 1024)
    assert image.quantity == HOUNSFIELD


def test_values_beyond_16_bits_stay_whole(tmp_path: Path) -> None:
    image = loaded(tmp_path, VOXELS.astype(np.uint16) + 65000, intercept=1000.0)
    assert image.array.dtype == np.int32
    np.testing.assert_array_equal(image.array, VOXELS.astype(int) + 66000)


def test_every_slice_has_its_own_slope(tmp_path: Path) -> None:
    """By hand: stored value times the slope of its slice, in double precision, then rounded to single."""
    slopes = (0.1, 1.7141, 3.0)
    image = loaded(tmp_path, modality="PT", slope=slopes)
    expected = (VOXELS.astype(np.float64) * np.array(slopes)[:, None, None]).astype(np.float32)
    assert image.array.dtype == np.float32
    np.testing.assert_array_equal(image.array, expected)


def test_a_fractional_intercept_is_kept(tmp_path: Path) -> None:
    np.testing.assert_array_equal(loaded(tmp_path, intercept=-0.5).array, VOXELS - np.float32(0.5))


@pytest.mark.parametrize("diagonal", [(-1, 1, -1), (1, -1, -1), (-1, -1, 1)])
def test_flipped_series_give_the_same_canonical_voxels(tmp_path: Path, diagonal: tuple[int, int, int]) -> None:
    """A voxel stored last along a reversed axis comes first in canonical order, and lies where it lay."""
    image = loaded(tmp_path, direction=np.diag(diagonal), spacing=(1.0, 2.0, 3.0), origin=(7, 8, 9))
    flips = tuple(2 - axis for axis in range(3) if diagonal[axis] < 0)
    np.testing.assert_array_equal(image.array, np.flip(VOXELS, flips))
    corner = [0 if sign > 0 else size - 1 for sign, size in zip(diagonal, (5, 4, 3), strict=True)]
    np.testing.assert_allclose(image.geometry.to_world(corner), [7, 8, 9])
    np.testing.assert_array_equal(image.geometry.affine[:3, :3], np.diag([1.0, 2.0, 3.0]))


def test_a_coronal_series_is_turned_and_turns_back(tmp_path: Path) -> None:
    """Rows along x, columns along -z: the stored (y, row, column) becomes (z, y, x) with z reversed."""
    direction = np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
    image = loaded(tmp_path, direction=direction, modality="MR")
    np.testing.assert_array_equal(image.array, np.flip(VOXELS.transpose(1, 0, 2), 0))
    np.testing.assert_array_equal(image.stored.axes.restore(image.array), VOXELS)


UNITS: list[tuple[dict[str, Any], Quantity]] = [
    ({"Units": "BQML"}, ACTIVITY_CONCENTRATION),
    ({"Units": "GML"}, SUV_BW),
    ({"Units": "GML", "SUVType": "BW"}, SUV_BW),
    ({"Units": "GML", "SUVType": "LBM"}, SUV_LBM),
    ({"Units": "GML", "SUVType": "LBMJANMA"}, SUV_LBM_JANMA),
    ({"Units": "GML", "SUVType": "BSA"}, Quantity("SUV (BSA)", "g/ml")),
    ({"Units": "CM2ML"}, SUV_BSA),
    ({"Units": "CNTS"}, Quantity("PET signal", "CNTS")),
    ({"Units": None}, Quantity("PET signal", "unknown")),
]


@pytest.mark.parametrize(("tags", "quantity"), UNITS)
def test_pet_units_say_what_the_values_are(tmp_path: Path, tags: dict[str, Any], quantity: Quantity) -> None:
    assert loaded(tmp_path, modality="PT", tags=tags).quantity == quantity


SIEMENS_ADC = {"Manufacturer": "SIEMENS", "ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]}


@pytest.mark.parametrize(
    ("modality", "tags", "quantity"),
    [
        ("CT", {"RescaleType": "HU"}, HOUNSFIELD),
        ("CT", {"RescaleType": "US"}, Quantity("CT signal", "US")),
        ("MR", {}, MR_SIGNAL),
        ("MR", SIEMENS_ADC, ADC),
        ("MR", {**SIEMENS_ADC, "RescaleSlope": 0.001}, MR_SIGNAL),
        ("MR", {**SIEMENS_ADC, "Manufacturer": "GE MEDICAL SYSTEMS"}, MR_SIGNAL),
    ],
)
def test_ct_and_mr_quantities(tmp_path: Path, modality: str, tags: dict[str, Any], quantity: Quantity) -> None:
    assert loaded(tmp_path, modality=modality, tags=tags).quantity == quantity


def test_history_names_the_series_and_only_pet_has_an_acquisition(tmp_path: Path) -> None:
    pet = loaded(tmp_path / "pet", modality="PT", series_uid="1.2.3.9")
    assert pet.history[0] == 'Loaded PT series 1.2.3.9 "PT series": 3 slices, activity concentration (Bq/ml).'
    assert [one.split(":", 1)[0] for one in pet.history[1:]] == ["Scanner", "Reconstruction", "PSF modelling", "EARL"]
    assert pet.acquisition is not None
    assert pet.acquisition.weight_kg == 70.0
    assert pet.identity.series == ("1.2.3.9",)
    assert loaded(tmp_path / "ct").acquisition is None


@pytest.mark.parametrize("tag", ["RescaleSlope", "RescaleIntercept"])
def test_ct_without_rescale_values_is_refused(tmp_path: Path, tag: str) -> None:
    with pytest.raises(DicomError, match=rf"{tag} is missing in a slice of the CT series; without it the stored values"):
        loaded(tmp_path, tags={tag: None})


def test_a_malformed_slope_is_quoted(tmp_path: Path) -> None:
    for path in write_series(tmp_path, VOXELS, modality="PT", slope=1.7141):
        path.write_bytes(path.read_bytes().replace(b"1.7141", b"1,7141"))
    with pytest.raises(DicomError, match=r'RescaleSlope is "1,7141" in a slice of the PT series'):
        load_image(read_stack(tmp_path))


def test_a_lookup_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DicomError, match=r"The CT series gives its values by a lookup table \(Modality LUT\), which"):
        loaded(tmp_path, tags={"ModalityLUTSequence": [Dataset()]})


def test_pixels_truncated_after_the_scan_are_refused_by_file_name(tmp_path: Path) -> None:
    paths = write_series(tmp_path, VOXELS)
    stack = read_stack(tmp_path)
    paths[1].write_bytes(paths[1].read_bytes()[:-4])
    with pytest.raises(DicomError, match=r'The pixel data of ".*0001.dcm" is truncated or damaged'):
        load_image(stack)
    paths[1].unlink()
    with pytest.raises(DicomError, match=r'The file ".*0001.dcm" cannot be read: No such file'):
        load_image(stack)


def test_loading_can_be_stopped(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS)
    stack = read_stack(tmp_path)

    def stop(fraction: float, _: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        load_image(stack, stop)


SYNTAXES = {
    "RLE": "1.2.840.10008.1.2.5",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
    "big endian": "1.2.840.10008.1.2.2",
    "implicit": "1.2.840.10008.1.2",
}


@pytest.mark.parametrize("syntax", SYNTAXES.values(), ids=SYNTAXES.keys())
@pytest.mark.parametrize("dtype", [np.int16, np.uint16])
def test_lossless_syntaxes_give_the_same_values(tmp_path: Path, syntax: str, dtype: type) -> None:
    stored = NATURAL.astype(dtype) - (1000 if dtype is np.int16 else 0)
    image = loaded(tmp_path, stored, transfer_syntax=syntax, intercept=-24.0)
    np.testing.assert_array_equal(image.array, stored.astype(int) - 24)


DCMTK = {
    "JPEG lossless, first order": ["dcmcjpeg", "+e1"],
    "JPEG lossless, any order": ["dcmcjpeg", "+el", "+sv", "6"],
    "RLE by DCMTK": ["dcmcrle"],
    "JPEG-LS by DCMTK": ["dcmcjpls"],
}


@pytest.mark.parametrize("command", DCMTK.values(), ids=DCMTK.keys())
def test_what_dcmtk_compressed_gives_the_same_values(tmp_path: Path, command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} of DCMTK is not installed")
    for path in write_series(tmp_path / "plain", NATURAL.astype(np.uint16), intercept=-1024.0):
        (tmp_path / "packed").mkdir(exist_ok=True)
        subprocess.run([*command, path, tmp_path / "packed" / path.name], check=True)
    stack = read_stack(tmp_path / "packed")
    assert stack.first.file_meta.TransferSyntaxUID.is_compressed
    np.testing.assert_array_equal(load_image(stack).array, NATURAL - 1024)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"], ids=["JPEG-LS", "JPEG 2000"])
def test_simpleitk_decodes_when_the_extra_is_absent(tmp_path: Path, syntax: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_series(tmp_path, NATURAL - 500, transfer_syntax=syntax)
    monkeypatch.setattr(pixels, "_can_decode", lambda _: False)
    np.testing.assert_array_equal(load_image(read_stack(tmp_path)).array, NATURAL - 500)


def test_a_syntax_that_nothing_decodes_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_series(tmp_path, NATURAL, transfer_syntax="1.2.840.10008.1.2.5")
    monkeypatch.setattr(pixels, "_can_decode", lambda _: False)
    with pytest.raises(
        DependencyError, match=r"compressed \(RLE Lossless\), and nothing .* decodes them. Install the \[dicom\]"
    ):
        load_image(read_stack(tmp_path))


def test_real_ct_and_pet_equal_the_published_nifti() -> None:
    """IBSI publishes the same images as NIfTI; its rows run against LPS, which SimpleITK's orientation filter undoes."""
    import SimpleITK as sitk

    for name, tolerance in (("CT", 0.0), ("PET", 1e-3)):
        image = load_image(read_stack(real_data(f"sts_001/dicom/{name}/image")))
        file = real_data(f"sts_001/nifti/{name}_image.nii.gz")
        peer = sitk.DICOMOrient(sitk.ReadImage(str(file)), "LPS")
        np.testing.assert_allclose(image.array, sitk.GetArrayFromImage(peer), atol=tolerance)
        np.testing.assert_allclose(image.geometry.origin, peer.GetOrigin(), atol=1e-3)


def test_a_series_that_holds_suv_says_how_it_was_reconstructed_without_another_step(tmp_path: Path) -> None:
    pet = loaded(tmp_path, modality="PT", tags={"Units": "GML", "SeriesDescription": "PET EARL2"})
    state = state_of_map(pet, mask_of(np.ones(pet.array.shape), pet.stored.geometry))
    assert "Reconstruction: ReconstructionMethod OSEM 2i8s." in state
    assert any(one.startswith('EARL: SeriesDescription "PET EARL2" names it') for one in state)
    assert not any("does not say how it was reconstructed" in one for one in state)
    made = Suv(SuvParameters()).compute(pet)
    assert sum(one.startswith("Reconstruction:") for one in made.history) == 1
