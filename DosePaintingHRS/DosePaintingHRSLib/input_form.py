"""A form generated from what a method takes: one row per image, region, series or file, prefilled from the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import qt

from dosepainting_hrs.registry import Method, Slot

from .input_rows import RegionRow, Row, SeveralRow, VolumeRow, label_of, row_of
from .input_sources import Given, Kept, Source
from .presenter import InputFacts
from .series_row import Listed, SeriesRow

_WHAT = {
    "image": "the image to make the map from",
    "map": "a map",
    "within": "the GTV",
    "reference": "the reference region",
}
"""What inputs of these names are called when they are asked for."""
_NOUNS = {
    "image": "the volume",
    "region": "the region",
    "frames": "the series",
    "images": "at least one volume as",
    "regions": "at least one region as",
}


class InputForm:
    """Rows for the inputs of one method, in a layout.

    Parameters
    ----------
    parent : QWidget
        Has a layout; its earlier content is removed.
    access : SceneAccess
        The scene.
    series : callable
        Gives what the folder holds that was looked through: acquisitions of several series, then each series.
    changed : callable
        Called without arguments after each change.
    served : mapping of str to VolumeChoice
        Selectors that stand elsewhere in the panel already, by the name of the input.
    """

    def __init__(self, parent, access, series: Callable[[], list[Listed]], changed, served: Mapping[str, Any]) -> None:
        self._parent, self._access, self._series, self._changed = parent, access, series, changed
        self._served = dict(served)
        self._method: type[Method] | None = None
        self.rows: dict[str, Row] = {}
        self._content = None

    def show(self, method: type[Method]) -> None:
        """Build the rows of a method."""
        if self._content is not None:
            self._content.setParent(None)
            self._content.deleteLater()
        self._method, self.rows = method, {}
        self._content = qt.QWidget()
        self._parent.layout().addWidget(self._content)
        form = qt.QFormLayout(self._content)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(qt.QFormLayout.WrapLongRows)
        for slot in method.inputs:
            row = row_of(slot, self._access, self._series, self._changed, self._served)
            self.rows[slot.name] = row
            if row.is_served:
                continue
            row.widget.name = f"{slot.name}Input"
            row.widget.toolTip = slot.help
            label = qt.QLabel(label_of(slot) + (" (optional)" if slot.optional else ""))
            label.toolTip = slot.help
            form.addRow(label, row.widget)
        self._content.visible = form.rowCount() > 0

    def refresh(self) -> None:
        """List anew what is in the scene, and in the folder."""
        for row in self.rows.values():
            if hasattr(row, "refresh"):
                row.refresh()

    def prefill(self, known: Mapping[str, Source], *, show: bool = True) -> None:
        """Fill rows with what was chosen elsewhere in the panel, by the names of inputs; without `show`, only take note."""
        for name, source in known.items():
            row = self.rows.get(name)
            if isinstance(row, VolumeRow | RegionRow):
                row.prefill(source, show=show)

    def prefill_series(self, address: str) -> None:
        """Choose a series in the row that asks for one, where none was chosen yet."""
        for row in self.rows.values():
            if isinstance(row, SeriesRow) and row.is_free:
                row.choose(address)

    def settle(self) -> None:
        """Take the present choices for deliberate ones."""
        for row in self.rows.values():
            if isinstance(row, VolumeRow | RegionRow):
                row.choice.settle()

    def node_removed(self, scene) -> None:
        """Choose none where the node that was chosen has just left the scene."""
        for row in self.rows.values():
            if isinstance(row, VolumeRow | RegionRow):
                row.choice.node_removed(scene)

    def given(self) -> Given:
        """Return what was chosen, in the order of the inputs; several of one kind as ``input:name``."""
        return {key: source for row in self.rows.values() for key, source in row.given().items()}

    def facts(self) -> tuple[InputFacts, ...]:
        """Return what the presenter needs to know of each input."""
        return tuple(self._fact(row) for row in self.rows.values())

    def _fact(self, row: Row) -> InputFacts:
        sources = [source for source in row.given().values() if source.node is not None]
        volumes = [self._access.volume_facts(one.node) for one in sources if not one.segment_id]
        regions = [self._access.region_facts(one.node, one.segment_id) for one in sources if one.segment_id]
        return InputFacts(
            what=_what(row.slot),
            optional=row.slot.optional,
            given=bool(row.given()),
            volumes=tuple(one for one in volumes if one is not None),
            regions=tuple(one for one in regions if one is not None),
            problem=row.problem() if isinstance(row, SeveralRow) else "",
        )

    def kept(self) -> dict[str, Kept]:
        """Return what the state keeps of each row but nodes."""
        return {name: _kept(row) for name, row in self.rows.items() if not row.is_served}

    def nodes(self) -> dict[str, list[Any]]:
        """Return the nodes of each row, in the order of `kept`."""
        return {name: [source.node for source in row.given().values()] for name, row in self.rows.items() if not row.is_served}

    def restore(self, kept: Mapping[str, Any], nodes: Mapping[str, list[Any]]) -> None:
        """Show what was kept; what is not known is passed over."""
        for name, row in self.rows.items():
            held = kept.get(name, [])
            if not row.is_served and isinstance(held, list) and all(isinstance(one, Mapping) for one in held):
                row.restore(held, nodes.get(name, []))


def _kept(row: Row) -> Kept:
    if isinstance(row, VolumeRow | RegionRow):
        return [{"segment": source.segment_id} for source in row.given().values()]
    return row.kept()


def _what(slot: Slot) -> str:
    help_text = slot.help.rstrip(".")
    return _WHAT.get(slot.name) or f'{_NOUNS.get(slot.kind, "the file")} "{label_of(slot)}" ({help_text})'
