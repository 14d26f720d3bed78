"""Number widgets of qMRML: those of ctk that know the scene, whose units they would show."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

from typing import Any, ClassVar

from PySide6 import QtCore

from .ctk_numbers import ctkDoubleSpinBox, ctkRangeWidget, ctkSliderWidget
from .mrml_base import qMRMLWidget
from .stored import stored

_SCENE_SIGNAL = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged(PyObject)"}


class _WithScene:
    """The scene of a number widget, and the quantity whose unit Slicer would show."""

    _scene: Any = None

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)  # type: ignore[attr-defined]

    def mrmlScene(self) -> Any:
        return self._scene


class qMRMLSliderWidget(_WithScene, ctkSliderWidget):
    """A slider with a number."""

    CPP_SIGNALS: ClassVar[dict[str, str]] = _SCENE_SIGNAL
    mrmlSceneChanged = QtCore.Signal(object)
    quantity = stored(str, "quantity", default="")


class qMRMLSpinBox(_WithScene, ctkDoubleSpinBox):
    """A number."""

    CPP_SIGNALS: ClassVar[dict[str, str]] = _SCENE_SIGNAL
    mrmlSceneChanged = QtCore.Signal(object)
    quantity = stored(str, "quantity", default="")


class qMRMLRangeWidget(_WithScene, ctkRangeWidget):
    """Two numbers that span a range."""

    CPP_SIGNALS: ClassVar[dict[str, str]] = _SCENE_SIGNAL
    mrmlSceneChanged = QtCore.Signal(object)
    quantity = stored(str, "quantity", default="")


class qSlicerWidget(qMRMLWidget):
    """A widget with a scene, as the application's library has it."""
