"""Series of one b-value, or one time point, that make one acquisition: proposed when they surely belong together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.dicom_series import write_series
from builders.frame_series import voxels, write_dce
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.context import Context
from dosepainting_hrs.dicom.acquisitions import Acquisition
from dosepainting_hrs.dicom.inventory import inspect_folder
from dosepainting_hrs.dicom.role import Role


def weighted(folder: Path, uid: str, b: float, signal: int = 100, **tags: Any) -> None:
    """Write a series of one b-value."""
    given = {"DiffusionBValue": b, "SeriesDescription": f"diff b{b:g}", "EchoTime": 60.0, **tags}
    write_series(folder / uid, np.full((2, 3, 4), signal, dtype=np.int16), modality="MR", series_uid=uid, tags=given)


def found(folder: Path) -> tuple[Acquisition, ...]:
    return inspect_folder(folder).acquisitions


def test_series_of_one_b_value_each_belong_together(tmp_path: Path) -> None:
    for uid, b in (("1.2.3.3", 800.0), ("1.2.3.1", 0.0), ("1.2.3.2", 400.0)):
        weighted(tmp_path, uid, b)
    (one,) = found(tmp_path)
    assert (one.role, one.frames) == (Role.DWI, "3 series: b = 0, 400, 800 s/mm2")
    assert one.address == f"{tmp_path}#1.2.3.1+1.2.3.2+1.2.3.3"
    assert Context().frames(one.address).b_values() == (0.0, 400.0, 800.0)


@pytest.mark.parametrize(
    "tags",
    [
        {"EchoTime": 90.0},
        {"FrameOfReferenceUID": "1.2.9"},
        {"ImageType": ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE", "DIS2D"]},
        {"SeriesDescription": "diff calc b800"},
        {"PixelSpacing": [2.0, 2.0]},
    ],
    ids=["echo time", "frame", "distortion", "calculated", "grid"],
)
def test_what_does_not_belong_is_not_proposed(tmp_path: Path, tags: dict[str, Any]) -> None:
    weighted(tmp_path, "1.2.3.1", 0.0)
    weighted(tmp_path, "1.2.3.2", 800.0, **tags)
    assert found(tmp_path) == ()


def test_a_b_value_that_comes_twice_is_not_decided_on(tmp_path: Path) -> None:
    for uid, b in (("1.2.3.1", 0.0), ("1.2.3.2", 800.0), ("1.2.3.3", 800.0)):
        weighted(tmp_path, uid, b)
    assert found(tmp_path) == ()


def test_directions_in_series_of_their_own_belong_together(tmp_path: Path) -> None:
    weighted(tmp_path, "1.2.3.1", 0.0)
    for number, way in enumerate(np.eye(3)):
        weighted(tmp_path, f"1.2.3.{number + 2}", 800.0, DiffusionGradientOrientation=way.tolist())
    (one,) = found(tmp_path)
    assert one.frames == "4 series: b = 0, 800 s/mm2"


def test_time_points_in_series_of_their_own_belong_together_and_one_means_all(tmp_path: Path) -> None:
    write_dce(tmp_path, voxels(4), 5.4, one_series=False)
    (one,) = found(tmp_path)
    assert (one.role, one.frames) == (Role.DCE, "4 series, one for each time point")
    assert len(Context().frames(one.address)) == 4


def test_the_command_line_tells_them_and_names_them_in_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1000 exp(-0.8) = 449: 1000 um2/s."""
    weighted(tmp_path / "p", "1.2.3.1", 0.0, 1000)
    weighted(tmp_path / "p", "1.2.3.2", 800.0, 449)
    case = str(tmp_path / "case.json")
    assert main(["inspect", str(tmp_path / "p"), "--write-case", case]) == 0
    assert "one DWI of 2 series: b = 0, 800 s/mm2" in capsys.readouterr().out
    names = [one["name"] for one in json.loads(Path(case).read_text(encoding="utf-8"))["images"]]
    assert "DWI_all_b" in names
    out = str(tmp_path / "adc.nrrd")
    assert main(["map", "adc", "--case", case, "--frames", "DWI_all_b", "-o", out, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["minimum"] == pytest.approx(1000.0, rel=2e-3)
