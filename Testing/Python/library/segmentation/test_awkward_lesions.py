"""Every threshold on awkward lesions: at the edge of the image, two in one GTV, in a box, on anisotropic and oblique grids.

Constant, negative and missing values are in the shared tests of all methods.
"""

from typing import Any

import numpy as np
import pytest

from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs import segmentation  # noqa: F401  (registers the methods)
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.phantom.spheres import Sphere, distances_from, spheres_in
from dosepainting_hrs.registry import SEGMENTATIONS

METHODS: dict[str, dict[str, Any]] = {
    "fixed-threshold": {"threshold": 3.0},
    "percent-max": {"percent": 50.0},
    "percent-peak": {"percent": 50.0},
    "percent-mean": {"percent": 150.0},
    "percentile": {"percentile": 80.0},
    "reference-ratio": {"ratio": 2.5},
    "adaptive": {"form": "ratio", "a": 0.4, "b": 0.5},
    "iterative": {"psf_fwhm_mm": 6.0},
    "histogram-threshold": {"rule": "otsu"},
    "local-threshold": {"floor": 1.6, "percent": 50.0},
    "value-window": {"low": 3.0},
}
every_threshold = pytest.mark.parametrize("name", METHODS)
TURN = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
Inputs = dict[str, Image | Mask]


def lesions(*spheres: Sphere, geometry: Any = None) -> Inputs:
    """Spheres 8:1 in noise, looked for within 8 mm around them; the reference is what is 16 mm away from all."""
    grid = geometry or geometry_of((24, 30, 36), (2.0, 2.0, 2.0))
    image = spheres_in(grid, spheres, contrast=8.0, fwhm_mm=6.0, noise=0.1, seed=7)
    away = np.min([distances_from(image.geometry, one.centre_mm) - one.diameter_mm / 2 for one in spheres], axis=0)
    make = {"within": away <= 8.0, "reference": away >= 14.0}
    masks = {
        name: Mask(array=array, geometry=image.geometry, stored=image.stored, identity=image.identity, name=name)
        for name, array in make.items()
    }
    return {"map": image, **masks}


def found(name: str, given: Inputs, **more: Any) -> Mask:
    kind = SEGMENTATIONS.get(name)
    made: Mask = kind(from_json(kind, {**METHODS[name], **more})).compute(
        **{slot.name: given[slot.name] for slot in kind.inputs if slot.name in given}
    )
    return made


ONE = Sphere(centre_mm=(36.0, 30.0, 22.0), diameter_mm=17.0)


@every_threshold
def test_what_lies_far_from_the_region_changes_nothing(name: str) -> None:
    """Work is done in the box of the region: hot spots and missing values elsewhere, more grid around, the same result."""
    given = lesions(ONE)
    plain = found(name, given)
    wide = [(3, 4), (5, 6), (7, 8)]
    values = np.pad(given["map"].array, wide, constant_values=1.0)
    values[0], values[-1] = 500.0, np.nan
    affine = given["map"].geometry.affine.copy()
    affine[:3, 3] -= affine[:3, :3] @ (7, 5, 3)
    geometry = geometry_of(values.shape, (2.0, 2.0, 2.0), affine[:3, 3])
    padded: Inputs = {"map": image_of(values, geometry, identity=given["map"].identity)}
    for region in ("within", "reference"):
        padded[region] = mask_of(np.pad(given[region].array, wide), geometry, given["map"].identity)
    inner = tuple(slice(a, -b) for a, b in wide)
    assert np.array_equal(found(name, padded).array[inner], plain.array)


@every_threshold
def test_a_lesion_cut_by_the_edge_of_the_image_is_found_up_to_the_edge(name: str) -> None:
    given = lesions(Sphere(centre_mm=(4.0, 30.0, 22.0), diameter_mm=17.0))
    made = found(name, given)
    assert made.array[:, :, 0].any()
    assert not (made.array & ~given["within"].array).any()


@every_threshold
def test_of_two_lesions_the_hotter_or_both(name: str) -> None:
    """The larger one comes out hotter; with all islands kept, a threshold low enough finds both."""
    weak = Sphere(centre_mm=(56.0, 30.0, 22.0), diameter_mm=10.0)
    given = lesions(Sphere(centre_mm=(22.0, 30.0, 22.0), diameter_mm=17.0), weak)
    one, both = found(name, given, islands="highest uptake"), found(name, given, islands="all")
    assert one.array[11, 15, 11]
    assert not one.array[11, 15, 28]
    assert both.array[11, 15, 11]
    assert not (one.array & ~both.array).any()


def test_only_thresholds_of_their_own_find_the_weaker_lesion_whole() -> None:
    """Half of the maximum of the hotter one lies near the top of the other; its own half does not."""
    weak = Sphere(centre_mm=(56.0, 30.0, 22.0), diameter_mm=10.0)
    given = lesions(Sphere(centre_mm=(22.0, 30.0, 22.0), diameter_mm=22.0), weak)
    right = np.zeros(given["map"].array.shape, dtype=np.bool_)
    right[:, :, 20:] = True
    own, shared = (found(name, given, islands="all").array & right for name in ("local-threshold", "percent-max"))
    assert own.sum() > 1.5 * shared.sum()
    assert not (shared & ~own).any()


@every_threshold
@pytest.mark.parametrize("direction", [np.eye(3), TURN], ids=["anisotropic", "oblique"])
def test_an_anisotropic_and_an_oblique_grid_find_about_the_same_volume(name: str, direction: np.ndarray) -> None:
    """The same sphere on voxels of 1.5 x 2 x 3 mm: within a fifth of what isotropic ones give."""
    geometry = geometry_of((22, 36, 48), (1.5, 2.0, 3.0), direction=direction)
    x, y, z = geometry.to_world((24.2, 18.3, 11.1)).tolist()
    made = found(name, lesions(Sphere(centre_mm=(x, y, z), diameter_mm=17.0), geometry=geometry))
    assert made.volume_ml == pytest.approx(found(name, lesions(ONE)).volume_ml, rel=0.2)
