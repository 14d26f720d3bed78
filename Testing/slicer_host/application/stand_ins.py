"""Taking Slicer's place in `sys.modules`: which names exist, and which of slicer-core's extra names do not."""

from __future__ import annotations

import importlib.util
import os
import sys
import types
from pathlib import Path
from typing import Any

import slicer
import slicer.util

_OWN = {"ScriptedLoadableModule": "base_classes", "i18n": "translation", "packaging": "dependencies", "testing": "unit_tests"}


def hide_what_slicer_lacks() -> None:
    """Remove names that slicer-core puts into `slicer` and Slicer has in `slicer.util` alone."""
    for name in list(vars(slicer)):
        if name.startswith("_") or name in ("util", "vtkAddon"):
            continue
        value = getattr(slicer, name)
        leaked = vars(slicer.util).get(name)
        if leaked is value and not name.startswith("vtk"):
            delattr(slicer, name)


def slicer_python_folder() -> Path | None:
    """Return the folder of Slicer's own Python files when SLICER_PYTHON_PATH names one."""
    text = os.environ.get("SLICER_PYTHON_PATH", "")
    if not text:
        return None
    for folder in (Path(text) / "slicer", Path(text) / "Base" / "Python" / "slicer"):
        if (folder / "ScriptedLoadableModule.py").is_file():
            return folder
    raise FileNotFoundError(f'SLICER_PYTHON_PATH is "{text}", but there is no slicer/ScriptedLoadableModule.py below it.')


def install_python_modules() -> None:
    """Provide `slicer.ScriptedLoadableModule`, `slicer.i18n` and `slicer.packaging`: Slicer's own files or the stand-ins."""
    folder = slicer_python_folder()
    for name in ("i18n", "ScriptedLoadableModule", "packaging", "testing"):
        full = f"slicer.{name}"
        if full in sys.modules:
            continue
        own = Path(__file__).parent.parent / "scripted" / f"{_OWN[name]}.py"
        _load(full, folder / f"{name}.py" if folder is not None else own)
    sample_data = Path(__file__).parent.parent / "scripted" / "sample_data.py"
    sys.modules["SampleData"] = _loaded("SampleData", sample_data)
    vars(slicer.modules)["sampledata"] = sys.modules["SampleData"]  # modules look whether it is loaded
    if folder is not None:
        slicer.__path__.append(str(folder))  # parameterNodeWrapper and the rest
    _never_install()


def _load(full: str, path: Path) -> types.ModuleType:
    module = _loaded(full, path)
    setattr(slicer, full.rpartition(".")[2], module)
    return module


def _loaded(full: str, path: Path) -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(full, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded as {full}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    return module


def _never_install() -> None:
    """Never install from a test, whichever file speaks: keep what was asked for instead."""
    from ..scripted import dependencies

    module: Any = sys.modules["slicer.packaging"]
    for speaker in (module, slicer.util):
        speaker.pip_install = dependencies.pip_install
        speaker.pip_uninstall = dependencies.pip_uninstall


def forget() -> None:
    """Take the stand-ins out again."""
    for name in ("qt", "ctk", "SampleData", *(f"slicer.{name}" for name in _OWN)):
        sys.modules.pop(name, None)
