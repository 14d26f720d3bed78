"""The part of a region that a grid holds: counted by hand."""

import numpy as np
import pytest

from builders.volumes import mask_of
from dosepainting_hrs.errors import GeometryError, InputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.registration.cut import cut_to_grid
from dosepainting_hrs.registration.volume_true import resample_volume_true
from dosepainting_hrs.transform import Transform

REGION = mask_of(np.ones((2, 3, 6)), Geometry.from_parts((2, 3, 6), (1, 1, 1), (0, 0, 0)))


def grid(length: int, spacing: float, origin: float) -> Geometry:
    return Geometry.from_parts((2, 3, length), (spacing, 1, 1), (origin, 0, 0))


@pytest.mark.parametrize(
    ("target", "shift_mm", "columns"),
    [
        (grid(8, 1.0, -1.0), 0.0, [0, 1, 2, 3, 4, 5]),
        (grid(4, 1.0, 0.0), 0.0, [0, 1, 2, 3]),
        # From -0.5 to 3 mm: the voxel from 2.5 to 3.5 lies half outside.
        (grid(1, 3.5, 1.25), 0.0, [0, 1, 2]),
        (grid(4, 1.0, 0.0), 2.0, [0, 1]),
        (grid(4, 1.0, 0.0), -2.0, [2, 3, 4, 5]),
    ],
)
def test_only_voxels_that_lie_wholly_inside_stay(target: Geometry, shift_mm: float, columns: list[int]) -> None:
    motion = np.eye(4)
    motion[0, 3] = shift_mm
    cut = cut_to_grid(REGION, target, Transform.of_matrix(motion))
    assert np.flatnonzero(cut.array.all(axis=(0, 1))).tolist() == columns
    assert cut.array.sum() == 6 * len(columns)
    if len(columns) == 6:
        assert cut is REGION
    else:
        assert f"{6 * (6 - len(columns)) / 1000:.3f} ml of 0.036 ml, are left out" in cut.history[-1]
        resample_volume_true(cut, target, matrix=motion)  # It fits now.


def test_what_lies_wholly_outside_is_refused_and_the_hint_names_the_cut() -> None:
    with pytest.raises(InputError, match="No voxel of the region"):
        cut_to_grid(REGION, grid(4, 1.0, 50.0), Transform())
    with pytest.raises(GeometryError) as refusal:
        resample_volume_true(REGION, grid(4, 1.0, 0.0))
    assert "resample REGION --like IMAGE --cut" in refusal.value.hint
