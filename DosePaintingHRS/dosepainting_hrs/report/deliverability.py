"""Tell whether a region can be painted: the step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..address import Where
from ..context import Context
from ..evaluation.deliverability import Deliverability, deliverability
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..records import to_json
from .tables import require_new_table, write_table


@dataclass(frozen=True, kw_only=True)
class DeliverabilityResult:
    """How compact the region is, and what remains of it at the width given."""

    output: str
    name: str
    found: Deliverability
    remarks: tuple[str, ...]


@register_step("deliverability", DeliverabilityResult)
@dataclass(frozen=True, kw_only=True)
class DeliverabilityStep(Step):
    """Measure islands, scatter, surface and width of a region, and what remains of it after opening by a width."""

    region: Annotated[Where, Field("Region, an HRS say."), Argument(flags=("--region",), metavar="REGION")]
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
        target = context.new_file(self.output) if self.output else None
        if target is not None:
            require_new_table(target)
        region = context.region(self.region, self.drawn_on)
        context.progress(0.3, "Measuring")
        found = deliverability(region, self.width_mm)
        remarks = list(context.heard)
        if found.remaining_share < 1.0 - 1e-9 and found.remaining_ml == 0:
            remarks.append(f"Nothing of it is {self.width_mm:g} mm wide: a beam or map of that width cannot follow it.")
        if target is not None:
            write_table(target, [{**to_json(found), "islands": len(found.islands)}], found, context.record)
        return DeliverabilityResult(
            output=context.told(target) if target is not None else "", name=region.name, found=found, remarks=tuple(remarks)
        )
