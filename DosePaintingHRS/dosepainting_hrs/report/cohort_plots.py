"""Plots as PNG, SVG and the numbers that they show as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

INK, SOFT, LINE = "#1b2430", "#5b6878", "#c9d1db"
COLOURS = ("#2f7fb8", "#e0912f", "#b2334b", "#5f8f3a", "#7a5ba6", "#4a4f57")
"""Classes in order: told apart by hue and by lightness."""
NOTICE = "Research software, not a medical device."
_DPI = 130


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A picture in two formats, with its numbers.

    Parameters
    ----------
    name : str
        File name without its ending.
    caption : str
        What it shows.
    png, svg : bytes
        The picture.
    csv : str
        The numbers that it shows.
    """

    name: str
    caption: str
    png: bytes
    svg: bytes
    csv: str


def plot(
    name: str,
    caption: str,
    draw: Callable[[Any], None],
    table: str,
    *,
    inches: tuple[float, float] = (7.2, 3.6),
    watermark: str = "",
) -> Plot | None:
    """Draw a figure.

    Parameters
    ----------
    draw : callable
        Gets an empty matplotlib figure.
    table : str
        The numbers as CSV.
    watermark : str
        Text across the picture: of a reference model say.

    Returns
    -------
    Plot or None
        None when matplotlib is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415  (an extra, and slow to import)
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        return None
    settings: Any = {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": SOFT,
                "text.color": INK, "axes.labelcolor": INK, "xtick.color": SOFT, "ytick.color": SOFT,
                "svg.hashsalt": name, "axes.titlesize": 9.5, "legend.frameon": False}  # fmt: skip
    with mpl.rc_context(settings):
        figure = Figure(figsize=inches, dpi=_DPI, facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        if watermark:
            figure.text(0.5, 0.5, watermark, ha="center", va="center", rotation=14, fontsize=20, color="#b2334b", alpha=0.28)
        figure.supxlabel(NOTICE, fontsize=6.5, color=SOFT)
        pictures = []
        for kind in ("png", "svg"):
            stream = io.BytesIO()
            figure.savefig(stream, format=kind, metadata={"Software": None} if kind == "png" else {"Date": None})
            pictures.append(stream.getvalue())
    return Plot(name=name, caption=caption, png=pictures[0], svg=pictures[1], csv=table)


def table_of(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([[f"{cell:.9g}" if isinstance(cell, (float, np.floating)) else cell for cell in row] for row in rows])
    return out.getvalue()
