"""What a map can make besides its main image: one check box each, generated from what the method declares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import qt
from slicer.i18n import tr as _

from dosepainting_hrs.registry import Method

_COLUMNS = 2


class AlsoForm:
    """Check boxes for the images that a method makes on demand; nothing is shown when it makes none.

    Parameters
    ----------
    parent : QWidget
        Has a layout; its earlier content is removed.
    changed : callable
        Called without arguments after each change.
    """

    def __init__(self, parent, changed: Callable[[], None]) -> None:
        self._parent, self._changed = parent, changed
        self._content = None
        self.boxes: dict[str, Any] = {}

    def show(self, method: type[Method]) -> None:
        """Build the boxes of a method; records are files for other commands and no volumes, so they have none."""
        if self._content is not None:
            self._content.setParent(None)
            self._content.deleteLater()
        self._content, self.boxes = None, {}
        outputs = [one for one in getattr(method, "also", ()) if one.kind == "image"]
        self._parent.visible = bool(outputs)
        if not outputs:
            return
        self._content = qt.QWidget()
        self._parent.layout().addWidget(self._content)
        grid = qt.QGridLayout(self._content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(qt.QLabel(_("Make as well")), 0, 0)
        for number, one in enumerate(outputs):
            box = qt.QCheckBox(one.name.replace("_", " "))
            box.name = f"{one.name}Also"
            box.toolTip = one.help
            box.connect("toggled(bool)", self._toggled)
            grid.addWidget(box, 1 + number // _COLUMNS, number % _COLUMNS)
            self.boxes[one.name] = box

    def _toggled(self, *_unused) -> None:
        self._changed()

    def chosen(self) -> list[str]:
        """Return the names of what is ticked, in the method's order."""
        return [name for name, box in self.boxes.items() if box.checked]

    def restore(self, names: Sequence[Any]) -> None:
        """Tick what was kept, and nothing else; what is not known is passed over."""
        for name, box in self.boxes.items():
            box.checked = name in names
