"""``make validate`` runs every study of Testing/validation, and goes on after one that misses its goal."""

from __future__ import annotations

import runpy
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
STUDIES = sorted((ROOT / "Testing" / "validation").glob("*.py"))


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.stem)
def test_every_study_can_be_started(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its imports are still there; what it does is tried in a reduced form elsewhere."""
    monkeypatch.syspath_prepend(str(study.parent))
    assert callable(runpy.run_path(str(study))["main"])


def test_one_missed_goal_does_not_keep_the_others_from_running(tmp_path: Path) -> None:
    """The recipe itself, with two studies of which the first fails."""
    (tmp_path / "Testing" / "validation").mkdir(parents=True)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.symlink_to("/bin/sh")
    for name, text in (("a", "echo first; exit 1"), ("b", "echo second")):
        (tmp_path / "Testing" / "validation" / f"{name}.py").write_text(text)
    (tmp_path / ".venv" / "installed-test").touch()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / ".venv" / "installed-test").touch()
    makefile = ROOT / "Makefile"
    done = subprocess.run(["make", "-f", str(makefile), "validate"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert [line for line in done.stdout.splitlines() if line in ("first", "second")] == ["first", "second"]
    assert "Goals missed, or not run to the end: Testing/validation/a.py" in done.stdout
    assert done.returncode != 0
