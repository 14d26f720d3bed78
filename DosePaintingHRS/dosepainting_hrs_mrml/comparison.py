"""A coloured picture of two images, shown as a volume of the scene that is not saved with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import numpy_to_vtk

from dosepainting_hrs.geometry import Geometry

from .attributes import Node
from .volumes import FLIP


def show_comparison(scene: Node, node: Node | None, picture: NDArray[np.uint8], grid: Geometry) -> Node:
    """Show a picture as a volume, in place of the one that was shown before.

    Parameters
    ----------
    scene : vtkMRMLScene
        Where.
    node : vtkMRMLVectorVolumeNode or None
        The volume that shows the last picture; None adds one.
    picture : array of uint8, (z, y, x, 3)
        Red, green and blue.
    grid : Geometry
        Where its voxels lie, LPS mm.

    Returns
    -------
    vtkMRMLVectorVolumeNode
        Hidden from selectors, and not saved with the scene.
    """
    if node is None:
        node = scene.CreateNodeByClass("vtkMRMLVectorVolumeNode")
        node.UnRegister(None)
        node.SetName("Comparison")
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
        display = scene.AddNewNodeByClass("vtkMRMLVectorVolumeDisplayNode")
        display.SetSaveWithScene(False)
        node.SetAndObserveImageData(_image(picture))
        node.SetIJKToRASMatrix(_matrix(grid))
        node = scene.AddNode(node)
        node.SetAndObserveDisplayNodeID(display.GetID())
        return node
    node.SetAndObserveImageData(_image(picture))
    node.SetIJKToRASMatrix(_matrix(grid))
    return node


def _image(picture: NDArray[np.uint8]) -> Any:
    image = vtk.vtkImageData()
    image.SetDimensions(*(int(n) for n in picture.shape[2::-1]))
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(picture).reshape(-1, 3), deep=True))
    return image


def _matrix(grid: Geometry) -> Any:
    matrix = vtk.vtkMatrix4x4()
    values = FLIP @ grid.affine
    for row in range(4):
        for column in range(4):
            matrix.SetElement(row, column, float(values[row, column]))
    return matrix
