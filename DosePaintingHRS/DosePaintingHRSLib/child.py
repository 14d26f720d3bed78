"""Long work in a child process: its progress, its result, and an end that takes the whole process tree with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_GRACE_S = 1.0
"""After this the process tree is killed; before, it may tidy up behind itself."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a child process stands.

    Parameters
    ----------
    fraction : float
        Share done, 0 to 1.
    message : str
        What it is doing.
    remaining_s : float or None
        Estimate from the share done; None while too little is done to tell.
    """

    fraction: float = 0.0
    message: str = ""
    remaining_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a child process ended.

    Parameters
    ----------
    result : mapping or None
        Its result object; None when it failed or was stopped.
    message, hint : str
        What went wrong, and what to do; empty when done.
    stopped : bool
        Whether it was stopped on request.
    """

    result: Mapping[str, Any] | None = None
    message: str = ""
    hint: str = ""
    stopped: bool = False


class Child:
    """A command whose stderr is progress in JSON lines and whose stdout is one result object.

    Parameters
    ----------
    command : sequence of str
        Program and arguments.
    search_path : sequence of Path
        Folders that the child's Python finds packages in, before its own.
    """

    def __init__(self, command: Sequence[str], search_path: Sequence[Path] = ()) -> None:
        self._out = tempfile.TemporaryFile()  # noqa: SIM115  (files, not pipes: nobody reads while the panel is busy)
        self._err = tempfile.TemporaryFile()  # noqa: SIM115
        self._read = 0
        self._stop_asked: float | None = None
        self._ended: Outcome | None = None
        self._began = time.monotonic()
        self.progress = Progress()
        inherited = os.environ.get("PYTHONPATH", "")
        paths = [*map(str, search_path), *([inherited] if inherited else [])]
        self._process = subprocess.Popen(  # noqa: S603
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            **_apart(new_group=True),
        )

    def poll(self) -> Outcome | None:
        """Take in new progress; return how it ended, or None while it runs. Call it often: it also enforces Stop."""
        if self._ended is not None:
            return self._ended
        running = self._process.poll() is None
        self._take_progress()
        if running:
            if self._stop_asked is not None and time.monotonic() - self._stop_asked > _GRACE_S:
                self._signal(hard=True)
            return None
        if self._stop_asked is not None:
            self._signal(hard=True)  # Grandchildren that outlived it.
        if self._stop_asked is not None and self._process.returncode != 0:
            self._ended = Outcome(stopped=True, message="Stopped; nothing was changed.")
        else:
            self._ended = self._outcome()  # It had come to its end before Stop reached it: what it wrote is there.
        self._out.close()
        self._err.close()
        return self._ended

    def stop(self) -> None:
        """Ask the process tree to end; `poll` kills it when it has not ended after a second."""
        if self._stop_asked is None:
            self._stop_asked = time.monotonic()
            self._signal(hard=False)

    def stop_and_wait(self) -> None:
        """End the process tree, and return when it has ended."""
        self.stop()
        while self.poll() is None:
            time.sleep(0.02)

    def _signal(self, *, hard: bool) -> None:
        if sys.platform == "win32":
            words = ["taskkill", "/T", "/PID", str(self._process.pid), *(["/F"] if hard else [])]
            subprocess.run(words, capture_output=True, check=False, **_apart(new_group=False))  # noqa: S603
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL if hard else signal.SIGTERM)
        except ProcessLookupError:
            return

    def _take_progress(self) -> None:
        self._err.seek(self._read)
        new = self._err.read()
        whole = new.rfind(b"\n") + 1
        self._read += whole
        for line in new[:whole].splitlines():
            try:
                told = json.loads(line)
                fraction, message = float(told["fraction"]), str(told["message"])
            except (ValueError, KeyError, TypeError):
                continue
            elapsed = time.monotonic() - self._began
            remaining = elapsed * (1.0 - fraction) / fraction if fraction > 0.05 and elapsed > 1.0 else None
            self.progress = Progress(fraction=fraction, message=message, remaining_s=remaining)

    def _outcome(self) -> Outcome:
        self._out.seek(0)
        text = self._out.read().decode("utf-8", "replace").strip()
        try:
            answer = json.loads(text.splitlines()[-1]) if text else None
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            return Outcome(
                message=f"The work ended without a result (exit status {self._process.returncode}).", hint=self._last_words()
            )
        if "error" in answer:
            return Outcome(message=str(answer["error"]["message"]), hint=str(answer["error"]["hint"]))
        return Outcome(result=answer)

    def _last_words(self) -> str:
        self._err.seek(0)
        lines = [line for line in self._err.read().decode("utf-8", "replace").splitlines() if line and not line.startswith("{")]
        return f"Its last words: {lines[-1][:300]}" if lines else "It said nothing; try again, and report it if it stays so."


def _apart(*, new_group: bool) -> dict[str, Any]:
    """Return how a process is started so that it can be ended with all its children, and shows no window of its own."""
    if sys.platform != "win32":
        return {"start_new_session": True} if new_group else {}
    flags = subprocess.CREATE_NO_WINDOW | (subprocess.CREATE_NEW_PROCESS_GROUP if new_group else 0)
    return {"creationflags": flags}
