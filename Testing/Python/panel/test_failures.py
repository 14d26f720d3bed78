"""Work that is stopped, dies or cannot write: the scene stays as it was, and the panel says so and goes on working."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from builders.panel_clicks import MODULE, Person, nodes_of
from dosepainting_hrs.errors import DependencyError
from dosepainting_hrs.phantom.patient import write_patient
from dosepainting_hrs.phantom.truth import PatientTruth
from DosePaintingHRSLib import work
from DosePaintingHRSLib.child import Child

SLOW = 'import sys, time; print(\'{"fraction": 0.5, "message": "Half"}\', file=sys.stderr, flush=True); time.sleep(60)'


def child_of(code: str) -> Any:
    """Return what starts a Python child with this code instead of the command line."""
    return lambda _words: Child([sys.executable, "-c", code])


def test_stop_half_way_ends_within_two_seconds_and_changes_nothing(ready: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "start", child_of(SLOW))
    before = nodes_of(ready.host.scene)
    ready.start("make_map")
    ready.host.wait_for(lambda: ready.panel.ui.progressBar.value == 500, 10, "Half of the work")
    assert ready.panel.ui.progressBar.visible
    assert ready.stop() < 2.0
    assert ready.message == "Stopped; nothing was changed."
    assert nodes_of(ready.host.scene) == before
    assert not ready.panel.ui.progressBar.visible
    assert ready.reason("make_map") == ""


def test_the_real_command_stops_half_way_too(ready: Person, tmp_path: Path) -> None:
    ready.press("apply")
    before = nodes_of(ready.host.scene)
    ready.open("export")
    ready.host.type(ready.panel.export.ui.exportFolderEdit, str(tmp_path))
    ready.start("export")
    ready.host.settle(300)
    assert ready.stop() < 2.0
    assert ready.message == "Stopped; nothing was changed."
    assert nodes_of(ready.host.scene) == before
    assert list(tmp_path.iterdir()) == []


def test_loading_stops_at_its_next_breath(person: Person, patient: PatientTruth) -> None:
    """Loading happens in this process: Stop is pressed while it reads slices."""
    person.look(patient.folder)
    panel, breathe = person.panel, person.panel.status.breathe
    told = []

    def press_stop_half_way(fraction: float, message: str) -> None:
        breathe(fraction, message)
        told.append(fraction)
        if fraction > 0.2:
            person.host.click(panel.ui.stopButton)

    panel.status.breathe = press_stop_half_way
    person.press("load")
    assert person.message == "Stopped; what was not finished was not added."
    assert 0.2 < max(told) < 0.5
    assert nodes_of(person.host.scene) == []


def test_a_child_that_dies_is_told_and_the_next_one_works(ready: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    before = nodes_of(ready.host.scene)
    with monkeypatch.context() as broken:
        broken.setattr(work, "start", child_of("import os; os.kill(os.getpid(), 9)"))
        ready.press("make_map")
    assert ready.message.startswith("The work ended without a result (exit status ")
    assert nodes_of(ready.host.scene) == before
    assert ready.press("make_map") == "SUVbw made."


@pytest.mark.skipif(sys.platform == "win32", reason="counts processes the POSIX way")
def test_killing_the_real_child_is_told(ready: Person) -> None:
    ready.start("make_map")
    os.kill(ready.panel.work.child._process.pid, 9)
    ready.wait()
    assert ready.message == "The work ended without a result (exit status -9)."


def test_a_child_that_cannot_be_started_is_told(ready: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_words: object) -> Child:
        raise DependencyError("The work could not be started: no more processes.")

    monkeypatch.setattr(work, "start", refuse)
    ready.press("make_map")
    assert ready.message == "The work could not be started: no more processes."
    assert ready.reason("make_map") == ""


@pytest.mark.parametrize("answer", ["[]", "{}", '{"output": "/no/such/file.nrrd", "quantity": "SUVbw", "history": []}'])
def test_an_answer_without_what_it_should_hold_is_told(ready: Person, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    before = nodes_of(ready.host.scene)
    monkeypatch.setattr(work, "start", child_of(f"print({answer!r})"))
    ready.press("make_map")
    assert ready.message
    assert ready.message != "SUVbw made."
    assert nodes_of(ready.host.scene) == before


def test_a_full_disk_is_told_in_words(ready: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file that the child opens for writing takes a byte."""

    def on_a_full_disk(words: list[Any]) -> Child:
        child_command = [work.python_slicer(), "-c", FULL_DISK, *map(str, words), "--json"]
        return Child(child_command, [MODULE.parent])

    ready.press("apply")
    monkeypatch.setattr(work, "start", on_a_full_disk)
    told = ready.export_to(tmp_path)
    assert told == ""
    assert "No space left on device" in ready.message
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk() -> Iterator[Callable[[Path, int], None]]:
    """Mounts a file system of some bytes on a folder; where nobody may, the test above stands in for it."""
    mounted: list[Path] = []

    def mount(folder: Path, size: int) -> None:
        words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if shutil.which("mount") is None or subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("mounting a small file system needs root")
        mounted.append(folder)
        filler = (folder / "filler").open("wb", buffering=0)
        with filler, suppress(OSError):
            while True:  # To the last page.
                filler.write(bytes(4096))

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_is_really_full_gets_a_sentence_and_nothing_half_written(
    ready: Person, tmp_path: Path, small_disk: Callable[[Path, int], None]
) -> None:
    ready.press("apply")
    small_disk(tmp_path, 65536)
    assert ready.export_to(tmp_path) == ""
    assert "No space left on device" in ready.message
    assert str(tmp_path) in ready.message.replace("\u200b", "")
    assert [path.name for path in tmp_path.iterdir()] == ["filler"]


def test_a_full_temporary_folder_is_told_before_anything_runs(
    ready: Person, tmp_path: Path, small_disk: Callable[[Path, int], None]
) -> None:
    """Regions and volumes are written there for the child process."""
    ready.press("apply")
    small_disk(Path(ready.panel.new_temporary("here").parents[1]), 65536)
    assert ready.export_to(tmp_path) == ""
    assert not ready.panel.is_busy()
    assert "space" in ready.message.lower() or "full" in ready.message.lower(), ready.message
    assert list(tmp_path.iterdir()) == []


FULL_DISK = """
import builtins, errno, io, sys
real_open = io.open
class Full:
    def __init__(self, file): self.file = file
    def write(self, data): raise OSError(errno.ENOSPC, "No space left on device")
    def __enter__(self): return self
    def __exit__(self, *a): self.file.close()
    def __getattr__(self, name): return getattr(self.file, name)
def full_open(file, mode="r", *rest, **more):
    opened = real_open(file, mode, *rest, **more)
    return Full(opened) if any(letter in mode for letter in "wax+") else opened
builtins.open = io.open = full_open
from dosepainting_hrs.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_folder_that_is_gone_when_export_is_pressed(ready: Person, tmp_path: Path) -> None:
    ready.press("apply")
    ready.export_to(tmp_path / "gone")
    assert "gone" in ready.message
    assert list(tmp_path.iterdir()) == []


def test_files_that_went_away_after_looking_are_told(person: Person, tmp_path: Path) -> None:
    truth = write_patient(tmp_path / "patient", size="small", seed=3)
    person.look(truth.folder)
    for file in (truth.folder / truth.pet).iterdir():
        file.unlink()
    person.press("load")
    assert "Loaded" not in person.message
    assert [name for kind, name in nodes_of(person.host.scene) if "PET" in name] == []


def test_leaving_while_a_child_runs_ends_it(host: Any, ready: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "start", child_of(SLOW))
    ready.start("make_map")
    process = ready.panel.work.child._process
    began = time.monotonic()
    host.unload("DosePaintingHRS")
    assert process.poll() is not None
    assert time.monotonic() - began < 2.0
    host.load(MODULE)


def test_closing_the_scene_while_a_child_runs_stops_it(ready: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "start", child_of(SLOW))
    ready.start("make_map")
    ready.host.close_scene()
    ready.wait(3)
    assert ready.message == "Stopped; nothing was changed."
    assert nodes_of(ready.host.scene) == []


def test_a_result_for_a_scene_that_was_closed_is_not_taken_in(ready: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child has ended, and nobody has looked at it yet when the scene goes."""
    monkeypatch.setattr(work, "start", child_of('print(\'{"output": "suv.nrrd", "remarks": []}\')'))
    ready.start("make_map")
    ready.panel.work.child._process.wait(10)
    ready.host.close_scene()
    ready.wait(3)
    assert "files that it wrote are there, nothing was added" in ready.message
    assert nodes_of(ready.host.scene) == []


def test_closing_the_scene_while_series_load_stops_that(person: Person, patient: PatientTruth) -> None:
    person.look(patient.folder)
    breathe = person.panel.status.breathe

    def close_half_way(fraction: float, message: str) -> None:
        breathe(fraction, message)
        if fraction > 0.7:
            person.host.close_scene()

    person.panel.status.breathe = close_half_way
    person.press("load")
    assert nodes_of(person.host.scene) == []
    assert person.message == "Stopped; what was not finished was not added."


def test_kernels_are_compiled_beside_once_a_folder_was_looked_through(
    person: Person, patient: PatientTruth, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []

    def start() -> Child:
        started.append(Child([sys.executable, "-c", SLOW]))
        return started[-1]

    monkeypatch.setattr(work, "warm_up", start)
    person.look(patient.folder)
    assert not person.panel.is_busy()
    person.press("look")
    assert len(started) == 1
    assert started[0].poll() is None
    person.host.unload("DosePaintingHRS")
    assert started[0].poll() is not None
    person.widget = person.host.load(MODULE)
