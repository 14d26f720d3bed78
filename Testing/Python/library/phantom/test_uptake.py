"""The PET scanner of the synthetic patient: decay by hand, resolution and noise as stated."""

import numpy as np
import pytest

from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.phantom.tissues import Tissue
from dosepainting_hrs.phantom.tumour import tumour_of
from dosepainting_hrs.phantom.uptake import Injection, finer, scanned, true_uptake

GRID = Geometry.from_parts((24, 24, 24), (4.0, 4.0, 3.0), (5.0, -7.0, 11.0))


def test_two_half_lives_leave_a_quarter() -> None:
    """400 MBq, two half-lives before the scan, in 100 kg: 100 MBq over 100 000 g is 1000 Bq/ml per SUV."""
    injection = Injection(dose_bq=400e6, half_life_s=1800.0, delay_s=3600.0, weight_kg=100.0)
    assert injection.bq_per_ml_per_suv == pytest.approx(1000.0)


def test_frame_of_one_half_life() -> None:
    """The mean over one half-life is 1 / (2 ln 2) of the start, reached log2(2 ln 2) half-lives into the frame."""
    injection = Injection(half_life_s=1000.0, duration_s=1000.0)
    assert injection.decay_factor == pytest.approx(2 * np.log(2))
    assert injection.frame_reference_s == pytest.approx(1000.0 * np.log2(2 * np.log(2)))


def test_finer_grid_fills_the_same_box() -> None:
    fine = finer(GRID)
    assert fine.shape == (48, 48, 48)
    corner = GRID.to_world([-0.5, -0.5, -0.5])
    assert fine.to_world([-0.5, -0.5, -0.5]) == pytest.approx(corner)
    assert fine.to_world([47.5, 47.5, 47.5]) == pytest.approx(GRID.to_world([23.5, 23.5, 23.5]))


def test_step_edge_is_blurred_to_the_stated_resolution() -> None:
    """A step seen with a Gaussian of 6 mm FWHM and voxels of 4 mm; the edge's derivative has the sum of both variances."""
    fine = np.zeros((48, 48, 48), dtype=np.float32)
    fine[:, :, 24:] = 1000.0  # So much that noise is small beside it.
    image = scanned(fine, GRID, np.random.default_rng(1))
    edge = image[6:-6, 6:-6].mean(axis=(0, 1))
    slope = np.diff(edge)[4:-4]
    place = np.arange(len(slope)) * 4.0
    mean = (slope * place).sum() / slope.sum()
    variance = (slope * (place - mean) ** 2).sum() / slope.sum()
    expected = (6.0 / 2.3548) ** 2 + 4.0**2 / 6  # Gaussian, plus a voxel of 4 mm seen through differences of 4 mm.
    assert variance == pytest.approx(expected, rel=0.12)


def test_noise_grows_with_the_root_of_the_signal() -> None:
    flat = [scanned(np.full((48, 48, 48), suv, np.float32), GRID, np.random.default_rng(2)) for suv in (1.0, 9.0)]
    assert flat[1].std() / flat[0].std() == pytest.approx(3.0, rel=0.02)
    assert flat[1].mean() == pytest.approx(9.0, rel=0.02)


def test_uptake_holds_the_analytic_tumour() -> None:
    grid = Geometry.from_parts((40, 40, 40), (2.0, 2.0, 2.0), (-19.0, -53.0, -32.0))
    labels = np.full(grid.shape, Tissue.MUSCLE, dtype=np.uint8)
    tumour = tumour_of(1)
    suv = true_uptake(labels, grid, tumour, np.random.default_rng(3))
    index = np.argwhere(suv > 8.4)
    assert len(index) > 500
    assert tumour.is_hrs(grid.to_world(index[:, ::-1])).all()
    assert np.median(suv) == pytest.approx(0.8, rel=0.05)
