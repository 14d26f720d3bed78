"""Which planning CTs are refused, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.ct_orientations import write_ct
from dosepainting_hrs.dicom.planning_geometry import require_exportable, why_not_exportable
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.errors import DicomError


@pytest.mark.parametrize("position", ["HFS", "HFP", ""])
def test_a_plain_axial_head_first_ct_is_taken(tmp_path: Path, position: str) -> None:
    stack = read_stack(write_ct(tmp_path / "ct", PatientPosition=position))
    assert why_not_exportable(stack) == ()
    require_exportable(stack)


# Angles by hand: turned 10 degrees about x and 6 about z, the columns' cosine with y is cos 10 x cos 6 = 0.9794: 11.65.
@pytest.mark.parametrize(
    ("orientation", "tags", "reason"),
    [
        ("oblique", {}, "its slices are oblique, 11.65 degrees off axial"),
        ("coronal", {}, "its slices are coronal, not axial"),
        ("sagittal", {}, "its slices are sagittal, not axial"),
        ("prone", {"PatientPosition": "HFP"}, "its rows run towards the patient's right instead of left"),
        ("prone", {}, "its columns run towards the patient's front instead of back"),
        ("mirrored", {}, "its rows run towards the patient's right instead of left"),
        ("axial", {"PatientPosition": "FFS"}, 'the patient lay feet first (PatientPosition "FFS")'),
        ("axial", {"PatientPosition": "FFDR"}, 'the patient lay feet first (PatientPosition "FFDR")'),
    ],
)
def test_refused_geometries_are_named_and_a_derived_series_is_offered(
    tmp_path: Path, orientation: str, tags: dict[str, str], reason: str
) -> None:
    stack = read_stack(write_ct(tmp_path / "ct", orientation, **tags))
    assert reason in why_not_exportable(stack)
    with pytest.raises(DicomError) as caught:
        require_exportable(stack)
    assert reason in caught.value.message
    assert "--derived-ct FOLDER" in caught.value.hint


def test_a_tilted_gantry_that_the_orientation_shows_is_named(tmp_path: Path) -> None:
    # Slices turned about x by 10 degrees and about z by 6: their normal is cos 10 = 10 degrees off the long axis.
    stack = read_stack(write_ct(tmp_path / "ct", "oblique", GantryDetectorTilt=10.0))
    assert "the gantry was tilted by 10 degrees" in why_not_exportable(stack)


@pytest.mark.parametrize(("shift_mm", "reasons"), [(0.008, ()), (0.03, ("its slices lie up to 0.030 mm off an even spacing",))])
def test_slices_off_an_even_spacing_are_named(tmp_path: Path, shift_mm: float, reasons: tuple[str, ...]) -> None:
    """Contours are made on an even grid; they must lie within 0.01 mm of the slice that they name."""
    stack = read_stack(write_ct(tmp_path / "ct"))
    x, y, z = stack.headers[1].ImagePositionPatient
    stack.headers[1].ImagePositionPatient = [x, y, float(z) + shift_mm]
    assert why_not_exportable(stack) == reasons
