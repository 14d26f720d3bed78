"""Richardson-Lucy against scikit-image, and what must hold of every step."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.restoration import richardson_lucy

from dosepainting_hrs.kernels.richardson_lucy import richardson_lucy_step
from dosepainting_hrs.restoration.gaussian import half_kernels


def stepped(measured: np.ndarray, start: np.ndarray, steps: int, repeat: bool, sigma: float = 1.3) -> np.ndarray:
    estimate, first, second = start.copy(), np.empty_like(measured), np.empty_like(measured)
    for _ in range(steps):
        richardson_lucy_step(measured, estimate, *half_kernels(sigma, (1.0, 1.0, 1.0)), repeat, first, second)
    return estimate


@pytest.fixture
def measured() -> np.ndarray:
    return np.random.default_rng(3).random((9, 11, 10)) + 0.5


def test_ten_steps_are_those_of_scikit_image(measured: np.ndarray) -> None:
    (half, _, _) = half_kernels(1.3, (1.0, 1.0, 1.0))
    whole = np.concatenate([half[:0:-1], half])
    spread = whole[:, None, None] * whole[:, None] * whole
    peer = richardson_lucy(measured, spread, num_iter=10, clip=False)
    ours = stepped(measured, np.full(measured.shape, 0.5), 10, repeat=False)
    assert np.abs(ours - peer).max() < 1e-6


def test_kernel_is_its_twin(measured: np.ndarray) -> None:
    twin = measured.copy()
    for _ in range(3):
        ratio = measured / ndimage.gaussian_filter(twin, 1.3, mode="nearest")
        twin = twin * ndimage.gaussian_filter(ratio, 1.3, mode="nearest")
    np.testing.assert_allclose(stepped(measured, measured, 3, repeat=True), twin, rtol=1e-10)


def test_nothing_stays_nothing_and_the_true_image_stays_as_it_is() -> None:
    assert not stepped(np.zeros((3, 3, 3)), np.zeros((3, 3, 3)), 2, repeat=True).any()
    np.testing.assert_allclose(stepped(np.full((5, 5, 5), 2.0), np.full((5, 5, 5), 2.0), 4, repeat=True), 2.0, rtol=1e-12)
