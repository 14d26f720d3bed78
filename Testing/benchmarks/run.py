"""Measure us and our peers side by side: ``python Testing/benchmarks/run.py [NAME ...]``.

Prints medians and ratios, and writes ``benchmarks.md`` and ``benchmarks.json`` to the folder given by ``--out``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import panel_times
from comparisons import COMPARISONS, Comparison
from inputs import made
from peers import RT_UTILS, python_with, versions
from table import Line, Times, as_json, lines, markdown

from dosepainting_hrs import __version__
from dosepainting_hrs.kernels.jit import cache_directory

HERE = Path(__file__).resolve().parent
CACHE = cache_directory().parents[1]


def main() -> int:
    """Run the chosen benchmarks; the exit status is 1 when a goal is missed."""
    chosen = _arguments()
    found: list[Line] = []
    for comparison in COMPARISONS:
        if chosen.names and not any(comparison.name.startswith(name) for name in chosen.names):
            continue
        print(f"{comparison.name} ...", file=sys.stderr, flush=True)
        found += _compare(comparison, chosen)
    panel = _panel(chosen) if not chosen.names or any(panel_times.NAME.startswith(name) for name in chosen.names) else None
    if not found and panel is not None:
        return int(not panel)
    if not found:
        print(f"There is no such benchmark. There are: {', '.join(_names())}.", file=sys.stderr)
        return 2
    about = _about(chosen)
    page = markdown(found, about)
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "benchmarks.md").write_text(page, encoding="utf-8")
    (chosen.out / "benchmarks.json").write_text(json.dumps(as_json(found, about), indent=1) + "\n", encoding="utf-8")
    print(page)
    return int(panel is False or any(one.reached is False for one in found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = ", ".join(_names())
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"benchmarks to run, or how they begin; all of them: {names}")
    parser.add_argument("--repetitions", type=int, default=5, help="processes per side (default 5)")
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "docs" / "benchmarks", help="folder for the result")
    parser.add_argument("--peers", type=Path, default=CACHE / "peers", help="folder for the peers' environments")
    parser.add_argument("--inputs", type=Path, default=CACHE / "benchmark-inputs", help="folder for the synthetic inputs")
    return parser.parse_args()


def _names() -> list[str]:
    return [*(one.name for one in COMPARISONS), panel_times.NAME]


def _panel(chosen: argparse.Namespace) -> bool:
    """Measure the panel and write its page; returns whether its goals were reached."""
    print(f"{panel_times.NAME} ...", file=sys.stderr, flush=True)
    times = panel_times.measure(chosen.repetitions)
    page = panel_times.markdown(times, _machine(chosen))
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "panel.md").write_text(page, encoding="utf-8")
    print(page)
    return panel_times.reached(times)


def _compare(comparison: Comparison, chosen: argparse.Namespace) -> list[Line]:
    inputs = made(chosen.inputs / comparison.task, comparison.make_inputs)
    peer = python_with(RT_UTILS, chosen.peers) if comparison.needs else Path(sys.executable)
    ours, theirs = (Path(sys.executable), HERE / "side_ours.py"), (peer, HERE / comparison.peer_script)
    for file in inputs.rglob("*"):  # Neither side pays for the first reading from the disk.
        if file.is_file():
            file.read_bytes()
    times: dict[bool, Times] = {True: [], False: []}
    for repetition in range(chosen.repetitions):
        # Who goes first changes from turn to turn.
        for mine in (True, False) if repetition % 2 == 0 else (False, True):
            python, script = ours if mine else theirs
            times[mine].append(_one(python, script, comparison, inputs))
    return lines(comparison, times[True], times[False])


def _one(python: Path, script: Path, comparison: Comparison, inputs: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [python, script, comparison.task, inputs, json.dumps(comparison.options), result]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{script.name} failed on {comparison.name}:\n{done.stderr[-4000:]}")
        found: dict[str, float] = json.loads(result.read_text(encoding="utf-8"))
        return found


def _about(chosen: argparse.Namespace) -> dict[str, str]:
    peer = python_with(RT_UTILS, chosen.peers)
    return {
        **_machine(chosen),
        "peer's packages": versions(peer, ("rt-utils", "numpy", "opencv-python", "pydicom")),
    }


def _machine(chosen: argparse.Namespace) -> dict[str, str]:
    model = next((line.split(":")[1].strip() for line in _cpu_lines() if line.startswith("model name")), platform.machine())
    return {
        "version": __version__,
        "processor": f"{model}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "our packages": versions(sys.executable, ("numpy", "scipy", "numba", "pydicom")),
        "repetitions": str(chosen.repetitions),
    }


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


if __name__ == "__main__":
    sys.exit(main())
