"""How many tumours per class a cohort needs, by simulation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np

from ..errors import ParameterError
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from .result import Interval, confidence_interval
from .voxels import Floats


@dataclass(frozen=True, kw_only=True)
class PowerSettings(Parameters):
    """What a study is expected to see, and how sure it wants to be."""

    effect: Annotated[float, Field(help="Difference of the mean share between neighbouring classes.", minimum=0.0, maximum=1.0)]
    noise: Annotated[
        float, Field(help="Standard deviation of the share between tumours of a class.", minimum=1e-6, maximum=1.0)
    ]
    classes: Annotated[int, Field(help="Number of ordered classes.", minimum=2, maximum=10)] = 3
    power: Annotated[float, Field(help="Probability of success that is wanted.", minimum=0.05, maximum=0.999)] = 0.8
    alpha: Annotated[float, Field(help="Level of significance.", minimum=1e-6, maximum=0.5)] = 0.05
    least_score: Annotated[
        float | None,
        Field(
            help="Score to reach instead of significant rank-sum tests: for example the 95th percentile of the null "
            "distribution of a scan, which accounts for the choice among all clusters and subsets."
        ),
    ] = None
    simulations: Annotated[int, Field(help="Number of simulated studies of each size.", minimum=10, maximum=1_000_000)] = 2000
    most_tumours: Annotated[int, Field(help="Tumours per class at which the search stops.", minimum=3, maximum=10_000)] = 200
    seed: Annotated[int, Field(help="Seed of the simulation.", minimum=0)] = 0


@dataclass(frozen=True, kw_only=True)
class Power:
    """What studies of one size find.

    Parameters
    ----------
    tumours : tuple of int
        Tumours of each class.
    power : float
        Share of the simulated studies that succeed: every pair of classes significant, or the least score reached.
    pairs : tuple of float
        Share of the studies in which each pair is significant.
    score : float
        Mean S.
    score_interval : (float, float)
        2.5th and 97.5th percentile of S.
    """

    tumours: tuple[int, ...]
    power: float
    pairs: tuple[float, ...]
    score: float
    score_interval: Interval


def power_of(tumours: tuple[int, ...], settings: PowerSettings) -> Power:
    """Simulate studies with these numbers of tumours.

    Parameters
    ----------
    tumours : tuple of int
        Tumours of each class, at least two.
    settings : PowerSettings
        Effect and noise.

    Raises
    ------
    ParameterError
        If a class has fewer than two tumours, or there is not one number for each class.

    Notes
    -----
    Shares are normal: class k has the mean k x effect and the standard deviation of the noise. S is the mean of Cohen's d over
    neighbouring classes; p-values are those of the two-sided rank-sum test.
    """
    from scipy import stats  # noqa: PLC0415  (slow to import)

    if len(tumours) != settings.classes or min(tumours) < 2:
        raise ParameterError(
            f"Power was asked for classes of {', '.join(map(str, tumours))} tumours; "
            f"{settings.classes} classes of at least 2 are needed."
        )
    random = np.random.default_rng([settings.seed, *tumours])
    shares = [
        random.normal(which * settings.effect, settings.noise, size=(settings.simulations, count))
        for which, count in enumerate(tumours)
    ]
    pairs = list(pairwise(shares))
    scores: Floats = np.mean([_cohens_d(low, high) for low, high in pairs], axis=0)
    good = np.array([stats.mannwhitneyu(low, high, axis=1).pvalue < settings.alpha for low, high in pairs])
    success = good.all(axis=0) if settings.least_score is None else scores >= settings.least_score
    return Power(
        tumours=tumours,
        power=float(success.mean()),
        pairs=tuple(good.mean(axis=1).tolist()),
        score=float(scores.mean()),
        score_interval=confidence_interval(scores),
    )


def tumours_needed(settings: PowerSettings, progress: Progress = silent) -> tuple[Power, ...]:
    """Return the power of studies of rising size; the last is the smallest that is enough, or the largest looked at.

    Parameters
    ----------
    settings : PowerSettings
        Effect, noise and the power that is wanted.
    progress : callable
        Told the share done.
    """
    found: dict[int, Power] = {}

    def at(count: int) -> bool:
        progress(min(0.9, len(found) / 16), f"{count} tumours per class")
        found[count] = power_of((count,) * settings.classes, settings)
        return found[count].power >= settings.power

    low, high = 2, 4  # Of two tumours a class, no rank-sum test is significant and Cohen's d is far too large.
    while not at(high) and high < settings.most_tumours:
        low, high = high, min(2 * high, settings.most_tumours)
    if found[high].power >= settings.power:
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if at(middle) else (middle, high)
    progress(1.0, f"{high} tumours per class")
    return tuple(found[count] for count in sorted(found) if count <= high)


def _cohens_d(low: Floats, high: Floats) -> Floats:
    (first, second), difference = (low.shape[1], high.shape[1]), high.mean(axis=1) - low.mean(axis=1)
    squares = (first - 1) * low.var(axis=1, ddof=1) + (second - 1) * high.var(axis=1, ddof=1)
    return np.asarray(difference / np.sqrt(squares / (first + second - 2)), dtype=np.float64)
