"""After the warm-up nothing is left to compile: neither a kernel, nor another form of one that the main job needs."""

import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from builders.house import LIBRARY, python_files
from dosepainting_hrs import kernels
from dosepainting_hrs.kernels.warm_up import warm_up
from dosepainting_hrs.phantom.patient import write_patient

MAIN_JOB = """
import sys
from dosepainting_hrs.cli.main import main
patient, out = sys.argv[1:]
words = [["map", "suv", "--image", f"{patient}/PET", "-o", f"{out}/suv.nrrd"],
    ["segment", "percent-max", "--percent", "50", "--map", f"{out}/suv.nrrd", "--within", f"{patient}/RTSTRUCT.dcm#GTVp",
     "--image", f"{patient}/CT", "-o", f"{out}/hrs.nrrd"],
    ["export", "rtstruct", "--planning-ct", f"{patient}/CT", "--region", f"HRS={out}/hrs.nrrd", "-o", f"{out}/hrs.dcm"]]
for one in words:
    assert main([*one, "--json"]) == 0, one
"""


OUTSIDE = "\n".join(
    line
    for path in python_files(LIBRARY)
    if path.parent.name != "kernels"
    for line in path.read_text(encoding="utf-8").splitlines()
    if "kernels." in line
)


def is_called_from_outside(name: str, one: Any) -> bool:
    """Kernels that only kernels call are compiled with those."""
    return (
        hasattr(one, "signatures")
        and not name.startswith("_")
        and re.search(rf"\b{name}\b", OUTSIDE.replace(f".{name} ", "")) is not None
    )


def test_every_kernel_is_compiled() -> None:
    warm_up()
    idle = []
    for module in pkgutil.iter_modules(kernels.__path__):
        names: dict[str, Any] = vars(importlib.import_module(f"dosepainting_hrs.kernels.{module.name}"))
        idle += [name for name, one in names.items() if is_called_from_outside(name, one) and not one.signatures]
    assert idle == []


def test_the_main_job_compiles_nothing_after_it(tmp_path: Path) -> None:
    """Numba writes a file for each form of each kernel; the main job adds none to those of the warm-up."""
    truth = write_patient(tmp_path / "patient", size="small")
    cache = tmp_path / "cache"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}

    def python(*words: object) -> str:
        command = [sys.executable, *map(str, words)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    python("-m", "dosepainting_hrs.kernels.warm_up")
    compiled = sorted(file.name for file in cache.rglob("*.nbc"))
    assert compiled
    python("-c", MAIN_JOB, truth.folder, tmp_path)
    assert sorted(file.name for file in cache.rglob("*.nbc")) == compiled
