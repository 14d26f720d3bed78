"""Transform nodes both ways: the application's own points say which way they lead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import slicer
import vtk

from dosepainting_hrs.errors import GeometryError, InputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.transform import Field, Transform
from dosepainting_hrs_mrml.transforms import add_transform, transform_from

QUARTER_TURN = np.array([[0.0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]])


def to_world(node: Any, lps: list[float]) -> np.ndarray:
    """Where the application puts a point of the node's own coordinates, LPS mm."""
    general = vtk.vtkGeneralTransform()
    node.GetTransformToWorld(general)
    r, a, s = general.TransformPoint(-lps[0], -lps[1], lps[2])
    return np.array([-r, -a, s])


def test_a_matrix_becomes_a_linear_node_and_comes_back(scene: Any) -> None:
    """(1, 2, 3) turned by 90 degrees about z and shifted: (8, 21, 33)."""
    node = add_transform(scene, Transform.of_matrix(QUARTER_TURN, "MR", "CT"), "MR to CT")
    assert node.GetClassName() == "vtkMRMLLinearTransformNode"
    assert to_world(node, [1.0, 2.0, 3.0]) == pytest.approx([8.0, 21.0, 33.0])
    back = transform_from(node)
    assert back.apply([1.0, 2.0, 3.0]) == pytest.approx([8.0, 21.0, 33.0])
    assert (back.from_frame, back.to_frame) == ("MR", "CT")


def bump() -> Transform:
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, 1.0]])
    grid = Geometry.from_parts((13, 15, 17), (4.0, 5.0, 6.0), (-40.0, -45.0, -24.0), turn)
    z, y, x = np.indices(grid.shape)
    points = grid.to_world(np.stack([x, y, z], axis=-1))
    vectors = np.zeros((*grid.shape, 3))
    vectors[..., 0] = 3.0 * np.exp(-((points / 20.0) ** 2).sum(axis=-1))
    vectors[..., 1] = -2.0
    return Transform(from_frame="B", to_frame="A", parts=(Field(grid, vectors),)).inverse()


def test_a_field_becomes_a_grid_node_and_comes_back(scene: Any) -> None:
    node = add_transform(scene, bump(), "early to late")
    assert node.GetClassName() == "vtkMRMLGridTransformNode"
    for point in ([0.0, 0.0, 0.0], [5.0, -7.0, 9.0]):
        assert to_world(node, point) == pytest.approx(bump().apply(point), abs=0.02)
        assert transform_from(node).apply(point) == pytest.approx(bump().apply(point), abs=1e-4)


def test_a_field_becomes_a_b_spline_node_that_meets_it_and_comes_back(scene: Any) -> None:
    """The application's spline passes through the field at its points, and near the bump between them."""
    node = add_transform(scene, bump(), "early to late", as_spline=True)
    assert node.GetClassName() == "vtkMRMLBSplineTransformNode"
    field = bump().inverse().parts[0]
    assert isinstance(field, Field)
    pull = node.GetTransformFromParent()
    for index in ([0, 0, 0], [8, 7, 6], [16, 14, 12], [3, 11, 5]):
        point = field.geometry.to_world(index)
        r, a, s = pull.TransformPoint(-point[0], -point[1], point[2])
        vector = field.vectors[index[2], index[1], index[0]]
        assert np.array([-r, -a, s]) - point == pytest.approx(vector, abs=1e-6)
    for point in ([1.0, 2.0, -1.0], [-6.0, 4.0, 3.0]):
        pulled = pull.TransformPoint(-point[0], -point[1], point[2])
        expected = 3.0 * np.exp(-((np.array(point) / 20.0) ** 2).sum())
        assert np.array([-pulled[0], -pulled[1], pulled[2]]) - point == pytest.approx([expected, -2.0, 0.0], abs=0.05)
        assert to_world(node, list(bump().inverse().apply(point))) == pytest.approx(point, abs=0.1)
    back = transform_from(node)
    assert (back.from_frame, back.to_frame) == ("A", "B")
    again = back.inverse().parts[0]
    assert isinstance(again, Field)
    assert again.geometry.shape == (25, 29, 17)  # Knots 4, 5 and 6 mm apart, sampled every 4 mm or closer.
    assert again.geometry.to_world((16, 28, 24)) == pytest.approx(field.geometry.to_world((16, 14, 12)))
    assert np.abs(again.vectors[::2, ::2] - field.vectors).max() < 1e-6


def test_a_b_spline_of_a_single_slice_is_refused(scene: Any) -> None:
    grid = Geometry.from_parts((1, 4, 4), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    flat = Transform(parts=(Field(grid, np.zeros((1, 4, 4, 3))),)).inverse()
    with pytest.raises(GeometryError, match="at least two points along every axis"):
        add_transform(scene, flat, "flat", as_spline=True)


def test_a_b_spline_node_is_sampled(scene: Any) -> None:
    coefficients = vtk.vtkImageData()
    coefficients.SetDimensions(9, 9, 9)
    coefficients.SetOrigin(-80.0, -80.0, -80.0)
    coefficients.SetSpacing(20.0, 20.0, 20.0)
    coefficients.AllocateScalars(vtk.VTK_DOUBLE, 3)
    values = np.random.default_rng(2).normal(0, 2, (9, 9, 9, 3))
    for z, y, x in np.ndindex(9, 9, 9):
        for component in range(3):
            coefficients.SetScalarComponentFromDouble(x, y, z, component, values[z, y, x, component])
    spline = slicer.vtkOrientedBSplineTransform()
    spline.SetCoefficientData(coefficients)
    node = scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode", "spline")
    node.SetAndObserveTransformFromParent(spline)
    found = transform_from(node)
    for point in ([0.0, 0.0, 0.0], [15.0, -21.0, 9.0]):
        pulled = spline.TransformPoint(-point[0], -point[1], point[2])
        expected = np.array([-pulled[0], -pulled[1], pulled[2]])
        assert np.abs(expected - point).max() > 0.05
        assert found.inverse().apply(point) == pytest.approx(expected, abs=0.1)


def test_a_node_under_another_is_refused(scene: Any) -> None:
    inner = add_transform(scene, Transform.of_matrix(QUARTER_TURN), "inner")
    outer = add_transform(scene, Transform.of_matrix(np.eye(4)), "outer")
    inner.SetAndObserveTransformNodeID(outer.GetID())
    with pytest.raises(InputError, match='"inner" lies under another transform'):
        transform_from(inner)
