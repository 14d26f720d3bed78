"""Real patients' files for tests, when they are there."""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"
ROOT = Path(os.environ.get("DOSEPAINTING_HRS_TEST_DATA", _BESIDE))


def real_data(name: str) -> Path:
    """Return a file or folder of the real test data, or skip the test and say what is missing."""
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"real data {name} is not here (set DOSEPAINTING_HRS_TEST_DATA to the folder that holds it)")
    return path
