"""A small scripted module in the form of Slicer's template: choose a volume and a threshold, count the voxels above it."""
# ruff: noqa: N802, PT009 - the names are Slicer's, the test is unittest's

import ctk
import numpy as np
import qt
import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class HostExample(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Host example")
        self.parent.categories = ["Examples"]
        self.parent.helpText = _("Counts voxels above a threshold.")


class HostExampleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        panel = slicer.util.loadUI(self.resourcePath("UI/HostExample.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.logic = HostExampleLogic()
        self.ui.inputSelector.connect("currentNodeChanged(vtkMRMLNode*)", self.refresh)
        self.ui.applyButton.connect("clicked(bool)", self.onApply)
        self.note = ctk.ctkCollapsibleButton()
        self.note.text = _("Result")
        self.layout.addWidget(self.note)
        form = qt.QFormLayout(self.note)
        self.count = qt.QLabel("-")
        self.count.name = "countLabel"
        form.addRow(_("Voxels above:"), self.count)
        self.layout.addStretch(1)
        self.addObserver(slicer.mrmlScene, slicer.vtkMRMLScene.EndCloseEvent, self.refresh)
        self.refresh()

    def cleanup(self):
        self.removeObservers()

    def refresh(self, *_unused):
        ready = self.ui.inputSelector.currentNode() is not None
        self.ui.applyButton.enabled = ready
        self.ui.applyButton.toolTip = "" if ready else _("Choose a volume first.")

    def onApply(self):
        with slicer.util.tryWithErrorDisplay(_("Counting failed."), waitCursor=True):
            volume = self.ui.inputSelector.currentNode()
            self.count.text = str(self.logic.count(volume, self.ui.thresholdSlider.value))


class HostExampleLogic(ScriptedLoadableModuleLogic):
    def count(self, volume, threshold):
        if volume is None:
            raise ValueError("There is no volume to count in: choose one first.")
        return int(np.count_nonzero(slicer.util.arrayFromVolume(volume) > threshold))


class HostExampleTest(ScriptedLoadableModuleTest):
    def setUp(self):
        slicer.mrmlScene.Clear()

    def runTest(self):
        self.setUp()
        self.test_counts()

    def test_counts(self):
        volume = slicer.util.addVolumeFromArray(np.arange(27.0).reshape(3, 3, 3), name="ramp")
        self.assertEqual(HostExampleLogic().count(volume, 19.5), 7)
        self.delayDisplay("Counted")
