"""Two maps against each other inside the GTV: drag over the plot to see the voxels, choose a segment to see its points."""

from __future__ import annotations

from typing import Any

import qt
from slicer.i18n import tr as _

from dosepainting_hrs.evaluation.joint_histogram import JointHistogram, counts_in, joint_histogram
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.notes import note, warnings_first
from dosepainting_hrs.registry import SEGMENTATIONS

from .choices import SegmentChoice, VolumeChoice
from .compare_part import ComparePart
from .input_sources import Source
from .plot_label import Place, PlotLabel
from .plot_picture import RED, Plot
from .slice_click import crosshair

_HERE_MS = 200
_HERE, _DRAGGED = (20, 90, 200), (0, 0, 0)


class JointPart(ComparePart):
    """Choice of the other map, the histogram, its selection as voxels, and voxels as points of it."""

    def __init__(self, step, box) -> None:
        super().__init__(step, box)
        self.found: JointHistogram | None = None
        self.window: tuple[float, float, float, float] | None = None
        self.selected: Mask | None = None
        self.here: tuple[float, float] | None = None
        self._images: tuple[Image, Image] | None = None
        self._within: Mask | None = None
        self._points: Mask | None = None
        self._shown_on: Any = None
        form = self.form()
        self.second = self.volume_choice("secondMapSelector")
        form.addRow(_("Other map"), self.second.selector)
        self.row(self.button("joint", _("Show"), self.show))
        self.plot = PlotLabel("jointPlot", self.panel.new_temporary, self._dragged)
        box.layout().addWidget(self.plot.widget)
        self.numbers = self.label("jointLabel")
        self.points_of = self.segment_choice("pointsOfSelector")
        self.points_of.selector.connect("currentSegmentChanged(QString)", self._points_chosen)
        self.form(wide=True).addRow(_("Points of"), self.points_of.selector)
        self.selection = self.label("selectionLabel")
        self.row(self.button("keepSelected", _("Keep as segment"), self.keep))
        self._timer = qt.QTimer()
        self._timer.setInterval(_HERE_MS)
        self._timer.connect("timeout()", self._look_here)

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of it."""
        return {
            "second": self.panel.scene_access.volume_facts(self.second.get()),
            "selected": self.selected.voxel_count if self.selected is not None else 0,
        }

    def choices(self) -> tuple[VolumeChoice | SegmentChoice, ...]:
        """Return the selectors of nodes that it has."""
        return self.second, self.points_of

    def show(self) -> None:
        """Count and correlate, and draw; the other map is brought to the grid of the map, with a word."""
        given = self.loaded()
        first, within = given.arguments["map"], given.arguments["within"]
        second, remarks = self.panel.scene_access.image(self.second.get()), list(given.remarks)
        if not second.geometry.is_same_grid(first.geometry):
            from dosepainting_hrs.registration.resample import resample_image  # SimpleITK is slow to import

            remarks.append(note(_("The other map was brought to the grid of the map, linearly.")))
            second = resample_image(second, first.geometry)
        self.found = joint_histogram(first, second, within)
        self._images, self._within, self._shown_on = (first, second), within, self.panel.map.map.get()
        self.window = self.selected = self._points = self.here = None
        self.step.marked.remove()
        self._draw()
        self._timer.start()
        told = _("{0} voxels, no correlation: one map is constant").format(self.found.voxels)
        if self.found.pearson is not None and self.found.spearman is not None:
            told = _("{0} voxels; Pearson {1:.2f}, Spearman {2:.2f}").format(
                self.found.voxels, self.found.pearson, self.found.spearman
            )
        self.numbers.text = _("Across: {0}. Upright: {1}. {2}. Drag over a part to see its voxels.").format(
            first.quantity, second.quantity, told
        )
        self.panel.status.say(_("Both maps counted in the GTV."), "\n".join(warnings_first(remarks)))

    def _draw(self) -> None:
        found = self.found
        if found is None or self._images is None:
            return
        edges = found.first_edges, found.second_edges
        ends = [(float(one[0]), float(one[-1])) for one in edges]
        plot = Plot(ends[0], ends[1], size=(290, 250))
        plot.heat(edges, found.counts)
        if self._points is not None:
            plot.bins(edges, counts_in(found, *self._images, self._points), RED)
        if self.window is not None:
            low, high, other_low, other_high = self.window
            plot.box((low, other_low), (high, other_high), _DRAGGED)
        if self.here is not None:
            plot.cross(*self.here, _HERE)
        self.plot.show(plot)

    # From the plot to the voxels

    def _dragged(self, pressed: Place, place: Place) -> None:
        plot = self.plot.plot
        if plot is None:
            return
        (a, b), (c, d) = plot.values_at(*pressed), plot.values_at(*place)
        self.window = min(a, c), max(a, c), min(b, d), max(b, d)
        with self.panel.guarded():
            self._select()
        self._draw()
        self.step.refresh()

    def _select(self) -> None:
        if self._images is None or self._within is None or self.window is None:
            return
        kind = SEGMENTATIONS.get("value-window")
        names = ("low", "high", "other_low", "other_high")
        method = kind(kind.parameters_type(**dict(zip(names, self.window, strict=True))))
        self.selected = None
        self.selection.text = _("No voxel lies there.")
        self.step.marked.remove()
        first, second = self._images
        made = method.compute(map=first, within=self._within, other=second)
        self.selected = made
        self.selection.text = _("{0} voxels, {1:.2f} ml, {2:.1%} of the GTV").format(
            made.voxel_count, made.volume_ml, made.voxel_count / self._within.voxel_count
        )
        self.step.marked.show(made, self._shown_on)

    def keep(self) -> None:
        """Keep the selected voxels as a segment."""
        access = self.panel.scene_access
        name = access.unused_name(_("Window"))
        region = access.add_hrs(self.selected, name, self._shown_on)
        self.step.marked.remove()
        self.panel.show_region(region)
        self.panel.status.say(_('"{0}" added: {1:.2f} ml.').format(name, self.selected.volume_ml), self.selected.history[-1])
        self.panel.changed()

    # From the voxels to the plot

    def _points_chosen(self, *_unused) -> None:
        if self._images is None or self._within is None:
            return
        node, segment_id = self.points_of.get()
        self._points = None
        with self.panel.guarded():
            if segment_id:
                given = self.loaded(reference=Source(node=node, segment_id=segment_id))
                self._points = given.arguments["reference"]
        self._draw()

    def _look_here(self) -> None:
        """Mark the values at the crosshair of the slice views."""
        if self._images is None or self._within is None or self.box.collapsed or self.panel.ui.compareStep.collapsed:
            return
        point, here = crosshair(self.panel.scene_access.scene), None
        if point is not None:
            here = _values_at(self._images, self._within, point)
        if here != self.here:
            self.here = here
            self._draw()

    def forget(self) -> None:
        """The scene was closed: show nothing of it."""
        self._timer.stop()
        self.found = self.window = self.selected = self.here = None
        self._images = self._within = self._points = self._shown_on = None
        self.plot.show(None)
        self.numbers.text = self.selection.text = ""

    def close(self) -> None:
        """Hear no more clicks, and look no more."""
        self._timer.stop()
        self.plot.close()


def _values_at(images: tuple[Image, Image], within: Mask, point: tuple[float, float, float]) -> tuple[float, float] | None:
    """Return the values of both maps at a place; None outside of the region."""
    x, y, z = (round(one) for one in within.geometry.to_index(point).tolist())
    inside = all(0 <= at < size for at, size in zip((z, y, x), within.array.shape, strict=True))
    if not inside or not within.array[z, y, x]:
        return None
    return float(images[0].array[z, y, x]), float(images[1].array[z, y, x])
