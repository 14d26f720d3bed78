"""Tofts models: parameters that made a curve come back, by an own convolution on a fine grid."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builders.volumes import frames_of, mask_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.image_frames import FrameInfo, Frames
from dosepainting_hrs.maps.input_function import parker
from dosepainting_hrs.maps.tofts import Tofts, ToftsParameters
from dosepainting_hrs.quantities import MR_SIGNAL
from dosepainting_hrs.registry import MAIN

EVERY, COUNT, BEFORE = 5.4, 150, 11
T1, R1, HCT = 1.2, 4.5, 0.42
TRUTH = [(0.05, 0.3, 0.02), (0.25, 0.4, 0.05), (0.6, 0.2, 0.1), (0.1, 0.5, 0.0)]
"""Ktrans (1/min), ve, vp."""
Float = NDArray[np.float64]


def tissue(ktrans: float, ve: float, vp: float, blood: Any = parker) -> Float:
    """Concentration at the frames, by direct summation in steps of 0.05 s."""
    fine = np.arange(0.0, EVERY * COUNT, 0.05)
    arrival = EVERY * (BEFORE - 0.5)
    plasma = blood(fine - arrival) / (1 - HCT)
    kernel = np.exp(-ktrans / ve / 60 * fine)
    size = 2 * len(fine)
    whole = np.fft.irfft(np.fft.rfft(plasma, size) * np.fft.rfft(kernel, size), size)[: len(fine)] * 0.05
    return np.interp(EVERY * np.arange(COUNT), fine, vp * plasma + ktrans / 60 * whole)


def gradient_echo(concentration: Float, t1: float, tr: float, flip: float) -> Float:
    e, e0 = np.exp(-tr * (1 / t1 + R1 * concentration)), np.exp(-tr / t1)
    c = np.cos(np.radians(flip))
    return 1000 * ((1 - e) / (1 - c * e)) / ((1 - e0) / (1 - c * e0))


def dce(signals: Float) -> Frames:
    infos = tuple(FrameInfo(start_s=EVERY * n) for n in range(COUNT))
    return frames_of(signals[:, None, None, :], quantity=MR_SIGNAL, infos=infos)


def fitted(frames: Frames, artery: Any = None, **parameters: Any) -> dict[str, NDArray[np.float32]]:
    values = {"t1_tissue_ms": 1000 * T1, "t1_blood_ms": 1660.0, "relaxivity": R1, "baseline_frames": BEFORE, **parameters}
    found = Tofts(ToftsParameters(**values)).compute_all(frames=frames, artery=artery)
    return {name: image.array[0, 0] for name, image in found.items()}


@pytest.mark.parametrize(("time", "expected"), [(0.17046 * 60, 5.98), (5 * 60, 0.4522), (-1, 0.0)])
def test_parker_by_hand(time: float, expected: float) -> None:
    """Peak: 0.809 / (0.0563 sqrt(2 pi)) plus 0.330 / (0.132 sqrt(2 pi)) exp(-(0.19454 / 0.132)^2 / 2), and a trace of sigmoid.

    5.7325 + 0.3367 = 6.069 with the sigmoid's 1e-5; late: 1.050 exp(-0.1685 x 5).
    """
    expected = 6.069 if expected == 5.98 else expected
    assert parker(np.array([time]))[0] == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize("conversion", ["proportional", "gradient echo"])
def test_what_made_the_curve_comes_back(conversion: str) -> None:
    curves = np.stack([tissue(*one) for one in TRUTH], axis=1)
    if conversion == "proportional":
        found = fitted(dce(1000 * (1 + curves * R1 * T1)))
    else:
        found = fitted(dce(gradient_echo(curves, T1, 0.005, 20.0)), repetition_ms=5.0, flip_deg=20.0)
    for number, (ktrans, ve, vp) in enumerate(TRUTH):
        assert found[MAIN][number] == pytest.approx(ktrans, rel=0.02)
        assert found["ve"][number] == pytest.approx(ve, rel=0.02)
        assert found["vp"][number] == pytest.approx(vp, abs=0.002)


def test_without_plasma_the_plain_model_is_exact_and_the_extended_one_agrees() -> None:
    curve = tissue(0.2, 0.35, 0.0)[:, None]
    for model in ("tofts", "extended"):
        found = fitted(dce(1000 * (1 + curve * R1 * T1)), model=model)
        assert found[MAIN][0] == pytest.approx(0.2, rel=0.02)
        assert found["kep"][0] == pytest.approx(0.2 / 0.35, rel=0.02)


def test_a_measured_input_of_another_shape() -> None:
    """A slow bolus in the artery: with it the truth comes back, with the population's it does not."""

    def slow(t: Float) -> Float:
        return np.where(t > 0, 3.0 * (t / 60) * np.exp(-np.maximum(t, 0) / 60) + 0.5 * -np.expm1(-np.maximum(t, 0) / 90), 0.0)

    blood = slow(EVERY * np.arange(COUNT) - EVERY * (BEFORE - 0.5))
    signals = np.stack([1000 * (1 + tissue(0.25, 0.4, 0.05, slow) * R1 * T1), 1000 * (1 + blood * R1 * 1.66)], axis=1)
    found = fitted(dce(signals), mask_of([[[0, 1]]], name="artery"))
    assert found[MAIN][0] == pytest.approx(0.25, rel=0.03)
    assert found["ve"][0] == pytest.approx(0.4, rel=0.03)
    assert found["vp"][0] == pytest.approx(0.05, abs=0.005)
    assert abs(fitted(dce(signals))[MAIN][0] / 0.25 - 1) > 0.1


def test_curves_that_do_not_fit() -> None:
    """No enhancement gives 0, no signal no number; a region that does not enhance is no artery."""
    signals = np.stack([np.full(COUNT, 500.0), np.zeros(COUNT), 1000 * (1 + tissue(0.2, 0.3, 0.0) * R1 * T1)], axis=1)
    found = fitted(dce(signals))
    assert found[MAIN][0] == pytest.approx(0.0, abs=1e-6)
    assert np.isnan(found[MAIN][1])
    with pytest.raises(InputError, match="does not enhance, so it is no input"):
        fitted(dce(signals), mask_of([[[1, 0, 0]]], name="artery"))
    with pytest.raises(InputError, match="needed together"):
        fitted(dce(signals), flip_deg=20.0)
