"""A form generated from a method's parameter dataclass: one row per parameter, presets above."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.parameters import ParameterInfo, Parameters, parameter_infos
from dosepainting_hrs.parameters_json import from_json, migrated
from dosepainting_hrs.records import to_json
from dosepainting_hrs.registry import Method

from .input_sources import narrow_combo
from .parameter_rows import MAP_UNIT, ChoiceRow, Row, SliderRow, TextRow, TickRow, choices_of, is_slider
from .parameter_table import TableRow
from .slice_click import Point, SliceClick

_AT_ONCE = 6
POSITION = ("x_mm", "y_mm", "z_mm")
"""Parameters, or columns of a table, that are a place in the patient, LPS."""


class ParameterForm:
    """Widgets for the parameters of one method, in a layout.

    Parameters
    ----------
    parent : QWidget
        Has a layout; its earlier content is removed.
    changed : callable
        Called without arguments after each change.
    placed : callable or None
        Called without arguments after a position was given by a click into a slice view.
    """

    def __init__(self, parent, changed: Callable[[], None], placed: Callable[[], None] | None = None) -> None:
        self._parent = parent
        self._changed, self._placed = changed, placed
        self.click: SliceClick | None = None
        self._method: type[Method] | None = None
        self.rows: dict[str, Row] = {}
        self._presets = self.more = None
        self._content = None

    def show(self, method: type[Method]) -> None:
        """Build the form of a method."""
        self.close()
        if self._content is not None:
            self._content.setParent(None)
            self._content.deleteLater()
        self._method, self.rows = method, {}
        self._presets = self.more = None
        self._content = qt.QWidget()
        self._parent.layout().addWidget(self._content)
        form = qt.QFormLayout(self._content)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(qt.QFormLayout.WrapLongRows)
        if method.parameters_type.presets:
            form.addRow(_("Preset"), self._make_presets(method))
        infos = parameter_infos(method.parameters_type)
        folded = self._fold(infos)
        for info in infos:
            row = _row(info, self._row_changed)
            self.rows[info.name] = row
            (form if folded is None or info.required else folded).addRow(row.label, row.widget)
        self.click = self._make_click()
        if self.click is not None:
            form.addRow(self.click.button)
        if folded is not None:
            form.addRow(self.more)
            self.more.collapsed = True
        self._content.visible = form.rowCount() > 0

    def _make_click(self) -> SliceClick | None:
        """Return a button that takes a position, or a point of a table, from a slice view; None where none is asked for."""
        if set(POSITION) <= set(self.rows):
            return SliceClick("placeButton", _("Place by a click"), self._clicked)
        for name, row in self.rows.items():
            if isinstance(row, TableRow) and set(POSITION) <= {column.name for column in row.columns}:
                return SliceClick("placeButton", _("Add a point by a click"), partial(self._clicked, table=name))
        return None

    def _clicked(self, place: Point, table: str = "") -> None:
        point = {key: round(value, 2) for key, value in zip(POSITION, place, strict=True)}
        self.set_values({table: [*self.rows[table].value(), point]} if table else point)
        self._row_changed()
        if self._placed is not None:
            self._placed()

    def close(self) -> None:
        """Wait for no click any more."""
        if self.click is not None:
            self.click.forget()

    def _fold(self, infos: tuple[ParameterInfo, ...]):
        """Return the layout of a box for what has a default, when a method takes more than a panel should show at once."""
        if len(infos) <= _AT_ONCE:
            return None
        count = sum(not info.required for info in infos)
        self.more = ctk.ctkCollapsibleGroupBox()
        self.more.name = "moreBox"
        self.more.title = _("{0} more parameters, with defaults").format(count)
        form = qt.QFormLayout(self.more)
        form.setRowWrapPolicy(qt.QFormLayout.WrapLongRows)
        return form

    def _make_presets(self, method: type[Method]):
        self._presets = narrow_combo()
        self._presets.name = "presetCombo"
        self._presets.addItem(_("none"))
        for number, preset in enumerate(method.parameters_type.presets, 1):
            self._presets.addItem(preset.name)
            self._presets.setItemData(number, preset.source, qt.Qt.ToolTipRole)
        self._presets.connect("activated(int)", self._preset_chosen)
        return self._presets

    def unfold(self, names: Sequence[str]) -> None:
        """Open the box of what has a default when one of these parameters stands in it."""
        if self.more is not None and any(name in self.rows and not self.rows[name].info.required for name in names):
            self.more.collapsed = False

    def set_map_range(self, low: float, high: float) -> None:
        """Give sliders of parameters in the unit of the map the range of the map."""
        for row in self.rows.values():
            if row.info.field.unit == MAP_UNIT and isinstance(row, SliderRow):
                row.set_range(low, high)

    @property
    def preset(self) -> str:
        """Name of the preset whose values stand in the form; empty for none."""
        return self._presets.currentText if self._presets is not None and self._presets.currentIndex > 0 else ""

    def values(self) -> dict[str, Any]:
        """Return the values that were given, as JSON has them; those still asked for are absent."""
        return {name: row.value() for name, row in self.rows.items() if row.given}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show values; unknown names are passed over."""
        for name, value in values.items():
            if name in self.rows:
                self.rows[name].set_value(value)

    def restore(self, values: Mapping[str, Any], schema: int, preset: str) -> None:
        """Show values as they were saved, brought up to date when the method has changed since."""
        if self._method is None:
            return
        try:
            values = migrated(self._method, dict(values), schema or None)
        except (ParameterError, KeyError, TypeError, ValueError):
            return  # A newer version, or damaged: the form stays at its defaults and asks for what it needs.
        self.set_values(values)
        if self._presets is not None:
            self._presets.setCurrentIndex(max(self._presets.findText(preset), 0) if preset else 0)
            self._check_preset()

    def parameters(self) -> Parameters:
        """Return the checked parameters.

        Raises
        ------
        ParameterError
            If a value is still asked for, or not allowed.
        """
        for name, row in self.rows.items():
            if not row.given:
                raise ParameterError(_('Give a value for "{0}": {1}').format(name, row.info.field.help))
        return from_json(self._method, self.values())

    def problem(self) -> str:
        """Return why there are no parameters yet; empty when all is given."""
        if self._method is None:
            return _("Choose a method.")
        try:
            self.parameters()
        except ParameterError as error:
            return error.message
        return ""

    def words(self) -> list[str]:
        """Return the values as options of the command line."""
        named = self._preset_values()
        words = ["--preset", self.preset] if self.preset else []
        for name, value in self.values().items():
            if name in named:
                continue
            flag = f"--{name.replace('_', '-')}"
            if self.rows[name].info.is_table:
                words += [f"{flag}={','.join(f'{key}={_word(cell)}' for key, cell in one.items())}" for one in value]
            else:
                words.append(f"{flag}={_word(value)}")
        return words

    def _row_changed(self) -> None:
        self._check_preset()
        self._changed()

    def _check_preset(self) -> None:
        """Name a preset only while its values stand in the form."""
        values = self.values()
        if any(values.get(name) != value for name, value in self._preset_values().items()):
            self._presets.setCurrentIndex(0)

    def _preset_values(self) -> Mapping[str, Any]:
        presets = self._method.parameters_type.presets if self._method is not None else ()
        return next((to_json(one.values) for one in presets if one.name == self.preset), {})

    def _preset_chosen(self, index: int) -> None:
        if index > 0:
            self.set_values(self._preset_values())
            self._changed()


def _row(info: ParameterInfo, changed: Callable[[], None]) -> Row:
    if info.is_table:
        return TableRow(info, changed)
    if choices_of(info):
        return ChoiceRow(info, changed)
    if info.kind is bool:
        return TickRow(info, changed)
    return SliderRow(info, changed) if is_slider(info) else TextRow(info, changed)


def _word(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
