"""What is said of words that the command line does not know, misses, or cannot take."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import Any, NoReturn

from ..errors import ParameterError
from ..parameters import nearest

OF_METHOD = "parameter_"
"""How the place of a parameter of a method begins among what was parsed."""
_THRESHOLDS = ("--percent", "--percentile", "--ratio", "--floor", "--low")
_MEANT = {
    "--threshold": _THRESHOLDS,
    "--value": ("--threshold", *_THRESHOLDS),
    "--cutoff": ("--threshold", *_THRESHOLDS),
    "--gtv": ("--within",),
    "--suv": ("--map",),
}
"""Words for options that methods call more exactly, and that resemble none of them."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose mistakes are `ParameterError`; options are written out, so that jobs stay readable."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse all words; an unknown one is refused by the command that it was given to, with the nearest option."""
        given, unknown = self.parse_known_args(args, namespace)
        if unknown:
            getattr(given, "parser", self)._refuse(unknown[0])
        return given

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse words; an unknown option is refused before anything is missed: it often is the one that is missed."""
        if self._subparsers is None:
            for word in args or ():
                name, equals, value = word.partition("=")
                known = self._option_string_actions.get(name)
                if word.startswith("--") and known is None:
                    self._refuse(word)
                if known is not None and known.nargs == 0 and equals:
                    raise ParameterError(f'{name} takes no value, got "{value}".', f"Write {name} alone.")
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Raise what argparse itself finds, which is what is missing, as one sentence that names it."""
        named = message.rpartition(": ")[2].split(", ")
        missing = [one for one in self._actions if one.required and (_name(one) in named or one.metavar in named)]
        if not missing:
            raise ParameterError(f"{message[:1].upper()}{message[1:]}.", self._help_hint())
        if any(isinstance(one, argparse._SubParsersAction) for one in missing):
            hint = f"There are: {', '.join(self._commands())}. {self._help_hint()}"
            raise ParameterError(f'"{self.prog}" needs the name of a command after it.', hint)
        told = " ".join(f"{_own_name(one)}: {_sentence(one.help)}" for one in missing)
        wanted = " and ".join(", ".join(_form(one) for one in missing).rsplit(", ", 1))
        raise ParameterError(f'"{self.prog}" needs {wanted}.', f"{told} {self._help_hint()}")

    def _help_hint(self) -> str:
        return f'"{self.prog} --help" lists what there is.'

    def _refuse(self, word: str) -> NoReturn:
        word = word.split("=", 1)[0]
        if not word.startswith("-"):
            hint = f"Values follow their option, and a name with spaces stands in quotes. {self._help_hint()}"
            raise ParameterError(f'"{self.prog}" does not take "{word}".', hint)
        options = tuple(one for one in self._option_string_actions if one.startswith("--"))
        meant = tuple(one for one in _MEANT.get(word, ()) if one in options)
        near = nearest(meant[0], meant) if meant else nearest(word, self._proposed(word, options) or options)
        raise ParameterError(f'"{self.prog}" does not take "{word}".', f"{near} {self._help_hint()}")

    def _proposed(self, word: str, options: tuple[str, ...]) -> tuple[str, ...]:
        """Return the options that resemble a word, those of the method itself first."""
        own = tuple(one for one in options if self._option_string_actions[one].dest.startswith(OF_METHOD))
        close = [name for known in (own, options) for name in get_close_matches(word, known, n=3, cutoff=0.5)]
        return tuple(dict.fromkeys(close))[:3]

    def _commands(self) -> tuple[str, ...]:
        actions = self._subparsers._group_actions if self._subparsers is not None else ()
        return tuple(name for action in actions for name in action.choices or ())

    def _match_argument(self, action: argparse.Action, arg_strings_pattern: str) -> int:
        try:
            return super()._match_argument(action, arg_strings_pattern)
        except argparse.ArgumentError:
            name = _own_name(action)
            hint = f"{_sentence(action.help)} One that begins with a dash is written {name}=VALUE."
            raise ParameterError(f"{name} needs a value after it, and there is none.", hint) from None

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        if isinstance(action, argparse._SubParsersAction):
            raise ParameterError(f'"{self.prog}" has no command "{value}".', nearest(str(value), self._commands()))
        allowed = tuple(str(one) for one in action.choices if one)
        listed = " or ".join(", ".join(f'"{one}"' for one in allowed).rsplit(", ", 1))
        near = nearest(str(value), allowed)
        hint = near if near.startswith("Did") else _sentence(action.help)
        raise ParameterError(f'{_own_name(action)} takes {listed}, got "{value}".', hint)


def _name(action: argparse.Action) -> str:
    """Return the name that argparse itself gives what is missing."""
    return "/".join(action.option_strings) or action.dest


def _own_name(action: argparse.Action) -> str:
    """Return the written-out option, or the word that stands for a positional in the help."""
    return next((one for one in action.option_strings if one.startswith("--")), "") or str(action.metavar or action.dest)


def _form(action: argparse.Action) -> str:
    """Return how the help writes an option with its value, or a positional."""
    if not action.option_strings:
        return _own_name(action)
    choices = f"{{{','.join(str(one) for one in action.choices)}}}" if action.choices else ""
    return f"{_own_name(action)} {action.metavar or choices}".strip()


def _sentence(text: str | None) -> str:
    return (text or "").replace("%%", "%")
