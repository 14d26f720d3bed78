"""Dynamic PET at the command line: SUV of every frame, and ratios with a mean from a window of it."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from builders.dicom_series import write_series
from builders.volumes import mask_of
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.context import Context
from dosepainting_hrs.image import Mask
from dosepainting_hrs.storage.volumes import read_image, write_volume

BEGIN = datetime(2024, 1, 2, 10, 15)
"""An hour after the injection of the builder's header."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three frames of a minute: muscle 100, 200, 300 and a tumour of 900, in a series of six files."""
    monkeypatch.chdir(tmp_path)
    for frame in range(3):
        stored = np.full((2, 4, 4), 100 * (frame + 1), np.int16)
        stored[:, 2:, 2:] = 900
        tags = {
            "AcquisitionTime": (BEGIN + timedelta(minutes=frame)).strftime("%H%M%S"),
            "FrameReferenceTime": None,
            "ActualFrameDuration": 60_000,
            "SeriesType": ["DYNAMIC", "IMAGE"],
            "NumberOfTimeSlices": 3,
        }
        write_series(tmp_path / "pet", stored, modality="PT", series_uid="1.2.9", tags=tags, names=f"{frame}_{{}}.dcm".format)
    return tmp_path


def muscle_on(folder: Path) -> Mask:
    image = Context(folder=folder).frames("pet").frame(0)
    inside = np.zeros(image.array.shape, dtype=np.bool_)
    inside[:, :2, :2] = True
    made = mask_of(inside, name="muscle")
    return Mask(array=inside, geometry=image.geometry, stored=image.stored, identity=image.identity, name=made.name)


def test_ratio_of_the_second_last_frame_and_of_a_window(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_volume(muscle_on(folder), folder / "muscle.nrrd", job="")
    assert main(["map", "suv-frames", "--frames", "pet", "-o", "suv4d.nrrd"]) == 0
    words = ["map", "ratio-frames", "--reference", "muscle.nrrd"]
    assert main([*words, "--frames", "suv4d.nrrd", "--preset", "Boeke 2023", "-o", "last.nrrd"]) == 0
    assert read_image(folder / "last.nrrd").array.max() == pytest.approx(4.5)
    window = ["--window-start", "61", "--window-end", "63"]
    assert main([*words, "--frames", "pet", *window, "-o", "window.nrrd"]) == 0
    assert read_image(folder / "window.nrrd").array.max() == pytest.approx(900 / 250)
    out = " ".join(capsys.readouterr().out.split())
    assert "Took frames 2 to 3 of 3, 61.0 to 63.0 min after the injection." in out
    assert 'The reference "muscle" has' in out
    assert main([*words, "--frames", "suv4d.nrrd", *window, "-o", "no.nrrd"]) == 3
    assert "--scan-begins" in capsys.readouterr().err
    assert main([*words, "--frames", "suv4d.nrrd", *window, "--scan-begins", "60", "-o", "again.nrrd"]) == 0
    assert read_image(folder / "again.nrrd").array.max() == pytest.approx(900 / 250)


def test_a_later_static_scan_on_another_grid_is_divided_by_the_dynamic_muscle(folder: Path) -> None:
    """Static: voxels of half the size over the same block, muscle 100 and tumour 800 Bq/ml, an hour after the dynamic.

    SUV of the dynamic's last frame in muscle is proportional to 300 Bq/ml at its reference time 10:15, that of the static to
    800 Bq/ml at 11:15, an hour of F-18 later: 800 / 300 x exp(ln 2 x 3600 / 6586.2) = 3.895.
    """
    big = np.full((2, 8, 8), 100, np.int16)
    big[:, 4:, 4:] = 800
    tags = {"AcquisitionTime": "111500", "SeriesTime": "111500", "FrameReferenceTime": None}
    half = {"spacing": (0.5, 0.5, 2.0), "origin": (-0.25, -0.25, 0.0)}
    write_series(folder / "static", big, modality="PT", series_uid="1.2.10", tags=tags, **half)
    assert main(["map", "suv", "--image", "static", "-o", "static.nrrd"]) == 0
    muscle = muscle_on(folder)
    muscle.array[:, 1, :], muscle.array[:, :, 1] = False, False  # Away from the tumour, whose edge interpolation blurs.
    write_volume(muscle, folder / "muscle.nrrd", job="")
    words = ["map", "ratio", "--image", "static.nrrd", "--frames", "pet", "--frame-from-end", "1"]
    assert main([*words, "--reference", "muscle.nrrd", "-o", "tmr.nrrd"]) == 0
    assert read_image(folder / "tmr.nrrd").array.max() == pytest.approx(800 / 300 * 2 ** (3600 / 6586.2), rel=1e-3)


def test_an_image_and_a_region_are_brought_to_the_grid_of_frames(folder: Path) -> None:
    write_series(folder / "static", np.ones((2, 8, 8), np.int16), modality="PT", series_uid="1.2.10", spacing=(0.5, 0.5, 2.0))
    assert main(["map", "suv-frames", "--frames", "pet", "-o", "suv4d.nrrd"]) == 0
    for like in ("pet", "suv4d.nrrd"):
        out = f"on_{like.partition('.')[0]}.nrrd"
        assert main(["resample", "static", "--like", like, "-o", out]) == 0
        assert read_image(folder / out).array.shape == (2, 4, 4)
