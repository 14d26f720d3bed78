"""What the panel shows, kept in the scene and shown again."""

from __future__ import annotations

from typing import Any

from dosepainting_hrs_mrml.state import PanelState


def keep(panel) -> None:
    """Keep what the panel shows in the scene."""
    gtv, gtv_segment = panel.regions.gtv()
    reference, reference_segment = panel.regions.reference()
    nodes = {
        "planning_ct": panel.patient.planning_ct.get(),
        "image": panel.patient.image.get(),
        "map": panel.map.map.get(),
        "gtv": gtv,
        "reference": reference,
    }
    map_inputs, map_parameters, map_schema, map_preset = panel.map.form.kept()
    inputs, parameters, method_schema, preset = panel.segment.form.kept()
    values = {
        "folder": panel.patient.folder,
        "gtv_segment": gtv_segment,
        "reference_segment": reference_segment,
        "map_method": panel.map.form.combo.currentText,
        "method": panel.segment.form.combo.currentText,
        "map_inputs": map_inputs,
        "inputs": inputs,
        "map_parameters": map_parameters,
        "parameters": parameters,
        "map_schema": map_schema,
        "method_schema": method_schema,
        "map_preset": map_preset,
        "preset": preset,
        "name": panel.segment.ui.nameEdit.text,
        "label": panel.export.ui.labelEdit.text,
        "export_folder": panel.export.ui.exportFolderEdit.currentPath,
        "exports": panel.export.kept(),
    }
    given = {"map": panel.map.form.inputs.nodes(), "method": panel.segment.form.inputs.nodes()}
    panel.scene_access.keep_state(nodes, given, values)


def show(panel, nodes: dict[str, Any], kept: PanelState) -> None:
    """Show the panel as the scene's state has it."""
    panel.patient.planning_ct.set(nodes["planning_ct"])
    panel.patient.image.set(nodes["image"])
    panel.map.map.set(nodes["map"])
    panel.regions.gtv_choice.set(nodes["gtv"], kept.gtv_segment)
    panel.regions.reference_choice.set(nodes["reference"], kept.reference_segment)
    if kept.folder:
        panel.patient.ui.folderEdit.currentPath = kept.folder
    panel.map.form.choose(kept.map_method)
    panel.segment.form.choose(kept.method)
    panel.map.form.inputs.restore(kept.map_inputs, panel.scene_access.kept_inputs("map"))
    panel.segment.form.inputs.restore(kept.inputs, panel.scene_access.kept_inputs("method"))
    panel.map.form.parameters.restore(kept.map_parameters, kept.map_schema, kept.map_preset)
    panel.segment.form.parameters.restore(kept.parameters, kept.method_schema, kept.preset)
    panel.segment.ui.nameEdit.text = kept.name
    panel.export.ui.labelEdit.text = kept.label
    panel.export.restore(kept.exports)
    if kept.export_folder:
        panel.export.ui.exportFolderEdit.currentPath = kept.export_folder
