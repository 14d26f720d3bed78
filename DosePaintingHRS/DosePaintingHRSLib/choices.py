"""What somebody chose in a selector of Slicer's, and only that: selectors move to a neighbour when a choice is deleted.

A combo box whose current entry goes away shows the next one. For a planning CT or a GTV that would be a silent change of
patient, so a choice that was deleted becomes no choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Region = tuple[Any, str]


class VolumeChoice:
    """The volume in a qMRMLNodeComboBox.

    Parameters
    ----------
    selector : qMRMLNodeComboBox
        With "None" enabled.
    changed : callable
        Called without arguments after each change.
    """

    def __init__(self, selector, changed: Callable[[], None]) -> None:
        self.selector = selector
        self._changed = changed
        self._held = self._before = ""
        selector.connect("currentNodeChanged(vtkMRMLNode*)", self._node_changed)

    def get(self):
        """Return the node; None when none is chosen."""
        return self.selector.currentNode()

    def set(self, node) -> None:
        """Choose a node, or none."""
        self.selector.setCurrentNode(node)

    def settle(self) -> None:
        """Take the present choice for a deliberate one."""
        self._before = ""

    def node_removed(self, scene) -> None:
        """Choose none when the node that was chosen has just left the scene and a neighbour took its place."""
        if self._before and scene.GetNodeByID(self._before) is None:
            self._before = ""
            self.set(None)

    def _node_changed(self, node=None) -> None:
        self._before, self._held = self._held, (node.GetID() or "") if node is not None else ""
        self._changed()


class SegmentChoice:
    """The segment in a qMRMLSegmentSelectorWidget.

    Parameters
    ----------
    selector : qMRMLSegmentSelectorWidget
        "None" gets enabled: otherwise the first segment of the scene would be chosen by itself.
    changed : callable
        Called without arguments after each change.
    """

    def __init__(self, selector, changed: Callable[[], None]) -> None:
        selector.noneEnabled = True
        self.selector = selector
        self._changed = changed
        self._held: Region = ("", "")
        self._before = ""
        selector.connect("currentNodeChanged(vtkMRMLNode*)", self._node_changed)
        selector.connect("currentSegmentChanged(QString)", self._segment_changed)

    def get(self) -> Region:
        """Return segmentation node and segment id; the id is empty when no segment is chosen, or it is gone."""
        node, segment_id = self.selector.currentNode(), self.selector.currentSegmentID() or ""
        if node is None or not segment_id or node.GetSegmentation().GetSegment(segment_id) is None:
            return node, ""
        return node, segment_id

    def set(self, node, segment_id: str) -> None:
        """Choose a segment, or none."""
        self.selector.setCurrentNode(node)
        self.selector.setCurrentSegmentID(segment_id)

    def settle(self) -> None:
        """Take the present choice for a deliberate one."""
        self._before = ""

    def node_removed(self, scene) -> None:
        """Choose none when the segmentation that was chosen has just left the scene and a neighbour took its place."""
        if self._before and scene.GetNodeByID(self._before) is None:
            self._before = ""
            self.set(None, "")

    def _node_changed(self, node=None) -> None:
        node_id = (node.GetID() or "") if node is not None else ""
        if node_id == self._held[0]:  # It was renamed.
            return
        self._before, self._held = self._held[0], (node_id, "")
        # The selector keeps the id of the segment before, or takes the first one.
        self.selector.setCurrentSegmentID("")
        self._changed()

    def _segment_changed(self, *_unused) -> None:
        node, segment_id = self.get()
        node_id, before = self._held
        if node is not None and node.GetID() == node_id:
            if before and segment_id and node.GetSegmentation().GetSegment(before) is None:
                self._held = (node_id, "")
                self.selector.setCurrentSegmentID("")
                return
            self._held = (node_id, segment_id)
        self._changed()
