"""elastix as a second engine: it agrees where it is installed, and its absence is one sentence."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest

from builders.registration_pairs import image_of, turned
from dosepainting_hrs.errors import DependencyError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.quantities import HOUNSFIELD
from dosepainting_hrs.registration.elastix import register_elastix
from dosepainting_hrs.registration.local_rigid import RegisterParameters
from dosepainting_hrs.transform import Transform

GRID = Geometry.from_parts((32, 40, 40), (2.0, 2.0, 2.5), (-39.0, -39.0, -38.75))
TRUTH = turned((2.0, -1.0, 3.0), (3.0, -2.0, 4.0))


def blobs(to_patient: np.ndarray) -> np.ndarray:
    z, y, x = np.indices(GRID.shape)
    places = GRID.to_world(np.stack([x, y, z], axis=-1)) @ to_patient[:3, :3].T + to_patient[:3, 3]
    random, value = np.random.default_rng(4), np.zeros(GRID.shape)
    for _ in range(40):
        centre, size = random.uniform(-40, 40, 3), random.uniform(4, 12)
        value += random.uniform(-1, 1) * np.exp(-(((places - centre) / size) ** 2).sum(axis=-1))
    return value.astype(np.float32)


def test_without_the_extra_one_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "itk", None)
    fixed = image_of(blobs(np.eye(4)), GRID, HOUNSFIELD, "A")
    with pytest.raises(DependencyError, match=r"itk-elastix is missing.*\[registration\].*--engine built-in"):
        register_elastix(fixed, fixed, None, RegisterParameters())


@pytest.mark.skipif(importlib.util.find_spec("itk") is None, reason="itk-elastix, an extra, is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ImportWarning")
def test_elastix_finds_the_same_motion_and_keeps_its_parameter_map() -> None:
    fixed, moving = image_of(blobs(np.eye(4)), GRID, HOUNSFIELD, "A"), image_of(blobs(TRUTH), GRID, HOUNSFIELD, "B")
    start = Transform.of_matrix(turned((0.0, 0.0, 0.0), (3.0, 0.0, 2.0)), "B", "A")
    found = register_elastix(fixed, moving, None, RegisterParameters(), start=start)
    corners = 0.4 * GRID.corners()
    there = Transform.of_matrix(TRUTH).inverse().apply(corners)
    assert np.linalg.norm(found.transform.apply(there) - corners, axis=-1).max() < 1.0  # half a voxel
    assert found.settings is not None
    assert found.settings["elastix"]["Metric"] == ["AdvancedMattesMutualInformation"]
    assert found.quality.repeatability_mm < 1.0


@pytest.mark.skipif(importlib.util.find_spec("itk") is None, reason="itk-elastix, an extra, is not installed")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ImportWarning")
def test_elastix_measures_a_shift_without_turning() -> None:
    shift = turned((0.0, 0.0, 0.0), (2.0, -3.0, 1.0))
    fixed, moving = image_of(blobs(np.eye(4)), GRID, HOUNSFIELD, "A"), image_of(blobs(shift), GRID, HOUNSFIELD, "B")
    found = np.asarray(register_elastix(fixed, moving, None, RegisterParameters(kind="shift")).transform.matrix)
    assert np.array_equal(found[:3, :3], np.eye(3))
    assert found[:3, 3] == pytest.approx((2.0, -3.0, 1.0), abs=0.5)
