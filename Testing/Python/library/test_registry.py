"""Methods by name."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.parameters import Field, Parameters
from dosepainting_hrs.registry import Method, Registry


@dataclass(frozen=True, kw_only=True)
class Strength(Parameters):
    strength: Annotated[float, Field(help="How much.", unit="1")] = 1.0


@dataclass(frozen=True, kw_only=True)
class Nothing(Parameters):
    pass


def registry_of(*names: str) -> Registry[Method]:
    registry: Registry[Method] = Registry("map")
    for name in names:

        @registry.register(name, schema=3)
        class Some(Method):
            parameters: Strength

    return registry


def test_registering_names_the_class_and_finds_its_parameters() -> None:
    method = registry_of("blur").get("blur")
    assert (method.name, method.schema, method.parameters_type) == ("blur", 3, Strength)


def test_names_are_sorted() -> None:
    assert registry_of("z", "a", "m").names() == ("a", "m", "z")


def test_an_unknown_name_is_refused_and_the_nearest_proposed() -> None:
    with pytest.raises(ParameterError, match='There is no map method "percent_max"') as refusal:
        registry_of("percent-max", "suv").get("percent_max")
    assert refusal.value.hint == 'Did you mean "percent-max"?'


def test_an_empty_registry_says_so() -> None:
    with pytest.raises(ParameterError) as refusal:
        registry_of().get("suv")
    assert refusal.value.hint == "There are none."


def test_two_methods_of_one_name_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="two methods of kind map are called suv"):
        registry_of("suv", "suv")


def test_a_method_takes_its_own_parameters_only() -> None:
    method = registry_of("blur").get("blur")
    assert method(Strength()).parameters == Strength()
    with pytest.raises(ParameterError, match='The method "blur" takes Strength, got Nothing'):
        method(Nothing())
