"""The study of the gradient method on a reduced set: the same code, four offsets, three sizes."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

STUDY = Path(__file__).resolve().parents[2] / "validation" / "gradient_spheres.py"


@pytest.fixture(scope="module")
def study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gradient_sphere_study", STUDY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_goals_are_met_and_only_with_the_correction(study: ModuleType) -> None:
    lines = study.study((13.0, 17.0, 22.0), offsets=4)
    assert all(one.reached for one in lines)
    assert all(one.distance_mm < 0.5 for one in lines)
    # What the uncorrected edge of a blurred sphere of 13 and 22 mm loses, calculated: 0.94 and 0.6 mm of 6.5 and 11.
    lost = {one.diameter_mm: np.median(one.uncorrected) for one in lines}
    assert -55.0 < lost[13.0] < -34.0
    assert -20.0 < lost[22.0] < -13.0


def test_a_missed_goal_is_told(study: ModuleType) -> None:
    line = study.Line(diameter_mm=22.0, contrast=4.0, corrected=(-15.0,), uncorrected=(-20.0,), distance_mm=1.0)
    assert not line.reached
    assert "**no**" in study.page([line])
