"""Basins against scikit-image and SimpleITK, both of which flood from markers, and by hand."""

import heapq

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.segmentation import watershed

from dosepainting_hrs.kernels.watershed import watershed_basins


def basins(heights: np.ndarray, inside: np.ndarray | None = None) -> np.ndarray:
    inside = np.ones(heights.shape, dtype=bool) if inside is None else inside
    labels = np.zeros(tuple(n + 2 for n in heights.shape), dtype=np.int32)
    count = watershed_basins(np.pad(heights, 1), np.pad(inside, 1), labels)
    assert labels.max() == count
    return labels[1:-1, 1:-1, 1:-1]


def minima(heights: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Voxels without a lower neighbour, numbered in index order; for images without equal neighbours."""
    cross = ndimage.generate_binary_structure(3, 1)
    held = np.where(inside, heights, np.inf)
    lowest = ndimage.minimum_filter(held, footprint=cross, mode="constant", cval=np.inf)
    return ndimage.label(inside & (held == lowest), structure=cross)[0].astype(np.int32)


def image(seed: int, shape: tuple[int, ...] = (12, 14, 13)) -> np.ndarray:
    return ndimage.gaussian_filter(np.random.default_rng(seed).random(shape), 1.0)


@pytest.mark.parametrize("seed", range(3))
def test_labels_are_those_of_scikit_image(seed: int) -> None:
    heights = image(seed)
    inside = np.random.default_rng(seed + 10).random(heights.shape) < (1.0 if seed == 0 else 0.8)
    assert np.array_equal(basins(heights, inside), watershed(heights, minima(heights, inside), mask=inside))


def test_labels_are_those_of_simpleitk() -> None:
    heights = image(5)
    markers = sitk.GetImageFromArray(minima(heights, np.ones(heights.shape, dtype=bool)))
    peer = sitk.MorphologicalWatershedFromMarkers(
        sitk.GetImageFromArray(heights), markers, markWatershedLine=False, fullyConnected=False
    )
    assert np.array_equal(basins(heights), sitk.GetArrayFromImage(peer))


def flooded(heights: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The twin: water rises from all minima; a voxel belongs to the basin that reaches it first."""
    labels, cross = minima(heights, inside), np.vstack([np.eye(3, dtype=int), -np.eye(3, dtype=int)])
    waiting = [(heights[tuple(at)], tuple(at)) for at in np.argwhere(labels)]
    heapq.heapify(waiting)
    while waiting:
        _, at = heapq.heappop(waiting)
        for step in cross:
            other = tuple(np.add(at, step))
            on_grid = all(0 <= one < size for one, size in zip(other, heights.shape, strict=True))
            if on_grid and inside[other] and not labels[other]:
                labels[other] = labels[at]
                heapq.heappush(waiting, (heights[other], other))
    return labels


@given(seed=st.integers(0, 10_000), shape=st.tuples(*[st.integers(1, 6)] * 3))
def test_kernel_is_its_twin(seed: int, shape: tuple[int, int, int]) -> None:
    random = np.random.default_rng(seed)
    heights, inside = random.random(shape), random.random(shape) < 0.8
    assert np.array_equal(basins(heights, inside), flooded(heights, inside))


@pytest.mark.parametrize(
    ("heights", "expected"),
    [
        ([3.0, 1.0, 2.0, 5.0, 4.0, 0.0], [1, 1, 1, 1, 2, 2]),  # From the 5 to the lower of its neighbours, 2 and 4.
        ([1.0, 1.0, 1.0], [1, 1, 1]),
        ([0.0, 2.0, 2.0, 2.0, 1.0], [1, 1, 1, 2, 2]),  # The middle of the plateau is as near to both: the first.
        ([0.0, 2.0, 2.0, 3.0, 3.0, 1.0], [1, 1, 1, 1, 2, 2]),
        ([2.0, 1.0, 1.0, 2.0, 1.0], [1, 1, 1, 1, 2]),
    ],
)
def test_by_hand_along_a_line(heights: list[float], expected: list[int]) -> None:
    assert basins(np.array([[heights]])).ravel().tolist() == expected


def test_nothing_inside_has_no_basin() -> None:
    assert not basins(np.ones((2, 2, 2)), np.zeros((2, 2, 2), dtype=bool)).any()
