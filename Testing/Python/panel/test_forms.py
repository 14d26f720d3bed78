"""Forms that the panel makes from what a method takes: every kind of input and parameter, checked, saved and used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
import pytest

from builders.panel_clicks import Person
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.parameters import Field, Parameters, Preset
from dosepainting_hrs.progress import Progress, silent
from dosepainting_hrs.registry import REGIONS, SEGMENTATIONS, Segmentation, Slot
from dosepainting_hrs.segmentation.islands import Uptake

NAME = "of-every-kind"


class Colour(Enum):
    """Two choices."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class LevelRow(Parameters):
    """One row."""

    level: Annotated[int, Field("Number of the level.", minimum=1)]
    dose: Annotated[float, Field("Dose.", unit="Gy", minimum=0.0)]
    kind: Annotated[str, Field("Which bound.", choices=("minimum", "maximum"))] = "minimum"
    used: Annotated[bool, Field("Whether it counts.")] = True


@dataclass(frozen=True, kw_only=True)
class EveryKind(Parameters):
    """One parameter of each kind."""

    presets: ClassVar[tuple[Preset, ...]] = (Preset("first", {"share": 0.125, "colour": "blue"}, "an example"),)

    share: Annotated[float, Field("Share of the maximum.", minimum=0.0, maximum=1.0)]
    levels: Annotated[tuple[LevelRow, ...], Field("Dose levels.")]
    colour: Annotated[Colour, Field("Colour.")] = Colour.RED
    side: Annotated[str, Field("Side.", choices=("left", "right"))] = "left"
    limit: Annotated[float | None, Field("Limit, if any.")] = None
    half: Annotated[float | None, Field("A share, if any.", minimum=0.0, maximum=1.0)] = 0.5
    whole: Annotated[int, Field("A count.", minimum=0)] = 3
    sure: Annotated[bool, Field("Yes or no.")] = False
    perhaps: Annotated[bool | None, Field("Yes, no, or nobody knows.")] = None
    words: Annotated[str, Field("Any text.")] = "a"


class OfEveryKind(Segmentation):
    """Region above a share of the maximum of the first map."""

    inputs = (
        Slot("map", "image", "Quantitative map to segment."),
        Slot("within", "region", "Region to stay inside."),
        Slot("maps", "images", "Further maps.", optional=True),
        Slot("without", "regions", "Regions to leave out.", optional=True),
        Slot("reference", "region", "Reference tissue.", optional=True),
        Slot("series", "frames", "Dynamic series.", optional=True),
        Slot("basis", "record", "Components.", optional=True),
    )
    parameters: EveryKind
    called: ClassVar[list[dict[str, Any]]] = []
    slow_s: ClassVar[float] = 0.0

    def compute(self, map: Image, within: Mask, progress: Progress = silent, **others: Any) -> Mask:  # noqa: A002
        """Return the region, and remember what was given."""
        import time

        until = time.monotonic() + self.slow_s
        progress(0.0, "Begin")
        while time.monotonic() < until:
            progress(0.5, "Half")
            time.sleep(0.005)
        self.called.append({"parameters": self.parameters, "map": map, "within": within, **others})
        uptake = Uptake.of(map, within)
        choice = type("Choice", (), {"islands": "all", "minimum_island_ml": 0.0})
        return uptake.at_least(self.parameters.share * uptake.maximum, choice, "Threshold")


@pytest.fixture
def method() -> Iterator[type[OfEveryKind]]:
    """The method above, registered for one test."""
    SEGMENTATIONS.register(NAME, schema=1)(OfEveryKind)
    OfEveryKind.called.clear()
    OfEveryKind.slow_s = 0.0
    yield OfEveryKind
    del SEGMENTATIONS._methods[NAME]


@pytest.fixture
def form(method: type[OfEveryKind], ready: Person) -> tuple[Person, Any]:
    """A panel with the method chosen, and its form."""
    ready.open("segment")
    ready.host.choose(ready.panel.segment.ui.methodCombo, NAME)
    ready.host.settle(20)
    return ready, ready.panel.segment.form


def field(person: Person, name: str) -> Any:
    form = person.panel.segment.form.parameters
    return form.rows[name].widget


def unfold(person: Person) -> None:
    person.panel.segment.form.parameters.more.collapsed = False
    person.host.settle(20)


def give_required(person: Person) -> None:
    """Drag the share and add one level."""
    person.host.drag(field(person, "share"), 0.5, steps=2)
    table, form = person.panel.root.findChild("QTableWidget", "levelsTable"), person.panel.root
    person.host.click(form.findChild("QPushButton", "levelsAddButton"))
    table.item(table.rowCount - 1, 0).setText("1")
    table.item(table.rowCount - 1, 1).setText("70.5")
    person.host.settle(20)


@pytest.fixture(autouse=True)
def registered(method: type[OfEveryKind]) -> None:
    """Before the panel is built."""


@pytest.fixture
def person(method: type[OfEveryKind], host: Any) -> Iterator[Person]:
    """Someone in front of a panel that was built with the method registered."""
    from builders.panel_clicks import MODULE

    host.close_scene()
    host.forget_errors()
    yield Person(host, host.load(MODULE))
    escaped = list(host.uncaught)
    host.unload("DosePaintingHRS")
    host.close_scene()
    host.forget_errors()
    assert not escaped, f"errors escaped from slots: {escaped}"


def test_each_input_gets_a_selector_and_what_was_chosen_before_is_filled_in(form: tuple[Person, Any]) -> None:
    person, method_form = form
    rows = method_form.inputs.rows
    assert list(rows) == ["map", "within", "maps", "without", "reference", "series", "basis"]
    given = method_form.inputs.given()
    assert list(given) == ["map", "within"]
    assert given["map"].node is person.panel.map.map.get()
    assert (given["within"].node, given["within"].segment_id) == person.panel.regions.gtv()
    # A reference that is chosen in step 2 follows; what was chosen here stays.
    person.panel.regions.reference_choice.set(*person.panel.regions.gtv())
    person.host.settle(20)
    assert method_form.inputs.given()["reference"].segment_id == person.panel.regions.gtv()[1]
    rows["reference"].choice.set(None, "")
    rows["within"].choice.set(None, "")
    person.host.settle(20)
    assert list(method_form.inputs.given()) == ["map"], "what was unchosen here came back"
    assert person.reason("apply") == "Choose the GTV."


def test_what_is_still_asked_for_is_named_and_marked(form: tuple[Person, Any]) -> None:
    person, method_form = form
    assert person.reason("apply") == 'Give a value for "share": Share of the maximum.'
    assert method_form.parameters.rows["share"].label.text == "Share *"
    person.host.drag(field(person, "share"), 0.5, steps=2)
    assert person.reason("apply") == 'Give a value for "levels": Dose levels.'
    assert method_form.parameters.rows["share"].label.text == "Share"
    give_required(person)
    assert person.reason("apply") == ""


def test_rows_of_a_table_are_added_typed_checked_and_removed(form: tuple[Person, Any]) -> None:
    person, method_form = form
    give_required(person)
    table = person.panel.root.findChild("QTableWidget", "levelsTable")
    add = person.panel.root.findChild("QPushButton", "levelsAddButton")
    person.host.click(add)
    assert person.reason("apply") == 'Parameter "level" takes a whole number, got None.'
    table.item(1, 0).setText("two")
    assert "'two'" in person.reason("apply")
    table.item(1, 0).setText("2")
    table.item(1, 1).setText("-1")
    assert 'Parameter "dose" takes a value of at least 0 Gy' in person.reason("apply")
    table.item(1, 1).setText("6e1")
    table.cellWidget(1, 2).setCurrentIndex(1)
    table.item(1, 3).setCheckState(0)
    assert person.reason("apply") == ""
    first, second = method_form.parameters.parameters().levels
    assert first == LevelRow(level=1, dose=70.5)
    assert second == LevelRow(level=2, dose=60.0, kind="maximum", used=False)
    assert method_form.parameters.words()[1:3] == [
        "--levels=level=1,dose=70.5,kind=minimum,used=true",
        "--levels=level=2,dose=60.0,kind=maximum,used=false",
    ]
    table.setCurrentCell(0, 0)
    person.host.click(person.panel.root.findChild("QPushButton", "levelsRemoveButton"))
    assert method_form.parameters.parameters().levels == (second,)


def test_every_kind_of_parameter_is_edited_and_can_be_none_where_that_is_allowed(form: tuple[Person, Any]) -> None:
    person, method_form = form
    give_required(person)
    unfold(person)
    assert method_form.parameters.parameters() == EveryKind(share=0.5, levels=(LevelRow(level=1, dose=70.5),))
    person.host.choose(field(person, "colour"), "blue")
    person.host.choose(field(person, "side"), "right")
    person.host.choose(field(person, "perhaps"), "false")
    person.host.type(field(person, "limit"), "1e-6")
    person.host.type(field(person, "half"), "0.123456789")
    person.host.type(field(person, "whole"), "20240101")
    person.host.type(field(person, "words"), "b c")
    person.host.click(field(person, "sure"))
    made = method_form.parameters.parameters()
    assert (made.colour, made.side, made.perhaps, made.limit) == (Colour.BLUE, "right", False, 1e-6)
    assert (made.half, made.whole, made.words, made.sure) == (0.123456789, 20240101, "b c", True)
    person.host.type(field(person, "whole"), "1.5")
    assert person.reason("apply") == "Parameter \"whole\" takes a whole number, got '1.5'."
    person.host.type(field(person, "whole"), "1")
    person.host.type(field(person, "half"), "2")
    assert 'Parameter "half" takes a value from 0 to 1' in person.reason("apply")
    for name in ("half", "limit"):
        person.host.native(field(person, name)).clear()
    person.host.choose(field(person, "perhaps"), "none")
    made = method_form.parameters.parameters()
    assert (made.half, made.limit, made.perhaps) == (None, None, None)


def test_a_preset_fills_values_in_full_and_is_named_only_while_they_stand(form: tuple[Person, Any]) -> None:
    person, method_form = form
    presets = person.panel.root.findChild("QComboBox", "presetCombo")
    person.host.choose(presets, "first")
    assert method_form.parameters.rows["share"].value() == 0.125
    assert method_form.parameters.preset == "first"
    give = method_form.parameters
    unfold(person)
    person.host.choose(field(person, "side"), "right")
    assert give.preset == "first"
    person.host.drag(field(person, "share"), 0.5, steps=2)
    assert give.preset == ""


def test_several_maps_and_regions_go_in_by_name_and_wrong_names_are_told(form: tuple[Person, Any]) -> None:
    person, method_form = form
    give_required(person)
    maps, without = (method_form.inputs.rows[name].widget for name in ("maps", "without"))
    row = next(r for r in range(maps.rowCount) if maps.item(r, 0).text() == "SUVbw")
    maps.item(row, 0).setCheckState(2)
    maps.item(row, 1).setText("")
    assert person.reason("apply") == 'Give every ticked entry of "Maps" a name.'
    maps.item(row, 1).setText("FDG")
    without.item(0, 0).setCheckState(2)
    assert person.reason("apply") == ""
    OfEveryKind.called.clear()
    assert person.press("apply").startswith('"HRS" added'), person.message
    called = OfEveryKind.called[-1]
    assert list(called["maps"]) == ["FDG"]
    assert [one.name for one in called["without"].values()] == ["GTVp"]
    assert called["maps"]["FDG"].array.shape == called["without"]["GTVp"].array.shape == called["map"].array.shape
    other = next(r for r in range(maps.rowCount) if r != row)
    maps.item(other, 0).setCheckState(2)
    maps.item(other, 1).setText("FDG")
    assert person.reason("apply") == 'The name "FDG" was given more than once.'


def test_a_map_on_another_grid_is_refused_as_on_the_command_line(form: tuple[Person, Any]) -> None:
    person, method_form = form
    give_required(person)
    maps = method_form.inputs.rows["maps"].widget
    row = next(r for r in range(maps.rowCount) if "CT" in maps.item(r, 0).text())
    maps.item(row, 0).setCheckState(2)
    person.press("apply")
    assert "lies on a grid of" in person.message
    assert "Bring both to one grid first." in person.hint


def test_forms_come_back_with_the_scene(form: tuple[Person, Any], tmp_path: Path) -> None:
    import slicer

    person, method_form = form
    give_required(person)
    unfold(person)
    person.host.type(field(person, "limit"), "0.30000000000000004")
    maps = method_form.inputs.rows["maps"].widget
    row = next(r for r in range(maps.rowCount) if maps.item(r, 0).text() == "SUVbw")
    maps.item(row, 0).setCheckState(2)
    maps.item(row, 1).setText("FDG")
    person.panel.regions.reference_choice.set(*person.panel.regions.gtv())
    person.host.settle(20)

    def state() -> tuple[Any, ...]:
        given = {key: (one.node.GetName(), one.segment_id) for key, one in method_form.inputs.given().items()}
        return given, method_form.parameters.parameters(), method_form.combo.currentText

    before = state()
    assert set(before[0]) == {"map", "within", "maps:FDG", "reference"}
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    person.host.close_scene()
    assert method_form.inputs.given() == {}
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    person.host.settle(50)
    assert state() == before


def test_a_slow_method_is_previewed_after_a_pause_and_a_very_slow_one_not_at_all(
    form: tuple[Person, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from DosePaintingHRSLib import preview

    person, _ = form
    give_required(person)
    label = person.panel.segment.ui.volumeLabel
    assert label.text.endswith("g/ml")
    OfEveryKind.slow_s = 0.25
    slider = field(person, "share")
    person.host.drag(slider, 0.6, steps=2)
    person.host.settle(900)
    OfEveryKind.called.clear()
    person.host.drag(slider, 0.4, steps=8)
    assert len(OfEveryKind.called) <= 1, "it was computed at a tick of the slider"
    assert "the preview follows when values pause" in label.text
    person.host.settle(1000)
    assert OfEveryKind.called[-1]["parameters"].share == pytest.approx(0.4, abs=0.01)
    monkeypatch.setattr(preview, "BUDGET_S", 0.2)
    person.host.drag(slider, 0.5, steps=2)
    person.host.settle(1200)
    assert "No preview: this takes more than 0.2 s." in label.text
    assert person.panel.segment.needs_child()
    assert person.host.scene.GetNodesByName("HRS preview").GetNumberOfItems() == 0


def test_apply_runs_a_slow_method_in_a_child_process_with_the_same_result(ready: Person) -> None:
    ready.choose_method("percent-max", 45.0)
    ready.press("apply")
    ready.panel.segment.preview.given_up = ready.panel.segment.timing_key()
    ready.start("apply")
    assert ready.panel.is_busy()
    ready.wait()
    assert ready.message.startswith('"HRS-2" added'), ready.message
    regions = {name: (node, one) for node, one, name in ready.panel.scene_access.segments()}
    here, there = (ready.panel.scene_access.region(regions[name]) for name in ("HRS", "HRS-2"))
    np.testing.assert_array_equal(here.array, there.array)
    assert here.geometry.is_same_grid(there.geometry)
    assert here.measured == there.measured
    assert here.history[-1] == there.history[-1]


def test_a_method_whose_input_is_a_series_of_the_folder_runs_in_a_child_process(form: tuple[Person, Any]) -> None:
    person, method_form = form
    row = method_form.inputs.rows["series"]
    assert row.combo.count == 3  # None, several series, a file.
    person.look(Path(person.panel.scene_access.address_of(person.panel.patient.image.get()).split("#")[0]).parent)
    person.open("segment")
    assert row.combo.count > 3
    person.host.choose(row.combo, row.combo.itemText(1))
    assert "#" in method_form.inputs.given()["series"].address
    assert person.panel.segment.needs_child()
    assert any(word.startswith("--series=/") for word in method_form.words())


def test_a_region_is_made_from_regions(ready: Person) -> None:
    ready.open("regions")
    ready.panel.maker.ui.makeRegionBox.collapsed = False
    ready.host.settle(20)
    ready.host.choose(ready.panel.maker.ui.regionMethodCombo, "margin")
    assert set(REGIONS.names()) == {
        ready.panel.maker.ui.regionMethodCombo.itemText(i) for i in range(ready.panel.maker.ui.regionMethodCombo.count)
    }
    assert ready.reason("make_region").startswith('Give a value for "margin_mm"')
    ready.host.drag(ready.panel.maker.form.parameters.rows["margin_mm"].widget, 5.0)
    ready.host.type(ready.panel.maker.ui.regionNameEdit, "GTVp+5")
    gtv = ready.panel.scene_access.region(ready.panel.regions.gtv())
    assert ready.press("make_region").startswith('"GTVp+5" made'), ready.message
    made = next((node, one) for node, one, name in ready.panel.scene_access.segments() if name == "GTVp+5")
    grown = ready.panel.scene_access.region(made)
    assert grown.volume_ml > 1.3 * gtv.volume_ml
    inside = np.rint(grown.geometry.to_index(gtv.geometry.to_world(np.argwhere(gtv.array)[:, ::-1]))).astype(int)
    assert grown.array[tuple(inside[:, ::-1].T)].all()
