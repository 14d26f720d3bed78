"""Two images over each other while one is laid on the other: blend, checkerboard, difference, outline."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from slicer.i18n import tr as _

from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Image
from dosepainting_hrs_mrml.comparison import show_comparison

VIEWS = ("blend", "checkerboard", "difference", "outline")
_MARGIN_MM = 30.0
_LEAST_MM = 1.0
_MOST_VOXELS = 110_000
"""So many follow a slider at ten pictures a second and more."""
_WINDOW = (1.0, 99.0)


class FusionView:
    """Shows how well two images lie on each other round a region, and follows a transform.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    ui : object
        Child widgets of Register.ui.
    """

    def __init__(self, panel, ui) -> None:
        self._panel, self.ui = panel, ui
        self._volume = None
        self._nodes: tuple[Any, Any] | None = None
        self._still: Any = None
        self._moving: Image | None = None
        self._grid: Geometry | None = None
        self._ends = (0.0, 1.0)
        self._matrix = np.eye(4)
        titles = (_("blend"), _("checkerboard"), _("difference"), _("outline"))
        for title in titles:
            ui.viewCombo.addItem(title)
        ui.viewCombo.connect("currentIndexChanged(int)", self._chosen)
        ui.blendSlider.connect("valueChanged(double)", self._blended)

    @property
    def view(self) -> str:
        """The view that is chosen, one of `VIEWS`."""
        return VIEWS[max(0, self.ui.viewCombo.currentIndex)]

    @property
    def volume(self):
        """The volume that shows the comparison; None when it is not shown."""
        return self._volume

    def begin(self, nodes: tuple[Any, Any], images: tuple[Image, Image], corners) -> None:
        """Compare two images round a region.

        Parameters
        ----------
        nodes : tuple of two vtkMRMLScalarVolumeNode
            The fixed and the moving volume.
        images : tuple of two Image
            The same as images.
        corners : array, (n, 3)
            Corners of the region, LPS mm.
        """
        self.end()
        self._nodes = nodes
        self._moving = images[1]
        low, high = corners.min(axis=0) - _MARGIN_MM, corners.max(axis=0) + _MARGIN_MM
        step = max(_LEAST_MM, float(np.prod(high - low) / _MOST_VOXELS) ** (1.0 / 3.0))
        sizes = np.maximum(2, np.ceil((high - low) / step).astype(int))
        self._grid = Geometry.from_parts((int(sizes[2]), int(sizes[1]), int(sizes[0])), (step, step, step), low)
        fixed = _seen(images[0], np.eye(4), self._grid)
        self._still = _scaled(fixed, _ends(fixed))
        self._ends = _ends(images[1].array)

    def follow(self, matrix) -> None:
        """Show the moving image under a transform to the fixed one's frame, (4, 4), LPS mm."""
        self._matrix = matrix
        if self._nodes is None:
            return
        if self.view == "blend":
            self._drop()
            self._layers(self._nodes[1], self.ui.blendSlider.value)
        elif self._moving is not None and self._grid is not None:
            from dosepainting_hrs.report.fusion import fused_volume

            moved = _scaled(_seen(self._moving, matrix, self._grid), self._ends)
            picture = fused_volume(self._still, moved, self.view)
            first = self._volume is None
            self._volume = show_comparison(self._panel.scene_access.scene, self._volume, picture, self._grid)
            if first:
                self._layers(self._volume, 1.0)

    def end(self) -> None:
        """Compare no longer."""
        self._drop()
        self._nodes = self._moving = self._still = self._grid = None

    def forget(self) -> None:
        """The scene was closed."""
        self._volume = self._nodes = self._moving = self._still = self._grid = None

    def _chosen(self, *_unused) -> None:
        self.ui.blendSlider.enabled = self.view == "blend"
        self.follow(self._matrix)

    def _blended(self, *_unused) -> None:
        if self._nodes is not None and self.view == "blend" and slicer.app.layoutManager() is not None:
            slicer.util.setSliceViewerLayers(foregroundOpacity=self.ui.blendSlider.value)

    def _layers(self, over, opacity: float) -> None:
        if slicer.app.layoutManager() is not None and self._nodes is not None:
            slicer.util.setSliceViewerLayers(background=self._nodes[0], foreground=over, foregroundOpacity=opacity)

    def _drop(self) -> None:
        if self._volume is not None and self._volume.GetScene() is not None:
            self._panel.scene_access.scene.RemoveNode(self._volume)
        self._volume = None


def _seen(image: Image, matrix, grid: Geometry):
    """Return an image under a transform on a grid, (z, y, x); not a number where it has no value."""
    from scipy import ndimage

    to_index = np.linalg.inv(image.geometry.affine) @ np.linalg.inv(matrix) @ grid.affine
    turned = to_index[:3, :3][::-1, ::-1]
    return ndimage.affine_transform(
        image.array, turned, to_index[:3, 3][::-1], grid.shape, output=np.float32, order=1, mode="constant", cval=np.nan
    )


def _ends(values) -> tuple[float, float]:
    known = values.ravel()[:: max(1, values.size // 100_000)]
    known = known[np.isfinite(known)]
    low, high = np.percentile(known, _WINDOW) if known.size else (0.0, 1.0)
    return float(low), float(max(high, low + 1e-6))


def _scaled(values, ends: tuple[float, float]):
    return np.clip((values - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)
