"""A model on a patient: who belongs by hand, what blocks and what is recorded, and what a reference model leaves behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from builders.hrs_models import MOUSE, axis_of, model_with, suv_model, variant_of
from builders.volumes import OTHER_PATIENT, PATIENT, image_of, mask_of
from dosepainting_hrs.conditions import Conditions
from dosepainting_hrs.errors import GeometryError, IdentityError, InputError, ParameterError, QuantityError
from dosepainting_hrs.hrs_model import HrsModel, model_json
from dosepainting_hrs.identity import MARK_REFERENCE_MODEL
from dosepainting_hrs.image import Mask
from dosepainting_hrs.learning.reference_models import reference_model
from dosepainting_hrs.quantities import ADC, Quantity
from dosepainting_hrs.segmentation.compactness import compactness
from dosepainting_hrs.segmentation.hrs_model import (
    AcceptedDifference,
    HrsModelParameters,
    HrsModelSegmentation,
    PatientCondition,
)
from dosepainting_hrs.segmentation.model_application import Applied
from dosepainting_hrs.segmentation.stability import stability

C1 = Quantity("c1", "1")


def adc(values: Any, **more: Any) -> Any:
    return image_of([[values]], None, ADC, **more)


def segmented(model: HrsModel, *, parameters: HrsModelParameters | None = None, **maps: Any) -> Mask:
    within = mask_of(np.ones(next(iter(maps.values())).array.shape))
    method = HrsModelSegmentation(parameters or HrsModelParameters())
    return method.compute(maps=maps, within=within, model=model_json(model))


def conditions(**values: str) -> tuple[PatientCondition, ...]:
    return tuple(PatientCondition(name=name, value=value) for name, value in values.items())


def test_voxels_within_the_radius_belong_and_those_on_it_do() -> None:
    """Centre 400, SD 50, radius 1: 350 to 450."""
    made = segmented(model_with(), ADC=adc([349.9, 350.0, 400.0, 450.0, 450.1, np.nan]))
    assert np.flatnonzero(made.array).tolist() == [1, 2, 3]


def test_two_maps_make_an_ellipse() -> None:
    """Distances from (400, 2) in units of (50, 0.625): (0.6, 0.8) is 1, (0.6, 0.832) is more, (0, -1) is 1."""
    model = model_with(axis_of("ADC", 400.0, 50.0), axis_of("c1", 2.0, 0.625, C1))
    first, second = adc([430.0, 430.0, 400.0]), image_of([[[2.5, 2.52, 1.375]]], None, C1)
    assert np.flatnonzero(segmented(model, ADC=first, c1=second).array).tolist() == [0, 2]
    swapped = HrsModelSegmentation(HrsModelParameters()).compute(
        maps={"c1": second, "ADC": first}, within=mask_of(np.ones((1, 1, 3))), model=model_json(model)
    )
    assert np.flatnonzero(swapped.array).tolist() == [0, 2], "by name, not by order"


def test_a_published_interval_is_applied_as_printed() -> None:
    """Boeke 2023, table 3: 420 [384; 457] x 1e-6 mm2/s; each side by its own half."""
    made = segmented(reference_model("boeke2023-1d"), ADC=adc([383.0, 384.0, 420.0, 457.0, 458.0]))
    assert np.flatnonzero(made.array).tolist() == [1, 2, 3]
    assert MARK_REFERENCE_MODEL in made.identity.marks
    assert "for comparison only" in made.history[-1]


@pytest.mark.parametrize("name", ["boeke2023-2d", "boeke2023-3d", "boeke2023-4d", "boeke2023-5d", "boeke2023-w2-1d"])
def test_models_of_components_say_that_they_need_the_unpublished_basis(name: str) -> None:
    model = reference_model(name)
    maps = {one.name: image_of([[[one.centre]]], None, Quantity(one.quantity, one.unit)) for one in model.maps}
    with pytest.raises(InputError, match=r"cannot be applied: its components need the principal component basis"):
        segmented(model, **maps)


def test_the_distance_is_in_radii() -> None:
    applied = Applied.of(
        model_with(radius_z=2.0), {"ADC": adc([400.0, 500.0, 300.0, 600.0])}, mask_of(np.ones((1, 1, 4))), MOUSE
    )
    assert applied.distance().ravel().tolist() == [0.0, 1.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("image", "error", "sentence"),
    [
        (image_of([[[400.0]]], None, Quantity("ADC", "mm2/s")), QuantityError, r"needs ADC as ADC .*um2/s.* holds ADC .*mm2/s"),
        (image_of([[[400.0]]], None, C1), QuantityError, "holds c1"),
        (image_of([[[400.0]]], None, ADC, OTHER_PATIENT), IdentityError, '"P1".*patient "P2"'),
        (image_of([[[400.0, 1.0]]], None, ADC), GeometryError, "lies on a grid of"),
        (image_of([[[np.nan]]], None, ADC), InputError, "has a value in every map"),
        (image_of([[[900.0]]], None, ADC), InputError, "No voxel .* the nearest lies at 10 times its radius"),
    ],
)
def test_maps_that_do_not_fit_are_refused(image: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        HrsModelSegmentation(HrsModelParameters()).compute(
            maps={"ADC": image}, within=mask_of(np.ones((1, 1, 1))), model=model_json(model_with())
        )


def test_missing_and_foreign_maps_are_named() -> None:
    with pytest.raises(InputError, match='needs the map "ADC"'):
        segmented(model_with(), adc=adc([400.0]))
    with pytest.raises(InputError, match='has no map "c1"'):
        segmented(model_with(), ADC=adc([400.0]), c1=image_of([[[1.0]]], None, C1))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda value: value.pop("maps"), 'lacks "maps"'),
        (lambda value: value.pop("schema"), "lacks a schema version"),
        (lambda value: value.update(schema=2), "has schema 2"),
        (lambda value: value.update(radius_z="wide"), "radius_z must be a number"),
        (lambda value: value.update(radius_z=-1.0), "has a radius of -1"),
        (lambda value: value["maps"][0].update(z_sd=0.0), "standard deviation that is not positive"),
        (lambda value: value["maps"].append(value["maps"][0]), "maps with different names"),
        (lambda value: value.update(radius_z=None), "only a published reference has none"),
        (lambda value: value.update(radius_z=9.0), "was changed since it was written: its hash does not match"),
        (lambda value: value.pop("hash"), "has no hash"),
    ],
)
def test_a_model_that_is_none_is_refused(spoil: Any, sentence: str) -> None:
    value = model_json(model_with())
    spoil(value)
    with pytest.raises(InputError, match=sentence):
        HrsModelSegmentation(HrsModelParameters()).compute(
            maps={"ADC": adc([400.0])}, within=mask_of(np.ones((1, 1, 1))), model=value
        )


class TestConditions:
    """What differs between patient and cohort blocks; only a person lets it pass, by name and reason."""

    model = model_with(conditions=MOUSE)
    same = conditions(species="Mouse", b_values="800 0 400", field_strength_t="7")

    def refused(self, parameters: HrsModelParameters) -> str:
        with pytest.raises(InputError) as error:
            segmented(self.model, parameters=parameters, ADC=adc([400.0]))
        return str(error.value)

    def test_the_same_conditions_pass(self) -> None:
        assert segmented(self.model, parameters=HrsModelParameters(conditions=self.same), ADC=adc([400.0])).voxel_count == 1

    def test_what_is_not_known_of_the_patient_blocks(self) -> None:
        told = self.refused(HrsModelParameters())
        assert "species: the cohort has mouse, the patient is not said to have any" in told
        assert "b-values" in told
        assert "--accept name=NAME,by=WHO,reason=WHY" in told

    @pytest.mark.parametrize(
        ("name", "value", "told"),
        [
            ("species", "human", "species: the cohort has mouse, the patient human"),
            ("tracer", "FAZA", "tracer: the cohort has FMISO, the patient FAZA"),
            ("minutes_after_injection", "120", "minutes after injection: the cohort has 90.0 min, the patient 120.0 min"),
            ("b_values", "0 400", "b-values: the cohort has 0, 400, 800 s/mm2, the patient 0, 400 s/mm2"),
            ("field_strength_t", "3", "field strength: the cohort has 7.0 T, the patient 3.0 T"),
            ("reconstruction", "3D-OSEM", "reconstruction: the cohort has 2D-OSEM, the patient 3D-OSEM"),
            ("registration", "none", "registration: the cohort has local rigid, the patient none"),
            ("voxel_mm", "", "voxel size: the cohort has 0.65 x 0.65 x 0.8 mm, the patient 2 x 2 x 2 mm"),
        ],
    )
    def test_each_condition_blocks_alone_until_it_is_accepted(self, name: str, value: str, told: str) -> None:
        """All as in the cohort but one; the grid's own voxels count, whatever is said of them."""
        cohort = Conditions(
            species="mouse", tracer="FMISO", minutes_after_injection=90.0, b_values=(0, 400, 800), field_strength_t=7.0,
            reconstruction="2D-OSEM", registration="local rigid",
            voxel_mm=(0.65, 0.65, 0.8) if name == "voxel_mm" else (2.0, 2.0, 2.0),
        )  # fmt: skip
        texts = {"species": "mouse", "tracer": "fmiso", "minutes_after_injection": "95", "b_values": "0 400 800",
                 "field_strength_t": "7", "reconstruction": "2D-OSEM", "registration": "Local Rigid"}  # fmt: skip
        model = model_with(conditions=cohort)
        texts |= {name: value} if value else {}
        parameters = HrsModelParameters(conditions=conditions(**texts))
        with pytest.raises(InputError) as error:
            segmented(model, parameters=parameters, ADC=adc([400.0]))
        assert told in str(error.value)
        assert str(error.value).count("the cohort has") == 1, "nothing else differs"
        accepted = AcceptedDifference(name=name, by="A. Physicist", reason="comparison")
        made = segmented(model, parameters=replace(parameters, accept=(accepted,)), ADC=adc([400.0]))
        assert [(one.who, one.reason) for one in made.identity.supplied] == [("A. Physicist", "comparison")]
        assert told in made.identity.supplied[0].what

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"species": "human"}, "species: the cohort has mouse, the patient human"),
            ({"b_values": "0 400 1000"}, "b-values: the cohort has 0, 400, 800 s/mm2, the patient 0, 400, 1000 s/mm2"),
            ({"field_strength_t": "3"}, "field strength: the cohort has 7.0 T, the patient 3.0 T"),
        ],
    )
    def test_a_difference_blocks_until_it_is_accepted(self, change: dict[str, str], told: str) -> None:
        values = {**{one.name: one.value for one in self.same}, **change}
        parameters = HrsModelParameters(conditions=conditions(**values))
        assert told in self.refused(parameters)
        (name,) = change
        accepted = AcceptedDifference(name=name, by="A. Physicist", reason="comparison, not for treatment")
        made = segmented(self.model, parameters=replace(parameters, accept=(accepted,)), ADC=adc([400.0]))
        (record,) = made.identity.supplied
        assert (record.who, record.reason) == ("A. Physicist", "comparison, not for treatment")
        assert told in record.what

    def test_the_voxel_size_is_the_grid_s_own(self) -> None:
        model = model_with(conditions=replace(MOUSE, voxel_mm=(0.65, 0.65, 0.8)))
        with pytest.raises(InputError, match=r"voxel size: the cohort has 0.65 x 0.65 x 0.8 mm, the patient 2 x 2 x 2 mm"):
            segmented(model, parameters=HrsModelParameters(conditions=self.same), ADC=adc([400.0]))

    def test_nothing_can_be_accepted_that_does_not_differ(self) -> None:
        accepted = (AcceptedDifference(name="tracer", by="A", reason="B"),)
        assert 'no difference in "tracer"' in self.refused(HrsModelParameters(conditions=self.same, accept=accepted))

    def test_accepting_needs_a_name_and_a_reason(self) -> None:
        values = {**{one.name: one.value for one in self.same}, "species": "human"}
        accepted = (AcceptedDifference(name="species", by=" ", reason="B"),)
        told = self.refused(HrsModelParameters(conditions=conditions(**values), accept=accepted))
        assert "needs a name and a reason" in told

    def test_a_number_that_is_none_is_said(self) -> None:
        with pytest.raises(ParameterError, match='b-values takes numbers, got "high"'):
            HrsModelParameters(conditions=conditions(b_values="0 high")).patient()

    def test_what_the_model_does_not_say_is_said(self) -> None:
        made = segmented(self.model, parameters=HrsModelParameters(conditions=self.same), ADC=adc([400.0]))
        assert any("does not say its tracer, minutes after injection" in step for step in made.history)


def test_what_the_classes_may_be_confused_with_is_said_of_the_region() -> None:
    told = 'Class "M" is the group "FaDu" only: what separates it may be the group and not the class.'
    assert told in segmented(model_with(confounding=(told,)), ADC=adc([400.0])).history


def with_basis(image: Any, basis: str) -> Any:
    return replace(image, basis=basis)


def test_a_component_of_another_basis_is_refused_and_one_of_none_is_said() -> None:
    model = model_with(axis_of("c1", 2.0, 0.5, C1, basis="a" * 16))
    image = image_of([[[2.0]]], None, C1)
    assert segmented(model, c1=with_basis(image, "a" * 16)).voxel_count == 1
    with pytest.raises(InputError, match=r"component of the basis b{16}, but the model needs a{16}"):
        segmented(model, c1=with_basis(image, "b" * 16))
    assert any("does not say its basis" in step for step in segmented(model, c1=image).history)


def test_values_that_the_cohort_never_had_are_said() -> None:
    model = model_with(axis_of("ADC", 400.0, 50.0, cohort_range=(100.0, 1000.0)))
    made = segmented(model, ADC=adc([400.0, 1200.0, 99.0, 500.0]))
    assert any("50% of the region's voxels lie outside the cohort's range of ADC, 100 to 1000" in step for step in made.history)


def test_voxels_without_a_value_are_said() -> None:
    made = segmented(model_with(), ADC=adc([400.0, np.nan, 400.0, np.nan]))
    assert any("2 of 4 voxels of the region have no value in some map" in step for step in made.history)
    assert not any("no value" in step for step in segmented(model_with(), ADC=adc([400.0, 500.0])).history)


def test_compactness_by_hand() -> None:
    """Two voxels side by side and one alone, in a row of six: inner face counted from both sides 2, ends 1 + 2 = 3."""
    members = np.array([[[1, 1, 0, 0, 1, 0]]], dtype=bool)
    found = compactness(members, np.ones((1, 1, 6), dtype=bool))
    assert (found.voxels, found.islands, found.fraction) == (3, 2, 0.5)
    assert found.largest_island == pytest.approx(2 / 3)
    assert found.scatter == pytest.approx(3 / 5)
    checkerboard = np.indices((4, 4, 4)).sum(axis=0) % 2 == 0
    assert compactness(checkerboard, np.ones((4, 4, 4), dtype=bool)).scatter == 1.0
    assert compactness(np.ones((2, 2, 2), dtype=bool), np.ones((2, 2, 2), dtype=bool)).scatter == 0.0


class TestStability:
    """Share of repetitions in which a voxel belongs."""

    def applied(self, values: Any, **more: Any) -> Applied:
        model = model_with(**more)
        return Applied.of(model, {"ADC": adc(values)}, mask_of(np.ones((1, 1, len(values)))), model.conditions)

    def test_bootstrap_models_are_counted(self) -> None:
        """Centres at 400, 450 and 500 with a radius of 50: 400 lies in two, 500 in two, 560 in none."""
        model = model_with()
        variants = tuple(variant_of(model, shift=float(n)) for n in range(3))
        share, repetitions = stability(self.applied([400.0, 450.0, 500.0, 560.0], bootstrap_models=variants))
        assert repetitions == 3
        assert share.ravel().tolist() == pytest.approx([2 / 3, 1.0, 2 / 3, 0.0])

    def test_noise_blurs_the_border_by_as_much_as_it_should(self) -> None:
        """On the border of [350, 450] normal noise of 10 keeps half, 10 inside of it 84 %: the normal law."""
        share, repetitions = stability(self.applied([450.0, 440.0, 400.0, 490.0]), noise={"ADC": 10.0}, draws=4000)
        assert repetitions == 4000
        assert share.ravel() == pytest.approx([0.5, 0.8413, 1.0, 0.0], abs=0.03)

    def test_the_first_map_is_never_moved_and_the_others_are(self) -> None:
        values = np.full((1, 1, 40), 600.0)
        values[..., 20:] = 400.0
        alone, _ = stability(self.applied(values[0, 0]), jitter_mm=4.0, draws=50)
        assert set(alone.ravel().tolist()) == {0.0, 1.0}
        model = model_with(axis_of("c1", 0.0, 1.0, C1), axis_of("ADC", 400.0, 50.0))
        maps = {"c1": image_of(np.zeros((1, 1, 40)), None, C1), "ADC": adc(values[0, 0])}
        both, _ = stability(Applied.of(model, maps, mask_of(np.ones((1, 1, 40))), MOUSE), jitter_mm=4.0, draws=2000)
        # A shift of two voxels (SD) moves the edge across a voxel one away from it in 1 of 3 draws or so.
        assert both.ravel()[20] == pytest.approx(0.5, abs=0.12)
        assert both.ravel()[0] == pytest.approx(0.0)
        assert both.ravel()[30] == pytest.approx(1.0)

    def test_nothing_to_repeat_is_said(self) -> None:
        with pytest.raises(ParameterError, match=r"no bootstrap models, and neither noise nor jitter"):
            stability(self.applied([400.0]))
        with pytest.raises(ParameterError, match=r'no map "T2" to add noise to'):
            stability(self.applied([400.0]), noise={"T2": 1.0})


def test_the_identity_of_all_maps_comes_together() -> None:
    model = suv_model()
    one = image_of([[[7.0]]])
    other = image_of([[[7.0]]], identity=replace(PATIENT, series=("1.2.3.44",)))
    made = HrsModelSegmentation(HrsModelParameters()).compute(
        maps={"one": one, "other": other}, within=mask_of([[[1]]]), model=model_json(model)
    )
    assert made.identity.series == ("1.2.3.10", "1.2.3.44")
