"""What a panel does that takes long: one thing at a time, in a child process or in the application itself."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from dosepainting_hrs.errors import Cancelled, DosePaintingError
from dosepainting_hrs.progress import Progress

from . import work
from .child import Child, Outcome
from .status import Status

_POLL_MS = 100
Then = Callable[[Mapping[str, Any]], None]


class Work:
    """Runs one thing at a time, shows its progress and what goes wrong, and stops it when asked.

    Parameters
    ----------
    status : Status
        Says what happens.
    began, ended : callable
        Called without arguments when something began, and when it has ended.
    stopped : callable or None
        Gives what to say of work that was stopped; what the child process says when None.
    """

    def __init__(
        self,
        status: Status,
        began: Callable[[], None],
        ended: Callable[[], None],
        stopped: Callable[[Outcome], str] | None = None,
    ) -> None:
        self._status, self._began, self._ended = status, began, ended
        self._stopped = stopped or (lambda outcome: outcome.message)
        self.child: Child | None = None
        self.what = ""
        self._then: Then | None = None
        self._in_words: Callable[[str], str] = str
        self._stop_asked = False
        self._temporary = tempfile.TemporaryDirectory(prefix="DosePaintingHRS-", dir=slicer.app.temporaryPath)
        self._files = 0
        self._timer = qt.QTimer()
        self._timer.setInterval(_POLL_MS)
        self._timer.connect("timeout()", self._poll)

    def run(self, words: Sequence[object], what: str, then: Then, in_words: Callable[[str], str] | None = None) -> None:
        """Run a command in a child process; the scene changes only after it has succeeded, by `then`.

        `in_words` puts a hint that names options of the command line into words of the panel.
        """
        with self.guarded():
            self.child = work.start(words)
            self._then, self.what = then, what
            self._in_words = in_words or str
            self._status.say(what)
            self._timer.start()
        self._began()

    def stop(self, *_unused) -> None:
        """End what runs: the whole process tree, or work in this process at its next breath."""
        self._stop_asked = True
        if self.child is not None:
            self.child.stop()

    def scene_closed(self) -> None:
        """End what runs; a result that is there already belongs to the scene that is gone, and is not taken in."""
        if self.child is not None:
            told = _("The scene was closed when the work had just ended: files that it wrote are there, nothing was added.")
            self._then = lambda _result: self._status.say(told)
        self.stop()

    def _poll(self) -> None:
        if self.child is None:
            self._timer.stop()
            return
        outcome = self.child.poll()
        self._status.show_progress(self.child.progress)
        if outcome is None:
            return
        self._timer.stop()
        then, self.child, self._then, self.what = self._then, None, None, ""
        self._status.show_progress(None)
        if outcome.result is not None and then is not None:
            self._take_in(outcome.result, then)
        elif outcome.stopped:
            self._status.say(self._stopped(outcome))
        else:
            self._status.fail(DosePaintingError(outcome.message, self._in_words(outcome.hint)))
        self._ended()

    def _take_in(self, result: Mapping[str, Any], then: Then) -> None:
        with self.guarded():
            try:
                then(result)
            except (KeyError, TypeError) as error:
                raise DosePaintingError(
                    f"The work was done, but its result was not understood ({error!r}).",
                    "Install the module again: its parts are of different versions.",
                ) from error

    @contextmanager
    def here(self, what: str) -> Iterator[Progress]:
        """Do something in this process with progress and Stop; what goes wrong is shown."""
        self.what, self._stop_asked = what, False
        self._began()

        def progress(fraction: float, message: str) -> None:
            self._status.breathe(fraction, message)
            if self._stop_asked:
                raise Cancelled(_("Stopped; what was not finished was not added."))

        try:
            with self.guarded():
                yield progress
        finally:
            self.what = ""
            self._status.show_progress(None)
            self._ended()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Show an error of ours in the one place for it instead of letting it out."""
        try:
            yield
        except DosePaintingError as error:
            self._status.fail(error)

    def new_file(self, name: str) -> Path:
        """Return a path for a file that lives as long as the panel."""
        self._files += 1
        folder = Path(self._temporary.name) / str(self._files)
        folder.mkdir()
        return folder / name

    def close(self) -> None:
        """End what runs, and remove its files."""
        self._timer.stop()
        if self.child is not None:
            self.child.stop_and_wait()
        self.child = None
        self._temporary.cleanup()
