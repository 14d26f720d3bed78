"""A GTV that SlicerRT loaded: a closed surface as source, used from the selector to the RTSTRUCT; planar contours are told."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.mrml_scene import sphere_surface, surface_segmentation
from builders.panel_clicks import Person, read_by_plastimatch
from dosepainting_hrs.phantom.truth import PatientTruth

RADIUS_MM = 22.0


def choose_gtv(person: Person, segmentation: str, segment: str) -> None:
    """Choose segmentation and segment in their two combo boxes, as a person does."""
    from PySide6 import QtWidgets

    person.open("regions")
    nodes, segments = person.host.native(person.panel.regions.ui.gtvSelector).findChildren(QtWidgets.QComboBox)
    for combo, text in ((nodes, segmentation), (segments, segment)):
        assert combo.isVisible()
        assert combo.findText(text) >= 0, [combo.itemText(i) for i in range(combo.count())]
        combo.setCurrentIndex(combo.findText(text))
        person.host.settle(20)


def tumour_centre(person: Person) -> tuple[float, float, float]:
    """Middle of the GTV, RAS mm: there is uptake there."""
    centre = person.panel.scene_access.centre_of(person.panel.regions.gtv())
    assert centre is not None
    return centre


def test_a_closed_surface_is_a_gtv_from_preview_to_export(ready: Person, patient: PatientTruth, tmp_path: Path) -> None:
    ct = ready.panel.patient.planning_ct.get()
    node, _ = surface_segmentation(ready.host.scene, sphere_surface(tumour_centre(ready), RADIUS_MM), "RTSTRUCT: GTV", ct)
    ready.host.settle(20)
    choose_gtv(ready, "RTSTRUCT: GTV", "GTVp")
    assert ready.panel.regions.gtv() == (node, "GTVp")

    ready.choose_method("percent-max", 40.0)
    ball_ml = 4.0 / 3.0 * np.pi * RADIUS_MM**3 / 1000.0
    within_ml = float(ready.panel.segment.ui.volumeLabel.text.split("of ")[1].split(" ml")[0])
    assert within_ml == pytest.approx(ball_ml, rel=0.02)
    assert ready.press("apply").startswith('"HRS" added'), ready.message
    # The surface stays what it is: nobody else's segmentation is changed.
    assert node.GetSegmentation().GetSourceRepresentationName() == "Closed surface"
    assert not node.GetSegmentation().ContainsRepresentation("Binary labelmap")

    table = ready.panel.export.ui.regionTable
    ready.open("export")
    row = next(r for r in range(table.rowCount) if ready.panel.export._regions[r][0] is node)
    table.item(row, 0).setCheckState(2)
    table.item(row, 2).setText("Ball")
    told = ready.export_to(tmp_path)
    assert told.count("0 differing voxels") == 2, ready.message
    file = next(tmp_path.glob("*.dcm"))
    _, ml = read_by_plastimatch(file, patient.folder / patient.ct, tmp_path / "read", "Ball")
    assert ml == pytest.approx(ball_ml, rel=0.02)


def test_planar_contours_say_what_to_do(ready: Person) -> None:
    """Without SlicerRT nothing fills them; with it, Slicer registers the rule that does."""
    ct = ready.panel.patient.planning_ct.get()
    node, _ = surface_segmentation(ready.host.scene, sphere_surface(tumour_centre(ready), RADIUS_MM), "Contours", ct)
    contours: Any = node.GetSegmentation().GetSegment("GTVp").GetRepresentation("Closed surface")
    node.GetSegmentation().GetSegment("GTVp").AddRepresentation("Planar contour", contours)
    node.GetSegmentation().GetSegment("GTVp").RemoveRepresentation("Closed surface")
    node.GetSegmentation().SetSourceRepresentationName("Planar contour")
    ready.host.settle(20)
    choose_gtv(ready, "Contours", "GTVp")
    ready.press("apply")
    assert ready.message == 'The segment "GTVp" of "Contours" is a planar contour that cannot be filled.'
    assert "SlicerRT" in ready.hint
    assert "Segmentations module" in ready.hint
