"""A page on any job: what was asked, what came out, and how the numbers of every map that it rests on came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ..job import Job
from ..notes import is_note, warnings_first
from ..pipeline import JobResult
from ..records import to_json
from ..storage.atomic import new_file
from ..working import Working, sentences
from .content import Report, Section, Table
from .html import render
from .working_table import working_section

_IN_SECTIONS_OF_THEIR_OWN = frozenset(("history", "remarks", "working", "patient_id"))
_MOST_ROWS = 200
NO_WORKING = (
    "No map with a record of its working took part. SUV and ADC maps that this software made carry one in their files; "
    "files of other programs carry none."
)


def write_job_page(job: Job, result: JobResult, target: Path, when: datetime) -> None:
    """Write the page of a job that was done as one HTML file; never over an existing one.

    Parameters
    ----------
    job : Job
        What was asked.
    result : JobResult
        What came out, step by step.
    target : Path
        New file.
    when : datetime
        Time to be shown.
    """
    page = render(job_report(job, result, when))
    with new_file(target) as temporary:
        temporary.write_text(page, encoding="utf-8")


def job_report(job: Job, result: JobResult, when: datetime) -> Report:
    """Return what the page of a job says."""
    told = {sentence for one in result.workings for sentence in sentences(one.facts)}
    sections: list[Section] = []
    for number, (step, found) in enumerate(zip(job.steps, result.steps, strict=True), 1):
        asked, answer = to_json(step), to_json(found)
        title = f"{number}. {' '.join(filter(None, (step.do, asked.pop('method', ''))))}"
        sections += _of_step(title, asked, answer, told)
        told |= set(answer.get("history", ()))
    for name, history in result.histories.items():
        said = tuple(one for one in history if one not in told)
        sections += [Section(title=f'How the region "{name}" came about', paragraphs=said)] if said else []
    sections += workings_sections(result.workings)
    sections.append(Section(title="Provenance", paragraphs=(_provenance(job, result),)))
    return Report(
        title="What was done" if len(job.steps) > 1 else f"What was done: {job.steps[0].do}",
        patient=_patients(to_json(one) for one in result.steps),
        created=when.isoformat(timespec="seconds"),
        software_version=result.version,
        sections=tuple(sections),
    )


def workings_sections(workings: Sequence[Working]) -> list[Section]:
    """Return a section for the working of each map; a sentence when there is none."""
    if not workings:
        return [Section(title="Working of the maps", paragraphs=(NO_WORKING,))]
    return [
        working_section(f"Working of {one.quantity}", one.facts, f"Made from series {', '.join(one.series) or 'unknown'}.")
        for one in workings
    ]


def _of_step(title: str, asked: Mapping[str, Any], answer: Mapping[str, Any], told: set[str]) -> list[Section]:
    rows = [(f"asked: {_plain(name)}", _in_words(value)) for name, value in asked.items() if value not in (None, "", [], {})]
    tables: dict[str, list[dict[str, Any]]] = {}
    for name, value in answer.items():
        if name in _IN_SECTIONS_OF_THEIR_OWN or value == asked.get(name) or value in (None, "", [], {}):
            continue
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            tables[name] = value
        elif not (isinstance(value, dict) and any(isinstance(one, (dict, list)) for one in value.values())):
            rows.append((_plain(name), _in_words(value)))
    history = tuple(one for one in answer.get("history", ()) if one not in told)
    said = warnings_first(answer.get("remarks", ()))
    remarks = tuple(one if is_note(one) else f"Look at this: {one}" for one in said)
    made = [Section(title=title, paragraphs=(*history, *remarks), table=Table(header=("", ""), rows=tuple(rows)))]
    return made + [_rows_section(f"{title}: {_plain(name)}", value) for name, value in tables.items()]


def _rows_section(title: str, values: Sequence[Mapping[str, Any]]) -> Section:
    columns = [name for name in values[0] if any(one.get(name) not in (None, "", [], {}) for one in values)]
    rows = tuple(tuple(_in_words(one.get(name)) for name in columns) for one in values[:_MOST_ROWS])
    left = len(values) - len(rows)
    caption = f"The first {_MOST_ROWS} of {len(values)}; the others stand in the result." if left else ""
    return Section(title=title, table=Table(header=tuple(map(_plain, columns)), rows=rows, caption=caption))


def _patients(answers: Iterable[Mapping[str, Any]]) -> str:
    found = dict.fromkeys(str(one["patient_id"]) for one in answers if one.get("patient_id"))
    return ", ".join(found) or "not named by these steps"


def _provenance(job: Job, result: JobResult) -> str:
    case = f"; case {job.case}" if job.case else ""
    return f"Job {result.job}, DosePaintingHRS {result.version}{case}."


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _in_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{_plain(str(name))} {_in_words(one)}" for name, one in value.items() if one not in (None, ""))
    return "; ".join(map(_in_words, value)) if isinstance(value, (list, tuple)) else str(value)
