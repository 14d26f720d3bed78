"""CT series in every way a scanner may lay its slices, all of one analytic field of HU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydicom import Dataset
from scipy.spatial.transform import Rotation

from builders.dicom_series import write_series

SPACING = (2.0, 2.0, 3.0)
SHAPE = (14, 20, 18)
ORIENTATIONS: dict[str, NDArray[np.float64]] = {
    "axial": np.eye(3),
    "oblique": Rotation.from_euler("xyz", (10.0, 0.0, 6.0), degrees=True).as_matrix(),
    "coronal": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "sagittal": np.array([[0.0, 0, -1], [1, 0, 0], [0, -1, 0]]),
    "prone": np.diag([-1.0, -1.0, 1.0]),
    "mirrored": np.diag([-1.0, 1.0, -1.0]),
}


def hu_at(points: ArrayLike) -> NDArray[np.float64]:
    """The field: a ramp of HU over LPS mm."""
    ramp: NDArray[np.float64] = np.asarray(points) @ np.array([4.137, -3.071, 2.233]) + 50.3
    return ramp


TILT = Rotation.from_euler("x", 12.0, degrees=True).as_matrix()


def write_slices(folder: Path, direction: NDArray[np.float64], positions: NDArray[np.float64], **tags: Any) -> Path:
    """Write a CT whose slices lie at any positions (centre of their first voxel), and return its folder."""
    y, x = np.indices(SHAPE[1:])
    plane = np.stack([x * SPACING[0], y * SPACING[1]], axis=-1) @ direction[:, :2].T
    stored = np.rint(hu_at(plane[None] + np.asarray(positions)[:, None, None, :])).astype(np.int16)

    def place(k: int, ds: Dataset) -> None:
        ds.ImagePositionPatient = [f"{value:.10g}" for value in positions[k]]

    write_series(folder, stored, spacing=SPACING, direction=direction, tags=tags, change=place)
    return folder


def tilted_positions(count: int = 14, step_mm: float = 3.0) -> NDArray[np.float64]:
    """Positions of a scan with a tilted gantry: the table moves along z, not along the slices' normal."""
    return np.array([-17.0, -19.0, -20.0]) + np.arange(count)[:, None] * [0.0, 0.0, step_mm]


def uneven_positions() -> NDArray[np.float64]:
    """Positions of axial slices 2.5 mm apart, then 5 mm."""
    z = np.concatenate([np.arange(0, 20, 2.5), np.arange(20, 46, 5.0)]) - 21.0
    return np.column_stack([np.full(len(z), -17.0), np.full(len(z), -19.0), z])


def write_ct(folder: Path, orientation: str = "axial", **tags: Any) -> Path:
    """Write a CT whose middle lies at the origin of patient space, and return its folder."""
    direction = ORIENTATIONS[orientation]
    centre = np.array(SPACING) * (np.array(SHAPE[::-1]) - 1) / 2
    origin = -direction @ centre
    z, y, x = np.indices(SHAPE)
    points = (np.stack([x, y, z], axis=-1) * SPACING) @ direction.T + origin
    stored = np.rint(hu_at(points)).astype(np.int16)
    write_series(folder, stored, spacing=SPACING, origin=origin, direction=direction, tags=tags)
    return folder
