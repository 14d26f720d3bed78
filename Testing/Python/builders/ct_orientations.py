"""CT series in every way a scanner may lay its slices, all of one analytic field of HU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
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
    ramp: NDArray[np.float64] = np.asarray(points) @ np.array([4.0, -3.0, 2.0]) + 50.0
    return ramp


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
