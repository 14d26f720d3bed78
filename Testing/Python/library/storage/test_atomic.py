"""Files and folders appear whole or not at all, and never over something that is there."""

import errno
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from dosepainting_hrs.errors import Cancelled, OutputError
from dosepainting_hrs.storage import atomic
from dosepainting_hrs.storage.atomic import new_file, new_folder


def fill(temporary: Path) -> None:
    if temporary.is_dir():
        (temporary / "one.txt").write_text("whole", encoding="utf-8")
    else:
        temporary.write_text("whole", encoding="utf-8")


def content(path: Path) -> str:
    return (path / "one.txt" if path.is_dir() else path).read_text(encoding="utf-8")


Maker = Callable[[Path], AbstractContextManager[Path]]
both = pytest.mark.parametrize("make", [new_file, new_folder])


@both
def test_it_appears_only_at_the_end(make: Maker, tmp_path: Path) -> None:
    target = tmp_path / "new" / "out.nrrd"
    with make(target) as temporary:
        fill(temporary)
        assert not target.exists()
        assert temporary.parent == target.parent
        assert temporary.name.endswith(".nrrd")
    assert content(target) == "whole"
    assert [one.name for one in target.parent.iterdir()] == ["out.nrrd"]


@both
@pytest.mark.parametrize("failure", [Cancelled(), KeyboardInterrupt(), ValueError("bug")])
def test_a_failure_leaves_nothing_and_passes_through(make: Maker, tmp_path: Path, failure: BaseException) -> None:
    def work() -> None:
        with make(tmp_path / "out.nrrd") as temporary:
            fill(temporary)
            raise failure

    with pytest.raises(type(failure)):
        work()
    assert list(tmp_path.iterdir()) == []


@both
def test_a_full_disk_becomes_a_sentence(make: Maker, tmp_path: Path) -> None:
    def work() -> None:
        with make(tmp_path / "out.nrrd") as temporary:
            fill(temporary)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(OutputError, match="could not be written: No space left on device") as refusal:
        work()
    assert "Nothing was left behind" in refusal.value.hint
    assert list(tmp_path.iterdir()) == []


@both
def test_what_exists_is_not_touched(make: Maker, tmp_path: Path) -> None:
    target = tmp_path / "out.nrrd"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="exists already"), make(target) as temporary:
        fill(temporary)
    assert target.read_text(encoding="utf-8") == "mine"
    assert list(tmp_path.iterdir()) == [target]


@both
def test_a_dangling_link_is_something_that_exists(make: Maker, tmp_path: Path) -> None:
    (tmp_path / "out.nrrd").symlink_to(tmp_path / "gone")
    with pytest.raises(OutputError, match="exists already"), make(tmp_path / "out.nrrd") as temporary:
        fill(temporary)
    assert (tmp_path / "out.nrrd").is_symlink()


@both
def test_a_parent_that_is_a_file_becomes_a_sentence(make: Maker, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r'file" is a file, not a folder'), make(tmp_path / "file" / "out.nrrd") as temporary:
        fill(temporary)
    assert content(tmp_path / "file") == "mine"


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "out.nrrd"

    def work() -> None:
        with new_file(target) as temporary:
            fill(temporary)
            target.write_text("theirs", encoding="utf-8")

    with pytest.raises(OutputError, match="appeared while it was being made"):
        work()
    assert content(target) == "theirs"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_fills_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()

    def work() -> None:
        with new_folder(target) as temporary:
            fill(temporary)
            (target / "theirs.txt").write_text("theirs", encoding="utf-8")

    with pytest.raises(OutputError, match="could not be written"):
        work()
    assert [one.name for one in target.iterdir()] == ["theirs.txt"]


def test_without_hard_links_a_file_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(atomic.os, "link", refuse)
    with new_file(tmp_path / "out.txt") as temporary:
        fill(temporary)
    assert content(tmp_path / "out.txt") == "whole"


def test_an_empty_folder_is_taken_and_a_full_one_refused(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    with new_folder(target) as temporary:
        fill(temporary)
    assert content(target) == "whole"
    with pytest.raises(OutputError, match="exists already"), new_folder(target) as temporary:
        fill(temporary)
    assert [one.name for one in target.iterdir()] == ["one.txt"]
