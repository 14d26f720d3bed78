"""The set-up on machines other than this one, played with stand-ins on the search path."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from builders.house import ROOT
from builders.programs import program

PROGRAMS = ("dciodvfy", "dcmdump", "plastimatch", "cmake")


def machine(folder: Path, **scripts: str) -> str:
    """Return a search path with what every system has and some stand-in programs."""
    for name in ("sh", "dirname", "cat", "rm"):
        (folder / name).symlink_to(program(name))
    for name, text in scripts.items():
        file = folder / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
    return str(folder)


def run(script: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [program("sh"), str(ROOT / "Testing" / script), *words]
    bare = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTHON")}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=bare | environment)


def test_nothing_is_done_when_all_programs_are_there(tmp_path: Path) -> None:
    path = machine(tmp_path, **dict.fromkeys(PROGRAMS, "exit 0"), **{"apt-get": "echo called"})
    done = run("install-system-packages.sh", PATH=path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_only_what_is_missing_is_installed_as_root(tmp_path: Path) -> None:
    log = tmp_path / "log"
    path = machine(
        tmp_path,
        dciodvfy="exit 0",
        plastimatch="exit 0",
        cmake="exit 0",
        id="echo 0",
        env='shift; "$@"',
        **{"apt-get": f'echo "$@" >> "{log}"'},
    )
    assert run("install-system-packages.sh", PATH=path).returncode == 0
    assert log.read_text().splitlines() == ["update -q", "install -q -y --no-install-recommends dcmtk"]


def test_sudo_is_used_by_others_than_root(tmp_path: Path) -> None:
    log = tmp_path / "log"
    apt = {"apt-get": "exit 1"}
    path = machine(tmp_path, id="echo 1000", sudo=f'echo "$3" "$4" >> "{log}"', **apt)
    assert run("install-system-packages.sh", PATH=path).returncode == 0
    assert log.read_text().splitlines() == ["apt-get update", *["apt-get install"] * 4]


@pytest.mark.parametrize(("environment", "status"), [({}, 0), ({"CI": "true"}, 1)])
def test_elsewhere_it_says_what_to_do_and_only_ci_stops(tmp_path: Path, environment: dict[str, str], status: int) -> None:
    done = run("install-system-packages.sh", PATH=machine(tmp_path), **environment)
    assert done.returncode == status
    assert "This system has no apt-get; install by its own means: dicom3tools dcmtk plastimatch cmake" in done.stderr
    assert "macOS:           brew install dcmtk cmake" in done.stderr


def test_a_package_that_a_release_lacks_does_not_keep_out_the_others(tmp_path: Path) -> None:
    log = tmp_path / "log"
    apt = f'for last; do :; done; [ "$last" = dicom3tools ] && exit 100; echo "$last" >> "{log}"'
    done = run("install-system-packages.sh", PATH=machine(tmp_path, id="echo 0", env='shift; "$@"', **{"apt-get": apt}))
    assert log.read_text().split() == ["-q", "dcmtk", "plastimatch", "cmake"]
    assert "Not installed: dicom3tools" in done.stderr


def test_an_old_python_is_named_in_a_sentence_and_nothing_is_made(tmp_path: Path) -> None:
    old = 'case "$1" in -c) exit 1;; --version) echo "Python 3.10.12";; esac'
    target = tmp_path / "environment"
    done = run("create-environment.sh", str(target), PATH=machine(tmp_path, python3=old))
    assert done.returncode == 1
    assert done.stderr.startswith("DosePaintingHRS needs Python 3.11, 3.12 or 3.13; found: Python 3.10.12.\n")
    assert not target.exists()


def test_a_python_that_was_named_is_never_replaced_by_another(tmp_path: Path) -> None:
    path = machine(tmp_path, old="exit 1", python3="exit 0")
    done = run("create-environment.sh", str(tmp_path / "environment"), PATH=path, PYTHON="old")
    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr


def test_a_newer_interpreter_beside_an_old_python3_is_taken(tmp_path: Path) -> None:
    log = tmp_path / "log"
    path = machine(tmp_path, **{"python3": "exit 1", "python3.12": f'echo "$1 $2" >> "{log}"'})
    done = run("create-environment.sh", str(tmp_path / "environment"), PATH=path)
    assert done.returncode == 0
    assert log.read_text().splitlines()[-1] == "-m venv"
