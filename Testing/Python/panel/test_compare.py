"""The section Compare by clicks: sweep, two maps, numbers of clusters, methods side by side, calibration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.panel_clicks import Person


def open_part(person: Person, name: str) -> Any:
    """Open the section and one of its boxes, and return the part."""
    person.open("compare")
    compare = person.panel.compare
    for part in compare.parts:
        part.box.collapsed = part is not getattr(compare, name)
    person.host.settle(30)
    return getattr(compare, name)


def press(person: Person, part: Any, offer: str) -> str:
    person.host.click(part.buttons[offer])
    person.wait()
    return person.message


def kept(person: Person, tmp_path: Path, name: str) -> None:
    """Nothing is cut off in 360 pixels; the picture is kept to look at."""
    from slicer_host.appearance import cut_off

    widget = person.host.panel("DosePaintingHRS")
    widget.setFixedWidth(360)
    person.host.settle(50)
    assert cut_off(widget) == []
    assert widget.minimumSizeHint().width() <= 360
    assert widget.grab().save(str(tmp_path / f"{name}.png"), "PNG")


def click_plot(person: Person, plot: Any, across: float, upright: float) -> None:
    x, y = plot.plot.place_of(across, upright)
    person.host.click_at(plot.widget, x / plot.widget.width, y / plot.widget.height)


def marked(person: Person) -> np.ndarray:
    """The voxels that are marked in the views, on the grid of the map."""
    from dosepainting_hrs_mrml import segments

    marks = person.panel.compare.marked
    node = person.host.scene.GetNodeByID(marks._node_id)
    return np.asarray(segments.mask_from(node, marks._segment_id).array.sum())


def test_a_sweep_marks_the_optimum_and_a_click_shows_a_threshold(ready: Person, tmp_path: Path) -> None:
    part = open_part(ready, "sweep")
    assert part.buttons["usePercent"].toolTip == "Click into the plot first."
    part.target.set(*ready.panel.regions.gtv())
    assert press(ready, part, "sweep") == "Swept 100 thresholds."
    assert part.percent == part.found.best_percent
    assert part.numbers.text.startswith(f"{part.percent:g} %: ")
    click_plot(ready, part.plot, 60.0, 0.0)
    point = next(one for one in part.found.points if one.percent == 60.0)
    assert part.numbers.text.startswith(f"60 %: {point.threshold:.4g} g/ml, {point.volume_ml:.2f} ml")
    image = ready.panel.scene_access.image(ready.panel.map.map.get())
    assert marked(ready) * image.geometry.voxel_volume_ml == pytest.approx(point.volume_ml)
    kept(ready, tmp_path, "sweep")
    assert press(ready, part, "usePercent") == "Step 4 has percent-max at 60 % now."
    form = ready.panel.segment.form
    assert (form.combo.currentText, form.parameters.values()["percent"]) == ("percent-max", 60.0)


def drag(person: Person, plot: Any, first: tuple[float, float], second: tuple[float, float]) -> None:
    """Press in the plot at one place, and let go at another."""
    from PySide6 import QtCore, QtTest

    native = person.host.native(plot.widget)
    left, keys = QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier
    start, end = (QtCore.QPoint(*(round(one) for one in plot.plot.place_of(*place))) for place in (first, second))
    QtTest.QTest.mousePress(native, left, keys, start)
    QtTest.QTest.mouseRelease(native, left, keys, end)
    person.host.settle(30)


def test_a_part_of_the_histogram_becomes_voxels_and_voxels_become_points(ready: Person, tmp_path: Path) -> None:
    """The other map is the CT, on a grid of its own: it is brought there with a word."""
    part, access = open_part(ready, "joint"), ready.panel.scene_access
    assert part.buttons["joint"].toolTip == "Choose the other map."
    part.second.set(ready.panel.patient.planning_ct.get())
    assert press(ready, part, "joint") == "Both maps counted in the GTV."
    assert "brought to the grid of the map, linearly" in ready.hint
    first, second = part._images
    inside = part._within.array
    assert f"Pearson {np.corrcoef(first.array[inside], second.array[inside])[0, 1]:.2f}" in part.numbers.text
    highest, (low, high) = float(first.array[inside].max()), (float(one) for one in part.found.second_edges[[0, -1]])
    drag(ready, part.plot, (0.5 * highest, low), (highest, high))
    wanted = inside & (first.array >= part.window[0])
    assert part.window[0] == pytest.approx(0.5 * highest, rel=0.01)
    assert part.selected.voxel_count == marked(ready) == np.count_nonzero(wanted)
    kept(ready, tmp_path, "joint")
    assert press(ready, part, "keepSelected").startswith('"Window" added: ')
    node, segment_id, _name = next(one for one in access.segments() if one[2] == "Window")
    assert access.region((node, segment_id)).array.sum() == np.count_nonzero(wanted)

    part.points_of.set(node, segment_id)
    ready.host.settle(30)
    kept(ready, tmp_path, "joint-points")
    x, y = part.plot.plot.place_of(*(float(one.array[inside][np.argmax(first.array[inside])]) for one in (first, second)))
    around = part.plot.plot.pixels[round(y) - 2 : round(y) + 3, round(x) - 3 : round(x) + 1]
    assert (around == (213, 94, 0)).all(axis=2).any()
    scene = ready.host.scene
    crosshair = scene.GetFirstNodeByClass("vtkMRMLCrosshairNode") or scene.AddNewNodeByClass("vtkMRMLCrosshairNode")
    z, y, x = np.argwhere(wanted)[0]
    lps = first.geometry.to_world((x, y, z))
    crosshair.SetCursorPositionRAS([-lps[0], -lps[1], lps[2]])
    ready.host.settle(400)
    assert part.here == (float(first.array[z, y, x]), float(second.array[z, y, x]))


def test_the_figures_of_cluster_numbers_choose_the_number(ready: Person, tmp_path: Path) -> None:
    part, form = open_part(ready, "clusters"), ready.panel.segment.form
    assert 'The method "percent-max" finds no clusters' in part.buttons["clusters"].toolTip
    form.choose("gaussian-mixture")
    row = form.inputs.rows["maps"]
    for number in range(row.widget.rowCount):
        row.widget.item(number, 0).setCheckState(2 if row.widget.item(number, 0).text() == "SUVbw" else 0)
    part.most.value = 4
    ready.panel.changed()
    assert press(ready, part, "clusters") == "Tried 3 numbers of clusters.", (ready.message, ready.hint)
    assert "BIC (orange" in part.numbers.text
    click_plot(ready, part.plot, 3.2, 0.0)
    assert part.number == 3
    kept(ready, tmp_path, "clusters")
    assert press(ready, part, "useNumber") == "Step 4 has 3 clusters now."
    assert form.parameters.values()["clusters"] == 3


def test_methods_side_by_side_with_consensus_and_disagreement(ready: Person, tmp_path: Path) -> None:
    part, access = open_part(ready, "laboratory"), ready.panel.scene_access
    assert "at least two" in part.buttons["compare"].toolTip
    press(ready, part, "addMethod")
    ready.panel.segment.form.parameters.set_values({"percent": 41.0})
    press(ready, part, "addMethod")
    assert list(part.methods) == ["percent-max 50", "percent-max 41"]
    part.regions.widget.item(0, 0).setCheckState(2)
    assert press(ready, part, "compare") == "Compared 3 regions.", (ready.message, ready.hint)
    names = [name for _node, _id, name in access.segments()]
    assert names == ["GTVp", "GTVp-2", "percent-max 50", "percent-max 41", "consensus"]
    files = {name: Path(part.answer["output"]) / f"{name.replace(' ', '_')}.nrrd" for name in names[1:]}
    files["GTVp-2"] = files["GTVp-2"].with_name("GTVp.nrrd")
    masks = {name: access.read_region(str(file)).array for name, file in files.items()}
    for node, one, name in access.segments()[1:]:
        assert np.count_nonzero(access.region((node, one)).array) == np.count_nonzero(masks[name])
    first, second = masks["percent-max 50"], masks["percent-max 41"]
    dice = 2 * np.count_nonzero(first & second) / (np.count_nonzero(first) + np.count_nonzero(second))
    at = part.matrix.horizontalHeaderItem
    titles = [at(column).text() for column in range(part.matrix.columnCount)]
    row, column = titles.index("percent-max 50"), titles.index("percent-max 41")
    assert part.matrix.item(row, column).text() == part.matrix.item(column, row).text() == f"{dice:.2f}"
    ready.host.choose(part.measure, "Volume ratio, row to column")
    ratio = np.count_nonzero(first) / np.count_nonzero(second)
    assert part.matrix.item(row, column).text() == f"{ratio:.2f}"
    assert part.matrix.item(column, row).text() == f"{1 / ratio:.2f}"
    doubt = access.image(ready.host.scene.GetFirstNodeByName("Disagreement"))
    assert float(doubt.array[first & second & masks["GTVp-2"]].max()) == 0.0
    assert part.volumes.item(3, 0).text() == "consensus (STAPLE)"
    kept(ready, tmp_path, "laboratory")
    ready.host.picture(tmp_path / "laboratory-window.png")


def test_whether_a_region_can_be_painted(ready: Person, tmp_path: Path) -> None:
    part = open_part(ready, "deliverability")
    part.region.set(*ready.panel.regions.gtv())
    ready.host.settle(20)
    assert part.buttons["deliverability"].toolTip.startswith("Give a width")
    ready.host.type(part.width, "8")
    assert press(ready, part, "deliverability") == '"GTVp" measured.'
    mask = ready.panel.scene_access.region(ready.panel.regions.gtv())
    assert part.figures.text.startswith(f"{mask.volume_ml:.2f} ml; islands: 1, 100% in the largest")
    assert "Left after opening by 8 mm: " in part.figures.text
    kept(ready, tmp_path, "deliverability")


def test_a_phantom_is_calibrated_and_the_fit_used(person: Person, tmp_path: Path) -> None:
    """Spheres in a scene, one placed by a click into the axial view, the others typed."""
    from builders.volumes import geometry_of
    from dosepainting_hrs.image import Mask
    from dosepainting_hrs.phantom.spheres import Sphere, distances_from, spheres_in
    from dosepainting_hrs_mrml import segments, volumes

    places = ((30.0, 30.0, 30.0), (90.0, 30.0, 30.0), (60.0, 90.0, 30.0))
    spheres = [Sphere(centre_mm=one, diameter_mm=size) for one, size in zip(places, (37.0, 28.0, 22.0), strict=True)]
    image = spheres_in(geometry_of((30, 60, 60), (2.0, 2.0, 2.0)), spheres, contrast=4.0, fwhm_mm=6.0)
    away = distances_from(image.geometry, (100.0, 100.0, 30.0)) <= 12.0
    mask = Mask(array=away, geometry=image.geometry, stored=image.stored, identity=image.identity, name="background")
    node = volumes.add_volume(person.host.scene, image, "phantom")
    segmentation = segments.add_segmentation(person.host.scene, "regions", node)
    background = segments.add_segment(segmentation, mask, name="background", colour=(0.5, 0.5, 0.5))
    panel, part = person.panel, open_part(person, "calibrate")
    panel.map.map.set(node)
    panel.regions.reference_choice.set(segmentation, background)
    panel.changed()
    assert part.buttons["fit"].toolTip == "Add the spheres of the phantom first."
    for row, place in enumerate(places):
        press(person, part, "addSphere")
        for column, value in enumerate(place, 1):
            part.spheres.item(row, column).setText(f"{value:g}")
    part.spheres.item(2, 3).setText("thirty")
    assert part.buttons["fit"].toolTip == 'Sphere 3: "thirty" for z_mm is no number.'
    part.spheres.item(2, 3).setText("30")
    person.host.settle(20)
    assert press(person, part, "fit") == "Fitted 3 spheres.", (person.message, person.hint)
    assert part.measured.item(0, 0).text() == "37"
    share = next(one for one in part.answer["forms"] if one["form"] == "background-subtracted")["a"]
    assert 0.3 < share < 0.5  # Below one half: the edge of a blurred sphere lies lower.
    kept(person, tmp_path, "calibrate")
    press(person, part, "useFit")
    form = panel.segment.form
    assert form.combo.currentText == "adaptive"
    assert form.build().parameters.calibration[0].background == pytest.approx(1.0, abs=0.01)
