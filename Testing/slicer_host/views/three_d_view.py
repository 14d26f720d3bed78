"""The 3D view: Slicer's view node, displayable managers and interactor style behind a widget."""
# ruff: noqa: N801, N802 - the names are Slicer's

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtWidgets

from .rendering import RenderedWidget
from .slice_view import register_managers

MANAGERS = (
    "vtkMRMLCameraDisplayableManager", "vtkMRMLViewDisplayableManager", "vtkMRMLModelDisplayableManager",
    "vtkMRMLThreeDReformatDisplayableManager",
    "vtkMRMLCrosshairDisplayableManager3D", "vtkMRMLOrientationMarkerDisplayableManager",
    "vtkMRMLRulerDisplayableManager", "vtkMRMLSegmentationsDisplayableManager3D", "vtkMRMLMarkupsDisplayableManager",
)  # fmt: skip


class qMRMLThreeDView(RenderedWidget):
    """The picture of the 3D view."""

    def __init__(self, view_node: Any, application_logic: Any, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._node = view_node
        self._style = slicer.vtkMRMLThreeDViewInteractorStyle()
        self._style.SetInteractor(self._interactor)
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        register_managers(factory, MANAGERS, application_logic)
        self._group = factory.InstantiateDisplayableManagers(self._renderer)
        self._group.SetMRMLDisplayableNode(view_node)
        self._style.SetDisplayableManagers(self._group)
        self._renderer.GradientBackgroundOn()
        self._renderer.SetBackground(0.757, 0.764, 0.909)
        self._renderer.SetBackground2(0.459, 0.471, 0.745)
        self._interactor.Initialize()
        self._tag = self._group.AddObserver("UpdateEvent", lambda *_: None if self._closed else self.scheduleRender())

    def mrmlViewNode(self) -> Any:
        return self._node

    def resetFocalPoint(self) -> None:
        frame = self._node.GetBoxVisible(), self._node.GetAxisLabelsVisible()
        self._node.SetBoxVisible(0)
        self._node.SetAxisLabelsVisible(0)
        self._renderer.ResetCamera()
        self._node.SetBoxVisible(frame[0])
        self._node.SetAxisLabelsVisible(frame[1])
        self.scheduleRender()

    def renderWindow(self) -> Any:
        return self._window

    def interactor(self) -> Any:
        return self._interactor

    def _before_render(self) -> None:
        self._renderer.ResetCameraClippingRange()

    def _close(self) -> None:
        if not self._closed:
            self._group.RemoveObserver(self._tag)
            self._style.SetInteractor(None)
        super()._close()
        self._group = self._style = None


class qMRMLThreeDWidget(QtWidgets.QWidget):
    """The 3D view with its bar."""

    def __init__(self, view_node: Any, application_logic: Any, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = qMRMLThreeDView(view_node, application_logic)
        label = QtWidgets.QLabel("1")
        label.setStyleSheet("background: #7475be; color: black; padding: 0 6px; font-weight: bold")
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(label)
        layout.addWidget(self._view, 1)

    def threeDView(self) -> Any:
        return self._view

    def mrmlViewNode(self) -> Any:
        return self._view.mrmlViewNode()

    def _close(self) -> None:
        self._view._close()
