"""The module's own test: the main job on the synthetic patient, by the panel's buttons."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import slicer

from . import dependencies

_LONGEST_S = 60.0


def run_main_job(test) -> None:
    """Press the panel's buttons from folder to RTSTRUCT and compare with the truth.

    Parameters
    ----------
    test : unittest.TestCase
        Whose assertions are used.
    """
    dependencies.ensure()
    from dosepainting_hrs.phantom.patient import write_patient

    folder = Path(tempfile.mkdtemp(prefix="self-test-", dir=slicer.app.temporaryPath))
    truth = write_patient(folder / "patient", size="small")
    panel = slicer.modules.dosepaintinghrs.widgetRepresentation().self().panel
    for name in ("patient", "regions", "map", "segment", "export"):
        getattr(panel.ui, f"{name}Step").collapsed = False

    panel.patient.ui.folderEdit.currentPath = str(truth.folder)
    _press(panel, panel.patient.ui.lookButton)
    test.assertEqual([one["role"] for one, _role in panel.patient.chosen()], ["planning CT", "PET"])
    _press(panel, panel.patient.ui.loadButton)
    test.assertIsNotNone(panel.patient.ui.planningCtSelector.currentNode(), panel.status.message)
    _press(panel, panel.regions.ui.importButton)
    _choose_segment(panel.regions.ui.gtvSelector, truth.recipe.within)
    _press(panel, panel.map.ui.makeMapButton)
    test.assertIsNotNone(panel.segment.ui.mapSelector.currentNode(), panel.status.message)

    methods = panel.segment.ui.methodCombo
    methods.setCurrentIndex(methods.findText(truth.recipe.method))
    panel.segment.form.parameters.set_values({"percent": truth.recipe.percent})
    panel.changed()
    _press(panel, panel.segment.ui.applyButton)
    found = [region for region in panel.scene_access.segments() if panel.scene_access.is_hrs(region[0])]
    test.assertEqual([name for _node, _id, name in found], ["HRS"], panel.status.message)
    volume = panel.scene_access.region(found[0][:2]).volume_ml
    test.assertAlmostEqual(volume, truth.hrs_ml, delta=0.15 * truth.hrs_ml)

    panel.export.ui.exportFolderEdit.currentPath = str(folder)
    _press(panel, panel.export.ui.exportButton)
    test.assertTrue((folder / "RS_HRS.dcm").is_file(), panel.status.message)
    test.assertIn("0 differing voxels", panel.export.ui.resultBrowser.toPlainText())


def _press(panel, button) -> None:
    if not button.enabled:
        raise AssertionError(f'"{button.text}" is off: {button.toolTip}')
    button.click()
    until = time.monotonic() + _LONGEST_S
    while panel.is_busy() and time.monotonic() < until:
        slicer.app.processEvents()
        time.sleep(0.02)
    if panel.is_busy():
        raise AssertionError(f'"{button.text}" was not done after {_LONGEST_S:g} s: {panel.status.message}')


def _choose_segment(selector, name: str) -> None:
    segmentation = selector.currentNode().GetSegmentation()
    selector.setCurrentSegmentID(segmentation.GetSegmentIdBySegmentName(name))
