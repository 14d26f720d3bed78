"""What a scan of a folder finds, and what it says about files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from builders.dicom_series import write_series
from dosepainting_hrs.dicom.headers import scan_folder
from dosepainting_hrs.dicom.values import text
from dosepainting_hrs.errors import Cancelled, InputError

VOXELS = np.arange(3 * 4 * 5, dtype=np.int16).reshape(3, 4, 5)


def reasons(folder: Path) -> list[str]:
    return [str(one) for one in scan_folder(folder).unreadable]


def test_finds_files_of_any_name_in_any_folder_and_passes_over_hidden_ones(tmp_path: Path) -> None:
    write_series(tmp_path / "a" / "b", VOXELS, names=lambda k: f"IM{k}")
    write_series(tmp_path / ".partial-x", VOXELS)
    (tmp_path / "a" / "notes.txt").write_text("no DICOM, long enough to hold a preamble " * 10)
    (tmp_path / "DICOMDIR").write_bytes(b"\0" * 128 + b"DICM")
    scan = scan_folder(tmp_path)
    assert [file.path.name for file in scan.files] == ["IM0", "IM1", "IM2"]
    assert (scan.not_dicom, scan.unreadable) == (1, ())


def test_headers_hold_everything_but_pixels(tmp_path: Path) -> None:
    (path, *_) = write_series(tmp_path, VOXELS[:1])
    (file,) = scan_folder(tmp_path).files
    whole = dcmread(path)
    del whole.PixelData
    assert file.header == whole
    assert text(file.header, "PatientName") == "Doe^Jane"


def test_a_header_longer_than_the_first_read_is_read_whole(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS[:1], tags={"TextValue": "long " * 40000})
    (file,) = scan_folder(tmp_path).files
    assert len(text(file.header, "TextValue")) == 200000 - 1
    assert file.header.Rows == 4


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"])
def test_truncated_pixels_are_told_in_bytes(tmp_path: Path, syntax: str) -> None:
    (path, *_) = write_series(tmp_path, VOXELS[:1], transfer_syntax=syntax)
    path.write_bytes(path.read_bytes()[:-10])
    assert reasons(tmp_path) == ['"0000.dcm" is truncated: 40 bytes of pixel data are announced, 30 are there']


def test_truncated_compressed_pixels_are_found(tmp_path: Path) -> None:
    (path, *_) = write_series(tmp_path, VOXELS[:1], transfer_syntax="1.2.840.10008.1.2.5")
    assert reasons(tmp_path) == []
    path.write_bytes(path.read_bytes()[:-9])
    assert reasons(tmp_path) == ['"0000.dcm" is truncated within its compressed pixel data']


@pytest.mark.parametrize(("kept", "reason"), [(0, "is empty (0 bytes)"), (60, "is truncated before its header")])
def test_files_without_a_header_are_named(tmp_path: Path, kept: int, reason: str) -> None:
    (path, *_) = write_series(tmp_path, VOXELS[:1])
    path.write_bytes(path.read_bytes()[:kept])
    assert reasons(tmp_path) == [f'"0000.dcm" {reason}']


def test_a_file_cut_anywhere_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    (path, *_) = write_series(tmp_path, VOXELS[:1])
    content = path.read_bytes()
    for kept in range(0, len(content), 7):
        path.write_bytes(content[:kept])
        scan = scan_folder(tmp_path)
        assert not scan.files, f"cut after {kept} of {len(content)} bytes"
        assert len(scan.unreadable) == 1


def test_noise_behind_a_dicom_preamble_is_named_and_does_not_stop_the_scan(tmp_path: Path) -> None:
    write_series(tmp_path, VOXELS)
    noise = np.random.default_rng(1).integers(0, 256, 4000, dtype=np.uint8).tobytes()
    for number in range(20):
        (tmp_path / f"noise{number}.dcm").write_bytes(bytes(128) + b"DICM" + noise[number * 100 :])
    scan = scan_folder(tmp_path)
    assert len(scan.files) == 3
    assert len(scan.unreadable) == 20


def test_a_file_that_may_not_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_series(tmp_path, VOXELS)
    real = Path.open

    def refuse(path: Path, *arguments: object, **more: object) -> object:
        if path.name == "0001.dcm":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "open", refuse)
    assert reasons(tmp_path) == ['"0001.dcm" cannot be read (Permission denied)']


def test_a_missing_folder_and_a_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'The folder ".*nowhere" does not exist; a folder with DICOM files is needed'):
        scan_folder(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r'The folder ".*file" is a file; a folder'):
        scan_folder(tmp_path / "file")


def test_progress_rises_to_one_and_can_stop_the_scan(tmp_path: Path) -> None:
    write_series(tmp_path, np.zeros((60, 2, 2), np.int16))
    told: list[float] = []
    scan_folder(tmp_path, lambda fraction, _: told.append(fraction))
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 3

    def stop(fraction: float, _: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        scan_folder(tmp_path, stop)


def test_linked_folders_are_looked_into_once(tmp_path: Path) -> None:
    write_series(tmp_path / "archive" / "CT", np.zeros((3, 2, 2), np.int16))
    (tmp_path / "patient").mkdir()
    (tmp_path / "patient" / "CT").symlink_to(tmp_path / "archive" / "CT", target_is_directory=True)
    (tmp_path / "archive" / "CT" / "back").symlink_to(tmp_path / "patient", target_is_directory=True)
    assert len(scan_folder(tmp_path / "patient").files) == 3


def test_an_archive_in_place_of_a_folder_is_to_be_unpacked(tmp_path: Path) -> None:
    (tmp_path / "patient.zip").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"is a file; a folder with DICOM files is needed\. Unpack it"):
        scan_folder(tmp_path / "patient.zip")
