"""MRML scenes, transforms and surfaces for tests; saving and reading as the application does."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import ArrayLike


class Scene:
    """A scene with the logics that file formats and displays need, kept alive together."""

    def __init__(self) -> None:
        self.scene = slicer.vtkMRMLScene()
        self._folder = tempfile.TemporaryDirectory()
        self._parts: list[Any] = []
        self.logic = slicer.vtkSlicerApplicationLogic()
        self.logic.SetTemporaryPath(self._folder.name)
        vtk.vtkObject.GlobalWarningDisplayOff()  # slicer-core brings no colour and terminology files, and says so for each
        try:
            self.scene.SetURIHandlerCollection(vtk.vtkCollection())
            remote, manager = slicer.vtkMRMLRemoteIOLogic(), slicer.vtkDataIOManagerLogic()
            remote.GetCacheManager().SetRemoteCacheDirectory(self._folder.name)
            remote.SetMRMLApplicationLogic(self.logic)
            manager.SetMRMLApplicationLogic(self.logic)
            self.logic.SetMRMLSceneDataIO(self.scene, remote, manager)
            self._parts += [remote, manager]
            self.logic.SetMRMLScene(self.scene)
            names = ("vtkSlicerColorLogic", "vtkSlicerVolumesLogic", "vtkSlicerSegmentationsModuleLogic")
            for name in (*names, "vtkSlicerSubjectHierarchyModuleLogic"):
                one = getattr(slicer, name)()
                one.SetMRMLApplicationLogic(self.logic)
                one.SetMRMLScene(self.scene)
                self._parts.append(one)
        finally:
            vtk.vtkObject.GlobalWarningDisplayOn()

    def close(self) -> None:
        """Let go of everything in the order that VTK needs."""
        vtk.vtkObject.GlobalWarningDisplayOff()  # the subject hierarchy asks for its scene once more
        try:
            for one in reversed(self._parts):
                if hasattr(one, "SetMRMLScene"):
                    one.SetMRMLScene(None)
            self._parts.clear()
            self.logic.SetMRMLScene(None)
            self.scene.Clear(1)
        finally:
            vtk.vtkObject.GlobalWarningDisplayOn()
        self._folder.cleanup()

    def save(self, path: Path) -> None:
        """Write the scene and its data as .mrb, or as .mrml with the data beside it."""
        if path.suffix == ".mrb":
            assert self.scene.WriteToMRB(str(path), None)
            return
        for index in range(self.scene.GetNumberOfNodesByClass("vtkMRMLStorableNode")):
            node = self.scene.GetNthNodeByClass(index, "vtkMRMLStorableNode")
            if not node.GetSaveWithScene() or not node.AddDefaultStorageNode():
                continue
            storage = node.GetStorageNode()
            if storage is None:
                continue
            extension = storage.GetDefaultWriteFileExtension()
            storage.SetFileName(str(path.parent / f"{node.GetID()}.{extension}"))
            assert storage.WriteData(node), node.GetID()
        self.scene.SetURL(str(path))
        assert self.scene.Commit()

    def load(self, path: Path) -> None:
        """Read a scene that `save` wrote."""
        if path.suffix == ".mrb":
            assert self.scene.ReadFromMRB(str(path), True)
            return
        self.scene.SetURL(str(path))
        assert self.scene.Connect()


def linear_transform(scene: Any, ras: ArrayLike, name: str = "Shift") -> Any:
    """Add a linear transform to the parent, RAS mm, 4 x 4."""
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(ras, dtype=np.float64).ravel().tolist())
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
    node.SetMatrixTransformToParent(matrix)
    return node


def deformable_transform(scene: Any, name: str = "Warp") -> Any:
    """Add a thin-plate-spline transform that bends space."""
    warp = vtk.vtkThinPlateSplineTransform()
    warp.SetBasisToR()
    before, after = vtk.vtkPoints(), vtk.vtkPoints()
    for x, y, z in np.ndindex(2, 2, 2):
        before.InsertNextPoint(100 * x, 100 * y, 100 * z)
        after.InsertNextPoint(100 * x + 10 * x * y, 100 * y, 100 * z)
    warp.SetSourceLandmarks(before)
    warp.SetTargetLandmarks(after)
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", name)
    node.SetAndObserveTransformToParent(warp)
    return node


def sphere_surface(centre_ras: tuple[float, float, float], radius: float) -> Any:
    """Return a finely meshed sphere as poly data."""
    source = vtk.vtkSphereSource()
    source.SetCenter(*centre_ras)
    source.SetRadius(radius)
    source.SetThetaResolution(128)
    source.SetPhiResolution(128)
    source.Update()
    return source.GetOutput()


def surface_segmentation(scene: Any, surface: Any, name: str = "RTSTRUCT", reference: Any = None) -> tuple[Any, str]:
    """Add a segmentation whose source is a closed surface, as one that came from contours."""
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.GetSegmentation().SetSourceRepresentationName("Closed surface")
    segment = slicer.vtkSegment()
    segment.SetName("GTVp")
    segment.AddRepresentation("Closed surface", surface)
    node.GetSegmentation().AddSegment(segment, "GTVp")
    if reference is not None:
        node.SetReferenceImageGeometryParameterFromVolumeNode(reference)
    return node, "GTVp"
