"""What is got ready while nobody waits: kernels compiled in a child process, and heavy packages imported bit by bit.

Nothing of it happens before somebody uses the panel: a folder that was looked through, or a map and a GTV that were
chosen, begin it. Whoever is quicker than that waits for the import once, as without it.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import suppress

import qt

from dosepainting_hrs.errors import DosePaintingError

from . import work
from .child import Child

PIECES = (
    "scipy.special",
    "scipy.linalg",
    "scipy.fft",
    "scipy.ndimage",
    "scipy.sparse",
    "llvmlite.binding",
    "numba.core.types",
    "numba.core.typing",
    "numba.core.ir",
    "numba.core.compiler",
    "numba",
    "dosepainting_hrs.kernels.coverage",
    "dosepainting_hrs.registration.volume_true",
    "SimpleITK._SimpleITK",
    "SimpleITK",
    "pydicom",
    "dosepainting_hrs.storage.volumes",
    "dosepainting_hrs.dicom.stacking",
    "dosepainting_hrs.context",
    "dosepainting_hrs_mrml.loading",
)
"""Imported in this order, one at each turn of the event loop, so that the panel answers in between."""
_TURN_MS = 30
_POLL_MS = 1000
_SETTLED_MS = 100


class WarmUp:
    """Gets ready what the first preview and the first loading need.

    Parameters
    ----------
    panel : Panel
        The panel that it belongs to.
    """

    def __init__(self, panel) -> None:
        self._panel = panel
        self._child: Child | None = None
        self._waiting = list(PIECES)
        self._turn = _timer(_TURN_MS, self._import_next, single=True)
        self._watch = _timer(_POLL_MS, self._poll, single=False)
        self._settled = _timer(_SETTLED_MS, self._place_regions, single=True)

    def begin(self) -> None:
        """Compile kernels beside everything else, and import bit by bit: a comfort, so its failure is nobody's concern."""
        if self._child is None:
            with suppress(DosePaintingError, OSError):
                self._child = work.warm_up()
                self._watch.start()
        self._turn.start()

    def place_soon(self) -> None:
        """Bring the regions that a method takes onto its map once choices have settled."""
        self._settled.start()

    def is_done(self) -> bool:
        """Tell whether everything that takes long to import is there."""
        return not self._waiting

    def _import_next(self) -> None:
        if self._panel.is_busy():
            self._turn.start()
            return
        while self._waiting and self._waiting[0] in sys.modules:
            self._waiting.pop(0)
        if self._waiting:
            with suppress(ImportError):  # Said where it is needed.
                importlib.import_module(self._waiting.pop(0))
            self._turn.start()
        else:
            self.place_soon()

    def _place_regions(self) -> None:
        if self._panel.is_busy() or not self._panel.offered("preview"):
            return
        self.begin_imports()
        if self.is_done():
            self._panel.segment.prepare()

    def begin_imports(self) -> None:
        """Go on importing where that was not finished."""
        if self._waiting:
            self._turn.start()

    def _poll(self) -> None:
        if self._child is None or self._child.poll() is not None:
            self._watch.stop()

    def close(self) -> None:
        """Stop what waits, and end the child process."""
        for timer in (self._turn, self._watch, self._settled):
            timer.stop()
        if self._child is not None:
            self._child.stop_and_wait()
            self._child = None


def _timer(milliseconds: int, act, *, single: bool):
    timer = qt.QTimer()
    timer.setSingleShot(single)
    timer.setInterval(milliseconds)
    timer.connect("timeout()", act)
    return timer
