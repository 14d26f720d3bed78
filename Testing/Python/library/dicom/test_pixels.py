"""Stored pixels by the quick way, from the end of a file whose header is known, and by the usual one where that does not do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless

from builders.dicom_series import write_series
from dosepainting_hrs.dicom import pixels
from dosepainting_hrs.dicom.pixels import stored_frames
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.errors import DicomError

STORED = np.arange(-7, 8, dtype=np.int16).reshape(1, 3, 5)


def written(folder: Path, stored: np.ndarray = STORED, **arguments: Any) -> tuple[Path, Dataset]:
    (path,) = write_series(folder, stored, modality="PT", **arguments)
    return path, read_stack(folder).first


@pytest.mark.parametrize("stored", [STORED, (STORED + 7).astype(np.uint16), (STORED + 7).astype(np.uint8)])
@pytest.mark.parametrize("syntax", [{}, {"transfer_syntax": ImplicitVRLittleEndian}])
def test_the_quick_way_gives_what_was_written(
    tmp_path: Path, stored: np.ndarray, syntax: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """15 values of one byte are padded to 16."""
    path, header = written(tmp_path, stored, **syntax)
    monkeypatch.setattr(pixels, "_read", lambda _: pytest.fail("the usual way was taken"))
    found = stored_frames(path, header)
    assert found.dtype == stored.dtype
    assert np.array_equal(found, stored)


def padded(_: int, ds: Dataset) -> None:
    ds.DataSetTrailingPadding = b"\0" * 20


OTHERS: dict[str, tuple[dict[str, str], Callable[[int, Dataset], None] | None]] = {
    "something behind the pixels": ({}, padded),
    "big endian": ({"transfer_syntax": ExplicitVRBigEndian}, None),
    "compressed": ({"transfer_syntax": RLELossless}, None),
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_files_are_read_the_usual_way(tmp_path: Path, case: str) -> None:
    syntax, change = OTHERS[case]
    path, header = written(tmp_path, change=change, **syntax)
    assert np.array_equal(stored_frames(path, header), STORED)


@pytest.mark.parametrize("kept", [-2, 300])
def test_a_file_that_was_cut_since_is_refused(tmp_path: Path, kept: int) -> None:
    path, header = written(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DicomError, match=r"truncated|damaged|cannot be read|announced"):
        stored_frames(path, header)
