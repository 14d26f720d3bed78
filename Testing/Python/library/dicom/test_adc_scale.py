"""ADC maps that scanners made: whatever scale they are stored in, free water comes out at 2200 um2/s, or nothing is claimed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence

from builders.dicom_series import write_series
from dosepainting_hrs.dicom.adc_scale import unit_in_um2_s
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.image import Image
from dosepainting_hrs.quantities import ADC, MR_SIGNAL

TRUE = np.array([[[0.0, 700.0], [1100.0, 2200.0]]] * 2)
"""um2/s: air, tumour, muscle, free water at room temperature."""
GE = {"Manufacturer": "GE MEDICAL SYSTEMS", "ImageType": ["DERIVED", "PRIMARY", "ADC"]}
PHILIPS = {"Manufacturer": "Philips Medical Systems", "ImageType": ["DERIVED", "PRIMARY", "ADC", "ADC", "UNSPECIFIED"]}
SIEMENS = {"Manufacturer": "SIEMENS", "ImageType": ["DERIVED", "PRIMARY", "DIFFUSION", "ADC", "ND"]}


def loaded(folder: Path, per_step: float, tags: dict[str, Any], change: Callable[[int, Dataset], None] | None = None) -> Image:
    """Write the map with so many um2/s to one stored step, and read it."""
    stored = np.round(TRUE / per_step).astype(np.uint16)
    write_series(folder, stored, modality="MR", tags={"RescaleSlope": None, "RescaleIntercept": None, **tags}, change=change)
    return load_image(read_stack(folder))


def mapped(slope: float, unit: str, name: str = "") -> Callable[[int, Dataset], None]:
    """Give a slice a Real World Value Mapping."""

    def change(_: int, ds: Dataset) -> None:
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = unit, "UCUM", unit
        item = Dataset()
        item.LUTExplanation, item.RealWorldValueIntercept, item.RealWorldValueSlope = name or "map", 0.0, slope
        item.MeasurementUnitsCodeSequence = Sequence([code])
        ds.RealWorldValueMappingSequence = Sequence([item])

    return change


def private(slope: float, intercept: float = 0.0) -> Callable[[int, Dataset], None]:
    """Give a slice Philips' private scale."""

    def change(_: int, ds: Dataset) -> None:
        ds.private_block(0x2005, "Philips MR Imaging DD 001", create=True)
        ds.add_new(0x2005100D, "FL", intercept)
        ds.add_new(0x2005100E, "FL", slope)

    return change


@pytest.mark.parametrize(
    ("per_step", "tags", "change", "told"),
    [
        (1.0, SIEMENS, None, "Convention: an ADC map of Siemens that is not rescaled stores 1e-6 mm2/s."),
        (1.0, GE, None, "which fits 1e-6 mm2/s only; taken as that."),
        (2.0, {**GE, "RescaleSlope": 2, "RescaleIntercept": 0}, None, "which fits 1e-6 mm2/s only; taken as that."),
        (0.5, {**GE, "RescaleType": "1E-6 mm^2/s", "RescaleSlope": 0.5, "RescaleIntercept": 0}, None, 'is "1E-6 mm^2/s".'),
        (1.0, GE, mapped(1e-6, "mm2/s"), "ADC by the real world values of the images themselves, in mm2/s."),
        (0.25, PHILIPS, mapped(0.25, "um2/s"), "ADC by the real world values of the images themselves, in um2/s."),
        (
            0.5,
            {**PHILIPS, "RescaleSlope": 0.0005, "RescaleIntercept": 0, "RescaleType": "normalized"},
            private(2000.0),
            "which fits 1e-3 mm2/s only; taken as that.",
        ),
        (
            0.5,
            {**PHILIPS, "RescaleSlope": 0.5, "RescaleIntercept": 0},
            private(2000.0),
            "which fits 1e-6 mm2/s only; taken as that.",
        ),
        (1.0, {"Manufacturer": "Other"}, mapped(1e-6, "mm2/s", "Apparent Diffusion Coefficient"), "in mm2/s."),
    ],
)
def test_the_scale_is_found_and_told(tmp_path: Path, per_step: float, tags: dict[str, Any], change: Any, told: str) -> None:
    image = loaded(tmp_path, per_step, tags, change)
    assert image.quantity == ADC
    np.testing.assert_allclose(image.array, TRUE, rtol=1e-5)
    assert image.history[-1].endswith(told)


def test_a_mapping_with_a_slope_for_each_slice_goes_before_the_rescale_values(tmp_path: Path) -> None:
    def change(number: int, ds: Dataset) -> None:
        mapped((1.0, 3.0)[number], "um2/s")(number, ds)

    image = loaded(tmp_path, 1.0, {**PHILIPS, "RescaleSlope": 7, "RescaleIntercept": 1}, change)
    np.testing.assert_allclose(image.array, TRUE * np.array([1.0, 3.0])[:, None, None])


@pytest.mark.parametrize(
    ("per_step", "tags", "change", "told"),
    [
        (50.0, GE, None, "the median of the values above 0 is 22, which fits neither 1e-6 nor 1e-3 mm2/s: taken as MR signal."),
        (
            0.5,
            {**PHILIPS, "RescaleSlope": 0.5, "RescaleIntercept": 0},
            private(3.7),
            "Philips' private scale (2005,100E) 3.7 leads to other values than RescaleSlope 0.5: taken as MR signal.",
        ),
    ],
)
def test_an_open_scale_is_told_and_not_guessed(
    tmp_path: Path, per_step: float, tags: dict[str, Any], change: Any, told: str
) -> None:
    image = loaded(tmp_path, per_step, tags, change)
    assert image.quantity == MR_SIGNAL
    assert image.history[-1].endswith(told)


def test_a_signal_that_looks_like_adc_stays_a_signal(tmp_path: Path) -> None:
    image = loaded(tmp_path, 1.0, {"Manufacturer": "GE MEDICAL SYSTEMS", "ImageType": ["ORIGINAL", "PRIMARY", "OTHER"]})
    assert (image.quantity, len(image.history)) == (MR_SIGNAL, 1)


@pytest.mark.parametrize(
    ("named", "factor"),
    [
        ("um2/s", 1.0),
        ("mm2/s", 1e6),
        ("10-6.mm2/s", 1.0),
        ("1E-6 mm^2/s", 1.0),
        ("x10^-3 mm\u00b2/s", 1e3),
        ("10*-3.mm2/s", 1e3),
        ("\u00b5m2/sec", 1.0),
        ("US", None),
        ("normalized", None),
        ("mm2", None),
        ("", None),
    ],
)
def test_units_as_scanners_spell_them(named: str, factor: float | None) -> None:
    assert unit_in_um2_s(named) == (None if factor is None else pytest.approx(factor))
