"""A sphere by a click: voxels counted by hand, and in the patient whatever the grid."""

import numpy as np
import pytest

from builders.volumes import PATIENT, geometry_of, image_of
from dosepainting_hrs.errors import InputError
from dosepainting_hrs.image import Mask
from dosepainting_hrs.segmentation.percent_max import PercentMax, PercentMaxParameters
from dosepainting_hrs.segmentation.sphere import SphereParameters, SphereRegion

TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])


def sphere(centre: tuple[float, float, float], radius: float, **grid: object) -> Mask:
    image = image_of(np.zeros((9, 10, 11)), geometry_of((9, 10, 11), **grid))
    x, y, z = centre
    return SphereRegion(SphereParameters(x_mm=x, y_mm=y, z_mm=z, radius_mm=radius)).compute(image)


def test_a_radius_of_one_voxel_is_a_voxel_and_its_six_neighbours() -> None:
    made = sphere((8.0, 8.0, 8.0), 2.0)
    assert made.voxel_count == 7
    assert made.array[4, 4, 3:6].all()
    assert made.identity == PATIENT


@pytest.mark.parametrize("grid", [{"spacing": (1.0, 1.5, 2.5)}, {"spacing": (1.0, 1.5, 2.5), "direction": TURN}])
def test_every_voxel_centre_within_the_radius_belongs(grid: dict[str, object]) -> None:
    centre, radius = (3.1, 6.2, 9.7), 4.0
    made = sphere(centre, radius, **grid)
    index = np.argwhere(np.ones(made.array.shape))[:, ::-1]
    away = np.linalg.norm(made.geometry.to_world(index) - centre, axis=1)
    assert made.voxel_count
    assert np.array_equal(made.array.ravel(), away <= radius)


def test_a_sphere_between_voxels_is_refused() -> None:
    with pytest.raises(InputError, match=r"No voxel .* lies within 0\.5 mm of the point \(9, 9, 9\) mm"):
        sphere((9.0, 9.0, 9.0), 0.5)


def test_a_click_outside_the_image_is_refused() -> None:
    with pytest.raises(InputError, match=r"the image lies at x .* to .*, y .* to .*, z .* to .* mm.*LPS millimetres"):
        sphere((-100.0, 0.0, 0.0), 5.0)


def test_a_sphere_at_the_edge_is_cut_off_and_says_so() -> None:
    cut = sphere((0.0, 8.0, 8.0), 4.0)
    assert "the edge of the image cuts it off" in cut.history[-1]
    assert [one.text.partition(":")[0] for one in cut.working if one.warns] == ["The edge of the image cuts the sphere"]
    assert "cuts" not in sphere((10.0, 8.0, 8.0), 4.0).history[-1]


def test_a_threshold_within_a_sphere() -> None:
    """Two hot voxels; the sphere around the weaker one finds it, whatever is hotter elsewhere."""
    values = np.ones((9, 10, 11))
    values[4, 4, 2], values[4, 4, 8] = 6.0, 20.0
    image = image_of(values)
    within = SphereRegion(SphereParameters(x_mm=4.0, y_mm=8.0, z_mm=8.0, radius_mm=4.0)).compute(image)
    made = PercentMax(PercentMaxParameters(percent=50.0)).compute(map=image, within=within)
    assert np.argwhere(made.array).tolist() == [[4, 4, 2]]
