"""Labelmaps of segments: from masks, as voxels in the patient, and filled from surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Mask

from .attributes import Node
from .boxes import bounding_box, stored_first
from .volumes import local_matrix, world_geometry

LABELMAP, SURFACE = "Binary labelmap", "Closed surface"
"""Names that Slicer gives these representations."""


@dataclass(frozen=True, eq=False)
class Voxels:
    """The part of a labelmap that may hold a segment, on the segment's own grid in the patient."""

    array: NDArray[np.bool_]
    geometry: Geometry


def scalars_of(image: Any) -> NDArray[Any]:
    """Return the voxels of a vtkImageData as a view, (z, y, x)."""
    x, y, z = image.GetDimensions()
    scalars: NDArray[Any] = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(z, y, x)
    return scalars


def labelled(segment: Any, node: Node) -> Voxels:
    """Return the voxels of a segment in its labelmap, shared or its own; a single empty voxel when there is none."""
    image = segment.GetRepresentation(LABELMAP)
    if image is None or image.IsEmpty() or image.GetPointData().GetScalars() is None:
        return Voxels(np.zeros((1, 1, 1), dtype=np.bool_), Geometry((1, 1, 1), np.eye(4)))
    return _in_patient(image, segment.GetLabelValue(), node)


def _in_patient(image: Any, label: int, node: Node) -> Voxels:
    inside = scalars_of(image) == label
    matrix, extent = vtk.vtkMatrix4x4(), image.GetExtent()
    image.GetImageToWorldMatrix(matrix)
    return Voxels(inside, world_geometry(inside.shape, matrix, node, (extent[0], extent[2], extent[4])))


def filled(segment: Any, node: Node, source: str, geometry: Geometry | None) -> Voxels:
    """Return the voxels whose centres lie inside a surface or inside contours.

    Parameters
    ----------
    segment : vtkSegment
        The segment; it is not changed.
    node : vtkMRMLSegmentationNode
        Its segmentation.
    source : str
        Name of the representation to fill.
    geometry : Geometry or None
        The grid to fill it on, LPS, gone through the node's transform already.

    Raises
    ------
    InputError
        If there is no grid, or nothing that is installed fills such a representation.
    """
    if geometry is None:
        raise InputError(
            f'The segment "{segment.GetName()}" of "{node.GetName()}" is a {source.lower()} without a reference volume.',
            "Choose the image it was drawn on.",
        )
    require_rules()
    grid = slicer.vtkOrientedImageData()
    grid.SetExtent(*(one for n in geometry.shape[::-1] for one in (0, n - 1)))
    grid.SetImageToWorldMatrix(local_matrix(geometry, node))
    converter = slicer.vtkSegmentationConverter
    # A segmentation of its own: the one in the scene keeps what it has.
    own = slicer.vtkSegmentation()
    own.SetSourceRepresentationName(source)
    own.SetConversionParameter(converter.GetReferenceImageGeometryParameterName(), converter.SerializeImageGeometry(grid))
    copy = slicer.vtkSegment()
    copy.AddRepresentation(source, segment.GetRepresentation(source))
    own.AddSegment(copy, "one")
    if not own.CreateRepresentation(LABELMAP):
        raise InputError(
            f'The segment "{segment.GetName()}" of "{node.GetName()}" is a {source.lower()} that cannot be filled.',
            "Planar contours need the SlicerRT extension; or convert it to a binary labelmap in the Segmentations module.",
        )
    return labelled(own.GetSegment("one"), node)


def require_rules() -> None:
    """Register the rules between surfaces and labelmaps, as Slicer's Segmentations module does when it is loaded."""
    paths = slicer.vtkSegmentationConversionPaths()
    slicer.vtkSegmentationConverter().GetPossibleConversions(SURFACE, LABELMAP, paths)
    if paths.GetNumberOfItems() == 0:
        factory = slicer.vtkSegmentationConverterFactory.GetInstance()
        factory.RegisterConverterRule(slicer.vtkBinaryLabelmapToClosedSurfaceConversionRule())
        factory.RegisterConverterRule(slicer.vtkClosedSurfaceToBinaryLabelmapConversionRule())


def labelmap_from(mask: Mask, node: Node) -> Any:
    """Return the box around a mask as a labelmap on the lattice of the mask's stored grid."""
    image = slicer.vtkOrientedImageData()
    image.SetImageToWorldMatrix(local_matrix(mask.stored.geometry, node))
    box = bounding_box(mask.array)
    if box is None:
        image.SetExtent(0, -1, 0, -1, 0, -1)
        image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
        return image
    array = mask.stored.axes.restore(mask.array[box])
    first = stored_first(mask.stored, box)
    image.SetExtent(*(one for start, n in zip(first, array.shape[::-1], strict=True) for one in (start, start + n - 1)))
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    scalars_of(image)[...] = array
    return image
