"""What a map makes besides its main image: ticked in the panel, made in one go, and loaded as volumes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer

from builders.panel_clicks import Person
from dosepainting_hrs.maps.adc import R2, S0
from dosepainting_hrs.phantom.functional import FunctionalOptions, write_functional
from dosepainting_hrs.phantom.headers import Patient
from dosepainting_hrs.quantities import ADC
from dosepainting_hrs_mrml import volumes

PATIENT = Patient(patient_id="P1", name="Synthetic^One", birth_date="19600101", seed=1, size="small")


def test_adc_with_s0_and_r2_by_clicks(person: Person, host: Any, tmp_path: Path) -> None:
    from slicer_host.appearance import cut_off

    write_functional(tmp_path / "patient", PATIENT, FunctionalOptions(parts=("dwi",), size="small", noise=0.0))
    person.look(tmp_path / "patient")
    person.open("map")
    ui, form = person.panel.map.ui, person.panel.map.form
    assert form.combo.currentText == "suv"
    assert not ui.mapAlso.visible
    host.choose(ui.mapMethodCombo, "adc")
    assert ui.mapAlso.visible
    assert list(form.also.boxes) == ["s0", "r2", "residual"]
    assert form.also.boxes["r2"].toolTip == "Share of the variance that the fit explains."
    row = form.inputs.rows["frames"]
    host.choose(row.combo, next(one.title for one in row._listed if "DWI" in one.title))
    for name in ("s0", "r2"):
        host.click(form.also.boxes[name])
    widget = host.panel("DosePaintingHRS")
    widget.setFixedWidth(360)
    host.settle(50)
    assert cut_off(widget) == []
    assert widget.grab().save(str(tmp_path / "also.png"), "PNG")
    told = person.press("make_map")
    assert told == "ADC made.", (told, person.hint)
    found = {str(volumes.image_from(one).quantity.name): one for one in person.panel.scene_access.volumes()}
    assert set(found) == {ADC.name, S0.name, R2.name}
    assert person.panel.map.map.get().GetID() == found[ADC.name].GetID()
    explained = volumes.image_from(found[R2.name]).array
    assert float(np.nanmax(explained)) <= 1.0 + 1e-6  # A share; the noiseless phantom is fitted nearly everywhere.
    assert float(np.nanmedian(explained[explained > 0])) > 0.9
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    host.close_scene()
    form.also.restore([])
    host.choose(ui.mapMethodCombo, "suv")
    assert form.also.chosen() == []
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    host.settle(50)
    assert (form.combo.currentText, form.also.chosen()) == ("adc", ["s0", "r2"])
