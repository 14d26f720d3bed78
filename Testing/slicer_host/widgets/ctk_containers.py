"""Containers of ctk: the collapsible button and group box, the expand button, the message box."""
# ruff: noqa: N801, N802, N815 - the names are ctk's

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

from .stored import stored


class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A header that shows and hides what lies below it; it is itself the parent of its contents."""

    contentsCollapsed = QtCore.Signal(bool)

    def __init__(self, title: object = None, parent: QtWidgets.QWidget | None = None) -> None:
        if isinstance(title, QtWidgets.QWidget):
            title, parent = None, title
        super().__init__(parent)
        self._collapsed = False
        self._shown_before: list[QtWidgets.QWidget] = []
        self.setCheckable(True)
        self.setChecked(True)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Minimum, QtWidgets.QSizePolicy.Policy.Preferred)
        self.toggled.connect(lambda on: self._set_collapsed(not on))
        if isinstance(title, str):
            self.setText(title)
        self._set_margins()

    def _header_height(self) -> int:
        return max(22, self.fontMetrics().height() + 8)

    def _set_margins(self) -> None:
        self.setContentsMargins(0, self._header_height(), 0, 0)

    def _set_collapsed(self, value: bool) -> None:
        if value == self._collapsed:
            return
        self._collapsed = value
        if self.isChecked() == value:
            self.setChecked(not value)
        children = [c for c in self.children() if isinstance(c, QtWidgets.QWidget)]
        if value:
            self._shown_before = [c for c in children if not c.isHidden()]
            for child in self._shown_before:
                child.hide()
        else:
            for child in self._shown_before:
                child.show()
        self.setMaximumHeight(self._header_height() + 4 if value else 16777215)
        self.updateGeometry()
        self.contentsCollapsed.emit(value)

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        # Not when it is added: it is still being constructed then, and would stay a plain QWidget in Python for ever.
        if self.__dict__.get("_collapsed") and event.polished() and isinstance(event.child(), QtWidgets.QWidget):
            self._shown_before.append(event.child())
            event.child().hide()
        super().childEvent(event)

    collapsed = QtCore.Property(bool, lambda self: self._collapsed, lambda self, value: self._set_collapsed(value))
    flat = stored(bool, "flat", default=False)
    contentsFrameShape = stored(int, "contentsFrameShape", default=0)
    buttonTextAlignment = stored(int, "buttonTextAlignment", default=0)
    collapsedHeight = stored(int, "collapsedHeight", default=10)
    contentsLineWidth = stored(int, "contentsLineWidth", default=1)

    def sizeHint(self) -> QtCore.QSize:
        header = QtCore.QSize(self.fontMetrics().horizontalAdvance(self.text()) + 40, self._header_height())
        layout = self.layout()
        if self._collapsed or layout is None:
            return header
        inner = layout.totalSizeHint()
        return inner.expandedTo(header)

    def minimumSizeHint(self) -> QtCore.QSize:
        layout = self.layout()
        header = QtCore.QSize(60, self._header_height())
        return header if self._collapsed or layout is None else layout.totalMinimumSize().expandedTo(header)

    def hitButton(self, position: QtCore.QPoint) -> bool:
        return position.y() <= self._header_height()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width(), self._header_height())
        option.state |= QtWidgets.QStyle.StateFlag.State_Raised
        painter.drawControl(QtWidgets.QStyle.ControlElement.CE_PushButtonBevel, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(6, (self._header_height() - 10) // 2, 10, 10)
        elements = QtWidgets.QStyle.PrimitiveElement
        painter.drawPrimitive(elements.PE_IndicatorArrowRight if self._collapsed else elements.PE_IndicatorArrowDown, arrow)
        painter.drawItemText(
            option.rect.adjusted(24, 0, -4, 0),
            QtCore.Qt.AlignmentFlag.AlignVCenter | QtCore.Qt.TextFlag.TextShowMnemonic,
            self.palette(),
            self.isEnabled(),
            self.text(),
            QtGui.QPalette.ColorRole.ButtonText,
        )


class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    """A group box whose check mark folds it."""

    def __init__(self, title: object = None, parent: QtWidgets.QWidget | None = None) -> None:
        if isinstance(title, QtWidgets.QWidget):
            title, parent = None, title
        super().__init__(parent)
        self._folded: list[QtWidgets.QWidget] = []
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(self._expand)
        if isinstance(title, str):
            self.setTitle(title)

    def _expand(self, on: bool) -> None:
        children = [c for c in self.children() if isinstance(c, QtWidgets.QWidget)]
        if on:
            for child in self._folded:
                child.show()
        else:
            self._folded = [c for c in children if not c.isHidden()]
            for child in self._folded:
                child.hide()
        self.setMaximumHeight(16777215 if on else self.fontMetrics().height() + 8)

    collapsed = QtCore.Property(bool, lambda self: not self.isChecked(), lambda self, value: self.setChecked(not value))
    collapsedHeight = stored(int, "collapsedHeight", default=14)


class ctkExpandButton(QtWidgets.QToolButton):
    """A small button with an arrow that tells whether something is unfolded."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setArrowType(QtCore.Qt.ArrowType.RightArrow)
        self.toggled.connect(
            lambda on: self.setArrowType(QtCore.Qt.ArrowType.LeftArrow if on else QtCore.Qt.ArrowType.RightArrow)
        )

    mirrorOnExpand = stored(bool, "mirrorOnExpand", default=False)


class ctkMessageBox(QtWidgets.QMessageBox):
    """A message box that can be told not to come again; here it always comes."""

    dontShowAgain = stored(bool, "dontShowAgain", default=False)
    dontShowAgainVisible = stored(bool, "dontShowAgainVisible", default=False)
    dontShowAgainSettingsKey = stored(str, "dontShowAgainSettingsKey", default="")
