"""Wrong words, for every command there is: a sentence of this software, never one of argparse."""

import argparse
import re
from collections.abc import Iterator

import pytest

from dosepainting_hrs.cli.main import build_parser
from dosepainting_hrs.errors import ParameterError

ARGPARSE = re.compile(
    r"invalid choice|choose from|expected (one|at least|\d)|following arguments|unrecognized|invalid \S+ value|ignored explicit"
)


def commands(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], argparse.Action]]:
    """Go through the options of every command, with the words that lead to it."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield words, action
            for word, inner in action.choices.items():
                yield from commands(inner, (*words, word))
        else:
            yield words, action


PARSER = build_parser()
EVERY = list(commands(PARSER))
OPTIONS = [(words, action) for words, action in EVERY if action.option_strings and action.nargs != 0]
CHOICES = [(words, action) for words, action in OPTIONS if action.choices]


def refused(*words: str) -> str:
    with pytest.raises(ParameterError) as caught:
        PARSER.parse_args(words)
    assert not ARGPARSE.search(str(caught.value)), str(caught.value)
    return str(caught.value)


def test_a_command_alone_names_all_that_it_needs_with_what_it_is() -> None:
    needy = {words for words, action in EVERY if action.required}
    assert len(needy) > 60
    for words in needy:
        told = refused(*words)
        assert told.startswith(f'"{" ".join(("dosepainting-hrs", *words))}" needs ')
        for needed in (action for own, action in EVERY if own == words and action.required):
            option = next((one for one in needed.option_strings if one.startswith("--")), None)
            assert option is None or f"{option}: {(needed.help or '').replace('%%', '%')}" in told, told


def test_an_option_without_its_value_says_what_the_value_is() -> None:
    assert len(OPTIONS) > 300
    for words, action in OPTIONS:
        told = refused(*words, action.option_strings[0])
        assert " needs a value after it, and there is none." in told
        assert (action.help or "").replace("%%", "%") in told


def test_a_wrong_choice_is_answered_with_what_there_is_and_the_nearest() -> None:
    assert len(CHOICES) > 15
    for words, action in CHOICES:
        right = [str(one) for one in action.choices or () if one]
        told = refused(*words, action.option_strings[-1], f"{right[-1]}x")
        assert all(f'"{one}"' in told for one in right)
        assert told.partition("Did you mean ")[2].startswith(f'"{right[-1]}"')
        assert "Did you mean" not in refused(*words, action.option_strings[-1], "?")


def test_a_flag_takes_no_value_and_an_unknown_option_is_named() -> None:
    for words in {words for words, _ in EVERY if words} - {words for words, action in EVERY if action.nargs == "A..."}:
        assert '"--zzz"' in refused(*words, "--zzz")
        assert "--json takes no value" in refused(*words, "--json=yes")
