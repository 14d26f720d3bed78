"""How quickly the views follow while a registration is adjusted by hand: ``python Testing/benchmarks/adjusting.py``.

The panel in the stand-in for Slicer, with its slice views drawn in software; the full synthetic patient with its T2. A slider
is moved 40 times in each view, and each time the three slices are drawn. Writes docs/benchmarks/adjusting.md.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

TESTING = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTING), str(TESTING / "Python")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
PAGE = TESTING.parent / "docs" / "benchmarks" / "adjusting.md"
MOVES, REPETITIONS, GOAL_HZ = 40, 3, 10.0
VIEWS = ("blend", "checkerboard", "difference", "outline")


def step_with(person: Any, folder: Path) -> Any:
    """Return the step Register with a T2 laid on the planning CT, as if it had just been registered."""
    import slicer

    from dosepainting_hrs.dicom.stacking import read_stack
    from dosepainting_hrs.phantom.patient import write_patient
    from dosepainting_hrs.progress import silent
    from dosepainting_hrs.transform import Transform
    from dosepainting_hrs_mrml.loading import load_series

    truth = write_patient(folder / "patient", size="full")
    panel, access = person.panel, person.panel.scene_access
    ct = access.load_series(truth.folder / truth.ct, truth.ct_series, silent)
    mask, _ = access.read_roi(truth.folder / truth.structures, "GTVp", ct, silent)
    node, segment_id = access.add_roi(mask, ct)
    panel.patient.ui.planningCtSelector.setCurrentNode(ct)
    panel.regions.ui.gtvSelector.setCurrentNode(node)
    panel.regions.ui.gtvSelector.setCurrentSegmentID(segment_id)
    panel.register.moving.set(load_series(slicer.mrmlScene, read_stack(truth.folder / truth.mr)))
    found = Transform.of_matrix(np.array(truth.mr_to_ct), truth.mr_frame_of_reference, truth.frame_of_reference)
    panel.register.show(found, figures=("",), passed=True, pair="T2 to CT")
    person.open("register")
    return panel.register


def measured(step: Any, view: str) -> tuple[float, float]:
    """Return seconds by the clock and of the processors that one move of a slider takes, with what it draws; medians."""
    import slicer

    step.ui.viewCombo.setCurrentIndex(step.ui.viewCombo.findText(view))
    slicer.app.processEvents()
    clock, busy = [], []
    for number in range(MOVES):
        start, used = time.perf_counter(), time.process_time()
        step.ui.shiftLSlider.value = 0.1 * (number + 1)
        slicer.app.processEvents()
        clock.append(time.perf_counter() - start)
        busy.append(time.process_time() - used)
    return median(clock), median(busy)


def main() -> int:
    """Measure and write the page; status 1 when the goal is missed."""
    import slicer_host

    from builders.panel_clicks import MODULE, Person

    host = slicer_host.start(main_window=True)
    person = Person(host, host.load(MODULE))
    with tempfile.TemporaryDirectory() as folder:
        step = step_with(person, Path(folder))
        runs = {view: [measured(step, view) for _ in range(REPETITIONS)] for view in VIEWS}
    host.stop()
    lines = ["# Adjusting a registration by hand", "", (__doc__ or "").strip().split("\n\n", 1)[1].replace("\n", " "), ""]
    lines += [f"- {os.cpu_count()} cores, Python {platform.python_version()}, {REPETITIONS} repetitions, medians"]
    lines += [f"- load of the machine when it ended: {os.getloadavg()[0]:.1f}", ""]
    lines += ["| view | pictures a second by the clock | ms of processor time for each |", "|---|---|---|"]
    slowest = 0.0
    for view, found in runs.items():
        clock, busy = median(one for one, _ in found), median(one for _, one in found)
        slowest = max(slowest, clock)
        lines.append(f"| {view} | {1.0 / clock:.0f} | {1000.0 * busy:.0f} |")
    reached = slowest < 1.0 / GOAL_HZ
    lines += ["", f"Goal: {GOAL_HZ:g} pictures a second by the clock: {'reached' if reached else '**missed**'}.", ""]
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
