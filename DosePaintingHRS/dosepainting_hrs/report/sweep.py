"""Sweep thresholds over a lesion: the step, its table and its figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..address import Where
from ..context import Context
from ..errors import InputError
from ..evaluation.threshold_sweep import ALL_ISLANDS, Sweep, SweepPoint, threshold_sweep
from ..image import Image, Mask
from ..job import Argument, Step, register_step
from ..parameters import Field
from .plots import draw_sweep, write_figure
from .regions_on import region_on
from .table_and_figure import table_and_figure
from .tables import write_table

WITHIN, EVERYWHERE = "within", "image"


@dataclass(frozen=True, kw_only=True)
class SweepResult:
    """The best percentage, and every point."""

    output: str
    figure: str
    map_quantity: str
    map_unit: str
    maximum: float
    within_ml: float
    scope_ml: float
    reference_ml: float | None
    reference_in_scope: float | None
    points_of_origin: int | None
    best_percent: float | None
    best_dice: float | None
    patient_id: str
    points: tuple[SweepPoint, ...]
    remarks: tuple[str, ...]


@register_step("sweep", SweepResult)
@dataclass(frozen=True, kw_only=True)
class SweepStep(Step):
    """Sweep the threshold from 1 to 100 per cent of the maximum: volume, and agreement with a reference.

    A percentage that fits one lesion best is a finding about that lesion, no recipe: Kutnar 2023 found 38 % for recurrences at
    a Dice of 0.14.
    """

    map: Annotated[Where, Field("Quantitative map."), Argument(flags=("--map",), metavar="IMAGE")]
    within: Annotated[Where, Field("Region whose maximum counts, the GTV."), Argument(flags=("--within",), metavar="REGION")]
    output: Annotated[str, Field("New table, CSV or JSON."), Argument(flags=("-o", "--output"), metavar="FILE")]
    reference: Annotated[
        Where | None,
        Field("Region that should be found, a recurrence say."),
        Argument(flags=("--reference",), metavar="REGION"),
    ] = None
    scope: Annotated[
        str, Field("Where voxels may belong: within the region, or in the whole image.", choices=(WITHIN, EVERYWHERE))
    ] = WITHIN
    crop: Annotated[
        Where | None, Field("Region to apply thresholds in instead."), Argument(flags=("--crop",), metavar="REGION")
    ] = None
    without: Annotated[
        Where | None,
        Field("Region to leave out of the scope, the brain say."),
        Argument(flags=("--without",), metavar="REGION"),
    ] = None
    figure: Annotated[str, Field("New figure, PNG or SVG."), Argument(flags=("--figure",), metavar="FILE")] = ""
    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> SweepResult:
        """Sweep, and write table and figure."""
        target, picture = table_and_figure(context, self.output, self.figure)
        image = context.image(self.map)
        remarks: list[str] = [ALL_ISLANDS]
        within = region_on(context, self.within, image, self.drawn_on, remarks)
        reference = region_on(context, self.reference, image, self.drawn_on, remarks) if self.reference is not None else None
        context.progress(0.6, "Sweeping")
        scope = self._scope(context, image, within, remarks)
        sweep = threshold_sweep(image, within, reference, scope=scope)
        if sweep.finds_nothing and reference is not None:
            remarks.append(
                f'No percentage finds any voxel of the reference "{reference.name}": there is no best. Of the reference, '
                f"{sweep.reference_in_scope or 0.0:.1%} lie where thresholds were applied."
            )
        write_table(target, sweep.points, sweep, context.record)
        if picture is not None:
            context.progress(0.8, "Drawing")
            write_figure(draw_sweep(sweep, image.quantity, within.name), picture)
        return _result(sweep, image, context.told(target), context.told(picture) if picture else "", remarks)

    def _scope(self, context: Context, image: Image, within: Mask, remarks: list[str]) -> Mask:
        """Return where thresholds are applied."""
        if self.crop is not None and self.scope == EVERYWHERE:
            raise InputError('Both a crop and the scope "image" were given.', "Give one of the two.")
        scope = within
        if self.crop is not None:
            scope = region_on(context, self.crop, image, self.drawn_on, remarks)
        elif self.scope == EVERYWHERE:
            scope = _replaced(within, np.ones(within.array.shape, dtype=np.bool_), "image")
        if self.without is None:
            return scope
        out = region_on(context, self.without, image, self.drawn_on, remarks)
        return _replaced(scope, scope.array & ~out.array, f'{scope.name} without "{out.name}"')


def _replaced(mask: Mask, array: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], name: str) -> Mask:
    return Mask(array=array, geometry=mask.geometry, stored=mask.stored, identity=mask.identity, name=name)


def _result(sweep: Sweep, image: Image, output: str, figure: str, remarks: list[str]) -> SweepResult:
    return SweepResult(
        output=output,
        figure=figure,
        map_quantity=image.quantity.name,
        map_unit=image.quantity.unit,
        maximum=sweep.maximum,
        within_ml=sweep.within_ml,
        scope_ml=sweep.scope_ml,
        reference_ml=sweep.reference_ml,
        reference_in_scope=sweep.reference_in_scope,
        points_of_origin=sweep.points_of_origin,
        best_percent=sweep.best_percent,
        best_dice=sweep.best_dice,
        patient_id=sweep.patient_id,
        points=sweep.points,
        remarks=tuple(remarks),
    )
