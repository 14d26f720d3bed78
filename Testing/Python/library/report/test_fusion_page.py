"""The picture on which a registration is judged: what is shown, where, and what is written on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.errors import GeometryError
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.report.edges import edges
from dosepainting_hrs.report.fusion import fused
from dosepainting_hrs.report.fusion_page import fusion_figure, shown_box, write_fusion

SHAPE = (40, 60, 60)  # 3 x 2 x 2 mm: 120 x 120 x 120 mm.
GEOMETRY = geometry_of(SHAPE, spacing=(2.0, 2.0, 3.0))


def pair() -> tuple[Image, Image, Mask]:
    """A fixed image, a moving one that ends before its edges, and a region of 5 x 6 x 6 voxels in the middle of nowhere."""
    values = np.random.default_rng(3).uniform(0.0, 100.0, SHAPE).astype(np.float32)
    moving = values.copy()
    moving[:10] = moving[:, :, 50:] = np.nan
    inside = np.zeros(SHAPE, dtype=np.bool_)
    inside[20:25, 28:34, 40:46] = True
    fixed = image_of(values, geometry=GEOMETRY)
    return fixed, replace(fixed, array=moving), mask_of(inside, geometry=GEOMETRY, name="GTVp")


def words(figure: Any) -> list[str]:
    return [text.get_text() for place in (figure, *figure.axes) for text in place.texts]


def test_the_region_is_shown_with_its_margin_as_far_as_both_reach() -> None:
    """40 mm are 14 slices of 3 mm and 20 voxels of 2 mm; the moving image begins at slice 10 and ends at column 49."""
    fixed, moving, region = pair()
    low, high, centre = shown_box(fixed, moving, region)
    assert (low.tolist(), high.tolist(), centre.tolist()) == ([10, 8, 20], [38, 53, 49], [22, 30, 42])
    low, high, centre = shown_box(fixed, moving, None)
    assert (low.tolist(), high.tolist(), centre.tolist()) == ([10, 0, 0], [39, 59, 49], [24, 29, 24])
    with pytest.raises(GeometryError, match="has no value"):
        shown_box(fixed, replace(moving, array=np.full(SHAPE, np.nan, dtype=np.float32)), region)


def test_a_region_that_the_moving_image_does_not_reach_is_shown_whole() -> None:
    fixed, moving, region = pair()
    array = np.zeros(SHAPE, dtype=np.bool_)
    array[2:4, 28:34, 54:58] = True
    low, high, _ = shown_box(fixed, moving, replace(region, array=array))
    assert (low <= [2, 28, 54]).all()
    assert (high >= [3, 33, 57]).all()


@pytest.mark.parametrize(
    ("view", "legend"),
    [
        ("checkerboard", ["fields of 10 mm in turn: CT (upper left), T2"]),
        ("blend", ["CT", "T2", "both equally bright"]),
        ("difference", ["CT brighter", "T2 brighter", "equal"]),
        ("outline", ["CT", "edges of T2"]),
    ],
)
def test_every_panel_bears_letters_scale_and_place_and_the_legend_names_the_images(view: str, legend: list[str]) -> None:
    fixed, moving, region = pair()
    figure = fusion_figure(fixed, moving, region, view, names=("CT", "T2"), region_name="GTVp")
    letters = [{text.get_text() for text in axes.texts} for axes in figure.axes]
    for seen, sides in zip(letters, ({"A", "P", "L", "R"}, {"S", "I", "L", "R"}, {"S", "I", "A", "P"}), strict=True):
        assert sides < seen
        assert "20 mm" in seen
        assert any(text.endswith(" mm") and " = " in text for text in seen)
    assert [one for one in words(figure) if one in legend] == legend
    assert {f"T2 on CT: {view}", "GTVp"} < set(words(figure))
    assert all(len(axes.collections) == 2 for axes in figure.axes)  # The region, and the dark line beneath.
    colours = [text.get_color() for text in figure.texts if text.get_text() == "\u25a0"]
    assert view != "blend" or colours[:2] == ["#22c322", "#ff00ff"]  # Green the fixed, magenta the moving image.


def test_the_panels_fill_the_picture_at_one_scale(tmp_path: Path) -> None:
    """92 mm (y) of 60 mm (x) axial; 60 of 87 mm (z) coronal; 92 of 87 mm sagittal."""
    fixed, moving, region = pair()
    figure = fusion_figure(fixed, moving, region, "blend", names=("CT", "T2"))
    sizes = [axes.get_window_extent() for axes in figure.axes]
    scale = [one.width / abs(np.diff(axes.get_xlim())[0]) for one, axes in zip(sizes, figure.axes, strict=True)]
    scale += [one.height / abs(np.diff(axes.get_ylim())[0]) for one, axes in zip(sizes, figure.axes, strict=True)]
    assert np.allclose(scale, scale[0])
    assert [round(abs(float(np.diff(axes.get_xlim())[0]))) for axes in figure.axes] == [60, 60, 92]
    write_fusion(fixed, moving, region, "blend", tmp_path / "x.png", names=("CT", "T2"))
    picture = imread(tmp_path / "x.png")
    assert picture.shape[1] == 1800
    assert sum(one.width * one.height for one in sizes) > 0.7 * picture.shape[0] * picture.shape[1]


def test_where_the_moving_image_ends_the_fixed_one_is_shown() -> None:
    first, second = np.full((16, 16), 0.25), np.full((16, 16), 0.75)
    second[:, 8:] = np.nan
    assert (fused(first, second, "checkerboard")[:, 8:] == 0.25).all()
    assert (fused(first, second, "outline")[:, 8:] == 0.25).all()
    assert fused(first, second, "blend")[0, 12].tolist() == [0.0, 0.25, 0.0]
    assert fused(first, second, "difference")[0, 12].tolist() == [0.0, 0.0, 0.0]


def test_outlines_are_thin_lines_on_the_edge_and_air_is_left_alone() -> None:
    """A disc of 30 mm radius in noisy air: a line of one to two pixels at 30 mm, all round, and nothing anywhere else."""
    generator = np.random.default_rng(5)
    y, x = np.mgrid[:200, :200] * 0.5 - 50.0
    radius = np.hypot(x, y)
    found = edges(np.where(radius < 30.0, 0.8, 0.02) + generator.normal(0.0, 0.01, radius.shape), (0.5, 0.5))
    assert np.abs(radius[found] - 30.0).max() < 1.0
    around = np.unique(np.floor(np.degrees(np.arctan2(y, x)[found]) / 5.0) % 72)
    assert around.size == 72
    assert found.sum() < 2 * 2 * np.pi * 60.0


def test_without_a_region_and_where_both_reach_everywhere_neither_is_spoken_of() -> None:
    fixed, _, _ = pair()
    figure = fusion_figure(fixed, fixed, None, "outline", names=("CT", "x" * 50 + ".nrrd"))
    assert not any(axes.collections for axes in figure.axes)
    legend = [text.get_text() for text in figure.texts]
    assert "region" not in legend
    assert f"edges of \u2026{'x' * 30}.nrrd" in legend  # The end of a long name tells files apart.


def test_an_end_within_the_picture_is_marked_on_the_slices_that_show_it() -> None:
    """Above slice 30 the moving image has no values for y below index 20: to be seen sagittally alone."""
    fixed, moving, region = pair()
    array = moving.array.copy()
    array[31:, :20] = np.nan
    figure = fusion_figure(fixed, replace(moving, array=array), region, "checkerboard", names=("CT", "T2"))
    assert [len(axes.collections) for axes in figure.axes] == [2, 2, 3]
    assert "dotted: end of T2" in words(figure)
