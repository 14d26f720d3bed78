"""What SUV says of a folder of many series: its PETs, or that there is none."""

from pathlib import Path

import numpy as np
import pytest

from builders.dicom_series import write_series
from dosepainting_hrs.context import Context
from dosepainting_hrs.errors import DicomError
from dosepainting_hrs.inputs import load_inputs
from dosepainting_hrs.maps.suv import Suv

VOXELS = np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5)


def refused(folder: Path) -> DicomError:
    with pytest.raises(DicomError) as caught:
        load_inputs(Context(), Suv, {"image": str(folder)})
    return caught.value


def test_a_folder_without_a_pet_says_so_and_what_it_holds_in_counts(tmp_path: Path) -> None:
    for number in range(3):
        write_series(tmp_path / f"mr{number}", VOXELS, series_uid=f"1.2.3.{number + 5}", modality="MR")
    write_series(tmp_path / "ct", VOXELS, series_uid="1.2.3.9", modality="CT")
    error = refused(tmp_path)
    assert error.message == f'The folder "{tmp_path}" holds no PET, but 1 CT series, 3 MR series.'
    assert "1.2.3." not in error.hint


def test_of_many_series_only_the_pets_are_listed(tmp_path: Path) -> None:
    for uid, modality in (("1.2.3.5", "MR"), ("1.2.3.6", "PT"), ("1.2.3.7", "PT")):
        write_series(tmp_path / uid, VOXELS, series_uid=uid, modality=modality)
    error = refused(tmp_path)
    assert "holds 1 MR series, 2 PT series; one PET must be chosen" in error.message
    assert "#1.2.3.6 (" in error.hint
    assert "#1.2.3.7 (" in error.hint
    assert "#1.2.3.5" not in error.hint
