"""Classical indices of the tumours, scored as the shares of a cluster are: whether the search is worth more than a mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import DosePaintingError
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
    cohort: Cohort, rows: Sequence[Row], progress: Progress = silent
) -> tuple[tuple[IndexFacts, ...], tuple[str, ...]]:
    """Measure classical indices of every tumour on all maps of the cohort, scanned or not, and score them.

    Parameters
    ----------
    cohort : Cohort
        The cohort.
    rows : sequence of Row
        Tumours that are scanned.

    Returns
    -------
    tuple of IndexFacts
        Mean, extremes, peaks and valleys of every map, the volume once, and what is metabolic of maps of uptake only; an
        index that a tumour does not have is left out.
    tuple of str
        What is worth telling: maps that could not be measured in some tumour.

    References
    ----------
    Boeke et al. (2023), methods, "Classical imaging parameters and multiple time points", and table 4.
    """
    found: dict[tuple[str, str], dict[str, float | None]] = {}
    units: dict[tuple[str, str], str] = {}
    told: dict[str, str] = {}
    for row in each(rows, progress, "Measuring classical indices"):
        for name in (one for one in cohort.map_names if one in row.maps and one not in told):
            try:
                region, images = volumes_of(cohort, row, (name,))
            except DosePaintingError as error:
                told[name] = f"No indices of {name}: {error}"
                continue
            for one in indices_of(images[name], region):
                if one.name in _METABOLIC and images[name].quantity not in SUVS:
                    continue
                key = ("", one.name) if one.name == _VOLUME else (name, one.name)
                found.setdefault(key, {})[row.case] = one.value
                units[key] = one.unit
    found = {key: values for key, values in found.items() if key[0] not in told}
    return _scored(cohort, rows, found, units), tuple(told.values())


def _scored(
    cohort: Cohort,
    rows: Sequence[Row],
    found: Mapping[tuple[str, str], Mapping[str, float | None]],
    units: Mapping[tuple[str, str], str],
) -> tuple[IndexFacts, ...]:
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
