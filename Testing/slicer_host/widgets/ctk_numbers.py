"""Numbers of ctk: slider with spin box, range with two handles, and the bare double slider."""
# ruff: noqa: N801, N802, N815 - the names are ctk's

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from .stored import stored

_STEPS = 10000


class ctkDoubleSpinBox(QtWidgets.QDoubleSpinBox):
    """A spin box; ctk's own adds ways to show decimals."""

    decimalsOption = stored(int, "decimalsOption", default=0)


class ctkDoubleSlider(QtWidgets.QWidget):
    """A slider over real numbers."""

    valueChanged = QtCore.Signal(float)
    _changing = QtCore.Signal(float)
    sliderMoved = QtCore.Signal(float)
    sliderPressed = QtCore.Signal()
    sliderReleased = QtCore.Signal()
    rangeChanged = QtCore.Signal(float, float)

    def __init__(self, orientation: object = None, parent: QtWidgets.QWidget | None = None) -> None:
        if isinstance(orientation, QtWidgets.QWidget):
            orientation, parent = None, orientation
        super().__init__(parent)
        self._low, self._high, self._now = 0.0, 99.0, 0.0
        self._bar = QtWidgets.QSlider(
            orientation if isinstance(orientation, QtCore.Qt.Orientation) else QtCore.Qt.Orientation.Horizontal
        )
        self._bar.setRange(0, _STEPS)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._bar)
        self._bar.sliderPressed.connect(self.sliderPressed)
        self._bar.sliderReleased.connect(self._released)
        self._bar.valueChanged.connect(self._bar_moved)

    def _bar_moved(self, step: int) -> None:
        value = self._low + step / _STEPS * (self._high - self._low)
        if self._bar.isSliderDown():
            self.sliderMoved.emit(value)
        if self._bar.isSliderDown() and not self.property("tracking"):
            self._changing.emit(value)
            return
        self._store(value)

    def _released(self) -> None:
        self._bar_moved(self._bar.value())
        self.sliderReleased.emit()

    def _store(self, value: float) -> None:
        step = self.property("singleStep") or 0.0
        if step > 0 and self._bar.isSliderDown():
            value = self._low + round((value - self._low) / step) * step
        value = min(max(value, self._low), self._high)
        if value != self._now:
            self._now = value
            self.valueChanged.emit(value)

    def _set_value(self, value: float) -> None:
        self._store(float(value))
        self._place()

    def _place(self) -> None:
        self._bar.blockSignals(True)
        span = self._high - self._low
        self._bar.setValue(round((self._now - self._low) / span * _STEPS) if span > 0 else 0)
        self._bar.blockSignals(False)

    def _set_range(self, low: float, high: float) -> None:
        self._low, self._high = float(low), max(float(low), float(high))
        self.rangeChanged.emit(self._low, self._high)
        self._set_value(self._now)

    value = QtCore.Property(float, lambda self: self._now, lambda self, value: self._set_value(value))
    minimum = QtCore.Property(float, lambda self: self._low, lambda self, v: self._set_range(v, max(v, self._high)))
    maximum = QtCore.Property(float, lambda self: self._high, lambda self, v: self._set_range(min(self._low, v), v))
    singleStep = stored(float, "singleStep", default=0.0)
    pageStep = stored(float, "pageStep", default=1.0)
    tracking = stored(bool, "tracking", default=True)

    def setValue(self, value: float) -> None:
        self._set_value(value)


class ctkSliderWidget(QtWidgets.QWidget):
    """A slider and a spin box that show one number."""

    valueChanged = QtCore.Signal(float)
    valueIsChanging = QtCore.Signal(float)
    decimalsChanged = QtCore.Signal(int)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider, self._box = ctkDoubleSlider(self), ctkDoubleSpinBox(self)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._box)
        self._box.setRange(0.0, 99.0)
        self._told = 0.0
        self._slider.valueChanged.connect(self._from_slider)
        self._slider._changing.connect(self._shows)
        self._box.valueChanged.connect(self._from_box)

    def _shows(self, value: float) -> None:
        self._box.blockSignals(True)
        self._box.setValue(value)
        self._box.blockSignals(False)
        self.valueIsChanging.emit(value)

    def _from_slider(self, value: float) -> None:
        self._box.blockSignals(True)
        self._box.setValue(value)
        self._box.blockSignals(False)
        self._tell(self._box.value())

    def _from_box(self, value: float) -> None:
        self._slider.blockSignals(True)
        self._slider.setValue(value)
        self._slider.blockSignals(False)
        self._tell(value)

    def _tell(self, value: float) -> None:
        if value != self._told:
            self._told = value
            self.valueIsChanging.emit(value)
            self.valueChanged.emit(value)

    def _set_range(self, low: float, high: float) -> None:
        self._slider._set_range(low, high)
        self._box.setRange(low, high)

    def _set_step(self, step: float) -> None:
        self._slider.setProperty("singleStep", step)
        self._box.setSingleStep(step)

    def _set_tracking(self, value: bool) -> None:
        self._slider.setProperty("tracking", value)

    value = QtCore.Property(float, lambda self: self._box.value(), lambda self, value: self._box.setValue(value))
    minimum = QtCore.Property(
        float, lambda self: self._box.minimum(), lambda self, v: self._set_range(v, max(v, self._box.maximum()))
    )
    maximum = QtCore.Property(
        float, lambda self: self._box.maximum(), lambda self, v: self._set_range(min(v, self._box.minimum()), v)
    )
    singleStep = QtCore.Property(float, lambda self: self._box.singleStep(), lambda self, value: self._set_step(value))
    decimals = QtCore.Property(int, lambda self: self._box.decimals(), lambda self, value: self._box.setDecimals(value))
    suffix = QtCore.Property(str, lambda self: self._box.suffix(), lambda self, value: self._box.setSuffix(value))
    prefix = QtCore.Property(str, lambda self: self._box.prefix(), lambda self, value: self._box.setPrefix(value))
    tracking = QtCore.Property(
        bool, lambda self: self._slider.property("tracking"), lambda self, value: self._set_tracking(value)
    )
    spinBoxVisible = QtCore.Property(
        bool, lambda self: not self._box.isHidden(), lambda self, value: self._box.setVisible(value)
    )
    pageStep = stored(float, "pageStep", default=1.0)

    def setValue(self, value: float) -> None:
        self._box.setValue(float(value))

    def setDecimals(self, value: int) -> None:
        self._box.setDecimals(value)

    def setSpinBoxVisible(self, value: bool) -> None:
        self._box.setVisible(value)

    def reset(self) -> None:
        self._box.setValue(self._box.minimum())


class ctkRangeWidget(QtWidgets.QWidget):
    """Two numbers that span a range: two spin boxes about a bar with two handles."""

    valuesChanged = QtCore.Signal(float, float)
    minimumValueChanged = QtCore.Signal(float)
    maximumValueChanged = QtCore.Signal(float)
    minimumValueIsChanging = QtCore.Signal(float)
    maximumValueIsChanging = QtCore.Signal(float)
    rangeChanged = QtCore.Signal(float, float)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._low_box, self._high_box, self._bar = ctkDoubleSpinBox(self), ctkDoubleSpinBox(self), _RangeBar(self)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._low_box)
        layout.addWidget(self._bar, 1)
        layout.addWidget(self._high_box)
        self._values = (0.0, 99.0)
        self._set_range(0.0, 99.0)
        self.setValues(0.0, 99.0)
        self._low_box.valueChanged.connect(lambda v: self.setValues(v, max(v, self._values[1])))
        self._high_box.valueChanged.connect(lambda v: self.setValues(min(v, self._values[0]), v))

    def _set_range(self, low: float, high: float) -> None:
        for box in (self._low_box, self._high_box):
            box.blockSignals(True)
            box.setRange(low, high)
            box.blockSignals(False)
        self._bar.limits = (low, high)
        self.rangeChanged.emit(low, high)
        self.setValues(*(min(max(v, low), high) for v in self._values))

    def setRange(self, low: float, high: float) -> None:
        self._set_range(float(low), float(high))

    def setValues(self, low: float, high: float) -> None:
        before, self._values = self._values, (float(low), float(high))
        for box, value in zip((self._low_box, self._high_box), self._values, strict=True):
            box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(False)
        self._bar.values = self._values
        self._bar.update()
        if before == self._values:
            return
        if before[0] != self._values[0]:
            self.minimumValueChanged.emit(self._values[0])
        if before[1] != self._values[1]:
            self.maximumValueChanged.emit(self._values[1])
        self.valuesChanged.emit(*self._values)

    minimum = QtCore.Property(
        float, lambda self: self._low_box.minimum(), lambda self, v: self._set_range(v, max(v, self._low_box.maximum()))
    )
    maximum = QtCore.Property(
        float, lambda self: self._low_box.maximum(), lambda self, v: self._set_range(min(v, self._low_box.minimum()), v)
    )
    minimumValue = QtCore.Property(
        float, lambda self: self._values[0], lambda self, v: self.setValues(v, max(v, self._values[1]))
    )
    maximumValue = QtCore.Property(
        float, lambda self: self._values[1], lambda self, v: self.setValues(min(v, self._values[0]), v)
    )
    decimals = QtCore.Property(int, lambda self: self._low_box.decimals(), lambda self, value: self._set_decimals(value))
    singleStep = QtCore.Property(float, lambda self: self._low_box.singleStep(), lambda self, value: self._set_step(value))
    suffix = QtCore.Property(str, lambda self: self._low_box.suffix(), lambda self, value: self._set_suffix(value))

    tracking = stored(bool, "tracking", default=True)
    symmetricMoves = stored(bool, "symmetricMoves", default=False)

    def setMinimumValue(self, value: float) -> None:
        self.setProperty("minimumValue", float(value))

    def setMaximumValue(self, value: float) -> None:
        self.setProperty("maximumValue", float(value))

    def setDecimals(self, value: int) -> None:
        self._set_decimals(value)

    def reset(self) -> None:
        self.setValues(self._low_box.minimum(), self._low_box.maximum())

    def _set_decimals(self, value: int) -> None:
        self._low_box.setDecimals(value)
        self._high_box.setDecimals(value)

    def _set_step(self, value: float) -> None:
        self._low_box.setSingleStep(value)
        self._high_box.setSingleStep(value)

    def _set_suffix(self, value: str) -> None:
        self._low_box.setSuffix(value)
        self._high_box.setSuffix(value)


class _RangeBar(QtWidgets.QWidget):
    """The bar between the two numbers; it shows the range and takes no clicks."""

    def __init__(self, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.limits, self.values = (0.0, 1.0), (0.0, 1.0)
        self.setMinimumSize(40, 16)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtGui.QPainter(self)
        low, high = self.limits
        span = (high - low) or 1.0
        left, right = ((value - low) / span * (self.width() - 8) + 4 for value in self.values)
        middle = self.height() / 2
        painter.setPen(QtGui.QPen(self.palette().mid(), 3))
        painter.drawLine(QtCore.QPointF(4, middle), QtCore.QPointF(self.width() - 4, middle))
        painter.setPen(QtGui.QPen(self.palette().highlight(), 3))
        painter.drawLine(QtCore.QPointF(left, middle), QtCore.QPointF(right, middle))
        painter.setBrush(self.palette().button())
        for x in (left, right):
            painter.drawEllipse(QtCore.QPointF(x, middle), 4, 6)
