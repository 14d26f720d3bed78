"""Learned models in the panel: what differs from the cohort blocks; of a published reference nothing leaves the scene."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import slicer

from builders.cohort_files import write_tumour
from builders.hrs_models import MOUSE, model_with, variant_of
from builders.panel_clicks import Person
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.hrs_model import write_model
from dosepainting_hrs.identity import MARK_REFERENCE_MODEL
from dosepainting_hrs.quantities import ADC
from dosepainting_hrs.storage.volumes import read_image, read_mask, write_volume
from dosepainting_hrs_mrml import volumes


@pytest.fixture
def shown(ready: Person, suv_file: Path, tmp_path: Path) -> Person:
    """The panel with a map that reads as ADC, and the 1D model of Boeke 2023 as a file."""
    suv = read_image(suv_file)
    write_volume(suv.derived((500.0 - 8.0 * suv.array).astype(np.float32), ADC, "Made up for a test."), tmp_path / "adc.nrrd")
    assert main(["cohort", "model", "--reference", "boeke2023-1d", "-o", str(tmp_path / "boeke.json")]) == 0
    ready.panel.scene_access.load_map(str(tmp_path / "adc.nrrd"), "ADC")
    ready.panel.changed()
    return ready


def give(person: Person, form: object, model: Path) -> None:
    """Tick the ADC map, and name the model's file."""
    table = form.inputs.rows["maps"].widget
    row = next(row for row in range(table.rowCount) if table.item(row, 0).text() == "ADC")
    table.item(row, 0).setCheckState(2)
    form.inputs.rows["model"].widget.currentPath = str(model)
    if not form.inputs.rows["within"].given():
        form.inputs.rows["within"].choice.set(*person.panel.regions.gtv())
    person.panel.changed()
    person.host.settle(50)


def refused(person: Person, name: str, folder: Path) -> bool:
    """Try to export a region with everything signed for; tell whether it stayed here."""
    person.open("export")
    person.tick_exports(name)
    person.export_to(folder)
    return "for comparison only" in person.message and not list(folder.iterdir())


def test_its_region_and_what_is_made_of_it_in_the_segment_editor_stay_here(shown: Person, tmp_path: Path) -> None:
    shown.open("segment")
    shown.host.choose(shown.panel.segment.ui.methodCombo, "hrs-model")
    give(shown, shown.panel.segment.form, tmp_path / "boeke.json")
    assert " added: " in shown.press("apply"), (shown.message, shown.reason("apply"))
    access = shown.panel.scene_access
    node, segment_id, name = next(one for one in access.segments() if one[0].GetName().startswith("Reference models"))
    assert not access.is_hrs(node), "it is not proposed for export"
    out = tmp_path / "out"
    out.mkdir()
    assert refused(shown, name, out), shown.message

    # The Segment Editor copies voxels into a segment without tags, which is grown to twice the size; then the first goes.
    segmentation = node.GetSegmentation()
    copy = slicer.vtkSegment()
    copy.DeepCopy(segmentation.GetSegment(segment_id))
    copy.SetName("mine")
    copy.RemoveTag("DosePaintingHRS")
    segmentation.AddSegment(copy, "mine")
    segmentation.RemoveSegment(segment_id)
    shown.panel.changed()
    assert refused(shown, "mine", out), shown.message


def test_a_model_blocks_until_somebody_accepts_what_differs(person: Person, tmp_path: Path) -> None:
    """Centre 400, SD 50: two of the voxels belong; the second of two bootstrap models lies elsewhere and holds neither."""
    model = model_with(conditions=MOUSE)
    variants = (variant_of(model, shift=0.0), variant_of(model, shift=30.0))
    write_model(replace(model, bootstrap_models=variants), tmp_path / "model.json")
    values = np.full((3, 4, 5), 900.0)
    values[1, 1, 1:3] = 400.0
    write_tumour(tmp_path, "L1", {"ADC": values})
    access = person.panel.scene_access
    image = access.load_map(str(tmp_path / "L1" / "ADC.nrrd"), "ADC")
    gtv = access.add_roi(read_mask(tmp_path / "L1" / "GTV.nrrd"), image)
    person.open("segment")
    person.host.choose(person.panel.segment.ui.methodCombo, "hrs-model")
    form = person.panel.segment.form
    form.inputs.rows["within"].choice.set(*gtv)
    give(person, form, tmp_path / "model.json")
    assert "the cohort has mouse, the patient is not said to have any" in person.press("apply")
    said = [{"name": name, "value": value} for name, value in (("b_values", "0 400 800"), ("field_strength_t", "7"))]
    form.parameters.set_values({"conditions": [*said, {"name": "species", "value": "human"}]})
    person.panel.changed()
    assert "species: the cohort has mouse, the patient human" in person.press("apply")
    assert "--" not in person.hint
    assert '"Accept" (name, by, reason)' in person.hint, "a table's columns, not words of the command line"
    accepted = {"name": "species", "by": "A. Reader", "reason": "a comparison"}
    form.parameters.set_values({"conditions": [*said, {"name": "species", "value": "human"}], "accept": [accepted]})
    person.panel.changed()
    assert "2 voxels" in (person.press("apply") and person.hint)
    (region,) = [(node, one) for node, one, _ in access.segments() if access.is_hrs(node)]
    assert [one.who for one in access.region(region).identity.supplied] == ["A. Reader"]

    person.open("map")
    person.host.choose(person.panel.map.ui.mapMethodCombo, "hrs-distance")
    form = person.panel.map.form
    form.inputs.rows["within"].choice.set(*gtv)
    form.parameters.set_values({"conditions": [*said, {"name": "species", "value": "mouse"}]})
    form.also.boxes["stability"].checked = True
    give(person, form, tmp_path / "model.json")
    assert person.press("make_map").endswith(" made.")
    found = {volumes.image_from(node).quantity.name: volumes.image_from(node).array for node in access.volumes()}
    assert sorted(np.unique(found["HRS stability"]).tolist()) == [0.0, 0.5]
    assert sorted(np.unique(found["distance from HRS centre"]).tolist()) == [0.0, 10.0]


def test_its_distance_map_is_made_and_marked(shown: Person, tmp_path: Path) -> None:
    shown.open("map")
    shown.host.choose(shown.panel.map.ui.mapMethodCombo, "hrs-distance")
    give(shown, shown.panel.map.form, tmp_path / "boeke.json")
    told = shown.press("make_map")
    assert told.endswith(" made."), (told, shown.hint, shown.reason("make_map"))
    found = slicer.mrmlScene.GetNodesByClass("vtkMRMLScalarVolumeNode")
    images = [volumes.image_from(found.GetItemAsObject(number)) for number in range(found.GetNumberOfItems())]
    (distance,) = [one for one in images if one.quantity.name == "distance from HRS centre"]
    assert MARK_REFERENCE_MODEL in distance.identity.marks
    assert np.nanmin(distance.array) <= 1.0, "some voxel belongs"
