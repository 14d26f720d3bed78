"""How a volume is shown at first: window, level and colours by its quantity."""

from __future__ import annotations

from dosepainting_hrs.quantities import (
    ABSORBED_DOSE,
    ACTIVITY_CONCENTRATION,
    HOUNSFIELD,
    SUV_BSA,
    SUV_BW,
    SUV_IBW,
    SUV_LBM,
    Quantity,
)

from .attributes import Node

SOFT_TISSUE = (400.0, 40.0)
"""Window and level for CT, HU."""
SUV_SHOWN = 10.0
"""Upper end of the colours for SUV: bladder and brain would hide everything else."""
_NO_DOSE = 1e-6
"""Share of the maximum below which a dose leaves the image beneath it free."""
_SUV = (SUV_BW, SUV_LBM, SUV_BSA, SUV_IBW)
_GREY, _INVERTED, _HEAT, _RAINBOW = (
    "vtkMRMLColorTableNodeGrey",
    "vtkMRMLColorTableNodeInvertedGrey",
    "vtkMRMLPETProceduralColorNodePET-Heat",
    "vtkMRMLColorTableNodeRainbow",
)


def show_quantity(node: Node, quantity: Quantity) -> None:
    """Give a volume node a display node, with window and colours as its quantity is usually shown.

    CT in the soft-tissue window; PET inverted, from 0 to its maximum; SUV in heat colours, from 0 to 10 or its maximum;
    dose in rainbow colours, from 0 to its maximum, and not at all where it is 0; everything else, MR among it, with
    automatic window in grey.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        A volume in a scene.
    quantity : Quantity
        What it holds.
    """
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    if quantity == HOUNSFIELD:
        _window(display, *SOFT_TISSUE)
        _colour(display, _GREY)
    elif quantity in _SUV or quantity == ACTIVITY_CONCENTRATION:
        highest = float(node.GetImageData().GetScalarRange()[1])
        highest = highest if highest > 0.0 else 1.0
        shown = min(highest, SUV_SHOWN) if quantity in _SUV else highest
        _window(display, shown, shown / 2.0)
        _colour(display, _HEAT if quantity in _SUV else _INVERTED)
    elif quantity == ABSORBED_DOSE:
        highest = float(node.GetImageData().GetScalarRange()[1])
        highest = highest if highest > 0.0 else 1.0
        _window(display, highest, highest / 2.0)
        _colour(display, _RAINBOW)
        display.SetLowerThreshold(highest * _NO_DOSE)
        display.ApplyThresholdOn()
    else:
        display.AutoWindowLevelOn()
        _colour(display, _GREY)


def _window(display: Node, window: float, level: float) -> None:
    display.AutoWindowLevelOff()
    display.SetWindowLevel(window, level)


def _colour(display: Node, node_id: str) -> None:
    # A scene without the Colors module has no colour nodes; grey is then what is shown anyway.
    if display.GetScene() is not None and display.GetScene().GetNodeByID(node_id) is not None:
        display.SetAndObserveColorNodeID(node_id)
