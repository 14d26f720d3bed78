"""The step *Prescription*: a dose per voxel by a rule; it is there as soon as a rule is registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slicer.i18n import tr as _

from dosepainting_hrs import prescription  # noqa: F401  (registers the rules)
from dosepainting_hrs.notes import warnings_first
from dosepainting_hrs.registry import PRESCRIPTIONS

from .method_form import MethodForm


class PrescribeStep:
    """Rule with its generated forms, and the button that makes the dose.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    ui : object
        Child widgets of Prescribe.ui.
    """

    def __init__(self, panel, ui) -> None:
        self._panel = panel
        self.ui = ui
        self.form = MethodForm(
            panel,
            PRESCRIPTIONS,
            combo=ui.ruleCombo,
            about=ui.ruleAboutLabel,
            inputs=ui.ruleInputs,
            parameters=ui.ruleParameters,
            changed=panel.changed,
            served={},
        )
        panel.ui.prescribeStep.visible = self.form.method is not None
        ui.prescribeButton.connect("clicked(bool)", self.prescribe)
        self.choices = ()
        self.buttons = {"prescribe": ui.prescribeButton}

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of this step."""
        return {"prescribe_inputs": self.form.inputs.facts(), "prescribe_problem": self.form.problem()}

    def prescribe(self) -> None:
        """Make the dose in a child process, and put it into the scene."""
        if not self._panel.may("prescribe"):
            return
        name = _("Dose, {0}").format(self.form.combo.currentText)
        with self._panel.guarded():
            out = self._panel.new_temporary("dose.nrrd")
            words = ["prescribe", *self.form.words(), "-o", out]
            self._panel.run(words, _("Prescribing"), lambda answer: self._prescribed(answer, name), self.form)

    def _prescribed(self, answer: Mapping[str, Any], name: str) -> None:
        node = self._panel.scene_access.load_map(answer["output"], name)
        self._panel.show_volumes(node)
        self.ui.doseLabel.text = _("{0:.4g} to {1:.4g} Gy, mean {2:.4g} Gy, {3}").format(
            answer["dose_minimum"],
            answer["dose_maximum"],
            answer["dose_mean"],
            _('in "{0}"').format(answer["within"]) if answer["within"] else _("on the whole grid"),
        )
        told = "\n".join([answer["history"][-1], *warnings_first(answer["remarks"])])
        self._panel.status.say(_('"{0}" made.').format(name), told)
