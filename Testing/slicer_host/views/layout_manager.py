"""`slicer.app.layoutManager()`: three slice views and a 3D view in four fields."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtCore, QtWidgets

from .slice_view import qMRMLSliceWidget
from .three_d_view import qMRMLThreeDWidget

SLICES = {"Red": ("Axial", "#f34a33"), "Green": ("Coronal", "#6eb04b"), "Yellow": ("Sagittal", "#edd54c")}


class qSlicerLayoutManager(QtCore.QObject):
    """The views of the application. `slicer.app.layoutManager()` is None when the host has no views."""

    layoutChanged = QtCore.Signal(int)

    def __init__(self, core: Any, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._core, self._layout = core, 3  # SlicerLayoutFourUpView
        self._viewport = QtWidgets.QWidget()
        self._viewport.setObjectName("CentralWidgetLayoutFrame")
        grid = QtWidgets.QGridLayout(self._viewport)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2)
        self._slices: dict[str, qMRMLSliceWidget] = {}
        scene, logic = core.scene, core.application_logic
        for place, (name, (orientation, color)) in zip(((0, 0), (1, 0), (1, 1)), SLICES.items(), strict=True):
            one = slicer.vtkMRMLSliceLogic()
            one.SetMRMLApplicationLogic(logic)
            logic.GetSliceLogics().AddItem(one)
            one.SetMRMLScene(scene)
            node = one.AddSliceNode(name)
            node.SetOrientation(orientation)
            self._slices[name] = qMRMLSliceWidget(name, color, one, logic)
            grid.addWidget(self._slices[name], *place)
        view_logic = slicer.vtkMRMLViewLogic()
        view_logic.SetMRMLApplicationLogic(logic)
        logic.GetViewLogics().AddItem(view_logic)
        view_logic.SetMRMLScene(scene)
        self._view_logic = view_logic
        view_node = view_logic.AddViewNode("1")
        view_node.SetBoxVisible(0)  # the box stays about the origin without the application's view controller
        view_node.SetAxisLabelsVisible(0)
        self._three_d = qMRMLThreeDWidget(view_node, logic)
        grid.addWidget(self._three_d, 0, 1)

    layout = QtCore.Property(int, lambda self: self._layout, lambda self, value: self._set_layout(value))
    threeDViewCount = QtCore.Property(int, lambda _self: 1)
    tableViewCount = QtCore.Property(int, lambda _self: 0)
    plotViewCount = QtCore.Property(int, lambda _self: 0)

    def viewport(self) -> Any:
        return self._viewport

    def sliceViewNames(self) -> list[str]:
        return list(self._slices)

    def sliceWidget(self, name: str) -> Any:
        return self._slices.get(name)

    def threeDWidget(self, index: int) -> Any:
        return self._three_d if index == 0 else None

    def mrmlSliceLogics(self) -> Any:
        return self._core.application_logic.GetSliceLogics()

    def resetSliceViews(self) -> None:
        for widget in self._slices.values():
            widget.fitSliceToBackground()

    def resetThreeDViews(self) -> None:
        self._three_d.threeDView().resetFocalPoint()

    def _set_layout(self, layout: int) -> None:
        """Keep the number and tell it; the stand-in shows four fields whatever is asked for."""
        if layout != self._layout:
            self._layout = layout
            self.layoutChanged.emit(layout)

    def setLayout(self, layout: int) -> None:
        self._set_layout(layout)

    def _set_paused(self, paused: bool) -> None:
        for view in self._views():
            view._paused = paused
            if not paused:
                view.update()

    def _views(self) -> list[Any]:
        return [*(widget.sliceView() for widget in self._slices.values()), self._three_d.threeDView()]

    def _close(self) -> None:
        for widget in (*self._slices.values(), self._three_d):
            widget._close()
        logic = self._core.application_logic
        for one in [w._logic for w in self._slices.values()] + [self._view_logic]:
            one.SetMRMLScene(None)
        logic.GetSliceLogics().RemoveAllItems()
        logic.GetViewLogics().RemoveAllItems()
        for factory in (slicer.vtkMRMLSliceViewDisplayableManagerFactory, slicer.vtkMRMLThreeDViewDisplayableManagerFactory):
            factory.GetInstance().SetMRMLApplicationLogic(None)
