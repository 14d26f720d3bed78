"""Every step in a narrow panel, at 100 and 150 %, dark and light: nothing is cut off. The pictures are kept to look at."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders.panel_clicks import MODULE, STEPS, Person, prepare
from dosepainting_hrs.phantom.truth import PatientTruth

NARROW = 360


@pytest.fixture(params=[(1.0, False), (1.0, True), (1.5, False), (1.5, True)], ids=["light", "dark", "light150", "dark150"])
def narrow(request: pytest.FixtureRequest, host: Any) -> Iterator[tuple[Person, Any, float]]:
    """A panel that was built under this look, as it is on such a screen, 360 pixels (times the scaling) wide."""
    from slicer_host.appearance import set_look

    scale, dark = request.param
    host.close_scene()
    set_look(host.native_app, dark=dark, scale=scale)
    person = Person(host, host.load(MODULE))
    widget = host.panel("DosePaintingHRS")
    widget.setFixedWidth(round(NARROW * scale))
    yield person, widget, scale
    host.unload("DosePaintingHRS")
    set_look(host.native_app)
    host.close_scene()


def test_nothing_is_cut_off_in_any_step(
    narrow: tuple[Person, Any, float], patient: PatientTruth, tmp_path: Path, host: Any
) -> None:
    from slicer_host.appearance import cut_off

    person, widget, scale = narrow
    found: dict[str, list[str]] = {}

    def look_at(step: str, picture: str) -> None:
        person.open(step)
        host.settle(50)
        found[picture] = cut_off(widget)
        if widget.minimumSizeHint().width() > NARROW * scale:
            found[picture].append(f"needs {widget.minimumSizeHint().width()} px")
        assert widget.grab().save(str(tmp_path / f"{picture}.png"), "PNG")

    for step in STEPS:
        look_at(step, f"empty-{step}")
    person.look(patient.folder)
    look_at("patient", "1-patient")
    person.press("load")
    person.press("import_rois")
    look_at("regions", "2-regions")
    person.press("make_map")
    person.choose_method("percent-max", 50.0)
    look_at("segment", "3-segment")
    person.press("apply")
    person.export_to(tmp_path)
    look_at("export", "4-export")
    person.export_to(tmp_path / "no" / "such" / "folder")
    look_at("export", "5-error")
    assert {picture: texts for picture, texts in found.items() if texts} == {}
    assert len(list(tmp_path.glob("*.png"))) == len(STEPS) + 5


def test_every_form_fits_into_a_narrow_panel(
    narrow: tuple[Person, Any, float], patient: PatientTruth, suv_file: Path, tmp_path: Path, host: Any
) -> None:
    from slicer_host.appearance import cut_off

    person, widget, scale = narrow
    prepare(person, patient, suv_file)
    panel = person.panel
    panel.maker.ui.makeRegionBox.collapsed = False
    found, seen = {}, 0
    for step, form in (("regions", panel.maker.form), ("map", panel.map.form), ("segment", panel.segment.form)):
        person.open(step)
        for number in range(form.combo.count):
            form.combo.setCurrentIndex(number)
            for fold in filter(None, (one.parameters.more for one in panel.forms().values())):
                fold.collapsed = False
            host.settle(10)
            told = cut_off(widget)
            if widget.minimumSizeHint().width() > NARROW * scale:
                told.append(f"needs {widget.minimumSizeHint().width()} px")
            if told:
                found[f"{step} {form.combo.currentText}"] = told
                assert widget.grab().save(str(tmp_path / f"{step}-{form.combo.currentText}.png"), "PNG")
            seen += 1
    assert found == {}
    assert seen > 40
