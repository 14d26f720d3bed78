"""What is left between DWI and T2 is shown before a region that rests on diffusion goes out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from builders.bad_input import Door, Person, changed_series
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.storage.volumes import read_image, read_mask, write_volume

SIGNED = ("--by", "Dr Yes", "--reason", "looked at both")
DWI_SERIES = "1.2.826.0.1.99.1"


def setting(ann: Person, shift_mm: float) -> tuple[str, ...]:
    """A case with a T2 and a copy of it, called DWI and shifted along x, and a region that says it was made from it."""

    def moved(header: object) -> None:
        header.SeriesInstanceUID = DWI_SERIES  # type: ignore[attr-defined]
        place = [float(v) for v in header.ImagePositionPatient]  # type: ignore[attr-defined]
        header.ImagePositionPatient = [f"{place[0] + shift_mm:.6f}", *(f"{v:.6f}" for v in place[1:])]  # type: ignore[attr-defined]

    folder = changed_series(Path(ann.truth.folder) / ann.truth.mr, Path("dwi"), moved)
    case = json.loads((ann.folder / "case.json").read_text())
    for one in (*case["images"], *case["regions"]):
        one["path"] = str((ann.folder / one["path"]).resolve())
    case["images"].append({"name": "DWI", "path": str(folder.resolve()), "role": "DWI", "series": DWI_SERIES})
    frames = {"from_frame": ann.truth.mr_frame_of_reference, "to_frame": ann.truth.frame_of_reference}
    case["transforms"] = [{**frames, "matrix": list(ann.truth.mr_to_ct), "who": "Dr Yes", "reason": "truth"}]
    Path("mr.json").write_text(json.dumps(case))
    mask = read_mask(Path(ann.file("hrs")))
    series = (*mask.identity.series, DWI_SERIES)
    write_volume(replace(mask, identity=replace(mask.identity, series=series)), Path("adc_hrs.nrrd"))
    return ("export", "rtstruct", "--planning-ct", "CT", "--case", "mr.json", "--region", "HRS=adc_hrs.nrrd", "-o", "out.dcm")


def test_a_small_residual_is_shown(door: Door, ann: Person) -> None:
    answer = door(*setting(ann, 0.4))
    (said,) = [one for one in answer["regions"][0]["remarks"] if "rests on diffusion" in one]
    assert '"DWI" lies 0.' in said
    assert 'off "T2"' in said
    assert "known to half the longest voxel edge" in said


def test_a_shift_of_more_than_a_voxel_is_asked_about(door: Door, ann: Person) -> None:
    words = setting(ann, 4.0)
    said = door.refused(*words, code="output", match='rests on diffusion, and "DWI" lies [34].* mm off "T2"')
    assert "residual-shift" in said
    answer = door(*words, "--accept", "residual-shift", *SIGNED)
    assert any("residual shift of the DWI" in one["what"] for one in answer["overrides"])


def test_what_was_measured_in_one_frame_lays_that_image_alone(
    door: Door, ann: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    """The copy lies 3 mm off along x; the case cannot take that up, for it would move the T2 as well."""
    setting(ann, 3.0)
    case = ("--case", "mr.json")
    words = ("register", *case, "--fixed", "T2", "--moving", "DWI", "--within", "GTVp", "--kind", "shift")
    assert "used together as they lie" in door.refused(*words, "-o", "s.tfm", code="identity", match="not registered unasked")
    assert main([*words, "--same-frame", "--samples", "20000", "-o", "s.tfm"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith("DWI to T2")  # The very images, not the T2 that a DWI is else registered by.
    header = dcmread(next((Path(ann.truth.folder) / ann.truth.mr).iterdir()))
    assert f"known to half the longest voxel edge, {float(header.SliceThickness) / 2:.1f} mm" in text
    laid = ("resample", "DWI", "--case", "CASE.JSON", "--transform", "s.tfm", "--like", "T2", "-o", "NEW.nrrd")
    assert f"dosepainting-hrs {' '.join(laid)}" in text
    accept = ("transform", "accept", "s.tfm", *case, *SIGNED, "--write-case", "no.json")
    assert "resample IMAGE --transform s.tfm" in door.refused(*accept, code="input", match="to itself")
    door("resample", "DWI", *case, *laid[4:])
    door("resample", "T2", *case, "--like", "T2", "-o", "t2.nrrd")
    moved, t2 = read_image(Path("NEW.nrrd")), read_image(Path("t2.nrrd"))
    inner = (slice(2, -2), slice(8, -8), slice(8, -8))
    assert np.corrcoef(moved.array[inner].ravel(), t2.array[inner].ravel())[0, 1] > 0.99
    mask = read_mask(Path("adc_hrs.nrrd"))
    marked = replace(mask.identity, marks=(*mask.identity.marks, *moved.identity.marks))
    write_volume(replace(mask, identity=marked), Path("laid_hrs.nrrd"))
    out = ("export", "rtstruct", "--planning-ct", "CT", *case, "--region", "HRS=laid_hrs.nrrd", "-o", "laid.dcm")
    told = door.refused(
        *out, code="identity", match='"DWI" as it was scanned, without the transform that the region rests on, lies'
    )
    assert "residual-shift" in told
