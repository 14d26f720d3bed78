"""Build a case whose images and regions all lie on one grid: the common cube of every analysis."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import numpy as np

from ..address import Where
from ..case import Case, CaseImage, CaseRegion, write_case
from ..context import Context
from ..dicom.role import Role
from ..errors import InputError, ParameterError
from ..geometry import Geometry
from ..image import Image, on_grid
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..registration.field_of_view import common_slices, cut_slices
from ..storage.atomic import new_folder, require_new_folder
from ..storage.volumes import write_volume

_PET = (Role.PET.value, Role.DYNAMIC_PET.value)


@dataclass(frozen=True, kw_only=True)
class OnCube:
    """One image or region on the common grid."""

    name: str
    path: str
    source: str
    kind: str
    volume_before_ml: float | None
    volume_after_ml: float | None
    change_percent: float | None
    share_without_value: float | None
    remarks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CaseBuildResult:
    """The common grid, what lies on it, and the case that names it."""

    case: str
    folder: str
    grid: str
    grid_of: str
    frame_of_reference: str
    slices_before: int
    slices_after: int
    members: tuple[OnCube, ...]
    remarks: tuple[str, ...]


@register_step("case-build", CaseBuildResult)
@dataclass(frozen=True, kw_only=True)
class CaseBuildStep(Step):
    """Bring images and regions of a case to one grid, and write a case that names them.

    The grid is the PET's unless another image is chosen; a map that was made already (SUV, ADC) may be given by name.
    Images are interpolated once, regions keep their volume; both volumes are told. With --same-slices the grid is cut to
    the slices that every image covers (field-of-view harmonisation).
    """

    output: Annotated[str, Field("New folder for the volumes and case.json."), Argument(metavar="FOLDER")]
    like: Annotated[
        Where | None,
        Field("Image whose grid all get; the case's PET when not given."),
        Argument(flags=("--like",), metavar="IMAGE"),
    ] = None
    images: Annotated[
        Mapping[str, Where],
        Field("Image under its name in the new case; all of the case when none is given."),
        Argument(flags=("--image",), metavar="NAME=IMAGE"),
    ] = field(default_factory=dict)
    regions: Annotated[
        Mapping[str, Where],
        Field("Region under its name in the new case; all of the case when none is given."),
        Argument(flags=("--region",), metavar="NAME=REGION"),
    ] = field(default_factory=dict)
    interpolation: Annotated[str, Field("How images are interpolated.", choices=("linear", "sinc"))] = "linear"
    same_slices: Annotated[bool, Field("Cut the grid to the slices that all images cover.")] = False

    def run(self, context: Context) -> CaseBuildResult:
        """Bring everything to the grid and write it."""
        case = context.opened.case if context.opened else None
        if case is None:
            raise ParameterError("A common cube is built from a case; none was given.", "Add --case CASE.JSON.")
        target = context.new_folder(self.output)
        require_new_folder(target)
        like = self.like if self.like is not None else _pet_of(case)
        reference = context.image(like)
        images = {name: context.image(where) for name, where in (self.images or _usable(case)).items()}
        whole = reference.geometry
        grid, remarks = self._cut(context, reference, images)
        with new_folder(target) as folder:
            made = [self._add_image(context, folder, name, image, (grid, reference)) for name, image in images.items()]
            chosen = self.regions or {one.name: one.name for one in case.regions}
            made += [self._add_region(context, folder, name, where, (grid, reference)) for name, where in chosen.items()]
            new = _case_of(case, made, target, context)
            write_case(new, folder / "case.json")
        return CaseBuildResult(
            case=context.told(target / "case.json"),
            folder=context.told(target),
            grid=str(grid),
            grid_of=like if isinstance(like, str) else like.path,
            frame_of_reference=reference.identity.frame_of_reference,
            slices_before=whole.shape[0],
            slices_after=grid.shape[0],
            members=tuple(made),
            remarks=(*context.heard, *remarks),
        )

    def _cut(self, context: Context, reference: Image, images: Mapping[str, Image]) -> tuple[Geometry, tuple[str, ...]]:
        if not self.same_slices:
            return reference.geometry, ()
        placed = [context.corners_on(image, reference, name) for name, image in images.items()]
        first, last = common_slices(reference.geometry, placed)
        cut = cut_slices(reference.geometry, first, last)
        if cut.shape == reference.geometry.shape:
            return cut, ("All images cover all slices of the grid.",)
        return cut, (
            f"Slices {first + 1} to {last + 1} of {reference.geometry.shape[0]} are covered by all images and were kept.",
        )

    def _add_image(self, context: Context, folder: Path, name: str, image: Image, onto: tuple[Geometry, Image]) -> OnCube:
        grid, reference = onto
        what = (f'The image "{name}"', "the common grid")
        moved, remarks = context.place_image(image, grid, reference.identity, what=what, interpolation=self.interpolation)
        path = folder / f"{_file_name(name)}.nrrd"
        write_volume(replace(moved, stored=on_grid(grid)[1]), path, job=context.record)
        empty = float(np.isnan(moved.array).mean()) if moved.array.dtype.kind == "f" else 0.0
        return OnCube(
            name=name,
            path=path.name,
            source=", ".join(image.identity.series),
            kind="image",
            volume_before_ml=None,
            volume_after_ml=None,
            change_percent=None,
            share_without_value=empty,
            remarks=remarks,
        )

    def _add_region(self, context: Context, folder: Path, name: str, where: Where, onto: tuple[Geometry, Image]) -> OnCube:
        grid, reference = onto
        mask = context.region(where)
        placed = context.place(mask, grid, reference.identity, what=(f'The region "{name}"', "the common grid"))
        path = folder / f"{_file_name(name)}.nrrd"
        write_volume(replace(placed.mask, stored=on_grid(grid)[1], name=name), path, job=context.record)
        lost = placed.resampled.vanished if placed.resampled is not None else ()
        after = placed.mask.volume_ml
        return OnCube(
            name=name,
            path=path.name,
            source=", ".join(mask.identity.series),
            kind="region",
            volume_before_ml=mask.volume_ml,
            volume_after_ml=after,
            change_percent=100.0 * (after / mask.volume_ml - 1.0),
            share_without_value=None,
            remarks=(*placed.remarks, *(f"An island is lost: {one}." for one in lost)),
        )


def _pet_of(case: Case) -> str:
    found = [one.name for one in case.images if one.role in _PET]
    if len(found) != 1:
        raise ParameterError(
            f"The common grid is the PET's by default, and the case has {len(found)} PET images.",
            "Choose an image: --like NAME.",
        )
    return found[0]


def _usable(case: Case) -> dict[str, Where]:
    if not case.images:
        raise InputError("The case names no images.", "Give some: --image NAME=IMAGE.")
    return {one.name: one.name for one in case.images}


def _case_of(case: Case, made: list[OnCube], target: Path, context: Context) -> Case:
    roles = {one.name: one.role for one in case.images} | {one.name: one.role for one in case.regions}
    images = tuple(CaseImage(name=one.name, path=one.path, role=roles.get(one.name, "")) for one in made if one.kind == "image")
    regions = tuple(
        CaseRegion(name=one.name, path=one.path, role=roles.get(one.name, "")) for one in made if one.kind == "region"
    )
    old = context.opened.folder if context.opened else Path()
    transforms = tuple(
        replace(one, file=Path(os.path.relpath((old / one.file).resolve(), target.resolve())).as_posix()) if one.file else one
        for one in case.transforms
    )
    return replace(case, images=images, regions=regions, transforms=transforms)


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)
