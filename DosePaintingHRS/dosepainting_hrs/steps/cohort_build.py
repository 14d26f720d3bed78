"""Bring every case of a cohort to one grid of its own, so that its maps and region can be pooled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from ..context import Context
from ..errors import InputError
from ..image import Image, on_grid
from ..job import Argument, Step, register_step
from ..learning.cohort import Cohort, Row
from ..learning.tumours import placed_in_table
from ..parameters import Field, nearest
from ..progress import each
from ..storage.atomic import new_folder, require_new_folder
from ..storage.volumes import read_image, write_volume
from .cohort_classes import folder_of, with_absolute_bases, write_cohort_table
from .cohort_source import open_cohort


@dataclass(frozen=True, kw_only=True)
class BuiltCase:
    """One case on its grid."""

    case: str
    time_point: str
    grid: str
    grid_of: str
    resampled: tuple[str, ...]
    volume_before_ml: float
    volume_after_ml: float
    remarks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CohortBuildResult:
    """The new cohort."""

    output: str
    cohort: str
    cases: tuple[BuiltCase, ...]


@register_step("cohort-build", CohortBuildResult)
@dataclass(frozen=True, kw_only=True)
class CohortBuildStep(Step):
    """Bring the maps and the region of every case to one grid, and write a new cohort of what was made.

    Maps are interpolated once, regions keep their volume. The grid is that of the map named with --like, by default the
    coarsest map of the case, as finer voxels hold nothing that it has.
    """

    cohort: Annotated[str, Field("cohort.csv, or a folder of case files."), Argument(metavar="COHORT.CSV")]
    output: Annotated[str, Field("New folder."), Argument(flags=("-o", "--output"), metavar="DIR")]
    like: Annotated[str, Field("Map whose grid counts; the coarsest of each case when not given.")] = ""
    interpolation: Annotated[str, Field("How maps are interpolated.", choices=("linear", "sinc"))] = "linear"

    def run(self, context: Context) -> CohortBuildResult:
        """Build every case that is not excluded."""
        target = context.new_folder(self.output)
        require_new_folder(target)
        cohort = open_cohort(context, self.cohort)
        if self.like and self.like not in cohort.map_names:
            raise InputError(f'The cohort has no map "{self.like}".', nearest(self.like, cohort.map_names))
        rows, built = [], []
        with new_folder(target) as folder:
            for row in each(cohort.rows, context.progress, "Building"):
                if row.exclude:
                    rows.append(replace(row, maps={}, frames={}, region=""))
                    continue
                made, told = self._case(context, cohort, row, folder / folder_of(cohort, row))
                rows.append(made)
                built.append(told)
            settings = with_absolute_bases(cohort)
            new = replace(cohort, path=folder / "cohort.csv", folder=folder, rows=tuple(rows), settings=settings)
            write_cohort_table(new, folder / "cohort.csv")
        return CohortBuildResult(output=context.told(target), cohort=context.told(target / "cohort.csv"), cases=tuple(built))

    def _case(self, context: Context, cohort: Cohort, row: Row, folder: Path) -> tuple[Row, BuiltCase]:
        images: dict[str, Image] = {}
        for name, path in row.maps.items():
            with placed_in_table(cohort, row, f"map:{name}"):
                images[name] = read_image(cohort.folder / path)
        chosen = self._grid_of(cohort, row, images)
        grid = images[chosen]
        folder.mkdir()
        moved: list[str] = []
        remarks: list[str] = []
        for name, image in images.items():
            placed = image
            if not image.geometry.is_same_grid(grid.geometry):
                what = (f'The map "{name}" of {row.where}', f'the map "{chosen}"')
                placed, told = context.place_image(
                    image, grid.geometry, grid.identity, what=what, interpolation=self.interpolation
                )
                placed = replace(placed, stored=on_grid(grid.geometry)[1], basis=image.basis)
                moved.append(name)
                remarks += told
            write_volume(placed, folder / f"{name}.nrrd", job=context.record)
        with placed_in_table(cohort, row, "region"):
            region = context.region(str((cohort.folder / row.region).absolute()))
            on = context.place(region, grid.geometry, grid.identity, what=("The region", f'the map "{chosen}"'))
        write_volume(on.mask, folder / "GTV.nrrd", job=context.record)
        paths = {name: f"{folder.name}/{name}.nrrd" for name in images}
        frames = {name: str((cohort.folder / text).absolute()) for name, text in row.frames.items()}
        return replace(row, maps=paths, region=f"{folder.name}/GTV.nrrd", frames=frames), BuiltCase(
            case=row.case,
            time_point=row.time_point,
            grid=str(grid.geometry),
            grid_of=chosen,
            resampled=(*moved, *(["region"] if on.resampled is not None else [])),
            volume_before_ml=region.volume_ml,
            volume_after_ml=on.mask.volume_ml,
            remarks=(*remarks, *on.remarks),
        )

    def _grid_of(self, cohort: Cohort, row: Row, images: Mapping[str, Image]) -> str:
        if self.like and self.like not in images:
            raise InputError(f'The cohort "{cohort.path}", {row.where}, has no map "{self.like}".', "Name another grid.")
        if not images:
            raise InputError(f'The cohort "{cohort.path}", {row.where}, has no maps.', "Exclude the row.")
        return self.like or max(images, key=lambda name: images[name].geometry.voxel_volume_ml)
