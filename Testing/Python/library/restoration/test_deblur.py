"""Deblurring: against formulas in Fourier space, the stopping rule, and what may be negative."""

import numpy as np
import pytest

from dosepainting_hrs.restoration.deblur import LANDWEBER, RICHARDSON_LUCY, deblurred, margin_mm
from dosepainting_hrs.restoration.gaussian import blurred

SPACING = (2.0, 2.0, 2.0)


def waves(length: int = 96) -> tuple[np.ndarray, float]:
    """A cosine of 24 mm along x with whole periods, and by how much a Gaussian of 6 mm FWHM weakens it."""
    values = 5.0 + np.broadcast_to(np.cos(2 * np.pi * np.arange(length) / 12.0), (1, 1, length))
    sigma = 6.0 / 2.3548200450309493
    return values.copy(), float(np.exp(-2.0 * (np.pi * sigma / 24.0) ** 2))


@pytest.mark.parametrize("steps", [1, 5, 10])
def test_landweber_lifts_a_wave_as_the_formula_says(steps: int) -> None:
    """Of a wave weakened to h, n steps bring back 1 - (1 - h^2)^n of what is missing: y (1 - (1 - h^2)^(n + 1) ...) / h."""
    values, h = waves()
    out = deblurred(values, SPACING, fwhm_mm=6.0, kind=LANDWEBER, steps=steps).values
    # x_0 = y, x_k+1 = x_k + h (y - h x_k): x_n = y [1 / h + (1 - 1 / h) (1 - h^2)^n].
    factor = 1.0 / h + (1.0 - 1.0 / h) * (1.0 - h * h) ** steps
    middle = slice(36, 60)
    np.testing.assert_allclose(out[0, 0, middle] - 5.0, factor * (values[0, 0, middle] - 5.0), atol=2e-3)


@pytest.mark.parametrize("kind", [LANDWEBER, RICHARDSON_LUCY])
def test_deblurring_brings_a_blurred_image_nearer_to_the_true_one(kind: str) -> None:
    true = np.ones((24, 24, 24))
    true[8:16, 8:16, 8:16] = 6.0
    seen = blurred(true, 2.5, SPACING)
    errors = [
        np.sqrt(np.mean((deblurred(seen, SPACING, fwhm_mm=2.5 * 2.3548, kind=kind, steps=steps).values - true) ** 2))
        for steps in (1, 5, 20)
    ]
    assert np.sqrt(np.mean((seen - true) ** 2)) > errors[0] > errors[1] > errors[2]


def test_it_stops_by_the_change_that_is_watched() -> None:
    """A long wave on the right is hardly blurred, noise on the left is: it goes on changing."""
    x = np.arange(200)
    along = np.where(x < 60, np.random.default_rng(1).normal(size=200), np.cos(2 * np.pi * x / 100.0))
    values = np.broadcast_to(along, (1, 1, 200)).copy()
    watched = np.broadcast_to(x > 90, values.shape).copy()
    run = {"fwhm_mm": 6.0, "steps": 9, "kind": LANDWEBER}
    # The first step changes a wave of 200 mm by h (1 - h) of itself; by hand h = exp(-2 (pi 2.548 / 200)^2) = 0.9968.
    assert deblurred(values, SPACING, stop_percent=0.4, watched=watched, **run).steps == 1
    assert deblurred(values, SPACING, stop_percent=0.2, watched=watched, **run).steps > 1
    assert deblurred(values, SPACING, stop_percent=0.4, **run).steps == 9
    assert deblurred(values, SPACING, stop_percent=0.0, watched=watched, **run).steps == 9


def test_negative_values_are_taken_as_0_by_richardson_lucy_alone() -> None:
    values = np.full((4, 4, 4), 2.0)
    values[1, 1, 1] = -3.0
    lucy = deblurred(values, SPACING, fwhm_mm=4.0, kind=RICHARDSON_LUCY)
    assert (lucy.clipped, lucy.values.min() >= 0) == (1, True)
    assert deblurred(values, SPACING, fwhm_mm=4.0, kind=LANDWEBER).values.min() < -3.0
    assert values[1, 1, 1] == -3.0


def test_progress_is_told_and_rises() -> None:
    told: list[float] = []
    deblurred(np.ones((2, 2, 2)), SPACING, fwhm_mm=4.0, steps=3, progress=lambda share, _: told.append(share))
    assert told == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_the_margin_grows_with_resolution_and_steps() -> None:
    assert margin_mm(12.0, 5) == pytest.approx(2 * margin_mm(6.0, 5))
    assert margin_mm(6.0, 20) == pytest.approx(2 * margin_mm(6.0, 5))
