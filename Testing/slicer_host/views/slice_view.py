"""One slice view: Slicer's slice logic, displayable managers and interactor style behind a widget."""
# ruff: noqa: N801, N802 - the names are Slicer's

from __future__ import annotations

from typing import Any

import slicer
import vtk
from PySide6 import QtCore, QtWidgets

from .rendering import RenderedWidget

MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager", "vtkMRMLModelSliceDisplayableManager", "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager", "vtkMRMLRulerDisplayableManager", "vtkMRMLScalarBarDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D", "vtkMRMLMarkupsDisplayableManager", "vtkMRMLTransformsDisplayableManager2D",
)  # fmt: skip


def register_managers(factory: Any, names: tuple[str, ...], application_logic: Any) -> None:
    """Tell a factory of displayable managers what views show; names that slicer-core lacks are left out."""
    if factory.GetMRMLApplicationLogic() is not application_logic:
        factory.SetMRMLApplicationLogic(application_logic)
    for name in names:
        if hasattr(slicer, name) and not factory.IsDisplayableManagerRegistered(name):
            factory.RegisterDisplayableManager(name)


class qMRMLSliceView(RenderedWidget):
    """The picture of one slice."""

    def __init__(self, logic: Any, application_logic: Any, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._logic = logic
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        self._mapper.RenderToRectangleOff()
        actor = vtk.vtkActor2D()
        actor.SetMapper(self._mapper)
        actor.GetProperty().SetDisplayLocationToBackground()
        self._actor = actor
        # The image lies in a layer of its own, so that half-transparent fills above it are blended with it.
        self._image = vtk.vtkRenderer()
        self._image.SetLayer(0)
        self._renderer.SetLayer(1)
        self._window.SetNumberOfLayers(2)
        self._window.AddRenderer(self._image)
        self._renderer.GetActiveCamera().ParallelProjectionOn()
        self._style = slicer.vtkMRMLSliceViewInteractorStyle()
        self._style.SetInteractor(self._interactor)
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        register_managers(factory, MANAGERS, application_logic)
        self._group = factory.InstantiateDisplayableManagers(self._renderer)
        self._group.SetMRMLDisplayableNode(logic.GetSliceNode())
        self._style.SetDisplayableManagers(self._group)
        self._style.SetSliceLogic(logic)
        self._interactor.Initialize()
        self._tags = [
            (logic, logic.AddObserver("ModifiedEvent", self._heard)),
            (self._group, self._group.AddObserver("UpdateEvent", self._heard)),
        ]

    def _heard(self, *_: Any) -> None:
        if not self._closed:
            self.scheduleRender()

    def _size_changed(self, width: int, height: int) -> None:
        self._logic.ResizeSliceNode(width, height)

    def _before_render(self) -> None:
        source = self._logic.GetImageDataConnection()
        # Without a background volume the reslicer has no input; VTK would complain on every render.
        if source is not None and self._logic.GetBackgroundLayer().GetVolumeNode() is not None:
            self._mapper.SetInputConnection(source)
            if not self._image.HasViewProp(self._actor):
                self._image.AddViewProp(self._actor)
        elif self._image.HasViewProp(self._actor):
            self._image.RemoveViewProp(self._actor)

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def renderWindow(self) -> Any:
        return self._window

    def interactor(self) -> Any:
        return self._interactor

    def _close(self) -> None:
        if not self._closed:
            for subject, tag in self._tags:
                subject.RemoveObserver(tag)
            self._style.SetDisplayableManagers(None)
            self._style.SetSliceLogic(None)
            self._style.SetInteractor(None)
        super()._close()
        self._group = self._style = None


class qMRMLSliceWidget(QtWidgets.QWidget):
    """A slice view with its bar: name and offset."""

    def __init__(
        self, name: str, color: str, logic: Any, application_logic: Any, parent: QtWidgets.QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._logic = logic
        self.setObjectName(f"qMRMLSliceWidget{name}")
        self._label = QtWidgets.QLabel(name[0])
        self._label.setStyleSheet(f"background: {color}; color: black; padding: 0 6px; font-weight: bold")
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self._value = QtWidgets.QLabel()
        self._view = qMRMLSliceView(logic, application_logic)
        bar = QtWidgets.QHBoxLayout()
        bar.addWidget(self._label)
        bar.addWidget(self._slider, 1)
        bar.addWidget(self._value)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addLayout(bar)
        layout.addWidget(self._view, 1)
        self._slider.valueChanged.connect(self._moved)
        self._tag = logic.AddObserver("ModifiedEvent", lambda *_: self._show_offset())
        self._show_offset()

    def _show_offset(self) -> None:
        low_high, resolution = [0.0] * 2, [1.0]
        spacing, bounds = [1.0] * 3, [0.0] * 6
        self._logic.GetBackgroundSliceBounds(bounds)
        spacing = self._logic.GetLowestVolumeSliceSpacing() or spacing
        resolution[0] = abs(spacing[2]) or 1.0
        low_high = bounds[4:6]
        offset = self._logic.GetSliceOffset()
        self._value.setText(f"{offset:.1f} mm")
        self._slider.blockSignals(True)
        count = max(1, round((low_high[1] - low_high[0]) / resolution[0])) if low_high[1] > low_high[0] else 1
        self._slider.setRange(0, min(count, 100000))
        self._low, self._step = low_high[0], resolution[0]
        self._slider.setValue(round((offset - self._low) / self._step) if abs(offset) < 1e6 else 0)
        self._slider.blockSignals(False)

    def _moved(self, step: int) -> None:
        self._logic.SetSliceOffset(self._low + step * self._step)

    def sliceView(self) -> Any:
        return self._view

    def sliceLogic(self) -> Any:
        return self._logic

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def fitSliceToBackground(self) -> None:
        self._logic.FitSliceToBackground()

    def _close(self) -> None:
        self._logic.RemoveObserver(self._tag)
        self._view._close()
