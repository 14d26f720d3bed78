"""What every segmentation does with awkward lesions and settings: a region or a sentence, never nonsense.

Constant, negative, missing and infinite values, one voxel, one plane, empty regions, anisotropic and oblique grids are in
test_methods.py, for every method as well.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders.method_inputs import SHAPE, Kind, changed, inputs_of, region, required_values, values, volumes_of
from builders.volumes import geometry_of, mask_of
from dosepainting_hrs.errors import DosePaintingError, GeometryError, InputError
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.registry import REGIONS, SEGMENTATIONS
from dosepainting_hrs.segmentation.clusters import ClusterMethod

KINDS = {name: SEGMENTATIONS.get(name) for name in SEGMENTATIONS.names()}
ON_AN_IMAGE = {name: REGIONS.get(name) for name in REGIONS.names() if REGIONS.get(name).inputs[0].takes_images}
every_segmentation = pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in KINDS.items()])
every_one_of_maps = pytest.mark.parametrize(
    "kind", [pytest.param(kind, id=name) for name, kind in {**KINDS, **ON_AN_IMAGE}.items() if name != "sphere"]
)
"""A sphere is drawn on the grid of an image; its values do not count."""


def made(kind: Kind, inputs: dict[str, Any], **more: Any) -> Mask:
    geometry = next(iter(volumes_of(inputs).values())).geometry
    result = kind(from_json(kind, {**required_values(kind, geometry), **more})).compute(**inputs)  # type: ignore[attr-defined]
    assert isinstance(result, Mask)
    return result


def made_or_told(kind: Kind, inputs: dict[str, Any], **more: Any) -> Mask | str:
    try:
        return made(kind, inputs, **more)
    except DosePaintingError as error:
        told = error.message
    assert told.endswith(".")
    return told


def fine(kind: Kind) -> dict[str, Any]:
    """A resolution that the small grid resolves, for methods that ask for one."""
    return {"psf_fwhm_mm": 2.0} if "psf_fwhm_mm" in required_values(kind) else {}


@every_segmentation
@pytest.mark.parametrize("axis", range(3))
def test_a_region_and_a_lesion_cut_by_the_edge_of_the_image(kind: Kind, axis: int) -> None:
    """The hot spot lies in the outermost planes, as at the end of a field of view: the part that is there is found."""
    cut = [slice(2, None) if number == axis else slice(None) for number in range(3)]
    array, inside = values(), region()
    array[1:3, 2:4, 2:4] += 3.0  # The hotter one, by far.
    array, inside = array[tuple(cut)], inside[tuple(cut)]
    found = made(kind, inputs_of(kind, np.ascontiguousarray(array), np.ascontiguousarray(inside)), **fine(kind))
    assert found.voxel_count
    assert not (found.array & ~mask_of(inside).array).any()


@every_segmentation
def test_two_lesions_in_one_region(kind: Kind) -> None:
    """All islands, or the one of the highest value: never the weaker alone."""
    array = values()
    array[4:, 5:, 6:] += 1.0  # 7 in the weaker one, 8 in the hotter.
    everywhere = np.zeros(SHAPE, dtype=np.bool_)
    everywhere[:, 1:, 1:] = True
    found = made(kind, inputs_of(kind, array, everywhere), **fine(kind)).array
    weaker = np.zeros(SHAPE, dtype=np.bool_)
    weaker[4:, 5:, 6:] = True
    assert found.any()
    assert not found[weaker].any() or (found & ~weaker).any()


RESOLVING = {name: kind for name, kind in {**KINDS, **ON_AN_IMAGE}.items() if "psf_fwhm_mm" in required_values(kind)}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in RESOLVING.items()])
def test_a_resolution_wider_than_the_region(kind: Kind) -> None:
    """The region is 7 mm across: with 20 mm of resolution nothing in it can be told apart."""
    found = made_or_told(kind, inputs_of(kind), psf_fwhm_mm=20.0)
    if isinstance(found, Mask):
        assert found.voxel_count
        assert not (found.array & ~mask_of(region()).array).any() or kind.name in ON_AN_IMAGE
    else:
        assert "20 mm" in found or "resolution" in found


CLUSTERING = {name: kind for name, kind in KINDS.items() if issubclass(kind, ClusterMethod)}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in CLUSTERING.items()])
def test_more_clusters_than_distinct_values(kind: Kind) -> None:
    few = np.ceil(values() / 4.0)  # 1, 2 and 3.
    with pytest.raises(InputError, match=r"hold 3 distinct values .*too few for 5 clusters"):
        made(kind, inputs_of(kind, few), clusters=5)
    assert made(kind, inputs_of(kind, few), clusters=2).voxel_count


OF_SEVERAL = {name: kind for name, kind in KINDS.items() if sum(slot.takes_images for slot in kind.inputs) > 1}
OF_SEVERAL |= {name: kind for name, kind in KINDS.items() if any(slot.kind == "images" for slot in kind.inputs)}


@pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in OF_SEVERAL.items()])
def test_maps_on_different_grids_are_refused(kind: Kind) -> None:
    inputs = inputs_of(kind)
    last = [name for name, one in volumes_of(inputs).items() if isinstance(one, Image)][-1]
    finer = geometry_of(SHAPE, spacing=(1.0, 1.0, 1.0))
    with pytest.raises(GeometryError, match="grid"):
        made(kind, changed(inputs, last, geometry=finer))


@every_one_of_maps
def test_every_result_states_what_the_map_rests_on(kind: Kind) -> None:
    """Reconstruction, PSF modelling and EARL as the header gave them, and the maximum on the map's native grid."""
    told = ("Reconstruction: OSEM 3i21s.", "PSF modelling: yes.", "EARL: not stated.")
    inputs = inputs_of(kind)
    for name, one in volumes_of(inputs).items():
        if isinstance(one, Image):
            inputs = changed(inputs, name, history=told)
    history = made(kind, inputs).history
    assert set(told) <= set(history)
    if kind.name != "hrs-model":  # The step adds it for that, as for all.
        assert any("SUVbw maximum in " in step and step.endswith("on the map's native grid.") for step in history)


@every_one_of_maps
def test_a_map_that_was_resampled_is_told(kind: Kind) -> None:
    inputs = inputs_of(kind)
    for name, one in volumes_of(inputs).items():
        if isinstance(one, Image):
            inputs = changed(inputs, name, resampled=True)
    history = made(kind, inputs).history
    if kind.name != "hrs-model":
        assert any("a grid that the map was resampled to, not that of the scan" in step for step in history)
        assert any(step.startswith("The map does not say how it was reconstructed") for step in history)
    assert replace(made(kind, inputs), history=()).voxel_count


@every_segmentation
def test_what_lies_far_from_the_region_changes_nothing(kind: Kind) -> None:
    """Work is done in a box round the region, with a margin from the resolution: hot and missing values beyond do not count."""
    near, far = ((7, 7), (12, 12), (18, 18)), 3  # 18 mm on all sides: more than the margin for 2 mm FWHM.
    array = np.pad(values(), near, constant_values=1.0)
    inside = np.pad(region(), near)
    geometry = geometry_of(array.shape, spacing=(1.0, 1.5, 2.5))
    plain = made(kind, inputs_of(kind, array, inside, geometry), **fine(kind))
    wide = np.pad(array, far, constant_values=500.0)
    wide[0], wide[:, -1] = np.nan, -500.0
    affine = geometry.affine.copy()
    affine[:3, 3] -= affine[:3, :3] @ (far, far, far)
    more = geometry_of(wide.shape, (1.0, 1.5, 2.5), affine[:3, 3])
    found = made(kind, inputs_of(kind, wide, np.pad(inside, far), more), **fine(kind))
    inner = (slice(far, -far),) * 3
    assert np.array_equal(found.array[inner], plain.array)
    assert found.voxel_count == plain.voxel_count
