"""The neck of the synthetic patient: muscles, airway from throat to trachea, vessels, thyroid and shoulder muscles."""

from __future__ import annotations

from .canvas import BOTH, Canvas
from .tissues import Tissue


def paint_neck_muscles(canvas: Canvas) -> None:
    """Paint the muscles of neck, nape and shoulders, in their bed of fat; bones and vessels come later."""
    if canvas.z > 62:
        return
    _paint_shoulder_muscles(canvas)
    muscle = Tissue.MUSCLE
    canvas.tube(
        muscle,
        [(-150, 46, 84, 48, 9), (-105, 40, 72, 46, 14), (-70, 30, 66, 34, 11), (-30, 20, 68, 22, 7), (20, 10, 70, 10, 4)],
        tilt=-22,
        sides=BOTH,
    )
    canvas.tube(
        muscle,
        [(-150, 24, 74, 20, 13), (-80, 22, 56, 19, 13), (-20, 24, 52, 20, 10), (40, 24, 58, 19, 9), (52, 20, 62, 14, 6)],
        tilt=-28,
        sides=BOTH,
    )
    canvas.tube(
        muscle,
        [(-150, 13, 72, 11, 13), (-60, 13, 50, 11.5, 15), (-10, 13, 46, 12, 15), (40, 13, 50, 11, 14), (50, 12, 54, 9, 9)],
        sides=BOTH,
    )
    canvas.tube(
        muscle,
        [(-110, 46, 30, 22, 14), (-70, 38, 32, 15, 15), (-20, 38, 34, 11, 13), (30, 42, 34, 9, 10)],
        tilt=-16,
        sides=BOTH,
    )
    canvas.tube(
        muscle, [(-118, 36, 18, 14, 12), (-80, 32, 18, 10, 10), (-30, 25, 20, 7, 8), (10, 22, 18, 5, 5)], tilt=10, sides=BOTH
    )
    canvas.tube(muscle, [(-140, 9, 34, 8, 5), (-60, 9, 14, 8, 4.5), (0, 8, 8.5, 8.5, 4), (44, 8, 10, 8, 4)], sides=BOTH)
    sternomastoid = [
        (-128, 18, -36, 10, 5),
        (-100, 26, -26, 12, 6),
        (-60, 39, -8, 14, 6.5),
        (-20, 50, 16, 14, 6.5),
        (30, 60, 32, 9, 6),
        (48, 62, 32, 5, 6),
    ]
    canvas.tube(muscle, sternomastoid, tilt=50, sides=BOTH)
    canvas.tube(muscle, [(-128, 10, -36, 10, 3), (-80, 11, -34, 10, 3), (-42, 9, -40, 10, 3)], tilt=14, sides=BOTH)
    canvas.tube(muscle, [(-30, 24, -12, 7, 9), (0, 27, 0, 5, 7), (30, 31, 6, 4, 6)], tilt=-20, sides=BOTH)


def _paint_shoulder_muscles(canvas: Canvas) -> None:
    """Deltoid, shoulder-blade and chest muscles as large bundles with fat between them."""
    muscle = Tissue.MUSCLE
    canvas.tube(
        muscle,
        [(-205, 186, 22, 34, 46), (-150, 182, 24, 36, 42), (-118, 172, 24, 34, 36), (-99, 156, 26, 26, 20)],
        sides=BOTH,
        power=2.3,
    )
    canvas.tube(Tissue.FAT, [(-205, 150, 6, 8, 30), (-140, 146, 4, 6, 18)], tilt=18, sides=BOTH)
    canvas.tube(
        muscle,
        [(-205, 118, 82, 44, 14), (-140, 112, 80, 44, 15), (-112, 104, 74, 40, 14), (-96, 100, 64, 30, 8)],
        tilt=-24,
        sides=BOTH,
    )
    canvas.tube(muscle, [(-205, 116, 60, 34, 9), (-140, 116, 56, 32, 11), (-118, 116, 54, 24, 8)], tilt=-24, sides=BOTH)
    canvas.tube(muscle, [(-205, 84, -46, 62, 12), (-150, 88, -36, 60, 12), (-128, 92, -22, 50, 9)], tilt=16, sides=BOTH)
    canvas.tube(muscle, [(-205, 24, 92, 24, 12), (-120, 24, 84, 22, 12)], sides=BOTH, power=2.4)


def paint_airway(canvas: Canvas) -> None:
    """Paint throat, larynx with its cartilages, trachea and gullet."""
    cartilage, mucosa, air = Tissue.CARTILAGE, Tissue.MUCOSA, Tissue.AIR
    canvas.tube(mucosa, [(-46, 0, -8, 18, 11), (-20, 0, -2, 19, 11), (6, 0, -1, 18, 9), (40, 0, -4, 18, 9)], power=2.3)
    canvas.tube(
        air,
        [(-44, 0, -10, 11, 7), (-20, 0, -5, 14, 7), (4, 0, -3.5, 12.5, 5.2), (28, 0, -4.5, 12, 4.5), (38, 0, -6, 12, 5)],
        power=2.3,
    )
    canvas.capsule(mucosa, (0, -14, -40), (0, -6, -6), 2.2)
    canvas.ellipsoid(air, (5.5, -16, -16), (4.0, 3.0, 6), sides=BOTH)
    for radius, tissue in ((2.8, cartilage), (1.4, Tissue.MARROW)):
        canvas.capsule(tissue, (0, -38, -27), (17, -30, -27), radius, sides=BOTH)
        canvas.capsule(tissue, (17, -30, -27), (22, -8, -23), radius, sides=BOTH)
    canvas.tube(mucosa, [(-62, 0, -12, 15, 17), (-38, 0, -12, 17, 16)], power=2.2)
    canvas.tube(air, [(-50, 0, -13, 4, 10), (-42, 0, -12, 8, 9), (-36, 0, -11, 11, 8)], power=2.1)
    canvas.ellipsoid(air, (13, 0, -42), (2.4, 4.5, 12), tilt=-20, sides=BOTH)
    if -66 < canvas.z < -34:
        start, stop = (0.0, -40.0, canvas.z), (21.0, -2.0, canvas.z)
        canvas.capsule(cartilage, start, stop, 2.0, sides=BOTH)
    if -58 < canvas.z < -50:
        canvas.capsule(Tissue.VOCAL_CORD, (1.5, -28, canvas.z), (5.5, -8, canvas.z), 3.4, sides=BOTH)
        canvas.ellipse(air, (0, -15), (2.2, 10.5))
        canvas.ellipse(cartilage, (6, -3), (3.2, 3.0), sides=BOTH)
    windpipe = [
        (-205, 0, 14, 10, 9.5),
        (-150, 0, 8, 10, 9.5),
        (-110, 0, -4, 9.5, 9.5),
        (-72, 0, -14, 9.0, 10.5),
        (-58, 0, -15, 7.0, 11),
    ]
    ring = cartilage if canvas.z < -60 else mucosa
    canvas.tube(ring, windpipe, thinner=-2.6)
    canvas.tube(mucosa, windpipe, thinner=-0.9)
    canvas.tube(air, windpipe)
    gullet = [(-205, 6, 34, 8, 6), (-140, 5, 28, 8, 6), (-100, 3, 18, 8, 5), (-66, 0, 6, 10, 4.5)]
    canvas.tube(Tissue.MUSCLE, gullet)
    canvas.tube(mucosa, gullet, thinner=2.8)


def paint_glands_and_vessels(canvas: Canvas) -> None:
    """Paint thyroid, great vessels with contrast, and small lymph nodes."""
    canvas.tube(
        Tissue.THYROID,
        [(-106, 15, -4, 3, 4), (-92, 17, -6, 7.5, 10), (-74, 17, -10, 7, 10), (-60, 17, -12, 3, 5)],
        tilt=-14,
        sides=BOTH,
    )
    canvas.ellipsoid(Tissue.THYROID, (0, -27, -86), (13, 3.2, 7))
    vessel = Tissue.VESSEL
    carotid = [
        (-205, 16, -8, 5, 5),
        (-125, 16, -2, 4.2, 4.2),
        (-85, 23, 4, 3.6, 3.6),
        (-22, 29, 3, 3.9, 4.1),
        (-12, 29, 6, 4.6, 4.2),
        (60, 27, 10, 2.5, 2.5),
    ]
    canvas.tube(vessel, carotid, sides=BOTH)
    jugular = [
        (-130, 26, -10, 7, 7),
        (-90, 31, 0, 6.5, 6),
        (-20, 37, 8, 6, 5.2),
        (30, 34, 14, 4.5, 4.2),
        (60, 30, 16, 3.8, 3.8),
    ]
    canvas.tube(vessel, jugular, sides=(1,))
    canvas.tube(vessel, [(z, x, y, rx * 1.25, ry * 1.2) for z, x, y, rx, ry in jugular], sides=(-1,))
    canvas.tube(vessel, [(-60, 56, 0, 2.0, 2.8), (-20, 58, 14, 1.8, 2.4)], sides=BOTH)
    soft = (Tissue.FAT, Tissue.MUSCLE)
    for back, radius in ((0.0, 4.4), (16.0, 3.6)):
        canvas.capsule(vessel, (24, -12 + back, -128), (62, -14 + back, -103), radius, sides=BOTH, over=soft)
        canvas.capsule(vessel, (62, -14 + back, -103), (130, 4 + back, -140), radius, sides=BOTH, over=soft)
    canvas.ellipsoid(vessel, (0, -18, -200), (30, 24, 40), over=(Tissue.FAT,))
    for x, y, z in ((44, 22, -30), (46, 28, -46), (42, 20, -66), (44, 4, -8)):
        canvas.ellipsoid(Tissue.MUSCLE, (x, y, z), (3.2, 4.2, 5.0), sides=BOTH, over=(Tissue.FAT,))
