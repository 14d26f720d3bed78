"""What every side of a comparison does alike: warm up untimed, time its steps, hand the times over in a file."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Steps = Callable[[Path, Path, dict[str, Any]], dict[str, float]]
"""Takes the inputs, an empty folder for outputs and options; returns seconds (or counts) by name."""


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Call a function and return its result and the seconds it took."""
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def serve(tasks: dict[str, Steps]) -> None:
    """Run one task in this fresh process: ``TASK INPUTS OPTIONS RESULT``; the process start is not timed."""
    task, inputs, options, result = sys.argv[1:]
    chosen = json.loads(options)
    folder = Path(inputs)
    for warm in (True, False):
        source = folder / ("warm-up" if warm else "full")
        with tempfile.TemporaryDirectory() as outputs:
            found = tasks[task](source if source.is_dir() else folder, Path(outputs), chosen)
    Path(result).write_text(json.dumps(found), encoding="utf-8")
