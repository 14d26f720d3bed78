"""What the documentation shows as JSON is what the schemas beside it take."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from builders.house import ROOT

FORMATS = ROOT / "docs" / "formats"
BLOCK = re.compile(r"^```json\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples() -> list[tuple[str, dict[str, object]]]:
    """Return page and content of every whole file that the pages show; a fragment has no schema version."""
    shown = [
        (page.name, text) for page in sorted((ROOT / "docs").rglob("*.md")) for text in BLOCK.findall(page.read_text("utf-8"))
    ]
    return [(page, json.loads(text)) for page, text in shown if '"schema"' in text]


@pytest.mark.parametrize(("page", "shown"), examples())
def test_a_file_that_is_shown_fits_its_schema(page: str, shown: dict[str, object]) -> None:
    kind = "job" if "steps" in shown else "case" if "patient_id" in shown else "cohort"
    jsonschema.validate(shown, json.loads((FORMATS / f"{kind}.schema.json").read_text("utf-8")))


def test_there_are_such_files() -> None:
    assert {page for page, _ in examples()} == {"README.md", "cohort.md"}
