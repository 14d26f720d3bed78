"""Whether contours on a CT are read right by every planning system, or only by those that heed its orientation."""

from __future__ import annotations

import numpy as np

from ..errors import DicomError
from ..geometry import StoredGrid
from .stack import Stack
from .values import number, numbers, text

AXIAL_TOLERANCE = 5e-4
"""Largest direction cosine against another patient axis: 0.03 degrees, 0.13 mm at the rim of a 512 mm slice."""
DERIVED_CT_OFFER = (
    "Write an axial CT series derived from it and export against that: --derived-ct FOLDER. "
    "Planning must then use the derived series."
)
"""Hint for every planning CT whose geometry is refused, here or by stacking (`IrregularSlicesError`)."""
_TILT_TOLERANCE_DEG = 0.1
OFF_SLICE_MM = 0.01
"""Contours must lie on the plane of their slice within this; so must the slices on the grid that contours are made on."""
_PLANES = ("sagittal", "coronal", "axial")


def require_exportable(stack: Stack) -> None:
    """Refuse a planning CT on which many readers would misplace contours.

    Parameters
    ----------
    stack : Stack
        The planning CT.

    Raises
    ------
    DicomError
        If it is oblique, not axial, mirrored, tilted or feet first; the hint offers an axial derived series.
    """
    reasons = why_not_exportable(stack)
    if reasons:
        raise DicomError(
            f"Contours on this planning CT would be misread by many planning systems: {'; '.join(reasons)}.",
            DERIVED_CT_OFFER,
        )


def why_not_exportable(stack: Stack) -> tuple[str, ...]:
    """Return what many readers would misread, each as the end of a sentence; empty for a plain axial head-first CT.

    Parameters
    ----------
    stack : Stack
        The planning CT. Missing slices, spacing that is uneven by over 5 % and slices stacked off their normal by over
        0.1 degrees never come to be a stack: stacking refuses them.
    """
    return (*_orientation(stack), *_tilt(stack), *_position(stack), *_spacing(stack))


def _orientation(stack: Stack) -> tuple[str, ...]:
    direction = stack.geometry.direction
    axes = StoredGrid.of(stack.geometry).axes
    if axes.source != (0, 1, 2):
        return (f"its slices are {_PLANES[axes.source.index(2)]}, not axial",)
    reasons = []
    normal = np.cross(direction[:, 0], direction[:, 1])
    lean = max(_off_axis(direction[:, axis], axis) for axis in (0, 1))
    if lean > AXIAL_TOLERANCE:
        reasons.append(f"its slices are oblique, {np.degrees(np.arcsin(lean)):.2f} degrees off axial")
    stacked = float(np.linalg.norm(np.cross(normal, direction[:, 2])))
    if stacked > AXIAL_TOLERANCE:
        reasons.append(f"its slices are stacked {np.degrees(np.arcsin(stacked)):.2f} degrees off their normal")
    if axes.reversed[0]:
        reasons.append("its rows run towards the patient's right instead of left")
    if axes.reversed[1]:
        reasons.append("its columns run towards the patient's front instead of back")
    return tuple(reasons)


def _off_axis(vector: np.ndarray[tuple[int, ...], np.dtype[np.float64]], axis: int) -> float:
    return float(np.linalg.norm(np.delete(vector, axis)))


def _tilt(stack: Stack) -> tuple[str, ...]:
    tilts = [number(header, "GantryDetectorTilt") or 0.0 for header in stack.headers]
    largest = max(tilts, key=abs)
    return (f"the gantry was tilted by {largest:g} degrees",) if abs(largest) > _TILT_TOLERANCE_DEG else ()


def _position(stack: Stack) -> tuple[str, ...]:
    positions = dict.fromkeys(text(header, "PatientPosition") for header in stack.headers)
    return tuple(f'the patient lay feet first (PatientPosition "{one}")' for one in positions if one.startswith("FF"))


def _spacing(stack: Stack) -> tuple[str, ...]:
    places = [numbers(header, "ImagePositionPatient") for header in stack.headers]
    if any(len(place) != 3 for place in places):
        return ("its slices do not all say where they lie",)
    even = stack.geometry.to_world([[0.0, 0.0, float(index)] for index in range(len(places))])
    off = float(np.linalg.norm(np.array(places) - even, axis=1).max())
    return (f"its slices lie up to {off:.3f} mm off an even spacing",) if off > OFF_SLICE_MM else ()
