"""A component means the same in two tumours only in one basis: from frames to cohort, model and a new patient, by commands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.bad_input import Door
from builders.cohort_files import identity_of
from builders.volumes import frames_of, geometry_of, mask_of
from dosepainting_hrs.storage.volumes import read_image, write_volume

from .test_cohort_components import FLAT, INFOS, RISING, SCAN, SHAPE, built, once  # noqa: F401  (fixtures)


def new_patient(folder: Path) -> None:
    """Write frames in SUV and a GTV of a patient who is not in the cohort."""
    random = np.random.default_rng(8)
    curves = FLAT[:, None] * random.uniform(0.7, 1.3, 60) + random.normal(0, 0.05, (6, 60))
    curves[:, :20] += RISING[:, None]
    identity, grid = identity_of("new"), geometry_of(SHAPE)
    (folder / "new").mkdir()
    write_volume(frames_of(curves.reshape(6, *SHAPE), grid, identity=identity, infos=INFOS), folder / "new" / "FMISO.nrrd")
    write_volume(mask_of(np.ones(SHAPE), grid, identity, name="GTV"), folder / "new" / "GTV.nrrd")


def project(door: Door, *how: str, name: str) -> tuple[str, str]:
    """Make both component maps of the new patient; returns their addresses."""
    first, second = f"new/{name}1.nrrd", f"new/{name}2.nrrd"
    words = ("map", "dynamic-pet-components", "--frames", "new/FMISO.nrrd", "--tracer", "FMISO", *how)
    door(*words, "-o", first, "--also", f"c2={second}")
    return first, second


@pytest.fixture
def model(door: Door, built: dict[str, Any]) -> str:  # noqa: F811
    """A model of both components, from a scan of the cohort; and the frames of a new patient."""
    door("cohort", "scan", "made/cohort.csv", *SCAN, "-o", "scan")
    door("cohort", "model", "--scan", "scan", "-o", "model.json")
    new_patient(door.folder)
    return "model.json"


def segment(maps: tuple[str, str], out: str) -> tuple[str, ...]:
    named = [f"--maps=FMISO_c{number}={one}" for number, one in enumerate(maps, 1)]
    return ("segment", "hrs-model", "--model", "model.json", *named, "--within", "new/GTV.nrrd", "-o", out)


def test_a_new_patient_goes_through_the_basis_of_the_model_and_no_other(door: Door, built: dict[str, Any], model: str) -> None:  # noqa: F811
    (basis,) = built["bases"]
    maps = project(door, "--basis", "made/FMISO-basis.json", name="p")
    assert {read_image(door.folder / one).basis for one in maps} == {basis["hash"]}
    assert door(*segment(maps, "hrs.nrrd"))["volume_ml"] > 0
    own = project(door, "--within", "new/GTV.nrrd", name="own")
    other = read_image(door.folder / own[0]).basis
    assert other not in {"", basis["hash"]}
    told = f'"FMISO_c1" is a component of the basis {other}, but the model needs {basis["hash"]}'
    door.refused(*segment(own, "b.nrrd"), code="input", match=told)


def test_a_map_of_a_basis_of_its_own_is_refused_by_the_cohort(door: Door, built: dict[str, Any]) -> None:  # noqa: F811
    new_patient(door.folder)
    project(door, "--within", "new/GTV.nrrd", name="own")
    image = read_image(door.folder / "new" / "own1.nrrd")
    path = door.folder / "made" / "M1" / "FMISO_c1.nrrd"
    kept = read_image(path)
    path.unlink()
    write_volume(replace(kept, basis=image.basis), path)
    (basis,) = built["bases"]
    told = f'column "map:FMISO_c1": the component belongs to the basis {image.basis}'
    assert any(told in str(one) for one in door("cohort", "check", "made/cohort.csv")["problems"])
    door.refused("cohort", "scan", "made/cohort.csv", *SCAN, "-o", "scan", code="input", match=told)
    assert basis["hash"] != image.basis
