"""The studies of registration: one start of one pair, and the second measure of the real patients on a known shift."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.gradient_shift import gradient_shift
from builders.registration_pairs import image_of, pairs
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.quantities import MR_SIGNAL
from dosepainting_hrs.registration.local_rigid import RegisterParameters

STUDY = Path(__file__).resolve().parents[3] / "validation" / "registration.py"


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("registration_study", STUDY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "registration_study", module)
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec.loader.exec_module(module)
    return module


def test_one_start_of_pet_to_ct_reaches_the_goals(study: Any) -> None:
    trials = study.known_motions(pairs(names=("PET-CT",), fixed_mm=2.5), 1, RegisterParameters(samples=20_000))
    assert trials[0].start_mm > 5.0
    judged = study.verdicts(trials, [], 1)
    assert all(reached for _, reached in judged), judged
    assert "| PET-CT | 1 |" in study.page(trials, [], 0, judged)


def test_edges_within_slices_find_a_known_shift_of_another_contrast() -> None:
    """Slices of 3 and 4 mm on one oblique frame; the second image's contents lie at (1.5, -2, 2.5) mm along its axes."""

    def anatomy(points: np.ndarray) -> np.ndarray:
        random, value = np.random.default_rng(4), np.zeros(points.shape[:-1])
        for _ in range(60):
            centre, size = random.uniform(-30, 30, 3), random.uniform(4, 12)
            value += random.uniform(-1, 1) * np.exp(-(((points - centre) / size) ** 2).sum(axis=-1))
        return value

    turn = np.array([[1.0, 0.0, 0.0], [0.0, 0.98, -0.199], [0.0, 0.199, 0.98]])
    true = turn @ np.array([1.5, -2.0, 2.5])
    shown = []
    for spacing, count, off in (((1.0, 1.0, 3.0), 60, np.zeros(3)), ((1.5, 1.5, 4.0), 40, true)):
        slices = round(60 / spacing[2])
        half = turn @ (np.array([count - 1, count - 1, slices - 1]) / 2.0 * spacing)
        grid = Geometry.from_parts((slices, count, count), spacing, -half, turn)
        z, y, x = np.indices(grid.shape)
        value = anatomy(grid.to_world(np.stack([x, y, z], axis=-1)) - off)
        shown.append(image_of((value if off is not true else np.exp(-value)).astype(np.float32), grid, MR_SIGNAL, "A"))
    found = gradient_shift(*shown, (20.0, 20.0, 16.0))
    apart = turn.T @ (found.shift + true)
    assert np.abs(apart[:2]).max() < 0.3
    assert abs(apart[2]) < 1.0  # A quarter of a slice.
    assert not found.at_the_end
