"""The regions of the synthetic patient's structure set, found on its painted anatomy."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes

from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.phantom.anatomy import paint_patient
from dosepainting_hrs.phantom.regions import regions_of
from dosepainting_hrs.phantom.spine import cord_at
from dosepainting_hrs.phantom.tumour import centres_of, tumour_of

GRID = Geometry.from_parts((30, 110, 110), (2.5, 2.5, 4.0), (-137.0, -137.0, -70.0))
NAMES = ("GTVp", "GTVn", "Muscle", "SpinalCord", "BODY")


@pytest.fixture(scope="module", params=[1, 4])
def regions(request: pytest.FixtureRequest) -> dict[str, NDArray[np.bool_]]:
    seed: int = request.param
    tumour, points = tumour_of(seed), centres_of(GRID)
    truth = SimpleNamespace(
        true_gtv_on=lambda _: tumour.is_gtv(points), true_node_on=lambda _: tumour.is_node(points), roi_names=NAMES
    )
    return regions_of(paint_patient(GRID, seed), GRID, cast(Any, truth))


def test_no_slice_has_a_hole(regions: dict[str, NDArray[np.bool_]]) -> None:
    """Readers disagree on holes; the structure set is written without keyholes."""
    assert tuple(regions) == NAMES
    for name, region in regions.items():
        for plane in region:
            assert np.array_equal(binary_fill_holes(plane), plane), name


def test_everything_lies_in_the_body_and_tumours_apart(regions: dict[str, NDArray[np.bool_]]) -> None:
    body = regions["BODY"]
    for name in NAMES[:4]:
        assert regions[name].any(), name
        assert (body | ~regions[name]).all(), name
    assert not (regions["GTVp"] & regions["GTVn"]).any()
    assert not (regions["Muscle"] & regions["GTVn"]).any()


def test_airway_belongs_to_the_body_and_the_couch_does_not(regions: dict[str, NDArray[np.bool_]]) -> None:
    column, row, plane = np.round(GRID.to_index([0, -5, -20])).astype(int)
    assert regions["BODY"][plane, row, column]
    _, couch, _ = np.round(GRID.to_index([0, 130, 0])).astype(int)
    assert not regions["BODY"][:, couch:].any()


def test_cord_has_the_area_of_its_ellipse(regions: dict[str, NDArray[np.bool_]]) -> None:
    for number, plane in enumerate(regions["SpinalCord"]):
        z = float(GRID.to_world([0, 0, number])[2])
        _, _, a, b = cord_at(z)
        assert plane.sum() * 6.25 == pytest.approx(np.pi * a * b, rel=0.25)  # Pixels of 6.25 mm2 on some 85 mm2.
