"""Other modules of the application: the Segment Editor, and Sample Data."""

from typing import Any

from builders.panel_clicks import Person


def test_drawing_goes_to_the_segment_editor_with_something_to_draw_in(ready: Person) -> None:
    import slicer

    ready.panel.regions.gtv_choice.set(None, "")
    ready.open("regions")
    ready.host.click(ready.panel.regions.ui.segmentEditorButton)
    assert slicer.util.selectedModule() == "SegmentEditor"
    node = ready.host.scene.GetFirstNodeByName("Drawn regions")
    assert ready.panel.scene_access.reference_of(node) is ready.panel.patient.planning_ct.get()
    # What is drawn there can be chosen here.
    node.GetSegmentation().AddSegment(_a_segment(ready), "drawn")
    slicer.util.selectModule("DosePaintingHRS")
    ready.host.settle(20)
    ready.panel.regions.gtv_choice.set(node, "drawn")
    assert ready.reason("apply") == ""
    # A second time the same segmentation is drawn in.
    ready.open("regions")
    ready.host.click(ready.panel.regions.ui.segmentEditorButton)
    assert ready.host.scene.GetNodesByName("Drawn regions").GetNumberOfItems() == 1


def test_without_an_image_there_is_nothing_to_draw_on(person: Person) -> None:
    person.open("regions")
    person.host.click(person.panel.regions.ui.segmentEditorButton)
    assert person.message == "Choose the planning CT or the image to draw on first (step 1)."


def test_the_synthetic_patient_is_sample_data(person: Person) -> None:
    import SampleData

    nodes = SampleData.downloadSamples("DosePaintingHRSPatient")
    assert [node.GetName() for node in nodes] == ["2: Planning CT", "3: FDG PET AC"]
    assert all(node.GetScene() is person.host.scene for node in nodes)


def _a_segment(person: Person) -> Any:
    node, segment_id, _name = person.panel.scene_access.segments()[0]
    return node.GetSegmentation().GetSegment(segment_id)
