"""What the panel offers in which state of the scene, and why a button is off; free of Qt and MRML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class VolumeFacts:
    """What the presenter needs to know of a volume.

    Parameters
    ----------
    name : str
        Name of its node.
    patient_id : str
        PatientID; empty when unknown.
    from_dicom : bool
        Whether its DICOM files are known, as export needs them.
    moved_by : str
        Name of the transform of the scene that moves it away from where its DICOM files are; empty when none does.
    problem : str
        Why it cannot be used, in words; empty when it can.
    """

    name: str
    patient_id: str = ""
    from_dicom: bool = True
    moved_by: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class RegionFacts:
    """What the presenter needs to know of a region.

    Parameters
    ----------
    name : str
        Name of its segment.
    is_empty : bool
        Whether it has no voxels.
    problem : str
        Why it cannot be used, in words; empty when it can.
    """

    name: str
    is_empty: bool = False
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class InputFacts:
    """What the presenter needs to know of one input of a method.

    Parameters
    ----------
    what : str
        What is asked for when it is missing: "a map", say.
    optional : bool
        Whether the method can do without.
    given : bool
        Whether anything was chosen.
    volumes : tuple of VolumeFacts
        The volumes that were chosen.
    regions : tuple of RegionFacts
        The regions that were chosen.
    problem : str
        What else is wrong with the choice, in words; empty when nothing is.
    """

    what: str
    optional: bool = False
    given: bool = False
    volumes: tuple[VolumeFacts, ...] = ()
    regions: tuple[RegionFacts, ...] = ()
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The state of scene and panel, as far as it decides what is offered.

    Parameters
    ----------
    running : str
        What the child process or a loading is doing; empty when idle.
    folder : str
        DICOM folder that was chosen.
    listed, chosen : int
        Series in the table, and those ticked for loading.
    rois_chosen : int
        ROIs ticked for import.
    rois_unplaced : int
        Those among them that lack an image to be filled on: neither the one they were drawn on nor a planning CT.
    planning_ct : VolumeFacts or None
        The planning CT that was chosen.
    moving : VolumeFacts or None
        The image to be laid on the planning CT.
    gtv : RegionFacts or None
        The GTV, round which an image is registered.
    registered : bool
        Whether a registration waits to be accepted or rejected.
    decided : int
        Registrations that were accepted or rejected.
    map_inputs, inputs, region_inputs, prescribe_inputs : tuple of InputFacts
        What the map, the method, the making of a region from regions, and the rule take.
    map_problem, parameter_problem, region_problem, prescribe_problem : str
        What is missing or wrong in their forms; empty when all is given.
    exports : tuple of RegionFacts
        Regions ticked for export.
    export_folder : str
        Folder to export to.
    identity_problem : str
        Why regions and planning CT do not belong together; empty when they do.
    """

    running: str = ""
    folder: str = ""
    listed: int = 0
    chosen: int = 0
    rois_chosen: int = 0
    rois_unplaced: int = 0
    planning_ct: VolumeFacts | None = None
    moving: VolumeFacts | None = None
    gtv: RegionFacts | None = None
    registered: bool = False
    decided: int = 0
    map_inputs: tuple[InputFacts, ...] = ()
    inputs: tuple[InputFacts, ...] = ()
    region_inputs: tuple[InputFacts, ...] = ()
    prescribe_inputs: tuple[InputFacts, ...] = ()
    map_problem: str = ""
    parameter_problem: str = ""
    region_problem: str = ""
    prescribe_problem: str = ""
    exports: tuple[RegionFacts, ...] = ()
    export_folder: str = ""
    identity_problem: str = ""


@dataclass(frozen=True)
class Offer:
    """Whether a button can be pressed; when not, why, as its tooltip says."""

    enabled: bool
    why_not: str = ""


BUTTONS = (
    "look",
    "load",
    "import_rois",
    "make_region",
    "register",
    "accept",
    "reject",
    "write_case",
    "make_map",
    "preview",
    "apply",
    "prescribe",
    "export",
    "stop",
)


def offers(facts: Facts) -> Mapping[str, Offer]:
    """Return what each button of `BUTTONS` offers in this state."""
    reasons = {
        "look": _look(facts),
        "load": _load(facts),
        "import_rois": _import_rois(facts),
        "make_region": _inputs(facts.region_inputs) or facts.region_problem,
        "register": _register(facts),
        "accept": _decide(facts),
        "reject": _decide(facts),
        "write_case": _write_case(facts),
        "make_map": _make_map(facts),
        "preview": _segment(facts),
        "apply": _segment(facts),
        "prescribe": _inputs(facts.prescribe_inputs) or facts.prescribe_problem,
        "export": _export(facts),
    }
    if facts.running:
        busy = f"Wait until this is done, or press Stop: {facts.running}."
        reasons = dict.fromkeys(reasons, busy)
    shown = {name: Offer(enabled=not why, why_not=why) for name, why in reasons.items()}
    return {**shown, "stop": Offer(enabled=bool(facts.running), why_not="" if facts.running else "Nothing is running.")}


def _look(facts: Facts) -> str:
    return "" if facts.folder else "Choose a DICOM folder first."


def _load(facts: Facts) -> str:
    if not facts.listed:
        return "Look through a DICOM folder first."
    return "" if facts.chosen else "Tick at least one series."


def _import_rois(facts: Facts) -> str:
    if not facts.rois_chosen:
        return "Tick at least one ROI of a structure set."
    return "Load the image that the ROIs were drawn on, or choose the planning CT." if facts.rois_unplaced else ""


def _register(facts: Facts) -> str:
    return (
        _volume(facts.planning_ct, "the planning CT")
        or _volume(facts.moving, "the image to be laid on the planning CT")
        or _region(facts.gtv, "the GTV: images are registered in a box round it")
    )


def _decide(facts: Facts) -> str:
    return "" if facts.registered else "Register first."


def _write_case(facts: Facts) -> str:
    if not facts.decided:
        return "Accept or reject a registration first."
    return "" if facts.export_folder else "Choose a folder in the step Export first."


def _make_map(facts: Facts) -> str:
    return _inputs(facts.map_inputs) or _moved_inputs(facts.map_inputs) or facts.map_problem


def _segment(facts: Facts) -> str:
    return _inputs(facts.inputs) or facts.parameter_problem


def _inputs(inputs: tuple[InputFacts, ...]) -> str:
    for one in inputs:
        if not one.given and not one.optional:
            return f"Choose {one.what}."
        reasons = [one.problem, *(volume.problem for volume in one.volumes), *(_region(region, "") for region in one.regions)]
        if any(reasons):
            return next(reason for reason in reasons if reason)
    return ""


def _moved_inputs(inputs: tuple[InputFacts, ...]) -> str:
    moved = (_moved(volume) for one in inputs for volume in one.volumes)
    return next((reason for reason in moved if reason), "")


def _export(facts: Facts) -> str:
    missing = _volume(facts.planning_ct, "the planning CT")
    if missing:
        return missing
    if facts.planning_ct is not None and not facts.planning_ct.from_dicom:
        return (
            f'The volume "{facts.planning_ct.name}" did not come from DICOM: an RTSTRUCT must name the slices of the '
            "planning CT. Load the CT from its DICOM folder."
        )
    if _moved(facts.planning_ct):
        return _moved(facts.planning_ct)
    if not facts.exports:
        return "Tick at least one region."
    for region in facts.exports:
        problem = _region(region, "a region")
        if problem:
            return problem
    if facts.identity_problem:
        return facts.identity_problem
    return "" if facts.export_folder else "Choose a folder to export to."


def _volume(volume: VolumeFacts | None, what: str) -> str:
    return f"Choose {what}." if volume is None else volume.problem


def _moved(volume: VolumeFacts | None) -> str:
    if volume is None or not volume.moved_by or not volume.from_dicom:
        return ""
    return (
        f'The volume "{volume.name}" is moved by the transform "{volume.moved_by}", and its DICOM files are not. '
        "Take it out of the transform first."
    )


def _region(region: RegionFacts | None, what: str) -> str:
    if region is None:
        return f"Choose {what}."
    return region.problem or (f'The region "{region.name}" is empty.' if region.is_empty else "")
