"""A scripted module in the host: loaded as Slicer loads it, clicked, tested, reloaded, photographed; and how the host ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

TESTING = Path(__file__).resolve().parents[2]
EXAMPLE = TESTING / "slicer_host" / "example" / "HostExample" / "HostExample.py"


def _volume(name: str = "ramp") -> Any:
    import slicer

    return slicer.util.addVolumeFromArray(np.arange(27.0).reshape(3, 3, 3), name=name)


def test_the_module_is_known_by_its_names(example: Any) -> None:
    import slicer

    module = slicer.modules.hostexample
    assert module.title == "Host example"
    assert module.categories == ("Examples",)
    assert Path(module.path) == EXAMPLE
    assert slicer.modules.HostExampleWidget is example
    assert slicer.util.getModuleWidget("HostExample") is example
    assert slicer.util.modulePath("HostExample") == str(EXAMPLE)
    assert type(slicer.modules.HostExampleInstance).__name__ == "HostExample"


def test_a_click_counts_voxels(host: Any, scene: Any, example: Any) -> None:
    assert not example.ui.applyButton.enabled
    _volume()
    host.choose(example.ui.inputSelector, "ramp")
    host.click(example.ui.applyButton)
    assert example.count.text == "7"  # 20 to 26 are above 19.5
    host.type(example.ui.thresholdSlider, "25.5")
    host.click(example.ui.applyButton)
    assert example.count.text == "1"
    assert host.uncaught == []


def test_closing_the_scene_disables_the_button(host: Any, scene: Any, example: Any) -> None:
    _volume()
    host.choose(example.ui.inputSelector, "ramp")
    host.close_scene()
    assert not example.ui.applyButton.enabled
    assert host.uncaught == []


def test_reloading_builds_a_new_panel(host: Any, scene: Any, example: Any) -> None:
    import slicer

    example.onReload()
    host.settle()
    again = slicer.modules.HostExampleWidget
    assert again is not example
    _volume()
    host.choose(again.ui.inputSelector, "ramp")
    host.click(again.ui.applyButton)
    assert again.count.text == "7"


def test_the_developer_section_appears_in_developer_mode(host: Any) -> None:
    import slicer

    settings = slicer.app.userSettings()
    settings.setValue("Developer/DeveloperMode", True)
    try:
        panel = host.load(EXAMPLE)
        assert panel.reloadButton.text == "Reload"
    finally:
        settings.setValue("Developer/DeveloperMode", False)
        host.unload("HostExample")


def test_a_parameter_node_is_one_and_survives(host: Any, scene: Any, example: Any) -> None:
    node = example.logic.getParameterNode()
    assert node is example.logic.getParameterNode()
    host.close_scene()
    assert example.logic.getParameterNode().GetAttribute("ModuleName") == "HostExample"
    assert len(example.logic.getAllParameterNodes()) == 1


def test_pictures_are_dark_and_light_large_and_narrow(host: Any, example: Any, tmp_path: Path) -> None:
    from PySide6 import QtGui

    pictures = {
        (dark, scale): QtGui.QImage(
            str(host.picture(tmp_path / f"{dark}{scale}.png", "HostExample", dark=dark, scale=scale, width=360))
        )
        for dark in (False, True)
        for scale in (1.0, 1.5)
    }
    assert pictures[False, 1.0].width() == 360
    assert pictures[False, 1.5].width() == 540
    corner = {dark: pictures[dark, 1.0].pixelColor(2, 2).lightness() for dark in (False, True)}
    assert corner[True] < 80
    assert corner[False] > 200


def test_text_that_is_cut_off_is_named(host: Any, qt: Any) -> None:
    from slicer_host.appearance import cut_off

    top = qt.QWidget()
    label = qt.QLabel("a text much longer than its room", top)
    label.name = "tooLong"
    label.setFixedWidth(30)
    top.show()
    assert len(cut_off(host.native(top))) == 1
    label.setFixedWidth(600)
    top.resize(700, 40)
    assert cut_off(host.native(top)) == []


def test_a_slice_view_shows_the_volume(host: Any, scene: Any) -> None:
    import slicer

    values = np.zeros((8, 8, 8), np.float32)
    values[:, :, 4:] = 100  # high x in IJK; the first voxel lies at the origin and the direction is RAS
    volume = slicer.util.addVolumeFromArray(values)
    volume.GetDisplayNode().SetAutoWindowLevel(False)
    volume.GetDisplayNode().SetWindowLevel(100, 50)
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    host.settle()
    red = host.native(slicer.app.layoutManager().sliceWidget("Red")).sliceView()
    red.forceRender()
    picture = red.grab().toImage()
    middle = picture.height() // 2
    # In an axial view the patient's right (low x in LPS, high x in RAS) is at the left of the picture.
    left, right = (picture.pixelColor(round(picture.width() / 2 + side * 40), middle).lightness() for side in (-1, 1))
    assert {left, right} == {0, 255}


def test_the_mouse_wheel_moves_a_slice_by_one_voxel(host: Any, scene: Any) -> None:
    import slicer

    volume = slicer.util.addVolumeFromArray(np.zeros((20, 8, 8), np.float32))
    volume.SetSpacing(1, 1, 2.5)
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    red = slicer.app.layoutManager().sliceWidget("Red")
    before = red.sliceLogic().GetSliceOffset()
    host.scroll(red.sliceView(), 2)
    assert red.sliceLogic().GetSliceOffset() - before == pytest.approx(5.0)


def test_an_error_in_an_observer_of_the_scene_is_counted(host: Any, scene: Any, caught: list[str]) -> None:
    from slicer_host.bridge import connections

    def fails(*_: Any) -> None:
        raise RuntimeError("in an observer")

    undo = connections.count_errors_of_observers()
    tag = scene.AddObserver(scene.NodeAddedEvent, fails)
    scene.AddNewNodeByClass("vtkMRMLTextNode")
    scene.RemoveObserver(tag)
    undo()
    assert caught == ["in an observer"]
    assert host.uncaught == ["RuntimeError: in an observer"]


def test_other_modules_can_be_selected_and_left(host: Any, example: Any) -> None:
    import slicer

    slicer.util.selectModule("SegmentEditor")
    host.settle()
    assert slicer.util.selectedModule() == "SegmentEditor"
    assert not host.panel("HostExample").isVisible()
    slicer.util.selectModule(slicer.modules.hostexample)
    host.settle()
    assert host.panel("HostExample").isVisible()


def test_nodes_and_scenes_are_written_and_read(host: Any, scene: Any, tmp_path: Path) -> None:
    import slicer

    volume = _volume()
    assert slicer.util.saveNode(volume, str(tmp_path / "ramp.nrrd"))
    again = slicer.util.loadVolume(str(tmp_path / "ramp.nrrd"))
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(again), np.arange(27.0).reshape(3, 3, 3))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "regions")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    node.GetSegmentation().AddEmptySegment("GTV", "GTV")
    mask = np.zeros((3, 3, 3), np.uint8)
    mask[1] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, node, "GTV", volume)
    assert slicer.util.saveNode(node, str(tmp_path / "regions.seg.nrrd"))
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    host.close_scene()
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    assert int(slicer.util.arrayFromSegmentBinaryLabelmap(slicer.util.getNode("regions"), "GTV").sum()) == 9
    loaded = slicer.util.loadSegmentation(str(tmp_path / "regions.seg.nrrd"))
    assert loaded.GetSegmentation().GetNumberOfSegments() == 1
    with pytest.raises(RuntimeError, match="Failed to load node"):
        slicer.util.loadVolume(str(tmp_path / "none.nrrd"))


def test_slicer_has_no_names_that_slicer_core_leaks(host: Any) -> None:
    import slicer

    assert hasattr(slicer.util, "arrayFromVolume")
    assert not hasattr(slicer, "arrayFromVolume")


def test_nothing_is_installed_and_requests_are_kept(host: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import slicer
    from slicer_host.scripted.dependencies import record

    file = tmp_path / "requirements.txt"
    file.write_text("# comment\nnumpy>=1\nno-such-package-of-ours>=1\n")
    wanted = slicer.packaging.load_requirements(file)
    assert [item.name for item in wanted] == ["numpy", "no-such-package-of-ours"]
    file.write_text("numpy>=1  # why\n")
    with pytest.raises(ValueError, match="numpy"):  # packaging's InvalidRequirement
        slicer.packaging.load_requirements(file)
    kept = record()
    kept.requests.clear()
    slicer.packaging.pip_ensure(wanted, requester="Test")
    assert kept.requests == []  # Slicer skips this in testing mode
    monkeypatch.setattr(host.native_app, "_testing", False)
    slicer.packaging.pip_ensure(wanted, requester="Test", prompt_install=False)
    assert kept.requests[0].requirements == ("no-such-package-of-ours>=1",)
    slicer.util.pip_install("no-such-package-of-ours")
    assert kept.requests[1].requirements == ("no-such-package-of-ours",)


_SAMPLES = """
import slicer
from slicer.ScriptedLoadableModule import *
class Samples(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        slicer.app.connect("startupCompleted()", self.register)
    def register(self):
        import SampleData
        SampleData.SampleDataLogic.registerCustomSampleDataSource(category="Ours", sampleName="Made", customDownloader=make)
        SampleData.SampleDataLogic.registerCustomSampleDataSource(category="Ours", sampleName="Far", uris="https://example.org/a")
class SamplesWidget(ScriptedLoadableModuleWidget): pass
def make(source):
    return [slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode", source.sampleName)]
"""


def test_samples_are_registered_at_the_end_of_the_start(host: Any, scene: Any, tmp_path: Path) -> None:
    import slicer

    file = tmp_path / "Samples.py"
    file.write_text(_SAMPLES)
    host.load(file)
    try:
        import SampleData

        assert [source.sampleName for source in slicer.modules.sampleDataSources["Ours"]] == ["Made", "Far"]
        assert SampleData.downloadSample("Made").GetName() == "Made"
        with pytest.raises(RuntimeError, match="would be downloaded"):
            SampleData.downloadSample("Far")
    finally:
        host.unload("Samples")


def _run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", **variables}
    command = [sys.executable, "-m", "slicer_host", *arguments]
    return subprocess.run(command, cwd=TESTING, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_the_self_test_passes_and_its_exit_code_says_so(host: Any) -> None:
    done = _run("self-test", "HostExample")
    assert (done.returncode, done.stdout.strip()) == (0, "HostExample: passed"), done.stderr


_BROKEN = """
import qt
from slicer.ScriptedLoadableModule import *
class Broken(ScriptedLoadableModule): pass
class BrokenWidget(ScriptedLoadableModuleWidget): pass
class BrokenTest(ScriptedLoadableModuleTest):
    def test_it(self):
        {body}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("self.assertEqual(1, 2)", 1),
        ("b = qt.QPushButton(); b.connect('clicked()', lambda: 1 / 0); b.click()", 1),
        ("pass", 0),
    ],
)
def test_failures_and_escaped_errors_give_exit_code_1(host: Any, tmp_path: Path, body: str, expected: int) -> None:
    file = tmp_path / "Broken.py"
    file.write_text(_BROKEN.format(body=body))
    assert _run("self-test", str(file)).returncode == expected


def test_an_unknown_module_is_refused_with_a_sentence(host: Any) -> None:
    done = _run("self-test", "NoSuchModule")
    assert done.returncode == 1
    assert 'There is no module "NoSuchModule"' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_screenshot_is_written(host: Any, tmp_path: Path) -> None:
    out = tmp_path / "panel.png"
    done = _run("screenshot", "HostExample", str(out), "--dark")
    assert done.returncode == 0, done.stderr
    assert out.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
