"""A widget that shows what a VTK render window renders off screen, and hands the mouse and keys on to VTK."""
# ruff: noqa: N802 - the names are Qt's

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import vtk
from PySide6 import QtCore, QtGui, QtWidgets
from vtk.util.numpy_support import vtk_to_numpy

_BUTTONS = {
    QtCore.Qt.MouseButton.LeftButton: "Left",
    QtCore.Qt.MouseButton.RightButton: "Right",
    QtCore.Qt.MouseButton.MiddleButton: "Middle",
}


class RenderedWidget(QtWidgets.QWidget):
    """Base of the views. Rendering off screen works alike with a display and without one, and never crashes at the end."""

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(80, 80)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._renderer = vtk.vtkRenderer()
        self._window.AddRenderer(self._renderer)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._interactor.EnableRenderOff()
        self._interactor.SetInteractorStyle(
            vtk.vtkInteractorStyleUser()
        )  # Slicer's own style observes the interactor beside it
        self._picture = QtGui.QImage()
        self._stale = True
        self._paused = False
        self._closed = False

    def _resize_window(self) -> None:
        ratio = self.devicePixelRatioF()
        width, height = max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))
        if tuple(self._window.GetSize()) != (width, height):
            self._window.SetSize(width, height)
            self._interactor.UpdateSize(width, height)
            self._size_changed(width, height)

    def _size_changed(self, width: int, height: int) -> None:
        """Let a view fit its node to the new size."""

    def _before_render(self) -> None:
        """Let a view bring its image up to date."""

    def scheduleRender(self) -> None:
        self._stale = True
        if not self._paused:
            self.update()

    def forceRender(self) -> None:
        """Render now and show the picture."""
        if self._closed:
            return
        self._resize_window()
        self._before_render()
        self._window.Render()
        self._picture = self._grab()
        self._stale = False
        self.update()

    def _grab(self) -> QtGui.QImage:
        width, height = self._window.GetSize()
        pixels = vtk.vtkUnsignedCharArray()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels)
        rows = np.flipud(vtk_to_numpy(pixels).reshape(height, width, 4))
        picture = QtGui.QImage(
            np.ascontiguousarray(rows).data, width, height, width * 4, QtGui.QImage.Format.Format_RGBX8888
        ).copy()
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        return picture

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        if self._stale and not self._paused and not self._closed:
            self.forceRender()
        painter = QtGui.QPainter(self)
        painter.fillRect(self.rect(), QtCore.Qt.GlobalColor.black)
        painter.drawImage(0, 0, self._picture)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleRender()

    def _place(self, event: Any) -> None:
        ratio, position, keys = self.devicePixelRatioF(), event.position(), event.modifiers()
        self._interactor.SetEventInformationFlipY(
            round(position.x() * ratio),
            round(position.y() * ratio),
            int(bool(keys & QtCore.Qt.KeyboardModifier.ControlModifier)),
            int(bool(keys & QtCore.Qt.KeyboardModifier.ShiftModifier)),
        )

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self._mouse(event, "ButtonPressEvent")

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        self._mouse(event, "ButtonReleaseEvent")

    def _mouse(self, event: QtGui.QMouseEvent, what: str) -> None:
        if event.button() in _BUTTONS:
            self._place(event)
            self._interactor.InvokeEvent(f"{_BUTTONS[event.button()]}{what}")
            self.scheduleRender()

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        self._place(event)
        self._interactor.InvokeEvent("MouseMoveEvent")
        if event.buttons() != QtCore.Qt.MouseButton.NoButton:
            self.scheduleRender()

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        self._place(event)
        forward = event.angleDelta().y() > 0
        self._interactor.InvokeEvent("MouseWheelForwardEvent" if forward else "MouseWheelBackwardEvent")
        self.scheduleRender()

    def _close(self) -> None:
        """Let go of VTK before Qt and Python take the process down."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(AttributeError):
            self._interactor.SetInteractorStyle(None)
        self._interactor.SetRenderWindow(None)
        self._window.Finalize()
