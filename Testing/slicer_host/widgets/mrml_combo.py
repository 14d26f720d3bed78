"""qMRMLNodeComboBox: choose, make, rename and delete nodes of the scene."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

from typing import Any, ClassVar

import slicer
from PySide6 import QtCore, QtWidgets

from .mrml_base import SceneListener
from .stored import stored

_NODE = QtCore.Qt.ItemDataRole.UserRole


class qMRMLNodeComboBox(QtWidgets.QWidget):
    """A combo box over the nodes of given classes and attributes."""

    CPP_SIGNALS: ClassVar[dict[str, str]] = {
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged(PyObject)",
        "currentNodeChanged(bool)": "currentNodeIsChosen(bool)",
        "nodeAdded(vtkMRMLNode*)": "nodeAdded(PyObject)",
        "nodeAddedByUser(vtkMRMLNode*)": "nodeAddedByUser(PyObject)",
        "mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged(PyObject)",
        "nodeActivated(vtkMRMLNode*)": "nodeActivated(PyObject)",
    }
    currentNodeChanged = QtCore.Signal(object)
    currentNodeIsChosen = QtCore.Signal(bool)
    currentNodeIDChanged = QtCore.Signal(str)
    nodeActivated = QtCore.Signal(object)
    nodeAdded = QtCore.Signal(object)
    nodeAddedByUser = QtCore.Signal(object)
    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene: Any = None
        self._attributes: dict[str, list[tuple[str, Any]]] = {}
        self._combo = QtWidgets.QComboBox(self)
        self._combo.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setMinimumContentsLength(6)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        self._listener = SceneListener(self)
        self._names = SceneListener(self)
        self._name_tags: list[tuple[Any, int]] = []
        self._chosen: str | None = None
        self._place = 0
        self._combo.activated.connect(self._activated)
        self._combo.currentIndexChanged.connect(self._index_changed)
        self.destroyed.connect(lambda *_: _forget(self._name_tags))
        self._fill()

    def _refill(self) -> None:
        self._fill()

    nodeTypes = stored("QStringList", "nodeTypes", default=list, changed="_refill")
    addEnabled = stored(bool, "addEnabled", default=True, changed="_refill")
    removeEnabled = stored(bool, "removeEnabled", default=True, changed="_refill")
    renameEnabled = stored(bool, "renameEnabled", default=False, changed="_refill")
    editEnabled = stored(bool, "editEnabled", default=False)
    noneEnabled = stored(bool, "noneEnabled", default=False, changed="_refill")
    noneDisplay = stored(str, "noneDisplay", default="None", changed="_refill")
    showHidden = stored(bool, "showHidden", default=False, changed="_refill")
    showChildNodeTypes = stored(bool, "showChildNodeTypes", default=True, changed="_refill")
    hideChildNodeTypes = stored("QStringList", "hideChildNodeTypes", default=list, changed="_refill")
    baseName = stored(str, "baseName", default="")
    selectNodeUponCreation = stored(bool, "selectNodeUponCreation", default=True)
    interactionNodeSingletonTag = stored(str, "interactionNodeSingletonTag", default="")
    currentNodeID = QtCore.Property(str, lambda self: self._chosen or "", lambda self, node_id: self.setCurrentNodeID(node_id))

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        self._scene = scene
        kind = slicer.vtkMRMLScene
        heard = dict.fromkeys((kind.NodeAddedEvent, kind.NodeRemovedEvent, kind.EndCloseEvent), self._scene_changed)
        heard[kind.EndBatchProcessEvent] = self._scene_changed
        self._listener.listen(scene, heard)
        self._fill()
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self) -> Any:
        return self._scene

    def addAttribute(self, node_type: str, name: str, value: Any = None) -> None:
        self._attributes.setdefault(node_type, []).append((name, value))
        self._fill()

    def removeAttribute(self, node_type: str, name: str) -> None:
        self._attributes[node_type] = [pair for pair in self._attributes.get(node_type, []) if pair[0] != name]
        self._fill()

    def currentNode(self) -> Any:
        return self._scene.GetNodeByID(self._chosen) if self._scene is not None and self._chosen else None

    def setCurrentNode(self, node: Any) -> None:
        self.setCurrentNodeID(node if isinstance(node, str) else node.GetID() if node is not None else "")

    def setCurrentNodeID(self, node_id: str | None) -> None:
        index = self._combo.findData(node_id or "", _NODE)
        self._combo.setCurrentIndex(index)
        if index < 0:
            self._choose(None)

    def setCurrentNodeIndex(self, index: int) -> None:
        nodes = self._nodes()
        self.setCurrentNode(nodes[index] if 0 <= index < len(nodes) else None)

    def nodeCount(self) -> int:
        return len(self._nodes())

    def nodeFromIndex(self, index: int) -> Any:
        nodes = self._nodes()
        return nodes[index] if 0 <= index < len(nodes) else None

    def addNode(self, node_type: str | None = None) -> Any:
        kind = node_type or (self.property("nodeTypes") or ["vtkMRMLNode"])[0]
        base = self.property("baseName") or kind.replace("vtkMRML", "").replace("Node", "")
        node = self._scene.AddNewNodeByClass(kind, self._scene.GenerateUniqueName(base))
        if self.property("selectNodeUponCreation"):
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        node = self.currentNode()
        if node is not None:
            self._scene.RemoveNode(node)

    def _nodes(self) -> list[Any]:
        if self._scene is None:
            return []
        found = (self._scene.GetNthNode(i) for i in range(self._scene.GetNumberOfNodes()))
        return [node for node in found if self._fits(node)]

    def _fits(self, node: Any) -> bool:
        types = self.property("nodeTypes") or []
        if self.property("showChildNodeTypes"):
            kinds = [kind for kind in types if node.IsA(kind)]
        else:
            kinds = [kind for kind in types if node.GetClassName() == kind]
        if not kinds or any(node.IsA(kind) for kind in self.property("hideChildNodeTypes") or []):
            return False
        if node.GetHideFromEditors() and not self.property("showHidden"):
            return False
        return all(self._has(node, name, value) for kind in kinds for name, value in self._attributes.get(kind, []))

    @staticmethod
    def _has(node: Any, name: str, value: Any) -> bool:
        mine = node.GetAttribute(name)
        return mine is not None and (value is None or mine == str(value))

    def _scene_changed(self, _scene: Any, event: str) -> None:
        # While a scene is loaded, closed or worked on in a batch, its nodes come and go: look once, at the end.
        if self._scene.IsBatchProcessing() and event != "EndBatchProcessEvent":
            return
        self._fill()

    def _fill(self) -> None:
        """Show the nodes anew; the choice stays, falls to the first node when there is no "None", or to a neighbour.

        A QComboBox whose current entry is removed shows the one that moves into its place, or the last one: so does Slicer.
        """
        before, place = self._chosen, self._place
        self._combo.blockSignals(True)
        self._combo.clear()
        if self.property("noneEnabled"):
            self._combo.addItem(self.property("noneDisplay"), "")
        nodes = self._nodes()
        for node in nodes:
            self._combo.addItem(node.GetName() or node.GetID(), node.GetID())
        self._watch_names(nodes)
        self._add_commands(bool(nodes))
        ids = [node.GetID() for node in nodes]
        wanted = before if before in ids else None
        if wanted is None and before is not None and ids:
            wanted = ids[min(place, len(ids) - 1)]
        if wanted is None and nodes and not self.property("noneEnabled"):
            wanted = ids[0]
        self._combo.setCurrentIndex(self._combo.findData(wanted or "", _NODE))
        self._combo.blockSignals(False)
        self._choose(wanted)
        self._remember_place()

    def _remember_place(self) -> None:
        ids = [node.GetID() for node in self._nodes()]
        self._place = ids.index(self._chosen) if self._chosen in ids else 0

    def _watch_names(self, nodes: list[Any]) -> None:
        _forget(self._name_tags)
        for node in nodes:
            self._name_tags.append((node, node.AddObserver("ModifiedEvent", self._renamed)))

    def _renamed(self, node: Any, _event: str) -> None:
        index = self._combo.findData(node.GetID(), _NODE)
        if index >= 0 and self._combo.itemText(index) != node.GetName():
            self._combo.setItemText(index, node.GetName() or "")

    def _add_commands(self, any_node: bool) -> None:
        commands = []
        if self.property("addEnabled") and self.property("nodeTypes"):
            commands += [f"Create new {kind.replace('vtkMRML', '').replace('Node', '')}" for kind in self.property("nodeTypes")]
        if self.property("removeEnabled") and any_node:
            commands.append("Delete current")
        if commands and self._combo.count():
            self._combo.insertSeparator(self._combo.count())
        for command in commands:
            self._combo.addItem(command, f"command:{command}")

    def _index_changed(self, index: int) -> None:
        data = self._combo.itemData(index, _NODE)
        if not (isinstance(data, str) and data.startswith("command:")):
            self._choose(data or None)

    def _activated(self, index: int) -> None:
        data = self._combo.itemData(index, _NODE)
        if isinstance(data, str) and data.startswith("command:"):
            self._command(data.removeprefix("command:"))
        self.nodeActivated.emit(self.currentNode())

    def _command(self, command: str) -> None:
        if command == "Delete current":
            self.removeCurrentNode()
            return
        names = [f"Create new {kind.replace('vtkMRML', '').replace('Node', '')}" for kind in self.property("nodeTypes")]
        self.addNode(self.property("nodeTypes")[names.index(command)])

    def _choose(self, node_id: str | None) -> None:
        if node_id == self._chosen:
            return
        self._chosen = node_id
        self._remember_place()
        node = self.currentNode()
        self.currentNodeChanged.emit(node)
        self.currentNodeIsChosen.emit(node is not None)
        self.currentNodeIDChanged.emit(node_id or "")


def _forget(tags: list[tuple[Any, int]]) -> None:
    for node, tag in tags:
        node.RemoveObserver(tag)
    tags.clear()
