"""The rules of PythonQt for signals and slots, as measured in a real Slicer."""

from __future__ import annotations

import gc
import sys
from typing import Any

import pytest


def test_a_wrong_signature_gives_false_and_a_missing_signal_an_error(qt: Any) -> None:
    button = qt.QPushButton()
    assert button.connect("clicked(bool)", print) is True
    assert button.connect("wrong(int)", print) is False
    assert button.connect("clicked(int)", print) is False
    with pytest.raises(AttributeError, match="clickt"):
        _ = button.clickt


def test_overloads_have_no_subscript(qt: Any) -> None:
    with pytest.raises(TypeError, match="not subscriptable"):
        _ = qt.QPushButton().clicked[bool]


def test_slot_arguments_are_trimmed(qt: Any) -> None:
    seen: list[Any] = []
    button = qt.QPushButton()
    button.connect("clicked(bool)", lambda: seen.append("none"))
    button.connect("clicked(bool)", lambda on: seen.append(on))  # noqa: PLW0108 - the count of arguments is the point
    button.connect("clicked(bool)", lambda *all_: seen.append(all_))
    button.connect("clicked()", lambda value="default": seen.append(value))
    button.click()
    assert seen == ["none", False, (False,), "default"]


def test_a_default_argument_receives_what_the_signal_carries(qt: Any) -> None:
    """A loop variable bound as a default is overwritten by the signal: a trap that PythonQt has, too."""
    seen: list[Any] = []
    button = qt.QPushButton()
    button.connect("clicked(bool)", lambda name="row 1": seen.append(name))
    button.click()
    assert seen == [False]


def test_a_slot_that_needs_too_many_arguments_is_told_and_skipped(qt: Any, caught: list[str]) -> None:
    seen: list[str] = []
    button = qt.QPushButton()
    button.connect("clicked(bool)", lambda _a, _b: seen.append("never"))
    button.connect("clicked(bool)", lambda: seen.append("after"))
    button.click()
    assert seen == ["after"]
    assert len(caught) == 1
    assert "missing 1 required positional argument" in caught[0]


def test_a_connected_bound_method_is_kept_alive(qt: Any) -> None:
    seen: list[str] = []

    class Listener:
        def heard(self) -> None:
            seen.append("heard")

    button = qt.QPushButton()
    button.clicked.connect(Listener().heard)
    gc.collect()
    button.click()
    assert seen == ["heard"]


def test_disconnect_ends_a_connection(qt: Any) -> None:
    seen: list[str] = []

    def slot() -> None:
        seen.append("heard")

    button = qt.QPushButton()
    button.connect("clicked()", slot)
    button.clicked.connect(slot)
    assert button.disconnect("clicked()", slot) is True
    assert button.disconnect("clicked()", slot) is False
    button.click()
    assert seen == ["heard"]
    button.clicked.disconnect(slot)
    button.click()
    assert seen == ["heard"]


def test_an_error_in_a_slot_reaches_the_excepthook_and_other_slots_run(qt: Any, host: Any, caught: list[str]) -> None:
    seen: list[str] = []

    def fails() -> None:
        raise RuntimeError("on purpose")

    button = qt.QPushButton()
    button.connect("clicked()", fails)
    button.connect("clicked()", lambda: seen.append("ran"))
    button.click()
    assert caught == ["on purpose"]
    assert seen == ["ran"]
    assert host.uncaught == ["RuntimeError: on purpose"]


def test_try_with_error_display_raises_again_in_testing_mode(host: Any) -> None:
    import slicer.util

    assert host.app.testingEnabled()
    with pytest.raises(ValueError, match="on purpose"), slicer.util.tryWithErrorDisplay("Failed.", show=True):
        raise ValueError("on purpose")


def test_signals_of_ones_own(qt: Any) -> None:
    class Source(qt.QObject):
        changed = qt.Signal(int)

    source, seen = Source(), []
    source.changed.connect(seen.append)
    source.connect("changed(int)", lambda value: seen.append(-value))
    source.changed.emit(3)
    assert seen == [3, -3]
    with pytest.raises(ValueError, match="changed"):
        source.changed.emit(1, 2)


def test_the_finished_signal_of_a_process(qt: Any, host: Any) -> None:
    seen: list[tuple[int, int]] = []
    process = qt.QProcess()
    assert process.connect("finished(int,QProcess::ExitStatus)", lambda code, status: seen.append((code, status)))
    process.start(sys.executable, ["-c", "import sys; sys.exit(3)"])
    host.wait_for(lambda: bool(seen), 20, "the end of the process")
    assert seen == [(3, qt.QProcess.NormalExit)]
