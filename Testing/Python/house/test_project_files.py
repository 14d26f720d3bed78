"""What a newcomer reads and types: it exists, and says the same everywhere."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from builders.house import ROOT, own_files
from builders.programs import program
from dosepainting_hrs import __version__

MARKDOWN = [path for path in own_files() if path.suffix == ".md"]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["demo", "test"])
def test_readme_names_the_two_commands_and_make_knows_them(target: str) -> None:
    assert f"make {target}" in text_of("README.md")
    done = subprocess.run([program("make"), "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_ci_runs_the_command_of_the_readme_and_skips_nothing() -> None:
    assert re.search(r"^export CI=true$.*^exec make test$", text_of(".ci/run"), re.MULTILINE | re.DOTALL)
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_every_script_is_sound_shell() -> None:
    scripts = [ROOT / ".ci/run", *sorted((ROOT / "Testing").glob("*.sh"))]
    assert len(scripts) >= 3
    for script in scripts:
        assert script.stat().st_mode & 0o111, f"{script.name} cannot be run"
        done = subprocess.run([program("sh"), "-n", str(script)], capture_output=True, text=True, check=False)
        assert done.stderr == ""


def test_not_a_medical_device_is_said_first() -> None:
    assert "not a medical device" in text_of("README.md")[:1200]


def test_licence_is_whole_and_the_same_everywhere() -> None:
    licence = text_of("LICENSE")
    for part in ("Apache License", "Version 2.0, January 2004", "9. Accepting Warranty", "END OF TERMS AND CONDITIONS"):
        assert part in licence
    assert tomllib.loads(text_of("pyproject.toml"))["project"]["license"] == "Apache-2.0"
    assert "license: Apache-2.0" in text_of("CITATION.cff")


def test_version_is_the_same_everywhere() -> None:
    assert f"\nversion: {__version__}\n" in text_of("CITATION.cff")
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", text_of("CHANGELOG.md"), re.MULTILINE)
    assert newest is not None
    assert newest.group(1) == __version__


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    own = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in own if not (page.parent / target).exists()] == []


def test_decisions_are_numbered_without_gaps_and_say_what_a_decision_says() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(len(records)))
    for record in records[1:]:
        text = record.read_text(encoding="utf-8")
        assert [part for part in ("## Context", "## Decision", "## Consequences") if part not in text] == [], record.name
