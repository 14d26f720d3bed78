"""ctkDoubleRangeSlider: a bar with two handles, without numbers."""
# ruff: noqa: N801, N802, N815 - the names are ctk's

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from .ctk_numbers import _RangeBar
from .stored import stored


class ctkDoubleRangeSlider(QtWidgets.QWidget):
    """Two values on one bar; the lower never passes the upper."""

    valuesChanged = QtCore.Signal(float, float)
    minimumValueChanged = QtCore.Signal(float)
    maximumValueChanged = QtCore.Signal(float)
    rangeChanged = QtCore.Signal(float, float)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = _RangeBar(self)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._bar)
        self._bar.limits = self._bar.values = (0.0, 99.0)

    def _set_range(self, low: float, high: float) -> None:
        self._bar.limits = (low, high)
        self.rangeChanged.emit(low, high)
        self.setValues(*(min(max(value, low), high) for value in self._bar.values))

    def setValues(self, low: float, high: float) -> None:
        before, self._bar.values = self._bar.values, (float(low), float(high))
        self._bar.update()
        if before[0] != self._bar.values[0]:
            self.minimumValueChanged.emit(self._bar.values[0])
        if before[1] != self._bar.values[1]:
            self.maximumValueChanged.emit(self._bar.values[1])
        if before != self._bar.values:
            self.valuesChanged.emit(*self._bar.values)

    def setMinimumValue(self, value: float) -> None:
        self.setValues(value, max(value, self._bar.values[1]))

    def setMaximumValue(self, value: float) -> None:
        self.setValues(min(value, self._bar.values[0]), value)

    minimum = QtCore.Property(
        float, lambda self: self._bar.limits[0], lambda self, v: self._set_range(v, max(v, self._bar.limits[1]))
    )
    maximum = QtCore.Property(
        float, lambda self: self._bar.limits[1], lambda self, v: self._set_range(min(v, self._bar.limits[0]), v)
    )
    minimumValue = QtCore.Property(float, lambda self: self._bar.values[0], lambda self, v: self.setMinimumValue(v))
    maximumValue = QtCore.Property(float, lambda self: self._bar.values[1], lambda self, v: self.setMaximumValue(v))
    singleStep = stored(float, "singleStep", default=1.0)
    tracking = stored(bool, "tracking", default=True)
