"""Published models: the printed numbers, and files that are made from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.house import ROOT
from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.hrs_model import read_model, write_model
from dosepainting_hrs.learning.reference_models import NAMES, reference_model, write_references

SHIPPED = ROOT / "DosePaintingHRS" / "Resources" / "Models"


def test_the_shipped_files_are_those_that_the_code_writes(tmp_path: Path) -> None:
    write_references(tmp_path)
    assert sorted(path.name for path in SHIPPED.glob("*.json")) == sorted(f"{name}.json" for name in NAMES)
    for path in SHIPPED.glob("*.json"):
        assert path.read_text() == (tmp_path / path.name).read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_model_survives_its_file(name: str, tmp_path: Path) -> None:
    model = reference_model(name)
    write_model(model, tmp_path / "model.json")
    assert read_model(tmp_path / "model.json") == model
    assert model.reference
    assert model.conditions.species == "mouse"


@pytest.mark.parametrize(
    ("name", "score", "interval", "centres"),
    [
        ("boeke2023-1d", 1.69, (1.46, 3.20), [420]),
        ("boeke2023-2d", 2.68, (2.41, 4.12), [492, 1.64]),
        ("boeke2023-3d", 2.99, (2.50, 4.44), [439, 1.81, 0.71]),
        ("boeke2023-4d", 3.17, (2.77, 4.85), [487, 2.75, 0.63, 0.10]),
        ("boeke2023-5d", 2.79, (2.51, 4.73), [385, 2.12, 0.56, 0.43, -0.16]),
        ("boeke2023-w2-1d", 1.12, (0.90, 3.69), [0.70]),
    ],
)
def test_printed_numbers(name: str, score: float, interval: tuple[float, float], centres: list[float]) -> None:
    """Boeke et al. (2023), tables 3 and 5."""
    model = reference_model(name)
    assert (model.score.S, model.score.S_ci) == (score, interval)
    assert [one.centre for one in model.maps] == centres


def test_only_adc_alone_can_be_applied() -> None:
    assert [name for name in NAMES if not reference_model(name).needs] == ["boeke2023-1d"]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match="boeke2023-3d"):
        reference_model("boeke2023-3")
