"""What the panel shows, kept in the scene and shown again."""

from __future__ import annotations

from collections.abc import Mapping
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
    values = {
        "folder": panel.patient.folder,
        "gtv_segment": gtv_segment,
        "reference_segment": reference_segment,
        "forms": {name: form.kept() for name, form in panel.forms().items()},
        "name": panel.segment.ui.nameEdit.text,
        "label": panel.export.ui.labelEdit.text,
        "export_folder": panel.export.ui.exportFolderEdit.currentPath,
        "exports": panel.export.kept(),
        "decisions": panel.register.decisions.kept(),
    }
    given = {name: form.inputs.nodes() for name, form in panel.forms().items()}
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
    for name, form in panel.forms().items():
        held = kept.forms.get(name)
        if isinstance(held, Mapping):
            form.restore(held, panel.scene_access.kept_inputs(name))
    panel.segment.ui.nameEdit.text = kept.name
    panel.export.ui.labelEdit.text = kept.label
    panel.export.restore(kept.exports)
    panel.register.restore(kept.decisions)
    if kept.export_folder:
        panel.export.ui.exportFolderEdit.currentPath = kept.export_folder
