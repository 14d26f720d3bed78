"""Every method that is registered, by clicks: its form is filled from the synthetic patient, and it works or says why not."""

from __future__ import annotations

import math
from typing import Any

from builders.panel_clicks import Person
from dosepainting_hrs import maps, segmentation  # noqa: F401  (registers the methods)
from dosepainting_hrs.parameters import ParameterInfo, parameter_infos
from dosepainting_hrs.registry import MAPS, REGIONS, SEGMENTATIONS


def fill(person: Person, form: Any) -> None:
    """Give inputs and parameters: what the scene has, examples where nothing is published, and all else as it stands."""
    gtv, suv = person.panel.regions.gtv(), person.panel.map.map.get()
    for row in form.inputs.rows.values():
        kind = row.slot.kind
        if kind == "image" and not row.given() and not row.slot.optional:
            row.choice.set(suv)
        elif kind == "region" and not row.given():
            row.choice.set(*gtv)
        elif kind in ("images", "regions"):
            for number in range(row.widget.rowCount):
                if kind == "regions" or row.widget.item(number, 0).text() == "SUVbw":
                    row.widget.item(number, 0).setCheckState(2)
    presets = form.method.parameters_type.presets
    if presets:
        form.parameters.set_values(form.parameters._preset_values() or dict(presets[0].values))
    for info in parameter_infos(form.method.parameters_type):
        if not form.parameters.rows[info.name].given:
            form.parameters.rows[info.name].set_value(example_of(info))
    person.panel.changed()
    person.host.settle(50)


def example_of(info: ParameterInfo) -> Any:
    """A value of a parameter's type within its range."""
    if info.is_table:
        return [{column.name: example_of(column) for column in parameter_infos(info.kind)}]
    if info.field.example is not None:
        return info.field.example
    if info.field.choices:
        return info.field.choices[0]
    members = getattr(info.kind, "__members__", None)
    if members:
        return next(iter(members.values())).value
    if info.kind in (int, float):
        low = info.field.minimum if info.field.minimum is not None else 0.0
        high = info.field.maximum if info.field.maximum is not None else low + 4.0
        return info.kind(math.ceil((low + high) / 2) if info.kind is int else (low + high) / 2)
    return "text" if info.kind is str else False


def is_a_sentence(text: str) -> bool:
    """Tell whether a text is one for a person, and no error of the program."""
    return (
        len(text) > 15 and text.rstrip()[-1] in '.?"' and not any(word in text for word in ("Error", "object at", "Traceback"))
    )


def test_every_segmentation_previews_and_applies_or_says_why_not(ready: Person) -> None:
    ready.open("segment")
    form, found = ready.panel.segment.form, {}
    for name in SEGMENTATIONS.names():
        ready.host.choose(ready.panel.segment.ui.methodCombo, name)
        assert list(form.inputs.rows) == [slot.name for slot in SEGMENTATIONS.get(name).inputs]
        assert ready.panel.segment.ui.methodAboutLabel.text.endswith(".")
        fill(ready, form)
        ready.panel.segment.preview.show()
        shown = ready.panel.segment.ui.volumeLabel.text
        if ready.panel.segment.needs_child():  # It takes seconds, and the command line's own tests run it.
            assert ready.panel.segment.form.words()[0] == name
            continue
        found[name] = ready.reason("apply") or ready.press("apply")
        print(f"{name}: {shown!r} -> {found[name]!r}")
        if " added: " in found[name]:
            assert found[name].split("added: ")[1].split(" ml")[0] == shown.split(" ml")[0]
    assert {name: told for name, told in found.items() if " added: " not in told and not is_a_sentence(told)} == {}
    assert sum(" added: " in told for told in found.values()) >= len(found) / 2


def test_every_region_is_made_or_says_why_not(ready: Person) -> None:
    ready.open("regions")
    ready.panel.maker.ui.makeRegionBox.collapsed = False
    ready.host.settle(20)
    found = {}
    for name in REGIONS.names():
        ready.host.choose(ready.panel.maker.ui.regionMethodCombo, name)
        fill(ready, ready.panel.maker.form)
        found[name] = ready.reason("make_region") or ready.press("make_region")
        print(f"{name}: {found[name]!r}")
    assert {name: told for name, told in found.items() if " made: " not in told and not is_a_sentence(told)} == {}
    assert sum(" made: " in told for told in found.values()) >= len(found) / 2


def test_every_map_is_made_or_says_why_not(ready: Person) -> None:
    ready.open("map")
    found = {}
    for name in MAPS.names():
        ready.host.choose(ready.panel.map.ui.mapMethodCombo, name)
        fill(ready, ready.panel.map.form)
        found[name] = ready.reason("make_map") or ready.press("make_map")
        print(f"{name}: {found[name]!r}")
    assert {name: told for name, told in found.items() if not told.endswith(" made.") and not is_a_sentence(told)} == {}
    assert found["suv"] == "SUVbw made."
