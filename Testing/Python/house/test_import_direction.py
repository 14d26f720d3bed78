"""Imports point one way: what is below never knows what is above, and siblings do not know each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from builders.house import LIBRARY, imported_modules, python_files, unit_of

GROUND = frozenset(
    {
        "acquisition",
        "conditions",
        "errors",
        "geometry",
        "hrs_model",
        "identity",
        "image",
        "image_frames",
        "morphology",
        "notes",
        "parameters",
        "parameters_json",
        "progress",
        "quantities",
        "reconstruction",
        "records",
        "registry",
        "sphere",
        "storage",
        "transform",
        "frame_chain",
        "working",
    }
)
KERNELS = GROUND | {"kernels"}
ARRAYS = KERNELS | {"restoration"}
JOB = frozenset({"case", "frames", "address", "context", "sources", "inputs", "job", "pipeline", "steps"})
METHODS = frozenset({"registration", "maps", "segmentation", "prescription", "evaluation"})

MAY_IMPORT: dict[str, frozenset[str]] = {
    "__init__": frozenset(),
    **dict.fromkeys(GROUND, GROUND),
    "kernels": KERNELS,
    "dicom": KERNELS | {"dicom"},
    "restoration": ARRAYS,
    **{unit: ARRAYS | {unit} for unit in METHODS},
    "phantom": KERNELS | {"dicom", "phantom"},
    "learning": ARRAYS | METHODS | {"learning"},
}
_BELOW_JOB = frozenset(MAY_IMPORT)
MAY_IMPORT |= dict.fromkeys(JOB, _BELOW_JOB | JOB)
MAY_IMPORT |= {"report": _BELOW_JOB | JOB | {"report"}, "cli": _BELOW_JOB | JOB | {"report", "cli"}}
"""For each part of the library: the parts it may import. A new part needs a line here, which is a decision."""

NEVER = frozenset({"slicer", "vtk", "vtkmodules", "qt", "ctk", "PySide6", "PyQt5", "PyQt6", "mrml", "trame"})
"""Other doors' toolkits: the library runs without any of them."""
LATER = frozenset({"matplotlib", "jinja2", "highdicom", "torch", "dask"})
"""Extras and slow packages: only within the function that needs them, so that importing a part never needs them."""


def faults_of(path: Path, library: Path = LIBRARY) -> list[str]:
    """Return a sentence for every import of a file that points the wrong way."""
    unit, found = unit_of(path, library), []
    if unit not in MAY_IMPORT:
        return [f"{path.name}: the part {unit} has no place in MAY_IMPORT"]
    for line, module in imported_modules(path, library):
        top, *rest = module.split(".")
        inner = rest[0] if rest else "__init__"
        if top in NEVER:
            found.append(f"{path.name}:{line} imports {top}")
        elif top == library.name and _is_part(library, inner) and inner not in MAY_IMPORT[unit]:
            found.append(f"{path.name}:{line}: {unit} imports {inner}")
    return found


def _is_part(library: Path, name: str) -> bool:
    return name != "__init__" and ((library / name).is_dir() or (library / f"{name}.py").is_file())


def test_every_file_imports_downwards_only() -> None:
    assert [fault for path in python_files(LIBRARY) for fault in faults_of(path)] == []


@pytest.mark.parametrize("unit", sorted({unit_of(path) for path in python_files(LIBRARY)}))
def test_a_fresh_interpreter_loads_nothing_from_above(unit: str) -> None:
    """What the source does not show: modules that come in by way of others."""
    names = [
        ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in python_files(LIBRARY)
        if unit_of(path) == unit and path.stem != "__main__"
    ]
    code = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = [name.split(".") for name in done.stdout.split()]
    tops = {parts[0] for parts in loaded}
    inside = {parts[1] for parts in loaded if parts[0] == LIBRARY.name and len(parts) > 1}
    assert tops & (NEVER | LATER) == set()
    assert inside - _reachable(unit) == set()


def _reachable(unit: str) -> set[str]:
    """Return what a part may load, through others as well: never anything above it."""
    reached, waiting = {unit}, [unit]
    while waiting:
        for other in MAY_IMPORT.get(waiting.pop(), frozenset()) - reached:
            reached.add(other)
            waiting.append(other)
    return reached


@pytest.mark.parametrize(
    ("where", "line", "fault"),
    [
        ("segmentation/a.py", "from ..dicom.stack import Stack", "segmentation imports dicom"),
        ("dicom/a.py", "from ..segmentation import islands", "dicom imports segmentation"),
        ("dicom/deep/a.py", "from ...cli import main", "dicom imports cli"),
        ("maps/a.py", "from .. import pipeline", "maps imports pipeline"),
        ("geometry.py", "from .kernels import fill", "geometry imports kernels"),
        ("kernels/a.py", "import dosepainting_hrs.report.html", "kernels imports report"),
        ("maps/a.py", "def f():\n    import vtk.util", "imports vtk"),
        ("newcomer/a.py", "import math", "the part newcomer has no place"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, where: str, line: str, fault: str) -> None:
    library = tmp_path / LIBRARY.name
    for part in ("dicom", "segmentation", "cli", "kernels", "report"):
        (library / part).mkdir(parents=True)
    (library / "pipeline.py").touch()
    file = library / where
    file.parent.mkdir(exist_ok=True)
    file.write_text(line + "\n")
    (found,) = faults_of(file, library)
    assert fault in found


def test_a_right_import_is_let_pass(tmp_path: Path) -> None:
    library = tmp_path / LIBRARY.name
    (library / "report").mkdir(parents=True)
    (library / "pipeline.py").touch()
    file = library / "report" / "a.py"
    file.write_text("import numpy\nfrom .. import __version__, pipeline\nfrom ..pipeline import run_job\n")
    assert faults_of(file, library) == []


def test_the_command_line_starts_without_what_few_commands_need() -> None:
    """Each of these costs every command a tenth of a second to a whole one."""
    heavy = ("scipy.stats", "scipy.interpolate", "scipy.optimize", "scipy.ndimage", "sklearn", "matplotlib", "distributed")
    script = f"import sys, dosepainting_hrs.cli.main; print([one for one in {heavy} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
