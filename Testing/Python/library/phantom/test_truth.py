"""The truth survives its file and answers on any grid."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.phantom.truth import PatientTruth, SuvLevels, read_truth, save_truth

LEVELS = SuvLevels(primary=4, hrs_rim=8, hrs_core=14, node=6, necrosis=2, muscle=0.8)
TRUTH = PatientTruth(
    size="small",
    seed=1,
    patient_id="P",
    patient_name="A^B",
    birth_date="19600101",
    gtv_ml=30.0,
    hrs_ml=6.0,
    node_ml=5.0,
    suv=LEVELS,
    roi_names=("GTVp",),
    ct_series="1.1",
    pet_series="1.2",
    mr_series="1.3",
    structures_series="1.4",
    frame_of_reference="1.5",
    mr_frame_of_reference="1.6",
)


def test_truth_reads_back_and_knows_its_folder(tmp_path: Path) -> None:
    save_truth(TRUTH, tmp_path)
    assert read_truth(tmp_path) == replace(TRUTH, folder=tmp_path)
    assert "folder" not in json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))


def test_folder_without_truth_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"truth of the synthetic patient.*cannot be read"):
        read_truth(tmp_path)


@pytest.mark.parametrize("degrees", [0.0, 20.0])
def test_regions_on_a_grid_are_the_answers_at_its_voxel_centres(degrees: float) -> None:
    """An oblique grid that cuts through the tumour's box; the comparison asks point by point."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    grid = Geometry.from_parts((20, 30, 26), (2.5, 3.0, 4.0), (0.0, -45.0, -35.0), turn)
    z, y, x = np.indices(grid.shape)
    points = grid.to_world(np.stack([x, y, z], axis=-1))
    for region, question in ((TRUTH.true_hrs_on, "is_hrs"), (TRUTH.true_gtv_on, "is_gtv"), (TRUTH.true_node_on, "is_node")):
        expected = getattr(TRUTH.tumour, question)(points)
        assert expected.any()
        assert np.array_equal(region(grid), expected)


def test_grid_elsewhere_holds_nothing() -> None:
    grid = Geometry.from_parts((5, 5, 5), (2.0, 2.0, 2.0), (500.0, 0.0, 0.0))
    assert not TRUTH.true_gtv_on(grid).any()
