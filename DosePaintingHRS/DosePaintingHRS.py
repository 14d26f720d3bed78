"""DosePaintingHRS for 3D Slicer: module, widget, logic and test; wiring only, the work is done in the packages beside it."""

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

SAMPLE = "DosePaintingHRSPatient"


class DosePaintingHRS(ScriptedLoadableModule):
    """The module as Slicer lists it."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Dose Painting HRS")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Radiotherapy")]
        self.parent.dependencies = ["Volumes", "Segmentations", "SubjectHierarchy"]
        self.parent.contributors = ["The DosePaintingHRS developers"]
        self.parent.helpText = _(
            "From a patient's PET, MR and planning CT to a dose-painting target that a planning system accepts. "
            "Research software, not a medical device."
        )
        self.parent.acknowledgementText = _("Methods and thresholds name their sources in their tooltips.")
        slicer.app.connect("startupCompleted()", register_sample_data)


def register_sample_data():
    """Offer the synthetic patient in the Sample Data module; it is made on this machine, nothing is downloaded."""
    if getattr(slicer.modules, "sampledata", None) is None:
        return
    import SampleData

    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category="DosePaintingHRS",
        sampleName=SAMPLE,
        customDownloader=lambda _source: DosePaintingHRSLogic().load_synthetic_patient(),
    )


class DosePaintingHRSWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Puts the panel into the module's place and tells it what happens to the scene."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.panel = None

    def setup(self):
        """Build the panel."""
        ScriptedLoadableModuleWidget.setup(self)
        from DosePaintingHRSLib.panel import Panel

        self.logic = DosePaintingHRSLogic()
        self.panel = Panel(self.layout, self.resourcePath)
        for event, heard in (
            (slicer.vtkMRMLScene.StartCloseEvent, self._scene_leaves),
            (slicer.vtkMRMLScene.EndCloseEvent, self._scene_closed),
            (slicer.vtkMRMLScene.StartImportEvent, self._scene_leaves),
            (slicer.vtkMRMLScene.EndImportEvent, self._scene_is_there),
            (slicer.vtkMRMLScene.EndBatchProcessEvent, self._scene_is_there),
            (slicer.vtkMRMLScene.NodeAddedEvent, self._nodes_changed),
            (slicer.vtkMRMLScene.NodeRemovedEvent, self._node_removed),
        ):
            self.addObserver(slicer.mrmlScene, event, heard)

    def enter(self):
        """Take in what other modules changed in the meantime, segments drawn by hand say."""
        if self.panel is not None:
            self.panel.changed()

    def cleanup(self):
        """Let go of the scene and end what runs."""
        self.removeObservers()
        if self.panel is not None:
            self.panel.close()
            self.panel = None

    def _scene_closed(self, _caller, _event):
        if self.panel is not None:
            self.panel.scene_closed()

    def _scene_leaves(self, _caller, _event):
        if self.panel is not None:
            self.panel.hold()

    def _scene_is_there(self, _caller, _event):
        if self.panel is not None and self.panel.is_held and not slicer.mrmlScene.IsBatchProcessing():
            self.panel.restore()

    def _nodes_changed(self, _caller, _event):
        if self.panel is not None and not slicer.mrmlScene.IsBatchProcessing():
            self.panel.refresh_soon()

    def _node_removed(self, _caller, _event):
        if self.panel is not None and not slicer.mrmlScene.IsBatchProcessing():
            self.panel.node_removed()


class DosePaintingHRSLogic(ScriptedLoadableModuleLogic):
    """What the module does without a panel."""

    def load_synthetic_patient(self, size="small"):
        """Write the synthetic patient to the temporary folder and load its CT and PET; returns the volume nodes."""
        from DosePaintingHRSLib.synthetic import load_synthetic_patient

        return load_synthetic_patient(slicer.mrmlScene, slicer.app.temporaryPath, size)


class DosePaintingHRSTest(ScriptedLoadableModuleTest):
    """The main job on the synthetic patient, through the panel's own steps."""

    def setUp(self):
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self):
        """Run every test."""
        self.setUp()
        self.test_main_job()

    def test_main_job(self):
        """From a DICOM folder to a checked RTSTRUCT, by the panel's buttons."""
        from DosePaintingHRSLib.self_test import run_main_job

        run_main_job(self)
        self.delayDisplay("The main job works.")
