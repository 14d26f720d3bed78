"""The widgets of ctk and qMRML, driven as a person drives them."""

from __future__ import annotations

from typing import Any

import pytest


def _combo(host: Any, scene: Any, **properties: Any) -> Any:
    import slicer

    combo = slicer.qMRMLNodeComboBox()
    combo.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    for name, value in properties.items():
        setattr(combo, name, value)
    combo.setMRMLScene(scene)
    combo.show()
    host.settle()
    return combo


def test_the_first_node_is_chosen_unless_none_is_allowed(host: Any, scene: Any, qt: Any) -> None:
    strict, free = _combo(host, scene, noneEnabled=False), _combo(host, scene, noneEnabled=True)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "a")
    assert strict.currentNode() is node
    assert free.currentNode() is None
    scene.RemoveNode(node)
    assert strict.currentNode() is None


def test_the_signal_of_a_node_combo_carries_the_node(host: Any, scene: Any, qt: Any) -> None:
    combo = _combo(host, scene, noneEnabled=True)
    seen: list[Any] = []
    assert combo.connect("currentNodeChanged(vtkMRMLNode*)", seen.append)
    assert combo.connect("currentNodeChanged(bool)", seen.append)
    assert not combo.connect("currentNodeChanged(PyObject)", seen.append)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "a")
    host.choose(combo, "a")
    assert seen == [node, True]
    host.close_scene()
    assert seen == [node, True, None, False]


def test_types_attributes_and_hidden_nodes_filter(host: Any, scene: Any, qt: Any) -> None:
    scene.AddNewNodeByClass("vtkMRMLTextNode", "no volume")
    scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "hidden").SetHideFromEditors(True)
    plain = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "plain")
    label = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "label")
    combo = _combo(host, scene)
    assert {combo.nodeFromIndex(i) for i in range(combo.nodeCount())} == {plain, label}
    combo.showChildNodeTypes = False
    assert combo.nodeCount() == 1
    combo.showChildNodeTypes = True
    plain.SetAttribute("role", "PET")
    combo.addAttribute("vtkMRMLScalarVolumeNode", "role", "PET")
    assert combo.currentNode() is plain
    assert combo.nodeCount() == 1


def test_a_person_can_make_and_delete_a_node_when_allowed(host: Any, scene: Any, qt: Any) -> None:
    combo = _combo(host, scene, noneEnabled=True, baseName="Map")
    host.choose(combo, "Create new ScalarVolume")
    assert combo.currentNode().GetName() == "Map"
    host.choose(combo, "Delete current")
    assert combo.nodeCount() == 0
    with pytest.raises(AssertionError, match="not offered"):
        host.choose(_combo(host, scene, addEnabled=False), "Create new ScalarVolume")


def test_a_renamed_node_is_shown_with_its_new_name(host: Any, scene: Any, qt: Any) -> None:
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "old")
    combo = _combo(host, scene)
    node.SetName("new")
    host.choose(combo, "new")
    assert combo.currentNode() is node


def test_segments_follow_their_segmentation(host: Any, scene: Any, qt: Any) -> None:
    import slicer

    chooser = slicer.qMRMLSegmentSelectorWidget()
    chooser.setMRMLScene(scene)
    chooser.show()
    seen: list[str] = []
    assert chooser.connect("currentSegmentChanged(QString)", seen.append)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "regions")
    first = node.GetSegmentation().AddEmptySegment("GTV", "GTV")
    node.GetSegmentation().AddEmptySegment("muscle", "muscle")
    assert (chooser.currentNode(), chooser.currentSegmentID()) == (node, first)
    host.choose(chooser, "muscle")
    node.GetSegmentation().RemoveSegment("muscle")
    assert seen == ["GTV", "muscle", "GTV"]
    # With the last segment the id stays: whoever reads it must look whether there is such a segment.
    node.GetSegmentation().RemoveSegment("GTV")
    assert (chooser.currentNode(), chooser.currentSegmentID()) == (node, "GTV")
    scene.RemoveNode(node)
    assert (chooser.currentNode(), chooser.currentSegmentID()) == (None, "GTV")


def test_with_none_enabled_no_segment_is_chosen_until_somebody_chooses_one(host: Any, scene: Any) -> None:
    import slicer

    chooser = slicer.qMRMLSegmentSelectorWidget()
    chooser.noneEnabled = True
    chooser.setMRMLScene(scene)
    chooser.show()
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "regions")
    for name in ("GTV", "muscle"):
        node.GetSegmentation().AddEmptySegment(name, name)
    assert chooser.currentNode() is None
    chooser.setCurrentNode(node)
    assert chooser.currentSegmentID() == ""
    chooser.setCurrentSegmentID("muscle")
    # The one that was chosen goes away, and the first takes its place.
    node.GetSegmentation().RemoveSegment("muscle")
    assert chooser.currentSegmentID() == "GTV"
    chooser.setCurrentSegmentID("")
    assert chooser.currentSegmentID() == ""


def test_a_neighbour_takes_the_place_of_a_node_that_is_deleted(host: Any, scene: Any) -> None:
    import slicer

    chooser = slicer.qMRMLNodeComboBox()
    chooser.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    chooser.noneEnabled = True
    chooser.setMRMLScene(scene)
    nodes = [scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name) for name in "abc"]
    assert chooser.currentNode() is None
    chooser.setCurrentNode(nodes[1])
    scene.RemoveNode(nodes[1])
    assert chooser.currentNode() is nodes[2]
    scene.RemoveNode(nodes[2])
    assert chooser.currentNode() is nodes[0]
    scene.RemoveNode(nodes[0])
    assert chooser.currentNode() is None


def test_a_slider_widget_follows_hand_and_keys(host: Any, ctk: Any) -> None:
    slider = ctk.ctkSliderWidget()
    slider.minimum, slider.maximum, slider.decimals, slider.singleStep = 0.0, 50.0, 1, 0.1
    slider.show()
    seen: list[float] = []
    slider.connect("valueChanged(double)", seen.append)
    slider.value = 12.34
    assert slider.value == pytest.approx(12.3)
    host.type(slider, "40")
    assert slider.value == 40.0
    host.drag(slider, 20.0, steps=4)
    assert slider.value == pytest.approx(20.0, abs=0.1)
    assert len(seen) == 7  # the property, the typed 4 and 40, four steps of the hand
    slider.value = 1000.0
    assert slider.value == 50.0


def test_a_slider_without_tracking_tells_at_the_end(host: Any, ctk: Any) -> None:
    slider = ctk.ctkSliderWidget()
    slider.maximum, slider.tracking = 100.0, False
    slider.show()
    ends: list[float] = []
    moves: list[float] = []
    slider.connect("valueChanged(double)", ends.append)
    slider.connect("valueIsChanging(double)", moves.append)
    host.drag(slider, 60.0, steps=3)
    assert len(ends) == 1
    assert ends[0] == pytest.approx(60.0, abs=0.1)
    assert len(moves) >= 3


def test_a_range_keeps_its_order(ctk: Any) -> None:
    span = ctk.ctkRangeWidget()
    span.setRange(0.0, 10.0)
    span.setValues(2.0, 6.0)
    span.minimumValue = 8.0
    assert (span.minimumValue, span.maximumValue) == (8.0, 8.0)


def test_methods_that_are_no_slots_in_cpp_are_refused(ctk: Any) -> None:
    with pytest.raises(AttributeError, match="setRange"):
        ctk.ctkSliderWidget().setRange(0, 1)
    with pytest.raises(AttributeError, match="setCollapsed"):
        ctk.ctkCollapsibleButton().setCollapsed(True)
    with pytest.raises(AttributeError, match="ctkNoSuchWidget"):
        _ = ctk.ctkNoSuchWidget


def test_a_collapsible_button_hides_what_lies_below(host: Any, ctk: Any, qt: Any) -> None:
    header = ctk.ctkCollapsibleButton()
    header.text = "Inputs"
    layout = qt.QVBoxLayout(header)
    label = qt.QLabel("inside")
    layout.addWidget(label)
    header.show()
    host.settle()
    assert label.isVisible()
    host.click(header)
    assert (header.collapsed, label.isVisible()) == (True, False)
    with pytest.raises(AssertionError, match="not visible"):
        host.click(label)
    header.collapsed = False
    assert label.isVisible()


def test_a_path_is_typed(host: Any, ctk: Any) -> None:
    path = ctk.ctkPathLineEdit()
    path.show()
    seen: list[str] = []
    path.connect("currentPathChanged(QString)", seen.append)
    path.filters = ctk.ctkPathLineEdit.Dirs
    host.type(path, "/data")
    assert path.currentPath == "/data"
    assert seen[-1] == "/data"


def test_a_disabled_button_cannot_be_clicked_and_says_why(host: Any, qt: Any) -> None:
    button = qt.QPushButton("Go")
    button.enabled, button.toolTip = False, "Choose a volume first."
    button.show()
    with pytest.raises(AssertionError, match=r"Choose a volume first\."):
        host.click(button)


def test_checked_nodes(host: Any, scene: Any, qt: Any) -> None:
    import slicer

    several = slicer.qMRMLCheckableNodeComboBox()
    several.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    several.setMRMLScene(scene)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "a")
    scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "b")
    several.setCheckState(node, qt.Qt.Checked)
    assert several.checkedNodes() == (node,)
