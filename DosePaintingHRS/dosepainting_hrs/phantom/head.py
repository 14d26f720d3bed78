"""The head of the synthetic patient: skull, brain, eyes, nose and sinuses, jaws and teeth, glands and muscles."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .canvas import BOTH, Canvas, Float
from .tissues import Tissue

# Outer table of the skull: an ellipsoid; centre and half axes in mm.
_VAULT = (0.0, 4.0, 104.0)
_VAULT_RADII = (70.0, 90.0, 86.0)
# Floor of the skull: height by y, in the midline and to the sides.
_FLOOR_Y = np.array([-90, -42, -34, -26, -14, -6, 0, 10, 16, 40, 70, 95.0])
_FLOOR_MIDDLE = np.array([86, 84, 84, 84, 83, 77, 86, 66, 52, 44, 48, 64.0])
_FLOOR_SIDE = np.array([96, 95, 94, 74, 64, 62, 63, 67, 58, 47, 52, 66.0])


def paint_head(canvas: Canvas) -> None:
    """Paint everything above the hyoid that is not the spine, from the outside in."""
    _paint_superficial(canvas)
    _paint_vault(canvas)
    _paint_skull_base(canvas)
    _paint_midface(canvas)
    _paint_eyes(canvas)
    _paint_sinuses(canvas)
    _paint_jaws(canvas)
    _paint_mouth(canvas)


def _paint_superficial(canvas: Canvas) -> None:
    """Muscles and glands at the sides of the head, in their beds of fat."""
    canvas.ellipsoid(Tissue.MUSCLE, (0, 74, 58), (58, 18, 26))
    canvas.ellipsoid(Tissue.FAT, (44, -42, 34), (24, 30, 32), sides=BOTH)
    canvas.ellipsoid(Tissue.MUSCLE, (66, -18, 92), (6.5, 36, 36), tilt=14, sides=BOTH)
    canvas.tube(
        Tissue.MUSCLE,
        [(-22, 52, -26, 6, 13), (5, 57, -22, 7.5, 17), (30, 59, -28, 7, 16), (52, 61, -34, 3, 11)],
        tilt=-12,
        sides=BOTH,
    )
    canvas.tube(
        Tissue.MUSCLE,
        [(-16, 37, -14, 4, 11), (10, 36, -16, 6, 13), (36, 34, -18, 7, 15), (56, 34, -18, 7, 13)],
        tilt=12,
        sides=BOTH,
    )
    canvas.ellipsoid(Tissue.MUSCLE, (40, -22, 46), (12, 12, 9), sides=BOTH)
    canvas.ellipsoid(Tissue.MUSCLE, (33, -80, 24), (20, 3, 24), tilt=26, sides=BOTH)
    canvas.tube(
        Tissue.PAROTID,
        [(-14, 53, 16, 4, 5), (4, 56, 12, 8, 13), (28, 58, 8, 10, 18), (48, 62, 4, 7, 16), (60, 64, 2, 2, 6)],
        tilt=-20,
        sides=BOTH,
    )
    canvas.ellipsoid(Tissue.VESSEL, (51, 10, 22), (2.4, 2.8, 34), sides=BOTH)


def _paint_vault(canvas: Canvas) -> None:
    """The cranial vault in its three layers, and the brain."""
    x, y = canvas.x / np.float32(_VAULT_RADII[0]), (canvas.y - np.float32(_VAULT[1])) / np.float32(_VAULT_RADII[1])
    z = (canvas.z - _VAULT[2]) / _VAULT_RADII[2]
    if abs(z) >= 1.0:
        return
    radius = np.sqrt(x * x + y * y + np.float32(z * z))
    # Depth below the outer table, to first order in the distance from it.
    gradient = np.sqrt(x * x / _VAULT_RADII[0] ** 2 + y * y / _VAULT_RADII[1] ** 2 + z * z / _VAULT_RADII[2] ** 2) / np.maximum(
        radius, 0.2
    )
    depth = (1.0 - radius) / np.maximum(gradient, 1e-3)
    above = canvas.z - _floor(canvas.x, canvas.y)
    everywhere = (slice(None), slice(None))
    thickness = (
        6.5 + 1.5 * np.sin(canvas.x / 19) * np.cos(canvas.y / 23) + 3.0 * np.exp(-((canvas.x / 14) ** 2)) * (canvas.y > 0)
    )
    wall = (depth > 0) & (above > -2.5)
    canvas.fill(Tissue.CORTICAL_BONE, wall & ((depth < thickness) | (above < 2.5)), everywhere)
    canvas.fill(Tissue.MARROW, wall & (depth > 2.0) & (depth < thickness - 2.0) & (above > 2.5), everywhere)
    cavity = (depth >= thickness) & (above >= 2.5)
    canvas.fill(Tissue.FLUID, cavity, everywhere)
    _paint_brain(canvas, np.minimum(depth - thickness, above - 2.5))


def _floor(x: Float, y: Float) -> Float:
    """Return the height of the skull's floor, mm: three steps of fossae, with the roofs of the orbits arched."""
    share = np.clip((np.abs(x) - 9.0) / 10.0, 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    middle, side = np.interp(y, _FLOOR_Y, _FLOOR_MIDDLE), np.interp(y, _FLOOR_Y, _FLOOR_SIDE)
    arch = np.where(y < -32, -0.009 * (np.abs(x) - 30.0) ** 2 - 0.006 * (y + 60.0) ** 2, 0.006 * (np.abs(x) - 38.0) ** 2)
    floor: Float = (middle + (side + arch - middle) * share).astype(np.float32)
    return floor


def _paint_brain(canvas: Canvas, depth: Float) -> None:
    """Grey and white matter with sulci, ventricles, deep nuclei and the cerebellum below its tent."""
    x, y, z = canvas.x, canvas.y, np.float32(canvas.z)
    everywhere = (slice(None), slice(None))
    swirl = 2.2 * np.sin(x / 11 + z / 13) + 2.0 * np.sin(y / 9 - z / 17)
    fold = np.sin(x / 5.2 + swirl + z / 7) + np.sin(y / 5.6 - swirl + np.abs(x) / 12)
    tent = 78.0 - 0.35 * np.abs(x) + 0.12 * (y - 40.0)
    below = (z < tent) & (y > 18)
    canvas.fill(Tissue.WHITE_MATTER, depth > 1.8, everywhere)
    cortex = (depth > 1.8) & (depth < 8.5 + 3.8 * fold)
    canvas.fill(Tissue.GREY_MATTER, cortex, everywhere)
    sulcus = (depth > 0) & (depth < 13) & (np.abs(fold) < 0.13)
    midline = (np.abs(x + 0.8 * np.sin(y / 8)) < 1.1) & ((y < -18) | (y > 45) | (z > 128))
    canvas.fill(Tissue.FLUID, sulcus | (midline & (depth > 0)), everywhere)
    near_midline = (np.abs(x) > 1.1) & (np.abs(x) < 5.0 + 1.5 * fold) & (depth > 1.8) & ((y < -22) | (y > 48) | (z > 130))
    canvas.fill(Tissue.GREY_MATTER, near_midline & (np.abs(fold) >= 0.13), everywhere)
    canvas.ellipsoid(Tissue.GREY_MATTER, (26, -4, 106), (7, 20, 14), tilt=-14, sides=BOTH)
    canvas.ellipsoid(Tissue.GREY_MATTER, (11, 10, 104), (8, 13, 10), tilt=-20, sides=BOTH)
    canvas.ellipsoid(Tissue.FLUID, (10, -14, 116), (4, 16, 12), tilt=-16, sides=BOTH)
    canvas.ellipsoid(Tissue.FLUID, (17, 28, 114), (5, 22, 10), tilt=-24, sides=BOTH)
    canvas.ellipsoid(Tissue.FLUID, (0, 2, 102), (1.6, 12, 10))
    canvas.fill(Tissue.CEREBELLUM, below & (depth > 2.0), everywhere)
    canvas.ellipsoid(Tissue.WHITE_MATTER, (18, 42, 62), (12, 9, 8), tilt=-15, sides=BOTH, over=(Tissue.CEREBELLUM,))
    gap = (np.abs(z - tent) < 1.4) & (y > 18) & (depth > 0)
    canvas.fill(Tissue.FLUID, gap | ((np.abs(x) < 2.0) & below & (y > 70) & (depth > 0)), everywhere)
    canvas.tube(Tissue.WHITE_MATTER, [(42, 0, 26, 7, 6), (60, 0, 18, 11, 9), (74, 0, 10, 15, 13), (90, 0, 6, 15, 12)])
    canvas.ellipsoid(Tissue.FLUID, (0, 31, 68), (6, 5, 9))


def _paint_skull_base(canvas: Canvas) -> None:
    """Petrous bones with air cells and ear canals, clivus, occipital rim of the foramen magnum, zygomatic arches."""
    canvas.ellipsoid(Tissue.CORTICAL_BONE, (40, 14, 68), (26, 10, 10), tilt=22, sides=BOTH)
    canvas.ellipsoid(Tissue.MARROW, (26, 6, 67), (7, 4, 5), tilt=30, sides=BOTH)
    canvas.ellipsoid(Tissue.CORTICAL_BONE, (57, 27, 54), (9, 13, 20), sides=BOTH)
    for dx, dy, dz in ((55, 22, 58), (59, 29, 52), (56, 33, 60), (60, 24, 48), (53, 28, 50), (58, 34, 66), (52, 20, 66)):
        canvas.ellipsoid(Tissue.AIR, (dx, dy, dz), (2.6, 3.4, 4.2), sides=BOTH)
    canvas.capsule(Tissue.AIR, (46, 8, 66), (76, 6, 66), 2.6, sides=BOTH)
    canvas.ellipsoid(Tissue.FLUID, (38, 12, 67), (2.6, 2.0, 2.4), sides=BOTH)
    canvas.tube(Tissue.CORTICAL_BONE, [(46, 0, 6, 10, 4), (60, 0, 0, 14, 6), (74, 0, -6, 13, 9)])
    canvas.tube(Tissue.MARROW, [(48, 0, 6, 7, 2.2), (60, 0, 0, 11, 3.6), (72, 0, -6, 10, 6)])
    canvas.ellipsoid(Tissue.CORTICAL_BONE, (20, 24, 46), (6, 12, 7), tilt=-18, sides=BOTH)
    canvas.capsule(Tissue.CORTICAL_BONE, (68, -42, 64), (67, 2, 66), 3.2, sides=BOTH)
    canvas.capsule(Tissue.CORTICAL_BONE, (22, -14, 62), (26, -16, 42), 2.0, sides=BOTH)


def _paint_midface(canvas: Canvas) -> None:
    """Maxilla, cheek bones, orbits' rims, hard palate and the nasal bones."""
    canvas.ellipsoid(Tissue.CORTICAL_BONE, (0, -60, 60), (47, 33, 27), power=2.6)
    canvas.ellipsoid(Tissue.MARROW, (0, -60, 60), (44, 30, 24), power=2.6)
    canvas.capsule(Tissue.CORTICAL_BONE, (17, -30, 44), (18, -26, 70), 2.2, sides=BOTH)
    canvas.capsule(Tissue.CORTICAL_BONE, (22, -30, 46), (28, -24, 68), 1.8, sides=BOTH)
    canvas.ellipsoid(Tissue.MUSCLE, (36, -22, 55), (15, 9, 9), tilt=-20, sides=BOTH)
    canvas.ellipsoid(Tissue.MUSCLE, (52, -38, 68), (7, 15, 18), tilt=10, sides=BOTH)
    canvas.ellipsoid(Tissue.MUSCLE, (20, -14, 56), (4, 6, 14), sides=BOTH)
    canvas.ellipsoid(Tissue.MUSCLE, (9, 6, 52), (8, 5, 10), sides=BOTH)
    canvas.ellipsoid(Tissue.CORTICAL_BONE, (48, -60, 66), (14, 12, 9), tilt=40, sides=BOTH)
    canvas.ellipsoid(Tissue.MARROW, (48, -60, 66), (11, 9, 6), tilt=40, sides=BOTH)
    canvas.capsule(Tissue.CORTICAL_BONE, (54, -64, 72), (52, -62, 98), 4.5, sides=BOTH)
    canvas.ellipsoid(Tissue.CORTICAL_BONE, (0, -74, 100), (52, 14, 9), power=2.8)
    canvas.capsule(Tissue.CORTICAL_BONE, (0, -100, 66), (0, -90, 88), 3.0)
    canvas.capsule(Tissue.CARTILAGE, (0, -108, 56), (0, -101, 66), 2.2)


def _paint_eyes(canvas: Canvas) -> None:
    """Orbits with fat, globes with lenses, optic nerves and eye muscles."""
    for depth, radius in ((-78, 20), (-66, 19), (-54, 15), (-43, 9)):
        canvas.ellipsoid(Tissue.FAT, (31 - 0.14 * (depth + 78), depth, 82), (radius, 13, radius), sides=BOTH)
    for dx, dz in ((11.5, 0), (-11.5, 0), (0, 11.5), (0, -11.5)):
        canvas.capsule(Tissue.EYE_MUSCLE, (32 + dx, -70, 82 + dz), (22 + 0.1 * dx, -36, 82 + 0.1 * dz), 2.1, sides=BOTH)
    canvas.capsule(Tissue.WHITE_MATTER, (31, -66, 82), (14, -30, 84), 2.0, sides=BOTH)
    canvas.ellipsoid(Tissue.SKIN, (32, -75, 82), (12.9, 12.9, 12.9), sides=BOTH)
    canvas.ellipsoid(Tissue.EYE, (32, -75, 82), (12, 12, 12), sides=BOTH)
    canvas.ellipsoid(Tissue.LENS, (32, -83.5, 82), (4.8, 2.2, 4.8), sides=BOTH)


def _paint_sinuses(canvas: Canvas) -> None:
    """Maxillary, ethmoid, sphenoid and frontal sinuses; nasal cavity with septum and turbinates; nasopharynx."""
    canvas.ellipsoid(Tissue.MUCOSA, (28, -58, 58), (17.5, 21, 18.5), power=2.4, tilt=-12, sides=BOTH)
    canvas.ellipsoid(Tissue.AIR, (28, -58, 58.6), (16.2, 19.6, 17.2), power=2.4, tilt=-12, sides=BOTH)
    canvas.ellipsoid(Tissue.CORTICAL_BONE, (0, -28, 80), (13, 26, 12), power=3.0)
    for row in range(5):
        y = -68 + 11.5 * row
        canvas.ellipsoid(Tissue.AIR, (6.2, y, 81), (4.9, 5.1, 9.5), power=2.6, sides=BOTH)
    canvas.ellipsoid(Tissue.AIR, (8, -12, 76), (7.2, 9.5, 8.5), power=2.4, sides=BOTH)
    canvas.ellipsoid(Tissue.AIR, (11, -82, 105), (10, 3.6, 11), tilt=14, sides=BOTH)
    canvas.ellipsoid(Tissue.MUCOSA, (0, -58, 57), (13, 44, 18), power=2.6)
    canvas.tube(Tissue.MUCOSA, [(43, 0, -106, 13, 9), (50, 0, -107, 12, 9), (60, 0, -102, 7, 6)])
    canvas.ellipsoid(Tissue.AIR, (6, -60, 57), (4.6, 47, 16), power=2.8, sides=BOTH)
    canvas.ellipsoid(Tissue.AIR, (6.4, -106, 46), (3.8, 6, 7), sides=BOTH)
    for z, reach in ((48, 6.0), (59, 5.0), (68, 3.6)):
        canvas.ellipsoid(Tissue.MUCOSA, (10.5, -54, z), (reach, 24, 4.2), sides=BOTH)
    canvas.tube(Tissue.MUCOSA, [(38, 0, -6, 18, 10), (50, 0, -9, 19, 12), (64, 0, -12, 14, 9)])
    canvas.tube(Tissue.AIR, [(36, 0, -7, 13, 5), (50, 0, -11, 14, 9), (63, 0, -14, 9, 6)], power=2.4)
    canvas.ellipsoid(Tissue.TONSIL, (0, 2, 55), (9, 3.5, 8))


def _paint_jaws(canvas: Canvas) -> None:
    """Hard palate, mandible with marrow and canal, and two rows of teeth."""
    if 30 < canvas.z < 42:
        canvas.ellipse(Tissue.CORTICAL_BONE, (0, -62), (31, 35), power=2.4)
        canvas.ellipse(Tissue.MARROW, (0, -62), (28, 32), power=2.4)
        canvas.ellipse(Tissue.CORTICAL_BONE if canvas.z > 37 else Tissue.MUCOSA, (0, -50), (19, 34))
    # Gums, lips and the muscle of the cheeks: the bed of both rows of teeth.
    canvas.ellipsoid(Tissue.MUSCLE, (0, -57, 12), (34, 43, 27), power=3.2, over=(Tissue.FAT,))
    for thinner, tissue in ((0.0, Tissue.CORTICAL_BONE), (2.4, Tissue.MARROW)):
        _paint_mandible(canvas, tissue, thinner)
    _paint_teeth(canvas)


def _paint_mandible(canvas: Canvas, tissue: Tissue, thinner: float) -> None:
    ridge = [(47, -10, -8), (45, -26, -9), (40, -46, -9), (31, -66, -8), (18, -81, -8), (0, -87, -8)]
    for (x0, y0, z0), (x1, y1, z1) in pairwise(ridge):
        for lift, radius in ((-6, 5.4), (1, 5.6), (8, 5.0)):
            canvas.capsule(tissue, (x0, y0, z0 + lift), (x1, y1, z1 + lift), radius - thinner, sides=BOTH)
    ramus = [(-12, 47, -10, 4.4, 10), (6, 48, -8, 4.2, 16), (28, 49, -10, 4.0, 15), (42, 50, -10, 3.6, 13)]
    canvas.tube(tissue, ramus, sides=BOTH, thinner=thinner * 0.7, tilt=-6, power=2.5)
    canvas.tube(tissue, [(40, 50, -2, 4.5, 6), (56, 50, 0, 5, 4), (61, 50, 1, 8, 4.5)], sides=BOTH, thinner=thinner)
    canvas.tube(tissue, [(40, 50, -18, 3.4, 6), (56, 50, -22, 2.6, 3.5)], sides=BOTH, thinner=thinner)


def _paint_teeth(canvas: Canvas) -> None:
    """Sixteen teeth in each jaw on a parabola-like arch; roots go into the bone."""
    angles = np.radians([6, 18, 30, 42, 54, 65, 76, 86])
    for upper in (True, False):
        half_x, half_y, middle_y = (29, 37, -58) if upper else (28, 35, -56)
        for number, angle in enumerate(angles):
            x, y = half_x * np.sin(angle), middle_y - half_y * np.cos(angle)
            width = (3.2, 2.7, 3.0, 3.3, 3.4, 4.6, 4.6, 4.3)[number]
            crown, root = (20.5, 31) if upper else (13.5, 4)
            canvas.ellipsoid(Tissue.TOOTH, (x, y, crown), (width, width * 1.15, 5.5), sides=BOTH, power=2.6)
            canvas.ellipsoid(Tissue.TOOTH, (x, y, root), (width * 0.6, width * 0.7, 8.0), sides=BOTH)


def _paint_mouth(canvas: Canvas) -> None:
    """Tongue, floor of the mouth, submandibular glands, soft palate, tonsils and lips."""
    canvas.ellipsoid(Tissue.TONGUE, (0, -45, 10), (26, 38, 23), power=2.6)
    canvas.ellipsoid(Tissue.AIR, (0, -46, 31), (15, 20, 2.0))
    canvas.tube(Tissue.TONGUE, [(-26, 0, -48, 20, 24), (-8, 0, -50, 22, 28), (2, 0, -48, 23, 30)], power=2.4)
    canvas.ellipsoid(Tissue.FAT, (0, -52, 4), (1.6, 22, 12))
    canvas.ellipsoid(Tissue.FAT, (15, -46, -8), (2.6, 20, 10), tilt=-16, sides=BOTH)
    canvas.ellipsoid(Tissue.SUBMANDIBULAR, (33, -24, -22), (9, 14, 12), tilt=-24, sides=BOTH)
    canvas.ellipsoid(Tissue.SUBMANDIBULAR, (20, -62, 0), (3.6, 12, 5), tilt=-30, sides=BOTH)
    canvas.ellipsoid(Tissue.MUSCLE, (13, -50, -27), (5, 22, 6), tilt=-14, sides=BOTH)
    canvas.ellipsoid(Tissue.MUCOSA, (0, -14, 33), (17, 8, 8))
    canvas.ellipsoid(Tissue.TONSIL, (17, -8, 12), (5, 7, 13), sides=BOTH)
    canvas.ellipsoid(Tissue.TONSIL, (0, -12, 2), (14, 4, 9))
    canvas.ellipsoid(Tissue.MUSCLE, (0, -98, 17), (26, 5, 12), power=2.5)
