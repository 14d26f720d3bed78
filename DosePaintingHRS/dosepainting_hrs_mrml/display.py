"""How a volume is shown at first: window, level and colours by its quantity, in one table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

from dosepainting_hrs.quantities import (
    ABSORBED_DOSE,
    ACTIVITY_CONCENTRATION,
    ADC,
    HOUNSFIELD,
    SUVS,
    UPTAKE_RATIO,
    Quantity,
)

from .attributes import Node

_GREY = ("vtkMRMLColorTableNodeGrey",)
_INVERTED = ("vtkMRMLColorTableNodeInvertedGrey",)
_HEAT = ("vtkMRMLPETProceduralColorNodePET-Heat",)
_RAINBOW = ("vtkMRMLColorTableNodeRainbow",)
# A table of two ends about a middle comes as a file with the application; where it is not there, the rainbow stands in.
_TWO_ENDS = ("vtkMRMLColorTableNodeFileDivergingBlueRed.txt", *_RAINBOW)
_NO_DOSE = 1e-6
"""Share of the maximum below which a dose leaves the image beneath it free."""
_SAMPLED = 500_000
"""Voxels that percentiles are taken from, at most: the window need not wait for all of a large volume."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a quantity is shown at first.

    Parameters
    ----------
    pattern : str
        Regular expression for the name of the quantity, all of it.
    colours : tuple of str
        Ids of colour nodes; the first that the scene has is taken.
    low : float
        Lower end of the window.
    high : float or None
        Upper end; None takes it from the values.
    share : float
        Percentile of the values that the upper end comes from, or that it comes down to where the values do not reach it:
        100 for the maximum.
    keeps_high : bool
        Whether `high` stays even where the values do not reach it.
    both_ways : bool
        Whether the window reaches from minus to plus the upper end.
    """

    pattern: str
    colours: tuple[str, ...]
    low: float = 0.0
    high: float | None = None
    share: float = 100.0
    keeps_high: bool = False
    both_ways: bool = False


def _any_of(*quantities: Quantity) -> str:
    return "|".join(re.escape(one.name) for one in quantities)


LOOKS = (
    Look(pattern=_any_of(HOUNSFIELD), colours=_GREY, low=-160.0, high=240.0, keeps_high=True),  # Soft tissue.
    Look(pattern=_any_of(ACTIVITY_CONCENTRATION), colours=_INVERTED),
    Look(pattern=_any_of(*SUVS), colours=_HEAT, high=10.0),  # Bladder and brain would hide everything else.
    Look(pattern=_any_of(UPTAKE_RATIO), colours=_HEAT, high=5.0, share=99.9),
    Look(pattern=_any_of(ADC), colours=_GREY, high=3000.0, keeps_high=True),  # Free water at body temperature.
    Look(pattern=r"(.+_)?c1", colours=_HEAT, share=99.9),  # Nearly all the signal, and positive by the rule of its sign.
    Look(pattern=r"(.+_)?c[2-9]", colours=_TWO_ENDS, share=99.5, both_ways=True),
    Look(pattern="Ktrans|k3|kep", colours=_HEAT, share=99.0),  # Fits of noise reach the end of what is allowed.
    Look(pattern="ve", colours=_HEAT, high=1.0, keeps_high=True),
    Look(pattern="vp", colours=_HEAT, high=0.5, share=99.5),
    Look(pattern="R2|HRS stability|disagreement", colours=_HEAT, high=1.0, keeps_high=True),
    Look(pattern="z-score of .*", colours=_TWO_ENDS, high=3.0, keeps_high=True, both_ways=True),
    Look(pattern="wash-(in|out) slope", colours=_TWO_ENDS, share=99.0, both_ways=True),
    Look(pattern="signal enhancement ratio", colours=_TWO_ENDS, low=0.0, high=2.0, keeps_high=True),  # 1: a plateau.
    Look(pattern="time to peak", colours=_RAINBOW),
    Look(pattern="(maximum|relative|percent) enhancement|AUC60|AUC90", colours=_HEAT, share=99.0),
    Look(pattern="residual of the fit|distance from HRS centre", colours=_HEAT, share=99.0),
    Look(pattern=_any_of(ABSORBED_DOSE), colours=_RAINBOW),
)
"""One line for each kind of quantity; what is not here, MR signal say, has an automatic window in grey."""


def look_of(quantity: Quantity) -> Look | None:
    """Return how a quantity is shown; None for an automatic window in grey."""
    return next((one for one in LOOKS if re.fullmatch(one.pattern, quantity.name)), None)


def show_quantity(node: Node, quantity: Quantity) -> None:
    """Give a volume node a display node, with window and colours as its quantity is usually shown.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        A volume in a scene.
    quantity : Quantity
        What it holds; see `LOOKS`.
    """
    node.CreateDefaultDisplayNodes()
    display, look = node.GetDisplayNode(), look_of(quantity)
    if look is None:
        display.AutoWindowLevelOn()
        _colour(display, _GREY)
        return
    low, high = window_of(look, _values(node))
    display.AutoWindowLevelOff()
    display.SetWindowLevel(high - low, (low + high) / 2.0)
    _colour(display, look.colours)
    if quantity == ABSORBED_DOSE:
        display.SetLowerThreshold(high * _NO_DOSE)
        display.ApplyThresholdOn()


def window_of(look: Look, values: NDArray[Any]) -> tuple[float, float]:
    """Return the lower and the upper end of the window.

    Parameters
    ----------
    look : Look
        How it is to be shown.
    values : array
        Those of the volume, or some of them; what is no number does not count.
    """
    low, high = look.low, look.high
    if high is None or not look.keeps_high:
        reached = _percentile(np.abs(values) if look.both_ways else values, look.share)
        high = reached if high is None else min(high, reached)
    high = high if high > low else low + 1.0
    return (-high if look.both_ways else low), high


def _percentile(values: NDArray[Any], share: float) -> float:
    finite = values[np.isfinite(values)] if values.dtype.kind == "f" else values
    if share >= 100.0 or not finite.size:
        return float(finite.max()) if finite.size else 0.0
    finite = finite[:: max(1, finite.size // _SAMPLED)]
    finite = finite[finite != 0]  # What lies outside of the region or of the patient.
    return float(np.percentile(finite, share)) if finite.size else 0.0


def _values(node: Node) -> NDArray[Any]:
    values: NDArray[Any] = vtk_to_numpy(node.GetImageData().GetPointData().GetScalars()).ravel()
    return values


def _colour(display: Node, node_ids: tuple[str, ...]) -> None:
    # A scene without the Colors module has no colour nodes; grey is then what is shown anyway.
    scene = display.GetScene()
    found = next((one for one in node_ids if scene is not None and scene.GetNodeByID(one) is not None), "")
    if found:
        display.SetAndObserveColorNodeID(found)
