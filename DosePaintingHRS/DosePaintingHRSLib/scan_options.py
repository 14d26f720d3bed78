"""What a scan can be asked beyond the usual, in the Cohort panel: each option as the command line has it."""

from __future__ import annotations

from collections.abc import Callable

import slicer

from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.learning.settings import BestRule, LeaveOneOut, PermutedSize

_BOXES = {
    "indices": "--indices",
    "stratified": "--stratified",
    "independent": "--independent-centres",
    "gaps": "--leave-out-gaps",
}
_COMBOS = {
    "left": ("--leave-one-out", LeaveOneOut, LeaveOneOut.NONE),
    "rule": ("--best-rule", BestRule, BestRule.SCORE),
    "size": ("--permuted-n-hrs", PermutedSize, PermutedSize.RECOMPUTED),
}


class ScanOptions:
    """Options of a scan, folded away.

    Parameters
    ----------
    resource : callable
        Gives the path of a resource of the module.
    """

    def __init__(self, resource: Callable[[str], str]) -> None:
        self.root = slicer.util.loadUI(resource("UI/CohortOptions.ui"))
        self.ui = slicer.util.childWidgetVariables(self.root)
        for name, (_flag, kind, usual) in _COMBOS.items():
            combo = getattr(self.ui, f"{name}Combo")
            combo.addItems([one.value for one in kind])
            combo.setCurrentText(usual.value)

    def words(self) -> list[str]:
        """Return the words of the command for all that is not as usual."""
        words: list[str] = []
        for name, (flag, _kind, usual) in _COMBOS.items():
            text = getattr(self.ui, f"{name}Combo").currentText
            words += [flag, text] if text != usual.value else []
        for name, flag in _BOXES.items():
            words += [flag] if getattr(self.ui, f"{name}Box").checked else []
        supervoxels, seed = self.ui.supervoxelsSpin.value, self.ui.seedSpin.value
        words += ["--supervoxels", str(supervoxels)] if supervoxels > 1 else []
        return [*words, "--seed", str(seed)] if seed else words


def time_points_of(path: str) -> tuple[str, ...]:
    """Return the time points of a cohort's table or folder; none where it cannot be read, which its check will tell."""
    if not path:
        return ()
    # What opens folders of case files takes its time to import, and an empty panel does not need it.
    from dosepainting_hrs.context import Context
    from dosepainting_hrs.steps.cohort_source import open_cohort

    try:
        return open_cohort(Context(), path).time_points
    except DosePaintingError:
        return ()
