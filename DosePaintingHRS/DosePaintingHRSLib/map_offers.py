"""Which maps can be made from what is there, and what is missing for the others, in words; free of Qt and MRML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, ADC, HOUNSFIELD, MR_SIGNAL, SUVS
from dosepainting_hrs.registry import Method, Slot

_ROLES_OF = {
    HOUNSFIELD.name: ("planning CT", "CT"),
    ACTIVITY_CONCENTRATION.name: ("PET",),
    "PET signal": ("PET",),
    **{one.name: ("PET",) for one in SUVS},
    MR_SIGNAL.name: ("T1", "T2", "MR"),
    ADC.name: ("ADC",),
}
"""Roles that a loaded volume may stand for, by the name of its quantity; one that is not here may stand for any."""


@dataclass(frozen=True, kw_only=True)
class SeriesThere:
    """A series of the folder that was looked through.

    Parameters
    ----------
    role : str
        Its role, as it stands in the table of the first step.
    name : str
        Its description.
    address : str
        Its address.
    problem : str
        What is wrong with it; empty when nothing is.
    """

    role: str
    name: str
    address: str
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class VolumeThere:
    """A volume of the scene.

    Parameters
    ----------
    name : str
        Its name.
    quantity : str
        Name of the quantity that it holds.
    has_header : bool
        Whether the headers of its DICOM series are known.
    """

    name: str
    quantity: str
    has_header: bool = True


@dataclass(frozen=True, kw_only=True)
class There:
    """What maps can be made from.

    Parameters
    ----------
    series : tuple of SeriesThere
        Of the folder that was looked through.
    volumes : tuple of VolumeThere
        Of the scene.
    regions : tuple of str
        Names of the segments of the scene.
    """

    series: tuple[SeriesThere, ...] = ()
    volumes: tuple[VolumeThere, ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MapOffer:
    """Whether a map can be made.

    Parameters
    ----------
    name : str
        The map.
    source : str
        What it can be made from; empty when it cannot.
    missing : str
        What is missing, in words; empty when it can be made.
    address : str
        Address of the series of frames, where exactly one fits.
    volume : str
        Name of the volume, where exactly one fits a map that asks for a certain role.
    """

    name: str
    source: str = ""
    missing: str = ""
    address: str = ""
    volume: str = ""


def map_offers(methods: Iterable[type[Method]], there: There) -> tuple[MapOffer, ...]:
    """Return for each map whether it can be made: those that can first, and among them those that ask for something special."""
    found = [(_offer(method, there), method) for method in methods]
    return tuple(one for one, _ in sorted(found, key=lambda pair: (bool(pair[0].missing), _is_for_anything(pair[1]))))


def _is_for_anything(method: type[Method]) -> bool:
    needed = [slot for slot in method.inputs if not slot.optional]
    by_file = any(slot.kind == "record" for slot in needed)  # Whether there is such a file nobody can see.
    return by_file or not any(slot.roles or slot.kind == "region" for slot in needed)


def _offer(method: type[Method], there: There) -> MapOffer:
    sources: list[str] = []
    address = volume = ""
    for slot in method.inputs:
        if slot.optional:
            continue
        if slot.kind == "frames":
            fitting, missing = _series(slot, there)
            address = fitting[0].address if len(fitting) == 1 else ""
            names = [one.name for one in fitting]
        elif slot.takes_images:
            names, missing = _volumes(slot, there)
            volume = names[0] if slot.roles and len(names) == 1 else ""
        elif slot.kind == "record":
            names, missing = ["a file"], ""
        else:
            names = list(there.regions)
            missing = "" if names else f"a region ({slot.help.rstrip('.').lower()}); import or draw one (step 2)"
        if missing:
            return MapOffer(name=method.name, missing=f"Missing: {missing}.")
        sources.append(names[0] if len(names) == 1 else f"one of {len(names)} {_things(slot)}")
    return MapOffer(name=method.name, source=f"From {' and '.join(sources)}", address=address, volume=volume)


def _series(slot: Slot, there: There) -> tuple[list[SeriesThere], str]:
    fitting = [one for one in there.series if not slot.roles or one.role in slot.roles]
    whole = [one for one in fitting if not one.problem]
    if whole:
        return whole, ""
    what = _listed(slot.roles) or "any"
    if fitting:
        return [], f"a whole {what} series; of {fitting[0].name}: {fitting[0].problem.rstrip('.')}"
    return [], f"a {what} series in the folder (step 1), or a file of frames below"


def _volumes(slot: Slot, there: There) -> tuple[list[str], str]:
    if not slot.roles:
        return [one.name for one in there.volumes], "" if there.volumes else "a volume; load one (step 1)"
    fitting = [one for one in there.volumes if set(_ROLES_OF.get(one.quantity, slot.roles)) & set(slot.roles)]
    if any(one.has_header for one in fitting):
        return [one.name for one in fitting if one.has_header], ""
    what = _listed(slot.roles)
    if fitting:
        return [], f"the DICOM series of a {what}: {fitting[0].name} comes without its headers"
    there_is = next((one.name for one in there.series if one.role in slot.roles), "")
    return [], f"a {what} volume; load {there_is or 'one'} (step 1)"


def _things(slot: Slot) -> str:
    return "series" if slot.kind == "frames" else "volumes" if slot.takes_images else "regions"


def _listed(roles: tuple[str, ...]) -> str:
    return " or ".join(roles)
