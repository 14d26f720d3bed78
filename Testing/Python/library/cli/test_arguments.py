"""Inputs that take several things, and tables, as words of the command line."""

import argparse
import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import pytest

from dosepainting_hrs.cli.arguments import add_method_options, method_inputs, method_values
from dosepainting_hrs.cli.main import build_parser
from dosepainting_hrs.cli.wrong_words import Parser
from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.parameters import Field, Parameters
from dosepainting_hrs.registry import Registry, Segmentation, Slot


@dataclass(frozen=True, kw_only=True)
class Level:
    level: Annotated[int, Field("Number of the level.", unit="1", minimum=1)]
    dose: Annotated[float, Field("Its dose.", unit="Gy", minimum=0)]


@dataclass(frozen=True, kw_only=True)
class Levels(Parameters):
    levels: Annotated[tuple[Level, ...], Field("Dose levels.")]


REGISTRY: Registry[Segmentation] = Registry("segmentation")


@REGISTRY.register("joint", schema=1)
class Joint(Segmentation):
    inputs = (Slot("maps", "images", "Maps to use together."), Slot("within", "region", "Region to stay inside."))
    parameters: Levels


def parsed(*words: str) -> tuple[dict[str, str], dict[str, object]]:
    parser = Parser()
    add_method_options(parser, Joint)
    given = parser.parse_args(["--within", "gtv.nrrd", *words])
    return method_inputs(Joint, given), method_values(Joint, given)


def test_one_option_for_each_of_several_inputs() -> None:
    inputs, _ = parsed("--maps", "ADC=adc.nrrd", "--maps", "FMISO_c1=c=1.nrrd")
    assert inputs == {"maps:ADC": "adc.nrrd", "maps:FMISO_c1": "c=1.nrrd", "within": "gtv.nrrd"}


def test_a_unit_that_is_that_of_the_map_is_shown_as_a_number() -> None:
    """'--threshold UNIT OF THE MAP' reads as three words to type."""
    help_text = _help_of("segment", "fixed-threshold")
    assert "--threshold X" in help_text
    assert "OF THE MAP" not in help_text + _help_of("map", "hrs-distance")


def _help_of(*words: str) -> str:
    told = io.StringIO()
    with contextlib.redirect_stdout(told), pytest.raises(SystemExit):
        build_parser().parse_args([*words, "--help"])
    return told.getvalue()


def test_one_option_for_each_row_of_a_table() -> None:
    _, values = parsed("--maps", "A=a", "--levels", "level=1,dose=70", "--levels", "dose=77.5,level=2")
    assert values == {"levels": [{"level": 1, "dose": 70.0}, {"dose": 77.5, "level": 2}]}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--maps", "adc.nrrd"), '--maps takes NAME=IMAGE, got "adc.nrrd". For example --maps "ADC=adc.nrrd"'),
        (("--maps", "A=a", "--maps", "A=b"), 'The name "A" was given more than once. Give every input its own name.'),
        (
            ("--maps", "A=a", "--levels", "70"),
            '--levels takes COLUMN=VALUE,..., got "70". For example --levels "level=1,dose=0"',
        ),
        (("--maps", "A=a", "--levels", "level=1,gray=70"), '--levels has no column "gray". There are: "level", "dose".'),
        (("--maps", "A=a", "--levels", "level=one,dose=70"), '--level takes a whole number, got "one".'),
    ],
)
def test_wrong_words_are_answered_with_the_form(words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ParameterError) as refusal:
        parsed(*words)
    assert str(refusal.value).startswith(sentence)


def help_lines(parser: argparse.ArgumentParser, words: str = "") -> Iterator[tuple[str, str]]:
    """Every command below a parser, and what the list of commands says of it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action._choices_actions:
                yield f"{words} {one.dest}".strip(), str(one.help)
            for name, below in action.choices.items():
                yield from help_lines(below, f"{words} {name}".strip())


def test_no_two_commands_are_told_in_the_same_words() -> None:
    told: dict[str, str] = {}
    for command, line in help_lines(build_parser()):
        assert line not in told, f'"{command}" and "{told.get(line)}" share the line: {line}'
        told[line] = command
    assert "transform reject" in told.values()


def test_no_help_holds_the_marks_of_a_docstring() -> None:
    def below(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
        yield parser
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for one in action.choices.values():
                    yield from below(one)

    pages = [one.format_help() for one in below(build_parser())]
    assert len(pages) > 80
    assert [line for page in pages for line in page.splitlines() if "`" in line] == []
