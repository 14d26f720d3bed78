"""Voxels that are marked in the slice views for a moment: what was picked in a plot."""

from __future__ import annotations

from dosepainting_hrs.image import Mask
from dosepainting_hrs_mrml import segments

_NAME = "Marked voxels"
_COLOUR = (0.84, 0.1, 0.55)


class MarkedVoxels:
    """One segment in a segmentation of its own, neither saved nor listed.

    Parameters
    ----------
    scene : vtkMRMLScene
        Where it is shown.
    """

    def __init__(self, scene) -> None:
        self._scene = scene
        self._node_id = self._segment_id = ""

    def show(self, mask: Mask, reference) -> None:
        """Show a mask in place of what was marked before."""
        node = self._scene.GetNodeByID(self._node_id) if self._node_id else None
        if node is not None and node.GetNodeReferenceID(segments.REFERENCE) != reference.GetID():
            self.remove()
            node = None
        if node is not None:
            segments.replace_segment(node, self._segment_id, mask, provenance=False)
            return
        node = segments.add_segmentation(self._scene, _NAME, reference)
        node.SetSaveWithScene(False)
        node.SetHideFromEditors(True)
        node.GetDisplayNode().SetOpacity2DFill(0.35)
        node.GetDisplayNode().SetSliceIntersectionThickness(2)
        self._node_id = node.GetID()
        self._segment_id = segments.add_segment(node, mask, name=_NAME, colour=_COLOUR)

    def remove(self) -> None:
        """Mark nothing."""
        node = self._scene.GetNodeByID(self._node_id) if self._node_id else None
        self._node_id = self._segment_id = ""
        if node is not None:
            self._scene.RemoveNode(node)
