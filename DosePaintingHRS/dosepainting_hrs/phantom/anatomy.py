"""The whole synthetic patient as tissue labels on any axial grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..geometry import Geometry
from ..progress import Progress, each, silent
from .canvas import Canvas, Float
from .head import paint_head
from .neck import paint_airway, paint_glands_and_vessels, paint_neck_muscles
from .outline import paint_outline, paint_support
from .spine import paint_girdle, paint_spine
from .tissues import Tissue
from .tumour import Tumour, tumour_of


def paint_patient(geometry: Geometry, seed: int, *, couch: bool = True, progress: Progress = silent) -> NDArray[np.uint8]:
    """Paint the patient on an axial grid.

    Parameters
    ----------
    geometry : Geometry
        Grid whose index axes run along L, P and S.
    seed : int
        Draws the tumour and a warp of a few millimetres that makes the two sides of the patient differ.
    couch : bool
        Whether couch top, head rest and mask are there.
    progress : callable
        Where to report.

    Returns
    -------
    uint8 array, (z, y, x)
        `Tissue` labels.
    """
    labels = np.zeros(geometry.shape, dtype=np.uint8)
    _, rows, columns = geometry.shape
    x = (geometry.origin[0] + geometry.spacing[0] * np.arange(columns)).astype(np.float32)
    y = (geometry.origin[1] + geometry.spacing[1] * np.arange(rows)).astype(np.float32)
    phases = np.random.default_rng([seed, 2]).uniform(0, 2 * np.pi, 6)
    tumour = tumour_of(seed)
    for number in each(range(geometry.shape[0]), progress, "Painting the patient"):
        z = float(geometry.origin[2] + geometry.spacing[2] * number)
        warped_x, warped_y = _warp(x[None, :], y[:, None], z, phases)
        canvas = Canvas(x, y, warped_x, warped_y, z, labels[number], np.zeros((rows, columns), dtype=np.bool_))
        paint_outline(canvas)
        paint_neck_muscles(canvas)
        paint_girdle(canvas)
        paint_head(canvas)
        paint_spine(canvas)
        paint_airway(canvas)
        paint_glands_and_vessels(canvas)
        _paint_tumour(canvas, tumour)
        if couch:
            paint_support(canvas)
        else:
            canvas.labels[canvas.labels == Tissue.MASK] = Tissue.AIR
    return labels


def _warp(x: Float, y: Float, z: float, phases: NDArray[np.float64]) -> tuple[Float, Float]:
    """Return anatomical coordinates: LPS mm plus a smooth shift of up to 3 mm."""
    p = phases.astype(np.float32)
    lift = np.float32(z)
    shift_x = 1.4 * np.sin(y / 31 + lift / 43 + p[0]) + 1.1 * np.sin(x / 27 - y / 39 + p[1]) + 0.5 * np.sin(lift / 17 + p[2])
    shift_y = 1.2 * np.sin(x / 29 + lift / 37 + p[3]) + 1.0 * np.sin(y / 33 + x / 41 + p[4]) + 0.6 * np.sin(lift / 23 + p[5])
    return (x + shift_x).astype(np.float32), (y + shift_y).astype(np.float32)


def _paint_tumour(canvas: Canvas, tumour: Tumour) -> None:
    """Paint the tumour in true coordinates: the warp does not touch what has a known truth."""
    low, high = tumour.box()
    if not low[2] <= canvas.z <= high[2]:
        return
    rows = slice(*np.searchsorted(canvas.rows, (low[1], high[1])).tolist())
    columns = slice(*np.searchsorted(canvas.columns, (low[0], high[0])).tolist())
    x, y = np.meshgrid(canvas.columns[columns], canvas.rows[rows])
    points = np.stack([x, y, np.full_like(x, canvas.z)], axis=-1).astype(np.float64)
    target = canvas.labels[rows, columns]
    target[tumour.is_node(points)] = Tissue.NODE
    target[tumour.is_gtv(points)] = Tissue.TUMOUR
    target[tumour.is_hrs(points)] = Tissue.HOT_TUMOUR
