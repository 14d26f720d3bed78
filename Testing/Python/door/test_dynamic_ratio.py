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
