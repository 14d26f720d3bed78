"""One measurement of the panel in the stand-in for Slicer, in a fresh process: ``side_panel.py RESULT idle|busy``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

TESTING = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTING), str(TESTING.parent / "DosePaintingHRS")]
import slicer_host  # noqa: E402 - its folder had to be added first

MODULE = TESTING.parent / "DosePaintingHRS" / "DosePaintingHRS.py"
GTV_RADIUS_VOXELS = 20.28
"""Of a ball of some 35,000 voxels on the grid of the map."""


def main(result: Path, *, idle: bool) -> None:
    """Measure, and write milliseconds by name; with or without idle time before the first use."""
    host = slicer_host.start(main_window=True)
    began = time.perf_counter()
    panel = host.load(MODULE).panel
    found = {"ready": _ms(began)}
    found["voxels"] = _patient(panel)
    slider = panel.segment.form.parameters.rows["percent"].widget
    if idle:
        found["longest turn"] = _until_warm(host, panel)
    began = time.perf_counter()
    slider.value = 30.0
    found["first" if idle else "first at once"] = _ms(began)
    if not idle:
        _finish(host, found, result)
        return
    host.settle(300)
    previews, renderings = [], []
    for percent in range(31, 61):
        began = time.perf_counter()
        slider.value = float(percent)
        previews.append(_ms(began))
        began = time.perf_counter()
        for name in host.layout_manager.sliceViewNames():
            host.layout_manager.sliceWidget(name).sliceView().forceRender()
        renderings.append(_ms(began))
    found["preview"], found["rendering"] = median(previews), median(renderings)
    found["scroll"] = _scroll(host)
    _finish(host, found, result)


def _finish(host: Any, found: dict[str, float], result: Path) -> None:
    if host.uncaught:
        raise SystemExit(f"Errors escaped: {host.uncaught}")
    result.write_text(json.dumps(found), encoding="utf-8")
    host.stop()


def _until_warm(host: Any, panel: Any) -> float:
    """Let the panel get ready as it does when nobody touches it; return the longest time in which it did not answer."""
    longest, settled = 0.0, 0
    panel.warm.begin_imports()
    while settled < 200:  # As many turns after the last import: the GTV is brought onto the map in one of them.
        began = time.perf_counter()
        host.native_app.processEvents()
        longest = max(longest, _ms(began))
        settled = settled + 1 if panel.warm.is_done() else 0
        time.sleep(0.002)
    return longest


def _patient(panel: Any) -> int:
    """Add a CT of 512 x 512 x 200, a PET of 128 x 128 x 100 over it and a GTV drawn on the PET; return the GTV's voxels."""
    import numpy as np

    from dosepainting_hrs.geometry import Geometry
    from dosepainting_hrs.identity import Identity
    from dosepainting_hrs.image import Image, Mask, on_grid
    from dosepainting_hrs.quantities import HOUNSFIELD, SUV_BW
    from dosepainting_hrs_mrml import volumes

    access, scene = panel.scene_access, panel.scene_access.scene
    identity = Identity(patient_id="P1", frame_of_reference="1.2.3", series=("1.2.4",))
    grid, stored = on_grid(Geometry.from_parts((200, 512, 512), (0.98, 0.98, 2.0), (-250.0, -250.0, -200.0)))
    noise = np.random.default_rng(1).integers(-100, 100, (200, 512, 512), dtype=np.int16)
    image = Image(array=noise, geometry=grid, stored=stored, identity=identity, quantity=HOUNSFIELD)
    ct = volumes.add_volume(scene, image, "CT")
    grid, stored = on_grid(Geometry.from_parts((100, 128, 128), (3.9, 3.9, 4.0), (-250.0, -250.0, -200.0)))
    z, y, x = np.ogrid[:100, :128, :128]
    distance = np.sqrt((z - 50.0) ** 2 + (y - 64.0) ** 2 + (x - 64.0) ** 2)
    uptake = (10.0 * np.exp(-((distance / 20.0) ** 2))).astype(np.float32)
    image = Image(array=uptake, geometry=grid, stored=stored, identity=identity, quantity=SUV_BW)
    pet = volumes.add_volume(scene, image, "SUV")
    inside = distance <= GTV_RADIUS_VOXELS
    gtv = Mask(array=inside, geometry=grid, stored=stored, identity=identity, name="GTV")
    node, segment_id = access.add_roi(gtv, pet)
    panel.patient.ui.planningCtSelector.setCurrentNode(ct)
    panel.segment.ui.mapSelector.setCurrentNode(pet)
    panel.regions.ui.gtvSelector.setCurrentNode(node)
    panel.regions.ui.gtvSelector.setCurrentSegmentID(segment_id)
    panel.segment.form.choose("percent-max")
    panel.show_volumes()
    panel.show_region((node, segment_id))
    return int(np.count_nonzero(inside))


def _scroll(host: Any) -> float:
    """Median time of one step through the axial slices, all views shown, with PET and outlines over the CT."""
    widget = host.layout_manager.sliceWidget("Red")
    logic, times = widget.sliceLogic(), []
    middle = logic.GetSliceOffset()
    for step in range(-30, 31):
        began = time.perf_counter()
        logic.SetSliceOffset(middle + 2.0 * step)
        widget.sliceView().forceRender()
        times.append(_ms(began))
    return float(median(times))


def _ms(began: float) -> float:
    return 1000.0 * (time.perf_counter() - began)


if __name__ == "__main__":
    main(Path(sys.argv[1]), idle=sys.argv[2] == "idle")
