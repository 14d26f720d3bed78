"""The `dosepainting-hrs` command: words in, one job done, a table or one JSON object out."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import Cancelled, DosePaintingError, InputError, ParameterError
from ..job import Job, Step, read_job, write_job
from ..parameters import nearest
from ..parameters_json import describe
from ..pipeline import JobResult, run_job
from ..records import to_json
from ..registry import MAPS, PRESCRIPTIONS, REGIONS, SEGMENTATIONS, Registry
from ..report import steps as _report_steps  # noqa: F401  (registers demo and self-check)
from ..report.job_page import write_job_page
from ..storage.atomic import require_absent, require_parent
from .parser import build_parser
from .progress_lines import progress_for
from .show import show

SCHEMA = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str or None
        Words after the command's name; those of the process when None.

    Returns
    -------
    int
        0 when done; else the exit status of the error's class (2 to 7, 130); 1 for a defect of this software and for a
        self-check that did not pass.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    _stop_on_signals()
    try:
        given = build_parser().parse_args(words)
        answer = _answer(given)
    except DosePaintingError as error:
        return _fail(error, as_json)
    except KeyboardInterrupt:
        return _fail(Cancelled(), as_json)
    except OSError as error:
        named = f'"{error.filename}"' if error.filename else "A file"
        return _fail(InputError(f"{named} could not be used: {error.strerror or error}."), as_json)
    except Exception as error:  # The one place where a defect becomes a sentence.
        if os.environ.get("DOSEPAINTING_HRS_DEBUG"):
            raise
        return _fail(
            DosePaintingError(
                f"This is a defect of DosePaintingHRS: {type(error).__name__}: {error}.",
                "Please report it; DOSEPAINTING_HRS_DEBUG=1 shows where it happened.",
            ),
            as_json,
        )
    page = f"Page written: {given.report}\n" if getattr(given, "report", None) else ""
    _print(json.dumps(answer, ensure_ascii=False) if as_json else page + show(answer))
    return 0 if answer.get("passed", True) else 1


def _answer(given: argparse.Namespace) -> dict[str, Any]:
    if given.command == "describe":
        return {"schema": SCHEMA, "do": "describe", "version": __version__, "methods": _described(given.name)}
    progress = progress_for(sys.stderr, as_json=given.json)
    page = _page_of(given)
    if given.command == "run":
        job = read_job(Path(given.job))
        outputs = Path(given.output_dir) if given.output_dir else None
        result = run_job(job, progress, folder=Path(given.job).parent / job.folder, outputs=outputs)
        _write_page(page, job, result)
        steps = [_flat(step, one) for step, one in zip(job.steps, result.steps, strict=True)]
        return {"schema": SCHEMA, "do": "run", "job": result.job, "version": result.version, "steps": steps}
    job = Job(steps=(given.make(given),), case=given.case or "")
    target = Path(given.save_job) if given.save_job else None
    if target is not None:
        require_parent(target)
        require_absent(target)
    result = run_job(job, progress)
    _write_page(page, job, result)
    if target is not None:
        write_job(replace(job, folder=Path(os.path.relpath(Path.cwd(), target.parent.resolve())).as_posix()), target)
    return {"schema": SCHEMA, "job": result.job, "version": result.version, **_flat(job.steps[0], result.steps[0])}


def _page_of(given: argparse.Namespace) -> Path | None:
    """Return where a page on the job goes, refused before the work when it cannot; None when none was asked for."""
    if not getattr(given, "report", None):
        return None
    page = Path(given.report)
    require_parent(page)
    require_absent(page)
    return page


def _write_page(page: Path | None, job: Job, result: JobResult) -> None:
    if page is not None:
        write_job_page(job, result, page, datetime.now().astimezone())


def _flat(step: Step, result: Any) -> dict[str, Any]:
    return {"do": step.do, **to_json(result)}


def _described(name: str | None) -> list[dict[str, Any]]:
    registries = (MAPS, SEGMENTATIONS, REGIONS, PRESCRIPTIONS)
    if name is None:
        return [_of(registry, one) for registry in registries for one in registry.names()]
    registry = next((one for one in registries if name in one.names()), None)
    if registry is None:
        every = tuple(one for known in registries for one in known.names())
        raise ParameterError(f'There is no method "{name}".', nearest(name, every))
    return [_of(registry, name)]


def _of(registry: Registry[Any], name: str) -> dict[str, Any]:
    return {"kind": registry.kind, **describe(registry.get(name))}


def _fail(error: DosePaintingError, as_json: bool) -> int:
    if as_json:
        told = {"code": error.code, "message": error.message, "hint": error.hint, "exit_code": error.exit_code}
        _print(json.dumps({"schema": SCHEMA, "error": told}, ensure_ascii=False))
    else:
        sys.stderr.write(f"Error: {error}\n")
    return error.exit_code


def _print(text: str) -> None:
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # The reader, `head` say, has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop_on_signals() -> None:
    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    try:
        signal.signal(signal.SIGTERM, stop)
    except ValueError:  # Not the main thread: the caller stops us by its progress.
        return


if __name__ == "__main__":
    sys.exit(main())
