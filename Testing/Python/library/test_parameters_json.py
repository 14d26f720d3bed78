"""Parameters as JSON: there and back, brought up to date, and described."""

import json
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar

import pytest

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.parameters import Field, Parameters, Preset
from dosepainting_hrs.parameters_json import describe, from_json, to_json, with_preset
from dosepainting_hrs.registry import Method, Registry, Slot
from dosepainting_hrs.segmentation.percent_max import PercentMax


class Side(Enum):
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Level:
    dose: Annotated[float, Field(help="Dose.", unit="Gy")]
    name: Annotated[str, Field(help="Name.")] = ""


@dataclass(frozen=True, kw_only=True)
class PaintingParameters(Parameters):
    presets: ClassVar[tuple[Preset, ...]] = (Preset("low", {"threshold": 2.5}, "Somebody (1999)"),)

    threshold: Annotated[float, Field(help="Value to reach.", unit="g/ml", minimum=0.0, source="Somebody (1999), table 2")]
    side: Annotated[Side, Field(help="Side.")] = Side.LEFT
    mode: Annotated[str, Field(help="Mode.", choices=("mean", "median"))] = "mean"
    limit: Annotated[float | None, Field(help="Limit.", unit="mm", maximum=9.0)] = None
    share: Annotated[float, Field(help="Share.", unit="%", minimum=0.0, maximum=100.0)] = 10.0
    levels: Annotated[tuple[Level, ...], Field(help="Levels.")] = ()


REGISTRY: Registry[Method] = Registry("segmentation")


@REGISTRY.register("painting", schema=3)
class Painting(Method):
    """Paint by levels, in one
    line that wraps.

    What it does in detail.

    Parameters
    ----------
    map : Image

    Notes
    -----
    dose = level

    References
    ----------
    Somebody (1999), a title,
    a journal.

    Somebody else (2001), another.
    """

    inputs = (Slot("map", "image", "Map to paint."),)
    migrations = {  # noqa: RUF012
        1: lambda old: {("threshold" if name == "cutoff" else name): value for name, value in old.items()},
        2: lambda old: {**old, "threshold": old["threshold"] / 1000},
    }
    parameters: PaintingParameters


FULL = PaintingParameters(
    threshold=2.5, side=Side.RIGHT, mode="median", limit=4.0, share=1.5, levels=(Level(60.0, "low"), Level(70.0))
)


def test_there_and_back_through_text() -> None:
    text = json.dumps(to_json(FULL))
    assert from_json(Painting, json.loads(text)) == FULL


def test_the_json_is_plain() -> None:
    assert to_json(FULL) == {
        "threshold": 2.5,
        "side": "right",
        "mode": "median",
        "limit": 4.0,
        "share": 1.5,
        "levels": [{"dose": 60.0, "name": "low"}, {"dose": 70.0, "name": ""}],
    }


def test_defaults_may_be_left_out() -> None:
    assert from_json(Painting, {"threshold": 3}) == PaintingParameters(threshold=3.0)


REFUSED = {
    "unknown name": ({"treshold": 1.0}, 'The method "painting" has no parameter "treshold". Did you mean "threshold"?'),
    "missing": ({"mode": "mean"}, 'asks for "threshold". threshold (g/ml): Value to reach. Values with a source: 2.5.'),
    "wrong type": ({"threshold": "2.5"}, "Parameter \"threshold\" takes a number, got '2.5'."),
    "out of range": ({"threshold": -1}, 'Parameter "threshold" takes a value of at least 0 g/ml, got -1.'),
    "no table": ({"threshold": 1, "levels": 60}, 'Parameter "levels" takes a list of rows with named values, got 60.'),
    "no row": ({"threshold": 1, "levels": [60]}, 'Parameter "levels" takes a list of rows with named values'),
    "unknown column": (
        {"threshold": 1, "levels": [{"dose": 1.0}, {"doze": 2.0}]},
        'row 2 of "levels", has no value "doze". Did you mean "dose"?',
    ),
    "missing column": ({"threshold": 1, "levels": [{"name": "a"}]}, 'row 1 of "levels", asks for "dose"'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused_in_words(case: str) -> None:
    values, sentence = REFUSED[case]
    with pytest.raises(ParameterError) as refusal:
        from_json(Painting, values)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(("schema", "values"), [(3, {"threshold": 2.5}), (2, {"threshold": 2500}), (1, {"cutoff": 2500})])
def test_old_parameters_are_brought_up_to_date(schema: int, values: dict[str, Any]) -> None:
    before = dict(values)
    assert from_json(Painting, values, schema) == PaintingParameters(threshold=2.5)
    assert values == before


def test_newer_parameters_and_those_without_a_way_up_are_refused() -> None:
    with pytest.raises(ParameterError, match='of "painting" have schema 4, this software knows up to 3'):
        from_json(Painting, {"threshold": 1.0}, 4)
    with pytest.raises(ParameterError, match="have schema 0; there is no way from it to schema 3"):
        from_json(Painting, {"threshold": 1.0}, 0)


def test_a_description_has_the_words_of_the_docstring() -> None:
    told = describe(Painting)
    json.dumps(told)
    assert (told["name"], told["schema"]) == ("painting", 3)
    assert told["summary"] == "Paint by levels, in one line that wraps."
    assert told["description"] == ["What it does in detail."]
    assert told["notes"] == ["dose = level"]
    assert told["references"] == ["Somebody (1999), a title, a journal.", "Somebody else (2001), another."]
    assert told["inputs"] == [{"name": "map", "kind": "image", "help": "Map to paint.", "optional": False}]
    assert told["presets"] == [{"name": "low", "values": {"threshold": 2.5}, "source": "Somebody (1999)"}]


def test_a_description_has_every_parameter_with_unit_range_and_default() -> None:
    told = {one["name"]: one for one in describe(Painting)["parameters"]}
    assert told["threshold"] == {
        "name": "threshold",
        "type": "number",
        "unit": "g/ml",
        "minimum": 0.0,
        "maximum": None,
        "choices": [],
        "range": "at least 0",
        "required": True,
        "default": None,
        "optional": False,
        "help": "Value to reach.",
        "source": "Somebody (1999), table 2",
        "example": None,
    }
    assert told["side"]["choices"] == ["left", "right"]
    assert (told["mode"]["range"], told["mode"]["default"]) == ("mean | median", "mean")
    assert (told["limit"]["optional"], told["limit"]["range"]) == (True, "at most 9")
    assert told["share"]["range"] == "0 to 100"
    assert told["levels"]["type"] == "table"
    assert [column["name"] for column in told["levels"]["columns"]] == ["dose", "name"]


def test_a_preset_and_a_value_that_agree_are_taken_and_others_refused() -> None:
    assert with_preset(PercentMax, "50", {"percent": 50, "islands": "all"}) == {"percent": 50, "islands": "all"}
    assert with_preset(PercentMax, "", {"percent": 41.0}) == {"percent": 41.0}
    with pytest.raises(ParameterError, match='preset "50" has percent 50, but percent 41 was given as well'):
        with_preset(PercentMax, "50", {"percent": 41.0})
