"""Small models of high-risk subvolumes, for tests of what applies and inherits them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dosepainting_hrs.conditions import Conditions
from dosepainting_hrs.hrs_model import HrsModel, ModelClass, ModelMap, ModelScore, ModelVariant
from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, ADC, SUV_BW, Quantity

MOUSE = Conditions(species="mouse", b_values=(0, 400, 800), field_strength_t=7.0)


def axis_of(name: str, centre: float, sd: float, quantity: Quantity = ADC, **more: Any) -> ModelMap:
    """An axis whose z-normalisation has a mean of 0."""
    half = sd
    given = {"z_mean": 0.0, "z_sd": sd, "centre_z": centre / sd, "extent": (centre - half, centre + half), **more}
    return ModelMap(name=name, quantity=quantity.name, unit=quantity.unit, centre=centre, **given)


def model_with(*axes: ModelMap, radius_z: float = 1.0, **more: Any) -> HrsModel:
    base = HrsModel(
        name="small",
        summary="A model for tests.",
        maps=axes or (axis_of("ADC", 400.0, 50.0),),
        radius_z=radius_z,
        n_hrs=10,
        score=ModelScore(S=2.0),
        classes=(ModelClass(name="H", target_fraction=0.0, tumours=3), ModelClass(name="L", target_fraction=0.1, tumours=3)),
    )
    return replace(base, **more)


def suv_model() -> HrsModel:
    """A model of two maps "one" and "other", both SUV, around 7 with a radius of 1.5 in each: for the contract suite."""
    axes = tuple(axis_of(name, 7.0, 2.0, SUV_BW) for name in ("one", "other"))
    return model_with(*axes, radius_z=1.0)


def activity_model() -> HrsModel:
    """The same in activity concentrations, a thousand times as high, which a map is made from in the contract suite."""
    return model_with(*(axis_of(name, 7000.0, 2000.0, ACTIVITY_CONCENTRATION) for name in ("one", "other")), radius_z=1.0)


def variant_of(model: HrsModel, *, shift: float) -> ModelVariant:
    """A bootstrap model whose centre lies elsewhere on the first axis, in units of z."""
    means = tuple(one.z_mean or 0.0 for one in model.maps)
    sds = tuple(one.z_sd or 1.0 for one in model.maps)
    centre = tuple((one.centre_z or 0.0) + (shift if number == 0 else 0.0) for number, one in enumerate(model.maps))
    return ModelVariant(centre_z=centre, radius_z=model.radius_z or 1.0, z_mean=means, z_sd=sds)
