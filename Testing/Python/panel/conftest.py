"""The module's panel in the running stand-in, and small synthetic patients to use it on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders.panel_clicks import MODULE, Person, prepare
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.phantom.patient import write_patient
from dosepainting_hrs.phantom.truth import PatientTruth


@pytest.fixture(scope="session")
def patient(tmp_path_factory: pytest.TempPathFactory) -> PatientTruth:
    """The small synthetic patient; nobody writes to its folder."""
    return write_patient(tmp_path_factory.mktemp("patient") / "one", size="small")


@pytest.fixture
def person(host: Any) -> Iterator[Person]:
    """Someone in front of a fresh panel on an empty scene; what escaped from a slot in the meantime fails the test."""
    host.close_scene()
    host.forget_errors()
    yield Person(host, host.load(MODULE))
    escaped = list(host.uncaught)
    host.unload("DosePaintingHRS")
    host.close_scene()
    escaped += host.uncaught
    host.forget_errors()
    assert not escaped, f"errors escaped from slots: {escaped}"


@pytest.fixture(scope="session")
def suv_file(patient: PatientTruth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SUV map of the synthetic patient, made by the command line."""
    out = tmp_path_factory.mktemp("map") / "suv.nrrd"
    assert main(["map", "suv", "--image", str(patient.folder / patient.pet), "-o", str(out)]) == 0
    return out


@pytest.fixture
def ready(person: Person, patient: PatientTruth, suv_file: Path) -> Person:
    """A panel with planning CT, PET, GTVp and SUV map in the scene and chosen; made without clicks, as that is quicker."""
    prepare(person, patient, suv_file)
    return person
