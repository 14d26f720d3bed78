"""Volume nodes as images and back; the only file that knows RAS, in which MRML keeps its coordinates."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import ArrayLike, NDArray
from vtk.util.numpy_support import vtk_to_numpy

from dosepainting_hrs.errors import GeometryError, InputError
from dosepainting_hrs.geometry import Array, Geometry, Shape
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.image import Image, on_grid
from dosepainting_hrs.quantities import (
    ABSORBED_DOSE,
    ACTIVITY_CONCENTRATION,
    ADC,
    HOUNSFIELD,
    MR_SIGNAL,
    SUV_BSA,
    SUV_BW,
    SUV_IBW,
    SUV_LBM,
    UNKNOWN,
    Quantity,
)
from dosepainting_hrs.storage.fields import (
    PREFIX,
    basis_from,
    history_from,
    identity_from,
    is_edited,
    quantity_from,
    require_sealed,
    resampled_from,
    rests_on_from,
    working_from,
)

from .attributes import Node, as_edited, fields_of, write_fields
from .dicom_volumes import is_from_dicom
from .display import show_quantity
from .hierarchy import identity_in_hierarchy

FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])
"""From RAS to LPS and back."""
_CODED = (HOUNSFIELD, ACTIVITY_CONCENTRATION, SUV_BW, SUV_LBM, SUV_BSA, SUV_IBW, ADC, MR_SIGNAL, ABSORBED_DOSE)
_VTK_TYPES: dict[type[np.generic], int] = {np.int16: vtk.VTK_SHORT, np.int32: vtk.VTK_INT, np.float32: vtk.VTK_FLOAT}


def image_from(node: Node, *, identity: Identity | None = None) -> Image:
    """Return a volume node as an image.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        The volume; a linear parent transform is gone through.
    identity : Identity or None
        Whose it is, for a volume that does not say so itself (from its DICOM files, see `dicom_volumes`).

    Returns
    -------
    Image, (z, y, x)
        In canonical axis order, read only; a view of the node's voxels where they lie in that order already.
        A volume that was moved by a transform, or whose voxels are not those that we wrote, is marked as edited.

    Raises
    ------
    InputError
        If the node has no voxels, or several values per voxel.
    GeometryError
        If it lies under a deformable transform.
    IdentityError
        If its identity attributes were changed.
    """
    fields, where = fields_of(node), f'the volume "{node.GetName()}"'
    require_sealed(fields, where)
    stored = _stored_array(node)
    geometry, grid = on_grid(stored_geometry(node))
    array = np.ascontiguousarray(grid.axes.apply(stored))
    array.setflags(write=False)
    image = Image(
        array=array,
        geometry=geometry,
        stored=grid,
        identity=identity or identity_of(node),
        history=history_from(fields),
        quantity=_quantity_in(fields, node),
        basis=basis_from(fields),
        working=working_from(fields),
        rests_on=rests_on_from(fields),
        resampled=_resampled(fields, node),
    )
    moved = moved_by(node)
    if moved:
        return as_edited(image, f'Moved by the transform "{moved}" of the scene.')
    if is_edited(fields, image):
        return as_edited(image, "Its voxels or its grid were changed in the scene since it was made.")
    return image


def quantity_of_node(node: Node) -> Quantity:
    """Return what the values of a volume mean, by our own attributes, else by the codes that Slicer keeps."""
    return _quantity_in(fields_of(node), node)


def _resampled(fields: dict[str, str], node: Node) -> bool | None:
    """Tell whether a volume was interpolated; what Slicer loaded from DICOM lies as the series does."""
    told = resampled_from(fields)
    return False if told is None and is_from_dicom(node) else told


def _quantity_in(fields: dict[str, str], node: Node) -> Quantity:
    return quantity_from(fields) if PREFIX + "quantity" in fields else _coded_quantity(node)


def identity_of(node: Node) -> Identity:
    """Return whose a node is, by our own attributes, else by its place in the subject hierarchy.

    Raises
    ------
    InputError
        If the attributes are damaged.
    IdentityError
        If they were changed.
    """
    fields, where = fields_of(node), f'"{node.GetName()}"'
    if not fields:
        return identity_in_hierarchy(node)
    require_sealed(fields, where)
    return identity_from(fields, where)


def add_volume(scene: Node, image: Image, name: str, *, job: str = "") -> Node:
    """Add an image to a scene as a scalar volume: voxels on its stored grid, identity in attributes, display set.

    Parameters
    ----------
    scene : vtkMRMLScene
        Where to add it.
    image : Image
        Integers become int16, or int32 where they do not fit; everything else float32.
    name : str
        Name of the node.
    job : str
        Record of the job that made it.

    Returns
    -------
    vtkMRMLScalarVolumeNode
    """
    # Filled before it enters the scene, so that nobody sees it half made.
    node = scene.CreateNodeByClass("vtkMRMLScalarVolumeNode")
    node.UnRegister(None)
    node.SetName(name)
    update_volume(node, image, job=job)
    scene.AddNode(node)
    show_quantity(node, image.quantity)
    return node


def update_volume(node: Node, image: Image, *, job: str = "") -> None:
    """Give a volume node the voxels, the grid and the identity of an image; its display and transform stay."""
    image = replace(image, array=_as_stored_type(image.array))
    array = image.stored.axes.restore(image.array)
    data = vtk.vtkImageData()
    data.SetDimensions(*array.shape[::-1])
    data.AllocateScalars(_VTK_TYPES[array.dtype.type], 1)
    vtk_to_numpy(data.GetPointData().GetScalars()).reshape(array.shape)[...] = array
    modified = node.StartModify()
    try:
        node.SetIJKToRASMatrix(local_matrix(image.stored.geometry, node))
        node.SetAndObserveImageData(data)
        _set_codes(node, image.quantity)
        write_fields(node, image, job)
    finally:
        node.EndModify(modified)


def stored_geometry(node: Node) -> Geometry:
    """Return the grid of a volume node as it is stored, LPS mm, gone through its linear parent transform.

    Raises
    ------
    InputError
        If the node has no voxels.
    GeometryError
        If it lies under a deformable transform.
    """
    data = node.GetImageData()
    if data is None or not data.GetNumberOfPoints():
        raise InputError(f'The volume "{node.GetName()}" has no voxels.', "Choose another volume.")
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    x, y, z = data.GetDimensions()
    return world_geometry((z, y, x), matrix, node)


def world_geometry(shape: Shape, local: Any, node: Node, first: tuple[int, int, int] = (0, 0, 0)) -> Geometry:
    """Return a grid that a node has in its own coordinates as a grid in the patient, LPS mm.

    Parameters
    ----------
    shape : tuple of int, (z, y, x)
        Number of voxels.
    local : vtkMatrix4x4
        From index to the node's own coordinates.
    node : vtkMRMLTransformableNode
        Gives the name and the parent transform.
    first : tuple of int, (x, y, z)
        Index of the first voxel.

    Raises
    ------
    GeometryError
        If the node lies under a deformable transform.
    """
    shift = np.eye(4)
    shift[:3, 3] = first
    return Geometry(shape, FLIP @ _parent_matrix(node) @ _as_array(local) @ shift)


def local_matrix(geometry: Geometry, node: Node) -> Any:
    """Return the vtkMatrix4x4 from index to the own coordinates of a node for a grid in the patient.

    Raises
    ------
    GeometryError
        If the node lies under a deformable transform.
    """
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy((np.linalg.inv(_parent_matrix(node)) @ FLIP @ geometry.affine).ravel().tolist())
    return matrix


def ras_of(point: ArrayLike) -> tuple[float, float, float]:
    """Return an LPS position, mm, in the coordinates of markups and views."""
    r, a, s = FLIP[:3, :3] @ np.asarray(point, dtype=np.float64)
    return float(r), float(a), float(s)


def moved_by(node: Node) -> str:
    """Return the name of the parent transform that moves a node; empty when none does."""
    transform = node.GetParentTransformNode()
    if transform is None or np.array_equal(_parent_matrix(node), np.eye(4)):
        return ""
    return str(transform.GetName())


def revision(node: Node) -> tuple[int, ...]:
    """Return numbers that change when the voxels, the attributes or the place of a volume change: for caches."""
    data, transform = node.GetImageData(), node.GetParentTransformNode()
    scalars = data.GetPointData().GetScalars() if data is not None else None
    moved = transform.GetTransformToWorldMTime() if transform is not None else 0
    return (*(0 if one is None else int(one.GetMTime()) for one in (node, data, scalars)), int(moved))


def _parent_matrix(node: Node) -> NDArray[np.float64]:
    transform = node.GetParentTransformNode()
    if transform is None:
        return np.eye(4)
    if not transform.IsTransformToWorldLinear():
        raise GeometryError(
            f'"{node.GetName()}" lies under the transform "{transform.GetName()}", which is deformable; its voxels make no '
            "regular grid in the patient.",
            "Harden the transform on it (Transforms module), or take it out of the transform.",
        )
    matrix = vtk.vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(matrix)
    return _as_array(matrix)


def _as_array(matrix: Any) -> NDArray[np.float64]:
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)], dtype=np.float64)


def _stored_array(node: Node) -> Array:
    data = node.GetImageData()
    scalars = data.GetPointData().GetScalars() if data is not None else None
    if scalars is None or not scalars.GetNumberOfTuples():
        raise InputError(f'The volume "{node.GetName()}" has no voxels.', "Choose another volume.")
    if scalars.GetNumberOfComponents() != 1:
        raise InputError(
            f'The volume "{node.GetName()}" has {scalars.GetNumberOfComponents()} values per voxel; one is needed.',
            "Choose a scalar volume.",
        )
    x, y, z = data.GetDimensions()
    array: Array = vtk_to_numpy(scalars).reshape(z, y, x)
    return array


def _as_stored_type(array: Array) -> Array:
    if array.dtype.kind in "biu":
        low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
        for kind in (np.int16, np.int32):
            if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
                return array.astype(kind, copy=False)
    return array.astype(np.float32, copy=False)


def _coded_quantity(node: Node) -> Quantity:
    code, unit = node.GetVoxelValueQuantity(), node.GetVoxelValueUnits()
    if code is None or unit is None:
        return UNKNOWN
    spelled = re.sub(r"\{[^}]*\}", "", unit.GetCodeValue() or "")
    for known in _CODED:
        if known.code and (known.code.value, known.code.scheme) == (code.GetCodeValue(), code.GetCodingSchemeDesignator()):
            return known if spelled == known.unit else UNKNOWN
    return UNKNOWN


def _set_codes(node: Node, quantity: Quantity) -> None:
    if quantity.code is None:
        node.SetVoxelValueQuantity(None)
        node.SetVoxelValueUnits(None)
        return
    code, unit = slicer.vtkCodedEntry(), slicer.vtkCodedEntry()
    code.SetValueSchemeMeaning(quantity.code.value, quantity.code.scheme, quantity.code.meaning)
    unit.SetValueSchemeMeaning(quantity.unit, "UCUM", quantity.unit)
    node.SetVoxelValueQuantity(code)
    node.SetVoxelValueUnits(unit)
