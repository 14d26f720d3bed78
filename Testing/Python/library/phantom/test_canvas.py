"""Solids painted into slices have the areas and volumes of geometry."""

from collections.abc import Callable

import numpy as np
import pytest

from dosepainting_hrs.phantom.canvas import BOTH, Canvas
from dosepainting_hrs.phantom.tissues import Tissue

PIXEL = 0.5
LINE = np.arange(-40, 40, PIXEL, dtype=np.float32) + np.float32(PIXEL / 2)


def blank(z: float = 0.0) -> Canvas:
    x, y = np.meshgrid(LINE, LINE)
    size = (len(LINE), len(LINE))
    return Canvas(LINE, LINE, x, y, z, np.zeros(size, np.uint8), np.ones(size, np.bool_))


def area_of(canvas: Canvas, tissue: Tissue) -> float:
    return float((canvas.labels == tissue).sum()) * PIXEL**2


def volume_of(paint: Callable[[Canvas], None], tissue: Tissue) -> float:
    slices = [blank(z) for z in np.arange(-29.75, 30, 0.5)]
    for one in slices:
        paint(one)
    return sum(area_of(one, tissue) for one in slices) * 0.5


@pytest.mark.parametrize("tilt", [0.0, 35.0])
def test_ellipse_has_the_area_of_an_ellipse(tilt: float) -> None:
    canvas = blank()
    canvas.ellipse(Tissue.MUSCLE, (3, -2), (20, 8), tilt=tilt)
    assert area_of(canvas, Tissue.MUSCLE) == pytest.approx(np.pi * 20 * 8, rel=0.01)


def test_ellipsoid_has_the_volume_of_an_ellipsoid() -> None:
    volume = volume_of(lambda canvas: canvas.ellipsoid(Tissue.MUSCLE, (1, 2, 3), (10, 14, 9)), Tissue.MUSCLE)
    assert volume == pytest.approx(4 / 3 * np.pi * 10 * 14 * 9, rel=0.01)


def test_capsule_has_the_volume_of_a_rod_with_round_ends() -> None:
    start, stop, radius = (-9.0, 4.0, -8.0), (12.0, -6.0, 10.0), 5.0
    length = float(np.linalg.norm(np.subtract(stop, start)))
    volume = volume_of(lambda canvas: canvas.capsule(Tissue.MUSCLE, start, stop, radius), Tissue.MUSCLE)
    assert volume == pytest.approx(np.pi * radius**2 * length + 4 / 3 * np.pi * radius**3, rel=0.01)


def test_tube_is_straight_between_its_rows_and_ends_with_them() -> None:
    rows = [(-10.0, 0.0, 0.0, 4.0, 4.0), (10.0, 8.0, 2.0, 8.0, 12.0)]
    middle, beyond = blank(0.0), blank(11.0)
    middle.tube(Tissue.MUSCLE, rows)
    beyond.tube(Tissue.MUSCLE, rows)
    ys, xs = np.nonzero(middle.labels)
    assert area_of(middle, Tissue.MUSCLE) == pytest.approx(np.pi * 6 * 8, rel=0.01)
    assert (LINE[xs].mean(), LINE[ys].mean()) == pytest.approx((4.0, 1.0), abs=0.1)
    assert not beyond.labels.any()


def test_paired_organs_are_mirror_images() -> None:
    canvas = blank()
    canvas.ellipse(Tissue.MUSCLE, (18, 4), (9, 4), tilt=30, sides=BOTH)
    assert np.array_equal(canvas.labels, canvas.labels[:, ::-1])
    assert area_of(canvas, Tissue.MUSCLE) == pytest.approx(2 * np.pi * 9 * 4, rel=0.02)


def test_paint_stays_within_the_skin_and_on_what_it_may_cover() -> None:
    canvas = blank()
    canvas.inside[:, :80] = False
    canvas.ellipse(Tissue.FAT, (10, 0), (6, 6))
    canvas.ellipse(Tissue.MUSCLE, (0, 0), (30, 30), over=(Tissue.FAT,))
    assert not canvas.labels[:, :80].any()
    assert area_of(canvas, Tissue.MUSCLE) == pytest.approx(np.pi * 36, rel=0.02)
