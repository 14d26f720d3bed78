"""The project's own files, for tests that look after the house: where they are, and who imports whom."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIBRARY = ROOT / "DosePaintingHRS" / "dosepainting_hrs"
TESTS = ROOT / "Testing"


def python_files(*folders: Path) -> list[Path]:
    """Return all Python files below some folders, in a fixed order."""
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def own_files() -> list[Path]:
    """Return the files that git keeps; without git, all but hidden folders and what tools leave behind."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    return [path for path in sorted(ROOT.rglob("*")) if path.is_file() and not _left_behind(path.relative_to(ROOT))]


def _left_behind(path: Path) -> bool:
    return any(
        part in ("__pycache__", "build") or part.endswith(".egg-info") or (part.startswith(".") and part != ".ci")
        for part in path.parts[:-1]
    )


def unit_of(path: Path, library: Path = LIBRARY) -> str:
    """Return the part of the library that a file belongs to: its folder, or its own stem at the top."""
    first = path.relative_to(library).parts[0]
    return first.removesuffix(".py")


def imported_modules(path: Path, library: Path = LIBRARY) -> Iterator[tuple[int, str]]:
    """Give line and absolute name of everything a file imports, wherever in the file, relative imports resolved."""
    package = (library.name, *path.relative_to(library).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *(node.module or "").split("."))).strip(".")
            for name in node.names:
                yield node.lineno, f"{module}.{name.name}"
