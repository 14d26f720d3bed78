"""The words of the command line: which command makes which step."""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from .. import __version__
from ..address import Where
from ..job import STEPS, Step
from ..registry import MAPS, PRESCRIPTIONS, REGIONS, SEGMENTATIONS, Method, Registry
from .arguments import add_method_options, add_step_options, method_inputs, method_values, step_values
from .tables import as_plain_text
from .wrong_words import Parser

_ABOUT = """\
From a patient's PET, MR and CT to a dose-painting target that a planning system accepts.

The usual way:
  dosepainting-hrs inspect PATIENT/ --write-case case.json      what is there; names for it
  dosepainting-hrs map suv --case case.json --image PET -o suv.nrrd
  dosepainting-hrs segment percent-max --case case.json --map suv.nrrd --within GTVp --percent 50 -o hrs.nrrd
  dosepainting-hrs export rtstruct --case case.json --planning-ct CT --region "GTVp_PT^HRS=hrs.nrrd" -o hrs.dcm
"dosepainting-hrs demo OUT" does all of it on a built-in synthetic patient.
"""
_NOTICE = "Research software, not a medical device."
_ADDRESSES = """\
IMAGE is a NIfTI/NRRD/MHA file, a DICOM folder, or FOLDER#SeriesInstanceUID.
REGION is mask.nrrd[#label], rtstruct.dcm#ROI name, or seg.dcm#number.
With --case, a name of the case wins; write a path with a slash to mean the path.
"""
_WITH_ADDRESSES = f"{_ADDRESSES}\n{_NOTICE}"
_METHOD_FIELDS = frozenset({"method", "inputs", "parameters", "preset", "method_schema"})
_COHORT = "cohort-"
_SECTION = re.compile(r"\n\n[^\n]+\n-+\n")
"""Where the first section of a docstring begins: Parameters, See Also ..."""
_ACCEPT = """Accept a transform that was looked at: from here on the new case file uses it, and says who decided, when and why.

One whose quality figure failed needs --accept failed-quality as well. If the case had rejected it, the new decision counts."""
_REJECT = """Reject a transform: the new case file keeps it as a record, with who decided, when and why, and never uses it.

If the case had accepted it, the new decision counts."""
Maker = Callable[[argparse.Namespace], Step]


def build_parser() -> Parser:
    """Return the parser of the whole command line; ``given.make(given)`` then returns the step asked for."""
    parser = Parser(
        prog="dosepainting-hrs", description=_ABOUT, epilog=_NOTICE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"dosepainting-hrs {__version__}. {_NOTICE}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, dest="command")
    _add_step(commands, "inspect", "inspect")
    taken = _group(commands, "import", "Take regions from other software.")
    _add_step(taken, "rtstruct", "import-rtstruct")
    _add_step(commands, "register", "register")
    _add_step(commands, "look", "look")
    _add_step(commands, "resample", "resample")
    cases = _group(commands, "case", "Work with case files.")
    _add_step(cases, "build", "case-build")
    known = _group(commands, "transform", "Look at transforms, chain them, turn them round, and decide about them.")
    for word in ("inspect", "compose", "invert", "convert"):
        _add_step(known, word, f"transform-{word}")
    _add_step(known, "accept", "transform-decide", _ACCEPT, decision="accepted")
    _add_step(known, "reject", "transform-decide", _REJECT, decision="rejected")
    _add_methods(commands, "map", MAPS, "Make a quantitative map.")
    _add_methods(commands, "segment", SEGMENTATIONS, "Make a region inside a region.")
    _add_methods(commands, "region", REGIONS, "Make a region from regions: margin, union, interpolation ...")
    if PRESCRIPTIONS.names():
        _add_methods(commands, "prescribe", PRESCRIPTIONS, "Prescribe a dose per voxel by a rule.")
    _add_step(commands, "indices", "indices")
    given = _group(commands, "export", "Write objects for planning systems.")
    _add_step(given, "rtstruct", "export-rtstruct")
    learned = _group(commands, "cohort", "Learn a model of high-risk subvolumes from a cohort.")
    for do in STEPS:
        if do.startswith(_COHORT):
            _add_step(learned, do.removeprefix(_COHORT), do)
    run = _command(commands, "run", "Do the steps of a job file; its relative paths start at its folder.", makes_a_job=False)
    run.add_argument("job", metavar="JOB.JSON", help="Job file.")
    run.add_argument("--output-dir", metavar="DIR", help="New folder for relative outputs, so that a job can be repeated.")
    describe = _command(commands, "describe", "Tell parameters, units, ranges and sources of a method.", makes_a_job=False)
    describe.add_argument("name", metavar="NAME", nargs="?", help="Method; without it, all are listed.")
    measuring = ("component-basis", "calibrate", "clusters", "sweep", "compare", "deliverability", "joint-histogram")
    for do in (*measuring, "report", "demo", "self-check"):
        _add_step(commands, do, do)
    return parser


def _group(commands: Any, word: str, help_text: str) -> Any:
    parser = commands.add_parser(word, help=help_text, description=help_text)
    return parser.add_subparsers(title="commands", metavar="WHAT", required=True, dest="what")


def _command(
    commands: Any, word: str, help_text: str, about: str = "", epilog: str = _NOTICE, *, makes_a_job: bool = True
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        word,
        help=as_plain_text(help_text),
        description=as_plain_text(about or help_text),
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(parser=parser)
    common = parser.add_argument_group("common")
    common.add_argument("--json", action="store_true", help="One JSON object on stdout, progress as JSON lines on stderr.")
    if makes_a_job or word == "run":
        common.add_argument(
            "--report", metavar="PAGE.HTML", help="Also write a page: what was done, and the working of every map it rests on."
        )
    if makes_a_job:
        common.add_argument("--case", metavar="CASE.JSON", help="Case file whose names may be used as addresses.")
        common.add_argument("--save-job", metavar="JOB.JSON", help="Also write the job file that repeats this command.")
    return parser


def _add_step(commands: Any, word: str, do: str, about: str = "", **given_fields: Any) -> None:
    """Add the command of a step; fields given here are settled by the word itself, and so may be what is said of it."""
    step = STEPS[do]
    about = about or inspect.getdoc(step) or ""
    addressed = any(Where in (hint, *get_args(hint)) for hint in get_type_hints(step).values())
    parser = _command(commands, word, about.split("\n", 1)[0], about, _WITH_ADDRESSES if addressed else _NOTICE)
    settled = frozenset(given_fields)
    add_step_options(parser, step, leave_out=settled)
    parser.set_defaults(make=lambda given: step(**given_fields, **step_values(step, given, leave_out=settled)))


def _add_methods(commands: Any, word: str, registry: Registry[Any], help_text: str) -> None:
    methods = _group(commands, word, help_text)
    for name in registry.names():
        method = registry.get(name)
        about = _SECTION.split(inspect.getdoc(method) or "", maxsplit=1)[0]
        parser = _command(methods, name, about.split("\n", 1)[0].replace("%", "%%"), about, _WITH_ADDRESSES)
        add_method_options(parser, method)
        add_step_options(parser, STEPS[word], leave_out=_METHOD_FIELDS)
        parser.set_defaults(make=_maker(STEPS[word], method))


def _maker(step: type[Step], method: type[Method]) -> Maker:
    def make(given: argparse.Namespace) -> Step:
        inputs = method_inputs(method, given)
        rest = step_values(step, given, leave_out=_METHOD_FIELDS)
        values = method_values(method, given)
        own = {"method": method.name, "inputs": inputs, "parameters": values, "method_schema": method.schema}
        own["preset"] = getattr(given, "preset", None) or ""
        return step(**own, **rest)

    return make
