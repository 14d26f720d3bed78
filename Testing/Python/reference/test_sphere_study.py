"""The study of spheres on a reduced set: the same code, three offsets, two sizes; every registered method has its row."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from dosepainting_hrs.registry import SEGMENTATIONS

STUDY = Path(__file__).resolve().parents[2] / "validation" / "spheres.py"


@pytest.fixture(scope="module")
def study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sphere_study", STUDY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def found(study: ModuleType) -> dict[tuple[str, float, float], list[object]]:
    made: dict[tuple[str, float, float], list[object]] = study.study(3, (17.0, 22.0), slow=False)
    return made


def test_the_goals_are_met(study: ModuleType, found: dict[tuple[str, float, float], list[object]]) -> None:
    assert study.missed(found) == []


def test_every_registered_method_is_in_the_study(study: ModuleType) -> None:
    named = {kind.name for _, kind, _ in study.method_variants()} | set(study._LEFT_OUT)
    assert named == set(SEGMENTATIONS.names())


def test_a_missed_goal_is_told(study: ModuleType) -> None:
    label = "iterative with the true PSF"
    bad = {(label, 22.0, 4.0): [study.Found(-30.0, 1.0)], (label, 22.0, 8.0): [study.Found(None, None)]}
    assert len(study.missed(bad)) == 2


def test_the_surface_is_found_to_less_than_a_voxel(
    study: ModuleType, found: dict[tuple[str, float, float], list[object]]
) -> None:
    for label in study.GOALS:
        for diameter in (17.0, 22.0):
            for contrast in study.CONTRASTS:
                distances = [one.surface_mm for one in found.get((label, diameter, contrast), [])]
                assert not distances or np.median(distances) < 1.0
