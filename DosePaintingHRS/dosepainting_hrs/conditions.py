"""How a cohort or a patient was imaged, and where the two differ: a model does not carry over by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, get_type_hints

from .parameters import Field

MINUTES_APART = 10.0
VOXEL_EDGE_APART = 0.05
FIELD_STRENGTH_APART_T = 0.1


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What has to be alike for numbers to mean the same; empty where it is not known."""

    species: Annotated[str, Field("Species: human, mouse ...")] = ""
    tracer: Annotated[str, Field("Radiotracer.")] = ""
    minutes_after_injection: Annotated[float | None, Field("Time from injection to scan.", unit="min", minimum=0.0)] = None
    b_values: Annotated[tuple[float, ...], Field("b-values of diffusion imaging, s/mm2.")] = ()
    field_strength_t: Annotated[float | None, Field("Field strength.", unit="T", minimum=0.0)] = None
    reconstruction: Annotated[str, Field("Reconstruction of the PET.")] = ""
    registration: Annotated[str, Field("How images were brought onto each other.")] = ""
    voxel_mm: Annotated[tuple[float, ...], Field("Voxel size of the analysis grid, in ascending order, mm.")] = ()

    def __post_init__(self) -> None:
        # An axis order is a convention of a file, not of an acquisition.
        object.__setattr__(self, "voxel_mm", tuple(sorted(map(float, self.voxel_mm))))
        object.__setattr__(self, "b_values", tuple(sorted(map(float, self.b_values))))

    def told(self, name: str) -> str:
        """Return one of the values as text, with its unit; empty when it is not known."""
        value = getattr(self, name)
        if value in ("", (), None):
            return ""
        unit = {"minutes_after_injection": " min", "field_strength_t": " T", "voxel_mm": " mm", "b_values": " s/mm2"}.get(
            name, ""
        )
        separator = " x " if name == "voxel_mm" else ", "
        return (separator.join(f"{one:.4g}" for one in value) if isinstance(value, tuple) else f"{value}") + unit


NAMES = tuple(item.name for item in fields(Conditions))
"""Names of all conditions."""
_WORDS = {"b_values": "b-values", "field_strength_t": "field strength", "voxel_mm": "voxel size"}


def in_words(name: str) -> str:
    """Return the name of a condition as a sentence has it."""
    return _WORDS.get(name, name.replace("_", " "))


def common_voxel(edges_mm: Iterable[Iterable[float]]) -> tuple[float, ...]:
    """Return the voxel size that several grids share, mm in ascending order; empty when they differ by more than 5 %."""
    ordered = [sorted(map(float, one)) for one in edges_mm]
    first = tuple(ordered[0])
    return first if all(_alike("voxel_mm", first, tuple(one)) for one in ordered) else ()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One condition in which a patient differs from the cohort, or that is not known of the patient.

    Parameters
    ----------
    name : str
        Name of the condition.
    cohort, patient : str
        Values as text; the patient's is empty when it is not known.
    """

    name: str
    cohort: str
    patient: str

    def __str__(self) -> str:
        return f"{in_words(self.name)}: the cohort has {self.cohort}, the patient {self.patient or 'is not said to have any'}"


def differences(cohort: Conditions, patient: Conditions) -> tuple[Difference, ...]:
    """Return where a patient differs from a cohort; what the cohort does not say is not compared.

    Parameters
    ----------
    cohort, patient : Conditions
        How each was imaged.

    Notes
    -----
    Texts agree without regard to case and spaces; times within 10 min; field strengths within 0.1 T; voxel edges within
    5 %; b-values when they are the same.
    """
    return tuple(
        Difference(name=name, cohort=cohort.told(name), patient=patient.told(name))
        for name in NAMES
        if cohort.told(name) and not _alike(name, getattr(cohort, name), getattr(patient, name))
    )


def unknown(cohort: Conditions) -> tuple[str, ...]:
    """Return the names of the conditions that a cohort does not say, and that therefore nobody can compare."""
    return tuple(name for name in NAMES if not cohort.told(name))


def _alike(name: str, cohort: Any, patient: Any) -> bool:
    if patient in ("", (), None):
        return False
    if isinstance(cohort, str):
        return "".join(cohort.casefold().split()) == "".join(str(patient).casefold().split())
    if name == "minutes_after_injection":
        return bool(abs(cohort - patient) <= MINUTES_APART)
    if name == "field_strength_t":
        return bool(abs(cohort - patient) <= FIELD_STRENGTH_APART_T)
    relative = VOXEL_EDGE_APART if name == "voxel_mm" else 0.0
    return len(cohort) == len(patient) and all(abs(a - b) <= relative * a for a, b in zip(cohort, patient, strict=True))


def conditions_from(texts: Sequence[tuple[str, str]]) -> Conditions:
    """Build conditions from texts by name, numbers of a list separated by spaces or ``x``.

    Raises
    ------
    ValueError
        If a number is none; the message names it.
    """
    hints = get_type_hints(Conditions)
    values: dict[str, Any] = {}
    for name, text in texts:
        if hints[name] is str:
            values[name] = text
        elif name in ("b_values", "voxel_mm"):
            values[name] = tuple(_number(name, one) for one in text.replace("x", " ").replace(",", " ").split())
        else:
            values[name] = _number(name, text)
    return Conditions(**values)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'{in_words(name)} takes numbers, got "{text}"') from None
