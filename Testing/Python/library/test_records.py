"""Dataclasses to JSON and back: nothing unknown passes, every sentence says where."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import jsonschema
import pytest

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.parameters import Field
from dosepainting_hrs.records import from_json, json_schema, read_json_file, require_schema, to_json


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Point:
    x: float
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawing:
    title: Annotated[str, Field("What it shows.")]
    points: tuple[Point, ...] = ()
    pair: tuple[int, int] = (0, 0)
    colour: Colour = Colour.RED
    weights: Mapping[str, float] | None = None
    place: str | Point = ""


FULL = {
    "title": "t",
    "points": [{"x": 1.5, "label": "a"}],
    "pair": [1, 2],
    "colour": "blue",
    "weights": {"a": 2.0},
    "place": {"x": 3.0, "label": ""},
}


def test_round_trip_keeps_every_value() -> None:
    drawing = from_json(Drawing, FULL, "The drawing")
    assert drawing.points == (Point(x=1.5, label="a"),)
    assert drawing.colour is Colour.BLUE
    assert drawing.place == Point(x=3.0)
    assert to_json(drawing) == FULL


def test_a_whole_number_serves_as_a_number() -> None:
    assert from_json(Point, {"x": 2}, "The point").x == 2.0


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"title": "t", "colur": "red"}, r'The drawing has no "colur"\. Did you mean "colour"'),
        ({}, r'The drawing lacks "title"\. What it shows\.'),
        ({"title": 3}, r"The drawing, title must be a text, got 3"),
        ({"title": "t", "points": [{"x": "1"}]}, r'The drawing, points, item 1, x must be a number, got the text "1"'),
        ({"title": "t", "pair": [1]}, r"pair must have 2 items, got 1"),
        ({"title": "t", "pair": [1, True]}, r"pair, item 2 must be a whole number, got true"),
        ({"title": "t", "colour": "green"}, r'colour cannot be "green"'),
        ({"title": "t", "points": {}}, r"points must be a list, got an object"),
        ([], r"The drawing must be an object with named values, got a list"),
    ],
)
def test_refuses_what_does_not_fit(value: object, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        from_json(Drawing, value, "The drawing")


def test_the_schema_accepts_what_is_written_and_refuses_what_is_unknown() -> None:
    schema = json_schema(Drawing, "drawing")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(FULL, schema)
    for wrong in ({"title": "t", "more": 1}, {"title": 1}, {"title": "t", "pair": [1]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_a_number_that_is_not_finite_becomes_null() -> None:
    assert to_json(Point(x=float("nan"))) == {"x": None, "label": ""}


@pytest.mark.parametrize(("text", "sentence"), [("[1]", "holds a list"), ("{", "not valid JSON")])
def test_a_damaged_file_is_named(tmp_path, text, sentence) -> None:
    path = tmp_path / "case.json"
    path.write_text(text)
    with pytest.raises(InputError, match=f'The case file "{path}".*{sentence}'):
        read_json_file(path, "case file")


@pytest.mark.parametrize(
    ("value", "sentence"), [({}, "lacks a schema version"), ({"schema": True}, "lacks"), ({"schema": 2}, "up to 1")]
)
def test_a_file_without_a_known_schema_is_refused(value, sentence) -> None:
    with pytest.raises(InputError, match=sentence):
        require_schema(value, 1, "The case")


@dataclass(frozen=True, kw_only=True)
class Print:
    paper: Annotated[str, Field("Format.", choices=("A4", "A5"))] = "A4"
    inks: Annotated[tuple[str, ...], Field("Colours.", choices=("red", "blue"))] = ()
    copies: Annotated[int, Field("How many.", minimum=1, maximum=9)] = 1


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"paper": "A3"}, 'paper cannot be "A3".*"A4"'),
        ({"inks": ["red", "green"]}, 'inks cannot be "green"'),
        ({"copies": 0}, "copies is 0, out of its range"),
        ({"copies": 10}, "copies is 10, out of its range"),
        ({"paper": "A4\0"}, "paper"),
    ],
)
def test_choices_and_ranges_hold_in_files_as_on_the_command_line(value: object, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        from_json(Print, value, "The print")
    assert from_json(Print, {"paper": "A5", "inks": ["blue"], "copies": 9}, "The print") == Print(
        paper="A5", inks=("blue",), copies=9
    )


def test_the_schema_tells_the_choices() -> None:
    properties = json_schema(Print, "print")["properties"]
    assert properties["paper"]["enum"] == ["A4", "A5"]
    assert properties["inks"]["items"]["enum"] == ["red", "blue"]


def test_not_a_number_is_no_json(tmp_path) -> None:
    path = tmp_path / "case.json"
    path.write_text('{"schema": 1, "x": NaN}')
    with pytest.raises(InputError, match="not valid JSON: NaN is no number"):
        read_json_file(path, "case file")


def test_a_file_that_an_editor_began_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_bytes(b'\xef\xbb\xbf{"schema": 1}')
    assert read_json_file(tmp_path / "case.json", "case file") == {"schema": 1}
