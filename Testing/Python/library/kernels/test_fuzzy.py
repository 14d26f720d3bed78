"""A round of fuzzy c-means against its formulas in plain numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosepainting_hrs.kernels.fuzzy import fuzzy_step


def twin(
    values: np.ndarray, around: np.ndarray, share: float, fuzziness: float, centres: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    squared = ((values[:, None] - centres) ** 2).sum(2) + share * ((around[:, None] - centres) ** 2).sum(2)
    belonging = 1.0 / ((squared[:, :, None] / squared[:, None, :]) ** (1.0 / (fuzziness - 1.0))).sum(axis=2)
    weights = belonging**fuzziness
    return belonging, weights.T @ ((values + share * around) / (1.0 + share)) / weights.sum(axis=0)[:, None]


@given(
    seed=st.integers(0, 10_000),
    clusters=st.integers(1, 5),
    channels=st.integers(1, 3),
    share=st.sampled_from([0.0, 1.0, 4.0]),
    fuzziness=st.sampled_from([1.5, 2.0, 3.0]),
)
def test_kernel_is_its_twin(seed: int, clusters: int, channels: int, share: float, fuzziness: float) -> None:
    random = np.random.default_rng(seed)
    values, around, centres = (random.normal(size=(rows, channels)) for rows in (30, 30, clusters))
    belonging, moved = np.empty((30, clusters)), np.empty((clusters, channels))
    fuzzy_step(values, around, share, fuzziness, centres, belonging, moved)
    expected, centres_after = twin(values, around, share, fuzziness, centres)
    np.testing.assert_allclose(belonging, expected, atol=1e-9)
    np.testing.assert_allclose(moved, centres_after, atol=1e-9)
    np.testing.assert_allclose(belonging.sum(axis=1), 1.0, rtol=1e-12)


def test_by_hand() -> None:
    """At 1, between centres 0 and 3: distances squared 1 and 4, so the memberships are 4/5 and 1/5."""
    belonging, moved = np.empty((2, 2)), np.empty((2, 1))
    fuzzy_step(np.array([[1.0], [3.0]]), np.zeros((2, 1)), 0.0, 2.0, np.array([[0.0], [3.0]]), belonging, moved)
    np.testing.assert_allclose(belonging, [[0.8, 0.2], [0.0, 1.0]])
    assert moved.ravel() == pytest.approx([1.0, (0.04 * 1 + 3) / 1.04])
