"""The kernel against plain numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dosepainting_hrs.kernels.scaled import scale_into


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), dtype=st.sampled_from([np.float32, np.int16, np.int32]))
def test_agrees_with_its_twin(seed: int, dtype: type) -> None:
    random = np.random.default_rng(seed)
    values = (1000 * random.normal(size=200)).astype(dtype)
    if dtype is np.float32:
        values[:3] = np.nan
    scaled = np.empty(200, np.float32)
    total = scale_into(values, 0.3, scaled)
    expected = values.astype(np.float64) * 0.3
    assert scaled.tobytes() == expected.astype(np.float32).tobytes()
    assert total == pytest.approx(float(np.nansum(expected)), rel=1e-9, abs=1e-9)
