"""Classes of a cohort from the doses that control its groups: what overlaps cannot be told apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import InputError
from ..parameters import nearest
from .cohort import Cohort, CohortClass, Row


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The dose that controls half of the tumours of a group, with its confidence interval, Gy."""

    group: str
    tcd50: float | None
    low: float
    high: float
    tumours: int

    def overlaps(self, other: Interval) -> bool:
        """Tell whether two intervals share a dose; touching ends do."""
        return self.low <= other.high and other.low <= self.high

    def __str__(self) -> str:
        return f"{self.group} [{self.low:g}; {self.high:g}]"


@dataclass(frozen=True, kw_only=True)
class Joined:
    """Groups whose intervals overlap, directly or by way of others.

    Parameters
    ----------
    groups : tuple of str
        From sensitive to resistant.
    chain : str
        How they hang together.
    indirect : tuple of str
        Pairs that do not overlap themselves, and are in one class only by way of others.
    """

    groups: tuple[str, ...]
    chain: str
    indirect: tuple[str, ...]


def with_groups(cohort: Cohort, *, exclude: Sequence[str] = (), include: Sequence[str] = ()) -> Cohort:
    """Return the cohort with all rows of some groups excluded, and all rows of others taken in.

    Raises
    ------
    InputError
        If there is no such group.
    """
    known = tuple(dict.fromkeys(row.group for row in cohort.rows))
    for name in (*exclude, *include):
        if name not in known:
            raise InputError(f'The cohort "{cohort.path}" has no group "{name}".', nearest(name, known))
    rows = tuple(
        replace(row, exclude=(row.exclude and row.group not in include) or row.group in exclude) for row in cohort.rows
    )
    return replace(cohort, rows=rows)


def joined_by_overlap(cohort: Cohort) -> tuple[Joined, ...]:
    """Join the groups that are not excluded when their TCD50 intervals overlap.

    Returns
    -------
    tuple of Joined
        From sensitive to resistant.

    Raises
    ------
    InputError
        If an interval is missing or differs within a group; the sentence names row and column.

    Notes
    -----
    Exclusion comes first: one group of a wide interval joins its neighbours into one class.

    References
    ----------
    Boeke et al. (2023), Eur J Nucl Med Mol Imaging, Methods, "Quantification of stratification potential" and table 1.
    """
    intervals = sorted(_intervals(cohort), key=lambda one: (one.low, one.high, one.group))
    runs: list[list[Interval]] = []
    for one in intervals:
        # In ascending order of the lower ends, what overlaps a run overlaps the member that reaches highest.
        if runs and any(one.overlaps(member) for member in runs[-1]):
            runs[-1].append(one)
        else:
            runs.append([one])
    return tuple(_joined(run) for run in runs)


def classes_from(
    joined: Sequence[Joined], names: Sequence[str], fractions: Sequence[float]
) -> tuple[tuple[CohortClass, ...], Mapping[str, str]]:
    """Name joined groups as classes.

    Returns
    -------
    tuple of CohortClass, mapping of str to str
        The classes, and the class of every group.

    Raises
    ------
    InputError
        If there are not as many names and fractions as classes.
    """
    found = "; ".join(one.chain for one in joined)
    for noun, given in (("names", names), ("target fractions", fractions)):
        if len(given) != len(joined):
            raise InputError(
                f"The groups make {len(joined)} classes ({found}), but {len(given)} {noun} were given.",
                "Give one for each class, from sensitive to resistant, or exclude a group that joins two.",
            )
    classes = tuple(CohortClass(name=n, target_fraction=f) for n, f in zip(names, fractions, strict=True))
    return classes, {group: name for one, name in zip(joined, names, strict=True) for group in one.groups}


def confounding(rows: Sequence[Row], class_names: Sequence[str]) -> tuple[str, ...]:
    """Say which classes cannot be told apart from a single group or scanner.

    Parameters
    ----------
    rows : sequence of Row
        The rows that a result rests on.
    class_names : sequence of str
        Classes in order.
    """
    told: list[str] = []
    for noun in ("group", "scanner"):
        of_class = {name: sorted({str(getattr(row, noun)) for row in rows if row.class_name == name}) for name in class_names}
        if len({value for values in of_class.values() for value in values}) < 2:
            continue
        for name, values in of_class.items():
            if len(values) == 1 and values[0]:
                others = [other for other in class_names if other != name and of_class[other] == values]
                if not others:
                    told.append(
                        f'Class "{name}" is the {noun} "{values[0]}" only: what separates it may be the {noun} '
                        f"and not the class."
                    )
    return tuple(told)


def _intervals(cohort: Cohort) -> list[Interval]:
    found: dict[str, tuple[Row, int]] = {}
    for row in cohort.rows:
        if row.exclude:
            continue
        for column in ("tcd50_low", "tcd50_high"):
            if getattr(row, column) is None:
                raise InputError(
                    f'The cohort "{cohort.path}", {row.where}, column "{column}", is empty.',
                    "Give the confidence interval of TCD50 in Gy for every group, or exclude the group.",
                )
        first, count = found.get(row.group, (row, 0))
        if (row.tcd50_low, row.tcd50_high) != (first.tcd50_low, first.tcd50_high):
            raise InputError(
                f'The cohort "{cohort.path}", {row.where}, column "tcd50_low" or "tcd50_high", differs from {first.where} '
                f'of the same group "{row.group}".',
                "A group has one interval.",
            )
        found[row.group] = (first, count + 1)
    intervals = [
        Interval(group=group, tcd50=row.tcd50, low=row.tcd50_low or 0.0, high=row.tcd50_high or 0.0, tumours=count)
        for group, (row, count) in found.items()
    ]
    for one in intervals:
        if one.low > one.high:
            raise InputError(
                f'The group "{one.group}" has a TCD50 interval from {one.low:g} to {one.high:g} Gy: it is reversed.'
            )
    return intervals


def _joined(run: Sequence[Interval]) -> Joined:
    chain = " - ".join(map(str, run))
    indirect = tuple(f"{a.group} and {b.group}" for number, a in enumerate(run) for b in run[number + 1 :] if not a.overlaps(b))
    return Joined(groups=tuple(one.group for one in run), chain=chain, indirect=indirect)
