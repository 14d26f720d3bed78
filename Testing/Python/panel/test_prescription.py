"""The step Prescription: hidden without a rule; with one, a dose by a click, in colour, kept with the scene."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from builders.dose_rule import NAME, folder_that_registers, registered_rule
from builders.panel_clicks import Person, prepare
from dosepainting_hrs.phantom.truth import PatientTruth
from dosepainting_hrs.quantities import ABSORBED_DOSE
from dosepainting_hrs_mrml import volumes


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A rule that is registered here before the panel is built, and in the child process."""
    folders = [*folder_that_registers(tmp_path), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(one for one in folders if one))
    with registered_rule() as name:
        yield name


@pytest.fixture
def prescriber(rule: str, person: Person, patient: PatientTruth, suv_file: Path) -> Person:
    """A panel that was built with the rule, and has CT, PET, GTVp and SUV."""
    assert rule == NAME
    prepare(person, patient, suv_file)
    return person


def test_without_a_rule_the_step_is_hidden(person: Person) -> None:
    assert not person.panel.ui.prescribeStep.visible
    assert person.panel.ui.exportStep.visible
    assert person.reason("prescribe") == "There is no method to choose."


def test_a_rule_prescribes_a_dose_that_is_loaded_in_colour(prescriber: Person, host: Any, tmp_path: Path) -> None:
    from slicer_host.appearance import cut_off

    person, panel = prescriber, prescriber.panel
    person.open("prescribe")
    assert panel.ui.prescribeStep.visible
    assert person.reason("prescribe").startswith("Give ")
    form = panel.prescribe.form
    assert (form.combo.currentText, list(form.inputs.rows)) == (NAME, ["map", "within"])
    host.choose(panel.prescribe.ui.ruleParameters.findChild("QComboBox", "presetCombo"), "sixty to ninety")
    told = person.press("prescribe")
    assert told == f'"Dose, {NAME}" made.', (told, person.hint)
    assert "Dose from 60 to 90 Gy, linear in SUVbw." in person.hint
    assert panel.prescribe.ui.doseLabel.text.startswith("60 to 90 Gy, mean ")
    assert panel.prescribe.ui.doseLabel.text.endswith('in "GTVp"')
    node = slicer.mrmlScene.GetFirstNodeByName(f"Dose, {NAME}")
    image = volumes.image_from(node)
    assert image.quantity == ABSORBED_DOSE
    assert float(image.array.max()) == 90.0
    assert float(image.array[image.array > 0].min()) == 60.0
    assert np.isfinite(image.array).all()
    display = node.GetDisplayNode()
    assert display.GetColorNodeID() == "vtkMRMLColorTableNodeRainbow"
    assert (display.GetWindow(), display.GetLevel()) == (90.0, 45.0)
    assert display.GetApplyThreshold() == 1
    assert 0.0 < display.GetLowerThreshold() < 60.0
    widget = host.panel("DosePaintingHRS")
    widget.setFixedWidth(360)
    host.settle(50)
    assert cut_off(widget) == []
    assert widget.minimumSizeHint().width() <= 360
    assert widget.grab().save(str(tmp_path / "prescription.png"), "PNG")


def test_rule_inputs_and_values_are_kept_with_the_scene(prescriber: Person, host: Any, tmp_path: Path) -> None:
    form = prescriber.panel.prescribe.form
    form.parameters.set_values({"low": 55.0, "high": 77.0})
    prescriber.panel.changed()
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    host.close_scene()
    host.settle(50)
    assert form.inputs.given() == {}
    form.parameters.set_values({"low": 1.0, "high": 2.0})
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    host.settle(50)
    assert form.parameters.values() == {"low": 55.0, "high": 77.0}
    assert form.inputs.given()["map"].node.GetName() == "SUVbw"
    assert prescriber.reason("prescribe") == ""
