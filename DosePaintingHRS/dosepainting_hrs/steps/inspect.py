"""Look through a DICOM folder: every series, its role and its problems; propose a case file."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from ..case import Case, CaseImage, CaseRegion, write_case
from ..context import Context
from ..dicom.inventory import Inventory, inspect_folder
from ..dicom.roles import Role
from ..dicom.summary import SeriesSummary
from ..errors import ParameterError
from ..identity import FrameTransform, SamePatient, require_same_patient
from ..job import Argument, Step, register_step
from ..parameters import Field, nearest
from ..storage.atomic import require_absent

_IMAGES = {Role.PLANNING_CT, Role.CT, Role.PET, Role.DYNAMIC_PET, Role.T1, Role.T2, Role.DWI, Role.ADC, Role.DCE, Role.MR}


@dataclass(frozen=True, kw_only=True)
class InspectResult:
    """What was found; `inventory` has one object per series, the rest is what the case names, new or given."""

    folder: str
    inventory: dict[str, Any]
    case: str
    images: tuple[CaseImage, ...]
    regions: tuple[CaseRegion, ...]
    transforms: tuple[FrameTransform, ...]


@register_step("inspect", InspectResult)
@dataclass(frozen=True, kw_only=True)
class InspectStep(Step):
    """List every DICOM series of a folder: modality, role and why, size, spacing, orientation, frame, problems.

    Headers are read, no pixels. A role set by hand in the case file (--case) wins over the headers.
    """

    folder: Annotated[str, Field("Folder to look through, with all its subfolders."), Argument(metavar="FOLDER")]
    write_case: Annotated[
        str, Field("New case file to write, naming what was found."), Argument(flags=("--write-case",), metavar="CASE.JSON")
    ] = ""

    def run(self, context: Context) -> InspectResult:
        """Look through the folder and, when asked, write a case file."""
        folder = context.path(self.folder)
        target = context.new_file(self.write_case) if self.write_case else None
        if target is not None:
            require_absent(target)
        inventory = inspect_folder(folder, roles=self._roles(context), progress=context.progress)
        case = context.opened.case if context.opened else Case()
        if target is not None:
            _require_one_patient(inventory, context.same_patient)
            case = case_of(inventory, target.parent)
            write_case(case, target)
        return InspectResult(
            folder=context.told(folder),
            inventory=inventory.to_json(),
            case=context.told(target) if target is not None else "",
            images=case.images,
            regions=case.regions,
            transforms=case.transforms,
        )

    def _roles(self, context: Context) -> dict[str, Role]:
        case = context.opened.case if context.opened else Case()
        roles = {}
        for image in case.images:
            if image.series and image.role:
                roles[image.series] = _role(image.role)
        return roles


def case_of(inventory: Inventory, folder: Path) -> Case:
    """Propose a case: each usable image series and each ROI under a short name.

    Parameters
    ----------
    inventory : Inventory
        What `inspect_folder` found.
    folder : Path
        Folder of the case file, from which its relative paths start.
    """
    images: list[CaseImage] = []
    regions: list[CaseRegion] = []
    taken: set[str] = set()
    for series in inventory.series:
        if series.role in _IMAGES and series.geometry is not None:
            name = _free(_short(series.role), taken)
            path = _relative(series.files[0].parent, folder)
            images.append(CaseImage(name=name, path=path, role=series.role.value, series=series.uid))
    for one in inventory.acquisitions:
        if one.role is Role.DWI:
            name = _free(f"{_short(one.role)}_all_b", taken)
            images.append(CaseImage(name=name, path=_relative(one.folder, folder), role=one.role.value, series=one.selector))
    for series in inventory.series:
        if series.role is Role.RTSTRUCT:
            regions += _regions(series, images, folder, taken)
    planning = next((one for one in inventory.series if one.role is Role.PLANNING_CT), None)
    patient = planning.identity.patient_id if planning else ""
    return Case(patient_id=patient, images=tuple(images), regions=tuple(regions))


def _regions(series: SeriesSummary, images: list[CaseImage], folder: Path, taken: set[str]) -> list[CaseRegion]:
    drawn_on = next((image.name for image in images if image.series in series.references), "")
    found = []
    for file in series.files:
        for roi in series.regions:
            role = next((kind for kind in ("GTV", "CTV", "PTV") if roi.upper().startswith(kind)), "")
            region = CaseRegion(name=_free(roi, taken), path=_relative(file, folder), selector=roi, role=role)
            found.append(replace(region, image=drawn_on))
    return found


def _require_one_patient(inventory: Inventory, same: tuple[SamePatient, ...]) -> None:
    """Refuse to propose a case of two people: its names would lead from the one's PET to the other's CT."""
    for number, series in enumerate(inventory.series):
        for other in inventory.series[:number]:
            what = (
                f'The {other.role.value} in "{other.files[0].parent}"',
                f'the {series.role.value} in "{series.files[0].parent}"',
            )
            require_same_patient(other.identity, series.identity, what=what, same=same)


def _role(text: str) -> Role:
    known = tuple(role.value for role in Role)
    if text not in known:
        raise ParameterError(f'The case file gives the role "{text}".', nearest(text, known))
    return Role(text)


def _short(role: Role) -> str:
    return {Role.PLANNING_CT: "CT", Role.DYNAMIC_PET: "dynamic_PET"}.get(role, re.sub(r"\W+", "_", role.value))


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # Another drive on Windows.
        return str(path.resolve())
