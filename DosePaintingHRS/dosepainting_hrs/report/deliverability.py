"""Tell whether regions can be painted: the step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from ..address import REGION_FORM, Where
from ..context import Context
from ..errors import InputError
from ..evaluation.deliverability import Deliverability, deliverability
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..progress import each
from ..records import to_json
from .tables import require_new_table, write_table


@dataclass(frozen=True, kw_only=True)
class MeasuredRegion:
    """How compact one region is, and what remains of it at the width given."""

    name: str
    found: Deliverability


@dataclass(frozen=True, kw_only=True)
class DeliverabilityResult:
    """What was measured of each region."""

    output: str
    regions: tuple[MeasuredRegion, ...]
    remarks: tuple[str, ...]


@register_step("deliverability", DeliverabilityResult)
@dataclass(frozen=True, kw_only=True)
class DeliverabilityStep(Step):
    """Measure islands, scatter, surface and width of regions, and what remains of each after opening by a width."""

    regions: Annotated[
        Mapping[str, Where],
        Field("Regions, an HRS say, by the names they get in the table."),
        Argument(flags=("--region",), metavar=REGION_FORM),
    ]
    width_mm: Annotated[
        float,
        Field("Width of the map's point spread, or of a leaf at the isocentre.", minimum=0.1, maximum=100.0),
        Argument(flags=("--width-mm",), metavar="MM"),
    ]
    output: Annotated[str, Field("New table, CSV or JSON."), Argument(flags=("-o", "--output"), metavar="FILE")] = ""
    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> DeliverabilityResult:
        """Measure, and write the table when asked."""
        if not self.regions:
            raise InputError("Deliverability needs at least one region.", f"Give --region {REGION_FORM}.")
        target = context.new_file(self.output) if self.output else None
        if target is not None:
            require_new_table(target)
        measured, told = [], []
        for name in each(list(self.regions), context.progress, "Measuring"):
            found = deliverability(context.region(self.regions[name], self.drawn_on), self.width_mm)
            measured.append(MeasuredRegion(name=name, found=found))
            if found.remaining_share < 1.0 - 1e-9 and found.remaining_ml == 0:
                told.append(f'Nothing of "{name}" is {self.width_mm:g} mm wide: a beam or map of that width cannot follow it.')
        made = DeliverabilityResult(
            output=context.told(target) if target is not None else "",
            regions=tuple(measured),
            remarks=(*context.heard, *told),
        )
        if target is not None:
            rows = [{"region": one.name, **to_json(one.found), "islands": len(one.found.islands)} for one in measured]
            write_table(target, rows, made, context.record)
        return made
