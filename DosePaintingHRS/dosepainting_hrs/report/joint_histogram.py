"""Two maps against each other inside a region: the step, its table and its figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..address import Where
from ..context import Context
from ..errors import InputError
from ..evaluation.joint_histogram import joint_histogram
from ..image import Image
from ..job import Argument, Step, register_step
from ..notes import note
from ..parameters import Field
from .plots import draw_joint_histogram, write_figure
from .regions_on import region_on
from .table_and_figure import table_and_figure
from .tables import write_table


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Voxels whose values fall into one bin of each map."""

    first_from: float
    first_to: float
    second_from: float
    second_to: float
    voxels: int


@dataclass(frozen=True, kw_only=True)
class JointHistogramResult:
    """How the maps go together, and every bin that is not empty."""

    output: str
    figure: str
    voxels: int
    left_out: int
    first_quantity: str
    first_unit: str
    first_mean: float
    second_quantity: str
    second_unit: str
    second_mean: float
    pearson: float | None
    spearman: float | None
    cells: tuple[Cell, ...]
    remarks: tuple[str, ...]


@register_step("joint-histogram", JointHistogramResult)
@dataclass(frozen=True, kw_only=True)
class JointHistogramStep(Step):
    """Count and correlate two maps inside a region; ``segment value-window`` turns a part of the plot into a region."""

    first: Annotated[Where, Field("First map; its grid counts."), Argument(flags=("--first",), metavar="IMAGE")]
    second: Annotated[Where, Field("Second map."), Argument(flags=("--second",), metavar="IMAGE")]
    within: Annotated[Where, Field("Region, usually the GTV."), Argument(flags=("--within",), metavar="REGION")]
    output: Annotated[str, Field("New table, CSV or JSON."), Argument(flags=("-o", "--output"), metavar="FILE")]
    figure: Annotated[str, Field("New figure, PNG or SVG."), Argument(flags=("--figure",), metavar="FILE")] = ""
    bins: Annotated[int, Field("Bins of each map.", minimum=2, maximum=1024)] = 64
    resample: Annotated[bool, Field("Bring the second map to the grid of the first (linear), when they differ.")] = False
    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> JointHistogramResult:
        """Count, correlate, and write table and figure."""
        target, picture = table_and_figure(context, self.output, self.figure)
        remarks: list[str] = []
        first = context.image(self.first)
        second = self._second(context, first, remarks)
        within = region_on(context, self.within, first, self.drawn_on, remarks)
        found = joint_histogram(first, second, within, self.bins)
        cells = tuple(
            Cell(
                first_from=float(found.first_edges[row]),
                first_to=float(found.first_edges[row + 1]),
                second_from=float(found.second_edges[column]),
                second_to=float(found.second_edges[column + 1]),
                voxels=int(found.counts[row, column]),
            )
            for row, column in zip(*found.counts.nonzero(), strict=True)
        )
        result = JointHistogramResult(
            output=context.told(target),
            figure=context.told(picture) if picture is not None else "",
            voxels=found.voxels,
            left_out=found.left_out,
            first_quantity=first.quantity.name,
            first_unit=first.quantity.unit,
            first_mean=found.first_mean,
            second_quantity=second.quantity.name,
            second_unit=second.quantity.unit,
            second_mean=found.second_mean,
            pearson=found.pearson,
            spearman=found.spearman,
            cells=cells,
            remarks=tuple(remarks),
        )
        write_table(target, cells, result, context.record)
        if picture is not None:
            named = ("first map", first.quantity), ("second map", second.quantity)
            write_figure(draw_joint_histogram(found, *named, within.name), picture)
        return result

    def _second(self, context: Context, first: Image, remarks: list[str]) -> Image:
        second = context.image(self.second)
        frames = (first.identity.frame_of_reference, second.identity.frame_of_reference)
        if second.geometry.is_same_grid(first.geometry) and (frames[0] == frames[1] or not all(frames)):
            return second
        if not self.resample:
            elsewhere = " and another frame of reference" if all(frames) and frames[0] != frames[1] else ""
            raise InputError(
                f"The second map lies on a grid of {second.geometry}{elsewhere}, the first on one of {first.geometry}.",
                "Bring it there with --resample, which interpolates linearly and says so.",
            )
        what = ("The second map", "the first map")
        placed, told = context.place_image(second, first.geometry, first.identity, what=what)
        remarks.append(note(f"The second map was brought from a grid of {second.geometry} to that of the first, linearly."))
        remarks += told
        return placed
