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
from ..learning.resampling import draw_bootstraps
from ..learning.result import ScanResult
from ..learning.scan import scan
from ..learning.scan_facts import scan_file_of
from ..learning.scan_file import FILE_NAME, SCHEMA, ScanFile, read_scan
from ..learning.settings import (
    BestRule,
    CohortCentres,
    LeaveOneOut,
    PermutedSize,
    PermuteUnit,
    ScanSettings,
    SubsetOf,
)
from ..learning.space import normalisation
from ..learning.supervoxels import Pooled, joined, joined_again
from ..learning.torch_scan import torch_device
from ..learning.tumours import LoadedTumour, load_tumours
from ..learning.voxels import Voxels
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
    indices: Annotated[bool, Field("Also score classical indices of the tumours, on all maps of the cohort.")] = False
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
        made = pooled_as(
            cohort,
            tumours,
            maps,
            self.supervoxels,
            leave_out_gaps=self.leave_out_gaps,
            progress=part(context.progress, 0.08, 0.1),
        )
        voxels = made.voxels
        centres = made.rows_of(read_centres(context.path(self.centres), made.single)) if self.centres else None
        refit, remarks = self._refit(context, cohort, tumours, made)
        checkpoints = Checkpoints.open(target, fingerprint_of(voxels, settings, centres, remarks))
        if (target / FILE_NAME).is_file():  # Killed between the last file and the end.
            checkpoints.discard()
            return read_scan(target)
        try:
            with DaskWorkers(self.scheduler) if self.scheduler else Threads(self.cores or None) as workers:
                progress = part(context.progress, 0.1, 0.9)
                before = checkpoints.finished()
                result = scan(
                    voxels, settings, progress, centres, workers=workers, store=checkpoints, refit=refit, device=device
                )
            rows = [one.row for one in tumours] if self.indices else []
            indices, beside = score_indices(cohort, rows, part(context.progress, 0.9, 0.95))
            told = scan_file_of(
                cohort,
                tumours,
                everybody,
                voxels,
                result,
                output=context.told(target),
                resumed=before,
                indices=indices,
                remarks=(*remarks, *beside),
                supervoxels=self.supervoxels,
                leave_out_gaps=self.leave_out_gaps,
            )
            self._write(target, told, result, voxels, context)
        except (Cancelled, KeyboardInterrupt) as stop:
            raise _stopped(checkpoints, context.told(target)) from stop
        except Exception:
            if not checkpoints.finished():
                _remove(checkpoints, target)
            raise
        checkpoints.discard()
        return told

    def _refit(
        self, context: Context, cohort: Cohort, tumours: Sequence[LoadedTumour], made: Pooled
    ) -> tuple[Refit | None, tuple[str, ...]]:
        """Return what learns maps and supervoxels anew without a tumour, and what is worth telling of that."""
        refit: Refit | None = None
        told: tuple[str, ...] = ()
        if self.leave_one_out == LeaveOneOut.REFITTED.value:
            refit, told = cohort_refit(context, cohort, tumours, made.single)
        if made.joined_to is None:
            return refit, told
        sentence = f"{made.voxels.count} supervoxels of {made.size} voxels on average were scanned; extents are of their means"
        told += (f"{sentence}, shares in more tumours (C_max) of single voxels.",)
        if self.leave_one_out == LeaveOneOut.REFITTED.value:
            progress = part(context.progress, 0.1, 0.1)
            refit = joined_again(made, refit, progress)
            told += ("Voxels were joined anew without each tumour in leave-one-out.",)
        elif self.leave_one_out == LeaveOneOut.KEPT.value:
            told += ("Leave-one-out kept the supervoxels, joined in the z-normalisation of all tumours.",)
        return refit, told

    def _write(self, target: Path, told: ScanFile, result: ScanResult, voxels: Voxels, context: Context) -> None:
        context.progress(0.96, "Writing the results")
        job = json.loads(context.record or "{}").get("id", "")
        answer = {"schema": SCHEMA, "do": self.do, "job": job, "version": __version__, **to_json(told)}
        arrays = io.BytesIO()
        np.savez_compressed(arrays, **arrays_of(result, voxels))
        _new(target / "centres.csv", centres_text(voxels, result.centres).encode())
        _new(target / "subsets.csv", subsets_text(told).encode())
        _new(target / ARRAYS, arrays.getvalue())
        _new(target / FILE_NAME, (json.dumps(answer, indent=1, ensure_ascii=False) + "\n").encode())


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
) -> Pooled:
    """Pool the voxels of tumours, and join them to supervoxels where that is asked for."""
    single = pooled(cohort, tumours, maps, leave_out_gaps=leave_out_gaps)
    spacing = np.array([one.geometry.spacing[::-1] for one in tumours], dtype=np.float64)
    voxels, joined_to = (single, None) if supervoxels == 1 else joined(single, spacing, supervoxels, progress)
    return Pooled(voxels=voxels, single=single, joined_to=joined_to, spacing_mm=spacing, size=supervoxels)


def arrays_of(result: ScanResult, voxels: Voxels) -> dict[str, Any]:
    """Return every centre's values and scores, bootstrap clouds and null distributions by name."""
    arrays: dict[str, Any] = {"centres": result.centres, "centre_values": voxels.values[result.centres]}
    if result.permutation is not None:
        arrays["null"] = result.permutation.null
    if result.settings.bootstraps and result.settings.cohort_centres is CohortCentres.INDEPENDENT:
        ordered, _ = voxels.canonical_order()
        drawn = draw_bootstraps(ordered, result.settings).multiplicity
        arrays["bootstrap_z_mean"], arrays["bootstrap_z_sd"] = map(
            np.array, zip(*(normalisation(ordered, one) for one in drawn), strict=True)
        )
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


def _new(path: Path, content: bytes) -> None:
    """Write a file; one that an interrupted writing of the same results left is taken for it, and what it began is removed."""
    if path.is_file() and path.read_bytes() == content:
        return
    for left in path.parent.glob(f".partial-*-{path.name}"):
        left.unlink()
    with new_file(path) as temporary:
        temporary.write_bytes(content)
