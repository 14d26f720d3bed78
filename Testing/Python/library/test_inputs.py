"""Inputs of a method: by name, several of a kind, of one patient and on one grid."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from builders.volumes import OTHER_PATIENT, PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.context import Context
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.inputs import load_inputs
from dosepainting_hrs.parameters import Parameters
from dosepainting_hrs.registry import Registry, Segmentation, Slot
from dosepainting_hrs.storage.volumes import write_volume

CUBE = np.arange(8.0).reshape(2, 2, 2)
Put = Callable[[str, Image | Mask], str]


@dataclass(frozen=True, kw_only=True)
class Nothing(Parameters):
    pass


def method() -> type[Segmentation]:
    registry: Registry[Segmentation] = Registry("segmentation")

    @registry.register("joint", schema=1)
    class Joint(Segmentation):
        inputs = (
            Slot("maps", "images", "Maps to cluster together."),
            Slot("within", "region", "Region to stay inside."),
            Slot("others", "regions", "Regions to leave out.", optional=True),
        )
        parameters: Nothing

    return Joint


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(name: str, volume: Image | Mask) -> str:
        write_volume(volume, tmp_path / name)
        return str(tmp_path / name)

    return write


def test_several_images_arrive_by_name_in_the_order_given(put: Put) -> None:
    given = {"maps:FMISO": put("f.nrrd", image_of(CUBE)), "maps:ADC": put("a.nrrd", image_of(CUBE + 1))}
    found = load_inputs(Context(), method(), {**given, "within": put("g.nrrd", mask_of(CUBE > 3))})
    maps = found.arguments["maps"]
    assert list(maps) == ["FMISO", "ADC"]
    assert maps["ADC"].array.tolist() == (CUBE + 1).tolist()
    assert found.arguments["within"].array.tolist() == (CUBE > 3).tolist()
    assert "others" not in found.arguments


def test_regions_come_to_the_grid_of_the_first_image(put: Put) -> None:
    """A cube of 2 x 2 x 2 voxels of 1 mm in the corner of one voxel of 2 mm: 8 mm3, the volume of that one voxel."""
    fine = mask_of(np.pad(np.ones((2, 2, 2)), ((0, 2), (0, 2), (0, 2))), geometry_of((4, 4, 4), (1, 1, 1), (-0.5, -0.5, -0.5)))
    given = {"maps:A": put("a.nrrd", image_of(CUBE)), "within": put("g.nrrd", mask_of(np.ones((2, 2, 2))))}
    found = load_inputs(Context(), method(), {**given, "others:cord": put("c.nrrd", fine)})
    assert np.argwhere(found.arguments["others"]["cord"].array).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"maps:A": "a", "within": "g", "gtv": "g"}, 'takes no input "gtv"'),
        ({"maps": "a", "within": "g"}, 'The input "maps" of the method "joint" is written "maps:NAME"'),
        ({"maps:A": "a", "within:B": "g"}, 'The input "within:B" of the method "joint" is written "within"'),
        ({"within": "g"}, 'needs the images "maps"'),
        ({"maps:A": "a"}, 'needs the region "within"'),
    ],
)
def test_wrong_names_and_missing_inputs_are_said_before_anything_is_read(inputs: dict[str, str], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        load_inputs(Context(), method(), inputs)


def test_maps_of_two_patients_are_refused(put: Put) -> None:
    given = {"maps:A": put("a.nrrd", image_of(CUBE)), "maps:B": put("b.nrrd", image_of(CUBE, identity=OTHER_PATIENT))}
    with pytest.raises(IdentityError, match=r'The image "maps:B".*patient "P2".*"maps:A".*patient "P1"'):
        load_inputs(Context(), method(), {**given, "within": put("g.nrrd", mask_of(CUBE > 3))})


def test_maps_in_two_frames_are_refused(put: Put) -> None:
    elsewhere = replace(PATIENT, frame_of_reference="1.2.3.2")
    given = {"maps:A": put("a.nrrd", image_of(CUBE)), "maps:B": put("b.nrrd", image_of(CUBE, identity=elsewhere))}
    with pytest.raises(IdentityError, match=r"1\.2\.3\.2, but .* in 1\.2\.3\.1"):
        load_inputs(Context(), method(), {**given, "within": put("g.nrrd", mask_of(CUBE > 3))})


def test_maps_on_two_grids_are_refused(put: Put) -> None:
    wider = geometry_of((2, 2, 2), (3, 2, 2))
    given = {"maps:A": put("a.nrrd", image_of(CUBE)), "maps:B": put("b.nrrd", image_of(CUBE, wider))}
    with pytest.raises(GeometryError, match=r'"maps:B" lies on a grid of .* 3 x 2 x 2 mm, but the image "maps:A"'):
        load_inputs(Context(), method(), {**given, "within": put("g.nrrd", mask_of(CUBE > 3))})


def test_a_region_among_the_maps_is_refused(put: Put) -> None:
    given = {"maps:A": put("a.nrrd", mask_of(CUBE > 3)), "within": put("g.nrrd", mask_of(CUBE > 3))}
    with pytest.raises(InputError, match='the maps:A of "joint" is a region'):
        load_inputs(Context(), method(), given)
