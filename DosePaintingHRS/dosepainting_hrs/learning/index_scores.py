"""Classical indices of the tumours, scored as the shares of a cluster are: whether the search is worth more than a mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..evaluation.indices import indices_of
from ..progress import Progress, each, silent
from ..quantities import SUVS
from .cohort import Cohort, Row
from .scan_file import IndexFacts, number, numbers
from .score import score_of
from .tumours import volumes_of

_VOLUME = "volume"
_METABOLIC = ("MTV", "TLG")


def score_indices(
    cohort: Cohort, rows: Sequence[Row], maps: Sequence[str], progress: Progress = silent
) -> tuple[IndexFacts, ...]:
    """Measure classical indices of every tumour and score them.

    Parameters
    ----------
    cohort : Cohort
        The cohort.
    rows : sequence of Row
        Tumours that have all the maps.
    maps : sequence of str
        Names of the maps.

    Returns
    -------
    tuple of IndexFacts
        Mean, extremes, peaks and valleys of every map, the volume once, and what is metabolic of maps of uptake only; an
        index that a tumour does not have is left out.

    References
    ----------
    Boeke et al. (2023), methods, "Classical imaging parameters and multiple time points", and table 4.
    """
    found: dict[tuple[str, str], dict[str, float | None]] = {}
    units: dict[tuple[str, str], str] = {}
    for row in each(rows, progress, "Measuring classical indices"):
        region, images = volumes_of(cohort, row, maps)
        for name, image in images.items():
            for one in indices_of(image, region):
                if one.name in _METABOLIC and image.quantity not in SUVS:
                    continue
                key = ("", one.name) if one.name == _VOLUME else (name, one.name)
                found.setdefault(key, {})[row.case] = one.value
                units[key] = one.unit
    labels = np.array([cohort.class_names.index(row.class_name) for row in rows], dtype=np.int64)
    told = []
    for (name, index), values in found.items():
        numeric = np.array([np.nan if values.get(row.case) is None else values[row.case] for row in rows], dtype=np.float64)
        if np.isfinite(numeric).all():
            score = score_of(numeric, labels, len(cohort.class_names))
            told.append(
                IndexFacts(
                    name=f"{name} {index}".strip(),
                    map=name,
                    unit=units[name, index],
                    S=number(score.total),
                    S_pairs=numbers(score.pairs),
                    p_pairs=numbers(score.p_pairs),
                    values=dict(zip([row.case for row in rows], numbers(numeric), strict=True)),
                )
            )
    return tuple(told)
