"""Classical indices of a region on a map: one number each, with the definition that stands behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ParameterError
from ..geometry import Geometry
from ..identity import require_same_frame, require_same_patient
from ..image import Image, Mask
from ..kernels.ball_means import neighbour_means
from ..sphere import PEAK_RADIUS_MM, ball_offsets

CROSS = np.array([(0, 0, 0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], dtype=np.int64)
"""A voxel and its six neighbours by faces."""
Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Index:
    """One index of a region on a map.

    Parameters
    ----------
    name : str
        For example ``"maximum"``.
    value : float or None
        None where the index is not defined for this region; `definition` says why.
    unit : str
        UCUM, ``"1"`` for none.
    definition : str
        What the number is.
    """

    name: str
    value: float | None
    unit: str
    definition: str


@dataclass(frozen=True, kw_only=True)
class IndexChoices:
    """What some indices need to be told.

    Parameters
    ----------
    bin_width : float or None
        Width of a bin of the histogram, in the unit of the map; without it there is no entropy.
    mtv_threshold : float or None
        Least value of the metabolic volume, in the unit of the map.
    mtv_percent : float or None
        The same in per cent of the region's maximum; without both the metabolic volume is the whole region.
    """

    bin_width: float | None = None
    mtv_threshold: float | None = None
    mtv_percent: float | None = None

    def __post_init__(self) -> None:
        if self.mtv_threshold is not None and self.mtv_percent is not None:
            raise ParameterError("The metabolic volume takes a threshold or a percentage, not both.", "Give one of the two.")
        if self.mtv_percent is not None and not 0 <= self.mtv_percent <= 100:
            raise ParameterError(f"The percentage of the maximum must be from 0 to 100, got {self.mtv_percent:g}.")
        if self.bin_width is not None and not (math.isfinite(self.bin_width) and self.bin_width > 0):
            raise ParameterError(f"The width of a histogram's bin must be above 0, got {self.bin_width:g}.")


def indices_of(
    image: Image, region: Mask, choices: IndexChoices | None = None, reference: Mask | None = None
) -> tuple[Index, ...]:
    """Measure the classical indices of a region on a map.

    Parameters
    ----------
    image : Image, (z, y, x)
        The map, on the grid it was made on: a maximum after resampling is another one.
    region : Mask, (z, y, x)
        On the grid of the map.
    choices : IndexChoices or None
        Bin width and threshold.
    reference : Mask or None
        Reference region (muscle, say) on the grid of the map, for the ratios.

    Returns
    -------
    tuple of Index

    Raises
    ------
    InputError
        If region or reference holds no finite value, or the reference's mean is not above 0.
    IdentityError, GeometryError
        If they are of different patients, frames of reference or grids.

    Notes
    -----
    Peaks over 1 cm3: mean of the voxels whose centres lie within 6.2 mm of a voxel's centre, inside the region or not: of the
    highest voxel (local, IBSI VJGA), or the highest of all voxels of the region (global, IBSI 0F91). Peak and valley over
    seven voxels: a voxel and its six neighbours by faces, all inside the region; either around the extreme such voxel, or
    the extreme mean of all of them. Entropy: - sum p log2 p over bins of a stated width that begin at 0 (IBSI TLU2, fixed
    bin size).

    References
    ----------
    Zwanenburg A et al. (2020), The Image Biomarker Standardization Initiative, Radiology 295:328-338,
    doi:10.1148/radiol.2020191145, and its reference manual.

    Wahl RL, Jacene H, Kasamon Y, Lodge MA (2009), From RECIST to PERCIST, J Nucl Med 50 Suppl 1:122S-150S,
    doi:10.2967/jnumed.108.057307.

    Boeke S et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging cluster to predict radiation
    resistance in preclinical head and neck cancer models, Eur J Nucl Med Mol Imaging, table 4: peak and valley over seven
    voxels.
    """
    choices = choices or IndexChoices()
    values, inside = _inside(image, region)
    found = values[inside]
    unit, voxel_ml = image.quantity.unit, image.geometry.voxel_volume_ml
    listed = [
        Index(name="volume", value=found.size * voxel_ml, unit="ml", definition="Voxels with a finite value."),
        Index(name="mean", value=float(found.mean()), unit=unit, definition="Of all voxels of the region."),
        Index(name="median", value=float(np.median(found)), unit=unit, definition="Of all voxels of the region."),
        Index(name="standard deviation", value=float(found.std()), unit=unit, definition="Of the population of voxels."),
        Index(name="minimum", value=float(found.min()), unit=unit, definition="Of single voxels, on the map's own grid."),
        Index(name="maximum", value=float(found.max()), unit=unit, definition="Of single voxels, on the map's own grid."),
    ]
    peaks = _peaks(values, inside, image.geometry, unit)
    listed += [*peaks, *_seven(values, inside, unit), *_metabolic(found, voxel_ml, unit, choices, _threshold_of(region))]
    listed.append(_entropy(found, choices.bin_width))
    if reference is not None:
        listed += _ratios(image, reference, float(found.mean()), float(found.max()), peaks)
    return tuple(listed)


def entropy_bits(values: Values, bin_width: float) -> float:
    """Return the entropy of a histogram with bins of one width that begin at 0, bit.

    Parameters
    ----------
    values : array
        Finite values.
    bin_width : float
        In their unit, above 0.
    """
    _, counts = np.unique(np.floor(values / bin_width), return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def _inside(image: Image, region: Mask) -> tuple[Values, NDArray[np.bool_]]:
    name = f'The region "{region.name}"'
    what = (name, "the map")
    require_same_patient(region.identity, image.identity, what=what)
    require_same_frame(region.identity, image.identity, what=what)
    region.require_same_grid(image, what=what)
    values = np.asarray(image.array, dtype=np.float64)
    inside = region.array & np.isfinite(values)
    if not inside.any():
        raise InputError(
            f"{name} holds {region.voxel_count} voxels, none of them with a finite value of the map.",
            "Check that it lies inside the field of view of the map.",
        )
    return values, inside


def _cut(values: Values, inside: NDArray[np.bool_], offsets: NDArray[np.int64]) -> tuple[Values, NDArray[np.bool_]]:
    """Return map and region in the box that the region and its neighbours take up."""
    reach = np.abs(offsets).max(axis=0)
    where = np.nonzero(inside)
    box = tuple(
        slice(max(int(one.min()) - int(n), 0), int(one.max()) + int(n) + 1) for one, n in zip(where, reach, strict=True)
    )
    return np.ascontiguousarray(values[box]), np.ascontiguousarray(inside[box])


def _peaks(values: Values, inside: NDArray[np.bool_], geometry: Geometry, unit: str) -> list[Index]:
    offsets = ball_offsets(geometry, PEAK_RADIUS_MM)
    own, within = _cut(values, inside, offsets)
    means = np.empty(own.shape)
    neighbour_means(own, within, offsets, False, means)
    highest = within & (own == own[within].max())
    count = len(offsets)
    sphere = f"a sphere of 1 cm3 ({count} voxel{'s' * (count != 1)})"
    return [
        # Of several highest voxels the one with the highest sphere, as IBSI says.
        Index(
            name="peak at maximum",
            value=float(means[highest].max()),
            unit=unit,
            definition=f"Mean over {sphere} at the maximum.",
        ),
        Index(
            name="peak", value=float(means[within].max()), unit=unit, definition=f"Highest mean over {sphere} in the region."
        ),
    ]


def _seven(values: Values, inside: NDArray[np.bool_], unit: str) -> list[Index]:
    own, within = _cut(values, inside, CROSS)
    means = np.empty(own.shape)
    neighbour_means(own, within, CROSS, True, means)
    counting = np.isfinite(means)
    names = ("peak of 7 at maximum", "peak of 7", "valley of 7 at minimum", "valley of 7")
    if not counting.any():
        why = "No voxel of the region has its six neighbours inside too."
        return [Index(name=name, value=None, unit=unit, definition=why) for name in names]
    crosses, centres = means[counting], own[counting]
    around, of_all = "around the {0} of the voxels with all neighbours inside", "{0} of the means of all such voxels"
    wanted = (
        (crosses[np.argmax(centres)], around.format("highest")),
        (crosses.max(), of_all.format("highest")),
        (crosses[np.argmin(centres)], around.format("lowest")),
        (crosses.min(), of_all.format("lowest")),
    )
    return [
        Index(name=name, value=float(value), unit=unit, definition=f"Mean of a voxel and its six neighbours, {how}.")
        for name, (value, how) in zip(names, wanted, strict=True)
    ]


def _threshold_of(region: Mask) -> str:
    """Return what the history of a region tells of the threshold that made it; empty where it tells of none."""
    told = [one.rstrip(".") for one in region.history if one.startswith("Threshold ")]
    return f"its history tells: {told[-1]}" if told else ""


def _metabolic(found: Values, voxel_ml: float, unit: str, choices: IndexChoices, made: str) -> list[Index]:
    threshold, how = choices.mtv_threshold, ""
    if choices.mtv_percent is not None:
        threshold = choices.mtv_percent / 100.0 * float(found.max())
    if threshold is not None:
        how = f"of voxels with at least {threshold:.4g}"
    taken = found if threshold is None else found[found >= threshold]
    volume = taken.size * voxel_ml
    whole = (
        f"Volume of the region as given; {made or 'a region found by a threshold, or one here, gives the metabolic volume'}."
    )
    product = f"Mean times that volume: of the region as given{f'; {made}' if made else ''}."
    if threshold is not None:
        whole, product = f"Metabolic tumour volume, {how}.", f"Mean times volume, {how}."
    return [
        Index(name="MTV", value=volume, unit="ml", definition=whole),
        Index(name="TLG", value=float(taken.sum()) * voxel_ml, unit=_times_ml(unit), definition=product),
    ]


def _entropy(found: Values, bin_width: float | None) -> Index:
    if bin_width is None:
        return Index(name="entropy", value=None, unit="bit", definition="Needs a bin width, in the unit of the map.")
    text = f"Of the histogram with bins of {bin_width:g} that begin at 0."
    return Index(name="entropy", value=entropy_bits(found, bin_width), unit="bit", definition=text)


def _ratios(image: Image, reference: Mask, mean: float, maximum: float, peaks: list[Index]) -> list[Index]:
    values, inside = _inside(image, reference)
    background = float(values[inside].mean())
    if background <= 0:
        raise InputError(
            f'The mean of the map in the reference region "{reference.name}" is {background:.4g}; a ratio needs one above 0.',
            "Check that the reference region lies in muscle or blood.",
        )
    above = {"TMR mean": mean, "TMR maximum": maximum} | {f"TMR {one.name}": one.value or 0.0 for one in peaks}
    text = f'Over the mean of "{reference.name}", {background:.4g}.'
    return [Index(name=name, value=value / background, unit="1", definition=text) for name, value in above.items()]


def _times_ml(unit: str) -> str:
    return {"g/ml": "g", "cm2/ml": "cm2", "Bq/ml": "Bq", "1": "ml"}.get(unit, f"{unit}.ml")
