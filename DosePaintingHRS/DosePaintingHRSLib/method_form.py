"""A method chosen from a registry, with the forms that its inputs and its parameters generate."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.inputs import SEPARATOR
from dosepainting_hrs.registry import Method, Registry

from .also_form import AlsoForm
from .input_form import InputForm
from .input_rows import label_of
from .parameter_form import ParameterForm

_SHOWN_AT_ONCE = 20
_OPTION = re.compile(r"--[a-z0-9]+(?:-[a-z0-9]+)*")
_COLUMNS = re.compile(r"(?<=\") ([a-z_]+=[A-Z]+(?:,[a-z_]+=[A-Z]+)*)")


class MethodForm:
    """Combo box of the methods of a registry, what the chosen one does, its inputs and its parameters.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    registry : Registry
        The methods to choose from.
    combo, about, inputs, parameters : QWidget
        Where they go: a combo box, a label, and two widgets with a layout each.
    changed : callable
        Called without arguments when inputs or parameters were changed.
    served : mapping of str to VolumeChoice
        Selectors that stand elsewhere in the panel already, by the name of the input.
    first : str
        The method that is chosen at first.
    also : QWidget or None
        Where check boxes for what the method makes besides go, when it may be asked for that.
    placed : callable or None
        Called without arguments after a position was given by a click into a slice view.
    """

    def __init__(
        self,
        panel,
        registry: Registry[Any],
        *,
        combo,
        about,
        inputs,
        parameters,
        changed: Callable[[], None],
        served: Mapping[str, Any],
        first: str = "",
        also=None,
        placed: Callable[[], None] | None = None,
    ) -> None:
        self._panel, self._registry = panel, registry
        self.combo, self._about = combo, about
        self._changed = changed
        self.inputs = InputForm(inputs, panel.scene_access, panel.listed_series, self._inputs_changed, served)
        self.parameters = ParameterForm(parameters, changed, placed)
        self.also = AlsoForm(also, changed) if also is not None else None
        combo.sizeAdjustPolicy = qt.QComboBox.AdjustToMinimumContentsLengthWithIcon
        combo.minimumContentsLength = 6
        combo.maxVisibleItems = _SHOWN_AT_ONCE
        for number, name in enumerate(registry.names()):
            combo.addItem(name)
            combo.setItemData(number, summary_of(registry.get(name)), qt.Qt.ToolTipRole)
        self.choose(first)
        self._show()
        combo.connect("currentIndexChanged(int)", self._method_chosen)

    @property
    def method(self) -> type[Method] | None:
        """The method that is chosen; None when the registry has none."""
        names = self._registry.names()
        return self._registry.get(self.combo.currentText) if self.combo.currentText in names else None

    def choose(self, name: str) -> None:
        """Choose a method by name; a name that is not known changes nothing."""
        if self.combo.findText(name) >= 0:
            self.combo.setCurrentIndex(self.combo.findText(name))

    def _method_chosen(self, *_unused) -> None:
        self._show()
        self._panel.prefill()
        self._changed()

    def _show(self) -> None:
        if self.method is None:
            return
        self.inputs.show(self.method)
        self.parameters.show(self.method)
        if self.also is not None:
            self.also.show(self.method)
        self._about.text = summary_of(self.method)
        self.combo.toolTip = summary_of(self.method)

    def reset(self) -> None:
        """Show the chosen method as it is at first: what was given by hand for one patient is not the next one's."""
        self._show()

    def _inputs_changed(self) -> None:
        self._changed()

    def close(self) -> None:
        """Wait for no click any more."""
        self.parameters.close()

    def problem(self) -> str:
        """Return what is missing or wrong with the parameters; empty when nothing is."""
        if self.method is None:
            return _("There is no method to choose.")
        return self.parameters.problem()

    def build(self) -> Method:
        """Return the method with the parameters as they stand.

        Raises
        ------
        ParameterError
            If a value is still asked for, or not allowed.
        """
        if self.method is None:
            raise ParameterError(_("There is no method to choose."))
        return self.method(self.parameters.parameters())

    def words(self) -> list[str]:
        """Return method, inputs, parameters and what else to make as the command line has them.

        What is no DICOM is written to a file.

        Raises
        ------
        InputError, OutputError
            If a volume or segment cannot be read, or the temporary folder is full.
        """
        access = self._panel.scene_access
        words = [self.combo.currentText]
        for key, source in self.inputs.given().items():
            slot, _sign, name = key.partition(SEPARATOR)
            where: Path | str
            if source.node is None:
                where = source.address
            elif source.segment_id:
                where = access.write_region((source.node, source.segment_id), self._panel.new_temporary("region.nrrd"))
            else:
                where = access.source_of(source.node, self._panel.new_temporary("image.nrrd"))
            words.append(f"--{slot.replace('_', '-')}={f'{name}={where}' if name else where}")
        also = self.also.chosen() if self.also is not None else []
        files = [f"--also={name}={self._panel.new_temporary(f'{name}.nrrd')}" for name in also]
        return [*words, *self.parameters.words(), *files]

    def in_words(self, hint: str) -> str:
        """Return a hint of the command line in words of this form, and open what is folded away when the hint names it."""
        rows = self.parameters.rows
        names = [*rows, *self.inputs.rows]
        named = {f"--{name.replace('_', '-')}": name for name in names}
        asked = [named[option] for option in _OPTION.findall(hint) if option in named]
        self.parameters.unfold(asked)

        def label(option: str) -> str:
            name = named[option]
            return rows[name].label.text if name in rows else label_of(self.inputs.rows[name].slot)

        told = _OPTION.sub(lambda found: f'"{label(found[0])}"' if found[0] in named else found[0], hint)
        # What the command line calls name=NAME,value=VALUE are columns of a table here.
        return _COLUMNS.sub(lambda found: f" ({', '.join(one.split('=')[0] for one in found[1].split(','))})", told)

    def kept(self) -> dict[str, Any]:
        """Return method, inputs, parameters with their schema, preset, and what else to make, for the state."""
        return {
            "method": self.combo.currentText,
            "inputs": self.inputs.kept(),
            "parameters": self.parameters.values(),
            "schema": self.method.schema if self.method is not None else 0,
            "preset": self.parameters.preset,
            "also": self.also.chosen() if self.also is not None else [],
        }

    def restore(self, kept: Mapping[str, Any], nodes: Mapping[str, list[Any]]) -> None:
        """Show what was kept; what is damaged or not known stays at its default."""

        def held(name: str, default: Any) -> Any:
            return kept[name] if type(kept.get(name)) is type(default) else default

        self.choose(held("method", ""))
        self.inputs.restore(held("inputs", {}), nodes)
        self.parameters.restore(held("parameters", {}), held("schema", 0), held("preset", ""))
        if self.also is not None:
            self.also.restore(held("also", []))


def summary_of(method: type[Method]) -> str:
    """Return the first sentence of what a method says of itself."""
    lines = (method.__doc__ or "").strip().split("\n\n", 1)[0]
    return " ".join(lines.split())
