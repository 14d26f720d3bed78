"""Frames on disk: four-dimensional NRRD with times and identity, read back the same."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from builders.volumes import PATIENT, frames_of, geometry_of
from dosepainting_hrs.errors import IdentityError, InputError, OutputError
from dosepainting_hrs.image_frames import FrameInfo, Frames, times_in_words
from dosepainting_hrs.storage.volumes import read_frames, read_image, write_volume


def oblique() -> Frames:
    turn = np.array([[0.8, -0.6, 0.0], [0.6, 0.8, 0.0], [0.0, 0.0, -1.0]])
    geometry = geometry_of((2, 3, 4), spacing=(1.5, 2.0, 3.0), origin=(5.0, -6.0, 7.0), direction=turn)
    infos = (
        FrameInfo(start_s=0.0, duration_s=10.0),
        FrameInfo(start_s=10.0, b_value=500.0, direction=(0.6, 0.8, 0.0), acquisition_number=3),
        FrameInfo(),
    )
    made = frames_of(np.arange(72, dtype=np.float32).reshape(3, 2, 3, 4), geometry=geometry, infos=infos)
    return replace(made, began=datetime(2025, 1, 1, 10, 0, 2, 500000), history=("Loaded.",))


def test_frames_come_back_as_they_went(tmp_path: Path) -> None:
    frames = oblique()
    write_volume(frames, tmp_path / "pet.nrrd")
    back = read_frames(tmp_path / "pet.nrrd")
    assert np.array_equal(back.array, frames.array)
    assert (back.infos, back.began, back.identity, back.history) == (frames.infos, frames.began, PATIENT, ("Loaded.",))
    assert back.geometry.is_same_grid(frames.geometry)
    assert not back.edited


def test_the_axis_of_the_frames_is_a_list_and_comes_first(tmp_path: Path) -> None:
    write_volume(oblique(), tmp_path / "pet.nrrd")
    header = (tmp_path / "pet.nrrd").read_bytes()[:600].decode("latin-1")
    assert "sizes: 3 4 3 2" in header
    assert "kinds: list" in header


def test_a_file_with_several_frames_is_no_image_and_the_reverse(tmp_path: Path) -> None:
    write_volume(oblique(), tmp_path / "pet.nrrd")
    with pytest.raises(InputError, match="3 values per voxel"):
        read_image(tmp_path / "pet.nrrd")
    write_volume(oblique().frame(0), tmp_path / "one.nrrd")
    with pytest.raises(InputError, match="frames are needed"):
        read_frames(tmp_path / "one.nrrd")


def test_changed_fields_and_voxels_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "pet.nrrd"
    write_volume(oblique(), path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"duration_s": 10.0', b'"duration_s": 20.0'))
    with pytest.raises(IdentityError, match="not those it was written with"):
        read_frames(path)
    path.write_bytes(content[:-4] + b"\0\0\0\0")
    assert read_frames(path).edited


def test_frames_of_another_program_have_no_times(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((3, 2, 3, 4), np.float32), isVector=False), str(tmp_path / "a.nii.gz"))
    frames = read_frames(tmp_path / "a.nii.gz")
    assert frames.array.shape == (3, 2, 3, 4)
    with pytest.raises(InputError, match="3 of 3 frames carry no time"):
        frames.starts_s()
    with pytest.raises(InputError, match="carry no b-value"):
        frames.b_values()


def test_other_formats_do_not_hold_frames(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot hold frames"):
        write_volume(oblique(), tmp_path / "pet.nii.gz")
    assert not list(tmp_path.iterdir())


def test_times_in_words() -> None:
    """36 x 10 s + 18 x 60 s + 11 x 360 s is the protocol of Boeke 2023."""
    lengths = [10.0] * 36 + [60.0] * 18 + [360.0] * 11
    infos = tuple(FrameInfo(start_s=float(sum(lengths[:n])), duration_s=one) for n, one in enumerate(lengths))
    assert times_in_words(infos) == "65 frames: 36 x 10 s, 18 x 60 s, 11 x 360 s"
