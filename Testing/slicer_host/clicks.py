"""Clicking, typing and choosing as a person does, on wrapped widgets."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtTest, QtWidgets

from .bridge.values import unwrap


class Clicks:
    """What a test does with a panel; each act is refused with a sentence when a person could not do it."""

    def settle(self, milliseconds: int = 0) -> None:
        raise NotImplementedError

    def _ready(self, widget: Any, act: str) -> QtWidgets.QWidget:
        native = unwrap(widget)
        name = native.objectName() or type(native).__name__
        if not native.isVisible():
            raise AssertionError(f'"{name}" is not visible, so nobody can {act} it.')
        if not native.isEnabled():
            tip = native.toolTip()
            raise AssertionError(f'"{name}" is disabled, so nobody can {act} it{f" ({tip})" if tip else ""}.')
        return native

    def click(self, widget: Any) -> None:
        """Click a button, a check box or a header with the left mouse button."""
        native = self._ready(widget, "click")
        place = QtCore.QPoint(native.width() // 2, native.height() // 2)
        if isinstance(native, QtWidgets.QCheckBox | QtWidgets.QRadioButton):
            place = QtCore.QPoint(8, native.height() // 2)
        elif not native.hitButton(place) if isinstance(native, QtWidgets.QAbstractButton) else False:
            place = QtCore.QPoint(native.width() // 2, 8)
        QtTest.QTest.mouseClick(native, QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier, place)
        self.settle()

    def choose(self, widget: Any, text: str) -> None:
        """Choose an entry of a combo box (plain, of nodes or of segments) by its text."""
        native = self._ready(widget, "choose in")
        combo = native if isinstance(native, QtWidgets.QComboBox) else native.findChildren(QtWidgets.QComboBox)[-1]
        index = combo.findText(text)
        if index < 0:
            offered = ", ".join(f'"{combo.itemText(i)}"' for i in range(combo.count()))
            raise AssertionError(f'"{text}" is not offered by "{native.objectName()}": it offers {offered or "nothing"}.')
        combo.setCurrentIndex(index)
        combo.activated.emit(index)
        self.settle()

    def type(self, widget: Any, text: str) -> None:
        """Type a text or a number into a line edit, a spin box, a slider's spin box or a path; Enter at the end."""
        native = self._ready(widget, "type into")
        kinds = (QtWidgets.QLineEdit, QtWidgets.QAbstractSpinBox, QtWidgets.QComboBox)
        editor = (
            native if isinstance(native, kinds) else next((c for kind in kinds[1:] for c in native.findChildren(kind)), None)
        )
        editor = native.findChildren(QtWidgets.QLineEdit)[0] if editor is None else editor
        line = editor if isinstance(editor, QtWidgets.QLineEdit) else editor.findChild(QtWidgets.QLineEdit)
        line.setFocus()
        line.selectAll()
        QtTest.QTest.keyClicks(line, text)
        QtTest.QTest.keyClick(line, QtCore.Qt.Key.Key_Return)
        self.settle()

    def drag(self, widget: Any, value: float, steps: int = 5) -> None:
        """Drag a slider's handle to a value in some steps, as a hand does; the button is released at the end."""
        native = self._ready(widget, "drag")
        bar = native if isinstance(native, QtWidgets.QSlider) else native.findChildren(QtWidgets.QSlider)[0]
        low, high = (native.property(name) for name in ("minimum", "maximum"))
        start, end = bar.value(), bar.minimum() + (value - low) / ((high - low) or 1.0) * (bar.maximum() - bar.minimum())
        bar.setSliderDown(True)
        for step in range(1, steps + 1):
            bar.setSliderPosition(round(start + (end - start) * step / steps))
            self.settle()
        bar.setSliderDown(False)
        self.settle()

    def scroll(self, widget: Any, steps: int) -> None:
        """Turn the mouse wheel over the middle of a view; a positive number turns it away from the hand."""
        native = self._ready(widget, "scroll in")
        middle = QtCore.QPointF(native.width() / 2, native.height() / 2)
        for _ in range(abs(steps)):
            turn = QtCore.QPoint(0, 120 if steps > 0 else -120)
            event = QtGui.QWheelEvent(
                middle,
                native.mapToGlobal(middle),
                QtCore.QPoint(),
                turn,
                QtCore.Qt.MouseButton.NoButton,
                QtCore.Qt.KeyboardModifier.NoModifier,
                QtCore.Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QtWidgets.QApplication.sendEvent(native, event)
            self.settle()

    def click_at(self, widget: Any, x: float, y: float) -> None:
        """Click into a widget at shares of its width and height, such as the middle of a view at 0.5, 0.5."""
        native = self._ready(widget, "click into")
        place = QtCore.QPoint(round(native.width() * x), round(native.height() * y))
        QtTest.QTest.mouseMove(native, place)
        QtTest.QTest.mouseClick(native, QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier, place)
        self.settle()

    def click_item(self, widget: Any, row: int, column: int = 0) -> None:
        """Click a cell of a table, scrolled into view first."""
        native = self._ready(widget, "click in")
        item = native.item(row, column)
        native.scrollToItem(item)
        place = native.visualItemRect(item).center()
        view = native.viewport()
        QtTest.QTest.mouseClick(view, QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier, place)
        self.settle()

    def press(self, widget: Any, key: str) -> None:
        """Press a key by its Qt name, such as ``"Key_Escape"``."""
        QtTest.QTest.keyClick(unwrap(widget), getattr(QtCore.Qt.Key, key))
        self.settle()
