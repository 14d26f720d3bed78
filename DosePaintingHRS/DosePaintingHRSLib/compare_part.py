"""What the parts of the section Compare share: a folded box, its widgets, and map and GTV as the library takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from dosepainting_hrs.inputs import Inputs
from dosepainting_hrs.registry import SEGMENTATIONS

from .choices import SegmentChoice, VolumeChoice
from .input_sources import Source


class ComparePart:
    """One folded box of the section.

    Parameters
    ----------
    step : CompareStep
        The section that it belongs to.
    box : ctkCollapsibleGroupBox
        Where its widgets go.
    """

    def __init__(self, step, box) -> None:
        self.step, self.panel, self.box = step, step.panel, box
        self.buttons: dict[str, Any] = {}

    def facts(self) -> dict[str, Any]:
        """Return what the presenter needs to know of it."""
        return {}

    def close(self) -> None:
        """Let go of everything."""

    def forget(self) -> None:
        """The scene was closed: show nothing of it."""

    def choices(self) -> tuple[VolumeChoice | SegmentChoice, ...]:
        """Return the selectors of nodes that it has."""
        return ()

    # Widgets

    def label(self, name: str, text: str = ""):
        """Add a text that breaks its lines."""
        label = qt.QLabel()
        label.name = name
        # A long line must not ask for a wider panel; the height follows the width all the same.
        label.setSizePolicy(qt.QSizePolicy.Ignored, qt.QSizePolicy.Preferred)
        label.wordWrap = True
        label.text = text
        self.box.layout().addWidget(label)
        return label

    def row(self, *widgets) -> None:
        """Add widgets side by side."""
        layout = qt.QHBoxLayout()
        for widget in widgets:
            layout.addWidget(widget)
        self.box.layout().addLayout(layout)

    def button(self, offer: str, text: str, act: Callable[[], None]):
        """Return a button that does something when the presenter offers it."""
        button = qt.QPushButton(text)
        button.name = f"{offer}Button"
        button.connect("clicked(bool)", lambda *_unused: self._pressed(offer, act))
        self.buttons[offer] = button
        return button

    def _pressed(self, offer: str, act: Callable[[], None]) -> None:
        if self.step.may(offer):
            with self.panel.guarded():
                act()
            self.step.refresh()

    def form(self, *, wide: bool = False):
        """Add rows of a name and a widget each; a selector of segments is too wide to stand beside its name."""
        layout = qt.QFormLayout()
        layout.setRowWrapPolicy(qt.QFormLayout.WrapAllRows if wide else qt.QFormLayout.WrapLongRows)
        self.box.layout().addLayout(layout)
        return layout

    def volume_choice(self, name: str) -> VolumeChoice:
        """Return a selector of a volume."""
        combo = slicer.qMRMLNodeComboBox()
        combo.name = name
        combo.nodeTypes = ["vtkMRMLScalarVolumeNode"]
        combo.noneEnabled = True
        combo.addEnabled = combo.removeEnabled = combo.renameEnabled = False
        combo.showChildNodeTypes = False
        combo.setMRMLScene(self.panel.scene_access.scene)
        return VolumeChoice(combo, self.step.changed)

    def segment_choice(self, name: str) -> SegmentChoice:
        """Return a selector of a segment."""
        selector = slicer.qMRMLSegmentSelectorWidget()
        selector.name = name
        # In this order: without "None" the selector takes the first segment of the scene.
        choice = SegmentChoice(selector, self.step.changed)
        selector.setMRMLScene(self.panel.scene_access.scene)
        return choice

    def table(self, name: str, titles: tuple[str, ...], height: int = 110):
        """Add a table whose cells cannot be edited."""
        table = qt.QTableWidget()
        table.name = name
        table.setColumnCount(len(titles))
        table.setHorizontalHeaderLabels([_(title) for title in titles])
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        table.setMinimumHeight(height)
        table.setMaximumHeight(height + 30)
        self.box.layout().addWidget(table)
        return table

    # Inputs

    def loaded(self, **more: Source) -> Inputs:
        """Return the map of step 4 and the GTV of step 2 on its grid, after patient and frame were checked.

        Raises
        ------
        DosePaintingError
            If one is missing, or they do not belong together.
        """
        node, segment_id = self.panel.regions.gtv()
        given = {"map": Source(node=self.panel.map.map.get()), "within": Source(node=node, segment_id=segment_id), **more}
        method = "reference-ratio" if "reference" in more else "value-window"
        return self.panel.segment.loader.load(SEGMENTATIONS.get(method), given)


def fill(table, rows: list[list[str]]) -> None:
    """Put texts into a table; they can be selected, not edited."""
    table.setRowCount(len(rows))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            item = qt.QTableWidgetItem(text)
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
            table.setItem(row, column, item)
    table.resizeColumnsToContents()
