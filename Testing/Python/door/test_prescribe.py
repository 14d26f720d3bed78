"""The step and the command that prescribe a dose, with a rule that only this test registers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import SimpleITK as sitk

from builders.dose_rule import registered_rule
from builders.volumes import OTHER_PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.errors import IdentityError, QuantityError
from dosepainting_hrs.job import Job
from dosepainting_hrs.pipeline import run_job
from dosepainting_hrs.quantities import ABSORBED_DOSE, MR_SIGNAL
from dosepainting_hrs.steps.prescribe import PrescribeStep
from dosepainting_hrs.storage.volumes import read_image, write_volume

VALUES = np.zeros((2, 3, 4))
VALUES[0, 0] = [2.0, 4.0, 5.0, 10.0]
"""In the region: from 2 to 10, so that 60 to 90 Gy give 60 + 30 / 8 (v - 2): 60, 67.5, 71.25 and 90 Gy."""
DOSES = [60.0, 67.5, 71.25, 90.0]
SCHEMAS = Path(__file__).parents[3] / "docs" / "formats"


@pytest.fixture
def rule() -> Iterator[str]:
    with registered_rule() as name:
        yield name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = np.zeros(VALUES.shape, dtype=np.bool_)
    inside[0, 0] = True
    write_volume(image_of(VALUES), tmp_path / "suv.nrrd")
    write_volume(mask_of(inside, name="GTVp"), tmp_path / "gtv.nrrd")
    return tmp_path


def step(folder: Path, rule: str, **changes: Any) -> PrescribeStep:
    inputs = {"map": str(folder / "suv.nrrd"), "within": str(folder / "gtv.nrrd")}
    given = {"method": rule, "inputs": inputs, "parameters": {"low": 60.0, "high": 90.0}, "output": str(folder / "dose.nrrd")}
    return PrescribeStep(**{**given, **changes})


def test_a_job_writes_the_dose_in_gray_and_tells_its_numbers(folder: Path, rule: str) -> None:
    (told,) = run_job(Job(steps=(step(folder, rule),))).steps
    assert (told.dose_minimum, told.dose_maximum) == (60.0, 90.0)
    assert told.dose_mean == pytest.approx(sum(DOSES) / 4)
    assert (told.quantity, told.unit, told.within) == ("absorbed dose", "Gy", "GTVp")
    assert told.within_ml == pytest.approx(4 * 0.008)
    assert told.history[-1] == "Dose from 60 to 90 Gy, linear in SUVbw."
    dose = read_image(folder / "dose.nrrd")
    assert dose.quantity == ABSORBED_DOSE
    assert dose.identity.patient_id == told.patient_id == "P1"
    voxels = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "dose.nrrd")))
    assert voxels[0, 0].tolist() == pytest.approx(DOSES)
    assert np.count_nonzero(voxels) == 4


def test_a_preset_gives_the_values_and_is_named_in_the_history(folder: Path, rule: str) -> None:
    run_job(Job(steps=(step(folder, rule, parameters={}, preset="sixty to ninety"),)))
    assert read_image(folder / "dose.nrrd").history[-1].endswith('Preset "sixty to ninety".')


def test_another_patients_region_is_refused_and_nothing_is_written(folder: Path, rule: str) -> None:
    write_volume(mask_of(np.ones(VALUES.shape), identity=OTHER_PATIENT), folder / "other.nrrd")
    inputs = {"map": str(folder / "suv.nrrd"), "within": str(folder / "other.nrrd")}
    with pytest.raises(IdentityError):
        run_job(Job(steps=(step(folder, rule, inputs=inputs),)))
    assert not (folder / "dose.nrrd").exists()


def test_a_rule_that_makes_no_dose_is_refused(folder: Path, rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = image_of(VALUES, geometry_of(VALUES.shape), MR_SIGNAL)
    monkeypatch.setattr("builders.dose_rule.LinearDose.compute", lambda self, **given: made)
    with pytest.raises(QuantityError, match="needs absorbed dose"):
        run_job(Job(steps=(step(folder, rule),)))
    assert not (folder / "dose.nrrd").exists()


def test_the_command_does_the_same_and_follows_its_schema(folder: Path, rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["prescribe", rule, "--map", str(folder / "suv.nrrd"), "--within", str(folder / "gtv.nrrd"), "--low", "60"]
    assert main([*words, "--high", "90", "-o", str(folder / "one.nrrd"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, json.loads((SCHEMAS / "result-prescribe.schema.json").read_text("utf-8")))
    assert (told["do"], told["dose_maximum"]) == ("prescribe", 90.0)
    job = folder / "job.json"
    assert main([*words, "--high", "80", "-o", str(folder / "two.nrrd"), "--save-job", str(job)]) == 0
    shown = capsys.readouterr().out
    assert "60 to 80 Gy" in shown
    assert '"GTVp"' in shown
    jsonschema.validate(json.loads(job.read_text("utf-8")), json.loads((SCHEMAS / "job.schema.json").read_text("utf-8")))
    assert main([*words, "-o", str(folder / "three.nrrd")]) != 0
    assert "high" in capsys.readouterr().err
    assert main(["describe", rule]) == 0
    assert "rises linearly" in capsys.readouterr().out


def test_without_a_rule_there_is_no_such_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "prescribe" not in capsys.readouterr().out
    with registered_rule(), pytest.raises(SystemExit):
        main(["--help"])
    assert "prescribe" in capsys.readouterr().out
