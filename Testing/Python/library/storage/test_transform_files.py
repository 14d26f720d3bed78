"""ITK transform files: the direction of ITK's own words, both ways, for every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from dosepainting_hrs.errors import GeometryError, InputError, OutputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.storage.transform_files import AboutTransform, read_transform_file, write_transform_file
from dosepainting_hrs.transform import Affine, Field, Transform

QUARTER_TURN = np.array([[0.0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]])
POINT = [1.0, 2.0, 3.0]


def test_itk_maps_fixed_points_to_moving_ones(tmp_path: Path) -> None:
    """ITK's Euler transform here maps the fixed point (1, 2, 3) to (8, 21, 33) of the moving image; ours leads back."""
    euler = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.0, 0.0, np.pi / 2, (10.0, 20.0, 30.0))
    sitk.WriteTransform(euler, str(tmp_path / "a.tfm"))
    transform, about = read_transform_file(tmp_path / "a.tfm")
    assert transform.apply([8.0, 21.0, 33.0]) == pytest.approx(POINT)
    assert (about.from_frame, about.to_frame) == ("", "")


@pytest.mark.parametrize("suffix", [".tfm", ".h5"])
def test_a_matrix_goes_out_and_comes_back_with_its_frames(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mr{suffix}"
    about = AboutTransform(patient_id="P1", pair="MR to CT", figures=("good",), passed=True)
    write_transform_file(Transform.of_matrix(QUARTER_TURN, "MR", "CT"), about, path)
    assert sitk.ReadTransform(str(path)).TransformPoint((8.0, 21.0, 33.0)) == pytest.approx(POINT)  # fixed to moving
    back, told = read_transform_file(path)
    assert back.apply(POINT) == pytest.approx([8.0, 21.0, 33.0])
    assert (back.from_frame, back.to_frame) == ("MR", "CT")
    assert (told.patient_id, told.pair, told.kind, told.passed) == ("P1", "MR to CT", "rigid", True)
    with pytest.raises(OutputError, match="exists already"):
        write_transform_file(back, told, path)


def bump() -> Field:
    grid = Geometry.from_parts((13, 15, 17), (4.0, 4.0, 4.0), (-32.0, -28.0, -24.0))
    z, y, x = np.indices(grid.shape)
    points = grid.to_world(np.stack([x, y, z], axis=-1))
    vectors = np.zeros((*grid.shape, 3))
    vectors[..., 1] = 3.0 * np.exp(-((points / 15.0) ** 2).sum(axis=-1))
    return Field(grid, vectors)


def test_a_field_with_a_matrix_goes_out_and_comes_back(tmp_path: Path) -> None:
    """Made as a registration makes it: from the fixed point by the field, then by the matrix, to the moving point."""
    pull = Transform(from_frame="CT", to_frame="CT2", parts=(bump(), Affine(QUARTER_TURN)))
    write_transform_file(pull.inverse(), AboutTransform(), tmp_path / "deformable.h5")
    by_itk = sitk.ReadTransform(str(tmp_path / "deformable.h5"))
    for point in ([0.0, 0.0, 0.0], [5.0, -7.0, 9.0]):
        assert by_itk.TransformPoint(point) == pytest.approx(pull.apply(point), abs=1e-6)
    back, _ = read_transform_file(tmp_path / "deformable.h5")
    assert back.kind == "deformable"
    assert back.apply(pull.apply(POINT)) == pytest.approx(POINT, abs=1e-4)


def test_a_field_in_the_other_direction_is_turned_round_for_the_file(tmp_path: Path) -> None:
    forward = Transform(from_frame="A", to_frame="B", parts=(bump(),))
    write_transform_file(forward, AboutTransform(), tmp_path / "forward.h5")
    arrived = forward.apply(POINT)
    # The file holds the inverse sampled on a grid of 4 mm: linear in between.
    assert sitk.ReadTransform(str(tmp_path / "forward.h5")).TransformPoint(arrived.tolist()) == pytest.approx(POINT, abs=0.1)
    wide = Field(bump().geometry, np.full((13, 15, 17, 3), 40.0))
    with pytest.raises(GeometryError, match="too small to be turned round"):
        write_transform_file(Transform(parts=(wide,)), AboutTransform(), tmp_path / "wide.h5")


def test_a_b_spline_is_read_within_hundredths_of_a_millimetre(tmp_path: Path) -> None:
    """Rough on purpose: knots 10 mm apart move independently by 2 mm."""
    spline = sitk.BSplineTransform(3, 3)
    spline.SetTransformDomainOrigin((-40.0, -40.0, -40.0))
    spline.SetTransformDomainPhysicalDimensions((80.0, 80.0, 80.0))
    spline.SetTransformDomainMeshSize((8, 8, 8))
    spline.SetParameters((2.0 * np.random.default_rng(1).standard_normal(len(spline.GetParameters()))).tolist())
    sitk.WriteTransform(spline, str(tmp_path / "spline.h5"))
    transform, _ = read_transform_file(tmp_path / "spline.h5")
    points = np.random.default_rng(2).uniform(-35, 35, (200, 3))
    expected = np.array([spline.TransformPoint(point.tolist()) for point in points])
    assert np.abs(expected - points).max() > 1.0
    found = transform.inverse().apply(points)
    assert np.linalg.norm(found - expected, axis=-1).max() < 0.03


def test_what_is_no_transform_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.tfm").write_text("not a transform")
    with pytest.raises(InputError, match="cannot be read as an ITK transform"):
        read_transform_file(tmp_path / "bad.tfm")
    with pytest.raises(InputError, match="no transform file"):
        read_transform_file(tmp_path / "none.tfm")
    with pytest.raises(OutputError, match=r"does not end in \.tfm or \.h5"):
        write_transform_file(Transform(), AboutTransform(), tmp_path / "a.txt")
    text = "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n"
    (tmp_path / "flat.tfm").write_text(text + "Parameters: 1 0 0 0 1 0 0 0 0 0 0 0\nFixedParameters: 0 0 0\n")
    with pytest.raises(InputError, match="singular"):
        read_transform_file(tmp_path / "flat.tfm")
