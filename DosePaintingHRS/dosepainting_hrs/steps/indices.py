"""Measure classical indices of regions on maps, as a table and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ..address import REGION_FORM, Where
from ..context import Context
from ..errors import GeometryError, InputError
from ..evaluation.indices import IndexChoices, indices_of
from ..image import Image, Mask
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..progress import each, part
from ..quantities import REGION
from ..storage.atomic import new_file, require_absent


@dataclass(frozen=True, kw_only=True)
class MeasuredIndex:
    """One index of one region on one map; null where it is not defined, and then the definition says why."""

    map: str
    quantity: str
    region: str
    index: str
    value: float | None
    unit: str
    definition: str


@dataclass(frozen=True, kw_only=True)
class IndicesResult:
    """What was measured, one line per index."""

    output: str
    patient_id: str
    indices: tuple[MeasuredIndex, ...]
    remarks: tuple[str, ...]


@register_step("indices", IndicesResult)
@dataclass(frozen=True, kw_only=True)
class IndicesStep(Step):
    """Measure classical indices of regions on maps: mean, extremes, peak, valley, ratios, MTV, TLG, entropy.

    Every map is measured on its own grid, to which the regions are brought volume-true: the maximum is that of the voxels
    that were reconstructed. Each number comes with its definition.
    """

    maps: Annotated[
        Mapping[str, Where], Field("Maps by the names they get in the table."), Argument(flags=("--map",), metavar="NAME=IMAGE")
    ]
    regions: Annotated[
        Mapping[str, Where],
        Field("Regions by the names they get in the table."),
        Argument(flags=("--region",), metavar=REGION_FORM),
    ]
    reference: Annotated[
        Where | None,
        Field("Reference region (muscle, say) for the ratios."),
        Argument(flags=("--reference",), metavar="REGION"),
    ] = None
    output: Annotated[
        str, Field("New CSV file; none is written without."), Argument(flags=("-o", "--output"), metavar="FILE")
    ] = ""
    bin_width: Annotated[
        float | None, Field("Width of a bin of the histogram, in the unit of the map; there is no entropy without.")
    ] = None
    mtv_threshold: Annotated[float | None, Field("Least value of the metabolic volume, in the unit of the map.")] = None
    mtv_percent: Annotated[
        float | None, Field("Least value of the metabolic volume, in per cent of the maximum.", minimum=0.0, maximum=100.0)
    ] = None
    drawn_on: Annotated[
        Where | None,
        Field("Image that RTSTRUCT regions were drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> IndicesResult:
        """Measure every region on every map."""
        choices = IndexChoices(bin_width=self.bin_width, mtv_threshold=self.mtv_threshold, mtv_percent=self.mtv_percent)
        if not self.maps or not self.regions:
            raise InputError(
                "Indices need at least one map and one region.", f"Give --map NAME=IMAGE and --region {REGION_FORM}."
            )
        target = context.new_file(self.output) if self.output else None
        if target is not None:
            require_absent(target)
        lines: list[MeasuredIndex] = []
        remarks: list[str] = []
        patient = ""
        for name in each(list(self.maps), part(context.progress, 0.0, 0.9), "Measuring"):
            image = _map(context, name, self.maps[name])
            patient = patient or image.identity.patient_id
            remarks += _remarks_on(name, image)
            reference = self._reference(context, name, image, remarks)
            for region, where in self.regions.items():
                mask = self._placed(context, region, where, (name, image), remarks)
                lines += [
                    MeasuredIndex(
                        map=name,
                        quantity=image.quantity.name,
                        region=region,
                        index=one.name,
                        value=one.value,
                        unit=one.unit,
                        definition=one.definition,
                    )
                    for one in indices_of(image, mask, choices, reference)
                ]
        if target is not None:
            _write_csv(lines, target, patient)
        return IndicesResult(
            output=context.told(target) if target is not None else "",
            patient_id=patient,
            indices=tuple(lines),
            remarks=tuple(dict.fromkeys([*context.heard, *remarks])),
        )

    def _reference(self, context: Context, name: str, image: Image, remarks: list[str]) -> Mask | None:
        if self.reference is None:
            return None
        called = self.reference if isinstance(self.reference, str) else "reference"
        try:
            return self._placed(context, called, self.reference, (name, image), remarks)
        except GeometryError as error:  # The other maps and indices need not do without it.
            remarks.append(f'No ratios on the map "{name}": {error.message}')
            return None

    def _placed(self, context: Context, name: str, where: Where, on: tuple[str, Image], remarks: list[str]) -> Mask:
        image = on[1]
        region = context.region(where, self.drawn_on)
        placed = context.place(region, image.geometry, image.identity, what=(f'The region "{name}"', f'the map "{on[0]}"'))
        remarks += placed.remarks
        if placed.resampled is not None:
            remarks += [f'Of the region "{name}", {one} is lost on the grid of the map.' for one in placed.resampled.vanished]
        return placed.mask


def _map(context: Context, name: str, where: Where) -> Image:
    image = context.image(where)
    if image.quantity == REGION:
        raise InputError(f'What was given as the map "{name}" is a region; a map is needed.', "Give an image, SUV for example.")
    return image


def _remarks_on(name: str, image: Image) -> list[str]:
    """Say that a maximum after resampling is not that of the scanner's voxels."""
    told = []
    if image.resampled:
        told.append(
            f'The map "{name}" was resampled, so its maximum, minimum and peaks are not those of the reconstructed voxels; '
            "measure it on its own grid for SUVmax."
        )
    if image.edited:
        told.append(f'The map "{name}" was changed by another program after it was written.')
    return told


def _write_csv(lines: list[MeasuredIndex], target: Path, patient: str) -> None:
    """Write one line per index, with every digit."""
    with new_file(target) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["patient", "map", "quantity", "region", "index", "value", "unit", "definition"])
        for one in lines:
            value = "" if one.value is None else repr(one.value)
            writer.writerow([patient, one.map, one.quantity, one.region, one.index, value, one.unit, one.definition])
