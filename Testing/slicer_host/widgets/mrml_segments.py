"""Widgets over segmentations and several nodes: segment selector, checkable node combo."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

from typing import Any, ClassVar

from PySide6 import QtCore, QtWidgets

from .mrml_combo import qMRMLNodeComboBox
from .stored import stored

_NONE = "None"


class qMRMLSegmentSelectorWidget(QtWidgets.QWidget):
    """Choose a segmentation, and one of its segments.

    As in Slicer, the id of the segment stays when the segmentation is unchosen or loses all segments; when only that segment
    is gone, the first one is chosen in its place.
    """

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
        self._nodes.setProperty("addEnabled", False)
        self._segments = QtWidgets.QComboBox(self)
        self._segments.setObjectName("comboBox_Segment")
        self._label, self._message = QtWidgets.QLabel("Segment: ", self), QtWidgets.QLabel(self)
        below = QtWidgets.QGridLayout()
        below.setContentsMargins(4, 0, 0, 0)
        below.addWidget(self._label, 0, 0)
        below.addWidget(self._segments, 0, 1)
        below.addWidget(self._message, 1, 0, 1, 2)
        below.setColumnStretch(1, 1)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._nodes)
        layout.addLayout(below)
        self._node: Any = None
        self._tag: tuple[Any, int] | None = None
        self._chosen = ""
        self._nodes.currentNodeChanged.connect(self._node_changed)
        self._segments.currentIndexChanged.connect(self._segment_changed)
        self.destroyed.connect(lambda *_: self._unwatch())
        self._fill()

    noneEnabled = stored(bool, "noneEnabled", default=False, changed="_pass_on")
    editEnabled = stored(bool, "editEnabled", default=False)
    segmentationNodeSelectorVisible = QtCore.Property(
        bool, lambda self: not self._nodes.isHidden(), lambda self, value: self._nodes.setVisible(value)
    )
    horizontalLayout = stored(bool, "horizontalLayout", default=False)
    multiSelection = stored(bool, "multiSelection", default=False)
    selectNodeUponCreation = stored(bool, "selectNodeUponCreation", default=True)

    def _pass_on(self) -> None:
        self._nodes.setProperty("noneEnabled", self.property("noneEnabled"))
        self._fill()

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
        if not segment_id and self.property("noneEnabled"):
            self._segments.setCurrentIndex(0)
            return
        index = self._segments.findData(segment_id)
        if index >= 0 and self._segments.currentIndex() != index:
            self._segments.setCurrentIndex(index)

    def segmentIDs(self) -> list[str]:
        return []  # Slicer fills these only for a multiple selection.

    def selectedSegmentIDs(self) -> list[str]:
        return []

    def _unwatch(self) -> None:
        if self._tag is not None:
            self._tag[0].RemoveObserver(self._tag[1])
            self._tag = None

    def _node_changed(self, node: Any) -> None:
        if node is not self._node:
            self._unwatch()
            if node is not None:
                segmentation = node.GetSegmentation()
                self._tag = (segmentation, segmentation.AddObserver("AnyEvent", self._segments_changed))
            self._node = node
            self._fill()
        self.currentNodeChanged.emit(node)
        self.currentNodeIsChosen.emit(node is not None)

    def _segments_changed(self, _segmentation: Any, event: str) -> None:
        # Slicer hears that a segment was added, removed or modified; VTK names events of its own by their number.
        if event != "ModifiedEvent" and self._shown() != self._wanted():
            self._fill()

    def _shown(self) -> list[tuple[str, str]]:
        return [(self._segments.itemText(i), self._segments.itemData(i)) for i in range(self._segments.count())]

    def _wanted(self) -> list[tuple[str, str]]:
        segmentation = self._node.GetSegmentation() if self._node is not None else None
        ids = [segmentation.GetNthSegmentID(i) for i in range(segmentation.GetNumberOfSegments())] if segmentation else []
        none = [(_NONE, _NONE)] if self.property("noneEnabled") and ids else []
        return none + [(segmentation.GetSegment(i).GetName(), i) for i in ids]

    def _fill(self) -> None:
        wanted = self._wanted()
        self._segments.blockSignals(True)
        self._segments.clear()
        for name, segment_id in wanted:
            self._segments.addItem(name, segment_id)
        self._segments.setVisible(bool(wanted))
        self._label.setVisible(bool(wanted))
        empty = "No segments in segmentation " if self._node is not None else "No node is selected "
        self._message.setText("" if wanted else empty)
        self._message.setVisible(not wanted)
        if not wanted:
            self._segments.blockSignals(False)
            return
        may_be_none = self.property("noneEnabled")
        ids = [segment_id for _name, segment_id in wanted]
        if (may_be_none and not self._chosen) or (self._chosen and self._chosen in ids):
            self.setCurrentSegmentID(self._chosen)
            self._segments.blockSignals(False)
            return
        self._segments.setCurrentIndex(-1)
        self._segments.blockSignals(False)
        self._segments.setCurrentIndex(1 if may_be_none else 0)

    def _segment_changed(self, index: int) -> None:
        if self._node is None:
            return
        chosen = self._segments.itemData(index) or ""
        self._chosen = "" if chosen == _NONE else chosen
        self.currentSegmentChanged.emit(self._chosen)


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
