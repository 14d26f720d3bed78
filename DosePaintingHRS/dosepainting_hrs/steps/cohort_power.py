"""How many tumours per class a cohort needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..context import Context
from ..errors import ParameterError
from ..job import Argument, Step, register_step
from ..learning.power import PowerSettings, tumours_needed
from ..parameters import Field, number_meant


@dataclass(frozen=True, kw_only=True)
class PowerOfSize:
    """What studies of one size find."""

    tumours: Annotated[int, Field("Tumours of every class.")]
    power: float
    score: Annotated[float, Field("Mean S, the cluster being known.")]
    score_interval: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class CohortPowerResult:
    """The sizes that were looked at, rising; the last is enough, or the largest looked at."""

    effect: float
    noise: float
    wanted: float
    needed: Annotated[int | None, Field("Fewest tumours per class with the wanted power; null when none has it.")]
    sizes: tuple[PowerOfSize, ...]
    least_score: Annotated[float | None, Field("S that had to be reached, the same for every size; null for tests.")] = None


@register_step("cohort-power", CohortPowerResult)
@dataclass(frozen=True, kw_only=True)
class CohortPowerStep(Step):
    """Simulate how many tumours per class are needed to find a subvolume of given effect and noise.

    Success is that every rank-sum p of neighbouring classes is below alpha, the cluster being known. With --least-score it
    is that S reaches this: the 95th percentile of a scan's null distribution accounts for the search.
    """

    effect: Annotated[
        str,
        Field("Difference of the mean share between neighbouring classes, 0.075 say."),
        Argument(flags=("--effect",), metavar="X"),
    ]
    noise: Annotated[
        str, Field("Standard deviation of the share between tumours of a class."), Argument(flags=("--noise",), metavar="X")
    ]
    classes: Annotated[int, Field("Ordered classes.", minimum=2, maximum=10)] = 3
    power: Annotated[str, Field("Probability of success that is wanted."), Argument(flags=("--power",), metavar="X")] = "0.8"
    least_score: Annotated[
        str, Field("S to reach instead of significant tests."), Argument(flags=("--least-score",), metavar="S")
    ] = ""
    simulations: Annotated[int, Field("Simulated studies of each size.", minimum=10)] = 2000
    seed: Annotated[int, Field("Seed of the simulation.", minimum=0)] = 0

    def run(self, context: Context) -> CohortPowerResult:
        """Simulate studies of rising size."""
        settings = PowerSettings(
            effect=_number("--effect", self.effect),
            noise=_number("--noise", self.noise),
            classes=self.classes,
            power=_number("--power", self.power),
            least_score=_number("--least-score", self.least_score) if self.least_score else None,
            simulations=self.simulations,
            seed=self.seed,
        )
        found = tumours_needed(settings, context.progress)
        sizes = tuple(
            PowerOfSize(tumours=one.tumours[0], power=one.power, score=one.score, score_interval=one.score_interval)
            for one in found
        )
        enough = sizes[-1].tumours if sizes[-1].power >= settings.power else None
        return CohortPowerResult(
            effect=settings.effect,
            noise=settings.noise,
            wanted=settings.power,
            needed=enough,
            sizes=sizes,
            least_score=settings.least_score,
        )


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ParameterError(f'{option} takes a number, got "{text}".', number_meant(text, "")) from None
