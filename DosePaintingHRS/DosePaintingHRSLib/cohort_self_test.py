"""The test that the Cohort module runs within Slicer: the synthetic cohort by the panel's own buttons."""

from __future__ import annotations

import tempfile
import time

import slicer


def run_check(test) -> None:
    """Write the synthetic cohort, press Check, and compare with table 1 of Boeke et al. (2023).

    Parameters
    ----------
    test : ScriptedLoadableModuleTest
        Whose assertions are used.
    """
    module = slicer.modules.dosepaintinghrscohort
    widget = module.widgetRepresentation().self()
    with tempfile.TemporaryDirectory(dir=slicer.app.temporaryPath) as folder:
        panel = widget.panel
        panel.ui.cohortEdit.currentPath = widget.logic.write_synthetic_cohort(folder)
        panel.check()
        end = time.monotonic() + 120
        while panel.is_busy() and time.monotonic() < end:
            slicer.app.processEvents()
            time.sleep(0.02)
        test.assertIn("37 tumours with all maps", str(panel.ui.checkLabel.text))
