"""The tutorial of the README, typed as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from builders.house import ROOT, own_files
from dosepainting_hrs.cli.main import build_parser
from dosepainting_hrs.errors import InputError

COMMAND = "dosepainting-hrs"
_BLOCK = re.compile(r"^```sh tutorial\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def tutorial_commands(markdown: str) -> list[list[str]]:
    """Return the words of each command in blocks marked ``sh tutorial``; a backslash continues a line."""
    lines = "\n".join(_BLOCK.findall(markdown)).replace("\\\n", " ").splitlines()
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


def installed_command() -> str:
    """Return the command as pip installed it beside this interpreter."""
    found = shutil.which(COMMAND, path=str(Path(sys.executable).parent)) or shutil.which(COMMAND)
    if found is None:
        pytest.fail(f'The command "{COMMAND}" is not installed: pip install --editable ".[test]"')
    return found


_SHELL = re.compile(r"^```sh( tutorial)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_command_on_any_page_is_one_that_there_is() -> None:
    """Those of the tutorials are run below; of all others, words and values are read as the command line reads them."""
    seen = 0
    for page in (path for path in own_files() if path.suffix == ".md"):
        blocks = "\n".join(block for _, block in _SHELL.findall(page.read_text(encoding="utf-8")))
        for line in blocks.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == [COMMAND]:
                given = build_parser().parse_args(words[1:])
                with suppress(InputError):  # A file of values that only the reader has.
                    assert not hasattr(given, "make") or given.make(given), line
                seen += 1
    assert seen > 60


@pytest.mark.parametrize("page", ["README.md", "docs/cohort.md"])
def test_every_command_of_the_tutorial_does_what_it_should(tmp_path: Path, page: str) -> None:
    commands = tutorial_commands((ROOT / page).read_text(encoding="utf-8"))
    assert len(commands) >= 5
    program = installed_command()
    for words in commands:
        assert words[0] == COMMAND, words
        done = subprocess.run([program, *words[1:]], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        assert done.stdout.strip()
        for written in re.findall(r"(?:^| )(?:-o|--output|--write-case|--save-job)[ =](\S+)", " ".join(words)):
            assert (tmp_path / written).exists(), f"{shlex.join(words)} wrote no {written}"


def test_blocks_are_read_as_a_shell_reads_them() -> None:
    markdown = "```sh\nother\n```\n```sh tutorial\na 'b c'  # why\n\nd \\\n  e\n```\ntext\n```sh tutorial\nf\n```\n"
    assert tutorial_commands(markdown) == [["a", "b c"], ["d", "e"], ["f"]]
