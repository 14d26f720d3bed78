"""Whether a region can be painted: islands, scatter, surface, and what is left of it at a width."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from dosepainting_hrs.evaluation.deliverability import Deliverability, deliverability

from .choices import SegmentChoice
from .compare_part import ComparePart


class DeliverabilityPart(ComparePart):
    """Choice of a segment and a width, and the figures."""

    def __init__(self, step, box) -> None:
        super().__init__(step, box)
        self.region = self.segment_choice("paintedSelector")
        self.width = qt.QDoubleSpinBox()
        self.width.name = "widthSpin"
        self.width.minimum, self.width.maximum, self.width.decimals, self.width.singleStep = 0.0, 50.0, 1, 0.5
        self.width.toolTip = _("Width of the map's point spread, or of a leaf. Asked for: there is no default.")
        self.width.connect("valueChanged(double)", step.changed)
        self.form(wide=True).addRow(_("Region"), self.region.selector)
        self.form().addRow(_("Width (mm) *"), self.width)
        self.row(self.button("deliverability", _("Measure"), self.measure))
        self.figures = self.label("deliverabilityLabel")

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of it."""
        return {"painted": self.panel.scene_access.region_facts(*self.region.get()), "width_mm": float(self.width.value)}

    def choices(self) -> tuple[SegmentChoice, ...]:
        """Return the selectors of nodes that it has."""
        return (self.region,)

    def measure(self) -> None:
        """Measure the region on its own grid."""
        mask = self.panel.scene_access.region(self.region.get())
        self.figures.text = told(deliverability(mask, float(self.width.value)))
        self.panel.status.say(_('"{0}" measured.').format(mask.name))

    def forget(self) -> None:
        """The scene was closed: show nothing of it."""
        self.figures.text = ""


def told(found: Deliverability) -> str:
    """Return the figures in words, a line for each."""
    lines = [
        _("{0:.2f} ml; islands: {1}, {2:.0%} in the largest").format(found.volume_ml, len(found.islands), found.largest_share),
        _("Scatter index {0:.2f} (a ball: 1), sphericity {1:.2f}").format(found.scatter_index, found.sphericity),
        _("Surface {0:.1f} cm\u00b2, {1:.2f} per mm of volume").format(found.surface_cm2, found.surface_to_volume),
        _("Widest ball {0:.1f} mm").format(found.widest_mm),
        _("Left after opening by {0:g} mm: {1:.2f} ml ({2:.0%}), islands: {3}").format(
            found.width_mm, found.remaining_ml, found.remaining_share, found.remaining_islands
        ),
    ]
    return "\n".join(lines)
