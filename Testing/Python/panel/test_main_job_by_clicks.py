"""The whole main job by clicks, and what foreign software reads in the file that was written."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from builders.panel_clicks import Person, read_by_plastimatch
from builders.real_data import real_data
from dosepainting_hrs.phantom.truth import PatientTruth


def test_folder_to_rtstruct_on_the_synthetic_patient(person: Person, patient: PatientTruth, tmp_path: Path) -> None:
    person.look(patient.folder)
    assert [role for _, role in person.panel.patient.chosen()] == ["planning CT", "PET"]
    person.press("load")
    person.press("import_rois")
    person.find_subvolume(patient.recipe.percent)
    told = person.export_to(tmp_path)
    assert "0 differing voxels" in told, person.message

    inside, ml = read_by_plastimatch(tmp_path / "RS_HRS.dcm", patient.folder / patient.ct, tmp_path / "read", "HRS")
    # The recipe's threshold finds the analytic subvolume to within scanner resolution.
    assert ml == pytest.approx(patient.hrs_ml, rel=0.15)
    assert f"{ml:.3f} ml read back" in told
    assert inside.any()


def test_a_second_export_gets_a_name_of_its_own(person: Person, patient: PatientTruth, tmp_path: Path) -> None:
    person.load_patient(patient.folder)
    person.find_subvolume()
    assert "0 differing voxels" in person.export_to(tmp_path), person.message
    first = (tmp_path / "RS_HRS.dcm").read_bytes()
    person.press("export")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["RS_HRS-2.dcm", "RS_HRS.dcm"]
    assert (tmp_path / "RS_HRS.dcm").read_bytes() == first


def test_the_preview_follows_the_slider_and_apply_keeps_what_it_showed(person: Person, patient: PatientTruth) -> None:
    person.load_patient(patient.folder)
    person.press("make_map")
    volumes = []
    for percent in (30.0, 50.0, 70.0):
        person.choose_method("percent-max", percent)
        label = person.panel.segment.ui.volumeLabel.text
        volumes.append(float(label.split(" ml", 1)[0]))
        assert f"of {_gtv_ml(person):.2f} ml" in label
    assert volumes == sorted(volumes, reverse=True)
    assert len(set(volumes)) == 3
    assert f"{volumes[-1]:.2f} ml" in person.press("apply")


def _gtv_ml(person: Person) -> float:
    """Volume of the GTV on the grid of the PET, in which the preview works, by counting the voxels of its own segment."""
    panel: Any = person.panel
    form = panel.segment.form
    mask = panel.segment.loader.load(form.method, form.inputs.given()).regions["within"]
    return float(np.count_nonzero(mask.array)) * float(np.prod(mask.geometry.spacing)) / 1000.0


def test_raw_pet_and_its_contours_to_a_boost_on_the_ct_of_a_real_patient(person: Person, tmp_path: Path) -> None:
    """The GTV was drawn on the PET, not on the CT: it is filled on the PET, and only the result goes to the CT."""
    folder = real_data("sts_001")
    person.look(folder)
    person.tick_series("PET AC", "CT_image")
    assert person.press("load", 120).startswith("Loaded:"), person.message
    person.tick_rois("GTV_Mass")
    assert person.press("import_rois", 120) == "Imported: GTV_Mass."
    node, _ = person.panel.regions.gtv()
    drawn_on = node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole())
    assert "PET AC" in drawn_on.GetName()

    person.find_subvolume(41.0)
    assert person.message.startswith('"HRS" added: '), person.message
    hrs_ml = float(person.message.split('"HRS" added: ')[1].split(" ml")[0])
    assert "0 differing voxels" in person.export_to(tmp_path), person.message
    _, ml = read_by_plastimatch(tmp_path / "RS_HRS.dcm", folder / "dicom" / "CT" / "image", tmp_path / "read", "HRS")
    assert ml == pytest.approx(hrs_ml, rel=0.01)
    assert hrs_ml == pytest.approx(_at_41_percent_by_simple_itk(folder / "raw_fdg_pet"), rel=0.01)


def _at_41_percent_by_simple_itk(folder: Path) -> float:
    """Volume, ml, of the voxels of the PET at 41 % of the maximum and above in the GTV, as foreign software finds them.

    plastimatch fills the contours and SimpleITK reads the voxels; a threshold relative to the maximum needs no SUV.
    """
    out = Path(tempfile.mkdtemp())
    inside, _ = read_by_plastimatch(folder / "mask" / "1-1.dcm", folder / "image", out, "GTV_Mass")
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder / "image")))
    image = reader.Execute()
    values = sitk.GetArrayFromImage(image).astype(float)
    hot = inside & (values >= 0.41 * values[inside].max())
    labels = sitk.GetArrayFromImage(sitk.ConnectedComponent(sitk.GetImageFromArray(hot.astype("uint8")), True))
    hottest = np.argmax(np.where(inside, values, 0.0))
    island = labels == labels.flat[hottest]
    return float(np.count_nonzero(island)) * float(np.prod(image.GetSpacing())) / 1000.0
