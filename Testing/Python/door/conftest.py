"""Two synthetic patients on the very same grids, so that nothing but identity tells their files apart."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from builders.bad_input import Door, Person
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.phantom.patient import write_patient


def _person(folder: Path, **patient: str) -> Person:
    truth = write_patient(folder / "patient", size="small", **patient)
    here = Path.cwd()
    os.chdir(folder)
    try:
        for words in (
            ["inspect", "patient", "--write-case", "case.json"],
            ["map", "suv", "--image", "patient/PET", "-o", "suv.nrrd"],
            ["import", "rtstruct", "patient/RTSTRUCT.dcm", "--image", "patient/CT", "--roi", "GTVp", "-o", "masks"],
            ["segment", "percent-max", "--map", "suv.nrrd", "--within", "masks/GTVp.nrrd", "--percent", "50", "-o", "hrs.nrrd"],
        ):
            assert main(words) == 0, words
    finally:
        os.chdir(here)
    (folder / "masks" / "GTVp.nrrd").rename(folder / "gtv.nrrd")
    return Person(truth=truth, folder=folder)


@pytest.fixture(scope="session")
def ann(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The patient whose planning CT is exported for."""
    return _person(tmp_path_factory.mktemp("ann"), patient_id="ANN-1", patient_name="Doe^Ann", birth_date="19600101")


@pytest.fixture(scope="session")
def ben(tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody else, scanned on the same grids."""
    return _person(tmp_path_factory.mktemp("ben"), patient_id="BEN-2", patient_name="Roe^Ben", birth_date="19550505")


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Door:
    """Give the command line, standing in a new folder."""
    monkeypatch.chdir(tmp_path)
    return Door(folder=tmp_path, capsys=capsys)
