"""A form generated from a method's parameter dataclass: one row per parameter, presets above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.parameters import ParameterInfo, Parameters, parameter_infos
from dosepainting_hrs.registry import Method

_OPEN_RANGE = 1e6
_BEFORE_A_MAP = 999.0
"""Range of a slider until a map gives it one; a wider one would make the panel wider than it may be."""
MAP_UNIT = "unit of the map"
"""Unit of parameters whose slider takes the range of the map."""


class ParameterForm:
    """Widgets for the parameters of one method, in a layout.

    Parameters
    ----------
    parent : QWidget
        Has a layout; its earlier content is removed.
    changed : callable
        Called without arguments after each change.
    """

    def __init__(self, parent, changed: Callable[[], None]) -> None:
        self._parent = parent
        self._changed = changed
        self._method: type[Method] | None = None
        self._rows: dict[str, _Row] = {}
        self._presets = None
        self._content = None

    def show(self, method: type[Method] | None) -> None:
        """Build the form of a method; None empties it."""
        if self._content is not None:
            self._content.setParent(None)
            self._content.deleteLater()
        self._method, self._rows, self._presets = method, {}, None
        self._content = qt.QWidget()
        self._parent.layout().addWidget(self._content)
        form = qt.QFormLayout(self._content)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(qt.QFormLayout.WrapLongRows)
        if method is None:
            return
        presets = method.parameters_type.presets
        if presets:
            self._presets = qt.QComboBox()
            self._presets.name = "presetCombo"
            self._presets.addItem(_("none"))
            for number, preset in enumerate(presets, 1):
                self._presets.addItem(preset.name)
                self._presets.setItemData(number, preset.source, qt.Qt.ToolTipRole)
            self._presets.connect("activated(int)", self._preset_chosen)
            form.addRow(_("Preset"), self._presets)
        for info in parameter_infos(method.parameters_type):
            row = _Row(info, self._row_changed)
            self._rows[info.name] = row
            form.addRow(row.label, row.widget)

    def set_map_range(self, low: float, high: float) -> None:
        """Give sliders of parameters in the unit of the map the range of the map."""
        for row in self._rows.values():
            if row.info.field.unit == MAP_UNIT:
                row.set_range(low, high)

    def values(self) -> dict[str, Any]:
        """Return the values that were given; those still asked for are absent."""
        return {name: row.value() for name, row in self._rows.items() if row.given}

    def set_values(self, values: dict[str, Any]) -> None:
        """Show values, as they were saved or as a preset has them; unknown names are passed over."""
        for name, value in values.items():
            if name in self._rows:
                self._rows[name].set_value(value)

    def parameters(self) -> Parameters:
        """Return the checked parameters.

        Raises
        ------
        ParameterError
            If a value is still asked for, or not allowed.
        """
        for name, row in self._rows.items():
            if not row.given:
                raise ParameterError(_('Give a value for "{0}": {1}').format(name, row.info.field.help))
        return self._method.parameters_type(**self.values())

    def problem(self) -> str:
        """Return why there are no parameters yet; empty when all is given."""
        if self._method is None:
            return _("Choose a method.")
        try:
            self.parameters()
        except ParameterError as error:
            return error.message
        return ""

    def _row_changed(self) -> None:
        if self._presets is not None:
            self._presets.setCurrentIndex(0)
        self._changed()

    def _preset_chosen(self, index: int) -> None:
        if index > 0:
            self.set_values(dict(self._method.parameters_type.presets[index - 1].values))
            self._presets.setCurrentIndex(index)
            self._changed()


class _Row:
    """One parameter: a slider where its range is known, else a field, a box to tick or a list to choose from."""

    def __init__(self, info: ParameterInfo, changed: Callable[[], None]) -> None:
        self.info = info
        self.given = not info.required
        self._told = changed
        self._silent = False
        self.widget = self._make()
        self.widget.name = f"{info.name}Parameter"
        unit = f" ({info.field.unit})" if info.field.unit not in ("", "1", MAP_UNIT) else ""
        name = info.name.removesuffix(f"_{info.field.unit}").replace("_", " ").capitalize()
        self.label = name if name.lower() == "percent" else name + unit
        source = f"\n{_('Source')}: {info.field.source}" if info.field.source else ""
        self.widget.toolTip = f"{info.field.help}{source}"
        if not info.required and info.default is not None:
            self.set_value(info.default)
            self.given = True

    def _make(self):
        info = self.info
        if info.kind is bool:
            widget = qt.QCheckBox()
            widget.connect("toggled(bool)", self._changed)
        elif self._choices():
            widget = qt.QComboBox()
            if info.required:
                widget.addItem("")
            for choice in self._choices():
                widget.addItem(choice)
            widget.connect("currentIndexChanged(int)", self._changed)
        elif info.kind in (int, float) and info.optional:
            widget = self._optional_number()
        elif info.kind in (int, float):
            low, high = info.field.minimum, info.field.maximum
            bounded = (low is not None and high is not None) or info.field.unit == MAP_UNIT
            widget = ctk.ctkSliderWidget() if bounded else qt.QDoubleSpinBox()
            widget.decimals = 0 if info.kind is int else 2
            far = _BEFORE_A_MAP if info.field.unit == MAP_UNIT else _OPEN_RANGE
            widget.minimum = low if low is not None else -far
            widget.maximum = high if high is not None else far
            widget.singleStep = 1.0 if info.kind is int else 0.1
            widget.connect("valueChanged(double)", self._changed)
        else:
            widget = qt.QLineEdit()
            widget.connect("textChanged(QString)", self._changed)
        return widget

    def _optional_number(self):
        """Return a field that shows nothing one step below its range: the value is not given."""
        info, step = self.info, 1.0 if self.info.kind is int else 0.1
        widget = qt.QDoubleSpinBox()
        widget.decimals = 0 if info.kind is int else 3
        widget.singleStep = step
        widget.minimum = (info.field.minimum if info.field.minimum is not None else -_OPEN_RANGE) - step
        widget.maximum = info.field.maximum if info.field.maximum is not None else _OPEN_RANGE
        widget.specialValueText = _("not given")
        widget.value = widget.minimum
        widget.connect("valueChanged(double)", self._changed)
        return widget

    def _choices(self) -> tuple[str, ...]:
        if self.info.kind is str:
            return self.info.field.choices
        members = getattr(self.info.kind, "__members__", None)
        return tuple(str(one.value) for one in members.values()) if members else ()

    def set_range(self, low: float, high: float) -> None:
        """Give the slider a range; its value stays where the range allows."""
        self._silent = True
        self.widget.minimum, self.widget.maximum = min(low, 0.0), high
        self.widget.singleStep = max((high - low) / 500.0, 1e-6)
        self._silent = False

    def value(self) -> Any:
        """Return the value in the type of the parameter; None where nothing was given and that is allowed."""
        if self.info.optional and self.info.kind in (int, float) and self.widget.value <= self.widget.minimum:
            return None
        if self.info.kind is bool:
            return bool(self.widget.checked)
        if self._choices():
            return self.widget.currentText
        if self.info.kind is int:
            return round(self.widget.value)
        return float(self.widget.value) if self.info.kind is float else self.widget.text

    def set_value(self, value: Any) -> None:
        """Show a value without telling of a change."""
        self._silent = True
        value = getattr(value, "value", value)
        if self.info.kind is bool:
            self.widget.checked = bool(value)
        elif self._choices():
            self.widget.setCurrentIndex(self.widget.findText(str(value)))
        elif value is None and self.info.kind in (int, float):
            self.widget.value = self.widget.minimum
        elif self.info.kind in (int, float):
            self.widget.value = float(value)
        else:
            self.widget.text = str(value)
        self.given = True
        self._silent = False

    def _changed(self, *_unused) -> None:
        if not self._silent:
            self.given = True
            self._told()
