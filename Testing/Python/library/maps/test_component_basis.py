"""One basis for several patients: the same as numpy's of all curves together, and the maps of both carry its hash."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders.programs import run
from builders.volumes import OTHER_PATIENT, PATIENT, frames_of, mask_of
from dosepainting_hrs.context import Context
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.image_frames import FrameInfo
from dosepainting_hrs.storage.volumes import write_volume

SHAPE = (2, 3, 4)
INFOS = tuple(FrameInfo(start_s=60.0 * n, duration_s=60.0) for n in range(8))


@pytest.fixture
def cohort(tmp_path: Path) -> dict[str, np.ndarray]:
    """Two patients' frames in SUV and regions as files; returns the curves within the regions."""
    curves = {}
    for number, (name, identity) in enumerate((("A", PATIENT), ("B", OTHER_PATIENT))):
        draw = np.random.default_rng(number)
        stored = draw.uniform(0.5, 3.0, (8, *SHAPE)).astype(np.float32)
        inside = draw.uniform(size=SHAPE) > 0.4
        write_volume(replace(frames_of(stored, infos=INFOS), identity=identity), tmp_path / f"{name}.nrrd")
        write_volume(mask_of(inside, identity=identity), tmp_path / f"{name}-gtv.nrrd")
        curves[name] = stored[:, inside].T.astype(np.float64)
    return curves


def words(folder: Path, *cases: str) -> list[str]:
    found = ["component-basis", "--kind", "dynamic-pet", "-o", str(folder / "basis.json"), "--json"]
    for case in cases:
        found += ["--frames", f"{case}={folder / case}.nrrd", "--within", f"{case}={folder / case}-gtv.nrrd"]
    return found


def test_the_pooled_basis_is_that_of_all_curves(tmp_path: Path, cohort: dict[str, np.ndarray]) -> None:
    answer = run(words(tmp_path, "A", "B"))
    pooled = np.concatenate([cohort["A"], cohort["B"]])
    _, s, v = np.linalg.svd(pooled, full_matrices=False)
    basis = json.loads((tmp_path / "basis.json").read_text(encoding="utf-8"))
    assert answer["voxels"] == len(pooled)
    np.testing.assert_allclose(answer["singular_values"], s[:5], rtol=1e-6)
    np.testing.assert_allclose(np.abs(np.array(basis["components"]) @ v[:5].T), np.eye(5), atol=1e-6)
    assert answer["series"] == ["1.2.3.10", "1.2.4.10"]
    for name in ("A", "B"):
        method = ["map", "dynamic-pet-components", "--frames", str(tmp_path / f"{name}.nrrd")]
        run([*method, "--basis", str(tmp_path / "basis.json"), "-o", str(tmp_path / f"{name}-c1.nrrd"), "--json"])
        assert Context().image(str(tmp_path / f"{name}-c1.nrrd")).basis == answer["hash"]


def test_cases_must_have_the_same_frame_times(tmp_path: Path, cohort: dict[str, np.ndarray]) -> None:
    other = tuple(FrameInfo(start_s=70.0 * n, duration_s=70.0) for n in range(8))
    write_volume(replace(frames_of(np.ones((8, *SHAPE)), infos=other), identity=OTHER_PATIENT), tmp_path / "C.nrrd")
    write_volume(mask_of(np.ones(SHAPE), identity=OTHER_PATIENT), tmp_path / "C-gtv.nrrd")
    with pytest.raises(InputError, match="Frame 1 begins at 0 s and lasts 70 s; that of the basis"):
        run(words(tmp_path, "A", "C"))
    assert not (tmp_path / "basis.json").exists()


def test_a_case_without_region_is_named(tmp_path: Path, cohort: dict[str, np.ndarray]) -> None:
    with pytest.raises(InputError, match="under one name; A has not both"):
        run([*words(tmp_path, "B"), "--frames", f"A={tmp_path / 'A.nrrd'}"])
