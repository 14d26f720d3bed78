"""One row per parameter: a slider where its range is known, else a field, a box to tick, a list to choose from, or a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import ctk
import qt
from slicer.i18n import tr as _

from dosepainting_hrs.parameters import ParameterInfo

from .input_sources import narrow_combo

MAP_UNIT = "unit of the map"
"""Unit of parameters whose slider takes the range of the map."""
_BEFORE_A_MAP = 999.0
"""Range of a slider until a map gives it one; a wider one would make the panel wider than it may be."""
_SLIDER_STEPS = 500
_WIDEST = 1000.0
"""Over a wider range a slider is no help: the number is typed."""
NONE = "none"


class Row:
    """What all rows share: whether a value was given, and telling of changes that somebody made.

    Parameters
    ----------
    info : ParameterInfo
        The parameter.
    changed : callable
        Called without arguments after each change by hand.
    """

    def __init__(self, info: ParameterInfo, changed: Callable[[], None]) -> None:
        self.info = info
        self._told = changed
        self._silent = True
        self.given = not info.required
        self.widget = self._make()
        self.label = qt.QLabel()
        self.label.wordWrap = False
        self._describe()
        if not info.required:
            self._show(info.default)
        self._silent = False
        self._say_whether_given()

    def _make(self):
        raise NotImplementedError

    def _show(self, value: Any) -> None:
        raise NotImplementedError

    def value(self) -> Any:
        """Return the value as JSON has it; what was typed and is no value of the type stays text, to be refused by name."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a value without telling of a change."""
        self._silent = True
        self._show(value)
        self._silent = False
        self.given = True
        self._say_whether_given()

    def _describe(self) -> None:
        info = self.info
        if not self.widget.name:
            self.widget.name = f"{info.name}Parameter"
        source = f"\n{_('Source')}: {info.field.source}" if info.field.source else ""
        asked = f"\n{_('Asked for: there is no default.')}" if info.required else ""
        self.widget.toolTip = self.label.toolTip = f"{info.field.help}{source}{asked}"

    def _say_whether_given(self) -> None:
        info = self.info
        unit = f" ({info.field.unit})" if info.field.unit not in ("", "1", MAP_UNIT) else ""
        name = info.name.removesuffix(f"_{info.field.unit}").replace("_", " ")
        name = name[:1].upper() + name[1:]
        title = name if name.lower() == "percent" else name + unit
        self.label.text = title if self.given else f"{title} *"

    def _changed(self, *_unused) -> None:
        if not self._silent:
            self.given = self._is_given()
            self._say_whether_given()
            self._told()

    def _is_given(self) -> bool:
        return True


class TickRow(Row):
    """True or false."""

    def _make(self):
        widget = qt.QCheckBox()
        widget.connect("toggled(bool)", self._changed)
        return widget

    def value(self) -> bool:
        """Return whether it is ticked."""
        return bool(self.widget.checked)

    def _show(self, value: Any) -> None:
        self.widget.checked = bool(value)


class ChoiceRow(Row):
    """One of several texts; "none" where that is allowed."""

    def _make(self):
        widget = narrow_combo()
        if self.info.required:
            widget.addItem("")
        if self.info.optional:
            widget.addItem(NONE)
        for choice in choices_of(self.info):
            widget.addItem(choice)
        widget.connect("currentIndexChanged(int)", self._changed)
        return widget

    def value(self) -> Any:
        """Return the text, true or false, or None."""
        text = self.widget.currentText
        if self.info.optional and text == NONE:
            return None
        return text == "true" if self.info.kind is bool else text

    def _show(self, value: Any) -> None:
        text = NONE if value is None else str(getattr(value, "value", value))
        text = text.lower() if self.info.kind is bool else text
        self.widget.setCurrentIndex(max(self.widget.findText(text), 0))

    def _is_given(self) -> bool:
        return bool(self.widget.currentText)


class SliderRow(Row):
    """A number between two limits that are near enough to slide between."""

    def _make(self):
        info = self.info
        widget = ctk.ctkSliderWidget()
        far = _BEFORE_A_MAP if info.field.unit == MAP_UNIT else 1.0
        low = info.field.minimum if info.field.minimum is not None else -far
        _set_limits(widget, low, info.field.maximum if info.field.maximum is not None else far, whole=info.kind is int)
        widget.connect("valueChanged(double)", self._changed)
        return widget

    def set_range(self, low: float, high: float) -> None:
        """Give the slider a range, widened to the value that was given; nobody's value is changed."""
        before, was_silent = self.widget.value, self._silent
        self._silent = True
        if self.given:
            low, high = min(low, before), max(high, before)
        _set_limits(self.widget, min(low, 0.0), high, whole=self.info.kind is int)
        if self.given:
            self.widget.decimals = max(self.widget.decimals, _decimals_of(before))
            self.widget.value = before
        self._silent = was_silent

    def value(self) -> Any:
        """Return the number."""
        return round(self.widget.value) if self.info.kind is int else float(self.widget.value)

    def _show(self, value: Any) -> None:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return
        if self.info.kind is float:
            self.widget.decimals = max(self.widget.decimals, _decimals_of(value))
        if self.info.field.unit == MAP_UNIT:
            self.widget.minimum = min(self.widget.minimum, float(value))
            self.widget.maximum = max(self.widget.maximum, float(value))
        self.widget.value = float(value)


class TextRow(Row):
    """A number without limits to slide between, or a text; empty for none."""

    def _make(self):
        widget = qt.QLineEdit()
        if self.info.optional:
            widget.placeholderText = NONE
        widget.connect("textChanged(QString)", self._changed)
        return widget

    def value(self) -> Any:
        """Return the number or the text, or None."""
        return parsed(self.info, self.widget.text)

    def _show(self, value: Any) -> None:
        self.widget.text = text_of(value)

    def _is_given(self) -> bool:
        return bool(self.widget.text.strip()) or self.info.optional or self.info.kind is str


def choices_of(info: ParameterInfo) -> tuple[str, ...]:
    """Return the texts that a parameter can be; empty when it is none of several."""
    if info.kind is bool and info.optional:
        return ("true", "false")
    if info.kind is str:
        return info.field.choices
    members = getattr(info.kind, "__members__", None)
    return tuple(str(one.value) for one in members.values()) if members else ()


def is_slider(info: ParameterInfo) -> bool:
    """Tell whether a number has a range that a hand can slide over, or the map's; one that may be none is typed."""
    low, high = info.field.minimum, info.field.maximum
    near = low is not None and high is not None and high - low <= _WIDEST
    return info.kind in (int, float) and not info.optional and (near or info.field.unit == MAP_UNIT)


def _set_limits(slider, low: float, high: float, *, whole: bool) -> None:
    high = high if high > low else low + 1.0
    exponent = math.floor(math.log10((high - low) / _SLIDER_STEPS))
    slider.decimals = 0 if whole else max(2, -exponent)
    slider.minimum, slider.maximum = low, high
    slider.singleStep = 1.0 if whole else 10.0**exponent


def parsed(info: ParameterInfo, text: str) -> Any:
    """Return what was typed in the type of a parameter; as text where it is none of its values, and None for nothing."""
    text = text.strip()
    if info.kind is str:
        return None if info.optional and not text else text
    if not text:
        return None
    try:
        return info.kind(text)
    except ValueError:
        return text


def text_of(value: Any) -> str:
    """Return how a value is typed, without loss."""
    if value is None:
        return ""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(getattr(value, "value", value))


def _decimals_of(value: float) -> int:
    text = f"{value:.10f}".rstrip("0")
    return len(text.partition(".")[2])
