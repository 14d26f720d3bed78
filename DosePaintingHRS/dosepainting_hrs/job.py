"""What is asked: a job is a list of steps, each a frozen dataclass; its JSON is the file format and the provenance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from . import __version__
from .errors import InputError, ParameterError
from .parameters import nearest
from .records import from_json, json_schema, read_json_file, require_schema, to_json
from .storage.atomic import new_file

SCHEMA = 1
_KEYS = ("schema", "case", "folder", "steps")


@dataclass(frozen=True, kw_only=True)
class Argument:
    """How a field of a step appears on the command line, where that differs from ``--field-name``.

    Parameters
    ----------
    flags : tuple of str
        Options that set it; empty makes it positional.
    metavar : str
        Word for its value in the help.
    """

    flags: tuple[str, ...] = ()
    metavar: str = ""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do; subclasses add what it needs, register by name, and do it in ``run(context)``.

    Attributes
    ----------
    do : str
        Name under which it is registered: the ``"do"`` of the JSON form.
    result_type : type
        Dataclass of what ``run`` returns.
    """

    do: ClassVar[str]
    result_type: ClassVar[type]

    run: ClassVar[Callable[..., Any]]


S = TypeVar("S", bound=Step)
STEPS: dict[str, type[Step]] = {}


def register_step(do: str, result: type) -> Callable[[type[S]], type[S]]:
    """Return a class decorator that registers a step under its name, with the type of its result."""

    def decorate(step: type[S]) -> type[S]:
        step.do, step.result_type = do, result
        STEPS[do] = step
        return step

    return decorate


@dataclass(frozen=True, kw_only=True)
class Job:
    """A list of steps on one patient.

    Parameters
    ----------
    steps : tuple of Step
        Done in order; a later one may use the files of an earlier one.
    case : str
        Case file whose names the steps may use; empty for none.
    folder : str
        Where relative paths start, relative to the job file; empty for the job file's own folder.
    """

    steps: tuple[Step, ...]
    case: str = ""
    folder: str = ""
    schema: int = SCHEMA

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form of the job."""
        steps = [{"do": step.do, **to_json(step)} for step in self.steps]
        return {"schema": self.schema, "case": self.case, "folder": self.folder, "steps": steps}

    @property
    def id(self) -> str:
        """Short hash of the job's JSON form: the name under which outputs know their job."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def record(self, step: Step) -> str:
        """Return the text by which an output names its job: id, version and the step that made it."""
        return json.dumps({"id": self.id, "version": __version__, "step": {"do": step.do, **to_json(step)}})


def job_from_json(value: Mapping[str, Any], where: str) -> Job:
    """Build a job from its JSON form.

    Raises
    ------
    InputError
        If a name is unknown or a value is missing or of another type.
    ParameterError
        If a step is not known.
    """
    if "images" in value and "steps" not in value:
        raise InputError(f"{where} is a case file: it lists images and regions, and no steps.", 'A job names it as its "case".')
    require_schema(dict(value), SCHEMA, where)
    unknown = [name for name in value if name not in _KEYS]
    if unknown:
        raise InputError(f'{where} has no "{unknown[0]}".', nearest(unknown[0], _KEYS))
    steps, case, folder = value.get("steps"), value.get("case", ""), value.get("folder", "")
    if not isinstance(steps, list) or not steps or not isinstance(case, str) or not isinstance(folder, str):
        raise InputError(f'{where} needs "steps", a list of at least one step; "case" and "folder", when given, are paths.')
    read = tuple(_step(step, f"{where}, step {number}") for number, step in enumerate(steps, 1))
    return Job(steps=read, case=case, folder=folder)


def _step(value: Any, where: str) -> Step:
    if not isinstance(value, Mapping) or not isinstance(value.get("do"), str):
        raise InputError(f'{where} must be an object with "do", the name of what to do.', f"Known: {', '.join(STEPS)}.")
    if value["do"] not in STEPS:
        raise ParameterError(f'{where}: there is no step "{value["do"]}".', nearest(value["do"], tuple(STEPS)))
    return from_json(STEPS[value["do"]], {key: item for key, item in value.items() if key != "do"}, where)


def read_job(path: Path) -> Job:
    """Read a job file.

    Raises
    ------
    InputError, ParameterError
        As `job_from_json`, and if the file is missing or not JSON.
    """
    return job_from_json(read_json_file(path, "job file"), f'The job file "{path}"')


def write_job(job: Job, path: Path) -> None:
    """Write a job file; never over an existing one."""
    with new_file(path) as temporary:
        temporary.write_text(json.dumps(job.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def job_schema() -> dict[str, Any]:
    """Return the JSON Schema of a job file with all registered steps."""
    variants = []
    for do, step in sorted(STEPS.items()):
        schema = json_schema(step, do)
        schema.pop("$schema")
        schema["properties"] = {"do": {"const": do}, **schema["properties"]}
        schema["required"] = ["do", *schema["required"]]
        variants.append(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "DosePaintingHRS job",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            "case": {"type": "string", "description": "Case file whose names the steps may use."},
            "folder": {"type": "string", "description": "Where relative paths start, relative to the job file."},
            "steps": {"type": "array", "minItems": 1, "items": {"anyOf": variants}},
        },
        "required": ["schema", "steps"],
        "additionalProperties": False,
    }
