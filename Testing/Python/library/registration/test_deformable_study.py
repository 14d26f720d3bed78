"""The study of docs/validation/deformable.md, on one bend with larger voxels."""

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from builders.bent_pairs import bent_pair
from dosepainting_hrs.registration.free_form import DeformParameters
from dosepainting_hrs.registration.local_rigid import RegisterParameters

STUDY = Path(__file__).resolve().parents[3] / "validation" / "deformable.py"


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("deformable_study", STUDY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "deformable_study", module)
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec.loader.exec_module(module)
    return module


def test_one_bend_of_ct_to_ct_reaches_the_goals(study: Any) -> None:
    pair = bent_pair("CT-CT", 0, spacing_mm=2.0, margin_mm=22.0)
    bend = study.studied(
        pair, "bend 1", RegisterParameters(samples=10_000, starts=2, margin_mm=10.0), DeformParameters(margin_mm=15.0)
    )
    assert bend.passed
    assert bend.before_mm > 4.0
    assert bend.voxel_mm == pytest.approx(2.4)
    judged = study.verdicts([bend])
    assert all(reached for _, reached in judged), judged
    assert bend.median_mm < 0.5 * bend.rigid_mm
    assert bend.dice[1] > max(0.93, bend.dice[0])
    assert "| CT-CT | bend 1 |" in study.page([bend], [], judged)
