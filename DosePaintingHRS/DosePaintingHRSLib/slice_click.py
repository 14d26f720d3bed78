"""A place in the patient by one click into a slice view, or from the crosshair."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from dosepainting_hrs_mrml.volumes import ras_of

Point = tuple[float, float, float]


class SliceClick:
    """A button that waits for one click into a slice view.

    Parameters
    ----------
    name : str
        Object name of the button.
    text : str
        What stands on it.
    clicked : callable
        Called with the place, LPS mm.
    """

    def __init__(self, name: str, text: str, clicked: Callable[[Point], None]) -> None:
        self._text, self._clicked = text, clicked
        self._heard: list[tuple[Any, int]] = []
        self.button = qt.QPushButton(text)
        self.button.name = name
        self.button.checkable = True
        self.button.toolTip = _("Then click into an axial, sagittal or coronal view. Press again to take it back.")
        self.button.connect("toggled(bool)", self._toggled)

    def _toggled(self, is_on: bool) -> None:
        self.forget()
        manager = slicer.app.layoutManager()
        if not is_on or manager is None:
            self.button.setChecked(False)
            return
        self.button.text = _("Click into a slice view ...")
        for name in manager.sliceViewNames():
            widget = manager.sliceWidget(name)
            interactor, node = widget.sliceView().interactor(), widget.mrmlSliceNode()
            heard = partial(self._pressed, interactor, node)
            self._heard.append((interactor, interactor.AddObserver("LeftButtonPressEvent", heard, 1.0)))

    def _pressed(self, interactor, slice_node, *_unused) -> None:
        x, y = interactor.GetEventPosition()
        place = slice_node.GetXYToRAS().MultiplyPoint((float(x), float(y), 0.0, 1.0))
        self.button.setChecked(False)
        self._clicked(lps_of(place[:3]))

    def forget(self) -> None:
        """Wait no longer."""
        for interactor, tag in self._heard:
            interactor.RemoveObserver(tag)
        self._heard = []
        self.button.text = self._text


def crosshair(scene) -> Point | None:
    """Return where the crosshair of the slice views is, LPS mm; None when there is none."""
    node = scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    if node is None:
        return None
    place = [0.0, 0.0, 0.0]
    node.GetCursorPositionRAS(place)
    return lps_of(place)


def lps_of(ras) -> Point:
    """Return a place of the views (RAS) as the library has it; one flip leads from either way of counting to the other."""
    x, y, z = (float(one) for one in ras_of(ras))
    return x, y, z
