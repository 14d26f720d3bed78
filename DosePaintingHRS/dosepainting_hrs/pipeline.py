"""The one entry point: do a job, for the panel, the browser, the command line and Python alike."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from . import __version__, steps  # noqa: F401  (registers the steps)
from .case import read_case
from .context import Context
from .errors import Cancelled
from .job import Job
from .progress import Progress, part, rising, silent
from .storage.atomic import require_new_folder
from .working import Working, without_repeats


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """What a job did.

    Parameters
    ----------
    job, version : str
        Id of the job, and version of this software.
    steps : tuple
        One result per step, in order.
    workings : tuple of Working
        Of the maps that the steps loaded or made.
    histories : mapping of str to tuple of str
        Of the regions that the steps loaded, by name.
    """

    job: str
    version: str
    steps: tuple[Any, ...]
    workings: tuple[Working, ...] = ()
    histories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def run_job(job: Job, progress: Progress = silent, *, folder: Path | None = None, outputs: Path | None = None) -> JobResult:
    """Do a job's steps in order.

    Parameters
    ----------
    job : Job
        What to do.
    progress : callable
        Called with the share done and a message; raises ``Cancelled`` to stop.
    folder : Path or None
        Where the job's relative paths start; the working folder when None.
    outputs : Path or None
        New or empty folder for relative outputs, where later steps find them before they look into `folder`; None leaves
        them where the job says.

    Returns
    -------
    JobResult
        Results of the steps, of the types the steps declare.

    Raises
    ------
    DosePaintingError
        If a step fails; what earlier steps wrote stays, the failing step leaves nothing.
    """
    if outputs is not None:
        require_new_folder(outputs)
    base = folder if folder is not None else Path()
    opened = read_case(base / job.case) if job.case else None
    context = Context(folder=base, outputs=outputs, opened=opened, when=datetime.now().astimezone())
    results: list[Any] = []
    told = rising(progress)
    for number, step in enumerate(job.steps):
        context.record, context.heard = job.record(step), []
        context.progress = part(told, number / len(job.steps), (number + 1) / len(job.steps))
        try:
            context.progress(0.0, step.do)
            results.append(step.run(context))
        except (Cancelled, KeyboardInterrupt) as stop:
            if not number:
                raise
            sentence = f"Stopped on request in step {number + 1} of {len(job.steps)}; what the steps before it wrote stays."
            raise Cancelled(sentence) from stop
    with suppress(Cancelled):  # Everything is written: too late to stop.
        told(1.0, "done")
    workings = without_repeats(context.workings)
    return JobResult(
        job=job.id, version=__version__, steps=tuple(results), workings=workings, histories=dict(context.histories)
    )
