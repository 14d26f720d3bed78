"""What the panel shows, kept in the scene: one node with node references and one versioned JSON string."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .attributes import Node

TAG = "DosePaintingHRS"
"""Singleton tag and module name of the node."""
SCHEMA = 3
ROLES = ("planning_ct", "image", "map", "gtv", "reference")
"""Roles of nodes that the state refers to."""
_INPUT = "input."
"""Before the roles of nodes that are inputs of a method: its form, the input, and the number among several."""
_ATTRIBUTE = "state"
_CLASS = "vtkMRMLScriptedModuleNode"


@dataclass(frozen=True, kw_only=True)
class PanelState:
    """Everything that the panel shows but nodes.

    Parameters
    ----------
    folder, export_folder : str
        DICOM folder, and the folder to export to.
    gtv_segment, reference_segment : str
        Segment IDs within the segmentations of these roles.
    forms : mapping
        For each form of a method ("map", "method", "region"), as JSON values: ``method``, ``inputs`` (for each, a list of
        name, segment and address; nodes are references), ``parameters`` with their ``schema``, ``preset`` and ``also``.
    name, label : str
        Name of the new region, label of the structure set.
    exports : mapping
        For each region that was ticked or named by hand (node ID, ``#``, segment ID): ``ticked`` and ``name``.
    decisions : list
        What was decided about registrations: `FrameTransform` as JSON values.
    problem : str
        Why the state that was found could not be used, in words; never written.
    """

    folder: str = ""
    export_folder: str = ""
    gtv_segment: str = ""
    reference_segment: str = ""
    forms: Mapping[str, Any] = field(default_factory=dict)
    name: str = "HRS"
    label: str = "HRS"
    exports: Mapping[str, Any] = field(default_factory=dict)
    decisions: list[Any] = field(default_factory=list)
    problem: str = ""


def _forms_apart(values: dict[str, Any]) -> dict[str, Any]:
    """From schema 1, in which map and method had fields of their own, to 2."""
    kept = {name: value for name, value in values.items() if "method" not in name and "parameters" not in name}
    forms = {
        form: {"method": values.get(method, ""), "parameters": values.get(parameters, {})}
        for form, method, parameters in (("map", "map_method", "map_parameters"), ("method", "method", "parameters"))
    }
    return {**kept, "forms": forms}


# Schema 2 is the same without decisions, which have a default.
_MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _forms_apart, 2: dict}
"""For each older schema: the function that turns its values into those of the next."""


def state_node(scene: Node) -> Node:
    """Return the one state node of a scene, made when it is not there yet."""
    node = scene.GetSingletonNode(TAG, _CLASS)
    if node is None:
        node = scene.CreateNodeByClass(_CLASS)
        node.UnRegister(None)
        node.SetSingletonTag(TAG)
        node.SetName(TAG)
        node = scene.AddNode(node)
    # Closing a scene keeps singletons but empties them.
    if node.GetModuleName() != TAG:
        node.SetModuleName(TAG)
    return node


def read_state(node: Node) -> PanelState:
    """Return the state that a node holds; defaults, with the problem in words, when it cannot be used.

    Parameters
    ----------
    node : vtkMRMLScriptedModuleNode
        The state node.
    """
    written = node.GetAttribute(_ATTRIBUTE)
    if not written:
        return PanelState()
    try:
        values = json.loads(written)
        schema = values.pop("schema")
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return PanelState(problem="The state of the panel in this scene is damaged; the panel starts with defaults.")
    if not isinstance(schema, int) or isinstance(schema, bool) or schema < 1:
        return PanelState(problem="The state of the panel in this scene has no version; the panel starts with defaults.")
    if schema > SCHEMA:
        return PanelState(
            problem=f"The state of the panel in this scene was written by a newer version of DosePaintingHRS (schema {schema}, "
            f"this one knows {SCHEMA}); the panel starts with defaults."
        )
    return _checked(migrated(values, schema, _MIGRATIONS, SCHEMA))


def write_state(node: Node, state: PanelState) -> None:
    """Write a state into a node; nothing is marked as changed when it holds that state already."""
    values = {**asdict(state), "schema": SCHEMA}
    del values["problem"]
    text = json.dumps(values, sort_keys=True)
    if node.GetAttribute(_ATTRIBUTE) != text:
        node.SetAttribute(_ATTRIBUTE, text)


def refer(node: Node, role: str, to: Node | None) -> None:
    """Let the state refer to a node, or to none, under a role.

    Raises
    ------
    KeyError
        If there is no such role.
    """
    if role not in ROLES:
        raise KeyError(role)
    node_id = to.GetID() if to is not None else None
    if node.GetNodeReferenceID(role) != node_id:
        node.SetNodeReferenceID(role, node_id)


def referred(node: Node) -> dict[str, Node | None]:
    """Return the node of every role; None where there is none, or where it was deleted."""
    return {role: node.GetNodeReference(role) for role in ROLES}


def refer_inputs(node: Node, form: str, inputs: Mapping[str, list[Node]]) -> None:
    """Let the state refer to the inputs of a method, several for each, in place of those of this form that it referred to.

    Parameters
    ----------
    node : vtkMRMLScriptedModuleNode
        The state node.
    form : str
        Which form of the panel they belong to.
    inputs : mapping of str to list of vtkMRMLNode
        Nodes by the names of the inputs.
    """
    wanted = {
        f"{_INPUT}{form}.{name}.{number}": one.GetID()
        for name, nodes in inputs.items()
        for number, one in enumerate(nodes)
        if one is not None
    }
    for role in _input_roles(node, form):
        if role not in wanted:
            node.SetNodeReferenceID(role, None)
    for role, node_id in wanted.items():
        if node.GetNodeReferenceID(role) != node_id:
            node.SetNodeReferenceID(role, node_id)


def referred_inputs(node: Node, form: str) -> dict[str, list[Node | None]]:
    """Return the inputs of a method that the state refers to, by their names; None for one that was deleted."""
    found: dict[str, dict[int, Node | None]] = {}
    for role in _input_roles(node, form):
        name, _, number = role.removeprefix(f"{_INPUT}{form}.").rpartition(".")
        if number.isdecimal():
            found.setdefault(name, {})[int(number)] = node.GetNodeReference(role)
    return {name: [nodes.get(number) for number in range(max(nodes) + 1)] for name, nodes in found.items()}


def _input_roles(node: Node, form: str) -> list[str]:
    roles = [node.GetNthNodeReferenceRole(number) for number in range(node.GetNumberOfNodeReferenceRoles())]
    return [role for role in roles if role and role.startswith(f"{_INPUT}{form}.") and node.GetNodeReferenceID(role)]


def migrated(
    values: dict[str, Any], schema: int, steps: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]], to: int
) -> dict[str, Any]:
    """Bring values of an older schema to schema `to`, from version to version."""
    for version in range(schema, to):
        values = steps[version](values)
    return values


def _checked(values: dict[str, Any]) -> PanelState:
    """Take what has the right type; what has not stays at its default and is named."""
    kinds = {one.name: type(getattr(PanelState(), one.name)) for one in fields(PanelState) if one.name != "problem"}
    taken = {name: values[name] for name, kind in kinds.items() if type(values.get(name)) is kind}
    wrong = [name for name in kinds if name in values and name not in taken]
    problem = f"The state of the panel in this scene is damaged ({', '.join(wrong)}); defaults stand there." if wrong else ""
    return PanelState(**taken, problem=problem)
