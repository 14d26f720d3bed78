"""DosePaintingHRSCohort for 3D Slicer: learning a high-risk subvolume from a cohort; wiring only."""

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


class DosePaintingHRSCohort(ScriptedLoadableModule):
    """The module as Slicer lists it."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("Dose Painting HRS Cohort")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Radiotherapy")]
        self.parent.dependencies = ["Volumes", "Segmentations"]
        self.parent.contributors = ["The DosePaintingHRS developers"]
        self.parent.helpText = _(
            "Which cluster of voxels separates classes of tumours best, and what chance alone would give: the parameter-space "
            "scan of Boeke et al. (2023). Research software, not a medical device."
        )
        self.parent.acknowledgementText = _(
            "After Boeke et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging cluster to "
            "predict radiation resistance in preclinical head and neck cancer models."
        )


class DosePaintingHRSCohortWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Puts the panel into the module's place and tells it what happens to the scene."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.panel = None

    def setup(self):
        """Build the panel."""
        ScriptedLoadableModuleWidget.setup(self)
        from DosePaintingHRSLib.cohort_panel import CohortPanel

        self.logic = DosePaintingHRSCohortLogic()
        self.panel = CohortPanel(self.layout, self.resourcePath)
        self.addObserver(slicer.mrmlScene, slicer.vtkMRMLScene.StartCloseEvent, self._scene_closes)

    def cleanup(self):
        """Let go of the scene and end what runs."""
        self.removeObservers()
        if self.panel is not None:
            self.panel.close()
            self.panel = None

    def _scene_closes(self, _caller, _event):
        if self.panel is not None:
            self.panel.scene_closed()


class DosePaintingHRSCohortLogic(ScriptedLoadableModuleLogic):
    """What the module does without a panel."""

    def write_synthetic_cohort(self, folder, seed=1):
        """Write the synthetic cohort with a planted cluster into an existing folder; returns its table."""
        from pathlib import Path

        from dosepainting_hrs.phantom.cohort import write_cohort

        write_cohort(Path(folder), size="small", seed=seed)
        return str(Path(folder) / "cohort.csv")


class DosePaintingHRSCohortTest(ScriptedLoadableModuleTest):
    """The synthetic cohort through the panel's own buttons."""

    def setUp(self):
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self):
        """Run every test."""
        self.setUp()
        self.test_check_of_the_synthetic_cohort()

    def test_check_of_the_synthetic_cohort(self):
        """Check the synthetic cohort: 37 tumours of Boeke et al. (2023), table 1, have all maps."""
        from DosePaintingHRSLib.cohort_self_test import run_check

        run_check(self)
        self.delayDisplay("The cohort is read.")
