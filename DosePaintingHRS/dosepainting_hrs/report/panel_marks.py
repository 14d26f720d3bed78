"""What every panel of a picture bears: outlines, letters, the place of its slice and a scale bar."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .cuts import Cut
from .layout import Window
from .outlines import edge_segments

BACKGROUND, INK, FAINT = "#0b0d10", "#f2f4f7", "#8b96a5"
_SCALE_BARS_MM = (10.0, 20.0, 50.0, 100.0, 200.0)


def draw_outline(axes: Any, cut: Cut, inside: NDArray[np.bool_], colour: str) -> None:
    """Draw the outline of a mask along pixel edges.

    Parameters
    ----------
    axes : matplotlib Axes
        In mm on the slice.
    cut : Cut
        The slice.
    inside : array of bool, (rows, columns)
        The mask on it.
    colour : str
        As matplotlib names colours.
    """
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    segments = list(edge_segments(inside, cut.pixel_mm))
    # A dark line beneath keeps the outline visible where the colours of the map come close to its own.
    for shade, line_width in (("black", 2.4), (colour, 1.2)):
        axes.add_collection(LineCollection(segments, colors=shade, linewidths=line_width, capstyle="projecting"), autolim=False)


def draw_letters(axes: Any, cut: Cut) -> None:
    """Write the patient's directions on the four sides of a panel.

    Parameters
    ----------
    axes : matplotlib Axes
        The panel.
    cut : Cut
        What it shows.
    """
    from matplotlib.patheffects import withStroke  # noqa: PLC0415

    places = {"left": (0.035, 0.5, "left", "center"), "right": (0.965, 0.5, "right", "center")}
    places |= {"top": (0.5, 0.965, "center", "top"), "bottom": (0.5, 0.035, "center", "bottom")}
    for side, (x, y, horizontal, vertical) in places.items():
        axes.text(
            x,
            y,
            cut.letters[side],
            transform=axes.transAxes,
            horizontalalignment=horizontal,
            verticalalignment=vertical,
            color=INK,
            fontsize=9.5,
            fontweight="bold",
            path_effects=[withStroke(linewidth=2.0, foreground="black")],
        )


def draw_name(axes: Any, cut: Cut) -> None:
    """Write above a panel which plane it is and where it lies.

    Parameters
    ----------
    axes : matplotlib Axes
        The panel.
    cut : Cut
        What it shows.
    """
    axis = "xyz"[cut.normal]
    middle = cut.geometry.corners().mean(axis=0)[cut.normal]
    text = f"{cut.plane}, {axis} = {middle:.1f} mm"
    axes.text(0.0, 1.01, text, transform=axes.transAxes, color=FAINT, fontsize=9, verticalalignment="bottom")


def draw_scale(axes: Any, window: Window) -> None:
    """Draw a bar of a round length into the lower left corner of a window.

    Parameters
    ----------
    axes : matplotlib Axes
        In mm on the slice.
    window : Window
        The part of the slice that is shown.
    """
    from matplotlib.patheffects import withStroke  # noqa: PLC0415

    length = max((one for one in _SCALE_BARS_MM if one <= 0.4 * window.width), default=_SCALE_BARS_MM[0])
    left, bottom = window.left + 0.03 * window.width, window.top + 0.955 * window.height
    dark = [withStroke(linewidth=3.5, foreground="black")]
    axes.plot([left, left + length], [bottom, bottom], color=INK, linewidth=2.0, solid_capstyle="butt", path_effects=dark)
    place = {"ha": "center", "va": "bottom", "path_effects": [withStroke(linewidth=2.0, foreground="black")]}
    axes.text(left + length / 2, bottom - 0.012 * window.height, f"{length:g} mm", color=INK, fontsize=8.5, **place)
