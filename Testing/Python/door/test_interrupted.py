"""Work that is stopped, killed, or runs out of disk leaves nothing half-written, and says so."""

import errno
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset

from builders.bad_input import Door, Person, on_disk
from dosepainting_hrs.cli import main as command
from dosepainting_hrs.errors import Cancelled
from dosepainting_hrs.storage import volumes

STEPS = ("inspect", "map", "segment", "import", "export", "append")


def words_of(step: str, ann: Person) -> list[str]:
    words: dict[str, list[object]] = {
        "inspect": ["inspect", ann.ct, "--write-case", "case.json"],
        "map": ["map", "suv", "--image", ann.pet, "-o", "suv.nii.gz"],
        "segment": [
            *("segment", "percent-max", "--percent", "50", "--map", ann.file("suv"), "--within", f"{ann.structures}#GTVp"),
            *("--image", ann.ct, "-o", "hrs.nrrd", "--save-job", "job.json"),
        ],
        "import": ["import", "rtstruct", ann.structures, "--image", ann.ct, "-o", "new/masks"],
        "export": ["export", "rtstruct", "--planning-ct", ann.ct, "--region", f"HRS={ann.file('hrs')}", "-o", "out.dcm"],
        "append": ["export", "rtstruct", "--planning-ct", ann.ct, "--region", f"HRS={ann.file('hrs')}", "-o", "out.dcm"],
    }
    more = ["--append-to", ann.structures] if step == "append" else []
    return [str(word) for word in (*words[step], *more)]


class Stopper:
    """A progress that stops the work at its n-th report."""

    def __init__(self, last: int) -> None:
        self.last, self.count = last, 0

    def __call__(self, fraction: float, message: str) -> None:
        self.count += 1
        if self.count == self.last:
            raise Cancelled


@pytest.mark.parametrize("step", STEPS)
def test_work_stopped_at_any_report_leaves_nothing(door: Door, ann: Person, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Stopper(-1)
    monkeypatch.setattr(command, "progress_for", lambda stream, *, as_json: counting)
    door(*words_of(step, ann))
    assert counting.count > 3
    for path in sorted(door.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    stops = sorted({1, 2, 3, *range(5, counting.count, max(counting.count // 6, 1)), counting.count - 1})
    for last in stops:
        monkeypatch.setattr(command, "progress_for", lambda stream, *, as_json, stop=last: Stopper(stop))
        said = door.refused(*words_of(step, ann), code="cancelled", match="Stopped on request; nothing was written")
        assert said
        assert on_disk(door.folder) == {}


def run(words: list[str], *, python: tuple[str, ...] = (), **more: Any) -> "subprocess.Popen[str]":
    program = [sys.executable, *python, "-m", "dosepainting_hrs.cli.main", *words]
    # A shell starts what it puts into the background with the interrupt ignored, and every child inherits that.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    finally:
        signal.signal(signal.SIGINT, heard)


def started(process: "subprocess.Popen[str]", reports: int = 1) -> None:
    assert process.stderr is not None
    for _ in range(reports):
        line = process.stderr.readline()
        assert line, process.communicate()
        assert set(json.loads(line)) == {"fraction", "message"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_process(door: Door, number: int) -> None:
    process = run(["demo", "out", "--json"])
    started(process, 2)
    process.send_signal(number)
    out, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert json.loads(out)["error"]["code"] == "cancelled"
    assert on_disk(door.folder) == {}


def test_a_signal_before_the_work_begins_is_obeyed_too(door: Door) -> None:
    process = run(["demo", "out", "--json"], python=("-X", "importtime"))
    assert process.stderr is not None
    assert any("dosepainting_hrs" in line for line in process.stderr)  # It has begun to import, and nothing else.
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode not in (0, 1)
    assert on_disk(door.folder) == {}


def test_a_killed_process_leaves_no_final_file_and_the_next_run_clears_up(door: Door) -> None:
    process = run(["demo", "out", "--size", "small", "--json"])
    started(process, 3)
    process.kill()
    process.communicate(timeout=20)
    assert not Path("out").exists()
    assert all(name.startswith(".partial-") for name in on_disk(door.folder))
    door("demo", "out", "--size", "small")
    assert [one.name for one in door.folder.iterdir()] == ["out"]


def full_disk(*values: object, **more: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def half_written(stored: object, path: str, **more: object) -> None:
    Path(path).write_bytes(b"half")
    raise RuntimeError("ITK ERROR: ImageIOBase: No space left on device")


@pytest.mark.parametrize("step", STEPS)
def test_a_full_disk_leaves_nothing_and_is_said(door: Door, ann: Person, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes.sitk, "WriteImage", half_written)
    monkeypatch.setattr(Dataset, "save_as", full_disk)
    monkeypatch.setattr(Path, "write_text", full_disk)
    door.refused(*words_of(step, ann), code="output", match="could not be written: .*No space left on device.*free space")


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
from dosepainting_hrs.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("step", ["map", "import", "export", "inspect"])
def test_a_file_system_that_takes_no_more_bytes_leaves_nothing(door: Door, ann: Person, step: str) -> None:
    """A real limit of the system, in the middle of a write."""
    limit = {"map": 20_000, "import": 500, "export": 5_000, "inspect": 300}[step]
    program = [sys.executable, "-c", LIMITED.format(limit=limit), *words_of(step, ann), "--json"]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 7, done.stdout + done.stderr
    error = json.loads(done.stdout)["error"]
    assert "could not be written" in error["message"] or "did not read back" in error["message"]
    assert "Traceback" not in done.stderr
    assert on_disk(door.folder) == {}


def test_a_closed_pipe_is_no_defect(door: Door, ann: Person) -> None:
    process = run(["inspect", str(ann.truth.folder)])
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert said == ""


def test_progress_of_every_step_rises_to_the_end(door: Door, ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []
    note: Callable[[float, str], None] = lambda fraction, message: seen.append(fraction)  # noqa: E731
    monkeypatch.setattr(command, "progress_for", lambda stream, *, as_json: note)
    for step in STEPS:
        seen.clear()
        folder = door.folder / step
        folder.mkdir()
        monkeypatch.chdir(folder)
        door(*words_of(step, ann))
        assert seen == sorted(seen), step
        assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_a_job_stopped_in_its_second_step_says_that_the_first_stays(
    door: Door, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    map_ = {"do": "map", "method": "suv", "inputs": {"image": str(ann.pet)}, "output": "suv.nrrd"}
    region = {"do": "inspect", "folder": str(ann.ct), "write_case": "case.json"}
    Path("job.json").write_text(json.dumps({"schema": 1, "steps": [map_, region]}))

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.6:
            raise Cancelled

    monkeypatch.setattr(command, "progress_for", lambda stream, *, as_json: stop)
    assert command.main(["run", "job.json", "--json"]) == 130
    said = json.loads(door.capsys.readouterr().out)["error"]["message"]
    assert "step 2 of 2; what the steps before it wrote stays" in said
    assert sorted(on_disk(door.folder)) == ["job.json", "suv.nrrd"]
