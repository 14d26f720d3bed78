"""One row per input of a method: a volume, a segment, several of them by name, or a file; frames have a file of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from dosepainting_hrs.inputs import SEPARATOR
from dosepainting_hrs.registry import Slot

from .choices import SegmentChoice, VolumeChoice
from .input_sources import Given, Kept, Source
from .series_row import SeriesRow


class VolumeRow:
    """A volume of the scene."""

    def __init__(self, slot: Slot, scene, changed: Callable[[], None], served: VolumeChoice | None = None) -> None:
        self.slot = slot
        self.is_served = served is not None
        self.choice = served or VolumeChoice(_node_combo(scene), changed)
        self.widget = self.choice.selector
        self._prefilled = ""

    def given(self) -> Given:
        """Return what was chosen, by the name of the input."""
        node = self.choice.get()
        return {} if node is None else {self.slot.name: Source(node=node)}

    def prefill(self, source: Source, *, show: bool = True) -> None:
        """Follow a choice that was made elsewhere in the panel when it changes, unless another one was made here."""
        wanted = source.node.GetID() if source.node is not None else ""
        before, self._prefilled = self._prefilled, wanted
        node = self.choice.get()
        if show and not self.is_served and wanted != before and (node is None or node.GetID() == before):
            self.choice.set(source.node)

    def restore(self, kept: Kept, nodes: list[Any]) -> None:
        """Show what was kept."""
        self.choice.set(nodes[0] if nodes else None)


class RegionRow:
    """A segment of the scene."""

    def __init__(self, slot: Slot, scene, changed: Callable[[], None]) -> None:
        self.slot = slot
        self.is_served = False
        self.widget = slicer.qMRMLSegmentSelectorWidget()
        # In this order: without "None" the selector takes the first segment of the scene.
        self.choice = SegmentChoice(self.widget, changed)
        self.widget.setMRMLScene(scene)
        self._prefilled = ("", "")

    def given(self) -> Given:
        """Return what was chosen, by the name of the input."""
        node, segment_id = self.choice.get()
        return {self.slot.name: Source(node=node, segment_id=segment_id)} if node is not None and segment_id else {}

    def prefill(self, source: Source, *, show: bool = True) -> None:
        """Follow a choice that was made elsewhere in the panel when it changes, unless another one was made here."""
        wanted = (source.node.GetID(), source.segment_id) if source.node is not None else ("", "")
        before, self._prefilled = self._prefilled, wanted
        node, segment_id = self.choice.get()
        is_free = node is None or not segment_id or (node.GetID(), segment_id) == before
        if show and wanted != before and is_free:
            self.choice.set(source.node, source.segment_id)

    def restore(self, kept: Kept, nodes: list[Any]) -> None:
        """Show what was kept."""
        self.choice.set(nodes[0] if nodes else None, kept[0].get("segment", "") if kept else "")


class SeveralRow:
    """Any number of volumes or segments, each under a name that can be changed."""

    def __init__(self, slot: Slot, access, changed: Callable[[], None]) -> None:
        self.slot = slot
        self.is_served = False
        self._access, self._told = access, changed
        self._listed: list[tuple[Source, str]] = []
        self._chosen: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._filling = False
        self.widget = table = qt.QTableWidget()
        table.setColumnCount(2)
        table.setHorizontalHeaderLabels([_("Volume") if slot.takes_images else _("Region"), _("Name (double click)")])
        table.verticalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        table.setSelectionMode(qt.QAbstractItemView.NoSelection)
        table.setMinimumHeight(100)
        table.connect("itemChanged(QTableWidgetItem*)", self._edited)
        self.refresh()

    def refresh(self) -> None:
        """List what is in the scene now; ticks and names that were set stay."""
        listed = self._in_scene()
        if [(_key(source), name) for source, name in listed] == [(_key(source), name) for source, name in self._listed]:
            return
        self._listed, self._filling = listed, True
        self.widget.setRowCount(len(listed))
        for row, (source, name) in enumerate(listed):
            tick = qt.QTableWidgetItem(name)
            tick.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsUserCheckable)
            tick.setCheckState(qt.Qt.Checked if _key(source) in self._chosen else qt.Qt.Unchecked)
            self.widget.setItem(row, 0, tick)
            self.widget.setItem(row, 1, qt.QTableWidgetItem(self._names.get(_key(source), _plain(name))))
        self._filling = False

    def _in_scene(self) -> list[tuple[Source, str]]:
        if not self.slot.takes_images:
            return [(Source(node=node, segment_id=one), name) for node, one, name in self._access.segments()]
        return [(Source(node=node), node.GetName()) for node in self._access.volumes()]

    def _edited(self, *_unused) -> None:
        if self._filling:
            return
        self._chosen = {}
        for row, (source, _name) in enumerate(self._listed):
            self._names[_key(source)] = self.widget.item(row, 1).text().strip()
            if self.widget.item(row, 0).checkState() == qt.Qt.Checked:
                self._chosen[_key(source)] = self._names[_key(source)]
        self._told()

    def given(self) -> Given:
        """Return what was ticked, by ``input:name``."""
        return {f"{self.slot.name}{SEPARATOR}{name}": source for name, source in self._ticked()}

    def _ticked(self) -> list[tuple[str, Source]]:
        return [(self._chosen[_key(source)], source) for source, _name in self._listed if _key(source) in self._chosen]

    def problem(self) -> str:
        """Return what is wrong with the names; empty when nothing is."""
        names = [name for name, _source in self._ticked()]
        if not all(names):
            return _('Give every ticked entry of "{0}" a name.').format(label_of(self.slot))
        double = sorted({name for name in names if names.count(name) > 1})
        return _('The name "{0}" was given more than once.').format(double[0]) if double else ""

    def kept(self) -> Kept:
        """Return names and segments for the state."""
        return [{"name": name, "segment": source.segment_id} for name, source in self._ticked()]

    def restore(self, kept: Kept, nodes: list[Any]) -> None:
        """Show what was kept."""
        self._chosen = {
            _key(Source(node=node, segment_id=one.get("segment", ""))): str(one.get("name", ""))
            for one, node in zip(kept, nodes, strict=False)
            if node is not None
        }
        self._names |= self._chosen
        self._listed = []
        self.refresh()


class FileRow:
    """A file that this software wrote."""

    def __init__(self, slot: Slot, changed: Callable[[], None]) -> None:
        self.slot = slot
        self.is_served = False
        self.widget = ctk.ctkPathLineEdit()
        self.widget.filters = ctk.ctkPathLineEdit.Files | ctk.ctkPathLineEdit.Readable
        self.widget.connect("currentPathChanged(QString)", lambda *_unused: changed())

    def given(self) -> Given:
        """Return the path, by the name of the input."""
        path = self.widget.currentPath
        return {self.slot.name: Source(address=path)} if path else {}

    def kept(self) -> Kept:
        """Return the path for the state."""
        return [{"address": self.widget.currentPath}]

    def restore(self, kept: Kept, nodes: list[Any]) -> None:
        """Show what was kept."""
        self.widget.currentPath = str(kept[0].get("address", "")) if kept else ""


Row = VolumeRow | RegionRow | SeveralRow | SeriesRow | FileRow


def row_of(slot: Slot, access, series, changed: Callable[[], None], served: Mapping[str, VolumeChoice]) -> Row:
    """Return the row for an input.

    Parameters
    ----------
    slot : Slot
        The input.
    access : SceneAccess
        The scene.
    series : callable
        Gives what the folder holds, as `SeriesRow` takes it.
    changed : callable
        Called without arguments after each change.
    served : mapping of str to VolumeChoice
        Selectors that stand elsewhere in the panel already, by the name of the input.
    """
    if slot.kind == "image":
        return VolumeRow(slot, access.scene, changed, served.get(slot.name))
    if slot.kind == "region":
        return RegionRow(slot, access.scene, changed)
    if slot.takes_several:
        return SeveralRow(slot, access, changed)
    return SeriesRow(slot, series, changed) if slot.kind == "frames" else FileRow(slot, changed)


def label_of(slot: Slot) -> str:
    """Return what stands beside an input."""
    words = slot.name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _node_combo(scene):
    combo = slicer.qMRMLNodeComboBox()
    combo.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    combo.noneEnabled = True
    combo.addEnabled = combo.removeEnabled = combo.renameEnabled = False
    combo.showChildNodeTypes = False
    combo.setMRMLScene(scene)
    return combo


def _key(source: Source) -> str:
    return f"{source.node.GetID()}#{source.segment_id}"


def _plain(name: str) -> str:
    """Return a name without what the command line separates by."""
    return name.replace("=", "-").replace(SEPARATOR, "-").replace("#", "-")
