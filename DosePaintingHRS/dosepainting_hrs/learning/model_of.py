"""A model file from a scan: the best cluster of a subset, with all that is needed to apply and to judge it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..conditions import Conditions
from ..hrs_model import HrsModel, ModelClass, ModelMap, ModelScore, ModelVariant
from ..quantities import shown_unit
from ..records import from_json
from .scan_file import Pair, ScanFile, SubsetFacts
from .settings import CohortCentres

NONE: Pair = (None, None)


def model_of(scan: ScanFile, subset: SubsetFacts, arrays: Mapping[str, NDArray[Any]], name: str = "") -> HrsModel:
    """Make a model of one subset of a scan.

    Parameters
    ----------
    scan : ScanFile
        The scan.
    subset : SubsetFacts
        One of its subsets.
    arrays : mapping of str to array
        What lies in ``scan.npz`` beside it; the bootstrap models are taken from there.
    name : str
        Name of the model; its maps when empty.
    """
    score = subset.bootstrap
    named = name or f"HRS {'+'.join(subset.maps)}"
    return HrsModel(
        name=named,
        summary=summary_of(scan, subset),
        maps=tuple(_map(scan, subset, axis) for axis in range(len(subset.maps))),
        radius_z=subset.radius_z,
        n_hrs=subset.n_hrs,
        score=ModelScore(
            S=subset.S,
            S_ci=score.S_ci if score else NONE,
            S_pairs=subset.S_pairs,
            p_pairs=subset.p_pairs,
            permutation_p=subset.permutation_p_of_all,
            bootstraps=int(scan.settings["bootstraps"]),
            permutations=scan.permutation.permutations if scan.permutation else 0,
            S_optimism_corrected=score.S_corrected if score else None,
            S_left_out=subset.held_out.S if subset.held_out else None,
        ),
        classes=tuple(
            ModelClass(name=one, target_fraction=scan.target_fractions[one], tumours=count)
            for one, count in scan.classes.items()
        ),
        conditions=from_json(Conditions, scan.conditions, "The conditions of the scan"),
        source=f"cohort {scan.cohort_hash}, {scan.tumours} tumours",
        time_point=scan.time_point,
        cohort_hash=scan.cohort_hash,
        confounding=scan.confounding,
        bootstrap_models=_variants(scan, subset, arrays),
        software=scan.software,
    )


def summary_of(scan: ScanFile, subset: SubsetFacts) -> str:
    """Say in plain language what a cluster is, how well it separates the classes, and how much of that may be chance."""
    where = " and ".join(
        f"{name} from {low:.4g} to {high:.4g} {shown_unit(unit)}".rstrip()
        for name, unit, (low, high) in zip(subset.maps, subset.units, subset.extents, strict=True)
    )
    shares = ", ".join(f"{_mean_share(scan, subset, name):.1%} in class {name}" for name in scan.classes)
    said = [f"Voxels with {where} (within a ball in this space) make up on average {shares}.", _score_said(scan, subset)]
    if subset.permutation_p_of_all is None:
        said.append("How high the best of so many clusters gets by chance was not tested.")
    else:
        assert scan.permutation is not None  # noqa: S101  (without it there is no p)
        said.append(
            f"Against the best of {scan.permutation.permutations} scans with shuffled class labels p = "
            f"{subset.permutation_p_of_all:.3g}; the smallest that could have come out is {scan.permutation.smallest_p:.3g}."
        )
    if scan.supervoxels > 1:
        said.append(f"It was learned from means of about {scan.supervoxels} voxels; single voxels scatter more.")
    return " ".join([*said, *scan.confounding, "It was learned from this cohort only and means nothing elsewhere by itself."])


def _score_said(scan: ScanFile, subset: SubsetFacts) -> str:
    if subset.S is None:
        return "It has no score."
    interval = ""
    if subset.bootstrap is not None and None not in subset.bootstrap.S_ci:
        low, high = subset.bootstrap.S_ci
        interval = f" (95 % interval over bootstrap cohorts {low:.2f} to {high:.2f}"
        narrow = scan.redrawn > int(scan.settings["bootstraps"])
        interval += ", of little worth: most draws were thrown away, so small are the classes)" if narrow else ")"
    return f"Neighbouring classes differ by S = {subset.S:.2f} standard deviations{interval}."


def _mean_share(scan: ScanFile, subset: SubsetFacts, name: str) -> float:
    return float(np.mean([share for case, share in subset.fractions.items() if scan.class_of[case] == name]))


def _map(scan: ScanFile, subset: SubsetFacts, axis: int) -> ModelMap:
    name = subset.maps[axis]
    return ModelMap(
        name=name,
        quantity=scan.quantities[name],
        unit=scan.units[name],
        centre=subset.centre[axis],
        extent=subset.extents[axis],
        z_mean=subset.z_mean[axis],
        z_sd=subset.z_sd[axis],
        centre_z=subset.centre_z[axis],
        centre_ci=subset.bootstrap.centre_ci[axis] if subset.bootstrap else NONE,
        cohort_range=scan.ranges[name],
        basis=scan.bases[name],
    )


def _variants(scan: ScanFile, subset: SubsetFacts, arrays: Mapping[str, NDArray[Any]]) -> tuple[ModelVariant, ...]:
    """Return the models of the bootstrap cohorts, each with the z-normalisation that it was found in."""
    number = scan.subsets.index(subset)
    centres, radii = arrays.get(f"{number}.bootstrap_centres"), arrays.get(f"{number}.bootstrap_radii")
    independent = scan.settings["cohort_centres"] != CohortCentres.SHARED.value
    if centres is None or radii is None or (independent and "bootstrap_z_mean" not in arrays):
        return ()
    shared = (np.tile(subset.z_mean, (len(centres), 1)), np.tile(subset.z_sd, (len(centres), 1)))
    at = [scan.maps.index(name) for name in subset.maps]
    means, sds = (arrays["bootstrap_z_mean"][:, at], arrays["bootstrap_z_sd"][:, at]) if independent else shared
    return tuple(
        ModelVariant(
            centre_z=tuple(((centre - mean) / sd).tolist()),
            radius_z=float(radius),
            z_mean=tuple(mean.tolist()),
            z_sd=tuple(sd.tolist()),
        )
        for centre, radius, mean, sd in zip(centres, radii, means, sds, strict=True)
    )
