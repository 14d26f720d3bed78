"""Progress on stderr: JSON lines for programs, one moving line for people, nothing into files."""

from __future__ import annotations

import json
import time
from typing import TextIO

from ..progress import Progress, silent

_INTERVAL_S = 0.1


def progress_for(stream: TextIO, *, as_json: bool) -> Progress:
    """Return a progress that writes to `stream`, at most ten times a second, and always for the last report."""
    if not as_json and not stream.isatty():
        return silent
    last = [float("-inf"), -1.0]

    def report(fraction: float, message: str) -> None:
        now = time.monotonic()
        rising = max(fraction, last[1])
        if now - last[0] < _INTERVAL_S and fraction < 1.0:
            return
        last[:] = [now, rising]
        if as_json:
            stream.write(json.dumps({"fraction": round(rising, 4), "message": message}, ensure_ascii=False) + "\n")
        else:
            stream.write(f"\r\033[K{rising:4.0%} {message[:70]}" + ("\r\033[K" if fraction >= 1.0 else ""))
        stream.flush()

    return report
