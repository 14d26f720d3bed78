"""The sweep: volume, and agreement with a reference, at every threshold; a click shows one of them in the slice views."""

from __future__ import annotations

from typing import Any

import numpy as np
from slicer.i18n import tr as _

from dosepainting_hrs.evaluation.threshold_sweep import ALL_ISLANDS, Sweep, SweepPoint, threshold_sweep
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.notes import warnings_first
from dosepainting_hrs.quantities import shown_unit

from .choices import SegmentChoice
from .compare_part import ComparePart
from .input_sources import Source
from .plot_label import Place, PlotLabel
from .plot_picture import BLUE, GREEN, GREY, PINK, RED, Plot

_METHOD = "percent-max"


class SweepPart(ComparePart):
    """Choice of a reference, the plot, what a click tells, and taking the percentage over."""

    def __init__(self, step, box) -> None:
        super().__init__(step, box)
        self.found: Sweep | None = None
        self.percent: float | None = None
        self._image: Image | None = None
        self._within: Mask | None = None
        self._shown_on: Any = None
        self.target = self.segment_choice("sweepTargetSelector")
        self.form(wide=True).addRow(_("Compare with (optional)"), self.target.selector)
        self.row(self.button("sweep", _("Sweep 1 to 100 %"), self.sweep))
        self.plot = PlotLabel("sweepPlot", self.panel.new_temporary, self._picked)
        box.layout().addWidget(self.plot.widget)
        self.legend = self.label("sweepLegend")
        self.numbers = self.label("sweepLabel")
        self.row(self.button("usePercent", _("Use this percentage"), self.use))

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of it."""
        return {"percent": self.percent}

    def choices(self) -> tuple[SegmentChoice, ...]:
        """Return the selectors of nodes that it has."""
        return (self.target,)

    def sweep(self) -> None:
        """Measure every threshold, and draw."""
        node, segment_id = self.target.get()
        more = {"reference": Source(node=node, segment_id=segment_id)} if segment_id else {}
        given = self.loaded(**more)
        self._image, self._within = given.arguments["map"], given.arguments["within"]
        self._shown_on = self.panel.map.map.get()
        self.found = threshold_sweep(self._image, self._within, given.arguments.get("reference"))
        self.percent = self.found.best_percent
        self._draw()
        remarks = "\n".join(warnings_first([ALL_ISLANDS, *given.remarks]))
        self.panel.status.say(_("Swept {0} thresholds.").format(len(self.found.points)), remarks)

    def _draw(self) -> None:
        found = self.found
        if found is None:
            return
        percents = [one.percent for one in found.points]
        most = max(one.volume_ml for one in found.points)
        plot = Plot((0.0, 100.0), (0.0, most), right=(0.0, 1.0) if found.reference_ml is not None else None)
        plot.line(percents, [one.volume_ml for one in found.points], GREY)
        legend = [_("Across: % of the maximum. Volume, ml (grey, left)")]
        if found.reference_ml is not None:
            for name, colour in (("recall", RED), ("precision", GREEN), ("dice", BLUE)):
                values = [getattr(one, name) for one in found.points]
                plot.line(percents, [np.nan if one is None else one for one in values], colour, right=True)
            legend.append(_("Dice (blue), recall (orange), precision (green) (right)"))
        if found.points_of_origin:
            shares = [(one.origins or 0) / found.points_of_origin for one in found.points]
            plot.line(percents, shares, PINK, right=True)
            legend.append(_("share of {0} points of origin (pink)").format(found.points_of_origin))
        if found.finds_nothing:
            legend.append(_("no percentage finds any of the reference"))
        if found.best_percent is not None:
            plot.mark(found.best_percent, BLUE, f"{found.best_percent:g} %: {found.best_dice:.2f}")
        if self.percent is not None:
            plot.mark(self.percent, (0, 0, 0))
        self.plot.show(plot)
        self.legend.text = "; ".join(legend)
        self._tell()

    def _tell(self) -> None:
        """Say what the percentage that was picked gives, and show it."""
        if self.found is None or self._image is None or self._within is None or self.percent is None:
            self.numbers.text = _("Click into the plot: the outline appears in the slice views.")
            return
        point = min(self.found.points, key=lambda one: abs(one.percent - (self.percent or 0.0)))
        self.numbers.text = told(point, self._image, self.found)
        members = self._within.array & np.isfinite(self._image.array) & (self._image.array >= np.float64(point.threshold))
        shown = Mask(
            array=members,
            geometry=self._image.geometry,
            stored=self._image.stored,
            identity=self._image.identity,
            name=f"{point.percent:g} %",
        )
        self.step.marked.show(shown, self._shown_on)

    def _picked(self, _pressed: Place, place: Place) -> None:
        if self.plot.plot is not None:
            self.percent = float(min(max(round(self.plot.plot.values_at(*place)[0]), 1), 100))
            self._draw()
            self.step.refresh()

    def use(self) -> None:
        """Take the percentage over into the method of step 4."""
        form = self.panel.segment.form
        form.choose(_METHOD)
        form.parameters.set_values({"percent": self.percent, "islands": "all"})
        self.step.marked.remove()
        self.panel.changed()
        self.panel.status.say(_("Step 4 has {0} at {1:g} % now.").format(_METHOD, self.percent))

    def forget(self) -> None:
        """The scene was closed: show nothing of it."""
        self.found = self.percent = self._image = self._within = self._shown_on = None
        self.plot.show(None)
        self.legend.text = self.numbers.text = ""

    def close(self) -> None:
        """Hear no more clicks."""
        self.plot.close()


def told(point: SweepPoint, image: Image, found: Sweep) -> str:
    """Return what one threshold gives, in words."""
    unit = shown_unit(image.quantity.unit)
    text = f"{point.percent:g} %: {point.threshold:.4g} {unit}".rstrip() + f", {point.volume_ml:.2f} ml"
    if point.mean is not None:
        text += f", mean {point.mean:.4g}"
    named = (("Dice", point.dice), ("recall", point.recall), ("precision", point.precision))
    text += "".join(f", {name} {value:.2f}" for name, value in named if value is not None)
    if point.origins is not None:
        text += f", {point.origins} of {found.points_of_origin} points of origin"
    return text
