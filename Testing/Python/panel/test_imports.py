"""What loading the module and building its panel imports, in an interpreter of its own."""

import json
import os
import subprocess
import sys
from typing import Any

from builders.panel_clicks import MODULE

HEAVY = ("numba", "llvmlite", "scipy", "SimpleITK", "sklearn", "matplotlib", "pandas", "torch")
ASK = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
import slicer_host
host = slicer_host.start(main_window=True)
before, began = set(sys.modules), time.perf_counter()
widget = host.load(sys.argv[2])
seconds = time.perf_counter() - began
new = set(sys.modules) - before
host.stop()
print(json.dumps({"heavy": sorted({name.split(".")[0] for name in new} & set(json.loads(sys.argv[3]))), "seconds": seconds,
    "ours": sorted(name for name in new if name.startswith(("dosepainting_hrs", "DosePaintingHRS")))}))
"""


def test_nothing_heavy_is_imported_before_it_is_used(host: Any) -> None:
    """The host itself brings numpy and VTK, as Slicer does; everything that takes long to import waits for its first use."""
    assert host is not None  # Skips, or fails in continuous integration, where the stand-in cannot run.
    words = [sys.executable, "-c", ASK, str(MODULE.parents[1] / "Testing"), str(MODULE), json.dumps(HEAVY)]
    environment = {**os.environ, "PYTHONPATH": str(MODULE.parent)}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    print(f"Panel ready {told['seconds']:.2f} s after the module's file was loaded.")
    assert told["heavy"] == []
    # The panel was built, so the modules behind its steps are there; readers and writers of files are not.
    assert "DosePaintingHRSLib.panel" in told["ours"]
    late = ("kernels", "report", "phantom", "cli", "registration")
    assert [name for name in told["ours"] if name.startswith(tuple(f"dosepainting_hrs.{part}" for part in late))] == []
