import errno
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import FileDataset, dcmread

from builders.planning_ct import planning_ct
from dosepainting_hrs.dicom import read_back, rtstruct_export
from dosepainting_hrs.dicom.rasterise import Rasterised
from dosepainting_hrs.dicom.rtstruct_export import Exported, export_checked
from dosepainting_hrs.dicom.rtstruct_writer import RegionToWrite
from dosepainting_hrs.dicom.stack import Stack
from dosepainting_hrs.dicom.structure_set import read_structure_set
from dosepainting_hrs.errors import Cancelled, InputError, OutputError
from dosepainting_hrs.progress import Progress, silent


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return planning_ct(tmp_path_factory.mktemp("ct"), (4, 14, 12))


def ball(stack: Stack) -> NDArray[np.bool_]:
    z, y, x = np.ogrid[:4, :14, :12]
    array: NDArray[np.bool_] = (z - 1.6) ** 2 * 6 + (y - 6) ** 2 + (x - 5) ** 2 < 21
    return array


def exported(
    stack: Stack, path: Path, array: NDArray[np.bool_], *, append_to: Path | None = None, progress: Progress = silent
) -> Exported:
    region = RegionToWrite(name="HRS" if append_to is None else "HRS2", array=array)
    when = datetime(2025, 3, 4)
    return export_checked(stack, [region], path, label="HRS", description="", when=when, append_to=append_to, progress=progress)


def test_what_stands_on_disk_is_what_was_read_back(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "rs.dcm"
    found = exported(stack, path, ball(stack))
    (region,) = found.regions
    assert (region.name, region.differing_voxels, region.dice) == ("HRS", 0, 1.0)
    assert region.volume_ml == pytest.approx(np.count_nonzero(ball(stack)) * 1.171875 * 0.9 * 2.5 / 1000)
    assert found.sop_instance_uid == read_structure_set(path).sop_instance_uid
    assert [one.name for one in path.parent.iterdir()] == ["rs.dcm"]


def test_appending_says_what_was_carried(stack: Stack, tmp_path: Path) -> None:
    exported(stack, tmp_path / "first.dcm", ball(stack))
    found = exported(stack, tmp_path / "second.dcm", ~ball(stack), append_to=tmp_path / "first.dcm")
    assert found.remarks == ("Note: Carried unchanged: HRS.",)
    assert [region.name for region in found.regions] == ["HRS2"]
    assert [roi.name for roi in read_structure_set(tmp_path / "second.dcm").rois] == ["HRS", "HRS2"]


def test_appending_shows_what_could_not_be_compared(stack: Stack, tmp_path: Path) -> None:
    exported(stack, tmp_path / "first.dcm", ball(stack))
    source = dcmread(tmp_path / "first.dcm")
    source.PatientBirthDate = ""
    source.StructureSetROISequence[0].ROIName = "a name of 20 letters"
    source.save_as(tmp_path / "source.dcm")
    found = exported(stack, tmp_path / "second.dcm", ~ball(stack), append_to=tmp_path / "source.dcm")
    missing, carried, long = found.remarks
    assert missing.startswith("The birth date is missing in the structure set")
    assert carried == "Note: Carried unchanged: a name of 20 letters."
    assert long.endswith("which some planning systems refuse: a name of 20 letters.")


@pytest.mark.parametrize("spacing", [(0.9765625, 0.9765625, 3.0), (1.17, 1.17, 1.0 / 3.0), (0.1234567, 2.7182818, 0.5)])
@pytest.mark.parametrize("origin", [(0.0, 0.0, 0.0), (-249.51171875, -431.00048828125, -1283.3333)])
def test_reads_back_exactly_on_odd_grids(
    tmp_path: Path, spacing: tuple[float, float, float], origin: tuple[float, float, float]
) -> None:
    """Rounding to 0.1 um moves no contour over a voxel centre."""
    noise = np.random.default_rng(3).random((3, 40, 37)) < 0.6
    stack = planning_ct(tmp_path / "ct", noise.shape, spacing=spacing, origin=origin)
    assert exported(stack, tmp_path / "rs.dcm", noise).regions[0].differing_voxels == 0


def test_reads_back_exactly_on_oblique_slices(tmp_path: Path) -> None:
    """Tilted by 25 degrees about x and 10 about z."""
    (c, s), (d, t) = ((np.cos(a), np.sin(a)) for a in np.deg2rad([25.0, 10.0]))
    direction = np.array([[d, -t, 0], [t, d, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    noise = np.random.default_rng(4).random((3, 20, 17)) < 0.7
    stack = planning_ct(tmp_path / "ct", noise.shape, direction=direction, spacing=(1.1, 0.9, 3.0))
    (region,) = exported(stack, tmp_path / "rs.dcm", noise).regions
    assert region.differing_voxels == 0


def test_a_difference_on_reading_back_leaves_no_file(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that finds one voxel too few must stop the export."""
    genuine = read_back.rasterise

    def one_less(*args: object) -> Rasterised:
        found = genuine(*args)  # type: ignore[arg-type]
        found.array[tuple(np.argwhere(found.array)[0])] = False
        return found

    monkeypatch.setattr(read_back, "rasterise", one_less)
    with pytest.raises(OutputError, match=r'"HRS" read back with 1 differing voxels'):
        exported(stack, tmp_path / "rs.dcm", ball(stack))
    assert not list(tmp_path.iterdir())


def test_a_carried_region_that_changed_leaves_no_file(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported(stack, tmp_path / "first.dcm", ball(stack))
    genuine = rtstruct_export.append_regions

    def renamed(*args: object, **more: object) -> FileDataset:
        dataset = genuine(*args, **more)  # type: ignore[arg-type]
        dataset.StructureSetROISequence[0].ROIName = "other"
        return dataset

    monkeypatch.setattr(rtstruct_export, "append_regions", renamed)
    with pytest.raises(OutputError, match=r"Item 1 of StructureSetROISequence was not carried unchanged"):
        exported(stack, tmp_path / "second.dcm", ball(stack), append_to=tmp_path / "first.dcm")
    assert [one.name for one in tmp_path.iterdir()] == ["first.dcm"]


def test_a_full_disk_leaves_no_file(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(dataset: object, path: Path) -> None:
        path.write_bytes(b"half of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(rtstruct_export, "encode", half)
    with pytest.raises(OutputError, match=r"could not be written: No space left on device"):
        exported(stack, tmp_path / "rs.dcm", ball(stack))
    assert not list(tmp_path.iterdir())


def test_stopping_at_any_report_leaves_no_file(stack: Stack, tmp_path: Path) -> None:
    reports: list[float] = []
    exported(stack, tmp_path / "whole.dcm", ball(stack), progress=lambda fraction, _: reports.append(fraction))
    assert reports == sorted(reports)
    assert (reports[0], reports[-1]) == (0.0, 1.0)
    for last in range(len(reports)):
        left = [last]

        def stop(fraction: float, message: str, left: list[int] = left) -> None:
            if not left[0]:
                raise Cancelled
            left[0] -= 1

        with pytest.raises(Cancelled):
            exported(stack, tmp_path / "rs.dcm", ball(stack), progress=stop)
        assert [one.name for one in tmp_path.iterdir()] == ["whole.dcm"]


def test_an_existing_file_is_refused_before_any_work(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "rs.dcm"
    path.write_bytes(b"here")
    with pytest.raises(OutputError, match=r"exists already"):
        exported(stack, path, np.zeros((1, 1, 1), dtype=bool))
    assert path.read_bytes() == b"here"


def test_an_empty_region_writes_nothing(stack: Stack, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'"HRS" is empty'):
        exported(stack, tmp_path / "rs.dcm", np.zeros(stack.geometry.shape, dtype=bool))
    assert not list(tmp_path.iterdir())
