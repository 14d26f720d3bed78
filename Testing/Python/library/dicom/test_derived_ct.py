"""Axial series derived from refused geometries: values where they belong, objects that validate, honest headers."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest

from builders.ct_orientations import (
    ORIENTATIONS,
    TILT,
    hu_at,
    tilted_positions,
    uneven_positions,
    write_ct,
    write_slices,
)
from builders.dicom_series import write_series
from dosepainting_hrs.dicom.derived_ct import derive_axial_ct, write_derived_ct
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.planning_geometry import why_not_exportable
from dosepainting_hrs.dicom.stack import Stack
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.errors import Cancelled, DicomError, OutputError

WHEN = datetime(2026, 3, 4, 5, 6, 7)


def derive(folder: Path, orientation: str = "oblique", **tags: str) -> tuple[Stack, list[pydicom.Dataset]]:
    source = read_stack(write_ct(folder / "source", orientation, **tags))
    written = write_derived_ct(load_image(source), source, folder / "derived", when=WHEN)
    return source, [pydicom.dcmread(path) for path in sorted(written.iterdir())]


def voxels(slices: list[pydicom.Dataset]) -> tuple[np.ndarray, np.ndarray]:
    """HU and LPS position of every voxel, read by pydicom alone."""
    values, points = [], []
    for ds in slices:
        assert [float(value) for value in ds.ImageOrientationPatient] == [1, 0, 0, 0, 1, 0]
        y, x = np.indices((ds.Rows, ds.Columns))
        row_mm, column_mm = map(float, ds.PixelSpacing)
        origin = np.array([float(value) for value in ds.ImagePositionPatient])
        points.append(origin + np.stack([x * column_mm, y * row_mm, np.zeros_like(x)], axis=-1))
        values.append(ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept))
    return np.array(values), np.array(points)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_values_lie_where_they_belong_in_the_patient(tmp_path: Path, orientation: str) -> None:
    """A ramp over patient space is the same ramp on every grid, rounded twice to whole HU (stored, and resampled)."""
    source, slices = derive(tmp_path, orientation)
    values, points = voxels(slices)
    size = np.array(source.geometry.shape[::-1])
    index = source.geometry.to_index(points)
    inner = ((index >= 0) & (index <= size - 1)).all(axis=-1)
    outer = ((index < -0.5 - 1e-6) | (index > size - 0.5 + 1e-6)).any(axis=-1)
    assert inner.sum() > 2000
    assert np.abs(values[inner] - hu_at(points[inner])).max() <= 1.0
    assert abs((values[inner] - hu_at(points[inner])).mean()) < 0.2  # Cutting instead of rounding would make it 0.5.
    assert (values[outer] == -1000).all()
    # In the middle nothing is left out: the volume of the source is there.
    assert inner.sum() == pytest.approx(np.prod(size - 1.0), rel=0.25)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_whole_source_is_covered(tmp_path: Path, orientation: str) -> None:
    source, slices = derive(tmp_path, orientation)
    _, points = voxels(slices)
    low, high = points.min(axis=(0, 1, 2)), points.max(axis=(0, 1, 2))
    half = np.array([*reversed([float(value) for value in slices[0].PixelSpacing]), float(slices[0].SliceThickness)]) / 2
    corners = (
        np.array([[i, j, k] for k in (0, 1) for j in (0, 1) for i in (0, 1)]) * np.array(source.geometry.shape[::-1]) - 0.5
    )
    faces = source.geometry.to_world(corners)
    assert (low - half <= faces.min(axis=0) + 1e-6).all()
    assert (high + half >= faces.max(axis=0) - 1e-6).all()


@pytest.mark.parametrize("orientation", ["coronal", "sagittal", "prone", "mirrored", "axial"])
def test_right_angled_sources_keep_their_voxels(tmp_path: Path, orientation: str) -> None:
    source, slices = derive(tmp_path, orientation)
    values, _ = voxels(slices)
    stored = np.array([pydicom.dcmread(path).pixel_array for path in source.files])
    assert values.size == stored.size
    assert np.array_equal(np.sort(values, axis=None), np.sort(stored, axis=None))


def test_the_result_loads_as_an_exportable_planning_ct_of_the_same_frame(tmp_path: Path) -> None:
    source, _ = derive(tmp_path, "oblique", PatientPosition="FFS")
    derived = read_stack(tmp_path / "derived")
    assert why_not_exportable(source)
    assert why_not_exportable(derived) == ()
    assert derived.identity.patient_id == source.identity.patient_id
    assert derived.identity.frame_of_reference == source.identity.frame_of_reference
    assert derived.identity.study == source.identity.study
    assert derived.identity.series != source.identity.series


def test_headers_tell_what_it_is_and_where_from(tmp_path: Path) -> None:
    source, slices = derive(tmp_path, "oblique", PatientPosition="FFS", ManufacturerModelName="Scanner 1", KVP="120")
    first = slices[0]
    assert list(first.ImageType[:3]) == ["DERIVED", "SECONDARY", "AXIAL"]
    assert (first.PatientPosition, first.KVP, first.ManufacturerModelName) == ("HFS", 120, "Scanner 1")
    assert "must use this series" in first.SeriesDescription
    for told in (source.identity.series[0], "oblique", "FFS", "linear interpolation", "Planning must use this series"):
        assert told in first.DerivationDescription
    assert (first.SeriesDate, first.SeriesTime) == ("20260304", "050607")
    uids = {str(ds.SOPInstanceUID) for ds in slices}
    assert len(uids) == len(slices)
    assert not uids & set(source.sop_instance_uids)
    assert all(len(uid) <= 64 for uid in uids)
    named = {str(item.ReferencedSOPInstanceUID) for ds in slices for item in ds.SourceImageSequence}
    assert named == set(source.sop_instance_uids)
    assert len({str(ds.SeriesInstanceUID) for ds in slices}) == 1


def test_a_coronal_source_names_all_its_slices_in_each_derived_one_and_an_axial_one_its_own(tmp_path: Path) -> None:
    source, slices = derive(tmp_path / "coronal", "coronal")
    assert all(len(ds.SourceImageSequence) == len(source.files) for ds in slices)
    source, slices = derive(tmp_path / "axial", "axial", PatientPosition="FFS")
    names = [[str(item.ReferencedSOPInstanceUID) for item in ds.SourceImageSequence] for ds in slices]
    assert names == [[uid] for uid in source.sop_instance_uids]


@pytest.mark.parametrize("orientation", ["oblique", "coronal"])
def test_dciodvfy_finds_no_errors(tmp_path: Path, orientation: str) -> None:
    program = shutil.which("dciodvfy")
    if program is None:
        assert os.environ.get("CI") != "true", "dciodvfy (dicom3tools) is not installed"
        pytest.skip("dciodvfy (dicom3tools) is not installed")
    derive(tmp_path, orientation)
    for path in sorted((tmp_path / "derived").iterdir())[:3]:
        said = subprocess.run([program, str(path)], capture_output=True, text=True, check=False).stderr
        assert "Error" not in said, said
        assert "CTImage" in said


IRREGULAR = {
    "tilted gantry": (TILT, tilted_positions(), "stacked 12.0 degrees off their normal"),
    "2.5 then 5 mm": (np.eye(3), uneven_positions(), "at a spacing of"),
    "uneven": (np.eye(3), tilted_positions() + np.array([[0, 0, 1.0]]) * (np.arange(14) % 3 == 1)[:, None], "uneven"),
}


@pytest.mark.parametrize("name", IRREGULAR)
class TestIrregularSlices:
    """Series that make no grid are refused as they are; resampled where their slices lie, they are the ramp they were."""

    def test_values_lie_where_they_belong_in_the_patient(self, tmp_path: Path, name: str) -> None:
        direction, positions, refusal = IRREGULAR[name]
        source = write_slices(tmp_path / "source", direction, positions)
        with pytest.raises(DicomError, match=refusal):
            read_stack(source)
        folder = derive_axial_ct(source, None, tmp_path / "derived", when=WHEN)
        derived = read_stack(folder)
        assert why_not_exportable(derived) == ()
        slices = [pydicom.dcmread(path) for path in derived.files]
        assert refusal.split()[0] in slices[0].DerivationDescription
        values, points = voxels(slices)
        # Inside: where the normal through a point meets the first and the last slice within their outermost voxel centres.
        along = points @ direction[:, 2]
        places = positions @ direction[:, 2]
        inner = (along >= places[0]) & (along <= places[-1])
        for position in (positions[0], positions[-1]):
            x, y = (points - position) @ direction[:, 0] / 2.0, (points - position) @ direction[:, 1] / 2.0
            inner &= (x >= 0) & (x <= 17) & (y >= 0) & (y <= 19)
        assert inner.sum() > 500
        # Both neighbouring slices are rounded to whole HU, and so is the result.
        assert np.abs(values[inner] - hu_at(points[inner])).max() <= 1.0
        assert abs((values[inner] - hu_at(points[inner])).mean()) < 0.2  # Cutting instead of rounding would make it 0.5.

    def test_every_source_slice_is_named(self, tmp_path: Path, name: str) -> None:
        direction, positions, _ = IRREGULAR[name]
        source = write_slices(tmp_path / "source", direction, positions)
        derived = derive_axial_ct(source, None, tmp_path / "derived")
        slices = [pydicom.dcmread(path) for path in derived.iterdir()]
        named = {str(item.ReferencedSOPInstanceUID) for ds in slices for item in ds.SourceImageSequence}
        assert named == {str(pydicom.dcmread(path).SOPInstanceUID) for path in source.iterdir()}


def test_a_regular_series_is_derived_as_from_its_stack(tmp_path: Path) -> None:
    source = read_stack(write_ct(tmp_path / "source", "oblique"))
    one = voxels(
        [pydicom.dcmread(path) for path in sorted(derive_axial_ct(tmp_path / "source", None, tmp_path / "a").iterdir())]
    )
    write_derived_ct(load_image(source), source, tmp_path / "b")
    other = voxels([pydicom.dcmread(path) for path in sorted((tmp_path / "b").iterdir())])
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])


def test_slices_a_little_off_the_even_grid_are_interpolated_where_they_lie(tmp_path: Path) -> None:
    """Every other slice lies 0.1 mm high in a field of 100 HU/mm along z: taken as even, values would be 10 HU off."""
    z = np.arange(14) * 3.0 + 0.1 * (np.arange(14) % 2) * (np.arange(14) < 13)

    def place(k: int, ds: pydicom.Dataset) -> None:
        ds.ImagePositionPatient = [0, 0, f"{z[k]:.6g}"]

    stored = np.rint(np.broadcast_to(100 * z[:, None, None], (14, 5, 6))).astype(np.int16)
    write_series(tmp_path / "source", stored, spacing=(1, 1, 3), change=place)
    assert any("even spacing" in reason for reason in why_not_exportable(read_stack(tmp_path / "source")))
    folder = derive_axial_ct(tmp_path / "source", None, tmp_path / "derived")
    derived = read_stack(folder)
    assert why_not_exportable(derived) == ()
    values, points = voxels([pydicom.dcmread(path) for path in derived.files])
    assert np.abs(values - 100 * points[..., 2]).max() <= 1.0


def test_missing_slices_are_not_made_up(tmp_path: Path) -> None:
    source = write_ct(tmp_path / "source")
    (source / "0006.dcm").unlink()  # InstanceNumber 7 of 14
    with pytest.raises(DicomError, match="1 slice is missing"):
        derive_axial_ct(source, None, tmp_path / "derived")
    assert not (tmp_path / "derived").exists()


def test_slices_shifted_sideways_are_not_taken(tmp_path: Path) -> None:
    positions = tilted_positions()
    positions[5, 0] += 4.0
    source = write_slices(tmp_path / "source", np.eye(3), positions)
    with pytest.raises(DicomError, match="shifted sideways by 4 mm"):
        derive_axial_ct(source, None, tmp_path / "derived")


class TestRefusals:
    def test_a_pet_is_not_taken(self, tmp_path: Path) -> None:
        write_series(tmp_path / "pet", np.ones((3, 4, 4), np.int16), modality="PT")
        stack = read_stack(tmp_path / "pet")
        with pytest.raises(DicomError, match=r"needs a CT in HU, but the source is PT with activity concentration"):
            write_derived_ct(load_image(stack), stack, tmp_path / "derived")

    def test_values_beyond_16_bits(self, tmp_path: Path) -> None:
        write_series(tmp_path / "ct", np.full((3, 4, 4), 30000, np.int16), slope=2.0)
        stack = read_stack(tmp_path / "ct")
        with pytest.raises(DicomError, match="from 60000 to 60000 HU"):
            write_derived_ct(load_image(stack), stack, tmp_path / "derived")

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        derive(tmp_path)
        source = read_stack(tmp_path / "source")
        before = sorted(path.name for path in (tmp_path / "derived").iterdir())
        with pytest.raises(OutputError, match="exists already"):
            write_derived_ct(load_image(source), source, tmp_path / "derived")
        assert sorted(path.name for path in (tmp_path / "derived").iterdir()) == before

    def test_a_stop_half_way_leaves_nothing(self, tmp_path: Path) -> None:
        source = read_stack(write_ct(tmp_path / "source", "oblique"))

        def stop(fraction: float, message: str) -> None:
            if fraction > 0.5:
                raise Cancelled

        with pytest.raises(Cancelled):
            write_derived_ct(load_image(source), source, tmp_path / "derived", progress=stop)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["source"]
