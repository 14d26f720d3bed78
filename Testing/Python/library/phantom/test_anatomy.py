"""The painted patient has the proportions of an adult head and neck."""

import numpy as np
import pytest
from numpy.typing import NDArray

from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.phantom.anatomy import paint_patient
from dosepainting_hrs.phantom.spine import cord_at
from dosepainting_hrs.phantom.tissues import Tissue

GRID = Geometry.from_parts((88, 130, 130), (4.0, 4.0, 4.0), (-258.0, -258.0, -146.0))
SUPPORT = (Tissue.AIR, Tissue.MASK, Tissue.FOAM, Tissue.COUCH_SHELL)


@pytest.fixture(scope="module")
def labels() -> NDArray[np.uint8]:
    return paint_patient(GRID, seed=3)


def tissue_at(labels: NDArray[np.uint8], x: float, y: float, z: float) -> Tissue:
    column, row, plane = np.round(GRID.to_index([x, y, z])).astype(int)
    return Tissue(int(labels[plane, row, column]))


def volume_ml(labels: NDArray[np.uint8], *tissues: Tissue) -> float:
    return float(np.isin(labels, [int(one) for one in tissues]).sum()) * GRID.voxel_volume_ml


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((0, -12, -74), {Tissue.AIR}),  # Trachea.
        ((0, -11, 50), {Tissue.AIR}),  # Nasopharynx.
        ((27, -58, 58), {Tissue.AIR}),  # Left maxillary sinus.
        ((-32, -75, 82), {Tissue.EYE}),
        ((40, -20, 130), {Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.FLUID}),
        ((70, 20, -142), {Tissue.LUNG, Tissue.VESSEL}),
        ((0, -40, 10), {Tissue.TONGUE, Tissue.FAT}),
        ((20, 55, -60), {Tissue.MUSCLE}),
        ((0, 16, -12), {Tissue.MARROW, Tissue.CORTICAL_BONE}),  # Fourth cervical vertebra.
        ((200, -200, 0), {Tissue.AIR}),
    ],
)
def test_tissue_where_anatomy_has_it(
    labels: NDArray[np.uint8], place: tuple[float, float, float], expected: set[Tissue]
) -> None:
    assert tissue_at(labels, *place) in expected


def test_volumes_are_those_of_an_adult(labels: NDArray[np.uint8]) -> None:
    """Brain with its fluid spaces 1.1 to 1.7 l, both eyes 12 to 17 ml (textbook: about 1.4 l and 2 x 7 ml)."""
    brain = volume_ml(labels, Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.CEREBELLUM, Tissue.FLUID)
    assert 1100 < brain < 1700
    assert 10 < volume_ml(labels, Tissue.EYE) < 18


def test_neck_is_narrower_than_head_and_shoulders(labels: NDArray[np.uint8]) -> None:
    body = ~np.isin(labels, [int(one) for one in SUPPORT])
    width = {z: float(body[round((z + 146) / 4)].any(axis=0).sum()) * 4.0 for z in (100, -60, -140)}
    assert 140 < width[100] < 175
    assert 105 < width[-60] < 135
    assert 390 < width[-140] < 480


def test_cord_runs_in_the_canal_from_skull_to_chest(labels: NDArray[np.uint8]) -> None:
    for z in range(-140, 40, 12):
        x, y, _, _ = cord_at(z)
        assert tissue_at(labels, x, y, z) in {Tissue.SPINAL_CORD, Tissue.FLUID}, z


def test_sides_differ_as_in_a_person(labels: NDArray[np.uint8]) -> None:
    flat = np.isin(labels, [int(one) for one in SUPPORT])
    assert (flat != flat[:, :, ::-1]).any()


def test_without_couch_there_is_only_the_patient() -> None:
    grid = Geometry.from_parts((4, 130, 130), (4.0, 4.0, 4.0), (-258.0, -258.0, -20.0))
    alone = paint_patient(grid, seed=3, couch=False)
    lying = paint_patient(grid, seed=3)
    assert not np.isin(alone, [int(one) for one in SUPPORT[1:]]).any()
    assert {Tissue.MASK, Tissue.FOAM, Tissue.COUCH_SHELL} <= {Tissue(int(one)) for one in np.unique(lying)}


def test_progress_is_told_and_rises() -> None:
    grid = Geometry.from_parts((3, 20, 20), (8.0, 8.0, 4.0), (-80.0, -80.0, 0.0))
    told: list[float] = []
    paint_patient(grid, seed=1, progress=lambda fraction, _: told.append(fraction))
    assert told == sorted(told)
    assert told[-1] == 1.0
