"""Tools that take a place from a slice view: a reference sphere, a lesion by its edge, seeds, spheres of a phantom."""

from __future__ import annotations

from typing import Any

import numpy as np

from builders.panel_clicks import Person
from dosepainting_hrs.image import Mask


def aim(person: Person, lps: Any) -> None:
    """Move all slice views so that a place lies in the middle of each."""
    import slicer

    person.panel.show_volumes()
    for name in ("Red", "Green", "Yellow"):
        node = slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode()
        node.JumpSliceByCentering(-lps[0], -lps[1], lps[2])
    person.host.settle(50)


def click_view(person: Person, name: str = "Red") -> None:
    """Click into the middle of a slice view."""
    import slicer

    person.host.click_at(slicer.app.layoutManager().sliceWidget(name).sliceView(), 0.5, 0.5)
    person.host.settle(30)


def hottest(person: Person) -> np.ndarray:
    """The middle of the hottest voxel of the GTV, LPS mm."""
    given = person.panel.compare.sweep.loaded()
    image, within = given.arguments["map"], given.arguments["within"]
    at = np.unravel_index(int(np.where(within.array, image.array, -np.inf).argmax()), image.array.shape)
    return np.asarray(image.geometry.to_world(at[::-1]))


def segment_named(person: Person, name: str) -> Mask:
    access = person.panel.scene_access
    return next(access.region((node, one)) for node, one, title in access.segments() if title == name)


def choose_region(person: Person, method: str) -> Any:
    person.open("regions")
    person.panel.maker.ui.makeRegionBox.collapsed = False
    person.host.settle(20)
    person.host.choose(person.panel.maker.ui.regionMethodCombo, method)
    return person.panel.maker.form


def test_a_reference_sphere_by_one_click(ready: Person) -> None:
    """Its middle is the place that was clicked, in world coordinates, and it is an ordinary segment."""
    place = hottest(ready)
    aim(ready, place)
    form = choose_region(ready, "sphere")
    form.inputs.rows["image"].choice.set(ready.panel.map.map.get())
    form.parameters.set_values({"radius_mm": 9.0})
    ready.panel.changed()
    ready.host.click(form.parameters.click.button)
    assert form.parameters.click.button.text.startswith("Click into a slice view")
    click_view(ready)
    ready.wait()
    assert " made: " in ready.message, (ready.message, ready.hint)
    made = segment_named(ready, "sphere")
    middle = made.geometry.to_world(np.argwhere(made.array)[:, ::-1].mean(axis=0))
    assert np.abs(middle - place).max() < 2.0  # Half of a voxel of the PET.
    assert made.history[-1].startswith("Sphere of 9 mm radius around")
    assert not form.parameters.click.button.checked
    click_view(ready)  # Nothing waits for a click any more.
    assert not ready.panel.is_busy()


def test_a_lesion_by_its_edge_and_a_seed_by_clicks(ready: Person) -> None:
    aim(ready, hottest(ready))
    form = choose_region(ready, "watershed-click")
    for row in form.inputs.rows.values():
        if row.slot.kind == "image":
            row.choice.set(ready.panel.map.map.get())
    form.parameters.set_values({"psf_fwhm_mm": 6.0, "radius_mm": 25.0})
    ready.panel.changed()
    ready.host.click(form.parameters.click.button)
    click_view(ready, "Green")
    ready.wait()
    assert " made: " in ready.message, (ready.message, ready.hint)
    assert segment_named(ready, "watershed-click").voxel_count > 10

    ready.open("segment")
    form = ready.panel.segment.form
    ready.host.choose(ready.panel.segment.ui.methodCombo, "graph-cut")
    aim(ready, hottest(ready))  # The views have moved to the lesion's middle.
    ready.host.click(form.parameters.click.button)
    click_view(ready, "Yellow")
    seed = form.parameters.values()["seeds"][0]
    assert np.abs(np.array([seed["x_mm"], seed["y_mm"], seed["z_mm"]]) - hottest(ready)).max() < 2.0
    assert seed["belongs_to"] == "lesion"
    assert " added: " in ready.press("apply")


def test_a_click_can_be_taken_back(ready: Person) -> None:
    form = choose_region(ready, "sphere")
    button = form.parameters.click.button
    ready.host.click(button)
    ready.host.click(button)
    assert button.text == "Place by a click"
    click_view(ready)
    assert "x_mm" not in form.parameters.values()


def test_the_middle_of_a_phantoms_sphere_by_a_click(ready: Person) -> None:
    place = hottest(ready)
    aim(ready, place)
    ready.open("compare")
    part = ready.panel.compare.calibrate
    part.box.collapsed = False
    ready.host.settle(30)
    ready.host.click(part.click.button)
    click_view(ready)
    found = [float(part.spheres.item(0, column).text()) for column in (1, 2, 3)]
    assert part.spheres.item(0, 0).text() == "37"
    assert np.abs(np.array(found) - place).max() < 2.0
