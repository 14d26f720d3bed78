"""`slicer.modules` and the module manager: Slicer's own modules with their logics, and scripted modules from a file."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore, QtGui, QtWidgets

from ..bridge.values import wrap
from ..widgets.mrml_base import qMRMLWidget
from ..widgets.stored import stored


class qSlicerAbstractCoreModule(QtCore.QObject):
    """What every module of the application has."""

    def __init__(self, name: str, logic: Any = None, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._module_name, self._logic = name, logic
        self._widget: QtWidgets.QWidget | None = None
        self.__dict__["_title"] = name

    name = QtCore.Property(str, lambda self: self._module_name)
    title = stored(str, "title", default="")
    category = QtCore.Property(str, lambda self: (self.property("categories") or [""])[0])
    categories = stored("QStringList", "categories", default=list)
    contributors = stored("QStringList", "contributors", default=list)
    dependencies = stored("QStringList", "dependencies", default=list)
    associatedNodeTypes = stored("QStringList", "associatedNodeTypes", default=list)
    helpText = stored(str, "helpText", default="")
    acknowledgementText = stored(str, "acknowledgementText", default="")
    hidden = stored(bool, "hidden", default=False)
    index = stored(int, "index", default=-1)
    path = stored(str, "path", default="")
    icon = stored(QtGui.QIcon, "icon", default=QtGui.QIcon)
    widgetRepresentationCreationEnabled = stored(bool, "widgetRepresentationCreationEnabled", default=True)

    def logic(self) -> Any:
        return self._logic

    def mrmlScene(self) -> Any:
        return slicer.mrmlScene

    def widgetRepresentation(self) -> Any:
        return None

    def isHidden(self) -> bool:
        return bool(self.property("hidden"))


class qSlicerLoadableModule(qSlicerAbstractCoreModule):
    """A module of the application that is written in C++; the stand-in has its logic and no panel."""


class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The panel of a scripted module: the parent of everything that its Python class builds."""

    def __init__(self, module: qSlicerScriptedLoadableModule) -> None:
        super().__init__()
        self._module = module
        self._python: Any = None
        self._entered = False
        self.setObjectName(f"{module._module_name}ModuleWidget")
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(9, 9, 9, 9)

    def build(self) -> None:
        kind = getattr(sys.modules[self._module._module_name], f"{self._module._module_name}Widget")
        self._python = kind(wrap(self))
        setattr(slicer.modules, f"{self._module._module_name}Widget", self._python)
        self._python.setup()

    def self(self) -> Any:
        return self._python

    def reload(self) -> None:
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget):
                child.deleteLater()
        self.build()
        self.enter()

    isEntered = QtCore.Property(bool, lambda self: self._entered)

    def enter(self) -> None:
        self._entered = True
        getattr(self._python, "enter", lambda: None)()

    def exit(self) -> None:
        self._entered = False
        getattr(self._python, "exit", lambda: None)()

    def setEditedNode(self, node: Any, role: str = "", context: str = "") -> bool:
        """Ask the panel to show a node; False when its class has no such method or refuses."""
        ask = getattr(self._python, "setEditedNode", None)
        return bool(ask(node, role, context)) if ask is not None else False


class qSlicerScriptedLoadableModule(qSlicerAbstractCoreModule):
    """A module whose class, widget, logic and test stand in one Python file."""

    def __init__(self, file: Path, parent: QtCore.QObject | None = None) -> None:
        super().__init__(file.stem, None, parent)
        self.setProperty("path", str(file))
        self._python: Any = None

    def load(self) -> None:
        """Import the file as the application does and build the module's class."""
        name = self._module_name
        source = importlib.util.spec_from_file_location(name, str(self.property("path")))
        if source is None or source.loader is None:
            raise ImportError(f'"{self.property("path")}" is not a Python file.')
        module = importlib.util.module_from_spec(source)
        sys.modules[name] = module
        source.loader.exec_module(module)
        self._python = getattr(module, name)(wrap(self))

    def self(self) -> Any:
        return self._python

    def widgetRepresentation(self) -> Any:
        if self._widget is None:
            self._widget = self.createNewWidgetRepresentation()
        return self._widget

    def createNewWidgetRepresentation(self) -> Any:
        widget = qSlicerScriptedLoadableModuleWidget(self)
        widget.setMRMLScene(slicer.mrmlScene)
        if self._widget is None:
            self._widget = widget
        widget.build()
        return widget


class qSlicerModuleFactoryManager(QtCore.QObject):
    """Names of modules, and loading them from a file."""

    modulesRegistered = QtCore.Signal("QStringList")

    def loadedModuleNames(self) -> list[str]:
        return list(self.parent()._modules)

    def isLoaded(self, name: str) -> bool:
        return name in self.parent()._modules


class qSlicerModuleManager(QtCore.QObject):
    """All modules that are loaded."""

    moduleLoaded = QtCore.Signal(str)
    moduleAboutToBeUnloaded = QtCore.Signal(str)
    moduleUnloaded = QtCore.Signal(str)

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._modules: dict[str, qSlicerAbstractCoreModule] = {}
        self._factory = qSlicerModuleFactoryManager(self)

    def factoryManager(self) -> Any:
        return self._factory

    def modulesNames(self) -> list[str]:
        return list(self._modules)

    def module(self, name: str) -> Any:
        return self._modules.get(name)

    def _add(self, module: qSlicerAbstractCoreModule) -> None:
        name = module._module_name
        self._modules[name] = module
        setattr(slicer.modules, name.lower(), wrap(module))
        setattr(slicer.moduleNames, name, name)
        if isinstance(module, qSlicerScriptedLoadableModule):
            setattr(slicer.modules, f"{name}Instance", module._python)
        self.moduleLoaded.emit(name)

    def _add_scripted(self, file: Path) -> qSlicerScriptedLoadableModule:
        folder = str(file.parent)
        if folder not in sys.path:
            sys.path.append(folder)
        module = qSlicerScriptedLoadableModule(file, self)
        module.load()
        self._add(module)
        return module

    def _unload(self, name: str) -> None:
        module = self._modules.get(name)
        if module is None:
            return
        self.moduleAboutToBeUnloaded.emit(name)
        for attribute in (f"{name}Instance", f"{name}Widget", name.lower()):
            if hasattr(slicer.modules, attribute):
                delattr(slicer.modules, attribute)
        if hasattr(slicer.moduleNames, name):
            delattr(slicer.moduleNames, name)
        getattr(slicer, "selfTests", {}).pop(name, None)
        del self._modules[name]
        sys.modules.pop(name, None)
        if module._widget is not None:
            module._widget.deleteLater()
        module.deleteLater()
        self.moduleUnloaded.emit(name)


def report(error: BaseException) -> str:
    """Return the traceback of an error while a module was loaded, for people."""
    return "".join(traceback.format_exception(error))
