"""The child process behind the panel: progress, result, failure, and an end that takes grandchildren with it."""

import os
import sys
import time
from pathlib import Path

import pytest

from DosePaintingHRSLib.child import Child, Outcome


def run(code: str, seconds: float = 20.0) -> tuple[Child, Outcome]:
    child = Child([sys.executable, "-c", code])
    return child, wait(child, seconds)


def wait(child: Child, seconds: float) -> Outcome:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        outcome = child.poll()
        if outcome is not None:
            return outcome
        time.sleep(0.02)
    pytest.fail(f"not ended after {seconds} s")


def test_its_result_is_the_object_on_stdout_and_its_progress_the_lines_on_stderr() -> None:
    code = """import sys, json
for share in (0.25, 0.5): print(json.dumps({"fraction": share, "message": "Working"}), file=sys.stderr)
print("a stray word", file=sys.stderr)
print(json.dumps({"do": "map", "output": "x"}))"""
    child, outcome = run(code)
    assert outcome == Outcome(result={"do": "map", "output": "x"})
    assert (child.progress.fraction, child.progress.message) == (0.5, "Working")


def test_an_error_object_becomes_its_sentence_and_hint() -> None:
    error = '{"schema": 1, "error": {"code": "input", "message": "No file.", "hint": "Check.", "exit_code": 3}}'
    _, outcome = run(f"import sys; print({error!r}); sys.exit(3)")
    assert outcome == Outcome(message="No file.", hint="Check.")


def test_a_child_that_dies_is_told_with_its_last_words() -> None:
    _, outcome = run("import sys, os; print('MemoryError', file=sys.stderr, flush=True); os._exit(9)")
    assert outcome.result is None
    assert outcome.message == "The work ended without a result (exit status 9)."
    assert outcome.hint == "Its last words: MemoryError"


@pytest.mark.skipif(sys.platform == "win32", reason="counts processes the POSIX way")
@pytest.mark.parametrize("deaf", [False, True])
def test_stop_ends_child_and_grandchild_within_two_seconds(tmp_path: Path, *, deaf: bool) -> None:
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN);" if deaf else ""
    grandchild = f"import signal, time, os; {ignore} open(r'{tmp_path}/pid', 'w').write(str(os.getpid())); time.sleep(60)"
    code = f"import signal, subprocess, sys; {ignore} subprocess.run([sys.executable, '-c', {grandchild!r}])"
    child = Child([sys.executable, "-c", code])
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.02)
        child.poll()
    pid = int((tmp_path / "pid").read_text())
    child.stop()
    began = time.monotonic()
    outcome = wait(child, 2.0)
    assert outcome.stopped
    while time.monotonic() - began < 2.0 and is_alive(pid):
        time.sleep(0.02)
    assert not is_alive(pid)


def test_stop_that_comes_too_late_tells_the_result(tmp_path: Path) -> None:
    """What was written is there: to say that nothing was changed would be untrue."""
    code = f"import os; print('{{\"output\": \"hrs.dcm\"}}', flush=True); open(r'{tmp_path}/pid', 'w').write(str(os.getpid()))"
    child = Child([sys.executable, "-c", code])
    until = time.monotonic() + 20.0
    while time.monotonic() < until and (not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text()):
        time.sleep(0.02)
    pid = int((tmp_path / "pid").read_text())
    while time.monotonic() < until and is_alive(pid):
        time.sleep(0.02)
    child.stop()
    assert wait(child, 2.0) == Outcome(result={"output": "hrs.dcm"})


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    # A zombie that nobody has waited for is not alive.
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_packages_in_the_search_path_are_found(tmp_path: Path) -> None:
    (tmp_path / "only_here.py").write_text("answer = 42")
    child = Child([sys.executable, "-c", "import only_here; print('{\"answer\": %d}' % only_here.answer)"], [tmp_path])
    assert wait(child, 20).result == {"answer": 42}
