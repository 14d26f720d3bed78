"""One voxel's curve as it was measured, and as one and two components rebuild it (figure 2, below)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..maps.component_basis import ComponentBasis
from ..maps.components import Normalisation, projected, rebuilt
from ..quantities import shown_unit
from .cohort_plots import COLOURS, SOFT, Plot, plot, table_of


def rebuilt_curves(basis: ComponentBasis, curve: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a curve, (t,), as one and as two components of a basis make it."""
    frames = np.asarray(curve, dtype=np.float32).reshape(-1, 1, 1, 1)
    coefficients = projected(frames, basis.vectors[:2], basis.preparation)
    scale = float(np.mean(curve)) if basis.normalisation is Normalisation.MEAN else 1.0
    first, second = (
        scale * rebuilt(coefficients[:count], basis.vectors[:count], basis.preparation.weights).ravel().astype(np.float64)
        for count in (1, 2)
    )
    return first, second


def curve_figure(basis: ComponentBasis, curve: NDArray[Any], case: str, place: tuple[int, int, int]) -> Plot | None:
    """Draw a voxel's curve with what one and two components rebuild of it.

    Parameters
    ----------
    basis : ComponentBasis
        The basis.
    curve : array, (t,)
        The voxel's curve, in the unit of the basis.
    case : str
        Its tumour.
    place : tuple of int
        The voxel, z, y, x.
    """
    one, two = rebuilt_curves(basis, curve)
    durations = np.array(basis.durations_s) if any(basis.durations_s) else np.zeros(len(basis.starts_s))
    minutes = (np.array(basis.starts_s) + durations / 2) / 60.0
    unit = shown_unit(basis.unit)

    def draw(figure: Any) -> None:
        axes = figure.add_subplot()
        axes.plot(minutes, curve, ".", color=SOFT, label="measured", ms=5)
        axes.plot(minutes, one, color=COLOURS[0], label="one component")
        axes.plot(minutes, two, color=COLOURS[1], label="two components")
        axes.set(xlabel="time (min)", ylabel=f"{basis.quantity} ({unit})" if unit else basis.quantity)
        axes.legend()

    rows = [list(row) for row in zip(minutes.tolist(), np.asarray(curve, float).tolist(), one, two, strict=True)]
    caption = f"{basis.name}: the curve of voxel {place} (z, y, x) of {case}, measured and rebuilt."
    return plot(f"curve-{basis.name}", caption, draw, table_of(["minutes", "measured", "one", "two"], rows))
