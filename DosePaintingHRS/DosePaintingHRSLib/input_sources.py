"""Where inputs of a method come from in a panel, and the combo box that the rows share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import qt


@dataclass(frozen=True)
class Source:
    """Where one input comes from.

    Parameters
    ----------
    node : vtkMRMLNode or None
        Volume, or segmentation.
    segment_id : str
        Segment of it; empty for a volume.
    address : str
        Series or file, for inputs that are no nodes.
    """

    node: Any = None
    segment_id: str = ""
    address: str = ""


Given = dict[str, Source]
Kept = list[dict[str, Any]]
"""What a row keeps in the state: name, segment and address of each; its nodes are references."""


def narrow_combo():
    """Return a combo box that a long entry does not make wider than the panel."""
    combo = qt.QComboBox()
    combo.sizeAdjustPolicy = qt.QComboBox.AdjustToMinimumContentsLengthWithIcon
    combo.minimumContentsLength = 6
    return combo
