"""The figure of a basis of components: how much each explains, and the curves of the first two (figure 2)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..maps.component_basis import ComponentBasis
from ..quantities import shown_unit
from .cohort_plots import COLOURS, Plot, plot, table_of

_BARS = 5


def basis_figure(basis: ComponentBasis) -> Plot | None:
    """Draw explained variance of the first five components and the curves of the first two over time.

    Parameters
    ----------
    basis : ComponentBasis
        As ``map dynamic-pet-components`` or ``map dce-components`` writes it.
    """
    shares = 100.0 * np.array(basis.explained[:_BARS])
    curves = basis.curves()[:2]
    durations = np.array(basis.durations_s) if any(basis.durations_s) else np.zeros(len(basis.starts_s))
    minutes = (np.array(basis.starts_s) + durations / 2) / 60.0

    def draw(figure: Any) -> None:
        bars, lines = figure.subplots(1, 2, width_ratios=(1, 2))
        bars.bar(np.arange(1, len(shares) + 1), shares, color=COLOURS[0])
        bars.set(xlabel="component", ylabel="explained (%)", xticks=np.arange(1, len(shares) + 1))
        for number, curve in enumerate(curves):
            lines.plot(minutes, curve, color=COLOURS[number % len(COLOURS)], label=f"{basis.name}_c{number + 1}")
        unit = shown_unit(basis.unit)
        of_one = f"{basis.quantity} at a coefficient of 1"
        lines.set(xlabel="time (min)", ylabel=f"{of_one} ({unit})" if unit else of_one)
        lines.legend()

    rows: list[list[object]] = [["explained", number + 1, share] for number, share in enumerate(shares)]
    rows += [[f"curve {n + 1}", t, value] for n, curve in enumerate(curves) for t, value in zip(minutes, curve, strict=True)]
    caption = (
        f"Components of {basis.name} (basis {basis.hash}, {basis.voxels} curves): share of the sum of squares that each "
        "explains, and the curves of the first two."
    )
    return plot(f"components-{basis.name}", caption, draw, table_of(["what", "component_or_minutes", "value"], rows))
