"""Any cluster of a scan, not only the best: its shares, and its voxels in one tumour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..context import Context
from ..errors import InputError
from ..image import Mask
from ..job import Argument, Step, register_step
from ..learning.cohort import Cohort
from ..learning.extended import Ball
from ..learning.neighbours import Neighbours, neighbours_of, squared_distances
from ..learning.scan_file import ScanFile, number, numbers, read_scan
from ..learning.score import score_of
from ..learning.tumours import LoadedTumour
from ..learning.voxels import Floats, Ints, Voxels
from ..parameters import Field, nearest
from ..progress import part
from ..storage.volumes import read_mask, require_new_volume, write_volume
from .cohort_model import read_arrays
from .cohort_scan import ARRAYS, load_for_scan, names_of, pooled_as
from .cohort_source import open_scanned, require_scanned


@dataclass(frozen=True, kw_only=True)
class CohortClusterResult:
    """A cluster and its voxels in one tumour."""

    output: str
    case: str
    region: Annotated[str, Field("Mask of the whole tumour.")]
    maps: Annotated[Mapping[str, str], Field("Files of the tumour's maps.")]
    centre: Annotated[tuple[float, ...], Field("Centre, unit of each map.")]
    radius_z: float
    S: float | None
    S_pairs: tuple[float | None, ...]
    p_pairs: tuple[float | None, ...]
    fractions: Mapping[str, float]
    voxels: Annotated[int, Field("Voxels of the cluster in this tumour.")]
    confounding: Annotated[tuple[str, ...], Field("What the classes cannot be told apart from.")]


@register_step("cohort-cluster", CohortClusterResult)
@dataclass(frozen=True, kw_only=True)
class CohortClusterStep(Step):
    """Write the voxels of one tumour that belong to the cluster around a centre of a scan.

    The centre is named by its row in centres.csv, counted from 0; without one the best of the subset is taken. Without a
    case the tumour with the largest share is.
    """

    scan: Annotated[str, Field("Folder of a finished scan."), Argument(metavar="DIR")]
    output: Annotated[str, Field("New mask file."), Argument(flags=("-o", "--output"), metavar="FILE")]
    subset: Annotated[
        str,
        Field("Maps of the subset, with commas; the best when not given."),
        Argument(flags=("--subset",), metavar="A,B,..."),
    ] = ""
    centre: Annotated[int, Field("Row in centres.csv; -1 for the best.", minimum=-1)] = -1
    tumour: Annotated[
        str,
        Field("Case of the tumour; that with the largest share when not given."),
        Argument(flags=("--tumour",), metavar="CASE"),
    ] = ""
    cohort: Annotated[
        str, Field("The cohort, when it lies elsewhere than it did."), Argument(flags=("--cohort",), metavar="COHORT.CSV")
    ] = ""

    def run(self, context: Context) -> CohortClusterResult:
        """Find the N_HRS nearest voxels, score them, and write those of the tumour."""
        target = context.new_file(self.output)
        require_new_volume(target)
        folder = context.path(self.scan)
        scan, arrays = read_scan(folder), read_arrays(folder / ARRAYS)
        facts = scan.subset(names_of(self.subset))
        cohort = open_scanned(context, scan, self.cohort)
        _, tumours = load_for_scan(cohort, scan.maps, scan.time_point, part(context.progress, 0.0, 0.7))
        require_scanned(scan, tumours)
        made = pooled_as(cohort, tumours, scan.maps, scan.supervoxels, leave_out_gaps=scan.leave_out_gaps)
        voxels, joined_to = made.voxels, made.joined_to
        scores = np.nan_to_num(arrays[f"{scan.subsets.index(facts)}.scores"], nan=-np.inf)
        centre = arrays["centre_values"][self._row(len(scores), int(scores.argmax())), list(voxels.columns(facts.maps))]
        ball, found = cluster_at(scan, voxels, facts.maps, centre)
        fractions = found.fractions(voxels.volumes)
        chosen = _tumour(tumours, self.tumour or tumours[int(np.argmax(fractions))].row.case)
        mask, whole = _mask(cohort, chosen, ball, _held(tumours, chosen, scan, ball, voxels, joined_to))
        write_volume(mask, target, job=context.record)
        score = score_of(fractions, voxels.class_index, len(voxels.classes))
        return CohortClusterResult(
            output=context.told(target),
            case=chosen.row.case,
            region=str(whole),
            maps={name: str(cohort.folder / path) for name, path in chosen.row.maps.items()},
            centre=tuple(centre.tolist()),
            radius_z=ball.radius_z,
            S=number(score.total),
            S_pairs=numbers(score.pairs),
            p_pairs=numbers(score.p_pairs),
            fractions={one.row.case: float(share) for one, share in zip(tumours, fractions, strict=True)},
            voxels=mask.voxel_count,
            confounding=scan.confounding,
        )

    def _row(self, count: int, best: int) -> int:
        if self.centre >= count:
            raise InputError(f"The scan has {count} centres; there is no row {self.centre}.", "They are counted from 0.")
        return self.centre if self.centre >= 0 else best


def cluster_at(scan: ScanFile, voxels: Voxels, maps: tuple[str, ...], centre: Floats) -> tuple[Ball, Neighbours]:
    """Return the cluster of N_HRS voxels around a point of the space.

    Parameters
    ----------
    scan : ScanFile
        Normalisation, N_HRS.
    voxels : Voxels
        The pooled voxels of the same cohort.
    maps : tuple of str
        The subset.
    centre : ndarray, (m,)
        Centre, unit of each map.
    """
    mean, sd = (np.array([values[name] for name in maps]) for values in (scan.z_mean, scan.z_sd))
    z: Floats = np.ascontiguousarray((voxels.values[:, list(voxels.columns(maps))] - mean) / sd)
    ones = np.ones(len(voxels.tumours), dtype=np.int64)
    weights = np.ones(voxels.count, dtype=np.int64) if voxels.weights is None else voxels.weights
    tolerance = float(scan.settings["tie_tolerance"])
    middle: Floats = (centre - mean) / sd
    distances = squared_distances(z.T, middle)
    found = neighbours_of(distances, voxels.tumour, weights, n_hrs=scan.n_hrs, multiplicity=ones, tie_tolerance=tolerance)
    return Ball(maps=maps, z_mean=mean, z_sd=sd, centre_z=middle, radius_z=found.radius, tie_tolerance=tolerance), found


def _tumour(tumours: Sequence[LoadedTumour], case: str) -> LoadedTumour:
    found = next((one for one in tumours if one.row.case == case), None)
    if found is None:
        raise InputError(f'The scan has no tumour "{case}".', nearest(case, tuple(one.row.case for one in tumours)))
    return found


def _held(  # noqa: PLR0917
    tumours: Sequence[LoadedTumour],
    one: LoadedTumour,
    scan: ScanFile,
    ball: Ball,
    voxels: Voxels,
    joined_to: Ints | None,
) -> NDArray[np.bool_]:
    """Tell which voxels of a tumour's region belong; of supervoxels all voxels do, or none."""
    if joined_to is None:
        return ball.holds(one.matrix(ball.maps))
    members = ball.holds(voxels.values[:, list(voxels.columns(ball.maps))])[joined_to]
    kept = {other.row.case: other.without_gaps(scan.maps) for other in tumours}
    start = sum(int(kept[other.row.case].sum()) for other in tumours[: tumours.index(one)])
    held = np.zeros(one.voxel_count, dtype=np.bool_)
    held[kept[one.row.case]] = members[start : start + int(kept[one.row.case].sum())]
    return held


def _mask(cohort: Cohort, one: LoadedTumour, ball: Ball, held: NDArray[np.bool_]) -> tuple[Mask, str]:
    """Return the voxels of a tumour in a ball as a mask, and the file of its region."""
    text, _, label = one.row.region.partition("#")
    whole = read_mask(cohort.folder / text, int(label) if label else None)
    array = np.zeros(whole.array.shape, dtype=np.bool_)
    array[tuple(one.index[held].T)] = True
    step = f"Cluster of {' and '.join(ball.maps)} within {ball.radius_z:.4g} of its centre."
    made = replace(whole, array=array, name="HRS", identity=one.identity, history=(*whole.history, step))
    return made, str(cohort.folder / one.row.region)
