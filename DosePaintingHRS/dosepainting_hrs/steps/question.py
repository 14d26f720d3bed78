"""What somebody has to sign for by name before something goes out, asked all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DosePaintingError

_SIGN = "--by WHO --reason WHY"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One thing that is not done unasked.

    Parameters
    ----------
    name : str
        What ``--accept`` calls it.
    sentence : str
        What was found.
    advice : str
        What to do first; the acknowledgement follows it.
    kind : type
        Error that it is, unanswered.
    """

    name: str
    sentence: str
    advice: str
    kind: type[DosePaintingError]


def ask(questions: Sequence[Question]) -> None:
    """Refuse to go on while questions are open, and name all of them in one answer.

    Parameters
    ----------
    questions : sequence of Question
        Those that nobody has answered.

    Raises
    ------
    DosePaintingError
        Of the first question's kind, if there is any.
    """
    if not questions:
        return
    sentences = dict.fromkeys(one.sentence for one in questions)
    advice = list(dict.fromkeys(f"{one.advice} --accept {one.name}" for one in questions))
    hint = f"{advice[0]} {_SIGN}." if len(advice) == 1 else f"{'. '.join(advice)}. For all of them together: {_SIGN}."
    raise questions[0].kind(" ".join(sentences), hint)
