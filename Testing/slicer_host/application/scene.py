"""The MRML scene with its application logic and the logics of Slicer's own modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import slicer
import vtk

# Module -> class of its logic, in the order in which one may need another.
LOGICS = {
    "Colors": "vtkSlicerColorLogic",
    "Units": "vtkSlicerUnitsLogic",
    "Cameras": "vtkSlicerCamerasModuleLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "Transforms": "vtkSlicerTransformLogic",
    "Models": "vtkSlicerModelsLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "SegmentEditor": "vtkSlicerSegmentEditorLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Plots": "vtkSlicerPlotsLogic",
    "Texts": "vtkSlicerTextsLogic",
    "Sequences": "vtkSlicerSequencesLogic",
    "CropVolume": "vtkSlicerCropVolumeLogic",
    "ViewControllers": "vtkSlicerViewControllersLogic",
    "VolumeRendering": "vtkSlicerVolumeRenderingLogic",
}


@dataclass
class SceneAndLogics:
    """The scene, what edits it, and what to call to let go of it."""

    scene: Any
    application_logic: Any
    logics: dict[str, Any] = field(default_factory=dict)
    input_and_output: tuple[Any, ...] = ()

    def close(self) -> None:
        """Let go of the scene in the order that VTK needs at the end of a process."""
        vtk.vtkObject.GlobalWarningDisplayOff()
        for logic in reversed(list(self.logics.values())):
            logic.SetMRMLScene(None)
        self.application_logic.SetMRMLScene(None)
        self.logics.clear()
        vtk.vtkObject.GlobalWarningDisplayOn()


def build(share: str, temporary: str) -> SceneAndLogics:
    """Make a scene as the application does at its start.

    Parameters
    ----------
    share : str
        Folder that stands for Slicer's share folder (it may be empty).
    temporary : str
        Folder for temporary files.
    """
    vtk.vtkObject.GlobalWarningDisplayOff()  # slicer-core brings no terminology and colour files, and says so for each of them
    try:
        return _build(share, temporary)
    finally:
        vtk.vtkObject.GlobalWarningDisplayOn()


def _build(share: str, temporary: str) -> SceneAndLogics:
    scene = slicer.vtkMRMLScene()
    slicer.mrmlScene = scene
    logic = slicer.vtkSlicerApplicationLogic()
    logic.SetTemporaryPath(temporary)
    logic.SetHomeDirectory(share)
    logic.SetShareDirectory("share/Slicer")
    scene.SetURIHandlerCollection(vtk.vtkCollection())
    logic.SetSliceLogics(vtk.vtkCollection())
    logic.SetViewLogics(vtk.vtkCollection())
    built = SceneAndLogics(scene, logic)
    _connect_input_and_output(built, temporary)
    color = slicer.vtkSlicerColorLogic()
    logic.SetColorLogic(color)
    built.logics["Colors"] = color
    logic.SetMRMLScene(scene)
    for module, class_name in LOGICS.items():
        one = built.logics.get(module) or _new(class_name)
        if one is None:
            continue
        one.SetMRMLApplicationLogic(logic)
        if module == "Colors":
            one.SetMRMLScene(scene)
        logic.SetModuleLogic(module, one)
        built.logics[module] = one
        one.SetMRMLScene(scene)
    _add_cursor(scene)
    return built


def _add_cursor(scene: Any) -> None:
    """Add the node that knows where the mouse is in the views; like the application's, it outlives a closed scene."""
    cursor = slicer.vtkMRMLCrosshairNode()
    cursor.SetSingletonTag("default")
    scene.AddNode(cursor)


def _connect_input_and_output(built: SceneAndLogics, temporary: str) -> None:
    """Give the scene the managers that reading a bundle (.mrb) asks for; nothing is fetched from anywhere."""
    remote, manager = slicer.vtkMRMLRemoteIOLogic(), slicer.vtkDataIOManagerLogic()
    remote.GetCacheManager().SetRemoteCacheDirectory(temporary)
    remote.SetMRMLApplicationLogic(built.application_logic)
    manager.SetMRMLApplicationLogic(built.application_logic)
    built.application_logic.SetMRMLSceneDataIO(built.scene, remote, manager)
    built.input_and_output = (remote, manager)


def _new(class_name: str) -> Any:
    kind = getattr(slicer, class_name, None)
    return None if kind is None else kind()
