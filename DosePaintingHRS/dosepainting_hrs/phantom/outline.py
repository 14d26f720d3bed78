"""The skin of the synthetic patient, from vertex to shoulders, and what lies outside it: mask, head rest and couch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas, Float
from .tissues import Tissue

COUCH_TOP_Y = 128.0
_ANGLES = np.array([0, 6, 12, 20, 35, 55, 75, 90, 105, 125, 145, 165, 180], dtype=np.float64)
# Distance of the skin from the centre line, mm, by angle from anterior; rows by z, mm, from shoulders to brow.
_LEVELS = np.array([-200, -172, -150, -132, -116, -104, -92, -78, -60, -44, -34, -24, -8, 8, 24, 40, 54, 66, 85, 105.0])
_RADII = np.array(
    [
        [112, 113, 116, 122, 140, 190, 226, 230, 222, 160, 122, 108, 104],
        [104, 105, 108, 114, 132, 180, 220, 226, 216, 154, 116, 103, 100],
        [95, 96, 99, 104, 120, 164, 212, 220, 206, 146, 110, 98, 95],
        [85, 86, 88, 93, 106, 142, 190, 206, 188, 132, 102, 91, 88],
        [73, 74, 76, 80, 90, 112, 148, 166, 150, 112, 91, 83, 80],
        [65, 65, 66, 69, 76, 88, 105, 114, 108, 92, 80, 74, 72],
        [60, 60, 60, 61, 65, 70, 77, 81, 80, 76, 71, 67, 66],
        [58, 57, 57, 57, 58, 60, 63, 65, 66, 66, 64, 62, 61],
        [60, 59, 57, 56, 56, 57, 59, 60, 61, 63, 63, 62, 61],
        [56, 56, 56, 56, 56, 57, 58, 59, 60, 63, 64, 64, 63],
        [70, 70, 69, 68, 64, 60, 60, 60, 61, 64, 66, 66, 66],
        [92, 91, 89, 84, 73, 63, 62, 62, 63, 65, 68, 70, 70],
        [100, 99, 97, 92, 81, 69, 65, 65, 66, 68, 71, 73, 73],
        [101, 101, 99, 95, 86, 73, 68, 67, 68, 71, 74, 76, 76],
        [106, 105, 102, 98, 89, 76, 70, 69, 70, 74, 79, 81, 81],
        [105, 104, 102, 98, 90, 78, 72, 71, 73, 78, 84, 87, 88],
        [123, 117, 102, 97, 90, 79, 73, 73, 75, 80, 88, 92, 93],
        [117, 110, 98, 95, 90, 79, 74, 74, 76, 82, 90, 94, 96],
        [101, 98, 94, 94, 90, 81, 76, 76, 78, 84, 91, 96, 98],
        [97, 96, 95, 93, 88, 81, 77, 77, 79, 84, 91, 96, 98],
    ],
    dtype=np.float64,
)
_CENTRE_Z = np.array([-200, -150, -90, -60, -40, -15, 105.0])
_CENTRE_Y = np.array([28, 28, 22, 17, 10, 0, 0.0])
# Subcutaneous fat, mm, by z; the scalp is thinnest.
_FAT_Z = np.array([-200, -130, -100, -60, -20, 40, 90, 120.0])
_FAT_MM = np.array([13, 12, 8, 5, 7, 8, 4, 3.5])
_REST_Z = np.array([-105, -80, -40, 0, 30, 60, 100, 140, 165])
_REST_Y = np.array([100, 82, 76, 77, 84, 97, 104, 102, 128.0])
_BROW_Z, _VAULT_MM = 105.0, 94.0


def centre_y(z: float) -> float:
    """Return the y of the outline's centre line at height `z`, mm."""
    return float(np.interp(z, _CENTRE_Z, _CENTRE_Y))


def skin_radius(z: float, degrees: Float) -> Float:
    """Return the distance of the skin from the centre line, mm, by angle from anterior (0 to 180); 0 above the vertex."""
    from scipy.interpolate import CubicSpline, PchipInterpolator  # noqa: PLC0415  (slow to import)

    shrink = 1.0 - max(0.0, (z - _BROW_Z) / _VAULT_MM) ** 2
    if shrink <= 0:
        return np.zeros_like(degrees)
    by_level = PchipInterpolator(_LEVELS, _RADII, axis=0, extrapolate=False)
    knots = by_level(np.clip(z, _LEVELS[0], _LEVELS[-1]))
    mirrored = np.concatenate([knots[-2:0:-1], knots])
    around = CubicSpline(
        np.concatenate([-_ANGLES[-2:0:-1], _ANGLES]), mirrored, bc_type="natural"
    )  # Even about both ends: the outline has no crease at the midline.
    fine = np.linspace(0.0, 180.0, 361)
    radius: Float = np.interp(degrees, fine, around(fine) * np.sqrt(shrink)).astype(np.float32)
    return radius


def paint_outline(canvas: Canvas) -> None:
    """Paint skin, subcutaneous fat and, within it, a bed of fat; then ears, and set where anatomy may be painted."""
    x, y = canvas.x, canvas.y - np.float32(centre_y(canvas.z))
    distance = np.hypot(x, y)
    degrees = np.degrees(np.arctan2(np.abs(x), -y)).astype(np.float32)
    depth = skin_radius(canvas.z, degrees) - distance
    canvas.inside[:] = True
    canvas.labels[depth > 0] = Tissue.SKIN
    canvas.ellipsoid(Tissue.SKIN, (80, 14, 68), (3.5, 15, 30), tilt=-28, sides=(1, -1))
    canvas.ellipsoid(Tissue.CARTILAGE, (80, 14, 68), (1.2, 12, 26), tilt=-28, sides=(1, -1))
    canvas.ellipsoid(Tissue.AIR, (77, 5, 66), (5, 4, 5), sides=(1, -1))
    canvas.labels[depth > 1.8] = Tissue.FAT
    layer = np.float32(np.interp(canvas.z, _FAT_Z, _FAT_MM))
    canvas.inside[:] = depth > 1.8
    # Scalp and upper face: muscle under the fat. Below, the deep spaces are a bed of fat for what is painted next.
    if canvas.z >= 66:
        canvas.labels[depth > 1.8 + layer] = Tissue.MUSCLE
    elif -112 < canvas.z < -4:
        platysma = (depth > layer - 0.7) & (depth < layer + 0.9) & (degrees < 112) & (degrees > 9)
        canvas.labels[platysma] = Tissue.MUSCLE
    _paint_mask(canvas, depth, degrees)


def _paint_mask(canvas: Canvas, depth: NDArray[np.float32], degrees: Float) -> None:
    """Paint the thermoplastic sheet that lies on face, neck and shoulders."""
    reach = np.float32(np.interp(canvas.z, [-145, -110, -60, 0, 100, 200], [62, 80, 96, 112, 118, 150]))
    gap = -depth
    if depth.max() <= 0:
        return
    sheet = (gap > 0.8) & (gap < 3.2) & (degrees < reach) & (canvas.labels == Tissue.AIR)
    canvas.labels[sheet] = Tissue.MASK


def paint_support(canvas: Canvas) -> None:
    """Paint the foam head rest and the couch top behind the patient, where there is air."""
    free = canvas.labels == Tissue.AIR
    x, y = canvas.columns[None, :], canvas.rows[:, None]
    if canvas.z > -105:
        # A cushion with a hollow for the back of the head and a roll under the nape.
        surface = np.float32(np.interp(canvas.z, _REST_Z, _REST_Y)) - np.float32(0.0042) * x * x
        rest = (np.abs(x) < 95) & (y > np.maximum(surface, 40)) & (y < COUCH_TOP_Y)
        canvas.labels[rest & free & ~canvas.inside] = Tissue.FOAM
    top, bottom = COUCH_TOP_Y, COUCH_TOP_Y + 45
    curve = np.float32(2.2e-4) * x * x
    plate = (y > top) & (y < bottom - curve) & (np.abs(x) < 262)
    shell = plate & ((y < top + 2.5) | (y > bottom - curve - 2.5) | (np.abs(x) > 259))
    canvas.labels[plate & free] = Tissue.FOAM
    canvas.labels[shell & free] = Tissue.COUCH_SHELL
