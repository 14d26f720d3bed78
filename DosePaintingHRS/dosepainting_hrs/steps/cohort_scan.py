"""Scan the parameter spaces of a cohort for the cluster that separates its classes best."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from .. import __version__
from ..context import Context
from ..errors import Cancelled
from ..job import Argument, Step, register_step
from ..learning.centres import centres_text, read_centres
from ..learning.checkpoint import FOLDER, Checkpoints, fingerprint_of
from ..learning.cohort import Cohort
from ..learning.dask_workers import DaskWorkers
from ..learning.index_scores import score_indices
from ..learning.plan import Refit
from ..learning.pooling import pooled
from ..learning.result import ScanResult
from ..learning.scan import scan
from ..learning.scan_facts import scan_file_of
from ..learning.scan_file import FILE_NAME, SCHEMA, ScanFile
from ..learning.settings import (
    BestRule,
    CohortCentres,
    LeaveOneOut,
    PermutedSize,
    PermuteUnit,
    ScanSettings,
    SubsetOf,
)
from ..learning.supervoxels import joined
from ..learning.torch_scan import torch_device
from ..learning.tumours import LoadedTumour, load_tumours
from ..learning.voxels import Ints, Voxels
from ..learning.workers import Threads
from ..parameters import Field
from ..progress import Progress, part, silent
from ..records import to_json
from ..storage.atomic import new_file, require_new_folder
from .cohort_frames import cohort_refit
from .cohort_source import open_cohort

ARRAYS = "scan.npz"
"""Score of every centre, bootstrap clouds and null distributions, for figures."""
_EVERY = {"units": tuple(one.value for one in PermuteUnit), "sizes": tuple(one.value for one in PermutedSize),
          "left": tuple(one.value for one in LeaveOneOut), "rules": tuple(one.value for one in BestRule)}  # fmt: skip


@register_step("cohort-scan", ScanFile)
@dataclass(frozen=True, kw_only=True)
class CohortScanStep(Step):
    """Scan a cohort's parameter spaces: many centres, the N_HRS nearest voxels of each, and how they separate the classes.

    All subsets of all maps are scanned; with --maps only the subset of these maps, or with --all-subsets all of theirs. An
    interrupted scan goes on where it was when the same command is given again.
    """

    cohort: Annotated[str, Field("cohort.csv, or a folder of case files."), Argument(metavar="COHORT.CSV")]
    output: Annotated[
        str, Field("New folder for scan.json, centres.csv, subsets.csv."), Argument(flags=("-o", "--output"), metavar="DIR")
    ]
    maps: Annotated[
        str, Field("Maps, with commas between; all when not given."), Argument(flags=("--maps",), metavar="A,B,...")
    ] = ""
    all_subsets: Annotated[bool, Field("Scan every subset of the maps, not only all of them together.")] = False
    time_point: Annotated[
        str, Field("Time point, when there are several."), Argument(flags=("--time-point",), metavar="NAME")
    ] = ""
    iterations: Annotated[int, Field("Random centres; every voxel when there are no more.", minimum=1)] = 5000
    bootstraps: Annotated[int, Field("Bootstrap cohorts, 0 for none.", minimum=0)] = 50
    permutations: Annotated[int, Field("Shuffles of the class labels, 0 for none.", minimum=0)] = 1000
    seed: Annotated[int, Field("Seed of all random draws.", minimum=0)] = 0
    permute_unit: Annotated[str, Field("What labels are shuffled between.", choices=_EVERY["units"])] = "tumour"
    permuted_n_hrs: Annotated[str, Field("N_HRS of shuffled cohorts.", choices=_EVERY["sizes"])] = "recomputed"
    stratified: Annotated[bool, Field("Bootstrap cohorts keep the number of tumours of every class.")] = False
    independent_centres: Annotated[bool, Field("Every bootstrap cohort has its own centres and z-normalisation.")] = False
    leave_one_out: Annotated[
        str,
        Field("Also learn without each tumour: with centres and normalisation kept, or all refitted.", choices=_EVERY["left"]),
    ] = "none"
    best_rule: Annotated[str, Field("Best: by score, or by score among the significant.", choices=_EVERY["rules"])] = "score"
    alpha: Annotated[float, Field("Level of significance.", minimum=1e-6, maximum=0.5)] = 0.05
    centres: Annotated[
        str, Field("Centres instead of random ones: CSV with case,z,y,x."), Argument(flags=("--centres",), metavar="FILE")
    ] = ""
    scheduler: Annotated[
        str,
        Field("Scheduler of a Dask cluster that does the work; the cores of this machine when not given."),
        Argument(flags=("--scheduler",), metavar="tcp://HOST:PORT"),
    ] = ""
    engine: Annotated[
        str,
        Field(
            "Who finds the clusters: numba on the processors, or torch (PyTorch) on a GPU if there is one; the same members.",
            choices=("numba", "torch"),
        ),
    ] = "numba"
    indices: Annotated[bool, Field("Also score classical indices of the tumours in the same way.")] = False
    cores: Annotated[int, Field("Processors to use; all when 0.", minimum=0)] = 0
    supervoxels: Annotated[
        int, Field("Join so many neighbouring voxels on average before the scan; 1 for none.", minimum=1)
    ] = 1
    leave_out_gaps: Annotated[bool, Field("Leave out voxels without a value, instead of refusing them.")] = False

    def settings(self, maps: tuple[str, ...]) -> ScanSettings:
        """Return the settings of the scan of these maps."""
        every = self.all_subsets or not self.maps
        return ScanSettings(
            subsets=() if every else (SubsetOf(maps="+".join(maps)),),
            iterations=self.iterations,
            bootstraps=self.bootstraps,
            permutations=self.permutations,
            seed=self.seed,
            permute_unit=PermuteUnit(self.permute_unit),
            permuted_n_hrs=PermutedSize(self.permuted_n_hrs),
            stratified=self.stratified,
            cohort_centres=CohortCentres.INDEPENDENT if self.independent_centres else CohortCentres.SHARED,
            leave_one_out=LeaveOneOut(self.leave_one_out),
            best_rule=BestRule(self.best_rule),
            alpha=self.alpha,
        )

    def run(self, context: Context) -> ScanFile:
        """Load, scan, write; what is finished is kept when it is stopped."""
        target = context.new_folder(self.output)
        if not (target / FOLDER).is_dir():
            require_new_folder(target)
        device = torch_device() if self.engine == "torch" else ""
        cohort = open_cohort(context, self.cohort)
        maps = cohort.chosen_maps(names_of(self.maps))
        settings = self.settings(maps)
        everybody, tumours = load_for_scan(cohort, maps, self.time_point, part(context.progress, 0.0, 0.1))
        voxels, joined_to = pooled_as(
            cohort,
            tumours,
            maps,
            self.supervoxels,
            leave_out_gaps=self.leave_out_gaps,
            progress=part(context.progress, 0.08, 0.1),
        )
        centres = read_centres(context.path(self.centres), voxels) if self.centres else None
        refit: Refit | None = None
        remarks: tuple[str, ...] = ()
        if settings.leave_one_out is LeaveOneOut.REFITTED:
            refit, remarks = cohort_refit(context, cohort, tumours, voxels, joined_to)
        checkpoints = Checkpoints.open(target, fingerprint_of(voxels, settings, centres, remarks))
        before = checkpoints.finished()
        try:
            with DaskWorkers(self.scheduler) if self.scheduler else Threads(self.cores or None) as workers:
                progress = part(context.progress, 0.1, 0.9)
                result = scan(
                    voxels, settings, progress, centres, workers=workers, store=checkpoints, refit=refit, device=device
                )
            rows = [one.row for one in tumours]
            indices = score_indices(cohort, rows, maps, part(context.progress, 0.9, 0.95)) if self.indices else ()
        except (Cancelled, KeyboardInterrupt) as stop:
            raise _stopped(checkpoints, context.told(target)) from stop
        except Exception:
            if not checkpoints.finished():
                _remove(checkpoints, target)
            raise
        if self.supervoxels > 1:
            remarks += (
                f"{voxels.count} supervoxels of {self.supervoxels} voxels on average were scanned; extents are of their means.",
            )
        told = scan_file_of(
            cohort,
            tumours,
            everybody,
            voxels,
            result,
            output=context.told(target),
            resumed=before,
            indices=indices,
            remarks=remarks,
            supervoxels=self.supervoxels,
            leave_out_gaps=self.leave_out_gaps,
        )
        self._write(target, told, result, voxels, context)
        checkpoints.discard()
        return told

    def _write(self, target: Path, told: ScanFile, result: ScanResult, voxels: Voxels, context: Context) -> None:
        context.progress(0.96, "Writing the results")
        job = json.loads(context.record or "{}").get("id", "")
        answer = {"schema": SCHEMA, "do": self.do, "job": job, "version": __version__, **to_json(told)}
        _new_text(target / "centres.csv", centres_text(voxels, result.centres))
        _new_text(target / "subsets.csv", subsets_text(told))
        with new_file(target / ARRAYS) as temporary, temporary.open("wb") as stream:
            np.savez_compressed(stream, **arrays_of(result, voxels))
        _new_text(target / FILE_NAME, json.dumps(answer, indent=1, ensure_ascii=False) + "\n")


def names_of(text: str) -> tuple[str, ...]:
    """Return names that stand with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def load_for_scan(
    cohort: Cohort, maps: tuple[str, ...], time_point: str, progress: Callable[[float, str], None]
) -> tuple[tuple[LoadedTumour, ...], tuple[LoadedTumour, ...]]:
    """Load all tumours of a time point that are not excluded, and tell which have all the maps.

    Raises
    ------
    InputError
        If a class has fewer than two tumours with all the maps, or a file cannot be used.
    """
    when = cohort.chosen_time_point(time_point)
    complete = cohort.complete(when, maps)
    cohort.require_class_sizes(complete, f"with {' and '.join(maps)}")
    rows = [row for row in cohort.included(when) if any(name in row.maps for name in maps)]
    everybody = load_tumours(cohort, rows, maps, progress)
    return everybody, tuple(one for one in everybody if one.row in complete)


def pooled_as(
    cohort: Cohort,
    tumours: Sequence[LoadedTumour],
    maps: tuple[str, ...],
    supervoxels: int,
    *,
    leave_out_gaps: bool,
    progress: Progress = silent,
) -> tuple[Voxels, Ints | None]:
    """Pool the voxels of tumours, or join them to supervoxels; then also return which one each voxel was joined to."""
    voxels = pooled(cohort, tumours, maps, leave_out_gaps=leave_out_gaps)
    if supervoxels == 1:
        return voxels, None
    spacing = np.array([one.geometry.spacing[::-1] for one in tumours], dtype=np.float64)
    return joined(voxels, spacing, supervoxels, progress)


def arrays_of(result: ScanResult, voxels: Voxels) -> dict[str, Any]:
    """Return every centre's values and scores, bootstrap clouds and null distributions by name."""
    arrays: dict[str, Any] = {"centres": result.centres, "centre_values": voxels.values[result.centres]}
    if result.permutation is not None:
        arrays["null"] = result.permutation.null
    for number, one in enumerate(result.subsets):
        arrays[f"{number}.scores"] = one.scores
        if one.bootstrap is not None:
            arrays[f"{number}.bootstrap_scores"] = one.bootstrap.scores
            arrays[f"{number}.bootstrap_centres"] = one.bootstrap.centres
            arrays[f"{number}.bootstrap_radii"] = one.bootstrap.radii
    return arrays


def subsets_text(told: ScanFile) -> str:
    """Return the subsets as a table in CSV, the best first."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["maps", "dimension", "S", "S_low", "S_high", "S_corrected", "p_largest", "permutation_p",
                     "permutation_p_of_all", "radius_z", "centre", "extents", "C_max_S"])  # fmt: skip
    for one in sorted(told.subsets, key=lambda one: -(one.S or 0.0)):
        ci = one.bootstrap.S_ci if one.bootstrap else (None, None)
        corrected = one.bootstrap.S_corrected if one.bootstrap else None
        centre = "; ".join(f"{value:.6g}" for value in one.centre)
        extents = "; ".join(f"{low:.6g} to {high:.6g}" for low, high in one.extents)
        p_values = (one.p, one.permutation_p, one.permutation_p_of_all)
        found = ("+".join(one.maps), len(one.maps), one.S, *ci, corrected, *p_values, one.radius_z, centre, extents)
        writer.writerow([*found, one.extended.S if one.extended else one.S])
    return out.getvalue()


def _stopped(checkpoints: Checkpoints, target: str) -> Cancelled:
    kept = checkpoints.finished()
    if not kept:
        _remove(checkpoints, Path(target))
        return Cancelled()
    return Cancelled(
        f'Stopped on request; {kept} finished subset{"s are" if kept > 1 else " is"} kept in "{target}".',
        "The same command goes on from there.",
    )


def _remove(checkpoints: Checkpoints, target: Path) -> None:
    checkpoints.discard()
    if target.is_dir() and not any(target.iterdir()):
        target.rmdir()


def _new_text(path: Path, text: str) -> None:
    with new_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
