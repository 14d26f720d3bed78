"""The whole job on the synthetic patient, compared with its truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np

from .. import __version__
from ..case import read_case
from ..context import Context
from ..evaluation.overlap import overlap
from ..evaluation.surface_distance import surface_distance
from ..image import Mask
from ..job import Job, write_job
from ..phantom.functional import FunctionalOptions, write_functional
from ..phantom.headers import Patient
from ..phantom.patient import write_patient
from ..phantom.truth import PatientTruth
from ..pipeline import JobResult, run_job
from ..progress import Progress, part
from ..steps.export_rtstruct import ExportRtstructStep
from ..steps.inspect import InspectStep
from ..steps.map import MapStep
from ..steps.segment import SegmentStep
from ..working import sentences
from .content import Figure, Report, Section, Table
from .html import render
from .planes import GTV_COLOUR, HRS_COLOUR, WITHOUT_PICTURES, three_planes
from .working_table import working_section

REGION = "GTVp_PT^HRS"


@dataclass(frozen=True, kw_only=True)
class Found:
    """The exported HRS, read back from the RTSTRUCT, against the true one."""

    true_ml: float
    source_ml: float
    ct_ml: float
    read_back_ml: float
    dice: float
    mean_surface_distance_mm: float
    hausdorff_95_mm: float
    suv_maximum: float


def run_demo(
    folder: Path, *, size: Literal["full", "small"], seed: int, progress: Progress, parts: tuple[str, ...] = ()
) -> Found:
    """Write the patient, run the job, compare, and write the report, all into one folder.

    Parameters
    ----------
    folder : Path
        Existing folder to fill: ``patient/``, ``case.json``, ``job.json``, ``suv.nrrd``, ``hrs.nrrd``, ``HRS.dcm``,
        ``report.html``.
    size : {"full", "small"}
        Variant of the patient.
    seed : int
        Draws tumour and noise.
    progress : callable
        Where to report.
    parts : tuple of str
        Functional imaging to write as well, as `phantom.functional.PARTS` names it.
    """
    options = FunctionalOptions(parts=parts, size=size, seed=seed)
    truth = write_patient(folder / "patient", size=size, seed=seed, progress=part(progress, 0.0, 0.2 if parts else 0.4))
    if parts:
        patient = Patient(
            patient_id=truth.patient_id, name=truth.patient_name, birth_date=truth.birth_date, seed=seed, size=size
        )
        write_functional(folder / "patient", patient, options, part(progress, 0.2, 0.4))
    look = Job(steps=(InspectStep(folder="patient", write_case="case.json"),))
    run_job(look, part(progress, 0.4, 0.5), folder=folder)
    job = demo_job(truth)
    write_job(job, folder / "job.json")
    result = run_job(job, part(progress, 0.5, 0.8), folder=folder)
    context = Context(folder=folder, opened=read_case(folder / "case.json"))
    found = _compared(context, truth, result)
    progress(0.85, "Writing the report")
    page = render(_report(context, truth, found, result))
    (folder / "report.html").write_text(page, encoding="utf-8")
    progress(1.0, "Demonstration done")
    return found


def demo_job(truth: PatientTruth) -> Job:
    """Return the job that finds and exports the HRS of the synthetic patient."""
    suv = MapStep(method="suv", inputs={"image": "PET"}, output="suv.nrrd")
    segment = SegmentStep(
        method=truth.recipe.method,
        inputs={"map": "./suv.nrrd", "within": truth.recipe.within},
        parameters={"percent": truth.recipe.percent},
        output="hrs.nrrd",
        name="HRS",
    )
    export = ExportRtstructStep(planning_ct="CT", regions={REGION: "./hrs.nrrd"}, output="HRS.dcm", label="HRS demo")
    return Job(steps=(suv, segment, export), case="case.json")


def _compared(context: Context, truth: PatientTruth, result: JobResult) -> Found:
    mask = context.region(f"./HRS.dcm#{REGION}")
    actual = replace(mask, array=truth.true_hrs_on(mask.geometry))
    distances = surface_distance(mask, actual)
    exported = result.steps[-1].regions[0]
    return Found(
        true_ml=truth.hrs_ml,
        source_ml=exported.source_ml,
        ct_ml=exported.ct_ml,
        read_back_ml=exported.read_back_ml,
        dice=overlap(mask, actual).dice,
        mean_surface_distance_mm=distances.mean_mm,
        hausdorff_95_mm=distances.percentile_95_mm,
        suv_maximum=exported.map_maximum,
    )


def _report(context: Context, truth: PatientTruth, found: Found, result: JobResult) -> Report:
    suv, segment, export = result.steps
    ct, pet = context.image("CT"), context.image("./suv.nrrd")
    gtv, hrs = context.region(truth.recipe.within), context.region(f"./HRS.dcm#{REGION}")
    picture = three_planes(
        ct, pet, ((gtv, "GTVp", GTV_COLOUR), (hrs, "HRS", HRS_COLOUR)), _centre(hrs), title="HRS on the planning CT and the PET"
    )
    caption = "GTV (green) and HRS (blue) on the planning CT alone and with SUV in colour, along voxel edges."
    figures = (Figure(caption=caption, png=picture),) if picture else ()
    rows = (
        ("true volume", f"{found.true_ml:.2f} ml"),
        ("volume on the PET grid", f"{found.source_ml:.2f} ml"),
        ("volume on the CT grid", f"{found.ct_ml:.2f} ml"),
        ("volume read back from the RTSTRUCT", f"{found.read_back_ml:.2f} ml"),
        ("Dice against the truth", f"{found.dice:.3f}"),
        ("mean surface distance", f"{found.mean_surface_distance_mm:.2f} mm"),
        ("95th percentile of the surface distance", f"{found.hausdorff_95_mm:.2f} mm"),
        ("SUVmax", f"{found.suv_maximum:.2f}"),
    )
    numbers = Table(header=("", "HRS"), rows=rows, caption="What was found, against the truth of the synthetic patient.")
    facts = set(sentences(suv.working))
    steps = (
        *(text for text in suv.history if text not in facts),
        segment.history[-1],
        f"{Path(export.output).name}: {export.regions[0].contours} contours, read back and compared.",
    )
    return Report(
        title="Dose-painting target of the synthetic patient",
        patient=f"{truth.patient_id} (synthetic, not a real patient)",
        created=datetime.now().astimezone().isoformat(timespec="seconds"),
        software_version=__version__,
        sections=(
            Section(
                title="High-risk subvolume", paragraphs=() if picture else (WITHOUT_PICTURES,), table=numbers, figures=figures
            ),
            Section(title="How it came about", paragraphs=steps, table=None, figures=()),
            working_section(f"Working of {suv.quantity}", suv.working),
            Section(
                title="Provenance", paragraphs=(f"Job {result.job}, in job.json; case in case.json.",), table=None, figures=()
            ),
        ),
    )


def _centre(mask: Mask) -> tuple[float, float, float]:
    """Return the LPS position of the region's voxel nearest to its centroid, so that all planes cut it."""
    points = mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1])
    nearest = points[np.argmin(np.linalg.norm(points - points.mean(axis=0), axis=1))]
    return float(nearest[0]), float(nearest[1]), float(nearest[2])
