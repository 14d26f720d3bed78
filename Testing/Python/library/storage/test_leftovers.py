"""What killed processes left behind goes with the next write into the folder; what others are making never does."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dosepainting_hrs.storage import leftovers
from dosepainting_hrs.storage.atomic import new_file, new_folder

WRITING = """
import sys, time
from pathlib import Path
from dosepainting_hrs.storage import atomic
make, path = getattr(atomic, sys.argv[1]), Path(sys.argv[2])
with make(path) as temporary:
    (temporary / "one.txt" if temporary.is_dir() else temporary).write_text("half")
    print("written", flush=True)
    time.sleep(300)
"""


@pytest.fixture
def writer(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """A process that is in the middle of writing."""
    words = [sys.executable, "-c", WRITING, request.param, str(tmp_path / "out.nrrd")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        yield process
        process.kill()


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


@pytest.mark.parametrize("writer", ["new_file", "new_folder"], indirect=True)
def test_it_stays_while_its_process_runs_and_goes_when_that_was_killed(writer: subprocess.Popen[str], tmp_path: Path) -> None:
    with new_file(tmp_path / "one.txt") as temporary:
        temporary.write_text("whole")
    (partial,) = [name for name in names(tmp_path) if name.startswith(".partial-")]
    assert names(tmp_path) == [partial, "one.txt"]
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert partial in names(tmp_path)
    with new_file(tmp_path / "two.txt") as temporary:
        temporary.write_text("whole")
    assert names(tmp_path) == ["one.txt", "two.txt"]


@pytest.mark.parametrize("writer", ["new_file"], indirect=True)
def test_a_folder_that_holds_nothing_else_is_empty_again(writer: subprocess.Popen[str], tmp_path: Path) -> None:
    writer.kill()
    writer.wait()
    with new_folder(tmp_path) as temporary:
        (temporary / "new.txt").write_text("whole")
    assert names(tmp_path) == ["new.txt"]


def test_what_others_make_is_left_alone(tmp_path: Path) -> None:
    """Processes of another machine cannot be seen; other programs' files are none of ours."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    own = leftovers.temporary_beside(tmp_path / "a.nrrd").name.replace(f"-{os.getpid()}-", f"-{int(gone.stdout)}-")
    others = [own.replace(leftovers._machine(), "0" * 8), ".partial-x", f"copy of {own}", "a.nrrd"]
    for name in (own, *others):
        (tmp_path / name).write_text("x")
    leftovers.remove_leftovers(tmp_path)
    assert names(tmp_path) == sorted(others)


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_is_running", lambda process: False)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a.txt").write_text("x")
    leftovers.temporary_beside(tmp_path / "link").symlink_to(tmp_path / "kept")
    leftovers.remove_leftovers(tmp_path)
    assert names(tmp_path) == ["kept"]
    assert names(tmp_path / "kept") == ["a.txt"]
