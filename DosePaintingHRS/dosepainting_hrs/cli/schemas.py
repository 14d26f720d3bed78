"""JSON Schemas of everything this software reads and writes as JSON; ``python -m dosepainting_hrs.cli.schemas FOLDER``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .. import pipeline  # noqa: F401  (registers the steps)
from ..case import SCHEMA as CASE_SCHEMA
from ..case import Case
from ..hrs_model import HrsModel
from ..job import STEPS, job_schema
from ..learning.cohort import CohortSettings
from ..records import json_schema
from ..report.steps import DemoStep, SelfCheckStep  # noqa: F401  (registers them)

_ENVELOPE = {
    "schema": {"const": 1},
    "do": {"type": "string"},
    "job": {"type": "string", "description": "Id of the job."},
    "version": {"type": "string", "description": "Version of DosePaintingHRS."},
}


def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by its file name: case, job, error, and one result per command."""
    case = json_schema(Case, "DosePaintingHRS case")
    case["properties"]["schema"] = {"const": CASE_SCHEMA}
    case["required"] = ["schema"]
    cohort, model = json_schema(CohortSettings, "DosePaintingHRS cohort.json"), json_schema(HrsModel, "DosePaintingHRS model")
    cohort["required"], model["required"] = ["schema", *cohort["required"]], ["schema", "hash", *model["required"]]
    model["properties"]["hash"] = {"type": "string", "description": "Hash of all the rest, by which a change is seen."}
    found = {"case": case, "cohort": cohort, "model": model}
    found |= {"job": job_schema(), "error": _error(), "result-run": _run(), "result-describe": _describe()}
    for do, step in STEPS.items():
        result = json_schema(step.result_type, f"result of {do}")
        result["properties"] = {**_ENVELOPE, "do": {"const": do}, **result["properties"]}
        result["required"] = [*_ENVELOPE, *result["required"]]
        found[f"result-{do}"] = result
    return {f"{name}.schema.json": schema for name, schema in sorted(found.items())}


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder, over what is there: they are made, not edited."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / name).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _object(title: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _error() -> dict[str, Any]:
    text = {"type": "string"}
    inner = _object("error", {"code": text, "message": text, "hint": text, "exit_code": {"type": "integer"}})
    inner.pop("$schema")
    return _object("error", {"schema": {"const": 1}, "error": inner})


def _run() -> dict[str, Any]:
    step = {"type": "object", "properties": {"do": {"type": "string"}}, "required": ["do"]}
    return _object("result of run", {**_ENVELOPE, "do": {"const": "run"}, "steps": {"type": "array", "items": step}})


def _describe() -> dict[str, Any]:
    method = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name", "parameters"]}
    envelope = {name: value for name, value in _ENVELOPE.items() if name != "job"}
    methods = {"type": "array", "items": method}
    return _object("result of describe", {**envelope, "do": {"const": "describe"}, "methods": methods})


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
