"""Parameters check themselves, and every refusal names the parameter."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

import numpy as np
import pytest

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.parameters import Field, Parameters, nearest, parameter_infos


class Side(Enum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, kw_only=True)
class Level(Parameters):
    dose: Annotated[float, Field(help="Dose.", unit="Gy", minimum=0.0)]


@dataclass(frozen=True, kw_only=True)
class Everything(Parameters):
    share: Annotated[float, Field(help="Share.", unit="%", minimum=0.0, maximum=100.0)] = 50.0
    count: Annotated[int, Field(help="Count.", unit="1", minimum=1)] = 3
    exact: Annotated[bool, Field(help="Exact.")] = False
    mode: Annotated[str, Field(help="Mode.", choices=("mean", "median"))] = "mean"
    side: Annotated[Side, Field(help="Side.")] = Side.LEFT
    limit: Annotated[float | None, Field(help="Limit.", unit="mm", maximum=9.0)] = None
    levels: Annotated[tuple[Level, ...], Field(help="Levels.")] = ()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("share", 100.5, '"share" takes a value from 0 to 100 %, got 100.5'),
        ("share", float("nan"), '"share" takes a value from 0 to 100 %, got nan'),
        ("share", "50", "\"share\" takes a number, got '50'"),
        ("share", True, '"share" takes a number, got True'),
        ("share", None, '"share" takes a number, got None'),
        ("share", 10**400, '"share" takes a number, got 1000'),
        ("count", 0, '"count" takes a value of at least 1, got 0'),
        ("count", 2.0, '"count" takes a whole number, got 2.0'),
        ("exact", 1, '"exact" takes true or false, got 1'),
        ("mode", "mode", '"mode" cannot be "mode"'),
        ("side", "up", '"side" cannot be "up"'),
        ("limit", 9.5, '"limit" takes a value of at most 9 mm, got 9.5'),
        ("levels", 3, '"levels" takes rows of Level, got 3'),
        ("levels", ({"dose": 1.0},), '"levels" takes rows of Level'),
    ],
)
def test_a_bad_value_names_its_parameter(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(ParameterError) as refusal:
        Everything(**{name: value})
    assert sentence in refusal.value.message


@pytest.mark.parametrize("share", [0.0, 100.0, 0, 100])
def test_the_ends_of_a_range_belong_to_it(share: float) -> None:
    made = Everything(share=share)
    assert made.share == share
    assert type(made.share) is float


def test_numbers_of_numpy_are_numbers() -> None:
    made = Everything(share=np.float32(2.5), count=np.int16(4))
    assert (made.share, made.count) == (2.5, 4)
    assert (type(made.share), type(made.count)) == (float, int)


def test_an_enum_takes_its_member_or_its_value() -> None:
    assert Everything(side="right").side is Side.RIGHT
    assert Everything(side=Side.RIGHT).side is Side.RIGHT


def test_optional_values_and_tables() -> None:
    made = Everything(limit=None, levels=[Level(dose=60.0), Level(dose=70.0)])
    assert made.limit is None
    assert [level.dose for level in made.levels] == [60.0, 70.0]


def test_a_row_checks_itself() -> None:
    with pytest.raises(ParameterError, match='"dose" takes a value of at least 0 Gy, got -1'):
        Level(dose=-1.0)


def test_infos_tell_adapters_all_they_need() -> None:
    infos = {info.name: info for info in parameter_infos(Everything)}
    assert list(infos) == ["share", "count", "exact", "mode", "side", "limit", "levels"]
    assert infos["share"].field.unit == "%"
    assert infos["limit"].optional
    assert infos["limit"].kind is float
    assert infos["levels"].is_table
    assert infos["levels"].kind is Level
    assert not any(info.required for info in infos.values())
    assert parameter_infos(Level)[0].required


def test_other_types_are_a_programming_error() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Wrong(Parameters):
        image: dict[str, int]

    with pytest.raises(TypeError, match="Parameter image"):
        parameter_infos(Wrong)


def test_the_nearest_names_are_proposed_or_all_listed() -> None:
    assert nearest("treshold", ("threshold", "islands")) == 'Did you mean "threshold"?'
    assert nearest("zzz", ("threshold", "islands")) == 'There are: "threshold", "islands".'
    assert nearest("zzz", ()) == "There are none."
