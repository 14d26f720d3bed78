"""A series that is not where it was looked for: told as a person knows it, and where it lies."""

from pathlib import Path

import numpy as np
import pytest

from builders.dicom_series import write_series
from dosepainting_hrs.dicom.nearby_series import series_nearby

VOXELS = np.zeros((2, 3, 3), dtype=np.int16)
KNOWN = {"SeriesDescription": "Planning", "SeriesNumber": 3, "SeriesDate": "20200312"}


@pytest.mark.parametrize("place", ["patient", "patient/CT", "CT"])
def test_it_is_found_in_the_folder_below_it_and_beside_it(tmp_path: Path, place: str) -> None:
    write_series(tmp_path / place, VOXELS, series_uid="1.2.3.5", tags=KNOWN)
    write_series(tmp_path / "patient/MR", VOXELS, series_uid="1.2.3.6")
    (tmp_path / place / "0000.txt").write_text("no DICOM")
    told = series_nearby(["1.2.3.4", "1.2.3.5"], tmp_path / "patient")
    assert told == f'It is CT "Planning", number 3, 2020-03-12, in "{tmp_path / place}".'


def test_where_it_was_looked_for_is_said_when_it_is_nowhere(tmp_path: Path) -> None:
    write_series(tmp_path / "patient", VOXELS, series_uid="1.2.3.5")
    told = series_nearby(["1.2.3.9"], tmp_path / "patient")
    assert told == f'It was not found in "{tmp_path / "patient"}", nor at the start of the folders below and beside it.'


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    absent = dict.fromkeys(("SeriesDescription", "SeriesNumber", "SeriesDate", "StudyDate"))
    write_series(tmp_path, VOXELS, series_uid="1.2.3.5", tags=absent)
    assert series_nearby(["1.2.3.5"], tmp_path) == f'It is CT, in "{tmp_path}".'


def test_what_keeps_it_from_being_used_is_said(tmp_path: Path) -> None:
    paths = write_series(tmp_path / "CT", np.zeros((5, 3, 3), dtype=np.int16), series_uid="1.2.3.5", tags=KNOWN)
    paths[2].unlink()
    told = series_nearby(["1.2.3.5"], tmp_path)
    assert told.startswith(
        f'It is CT "Planning", number 3, 2020-03-12, in "{tmp_path / "CT"}", but cannot be used: 1 slice is missing'
    )
