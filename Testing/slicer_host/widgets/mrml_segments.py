"""Widgets over segmentations and several nodes: segment selector, checkable node combo."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

from typing import Any, ClassVar

from PySide6 import QtCore, QtWidgets

from .mrml_combo import qMRMLNodeComboBox
from .stored import stored


class qMRMLSegmentSelectorWidget(QtWidgets.QWidget):
    """Choose a segmentation, and one of its segments."""

    CPP_SIGNALS: ClassVar[dict[str, str]] = {
        "currentNodeChanged(vtkMRMLNode*)": "currentNodeChanged(PyObject)",
        "currentNodeChanged(bool)": "currentNodeIsChosen(bool)",
    }
    currentNodeChanged = QtCore.Signal(object)
    currentNodeIsChosen = QtCore.Signal(bool)
    currentSegmentChanged = QtCore.Signal(str)
    segmentSelectionChanged = QtCore.Signal("QStringList")

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._nodes = qMRMLNodeComboBox(self)
        self._nodes.setProperty("nodeTypes", ["vtkMRMLSegmentationNode"])
        for name in ("addEnabled", "removeEnabled"):
            self._nodes.setProperty(name, False)
        self._segments = QtWidgets.QComboBox(self)
        self._segments.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._segments.setMinimumContentsLength(6)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._nodes)
        layout.addWidget(self._segments)
        self._tag: tuple[Any, int] | None = None
        self._chosen = ""
        self._nodes.currentNodeChanged.connect(self._node_changed)
        self._segments.currentIndexChanged.connect(self._segment_changed)
        self.destroyed.connect(lambda *_: self._unwatch())

    noneEnabled = stored(bool, "noneEnabled", default=False, changed="_pass_on")
    segmentationNodeSelectorVisible = QtCore.Property(
        bool, lambda self: not self._nodes.isHidden(), lambda self, value: self._nodes.setVisible(value)
    )
    horizontalLayout = stored(bool, "horizontalLayout", default=False)
    multiSelection = stored(bool, "multiSelection", default=False)
    selectNodeUponCreation = stored(bool, "selectNodeUponCreation", default=True)

    def _pass_on(self) -> None:
        self._nodes.setProperty("noneEnabled", self.property("noneEnabled"))

    def setMRMLScene(self, scene: Any) -> None:
        self._nodes.setMRMLScene(scene)

    def mrmlScene(self) -> Any:
        return self._nodes.mrmlScene()

    def currentNode(self) -> Any:
        return self._nodes.currentNode()

    def currentNodeID(self) -> str:
        return str(self._nodes.property("currentNodeID"))

    def setCurrentNode(self, node: Any) -> None:
        self._nodes.setCurrentNode(node)

    def setCurrentNodeID(self, node_id: str) -> None:
        self._nodes.setCurrentNodeID(node_id)

    def currentSegmentID(self) -> str:
        return self._chosen

    def setCurrentSegmentID(self, segment_id: str) -> None:
        self._segments.setCurrentIndex(self._segments.findData(segment_id))

    def segmentIDs(self) -> list[str]:
        return [self._segments.itemData(i) for i in range(self._segments.count()) if self._segments.itemData(i)]

    def selectedSegmentIDs(self) -> list[str]:
        return [self._chosen] if self._chosen else []

    def _unwatch(self) -> None:
        if self._tag is not None:
            self._tag[0].RemoveObserver(self._tag[1])
            self._tag = None

    def _node_changed(self, node: Any) -> None:
        self._unwatch()
        if node is not None:
            segmentation = node.GetSegmentation()
            self._tag = (segmentation, segmentation.AddObserver("AnyEvent", lambda *_: self._fill()))
        self._fill()
        self.currentNodeChanged.emit(node)
        self.currentNodeIsChosen.emit(node is not None)

    def _fill(self) -> None:
        node = self.currentNode()
        segmentation = node.GetSegmentation() if node is not None else None
        ids = [segmentation.GetNthSegmentID(i) for i in range(segmentation.GetNumberOfSegments())] if segmentation else []
        shown = [(self._segments.itemText(i), self._segments.itemData(i)) for i in range(self._segments.count())]
        wanted = [(segmentation.GetSegment(i).GetName(), i) for i in ids]
        if self.property("noneEnabled"):
            wanted.insert(0, ("None", ""))
        if shown == wanted:
            return
        self._segments.blockSignals(True)
        self._segments.clear()
        for name, segment_id in wanted:
            self._segments.addItem(name, segment_id)
        index = self._segments.findData(self._chosen)
        self._segments.setCurrentIndex(index if index >= 0 else (0 if wanted else -1))
        self._segments.blockSignals(False)
        self._segment_changed(self._segments.currentIndex())

    def _segment_changed(self, index: int) -> None:
        chosen = self._segments.itemData(index) or "" if index >= 0 else ""
        if chosen != self._chosen:
            self._chosen = chosen
            self.currentSegmentChanged.emit(chosen)


class qMRMLCheckableNodeComboBox(QtWidgets.QWidget):
    """Choose several nodes by their check marks."""

    CPP_SIGNALS: ClassVar[dict[str, str]] = {"mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged(PyObject)"}
    checkedNodesChanged = QtCore.Signal()
    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = qMRMLNodeComboBox(self)
        self._source.hide()
        self._list = QtWidgets.QListWidget(self)
        self._list.setMaximumHeight(90)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._list)
        self._source._combo.model().rowsInserted.connect(self._fill)
        self._source._combo.model().rowsRemoved.connect(self._fill)
        self._list.itemChanged.connect(lambda _item: self.checkedNodesChanged.emit())

    nodeTypes = QtCore.Property(
        "QStringList", lambda self: self._source.property("nodeTypes"), lambda self, v: self._source.setProperty("nodeTypes", v)
    )

    def setMRMLScene(self, scene: Any) -> None:
        self._source.setMRMLScene(scene)
        self._fill()
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self) -> Any:
        return self._source.mrmlScene()

    def checkedNodes(self) -> list[Any]:
        return [node for node in self._source._nodes() if self.checkState(node) == QtCore.Qt.CheckState.Checked]

    def checkState(self, node: Any) -> QtCore.Qt.CheckState:
        item = self._item(node)
        return item.checkState() if item is not None else QtCore.Qt.CheckState.Unchecked

    def setCheckState(self, node: Any, state: Any) -> None:
        item = self._item(node)
        if item is not None:
            item.setCheckState(state if isinstance(state, QtCore.Qt.CheckState) else QtCore.Qt.CheckState(int(state)))

    def _item(self, node: Any) -> QtWidgets.QListWidgetItem | None:
        items = (self._list.item(i) for i in range(self._list.count()))
        return next((i for i in items if i.data(QtCore.Qt.ItemDataRole.UserRole) == node.GetID()), None)

    def _fill(self, *_: Any) -> None:
        checked = {node.GetID() for node in self.checkedNodes()}
        self._list.blockSignals(True)
        self._list.clear()
        for node in self._source._nodes():
            item = QtWidgets.QListWidgetItem(node.GetName(), self._list)
            item.setData(QtCore.Qt.ItemDataRole.UserRole, node.GetID())
            state = QtCore.Qt.CheckState.Checked if node.GetID() in checked else QtCore.Qt.CheckState.Unchecked
            item.setCheckState(state)
        self._list.blockSignals(False)
