"""Choices of ctk: path, directory, combo boxes, check box, colour, search."""
# ruff: noqa: N801, N802, N815 - the names are ctk's

from __future__ import annotations

import enum

from PySide6 import QtCore, QtGui, QtWidgets

from .stored import stored


class ctkPathLineEdit(QtWidgets.QWidget):
    """A path with a browse button."""

    class Filter(enum.Flag):
        Dirs = 0x001
        Files = 0x002
        Drives = 0x004
        NoSymLinks = 0x008
        Readable = 0x010
        Writable = 0x020
        Executable = 0x040
        Hidden = 0x100
        NoDotDot = 0x4000

    currentPathChanged = QtCore.Signal(str)
    validInputChanged = QtCore.Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._combo = QtWidgets.QComboBox(self)
        self._combo.setEditable(True)
        self._combo.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self._combo.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
        self._combo.setMinimumContentsLength(8)
        self._button = QtWidgets.QToolButton(self)
        self._button.setText("...")
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo, 1)
        layout.addWidget(self._button)
        self._combo.editTextChanged.connect(self._changed)
        self._button.clicked.connect(self.browse)

    def _changed(self, text: str) -> None:
        self.currentPathChanged.emit(text)

    def browse(self) -> None:
        directories = self.property("filters") & self.Filter.Dirs.value
        ask = QtWidgets.QFileDialog.getExistingDirectory if directories else QtWidgets.QFileDialog.getOpenFileName
        chosen = ask(self, "Select", self._combo.currentText())
        path = chosen if isinstance(chosen, str) else chosen[0]
        if path:
            self._combo.setEditText(path)

    def addCurrentPathToHistory(self) -> None:
        if self._combo.findText(self._combo.currentText()) < 0:
            self._combo.addItem(self._combo.currentText())

    currentPath = QtCore.Property(str, lambda self: self._combo.currentText(), lambda self, path: self._combo.setEditText(path))
    filters = stored(int, "filters", default=Filter.Files.value)
    nameFilters = stored("QStringList", "nameFilters", default=list)
    showBrowseButton = QtCore.Property(
        bool, lambda self: not self._button.isHidden(), lambda self, on: self._button.setVisible(on)
    )
    settingKey = stored(str, "settingKey", default="")
    label = stored(str, "label", default="")
    minimumContentsLength = stored(int, "minimumContentsLength", default=0)
    showHistoryButton = stored(bool, "showHistoryButton", default=True)

    def setCurrentPath(self, path: str) -> None:
        self._combo.setEditText(path)

    def comboBox(self) -> QtWidgets.QComboBox:
        return self._combo


class ctkDirectoryButton(QtWidgets.QWidget):
    """A button that names a folder and asks for another."""

    directoryChanged = QtCore.Signal(str)
    directorySelected = QtCore.Signal(str)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = QtCore.QDir.currentPath()
        self._button = QtWidgets.QPushButton(self._folder, self)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._button)
        self._button.clicked.connect(self.browse)

    def browse(self) -> None:
        chosen = QtWidgets.QFileDialog.getExistingDirectory(self, self.property("caption"), self._folder)
        if chosen:
            self._set(chosen)
            self.directorySelected.emit(chosen)

    def _set(self, folder: str) -> None:
        if folder != self._folder:
            self._folder = folder
            self._button.setText(folder)
            self.directoryChanged.emit(folder)

    directory = QtCore.Property(str, lambda self: self._folder, lambda self, folder: self._set(folder))
    caption = stored(str, "caption", default="Select a folder")
    text = QtCore.Property(str, lambda self: self._button.text(), lambda self, text: self._button.setText(text))


class ctkComboBox(QtWidgets.QComboBox):
    """A combo box that shows a default text when nothing is chosen."""

    defaultText = QtCore.Property(str, lambda self: self.placeholderText(), lambda self, text: self.setPlaceholderText(text))
    elideMode = stored(int, "elideMode", default=0)
    forceDefault = stored(bool, "forceDefault", default=False)


class ctkCheckBox(QtWidgets.QCheckBox):
    """A check box; ctk's own adds an icon as indicator."""

    indicatorIcon = stored(QtGui.QIcon, "indicatorIcon", default=QtGui.QIcon)
    indicatorIconSize = stored(QtCore.QSize, "indicatorIconSize", default=QtCore.QSize)


class ctkPushButton(QtWidgets.QPushButton):
    """A push button; ctk's own aligns text and icon."""

    elideMode = stored(int, "elideMode", default=0)
    buttonTextAlignment = stored(int, "buttonTextAlignment", default=0x84)


class ctkCheckablePushButton(ctkPushButton):
    """A push button with a check box in it."""

    checkBoxToggled = QtCore.Signal(bool)
    checkState = stored(int, "checkState", default=0)
    checkBoxUserCheckable = stored(bool, "checkBoxUserCheckable", default=True)
    indicatorAlignment = stored(int, "indicatorAlignment", default=0x81)


class ctkSearchBox(QtWidgets.QLineEdit):
    """A line edit with a sign for search and one for clear."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setClearButtonEnabled(True)

    showSearchIcon = stored(bool, "showSearchIcon", default=True)
    alwaysShowClearIcon = stored(bool, "alwaysShowClearIcon", default=False)


class ctkColorPickerButton(QtWidgets.QPushButton):
    """A button that shows and asks for a colour."""

    colorChanged = QtCore.Signal(QtGui.QColor)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = QtGui.QColor(0, 0, 0)
        self.clicked.connect(self._ask)

    def _ask(self) -> None:
        chosen = QtWidgets.QColorDialog.getColor(self._color, self)
        if chosen.isValid():
            self._set(chosen)

    def _set(self, color: QtGui.QColor) -> None:
        if color == self._color:
            return
        self._color = QtGui.QColor(color)
        picture = QtGui.QPixmap(16, 16)
        picture.fill(self._color)
        self.setIcon(QtGui.QIcon(picture))
        self.colorChanged.emit(self._color)

    color = QtCore.Property(QtGui.QColor, lambda self: self._color, lambda self, color: self._set(color))
    displayColorName = stored(bool, "displayColorName", default=True)

    def setColor(self, color: QtGui.QColor) -> None:
        self._set(color)
