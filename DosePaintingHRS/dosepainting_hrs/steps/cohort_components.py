"""Make the component maps of a cohort from its frames, in one basis for all its tumours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from ..context import Context
from ..errors import InputError
from ..image_frames import Frames
from ..job import Argument, Step, register_step
from ..learning.cohort import Cohort, CurveSettings
from ..learning.tumours import placed_in_table
from ..maps.component_basis import ComponentBasis, basis_of
from ..maps.component_maps import ComponentParameters, component_maps, gram_within
from ..maps.components import Gram, Normalisation, Weighting, components_of
from ..parameters import Field
from ..progress import Progress, each, part, silent
from ..registry import MAIN
from ..storage.atomic import new_folder, require_new_folder
from ..storage.volumes import write_volume
from .cohort_classes import folder_of, write_cohort_table
from .cohort_frames import curves_of, rows_with
from .cohort_source import open_cohort


@dataclass(frozen=True, kw_only=True)
class BasisOfCohort:
    """One basis that was found."""

    name: str
    hash: str
    file: str
    tumours: int
    voxels: int
    explained: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class CohortComponentsResult:
    """The new cohort, and the bases of its maps."""

    output: str
    cohort: str
    bases: tuple[BasisOfCohort, ...]
    maps: tuple[str, ...]


@register_step("cohort-components", CohortComponentsResult)
@dataclass(frozen=True, kw_only=True)
class CohortComponentsStep(Step):
    """Make component maps of all tumours from their frames, in one basis of the whole cohort, and write a new cohort.

    Frames stand in the columns frames:NAME of the table; "components" in cohort.json says what they are. The maps NAME_c1 and
    NAME_c2 lie on the grid of the frames. Tumours that are excluded are left out of the basis and get no maps.
    """

    cohort: Annotated[str, Field("cohort.csv with columns frames:NAME."), Argument(metavar="COHORT.CSV")]
    output: Annotated[str, Field("New folder."), Argument(flags=("-o", "--output"), metavar="DIR")]
    weighting: Annotated[str, Field("Whether long frames count more.", choices=tuple(one.value for one in Weighting))] = (
        Weighting.NONE.value
    )
    normalisation: Annotated[
        str, Field("What each curve is divided by.", choices=tuple(one.value for one in Normalisation))
    ] = Normalisation.NONE.value

    def run(self, context: Context) -> CohortComponentsResult:
        """Find a basis for each kind of frames, and project every tumour on it."""
        target = context.new_folder(self.output)
        require_new_folder(target)
        cohort = open_cohort(context, self.cohort)
        names = tuple(name for name in cohort.settings.components if rows_with(cohort, name))
        made = tuple(f"{name}_c{number}" for name in names for number in (1, 2))
        self._require_room(cohort, names, made)
        bases: dict[str, ComponentBasis] = {}
        with new_folder(target) as folder:
            for number, name in enumerate(names):
                share = part(context.progress, number / len(names), (number + 1) / len(names))
                bases[name] = self._basis(context, cohort, name, part(share, 0.0, 0.5))
                (folder / f"{name}-basis.json").write_text(json.dumps(bases[name].to_json(), indent=1) + "\n", encoding="utf-8")
                self._write_maps(context, cohort, name, bases[name], folder, part(share, 0.5, 1.0))
            new = self._cohort(cohort, bases, made, folder)
            write_cohort_table(new, folder / "cohort.csv")
        told = tuple(
            BasisOfCohort(
                name=name,
                hash=one.hash,
                file=context.told(target / f"{name}-basis.json"),
                tumours=len(rows_with(cohort, name)),
                voxels=one.voxels,
                explained=one.explained,
            )
            for name, one in bases.items()
        )
        return CohortComponentsResult(
            output=context.told(target), cohort=context.told(target / "cohort.csv"), bases=told, maps=made
        )

    def _require_room(self, cohort: Cohort, names: tuple[str, ...], made: tuple[str, ...]) -> None:
        if not names:
            raise InputError(
                f'The cohort "{cohort.path}" names no frames.',
                'Give a column frames:FMISO, and "components": {"FMISO": {"kind": "dynamic-pet"}} in cohort.json.',
            )
        there = next((name for name in made if name in cohort.map_names), None)
        if there is not None:
            raise InputError(
                f'The cohort "{cohort.path}" has a column "map:{there}" already, which would be made.', "Take the column out."
            )

    def _basis(self, context: Context, cohort: Cohort, name: str, progress: Progress) -> ComponentBasis:
        weighting, normalisation = Weighting(self.weighting), Normalisation(self.normalisation)
        parameters = ComponentParameters(weighting=weighting, normalisation=normalisation)
        whole: Gram | None = None
        first: Frames | None = None
        sources: list[str] = []
        for row in each(rows_with(cohort, name), progress, f"Going through the curves of {name}"):
            frames, region = curves_of(context, cohort, row, name)
            with placed_in_table(cohort, row, f"frames:{name}"):
                if whole is not None and first is not None:
                    found = components_of(whole)
                    basis_of(whole, found, first, name, weighting, normalisation).require_same_frames(frames)
                gram = gram_within(frames, region, parameters, silent)
            whole, first = gram if whole is None else whole + gram, first if first is not None else frames
            sources += list(frames.identity.series)
        if whole is None or first is None:
            raise InputError(f'The cohort "{cohort.path}" has no frames "{name}".')
        return basis_of(whole, components_of(whole), first, name, weighting, normalisation, tuple(sources))

    def _write_maps(  # noqa: PLR0917
        self, context: Context, cohort: Cohort, name: str, basis: ComponentBasis, folder: Path, progress: Progress
    ) -> None:
        for row in each(rows_with(cohort, name), progress, f"Making the maps of {name}"):
            frames, _ = curves_of(context, cohort, row, name)
            maps = component_maps(frames, None, basis.to_json(), ComponentParameters(), name, silent)
            own = folder / folder_of(cohort, row)
            own.mkdir(exist_ok=True)
            for key, number in ((MAIN, 1), ("c2", 2)):
                write_volume(maps[key], own / f"{name}_c{number}.nrrd", job=context.record)

    def _cohort(self, cohort: Cohort, bases: Mapping[str, ComponentBasis], made: tuple[str, ...], folder: Path) -> Cohort:
        settings = replace(
            cohort.settings,
            components={**cohort.settings.components, **{name: self._settings(cohort, name, folder) for name in bases}},
            bases={**cohort.settings.bases, **{f"{name}_c{k}": one.hash for name, one in bases.items() for k in (1, 2)}},
        )
        rows = []
        for row in cohort.rows:
            new = {
                f"{name}_c{number}": str((folder / folder_of(cohort, row) / f"{name}_c{number}.nrrd").absolute())
                for name in bases
                if not row.exclude and name in row.frames
                for number in (1, 2)
            }
            rows.append(replace(row, maps={**row.maps, **new}))
        return replace(cohort, settings=settings, rows=tuple(rows), map_names=(*cohort.map_names, *made))

    def _settings(self, cohort: Cohort, name: str, folder: Path) -> CurveSettings:
        return replace(cohort.settings.components[name], basis=str((folder / f"{name}-basis.json").absolute()))
