"""The rules of PythonQt, as measured in a real Slicer: what it refuses, the stand-in refuses."""

from __future__ import annotations

import gc
import importlib
import os
from pathlib import Path
from typing import Any

import pytest


def test_enums_are_ints_and_combine_to_plain_ints(qt: Any) -> None:
    assert isinstance(qt.Qt.AlignLeft, int)
    both = qt.Qt.AlignLeft | qt.Qt.AlignTop
    assert type(both) is int
    assert both == 0x21  # Qt's own documentation: AlignLeft 0x1, AlignTop 0x20


def test_setters_take_ints_for_enums(qt: Any) -> None:
    label = qt.QLabel()
    label.setAlignment(0x84)
    assert label.alignment == qt.Qt.AlignCenter
    label.setAlignment(qt.Qt.AlignLeft | qt.Qt.AlignTop)
    assert label.alignment == 0x21


def test_an_enum_property_takes_the_name_and_a_slot_does_not(qt: Any) -> None:
    slider = qt.QSlider()
    slider.orientation = "Horizontal"
    assert slider.orientation == qt.Qt.Horizontal
    with pytest.raises(ValueError, match=r"setOrientation\('Vertical',\)"):
        slider.setOrientation("Vertical")
    with pytest.raises(AttributeError, match="does not accept"):
        slider.orientation = "Diagonal"


def test_enum_values_live_on_the_class_and_not_on_the_enum_type(qt: Any) -> None:
    assert qt.QSizePolicy.Expanding == 7
    with pytest.raises(AttributeError):
        _ = qt.QSizePolicy.Policy.Expanding


def test_wrapped_classes_do_not_inherit_from_each_other(qt: Any) -> None:
    button = qt.QPushButton()
    assert isinstance(button, qt.QPushButton)
    assert not isinstance(button, qt.QWidget)
    assert button.inherits("QWidget")
    assert not button.inherits("QLabel")
    assert button.className() == "QPushButton"


def test_unknown_attributes_are_refused_on_reading_and_setting(qt: Any) -> None:
    button = qt.QPushButton()
    with pytest.raises(AttributeError, match="txet"):
        _ = button.txet
    with pytest.raises(AttributeError, match="creating new attributes on C\\+\\+ objects is not allowed"):
        button.txet = "a"
    with pytest.raises(AttributeError, match="can not be overwritten"):
        button.setText = None


def test_python_subclasses_may_have_attributes_and_keep_them(qt: Any) -> None:
    class Panel(qt.QWidget):
        pass

    parent = qt.QWidget()
    panel = Panel(parent)
    panel.note = "kept"
    del panel
    gc.collect()
    assert parent.children()[0].note == "kept"


def test_properties_have_no_parentheses(qt: Any) -> None:
    button = qt.QPushButton("Go")
    assert button.text == "Go"
    with pytest.raises(TypeError, match="'str' object is not callable"):
        button.text()
    button.enabled = False
    button.checkable = True
    button.checked = True
    assert (button.enabled, button.checked, button.visible) == (False, True, False)
    button.resize(30, 20)
    assert (button.width, button.height, button.size.width()) == (30, 20, 30)
    assert qt.QComboBox().count == 0


def test_some_are_still_methods(qt: Any, scene: Any) -> None:
    import slicer

    top = qt.QWidget()
    button = qt.QPushButton(top)
    assert button.isEnabled() is True
    assert button.isChecked() is False
    assert button.isVisible() is False
    assert button.parent() == top
    assert top.layout() is None
    assert top.children() == (button,)
    combo = slicer.qMRMLNodeComboBox()
    combo.nodeTypes = ["vtkMRMLTextNode"]
    combo.setMRMLScene(scene)
    node = scene.AddNewNodeByClass("vtkMRMLTextNode")
    assert combo.currentNode() is node
    assert combo.currentNodeID == node.GetID()


def test_the_same_object_is_the_same_wrapper(qt: Any) -> None:
    top = qt.QWidget()
    box = qt.QCheckBox(top)
    assert top.children()[0] is box


def test_constructors_take_no_keywords(qt: Any) -> None:
    with pytest.raises(ValueError, match="keyword"):
        qt.QPushButton(text="Go")
    with pytest.raises(ValueError, match="keyword"):
        qt.QLabel("a", parent=None)


def test_a_tuple_is_no_size_and_no_point(qt: Any) -> None:
    widget = qt.QWidget()
    with pytest.raises(ValueError, match="resize"):
        widget.resize((10, 20))
    with pytest.raises(AttributeError, match="QSize"):
        widget.size = (10, 20)
    with pytest.raises(ValueError, match="move"):
        widget.move((1, 2))


def test_sequences_come_back_as_tuples_and_none_is_a_pointer(qt: Any, scene: Any) -> None:
    import slicer

    combo = slicer.qMRMLNodeComboBox()
    combo.nodeTypes = ["vtkMRMLTextNode", "vtkMRMLTableNode"]
    assert combo.nodeTypes == ("vtkMRMLTextNode", "vtkMRMLTableNode")
    combo.setMRMLScene(None)
    combo.setCurrentNode(None)
    widget = qt.QWidget()
    widget.setParent(None)


def test_name_is_the_object_name(qt: Any) -> None:
    label = qt.QLabel()
    label.name = "first"
    assert (label.name, label.objectName) == ("first", "first")
    label.setObjectName("second")
    assert label.name == "second"


def test_a_dynamic_property_is_readable_as_an_attribute(qt: Any) -> None:
    label = qt.QLabel()
    assert label.setProperty("SlicerParameterName", "threshold") is False
    assert label.SlicerParameterName == "threshold"
    label.SlicerParameterName = "share"
    assert label.property("SlicerParameterName") == "share"


def test_find_child_is_none_when_missing(qt: Any) -> None:
    top = qt.QWidget()
    label = qt.QLabel(top)
    label.name = "here"
    assert top.findChild("QLabel", "here") is label
    assert top.findChild(qt.QLabel, "here") is label
    assert top.findChild("QLabel", "gone") is None
    assert top.findChild("QPushButton", "here") is None
    assert top.findChildren("QLabel") == (label,)


def test_use_after_delete_is_a_value_error(qt: Any, host: Any) -> None:
    label = qt.QLabel("a")
    label.deleteLater()
    host.settle()
    with pytest.raises(ValueError, match="destroyed QLabel"):
        _ = label.text
    with pytest.raises(ValueError, match="destroyed QLabel"):
        label.setText("b")


def test_virtuals_in_python_are_never_called(qt: Any, host: Any) -> None:
    called: list[str] = []

    class Panel(qt.QWidget):
        def sizeHint(self) -> Any:  # noqa: N802 - Qt's name
            called.append("sizeHint")

        def resizeEvent(self, _event: Any) -> None:  # noqa: N802 - Qt's name
            called.append("resizeEvent")

    panel = Panel()
    panel.show()
    panel.resize(50, 60)
    panel.adjustSize()
    host.settle()
    panel.delete()
    assert called == []


def test_an_unknown_class_in_a_ui_file_is_a_message_and_none(
    qt: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import slicer.util

    file = tmp_path / "panel.ui"
    file.write_text(
        '<ui version="4.0"><widget class="QWidget" name="top"><layout class="QVBoxLayout"><item>'
        '<widget class="qMRMLNoSuchWidget" name="odd"/></item><item>'
        '<widget class="QLabel" name="plain"/></item></layout></widget></ui>'
    )
    top = slicer.util.loadUI(str(file))
    assert "qMRMLNoSuchWidget" in capfd.readouterr().err
    ui = slicer.util.childWidgetVariables(top)
    assert not hasattr(ui, "odd")
    assert ui.plain.className() == "QLabel"


def test_without_a_main_window_views_are_none(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import slicer

    monkeypatch.setattr(host.native_app, "_layout_manager", None)
    host.window.setObjectName("hidden")
    try:
        assert slicer.app.layoutManager() is None
        assert slicer.util.mainWindow() is None
    finally:
        host.window.setObjectName("qSlicerMainWindow")
    assert slicer.util.mainWindow() is not None


def test_connect_gui_is_there_with_slicers_own_files_alone(qt: Any, scene: Any) -> None:
    """Modules here keep their state in one JSON text; with SLICER_PYTHON_PATH the wrapper works and refuses as in Slicer."""
    if not os.environ.get("SLICER_PYTHON_PATH"):
        with pytest.raises(ImportError):
            importlib.import_module("slicer.parameterNodeWrapper")
        return
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    class State:
        share: float = 0.4

    State.__annotations__ = {"share": float}  # the wrapper reads types, not their names
    state = parameterNodeWrapper(State)(scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))
    top = qt.QWidget()
    box = qt.QDoubleSpinBox(top)
    box.setProperty("SlicerParameterName", "share")
    state.connectGui(top)
    box.value = 0.7
    assert state.share == pytest.approx(0.7)
    box.setProperty("SlicerParameterName", "unknown")
    with pytest.raises(ValueError, match="unknown"):
        state.connectGui(top)
    box.setProperty("SlicerParameterName", None)
    calendar = qt.QCalendarWidget(top)
    calendar.setProperty("SlicerParameterName", "share")
    with pytest.raises(RuntimeError):
        state.connectGui(top)


def test_numpy_scalars_are_refused(qt: Any) -> None:
    import numpy as np

    with pytest.raises(ValueError, match="numpy scalar"):
        qt.QSpinBox().setValue(np.int64(3))


def test_event_filters_in_python_are_called(qt: Any, host: Any) -> None:
    """The one virtual that scripted modules of Slicer rely on."""
    seen: list[int] = []

    class Filter(qt.QObject):
        def eventFilter(self, _watched: Any, event: Any) -> bool:  # noqa: N802 - Qt's name
            seen.append(event.type())
            return False

    watcher, label = Filter(), qt.QLabel()
    label.installEventFilter(watcher)
    label.enabled = False
    host.settle()
    label.removeEventFilter(watcher)
    assert qt.QEvent.EnabledChange in seen
