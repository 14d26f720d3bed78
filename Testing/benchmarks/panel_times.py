"""Times of the module's panel, which has no peer: its goals are times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

NAME = "panel"
GOALS = {
    "ready": ("panel ready after its file was loaded", 1000.0),
    "first": ("first use: first slider after GTV and map were chosen and the panel had a moment to itself", 500.0),
    "longest turn": ("of that moment, the longest time in which the panel did not answer (imports, GTV onto the map)", None),
    "first at once": ("first use without that moment: everything imported on the way", 500.0),
    "preview": ("slider to new mask", 50.0),
    "rendering": ("rendering of what changed, all views (reported apart)", None),
    "scroll": ("slice scroll, CT 512 x 512 x 200 with PET and outlines (20 per second)", 50.0),
}
SIDE = Path(__file__).resolve().parent / "side_panel.py"


def measure(repetitions: int) -> list[dict[str, float]]:
    """Return milliseconds by name, and the voxels of the GTV, of each repetition; each in a fresh process."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    warm_up = [sys.executable, "-m", "dosepainting_hrs.kernels.warm_up"]
    subprocess.run(warm_up, check=True, capture_output=True)
    found = []
    for _ in range(repetitions):
        one: dict[str, float] = {}
        for mode in ("busy", "idle"):
            with tempfile.TemporaryDirectory() as folder:
                result = Path(folder) / "result.json"
                words = [sys.executable, str(SIDE), str(result), mode]
                done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise SystemExit(f"{SIDE.name} failed:\n{done.stderr[-4000:]}")
                one |= json.loads(result.read_text(encoding="utf-8"))
        found.append(one)
    return found


def reached(times: list[dict[str, float]]) -> bool:
    """Tell whether every goal is reached."""
    return all(goal is None or median(one[name] for one in times) < goal for name, (_, goal) in GOALS.items())


def markdown(times: list[dict[str, float]], about: dict[str, str]) -> str:
    """Return the page."""
    rows = []
    for name, (what, goal) in GOALS.items():
        values = [one[name] for one in times]
        told = "" if goal is None else "yes" if median(values) < goal else "**no**"
        limit = "" if goal is None else f"under {goal:g} ms"
        rows.append(f"| {what} | {median(values):.1f} ms | {min(values):.1f} to {max(values):.1f} ms | {limit} | {told} |")
    how = (
        f"The panel in the stand-in for Slicer, views drawn without a graphics card. GTV of {times[0]['voxels']:.0f} voxels. "
        "Medians over fresh processes; preview, rendering and scroll are medians over 30, 30 and 61 steps in each."
    )
    head = ["| what | median | range | goal | reached |", "|---|---|---|---|---|"]
    kept = {key: value for key, value in about.items() if "peer" not in key}
    return "\n".join(["# The panel", "", how, "", *(f"- {k}: {v}" for k, v in kept.items()), "", *head, *rows, ""])
