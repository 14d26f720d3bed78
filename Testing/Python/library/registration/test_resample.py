"""Interpolation onto other grids: a linear ramp is reproduced, whatever the axis order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.image import Image, on_grid
from dosepainting_hrs.quantities import SUV_BW
from dosepainting_hrs.registration.resample import resample_image

TURN = Rotation.from_euler("xyz", (8, -11, 14), degrees=True).as_matrix()
PET = Geometry.from_parts((14, 16, 18), (4.0, 3.5, 5.0), (-34.0, -26.0, -32.0))
OBLIQUE = Geometry.from_parts((14, 16, 18), (4.0, 3.5, 5.0), TURN @ (-34.0, -26.0, -32.0), TURN)
CT = Geometry.from_parts((5, 12, 12), (1.0, 1.1, 3.0), (-5.0, -6.0, -7.0))


def ramp_values(geometry: Geometry) -> NDArray[np.float64]:
    """2 x - 3 y + 0.5 z + 7, at LPS mm."""
    z, y, x = np.indices(geometry.shape)
    return geometry.to_world(np.stack([x, y, z], axis=-1)) @ np.array([2.0, -3.0, 0.5]) + 7.0


def ramp(geometry: Geometry) -> Image:
    canonical, stored = on_grid(geometry)
    identity = Identity(patient_id="P1", frame_of_reference="1.2", series=("1.3",))
    return Image(
        array=ramp_values(canonical), geometry=canonical, stored=stored, identity=identity, quantity=SUV_BW, history=("Made.",)
    )


def flipped(geometry: Geometry, axis: int) -> Geometry:
    affine = geometry.affine.copy()
    affine[:3, 3] += affine[:3, 2 - axis] * (geometry.shape[axis] - 1)
    affine[:3, 2 - axis] *= -1
    return Geometry(geometry.shape, affine)


@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
@pytest.mark.parametrize("source", [PET, OBLIQUE, flipped(OBLIQUE, 0), flipped(PET, 1)])
@pytest.mark.parametrize("target", [CT, flipped(CT, 0), flipped(CT, 2)])
def test_a_linear_ramp_is_reproduced(source: Geometry, target: Geometry, interpolation: str) -> None:
    result = resample_image(ramp(source), target, interpolation=interpolation)
    # Cubic splines mirror at the border: they are exact well inside only.
    limit = 1e-6 if interpolation == "linear" else 0.1
    assert np.abs(result.array - ramp_values(on_grid(target)[0])).max() < limit
    assert result.geometry.is_same_grid(on_grid(target)[0])
    assert result.stored.geometry is target


def test_nearest_takes_the_voxel_that_holds_the_centre() -> None:
    source = ramp(PET)
    result = resample_image(source, CT, interpolation="nearest")
    x, y, z = np.floor(PET.to_index(CT.to_world((3, 4, 2))) + 0.5).astype(int)
    assert result.array[2, 4, 3] == source.array[z, y, x]


def test_what_lies_outside_is_named_so() -> None:
    # The source ends at its outermost faces: index -0.5 is still inside, -0.51 is not.
    source = ramp(PET)
    edge = PET.to_world((-0.49, 3, 3))
    beyond = PET.to_world((-0.51, 3, 3))
    for point, held in ((edge, True), (beyond, False)):
        result = resample_image(source, Geometry.from_parts((1, 1, 1), (1, 1, 1), point))
        assert bool(np.isfinite(result.array[0, 0, 0])) is held
    assert resample_image(source, Geometry.from_parts((1, 1, 1), (1, 1, 1), beyond), outside=-1000.0).array[0, 0, 0] == -1000


def test_a_matrix_carries_the_image() -> None:
    move = np.eye(4)
    move[:3, :3], move[:3, 3] = TURN, (2.0, -1.0, 4.0)
    moved = Geometry(CT.shape, move @ CT.affine)
    # The image moved by the matrix, seen on a grid moved by it too, is the ramp on the unmoved grid.
    assert np.abs(resample_image(ramp(PET), moved, matrix=move).array - ramp_values(CT)).max() < 1e-6


def test_identity_quantity_and_history_are_carried() -> None:
    source = ramp(PET)
    result = resample_image(source, CT)
    assert result.identity == source.identity
    assert result.quantity is SUV_BW
    assert result.history == ("Made.", "Resampled (linear interpolation) to a grid of 12 x 12 x 5 voxels of 1 x 1.1 x 3 mm.")


def test_an_unknown_interpolation_is_refused() -> None:
    with pytest.raises(ParameterError, match='no interpolation "lineal"'):
        resample_image(ramp(PET), CT, interpolation="lineal")
