"""The spine of the synthetic patient with its canal, and the bones of shoulders and upper chest."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .canvas import BOTH, Canvas
from .tissues import Tissue

# Vertebral bodies: z and y of the centre, half width, half depth, half height, length of the spinous process; mm.
_BODIES = (
    (24.0, 19.0, 9.5, 7.5, 8.5, 20.0),
    (5.0, 17.0, 10.0, 7.5, 6.8, 17.0),
    (-12.0, 16.0, 10.5, 7.8, 6.8, 17.0),
    (-29.0, 17.5, 11.0, 8.0, 6.8, 18.0),
    (-46.0, 20.5, 12.0, 8.3, 6.8, 22.0),
    (-64.0, 25.0, 13.0, 8.8, 7.2, 30.0),
    (-83.0, 31.5, 14.0, 9.6, 7.8, 31.0),
    (-103.0, 39.0, 14.0, 10.5, 8.3, 30.0),
    (-124.0, 46.0, 14.0, 11.3, 8.8, 30.0),
    (-146.0, 51.5, 14.0, 12.0, 9.3, 30.0),
    (-169.0, 55.5, 14.0, 12.7, 9.8, 30.0),
    (-193.0, 58.0, 14.5, 13.4, 10.2, 30.0),
)
_TABLE = np.array(sorted(_BODIES))


def paint_spine(canvas: Canvas) -> None:
    """Paint vertebrae, discs, canal and cord."""
    if canvas.z > 48:
        return
    z = canvas.z
    y, half_width, half_depth, process = (float(np.interp(z, _TABLE[:, 0], _TABLE[:, column])) for column in (1, 2, 3, 5))
    nearest = _TABLE[int(np.argmin(np.abs(_TABLE[:, 0] - z)))]
    level = (z - nearest[0]) / nearest[4]
    canal_y = y + half_depth + 8.0
    _paint_arch(canvas, canal_y, half_width, process, level)
    if z < 34:
        _paint_body(canvas, (y, half_width, half_depth), level)
    else:
        _paint_atlas(canvas)
    canvas.ellipse(Tissue.FAT, (0, canal_y), (10.5, 8.0))
    canvas.ellipse(Tissue.FLUID, (0, canal_y - 0.5), (9.5, 7.2))
    swelling = 1.0 + 0.15 * float(np.exp(-(((z + 45) / 25) ** 2)))
    canvas.ellipse(Tissue.SPINAL_CORD, (0, canal_y - 0.5), (6.2 * swelling, 4.2))


def cord_at(z: float) -> tuple[float, float, float, float]:
    """Return centre (x, y) and half axes of the spinal cord at height `z`, mm."""
    y, half_depth = (float(np.interp(z, _TABLE[:, 0], _TABLE[:, column])) for column in (1, 3))
    swelling = 1.0 + 0.15 * float(np.exp(-(((z + 45) / 25) ** 2)))
    return 0.0, y + half_depth + 7.5, 6.2 * swelling, 4.2


def _paint_body(canvas: Canvas, body: tuple[float, float, float], level: float) -> None:
    y, half_width, half_depth = body
    if abs(level) > 1.0:
        canvas.ellipse(Tissue.DISC, (0, y), (half_width, half_depth), power=2.5)
        return
    waist = 1.0 - 0.10 * (1.0 - level**2)
    canvas.ellipse(Tissue.CORTICAL_BONE, (0, y), (half_width * waist, half_depth * waist), power=2.6)
    if abs(level) < 0.85:
        canvas.ellipse(Tissue.MARROW, (0, y), (half_width * waist - 1.5, half_depth * waist - 1.5), power=2.6)


def _paint_arch(canvas: Canvas, canal_y: float, half_width: float, process: float, level: float) -> None:
    """Laminae, facet joints, transverse and spinous processes, each at its share of a vertebra's height."""
    z = canvas.z
    if -0.6 < level < 0.75:
        canvas.ellipse(Tissue.CORTICAL_BONE, (0, canal_y + 1), (14.5, 12.0))
        canvas.ellipse(Tissue.MARROW, (0, canal_y + 1), (12.8, 10.4))
        canvas.ellipse(Tissue.CORTICAL_BONE, (0, canal_y), (11.8, 9.2))
    chest = z < -92
    canvas.ellipse(Tissue.CORTICAL_BONE, (half_width + 5.5, canal_y - 3), (6.5, 7.0), tilt=20, sides=BOTH)
    canvas.ellipse(Tissue.MARROW, (half_width + 5.5, canal_y - 3), (4.8, 5.2), tilt=20, sides=BOTH)
    if abs(level) > 0.82:
        canvas.ellipse(Tissue.CARTILAGE, (half_width + 5.5, canal_y - 3), (6.5, 0.8), tilt=20, sides=BOTH)
    if -0.5 < level < 0.4:
        reach = 16.0 if chest else 8.0
        back = 8.0 if chest else -7.0
        start, stop = (half_width + 2, canal_y - 3, z), (half_width + reach, canal_y - 3 + back, z)
        canvas.capsule(Tissue.CORTICAL_BONE, start, stop, 3.6, sides=BOTH)
        canvas.capsule(Tissue.MARROW, start, stop, 2.0, sides=BOTH)
        if not chest:
            canvas.ellipse(Tissue.VESSEL, (half_width + 3.5, canal_y - 9), (1.7, 1.9), sides=BOTH)
    if -0.95 < level < 0.15:
        tip = canal_y + 9 + process * (0.75 - 0.5 * level)
        canvas.capsule(Tissue.CORTICAL_BONE, (0, canal_y + 10, z), (0, tip, z), 3.2)
        canvas.capsule(Tissue.MARROW, (0, canal_y + 10, z), (0, tip - 1, z), 1.6)


def _paint_atlas(canvas: Canvas) -> None:
    """First vertebra as a ring around the dens of the second."""
    if canvas.z > 46:
        return
    canvas.ellipse(Tissue.CORTICAL_BONE, (0, 26), (24, 19))
    canvas.ellipse(Tissue.FAT, (0, 29), (19, 15))
    canvas.ellipse(Tissue.CORTICAL_BONE, (19, 17), (9, 8), tilt=-20, sides=BOTH)
    canvas.ellipse(Tissue.MARROW, (19, 17), (6.5, 5.5), tilt=-20, sides=BOTH)
    canvas.capsule(Tissue.CORTICAL_BONE, (28, 20, 40), (38, 22, 39), 3.5, sides=BOTH)
    canvas.ellipse(Tissue.CORTICAL_BONE, (0, 15), (5.2, 5.4))
    canvas.ellipse(Tissue.MARROW, (0, 15), (3.2, 3.4))


def paint_girdle(canvas: Canvas) -> None:
    """Paint lungs with pleura, ribs, sternum, clavicles, shoulder blades and arm bones."""
    z = canvas.z
    if z > -60:
        return
    lung = [
        (-205, 74, 12, 62, 78),
        (-160, 66, 18, 52, 64),
        (-130, 52, 26, 36, 44),
        (-112, 44, 32, 22, 26),
        (-104, 42, 34, 6, 8),
    ]
    wide = [(a, b, c, d + 7, e + 7) for a, b, c, d, e in lung]
    canvas.tube(Tissue.MUSCLE, wide, sides=BOTH)
    _paint_ribs(canvas)
    canvas.tube(Tissue.LUNG, lung, sides=BOTH)
    _paint_lung_vessels(canvas)
    canvas.tube(Tissue.FAT, [(-205, 0, 8, 34, 58), (-160, 0, 6, 30, 46), (-130, 0, 6, 24, 34), (-118, 0, 4, 18, 26)], power=2.6)
    for bone, thinner in ((Tissue.CORTICAL_BONE, 0.0), (Tissue.MARROW, 1.9)):
        canvas.capsule(bone, (16, -44, -128), (78, -28, -110), 6.2 - thinner, sides=BOTH)
        canvas.capsule(bone, (78, -28, -110), (140, 22, -117), 5.6 - thinner, sides=BOTH)
        canvas.tube(bone, [(-205, 0, -66, 22, 6), (-150, 0, -58, 25, 7), (-128, 0, -50, 22, 7)], power=2.8, thinner=thinner)
        canvas.ellipsoid(bone, (168, 22, -148), (23 - thinner, 22 - thinner, 22 - thinner), sides=BOTH)
        canvas.tube(
            bone, [(-205, 184, 20, 12, 12), (-164, 180, 20, 14, 14), (-150, 174, 21, 18, 18)], sides=BOTH, thinner=thinner * 1.6
        )
        canvas.capsule(bone, (134, 38, -132), (142, 32, -148), 9.0 - thinner, sides=BOTH)
        canvas.capsule(bone, (136, 28, -121), (160, 30, -126), 5.0 - thinner, sides=BOTH)
        canvas.capsule(bone, (96, 74, -124), (146, 48, -122), 5.0 - thinner, sides=BOTH)
    canvas.tube(
        Tissue.CORTICAL_BONE,
        [(-205, 112, 74, 34, 3.2), (-150, 112, 70, 32, 3.0), (-118, 114, 64, 22, 2.6)],
        tilt=-24,
        sides=BOTH,
    )


def _paint_ribs(canvas: Canvas) -> None:
    """Ribs as rods that run down and forward round each lung."""
    for number in range(5):
        top = -98.0 - 21.0 * number
        wide, deep = 34.0 + 13.0 * number, 36.0 + 12.0 * number
        middle_x, middle_y = 34.0 + 5.0 * number, 30.0 - 2.0 * number
        angles = np.radians(np.linspace(-10, 168, 10))
        points = [
            (middle_x + wide * np.sin(a), middle_y + deep * np.cos(a), top - (16 + 8 * number) * a / np.pi) for a in angles
        ]
        for start, stop in pairwise(points):
            canvas.capsule(Tissue.CORTICAL_BONE, start, stop, 4.4, sides=BOTH)
            canvas.capsule(Tissue.MARROW, start, stop, 2.8, sides=BOTH)


def _paint_lung_vessels(canvas: Canvas) -> None:
    """A few branches, so that the lung is not empty."""
    for number in range(14):
        angle = 2.4 * number
        foot, tip = (32.0, 10.0, -215.0), (56 + 26 * np.cos(angle), 18 + 34 * np.sin(angle), -136.0 - 5 * (number % 5))
        canvas.capsule(Tissue.VESSEL, foot, (float(tip[0]), float(tip[1]), float(tip[2])), 1.5, sides=BOTH, over=(Tissue.LUNG,))
