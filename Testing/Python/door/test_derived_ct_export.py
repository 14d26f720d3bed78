"""Planning CTs of refused geometry: an axial series is offered, derived, and exported against."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread

from builders.ct_orientations import TILT, tilted_positions, write_ct, write_slices
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.dicom.headers import scan_folder
from dosepainting_hrs.dicom.patient import identity_of
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Mask, on_grid
from dosepainting_hrs.storage.volumes import write_volume


def ball_in(ct: Path, path: Path) -> float:
    """Write a mask of a ball in the frame of a CT, on a grid of its own, and return its volume, ml."""
    geometry, stored = on_grid(Geometry.from_parts((12, 12, 12), (1.5, 1.5, 1.5), (-8.0, -8.0, -8.0)))
    k, j, i = np.indices(geometry.shape)
    inside = np.linalg.norm(geometry.to_world(np.stack([i, j, k], axis=-1)), axis=-1) < 7.0
    identity = identity_of(scan_folder(ct).files[0].header)
    mask = Mask(array=inside, geometry=geometry, stored=stored, identity=identity, name="HRS")
    write_volume(mask, path)
    return mask.volume_ml


@pytest.mark.parametrize("kind", ["tilted", "oblique"])
def test_a_refused_planning_ct_is_offered_a_derived_one_that_then_works(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ct = tmp_path / "ct"
    if kind == "tilted":
        write_slices(ct, TILT, tilted_positions())
    else:
        write_ct(ct, "oblique")
    volume = ball_in(ct, tmp_path / "hrs.nrrd")
    words: list[Any] = ["export", "rtstruct", "--planning-ct", ct, "--region", f"HRS={tmp_path / 'hrs.nrrd'}"]
    words += ["-o", tmp_path / "hrs.dcm", "--json"]
    assert main([*map(str, words)]) == 4
    assert "--derived-ct FOLDER" in json.loads(capsys.readouterr().out)["error"]["hint"]
    assert not (tmp_path / "hrs.dcm").exists()

    assert main([*map(str, words), "--derived-ct", str(tmp_path / "derived")]) == 0
    answer = json.loads(capsys.readouterr().out)
    derived = read_stack(tmp_path / "derived")
    assert not derived.geometry.is_oblique()
    assert answer["planning_series"] == derived.identity.series[0]
    assert answer["regions"][0]["ct_ml"] == pytest.approx(volume, abs=0.5 * derived.geometry.voxel_volume_ml * 1.0001)
    structure = dcmread(tmp_path / "hrs.dcm")
    assert structure.FrameOfReferenceUID == derived.first.FrameOfReferenceUID


def test_when_the_export_fails_no_derived_series_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ct = write_slices(tmp_path / "ct", TILT, tilted_positions())
    ball_in(write_ct(tmp_path / "other", PatientID="ANOTHER"), tmp_path / "hrs.nrrd")
    words = ["export", "rtstruct", "--planning-ct", ct, "--region", f"HRS={tmp_path / 'hrs.nrrd'}", "-o", tmp_path / "hrs.dcm"]
    assert main([*map(str, words), "--derived-ct", str(tmp_path / "derived")]) == 5
    assert 'belongs to patient "ANOTHER"' in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"ct", "other", "hrs.nrrd"}
