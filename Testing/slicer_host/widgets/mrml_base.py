"""The base of qMRML widgets: a widget that knows the MRML scene and hears it."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import shiboken6
from PySide6 import QtCore, QtWidgets


class SceneListener:
    """Observers of a MRML scene that end with the widget that asked for them."""

    def __init__(self, owner: QtCore.QObject) -> None:
        self._owner = owner
        self._scene: Any = None
        self._tags: list[tuple[Any, int]] = []
        owner.destroyed.connect(self.stop)

    def listen(self, scene: Any, events: dict[int, Callable[..., None]]) -> None:
        self.stop()
        self._scene = scene
        if scene is None:
            return
        for event, react in events.items():
            self._tags.append((scene, scene.AddObserver(event, self._guarded(react))))

    def _guarded(self, react: Callable[..., None]) -> Callable[..., None]:
        # No call data is asked for: the ends of batches carry none that VTK could turn into an object, and it would crash.
        def heard(caller: Any, event: str) -> None:
            if shiboken6.isValid(self._owner):
                react(caller, event)

        return heard

    def stop(self) -> None:
        for subject, tag in self._tags:
            subject.RemoveObserver(tag)
        self._tags.clear()


class qMRMLWidget(QtWidgets.QWidget):
    """A widget with a scene; children in a .ui get the scene by the signal mrmlSceneChanged."""

    CPP_SIGNALS: ClassVar[dict[str, str]] = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged(PyObject)"}
    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Any = None

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self) -> Any:
        return self._scene
