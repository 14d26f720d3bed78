"""The study of docs/validation/registration.md, on one start of one pair."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from builders.registration_pairs import pairs
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
