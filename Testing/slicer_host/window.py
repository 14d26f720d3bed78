"""The main window: the panel beside the views."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtWidgets

from .application.modules import qSlicerScriptedLoadableModule
from .bridge.values import wrap


class qSlicerModuleSelectorToolBar(QtWidgets.QToolBar):
    """Which module is in front."""

    moduleSelected = QtCore.Signal(str)

    def __init__(self, application: Any, window: qSlicerMainWindow) -> None:
        super().__init__(window)
        self._application, self._main, self._name = application, window, ""

    selectedModule = QtCore.Property(str, lambda self: self._name)

    def selectModule(self, name: str) -> None:
        module = self._application._manager.module(name)
        if module is None:
            return
        self._name = name
        scripted = isinstance(module, qSlicerScriptedLoadableModule)
        self._main._show_panel(module.widgetRepresentation() if scripted else None)
        if scripted:
            module.widgetRepresentation().enter()
        self.moduleSelected.emit(name)


class qSlicerMainWindow(QtWidgets.QMainWindow):
    """A window with the module's panel at the left and the views at the right."""

    def __init__(self, application: Any) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.setWindowTitle("Stand-in for 3D Slicer")
        self._selector = qSlicerModuleSelectorToolBar(application, self)
        self._dock = QtWidgets.QDockWidget("Module", self)
        self._dock.setObjectName("PanelDockWidget")
        self._scroll = QtWidgets.QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._scroll.setMinimumWidth(380)
        self._dock.setWidget(self._scroll)
        self.addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, self._dock)
        if application._layout_manager is not None:
            self.setCentralWidget(application._layout_manager.viewport())
        self.statusBar()
        self.resize(1280, 860)
        self.show()

    def _show_panel(self, widget: QtWidgets.QWidget | None) -> None:
        shown = self._scroll.takeWidget()
        if shown is not None and shown is not widget:
            if hasattr(shown, "exit"):
                shown.exit()
            shown.setParent(None)
        if widget is not None:
            self._scroll.setWidget(widget)
            widget.show()

    def moduleSelector(self) -> Any:
        return self._selector

    def _wrapped(self) -> Any:
        return wrap(self)
