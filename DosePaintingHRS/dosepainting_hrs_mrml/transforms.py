"""Transform nodes both ways: linear, grid and B-spline ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray
from vtk.util import numpy_support

from dosepainting_hrs.errors import GeometryError, InputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.transform import Affine, Field, Transform

from .attributes import Node
from .volumes import FLIP

_FROM, _TO = "DosePaintingHRS.from_frame", "DosePaintingHRS.to_frame"
SAMPLED_MM = 4.0
"""Largest distance at which a B-spline node is sampled; between the points it is taken as linear."""


def transform_from(node: Node, *, reach: Geometry | None = None) -> Transform:
    """Return a transform node as a map, LPS mm: where a point of the node's own coordinates lies in the world.

    Parameters
    ----------
    node : vtkMRMLTransformNode
        Linear, grid or B-spline; alone, without a parent.
    reach : Geometry, optional
        Grid in the world on which a B-spline is sampled; its own domain when not given.

    Raises
    ------
    InputError
        If the node lies under another transform, or is of a kind that is not read.
    GeometryError
        If its matrix is singular.
    """
    if node.GetParentTransformNode() is not None:
        raise InputError(f'The transform "{node.GetName()}" lies under another transform.', "Harden it or take it out first.")
    frames = (node.GetAttribute(_FROM) or "", node.GetAttribute(_TO) or "")
    if node.IsLinear():
        matrix = vtk.vtkMatrix4x4()
        node.GetMatrixTransformToParent(matrix)
        values = np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])
        return Transform.of_matrix(FLIP @ values @ FLIP, *frames)
    # Slicer keeps deformations from the world to the node's own coordinates: that is what images are resampled by.
    pull = node.GetTransformFromParent()
    concrete = _single(pull)
    if concrete.IsA("vtkOrientedGridTransform") and concrete.GetDisplacementGrid() is not None and not _is_inverted(pull):
        field = _field_of(concrete)
    else:
        grid = reach if reach is not None else _domain_of(concrete)
        field = _sampled(pull, grid)
    return Transform(from_frame=frames[1], to_frame=frames[0], parts=(field,)).inverse()


def add_transform(scene: Node, transform: Transform, name: str, *, as_spline: bool = False) -> Node:
    """Add a transform to a scene, so that what is put under it moves from the one frame to the other.

    Parameters
    ----------
    scene : vtkMRMLScene
        Where.
    transform : Transform
        From the frame of what moves to the world's.
    name : str
        Of the node.
    as_spline : bool
        Whether a deformation becomes a B-spline node instead of a grid node.

    Returns
    -------
    vtkMRMLLinearTransformNode, vtkMRMLGridTransformNode or vtkMRMLBSplineTransformNode
        A matrix becomes a linear node; a chain with a field becomes one grid, or one cubic B-spline with a knot at every
        point of that grid, which it meets exactly there.

    Raises
    ------
    GeometryError
        If a chain does not cover the grid of its field.
    """
    if transform.matrix is not None:
        node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
        set_matrix(node, transform.matrix)
    elif as_spline:
        node = scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode", name)
        node.SetAndObserveTransformFromParent(_spline_transform(_as_one_field(transform)))
    else:
        node = scene.AddNewNodeByClass("vtkMRMLGridTransformNode", name)
        node.SetAndObserveTransformFromParent(_grid_transform(_as_one_field(transform)))
    node.SetAttribute(_FROM, transform.from_frame)
    node.SetAttribute(_TO, transform.to_frame)
    return node


def set_matrix(node: Node, matrix: NDArray[np.float64]) -> None:
    """Give a linear transform node a matrix, LPS mm."""
    values = FLIP @ matrix @ FLIP
    given = vtk.vtkMatrix4x4()
    for row in range(4):
        for column in range(4):
            given.SetElement(row, column, float(values[row, column]))
    node.SetMatrixTransformToParent(given)


def _as_one_field(transform: Transform) -> Field:
    pull = transform.inverse()
    first = pull.parts[0]
    if len(pull.parts) == 1 and isinstance(first, Field) and not first.turned:
        return first
    fields = [part for part in pull.parts if isinstance(part, Field)]
    grid = fields[0].geometry
    if isinstance(first, Affine):
        grid = Geometry(grid.shape, np.linalg.inv(first.matrix) @ grid.affine)
    return pull.sampled(grid)


def _grid_transform(field: Field) -> Any:
    import slicer  # noqa: PLC0415  (only deformations need its transform classes)

    made = slicer.vtkOrientedGridTransform()
    made.SetDisplacementGridData(_vector_image(field.geometry, field.vectors))
    made.SetGridDirectionMatrix(_direction(field.geometry))
    return made


def _spline_transform(field: Field) -> Any:
    import slicer  # noqa: PLC0415
    from scipy import ndimage  # noqa: PLC0415  (a panel that opens does not wait for it)

    if min(field.geometry.shape) < 2:
        raise GeometryError("A B-spline needs at least two points along every axis of the field.", "Write it as a grid.")
    vectors = np.asarray(field.vectors, dtype=np.float64)
    for axis in range(3):
        vectors = ndimage.spline_filter1d(vectors, order=3, axis=axis, mode="mirror")
    # The outermost cells lean on one control point beyond the grid; mirrored ones are those that the filter assumed.
    control = np.pad(vectors, ((1, 1), (1, 1), (1, 1), (0, 0)), mode="reflect")
    affine = field.geometry.affine.copy()
    affine[:3, 3] = field.geometry.to_world((-1.0, -1.0, -1.0))
    grid = Geometry((control.shape[0], control.shape[1], control.shape[2]), affine)
    made = slicer.vtkOrientedBSplineTransform()
    made.SetCoefficientData(_vector_image(grid, control))
    made.SetGridDirectionMatrix(_direction(grid))
    made.SetBorderModeToZero()
    return made


def _vector_image(grid: Geometry, vectors: NDArray[np.floating]) -> Any:
    image = vtk.vtkImageData()
    image.SetDimensions(*(int(n) for n in grid.shape[::-1]))
    image.SetSpacing(*grid.spacing)
    image.SetOrigin(*(FLIP[:3, :3] @ grid.origin))
    flipped = np.ascontiguousarray(vectors.reshape(-1, 3) * np.diag(FLIP)[:3], dtype=np.float64)
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(flipped, deep=True))
    return image


def _direction(grid: Geometry) -> Any:
    direction = vtk.vtkMatrix4x4()
    turned = FLIP[:3, :3] @ grid.direction
    for row in range(3):
        for column in range(3):
            direction.SetElement(row, column, float(turned[row, column]))
    return direction


def _single(pull: Any) -> Any:
    """Return the one transform inside a general one."""
    if pull.IsA("vtkGeneralTransform"):
        if pull.GetNumberOfConcatenatedTransforms() != 1:
            raise InputError("A transform made of several cannot be read.", "Harden it into one grid first.")
        return pull.GetConcatenatedTransform(0)
    return pull


def _is_inverted(pull: Any) -> bool:
    return bool(pull.IsA("vtkWarpTransform") and pull.GetInverseFlag())


def _field_of(concrete: Any) -> Field:
    image = concrete.GetDisplacementGrid()
    sizes = image.GetDimensions()
    vectors = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars()).reshape(sizes[2], sizes[1], sizes[0], 3)
    scaled = vectors * float(concrete.GetDisplacementScale()) + float(concrete.GetDisplacementShift())
    return Field(_grid_of(concrete, image), np.asarray(scaled * np.diag(FLIP)[:3], dtype=np.float64))


def _grid_of(concrete: Any, image: Any) -> Geometry:
    given = concrete.GetGridDirectionMatrix()
    direction = np.eye(3) if given is None else np.array([[given.GetElement(r, c) for c in range(3)] for r in range(3)])
    sizes = image.GetDimensions()
    origin = FLIP[:3, :3] @ np.array(image.GetOrigin())
    return Geometry.from_parts((sizes[2], sizes[1], sizes[0]), image.GetSpacing(), origin, FLIP[:3, :3] @ direction)


def _domain_of(concrete: Any) -> Geometry:
    """Return a grid over the knots of a B-spline and between them, without the rim that has no full support."""
    coefficients = concrete.GetCoefficientData() if concrete.IsA("vtkBSplineTransform") else None
    if coefficients is None:
        raise InputError(
            f"A transform of kind {concrete.GetClassName()} cannot be read.", "Linear, grid and B-spline ones can."
        )
    sizes, spacing = np.array(coefficients.GetDimensions()), np.array(coefficients.GetSpacing())
    given = concrete.GetGridDirectionMatrix() if hasattr(concrete, "GetGridDirectionMatrix") else None
    direction = np.eye(3) if given is None else np.array([[given.GetElement(r, c) for c in range(3)] for r in range(3)])
    extent = (sizes - 3) * spacing
    if (extent <= 0).any():
        raise GeometryError("The B-spline has fewer than four control points along an axis.")
    # Every knot is a point of the grid, so that what was written from a field comes back as it was.
    count = (sizes - 3) * np.maximum(1, np.ceil(spacing / SAMPLED_MM - 1e-9).astype(int)) + 1
    origin = FLIP[:3, :3] @ (np.array(coefficients.GetOrigin()) + direction @ spacing)
    shape = (int(count[2]), int(count[1]), int(count[0]))
    return Geometry.from_parts(shape, extent / (count - 1), origin, FLIP[:3, :3] @ direction)


def _sampled(pull: Any, grid: Geometry) -> Field:
    z, y, x = np.indices(grid.shape)
    places = grid.to_world(np.stack([x, y, z], axis=-1)).reshape(-1, 3)
    flip = np.diag(FLIP)[:3]
    moved = np.array([pull.TransformPoint(*point) for point in (places * flip).tolist()]) * flip
    return Field(grid, (moved - places).reshape(*grid.shape, 3))
