"""Axial, coronal and sagittal slices through a point, as a radiologist looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import GeometryError
from ..geometry import Array, Geometry
from ..image import Image, Mask
from ..quantities import REGION
from ..registration.resample import resample_image

_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))
_SECOND_LETTER = np.sin(np.radians(15.0))


@dataclass(frozen=True, eq=False)
class Cut:
    """One slice of a grid, and how it is laid on the page: patient's right on the left, anterior and superior up.

    Parameters
    ----------
    plane : str
        ``"axial"``, ``"coronal"`` or ``"sagittal"``; the nearest one where the grid is oblique.
    geometry : Geometry
        The slice as a grid of its own, one voxel thin, canonical axis order.
    normal : int
        Index axis (0 for x, 1 for y, 2 for z) across the slice.
    index : int
        Index of the slice along that axis.
    crossing : tuple of float
        Where the point lies on the page: mm from the left and from the upper edge.
    """

    plane: str
    geometry: Geometry
    normal: int
    index: int
    crossing: tuple[float, float]

    @property
    def across(self) -> int:
        """Index axis that runs from left to right on the page."""
        return 1 if self.normal == 0 else 0

    @property
    def upright(self) -> int:
        """Index axis that runs along the height of the page."""
        return 1 if self.normal == 2 else 2

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Width and height of a pixel on the page, mm."""
        spacing = self.geometry.spacing
        return float(spacing[self.across]), float(spacing[self.upright])

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the whole slice with its outermost pixels, mm."""
        shape = self.geometry.shape[::-1]
        width, height = self.pixel_mm
        return width * shape[self.across], height * shape[self.upright]

    @property
    def letters(self) -> dict[str, str]:
        """Patient directions at the ``"left"``, ``"right"``, ``"top"`` and ``"bottom"`` of the page."""
        right = self.geometry.direction[:, self.across]
        down = self.geometry.direction[:, self.upright] * (1.0 if self.normal == 2 else -1.0)
        return {"left": _towards(-right), "right": _towards(right), "top": _towards(-down), "bottom": _towards(down)}

    def pixels(self, volume: Image | Mask) -> NDArray[Any]:
        """Return the values of an image or mask on this slice.

        Parameters
        ----------
        volume : Image or Mask
            On any grid of the same frame of reference; masks are taken at the nearest voxel, images between voxels.

        Returns
        -------
        array, (rows, columns)
            Upper row first; NaN where an image ends, False where a mask does.
        """
        values = self._through(volume)
        flat = values.reshape([n for axis, n in enumerate(values.shape) if axis != 2 - self.normal])
        return flat if self.normal == 2 else flat[::-1]

    def _through(self, volume: Image | Mask) -> Array:
        index = volume.geometry.to_index(self.geometry.corners())
        start = np.rint(index[0]).astype(int)
        stop = start + np.array(self.geometry.shape[::-1])
        inside = bool((start >= 0).all() and (stop <= volume.geometry.shape[::-1]).all())
        if inside and _part(volume.geometry, start, stop).is_same_grid(self.geometry):
            return volume.array[tuple(slice(a, b) for a, b in zip(start[::-1], stop[::-1], strict=True))]
        if isinstance(volume, Image):
            return resample_image(volume, self.geometry).array
        image = Image(array=volume.array.astype(np.float32), geometry=volume.geometry, stored=volume.stored, quantity=REGION)
        return np.asarray(resample_image(image, self.geometry, interpolation="nearest", outside=0.0).array != 0)


def cuts_through(geometry: Geometry, centre_mm: ArrayLike) -> tuple[Cut, Cut, Cut]:
    """Return the axial, coronal and sagittal slice of a grid whose voxels hold a point.

    Parameters
    ----------
    geometry : Geometry
        Canonical grid: index axes nearest to L, P and S.
    centre_mm : array, (3,)
        LPS position, mm.

    Raises
    ------
    GeometryError
        If the point lies outside of the grid.
    """
    size = np.array(geometry.shape[::-1])
    fractional = geometry.to_index(centre_mm)
    index = np.rint(fractional).astype(int)
    if (index < 0).any() or (index >= size).any():
        place = ", ".join(f"{value:.1f}" for value in np.asarray(centre_mm, dtype=np.float64))
        raise GeometryError(f"The point ({place}) mm lies outside of the image of {geometry}.", "Choose a point inside.")
    cuts = []
    for plane, normal in (("axial", 2), ("coronal", 1), ("sagittal", 0)):
        start, stop = np.zeros(3, dtype=int), size.copy()
        start[normal], stop[normal] = index[normal], index[normal] + 1
        across, upright = (1 if normal == 0 else 0), (1 if normal == 2 else 2)
        from_below = fractional[upright] if normal == 2 else size[upright] - 1 - fractional[upright]
        crossing = (fractional[across] + 0.5) * geometry.spacing[across], (from_below + 0.5) * geometry.spacing[upright]
        cuts.append(
            Cut(plane, _part(geometry, start, stop), normal, int(index[normal]), (float(crossing[0]), float(crossing[1])))
        )
    return cuts[0], cuts[1], cuts[2]


def _part(geometry: Geometry, start: NDArray[np.int_], stop: NDArray[np.int_]) -> Geometry:
    affine = geometry.affine.copy()
    affine[:3, 3] = geometry.to_world(start)
    nx, ny, nz = (stop - start).tolist()
    return Geometry((nz, ny, nx), affine)


def _towards(direction: NDArray[np.float64]) -> str:
    """Return one letter for a direction, or two where it leaves the nearest patient axis by 15 degrees or more."""
    order = np.argsort(-np.abs(direction), kind="stable")
    named = [_LETTERS[axis][0 if direction[axis] > 0 else 1] for axis in order]
    return named[0] + (named[1] if abs(direction[order[1]]) >= _SECOND_LETTER else "")
