"""A tumour of the cohort in the scene: its map, its region, the voxels of a cluster, and where the crosshair is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from dosepainting_hrs.image import Image
from dosepainting_hrs.storage.volumes import read_image, read_mask
from dosepainting_hrs_mrml import loading, segments
from dosepainting_hrs_mrml.volumes import ras_of

CLUSTER_COLOUR, REGION_COLOUR = (0.61, 0.18, 0.68), (0.13, 0.64, 0.35)


class CohortScene:
    """Shows one tumour at a time.

    Parameters
    ----------
    scene : vtkMRMLScene
        Where to show it.
    """

    def __init__(self, scene) -> None:
        self._scene = scene
        self._volume: Any = None
        self._segmentation: Any = None
        self._images: list[Image] = []
        self.case = ""

    def show(self, case: str, maps: Mapping[str, str], names: Sequence[str], region: str, cluster: str) -> None:
        """Show a tumour: the first map, its region and the voxels of a cluster; slices jump to the cluster.

        Parameters
        ----------
        case : str
            Name of the tumour.
        maps : mapping of str to str
            Files of its maps.
        names : sequence of str
            Maps of the subset that is shown.
        region, cluster : str
            Mask files.
        """
        self.clear()
        text, _, label = region.partition("#")
        whole, inside = read_mask(Path(text), int(label) if label else None), read_mask(Path(cluster))
        self._images = [read_image(Path(maps[name])) for name in names]
        self._volume = loading.load_map_file(self._scene, Path(maps[names[0]]), f"{case} {names[0]}")
        self._segmentation = segments.add_segmentation(self._scene, f"{case} cluster", self._volume)
        segments.add_segment(self._segmentation, whole, name="GTV", colour=REGION_COLOUR, terminology=None)
        if inside.voxel_count:
            segments.add_segment(self._segmentation, inside, name="cluster", colour=CLUSTER_COLOUR, terminology=None)
        self.case = case
        if slicer.app.layoutManager() is not None:
            slicer.util.setSliceViewerLayers(background=self._volume, fit=True)
            anchor = inside if inside.voxel_count else whole
            slicer.vtkMRMLSliceNode.JumpAllSlices(self._scene, *ras_of(_middle(anchor)))

    def values_at_crosshair(self) -> tuple[float, ...] | None:
        """Return the values of the subset's maps at the crosshair; None when it lies outside of the tumour's maps."""
        node = self._scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
        if node is None or not self._images:
            return None
        place = [0.0, 0.0, 0.0]
        node.GetCursorPositionRAS(place)
        geometry = self._images[0].geometry
        # One flip leads from either way of counting to the other.
        index = np.rint(geometry.to_index(np.array(ras_of(place)))).astype(int)[::-1]
        if (index < 0).any() or (index >= geometry.shape).any():
            return None
        return tuple(float(image.array[tuple(index)]) for image in self._images)

    def clear(self) -> None:
        """Take away what this put into the scene."""
        for node in (self._segmentation, self._volume):
            if node is not None and self._scene.IsNodePresent(node):
                self._scene.RemoveNode(node)
        self._volume = self._segmentation = None
        self._images, self.case = [], ""


def _middle(mask: Any) -> Any:
    points = mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1])
    return points[np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1))]
