"""All thresholds from 1 to 100 per cent of a maximum at once: volumes, and agreement with a reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import bounding_box
from ..identity import require_same_frame, require_same_patient
from ..image import Image, Mask
from ..notes import note
from .origins import points_of_origin
from .overlap import require_comparable

PERCENTS = tuple(range(1, 101))
ALL_ISLANDS = note(
    "Every voxel in scope that reaches a threshold counts, in whatever island; methods by a threshold keep the island of "
    "highest uptake unless all are asked for."
)


@dataclass(frozen=True, kw_only=True)
class SweepPoint:
    """What one threshold gives.

    Parameters
    ----------
    percent : float
        Per cent of the maximum.
    threshold : float
        In the unit of the map.
    volume_ml : float
        Volume of all voxels in scope that reach it, ml.
    mean : float or None
        Mean of the map in them; None when there are none.
    dice, recall, precision : float or None
        Agreement with the reference, 0 to 1; None without one, and precision also when no voxel is left.
    origins : int or None
        Points of origin of the reference that lie in the region; None without a reference.
    """

    percent: float
    threshold: float
    volume_ml: float
    mean: float | None
    dice: float | None
    recall: float | None
    precision: float | None
    origins: int | None


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A sweep of thresholds over one lesion.

    Parameters
    ----------
    maximum : float
        Maximum of the map in the region, which the percentages are of.
    within_ml, scope_ml : float
        Volume of the region, and of where thresholds were applied, ml.
    reference_ml : float or None
        Volume of the reference, ml.
    reference_in_scope : float or None
        Share of the reference that lies in scope: no threshold can find more.
    points_of_origin : int or None
        Number of points of origin of the reference.
    points : tuple of SweepPoint
        By rising percentage.
    best_percent, best_dice : float or None
        Percentage with the highest Dice (the highest such percentage of equals), and that Dice; None without a reference, and
        where no percentage finds any of it.
    patient_id : str
        PatientID of the map, else of the region; empty when unknown.
    """

    maximum: float
    within_ml: float
    scope_ml: float
    reference_ml: float | None
    reference_in_scope: float | None
    points_of_origin: int | None
    points: tuple[SweepPoint, ...]
    best_percent: float | None
    best_dice: float | None
    patient_id: str = ""

    @property
    def finds_nothing(self) -> bool:
        """True when there is a reference and no percentage finds any of it."""
        return self.reference_ml is not None and self.best_percent is None


def threshold_sweep(
    image: Image,
    within: Mask,
    reference: Mask | None = None,
    *,
    scope: Mask | None = None,
    percents: tuple[float, ...] = PERCENTS,
) -> Sweep:
    """Measure what every percentage of the maximum would give.

    Parameters
    ----------
    image : Image, (z, y, x)
        Quantitative map.
    within : Mask, (z, y, x)
        Region whose maximum counts.
    reference : Mask or None, (z, y, x)
        What should be found, a recurrence say.
    scope : Mask or None, (z, y, x)
        Where voxels may belong; `within` itself when None.
    percents : tuple of float
        Percentages of the maximum.

    Raises
    ------
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.
    InputError
        If the region or the reference is empty, or the map has no maximum above 0 in the region.

    Notes
    -----
    All voxels in scope that reach a threshold belong, whether they hang together or not. The values are sorted once; every
    threshold is then a place in the order, and every sum a difference of running sums.

    References
    ----------
    Kutnar D et al. (2023), Prediction of post-radiotherapy recurrence volumes in head and neck squamous cell carcinoma using
    3D U-Net segmentation, methods (per cent of SUVmax from 1 to 100 in steps of 1) and figure 4.
    """
    maximum = _checked_maximum(image, within)
    scope = within if scope is None else scope
    for one in (scope, reference):
        if one is not None:
            require_comparable(within, one)
    values, _ = _in_scope(image, scope)
    order = np.argsort(values, kind="stable")[::-1]
    ordered = values[order]
    thresholds = [maximum * percent / 100.0 for percent in percents]
    counts = np.searchsorted(-ordered, -np.array(thresholds), side="right").tolist()
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    seen = _against(reference, scope, image, order) if reference is not None else None
    voxel = image.geometry.voxel_volume_ml
    points = []
    for percent, threshold, count in zip(percents, thresholds, counts, strict=True):
        common = int(seen.hits[count]) if seen is not None else 0
        points.append(
            SweepPoint(
                percent=float(percent),
                threshold=threshold,
                volume_ml=count * voxel,
                mean=float(sums[count] / count) if count else None,
                dice=2 * common / (count + seen.wanted) if seen is not None else None,
                recall=common / seen.wanted if seen is not None else None,
                precision=common / count if seen is not None and count else None,
                origins=seen.origins_at(threshold) if seen is not None else None,
            )
        )
    best = max((one for one in points if one.dice), key=lambda one: (one.dice or 0.0, one.percent), default=None)
    return Sweep(
        maximum=maximum,
        within_ml=within.volume_ml,
        scope_ml=scope.volume_ml,
        reference_ml=reference.volume_ml if reference is not None else None,
        reference_in_scope=float(seen.hits[-1]) / seen.wanted if seen is not None else None,
        points_of_origin=len(seen.heights) if seen is not None else None,
        points=tuple(points),
        best_percent=best.percent if best is not None else None,
        best_dice=best.dice if best is not None else None,
        patient_id=image.identity.patient_id or within.identity.patient_id,
    )


def _checked_maximum(image: Image, within: Mask) -> float:
    what = (f'The region "{within.name}"', "the map")
    require_same_patient(within.identity, image.identity, what=what)
    require_same_frame(within.identity, image.identity, what=what)
    within.require_same_grid(image, what=what)
    values, _ = _in_scope(image, within)
    if not values.size:
        raise InputError(f'The map holds no finite value in the region "{within.name}".', "Check map and region.")
    maximum = float(values.max())
    if maximum <= 0:
        raise InputError(
            f'The maximum of the map in the region "{within.name}" is {maximum:.6g} ({image.quantity}); a share of it '
            "makes sense only above 0.",
            "Check that the region lies where the map has uptake.",
        )
    return maximum


def _in_scope(image: Image, scope: Mask) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the finite values in a region, and which voxels of its box they are."""
    box = bounding_box(scope.array)
    if box is None:
        return np.zeros(0), np.zeros((0, 0, 0), dtype=np.bool_)
    values = np.asarray(image.array[box], dtype=np.float64)
    inside = scope.array[box] & np.isfinite(values)
    return values[inside], inside


@dataclass(frozen=True, kw_only=True, eq=False)
class _Against:
    """A reference seen from an order of voxels: its voxels among the first n, its size, the heights of its origins."""

    hits: NDArray[np.int64]
    wanted: int
    heights: tuple[float, ...]

    def origins_at(self, threshold: float) -> int:
        return sum(height >= threshold for height in self.heights)


def _against(reference: Mask, scope: Mask, image: Image, order: NDArray[np.intp]) -> _Against:
    if not reference.voxel_count:
        raise InputError(f'The reference "{reference.name}" is empty.', "Choose a region that has voxels.")
    _, inside = _in_scope(image, scope)
    box = bounding_box(scope.array)
    member = reference.array[box][inside][order] if box is not None else np.zeros(0, dtype=np.bool_)
    points = points_of_origin(reference)
    heights = tuple(float(image.array[one.index]) if scope.array[one.index] else -np.inf for one in points)
    hits = np.concatenate([[0], np.cumsum(member)]).astype(np.int64)
    return _Against(hits=hits, wanted=reference.voxel_count, heights=heights)
