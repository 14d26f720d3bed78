"""What every registered map, segmentation, region method and rule must do; a new method joins by registering.

The base case of a map is a PET with its header; that of a segmentation is a map with two hot spots in a region; that of a
region method is that region and parts of it. A method that asks for parameters takes those of its first preset, then the
examples of its fields; fields named x_mm, y_mm and z_mm are a click on the hottest spot.
"""

import json
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from builders.method_inputs import SHAPE, Kind, changed, computed, inputs_of, region, required_values, values, volumes_of
from builders.turned import flipped_geometry, reordered_geometry
from builders.volumes import OTHER_PATIENT, PATIENT, geometry_of, mask_of
from dosepainting_hrs import maps, prescription, segmentation  # noqa: F401  (registers the methods)
from dosepainting_hrs.errors import Cancelled, DosePaintingError, GeometryError, IdentityError, ParameterError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.image import Mask
from dosepainting_hrs.parameters import parameter_infos
from dosepainting_hrs.parameters_json import describe, from_json, to_json
from dosepainting_hrs.registry import MAPS, PRESCRIPTIONS, REGIONS, SEGMENTATIONS

METHODS = [
    pytest.param(reg.get(name), id=f"{reg.kind}-{name}")
    for reg in (MAPS, SEGMENTATIONS, REGIONS, PRESCRIPTIONS)
    for name in reg.names()
]
SEGMENTING = [pytest.param(SEGMENTATIONS.get(name), id=name) for name in SEGMENTATIONS.names()]
SEVERAL = [
    pytest.param(REGIONS.get(name), id=name)
    for name in REGIONS.names()
    if len(REGIONS.get(name).inputs) > 1 or REGIONS.get(name).inputs[0].takes_several
]
every_method = pytest.mark.parametrize("kind", METHODS)
every_segmentation = pytest.mark.parametrize("kind", SEGMENTING)
every_combining_method = pytest.mark.parametrize("kind", [*SEGMENTING, *SEVERAL])


@every_method
def test_parameters_survive_json(kind: Kind) -> None:
    parameters = from_json(kind, required_values(kind))
    assert from_json(kind, json.loads(json.dumps(to_json(parameters))), kind.schema) == parameters


@every_method
def test_every_preset_is_valid_and_has_a_source(kind: Kind) -> None:
    for preset in kind.parameters_type.presets:
        assert preset.source
        from_json(kind, preset.values)


@every_method
def test_a_bad_value_names_its_parameter(kind: Kind) -> None:
    for info in parameter_infos(kind.parameters_type):
        bad = object() if not info.is_table else [3]
        with pytest.raises(ParameterError, match=f'"{info.name}"'):
            from_json(kind, {**required_values(kind), info.name: bad})
        for limit, beyond in ((info.field.minimum, -1.0), (info.field.maximum, 1.0)):
            if limit is not None:
                with pytest.raises(ParameterError, match=f'"{info.name}" takes a value'):
                    from_json(kind, {**required_values(kind), info.name: info.kind(limit + beyond)})


@every_method
def test_an_unknown_name_is_refused(kind: Kind) -> None:
    with pytest.raises(ParameterError, match='has no parameter "nonsense"'):
        from_json(kind, {**required_values(kind), "nonsense": 1})


@every_method
def test_a_value_without_default_is_asked_for(kind: Kind) -> None:
    for info in parameter_infos(kind.parameters_type):
        if info.required:
            rest = {name: value for name, value in required_values(kind).items() if name != info.name}
            with pytest.raises(ParameterError, match=f'asks for "{info.name}"'):
                from_json(kind, rest)


@every_method
def test_everything_is_described(kind: Kind) -> None:
    told = describe(kind)
    json.dumps(told)
    assert told["summary"].endswith(".")
    assert any(character.isdigit() for character in " ".join(told["references"])), "a source with its year"
    for slot in told["inputs"]:
        assert slot["help"]
    for parameter in told["parameters"]:
        assert parameter["help"].endswith(".")
        if parameter["type"] in ("number", "integer"):
            assert parameter["unit"]
        if parameter["type"] == "string":  # A free text may be left empty.
            assert parameter["choices"] or parameter["default"] == ""


@every_method
def test_inputs_stay_as_they_are(kind: Kind) -> None:
    inputs = inputs_of(kind)
    volumes = volumes_of(inputs)
    before = {name: (one.array.copy(), one.geometry.affine.copy(), one.history) for name, one in volumes.items()}
    for one in volumes.values():
        one.array.setflags(write=False)
    computed(kind, **inputs)
    for name, one in volumes.items():
        assert np.array_equal(one.array, before[name][0])
        assert np.array_equal(one.geometry.affine, before[name][1])
        assert one.history == before[name][2]


@every_method
def test_the_same_input_gives_the_same_result(kind: Kind) -> None:
    first, second = computed(kind), computed(kind)
    assert first.array.tobytes() == second.array.tobytes()
    assert first.history == second.history


FLIPS = [(0,), (1,), (2,), (0, 2), (0, 1, 2)]
ORDERS = [(0, 2, 1), (1, 0, 2), (2, 1, 0), (1, 2, 0)]


def upright() -> Geometry:
    return geometry_of(SHAPE, spacing=(1.0, 1.5, 2.5), origin=(-30.0, 12.0, 5.0))


@every_method
@pytest.mark.parametrize("axes", FLIPS)
def test_a_flipped_file_gives_the_same_voxels_in_the_patient(kind: Kind, axes: tuple[int, ...]) -> None:
    plain = computed(kind, **inputs_of(kind, geometry=upright()))
    geometry = flipped_geometry(upright(), axes)
    flipped = computed(kind, **inputs_of(kind, np.flip(values(), axes), np.flip(region(), axes), geometry))
    assert flipped.geometry.is_same_grid(plain.geometry)
    assert np.array_equal(flipped.array, plain.array, equal_nan=True)
    assert np.array_equal(flipped.stored.geometry.affine, geometry.affine)
    assert np.array_equal(flipped.stored.axes.restore(flipped.array), np.flip(plain.array, axes), equal_nan=True)


@every_method
@pytest.mark.parametrize("order", ORDERS)
def test_a_file_with_other_axes_gives_the_same_voxels_in_the_patient(kind: Kind, order: tuple[int, ...]) -> None:
    plain = computed(kind, **inputs_of(kind, geometry=upright()))
    geometry = reordered_geometry(upright(), order)
    turned = computed(kind, **inputs_of(kind, values().transpose(order), region().transpose(order), geometry))
    assert turned.geometry.is_same_grid(plain.geometry)
    assert np.array_equal(turned.array, plain.array, equal_nan=True)


@every_method
def test_an_oblique_grid_gives_the_same_values(kind: Kind) -> None:
    """A turn of patient and scanner together changes no voxel."""
    angle = np.deg2rad(20)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    oblique = geometry_of(SHAPE, spacing=(1.0, 1.5, 2.5), origin=(-30.0, 12.0, 5.0), direction=turn)
    plain, turned = (computed(kind, **inputs_of(kind, geometry=one)) for one in (upright(), oblique))
    np.testing.assert_allclose(turned.array, plain.array, rtol=1e-6)
    assert np.array_equal(turned.geometry.affine, oblique.affine)


ODD = {
    "empty region": (values(), np.zeros(SHAPE)),
    "constant": (np.full(SHAPE, 3.0), np.ones(SHAPE)),
    "zero": (np.zeros(SHAPE), np.ones(SHAPE)),
    "negative": (-values(), np.ones(SHAPE)),
    "not a number": (np.full(SHAPE, np.nan), np.ones(SHAPE)),
    "some not a number": (np.where(values() > 7, np.nan, values()), np.ones(SHAPE)),
    "infinite": (np.where(values() > 7, np.inf, values()), np.ones(SHAPE)),
    "one voxel": (np.full((1, 1, 1), 3.0), np.ones((1, 1, 1))),
    "one plane": (values()[:1], np.ones((1, *SHAPE[1:]))),
}


@every_method
@pytest.mark.parametrize("case", ODD)
def test_odd_input_gives_a_result_or_a_sentence(kind: Kind, case: str) -> None:
    array, inside = ODD[case]
    inputs = inputs_of(kind, array, inside)
    refusal, result = "", None
    try:
        result = computed(kind, **inputs)
    except DosePaintingError as error:
        refusal = error.message
    if result is None:
        assert refusal.endswith(".")
        return
    assert result.array.shape == array.shape
    if isinstance(result, Mask):
        assert result.voxel_count
    if kind.name in SEGMENTATIONS.names():
        assert not (result.array & ~np.isfinite(array)).any()


@every_method
def test_progress_rises_from_0_to_1_with_words(kind: Kind) -> None:
    told: list[tuple[float, str]] = []
    computed(kind, lambda share, message: told.append((share, message)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(message for _, message in told)


@every_method
def test_it_stops_when_the_caller_cancels(kind: Kind) -> None:
    reports: list[float] = []

    def stop(share: float, message: str) -> None:
        reports.append(share)
        raise Cancelled

    with pytest.raises(Cancelled):
        computed(kind, stop)
    assert len(reports) == 1


@every_method
def test_identity_is_carried_through(kind: Kind) -> None:
    marked = replace(PATIENT, marks=("research-only",))
    result = computed(kind, **inputs_of(kind, identity=marked))
    for field in fields(Identity):
        assert getattr(result.identity, field.name) == getattr(marked, field.name), field.name


@every_method
def test_the_history_grows_by_what_was_done(kind: Kind) -> None:
    inputs = inputs_of(kind)
    names = tuple(volumes_of(inputs))
    for name in names:
        inputs = changed(inputs, name, history=(f"{name} was made",))
    assert set(computed(kind, **inputs).history) > {f"{name} was made" for name in names}


@every_segmentation
def test_the_result_stays_inside_the_region_and_is_not_all_of_it(kind: Kind) -> None:
    made = computed(kind)
    inside = mask_of(region()).array
    assert made.voxel_count
    assert not (made.array & ~inside).any()
    assert made.voxel_count < np.count_nonzero(inside)


def a_region_of(inputs: dict[str, Any]) -> str:
    """Return the name of a region among the inputs, the last: the first one is what others are compared with."""
    return [name for name, one in volumes_of(inputs).items() if isinstance(one, Mask)][-1]


@every_combining_method
def test_the_marks_of_the_region_are_inherited(kind: Kind) -> None:
    inputs = inputs_of(kind)
    own = replace(PATIENT, marks=("synthetic",), series=("1.2.3.77",))
    made = computed(kind, **changed(inputs, a_region_of(inputs), identity=own))
    assert "synthetic" in made.identity.marks
    assert set(made.identity.series) == {"1.2.3.10", "1.2.3.77"}


@every_combining_method
@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (OTHER_PATIENT, r'"P[12]".*patient "P[12]"'),
        (replace(PATIENT, birth_date_hash="0" * 16), 'same PatientID "P1" but another birth date'),
        (replace(PATIENT, frame_of_reference="1.2.3.2"), r"frame of reference 1\.2\.3\.[12], but .* in 1\.2\.3\.[12]"),
    ],
    ids=["patient", "birth date", "frame of reference"],
)
def test_a_region_that_belongs_elsewhere_is_refused(kind: Kind, other: Identity, sentence: str) -> None:
    inputs = inputs_of(kind)
    with pytest.raises(IdentityError, match=sentence):
        computed(kind, **changed(inputs, a_region_of(inputs), identity=other))


@every_combining_method
def test_a_region_on_another_grid_is_refused(kind: Kind) -> None:
    """The step brings regions to one grid; a method that gets them on two says so."""
    inputs = inputs_of(kind)
    finer = mask_of(region(), geometry_of(SHAPE, spacing=(1.0, 1.0, 1.0)))
    with pytest.raises(GeometryError):
        computed(kind, **changed(inputs, a_region_of(inputs), geometry=finer.geometry))
