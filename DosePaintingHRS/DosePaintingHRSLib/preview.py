"""The live preview: at once where a method is quick, after a pause where it is not, and not at all where it takes seconds."""

from __future__ import annotations

import time
from typing import Any

import qt
from slicer.i18n import tr as _

from dosepainting_hrs.errors import Cancelled, DosePaintingError

LIVE_MS = 150.0
"""A method that takes longer is not computed at each tick of a slider, but when it pauses."""
PAUSE_MS = 300
BUDGET_S = 2.0
"""A preview that takes longer is given up; Apply then runs in a child process."""


class Preview:
    """Computes and shows the subvolume while values change.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    step : SegmentStep
        Computes, and shows the numbers.
    """

    def __init__(self, panel, step) -> None:
        self._panel, self._step = panel, step
        self._times: list[float] = []
        self._timed = ""
        self.given_up = ""
        self.last_ms = 0.0
        self._timer = qt.QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.connect("timeout()", self.show)

    def ask(self) -> None:
        """Show the subvolume for the values as they stand: at once, or when they pause."""
        if not self._step.ui.previewCheck.checked or not self._panel.offered("preview"):
            self.remove()
            return
        if self.is_given_up():
            self.remove()
            self._step.tell(self._why_not())
        elif self._is_slow():
            took = _("This takes {0:.1f} s: the preview follows when values pause.").format(min(self._times) / 1000.0)
            self._step.tell(took, keep=True)
            self._timer.start()
        else:
            self.show()

    def show(self) -> None:
        """Compute and show now."""
        self._timer.stop()
        if not self._step.ui.previewCheck.checked or not self._panel.offered("preview"):
            self.remove()
            return
        key, began = self._step.timing_key(), time.perf_counter()

        def progress(_fraction: float, _message: str) -> None:
            if time.perf_counter() - began > BUDGET_S:
                raise Cancelled

        try:
            made = self._step.compute(progress)
        except Cancelled:
            self.given_up = key
            self.remove()
            self._step.tell(self._why_not())
            return
        except DosePaintingError as error:
            self.remove()
            self._step.tell(error.message)
            return
        self._remember(key, 1000.0 * (time.perf_counter() - began))
        self._panel.scene_access.show_preview(made.mask, made.shown_on)
        self._step.tell(made.numbers)
        self.last_ms = 1000.0 * (time.perf_counter() - began)

    def _remember(self, key: str, took_ms: float) -> None:
        if key != self._timed:
            self._timed, self._times = key, []
        # The quicker of the last two: one that waited for an import or for another program says nothing of the method.
        self._times = [*self._times[-1:], took_ms]

    def _is_slow(self) -> bool:
        known = self._timed == self._step.timing_key() and len(self._times) > 1
        return known and min(self._times) > LIVE_MS

    def is_given_up(self) -> bool:
        """Tell whether this method takes too long on these inputs to be computed in the application itself."""
        return bool(self.given_up) and self.given_up == self._step.timing_key()

    def _why_not(self) -> str:
        return _("No preview: this takes more than {0:g} s. Apply runs it beside the application, with Stop.").format(BUDGET_S)

    def toggled(self, *_unused) -> None:
        """Try again, or take the preview away, as the box was ticked."""
        self.given_up = ""
        self.ask()

    def follow(self) -> None:
        """Bring a preview that is shown up to date with what it was made from, or take it away when that is gone."""
        if self._panel.scene_access.has_preview() and not self._panel.is_busy():
            self.ask()

    def remove(self) -> None:
        """Take the preview and its numbers away."""
        self._timer.stop()
        self._panel.scene_access.remove_preview()
        self._step.tell("")

    def close(self) -> None:
        """Compute nothing any more."""
        self._timer.stop()


class Made:
    """What a method made, and where it is shown.

    Parameters
    ----------
    mask : Mask
        The region.
    shown_on : vtkMRMLScalarVolumeNode
        The volume on whose grid it lies.
    numbers : str
        Volume and values, in words.
    remarks : tuple of str
        What is worth telling.
    """

    def __init__(self, mask: Any, shown_on: Any, numbers: str, remarks: tuple[str, ...]) -> None:
        self.mask, self.shown_on, self.numbers, self.remarks = mask, shown_on, numbers, remarks
