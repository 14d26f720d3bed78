"""The panel's state in the scene: survives saving, deleting, closing, damage and newer versions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builders.slicer_core import require_slicer_core

require_slicer_core()

from dosepainting_hrs_mrml.state import (  # noqa: E402
    PanelState,
    migrated,
    read_state,
    refer,
    refer_inputs,
    referred,
    referred_inputs,
    state_node,
    write_state,
)

STATE = PanelState(
    folder='C:\\data; "one": <two>&%3B',
    gtv_segment="GTVp_1",
    forms={"method": {"method": "percent-max", "parameters": {"percent": 41.5, "levels": [1, 2], "keep": None}}},
    name="HRS 50 %",
)


def test_there_is_one_state_node(scene: Any) -> None:
    node = state_node(scene)
    assert state_node(scene) is node
    assert scene.GetNumberOfNodesByClass("vtkMRMLScriptedModuleNode") == 1
    assert read_state(node) == PanelState()


def test_what_is_written_is_read(scene: Any) -> None:
    node = state_node(scene)
    write_state(node, STATE)
    assert read_state(node) == STATE


def test_writing_the_same_again_changes_nothing(scene: Any) -> None:
    node, ct = state_node(scene), scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    write_state(node, STATE)
    refer(node, "planning_ct", ct)
    before = node.GetMTime()
    write_state(node, STATE)
    refer(node, "planning_ct", ct)
    assert node.GetMTime() == before


@pytest.mark.parametrize("file", ["scene.mrml", "scene.mrb"])
def test_state_and_nodes_outlive_a_saved_scene(new_scene: Callable[[], Any], tmp_path: Path, file: str) -> None:
    first = new_scene()
    node = state_node(first.scene)
    write_state(node, STATE)
    refer(node, "gtv", first.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Regions"))
    first.save(tmp_path / file)
    second = new_scene()
    # A panel that is open has a state node before the scene is read.
    write_state(state_node(second.scene), PanelState(name="old"))
    second.load(tmp_path / file)
    back = state_node(second.scene)
    assert read_state(back) == STATE
    assert referred(back)["gtv"].GetName() == "Regions"
    assert referred(back)["map"] is None


def test_a_node_deleted_behind_its_back_is_gone(scene: Any) -> None:
    node, ct = state_node(scene), scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    refer(node, "planning_ct", ct)
    assert referred(node)["planning_ct"] is ct
    scene.RemoveNode(ct)
    assert referred(node)["planning_ct"] is None


def test_a_closed_scene_has_no_state(scene: Any) -> None:
    node, ct = state_node(scene), scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "CT")
    write_state(node, STATE)
    refer(node, "planning_ct", ct)
    scene.Clear(0)
    node = state_node(scene)
    assert read_state(node) == PanelState()
    assert referred(node)["planning_ct"] is None
    assert node.GetModuleName() == "DosePaintingHRS"
    write_state(node, STATE)
    assert read_state(node) == STATE


def test_a_state_node_that_was_deleted_is_made_again(scene: Any) -> None:
    scene.RemoveNode(state_node(scene))
    assert read_state(state_node(scene)) == PanelState()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "damaged"),
        ("[1]", "damaged"),
        ("7", "damaged"),
        ("{}", "damaged"),
        ('{"schema": "1"}', "has no version"),
        ('{"schema": true}', "has no version"),
        ('{"schema": 99, "name": "x"}', r"newer version of DosePaintingHRS \(schema 99, this one knows 3\)"),
        ("[" * 100_000, "damaged"),
    ],
)
def test_what_cannot_be_used_gives_defaults_and_a_sentence(scene: Any, text: str, problem: str) -> None:
    node = state_node(scene)
    node.SetAttribute("state", text)
    state = read_state(node)
    assert (state.name, state.forms) == ("HRS", {})
    assert re.search(problem, state.problem)


def test_one_damaged_value_leaves_the_others(scene: Any) -> None:
    node = state_node(scene)
    node.SetAttribute("state", json.dumps({"schema": 2, "name": 5, "forms": [], "label": "RS", "unknown": 1}))
    state = read_state(node)
    assert (state.name, state.forms, state.label) == ("HRS", {}, "RS")
    assert state.problem == "The state of the panel in this scene is damaged (forms, name); defaults stand there."


def test_a_scene_of_the_first_schema_keeps_its_methods(scene: Any) -> None:
    node = state_node(scene)
    old = {"map_method": "suv", "method": "percent-max", "parameters": {"percent": 41.0}, "map_parameters": {}, "name": "Boost"}
    node.SetAttribute("state", json.dumps({"schema": 1, **old}))
    state = read_state(node)
    assert (state.name, state.problem) == ("Boost", "")
    assert state.forms["method"] == {"method": "percent-max", "parameters": {"percent": 41.0}}
    assert state.forms["map"] == {"method": "suv", "parameters": {}}


def test_inputs_of_a_form_are_references_that_outlive_the_scene(new_scene: Callable[[], Any], tmp_path: Path) -> None:
    first = new_scene()
    node = state_node(first.scene)
    volumes = [first.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name) for name in ("ADC", "SUV")]
    refer_inputs(node, "method", {"maps": volumes, "within": [None]})
    refer_inputs(node, "map", {"image": volumes[:1]})
    refer_inputs(node, "method", {"maps": [*volumes[::-1], volumes[0]]})
    refer_inputs(node, "method", {"maps": volumes[::-1]})
    first.save(tmp_path / "scene.mrb")
    second = new_scene()
    state_node(second.scene)
    second.load(tmp_path / "scene.mrb")
    back = state_node(second.scene)
    assert [one.GetName() for one in referred_inputs(back, "method")["maps"]] == ["SUV", "ADC"]
    assert [one.GetName() for one in referred_inputs(back, "map")["image"]] == ["ADC"]
    second.scene.RemoveNode(second.scene.GetFirstNodeByName("SUV"))
    assert referred_inputs(back, "method").get("maps", [None])[0] is None


def test_a_problem_is_not_written(scene: Any) -> None:
    node = state_node(scene)
    write_state(node, PanelState(problem="x"))
    assert read_state(node).problem == ""


def test_migration_goes_from_version_to_version() -> None:
    steps = {1: lambda old: {"b": old["a"] + 1}, 2: lambda old: {"c": old["b"] * 10}}
    assert migrated({"a": 1}, 1, steps, 3) == {"c": 20}
    assert migrated({"b": 1}, 2, steps, 3) == {"c": 10}
    assert migrated({"c": 1}, 3, steps, 3) == {"c": 1}
