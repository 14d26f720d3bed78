"""The command line as a test of bad input needs it: what was said, with which status, and what lies on disk afterwards."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydicom import Dataset, dcmread

from dosepainting_hrs.cli.main import main
from dosepainting_hrs.cli.schemas import schemas
from dosepainting_hrs.phantom.truth import PatientTruth

CODES = {"parameter": 2, "input": 3, "dicom": 4, "identity": 5, "dependency": 6, "output": 7, "cancelled": 130}
_ERROR = schemas()["error.schema.json"]


def on_disk(folder: Path) -> dict[str, str]:
    """Everything below a folder with a hash of each file: what is new, gone or changed shows as a difference."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in folder.rglob("*")
    }


@dataclass
class Door:
    """The command line in a folder of its own."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> dict[str, Any]:
        """Run a command that must succeed and return its result."""
        status = main([*map(str, words), "--json"])
        out = self.capsys.readouterr().out
        assert status == 0, out
        answer: dict[str, Any] = json.loads(out)
        return answer

    def refused(self, *words: object, code: str, match: str) -> str:
        """Run a command that must be refused: by its class, in words that match, and without a trace on disk."""
        before = on_disk(self.folder)
        status = main([*map(str, words), "--json"])
        out, _ = self.capsys.readouterr()
        answer = json.loads(out)
        assert "error" in answer, f"It was not refused: {out}"
        jsonschema.validate(answer, _ERROR)
        told = answer["error"]
        said = f"{told['message']} {told['hint']}".strip()
        assert (told["code"], told["exit_code"], status) == (code, CODES[code], CODES[code]), said
        assert re.search(match, said), said
        assert "defect" not in said
        assert "Traceback" not in said
        assert on_disk(self.folder) == before
        return said


@dataclass(frozen=True)
class Person:
    """A synthetic patient with a case file, an SUV map, the GTV and the HRS as mask files."""

    truth: PatientTruth
    folder: Path

    @property
    def case(self) -> Path:
        """Case file that names CT, PET, T2 and all ROIs."""
        return self.folder / "case.json"

    @property
    def ct(self) -> Path:
        """Folder of the planning CT."""
        return self.truth.folder / "CT"

    @property
    def pet(self) -> Path:
        """Folder of the PET."""
        return self.truth.folder / "PET"

    @property
    def structures(self) -> Path:
        """RTSTRUCT drawn on the planning CT."""
        return self.truth.folder / "RTSTRUCT.dcm"

    def file(self, name: str) -> Path:
        """Mask or map: ``suv``, ``gtv`` (CT grid), ``hrs`` (PET grid)."""
        return self.folder / f"{name}.nrrd"


def changed(source: Path, target: Path, change: Callable[[Dataset], None]) -> Path:
    """Write a DICOM file again with something changed."""
    dataset = dcmread(source)
    change(dataset)
    target.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(target)
    return target


def changed_series(source: Path, target: Path, change: Callable[[Dataset], None]) -> Path:
    """Write every file of a series again with something changed in each."""
    for path in sorted(source.iterdir()):
        changed(path, target / path.name, change)
    return target
