"""The step Register: found in a child process, adjusted with sliders, accepted by name; nothing stays of what was rejected."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import slicer

from builders.panel_clicks import Person
from dosepainting_hrs.case import read_case
from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.phantom.truth import PatientTruth
from dosepainting_hrs.transform import Transform
from dosepainting_hrs_mrml import volumes
from dosepainting_hrs_mrml.loading import load_series


@pytest.fixture
def step(ready: Person, patient: PatientTruth) -> Any:
    """The step with the T2 in the scene and chosen."""
    node = load_series(slicer.mrmlScene, read_stack(patient.folder / patient.mr))
    found = ready.panel.register
    found.moving.set(node)
    return found


def truth_of(patient: PatientTruth) -> Transform:
    return Transform.of_matrix(np.array(patient.mr_to_ct), patient.mr_frame_of_reference, patient.frame_of_reference)


def show(step: Any, found: Transform, *, passed: bool = True) -> None:
    step.show(found, figures=("Repeats agree.",), passed=passed, pair="T2 to CT")


def test_an_accepted_image_lies_in_the_planning_cts_frame_with_untouched_voxels(
    step: Any, ready: Person, patient: PatientTruth
) -> None:
    show(step, truth_of(patient))
    step.ui.whoEdit.text, step.ui.whyEdit.text = "Dr Yes", "skull base fits"
    step.ui.acceptButton.click()
    assert "Dr Yes accepted the registration" in ready.message
    (node,) = [one for one in ready.panel.scene_access.volumes() if "on the planning CT" in one.GetName()]
    image = volumes.image_from(node)
    assert image.identity.frame_of_reference == patient.frame_of_reference
    (signed,) = image.identity.transforms
    assert (signed.who, signed.reason, signed.pair) == ("Dr Yes", "skull base fits", "T2 to CT")
    assert signed.when
    source = load_image(read_stack(patient.folder / patient.mr))
    assert np.array_equal(np.sort(image.array.ravel()), np.sort(source.array.ravel()))
    expected = truth_of(patient).apply(source.stored.geometry.corners())
    assert image.stored.geometry.corners() == pytest.approx(expected, abs=1e-3)


def test_sliders_turn_and_shift_about_the_middle_of_the_gtv(step: Any, ready: Person, patient: PatientTruth) -> None:
    show(step, truth_of(patient))
    step.ui.shiftLSlider.value = 2.0
    step.ui.turnSSlider.value = 5.0
    matrix = np.array(step.current().matrix) @ np.linalg.inv(np.array(truth_of(patient).matrix))
    mask = ready.panel.scene_access.region(ready.panel.regions.gtv())
    centre = mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1].mean(axis=0))
    assert matrix[:3, :3] @ centre + matrix[:3, 3] == pytest.approx(centre + np.array([2.0, 0.0, 0.0]))
    assert matrix[1, 0] == pytest.approx(np.sin(np.radians(5.0)))
    step.ui.whoEdit.text, step.ui.whyEdit.text = "Dr Yes", "moved a little"
    step.ui.acceptButton.click()
    (node,) = [one for one in ready.panel.scene_access.volumes() if "on the planning CT" in one.GetName()]
    assert "Adjusted by hand: 2.00 mm" in volumes.image_from(node).identity.transforms[0].figures[-1]


def test_acceptance_needs_a_name_a_reason_and_a_figure_that_passed(step: Any, ready: Person, patient: PatientTruth) -> None:
    show(step, truth_of(patient), passed=False)
    step.ui.acceptButton.click()
    assert "accepted by somebody, for a reason" in ready.message
    step.ui.whoEdit.text, step.ui.whyEdit.text = "Dr Yes", "by eye"
    step.ui.acceptButton.click()
    assert "quality figure failed" in ready.message
    step.ui.failedCheck.checked = True
    step.ui.acceptButton.click()
    assert "accepted the registration" in ready.message


def test_rejecting_leaves_the_scene_as_it_was(step: Any, ready: Person, patient: PatientTruth) -> None:
    node, before = step.moving.get(), slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLLinearTransformNode")
    show(step, truth_of(patient))
    assert node.GetParentTransformNode() is not None
    step.ui.rejectButton.click()
    assert "rejected by somebody, for a reason" in ready.message
    assert node.GetParentTransformNode() is not None
    step.ui.whoEdit.text, step.ui.whyEdit.text = "Dr No", "skull is off"
    step.ui.rejectButton.click()
    assert node.GetParentTransformNode() is None
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLLinearTransformNode") == before
    assert not step.ui.acceptButton.enabled


def test_an_image_of_the_same_frame_is_not_registered(step: Any, ready: Person) -> None:
    step.moving.set(ready.panel.patient.image.get())
    step.ui.registerButton.click()
    assert "one frame of reference" in ready.message


def test_the_preview_follows_the_sliders_ten_times_a_second(step: Any, patient: PatientTruth) -> None:
    """A slider's move, the transform node and the drawing of the views; in processor time, whatever else the machine does."""
    show(step, truth_of(patient))
    took = {}
    for view in ("blend", "checkerboard", "difference", "outline"):
        choose(step, view)
        start = time.process_time()
        for number in range(8):
            step.ui.shiftLSlider.value = 0.1 * (number + 1)
            slicer.app.processEvents()
        took[view] = (time.process_time() - start) / 8
    assert all(one < 0.1 for one in took.values()), took


def choose(step: Any, view: str) -> None:
    step.ui.viewCombo.setCurrentIndex(step.ui.viewCombo.findText(view))


def picture_of(step: Any) -> np.ndarray:
    """The comparison in the scene, (z, y, x, 3)."""
    return slicer.util.arrayFromVolume(step.view.volume).astype(int)


def test_each_view_shows_both_images_round_the_gtv(step: Any, ready: Person, patient: PatientTruth) -> None:
    """Checkerboard and difference are grey, outlines yellow; a blend needs no picture of its own."""
    show(step, truth_of(patient))
    assert step.view.volume is None
    choose(step, "checkerboard")
    board = picture_of(step)
    assert np.ptp(board, axis=-1).max() == 0
    assert not step.view.volume.GetSaveWithScene()
    bounds = np.zeros(6)
    step.view.volume.GetRASBounds(bounds)
    centre = step._centre * (-1.0, -1.0, 1.0)
    assert (bounds[::2] < centre).all()
    assert (bounds[1::2] > centre).all()
    choose(step, "outline")
    outline = picture_of(step)
    assert (outline == (255, 204, 26)).all(axis=-1).mean() == pytest.approx(0.05, abs=0.02)
    choose(step, "difference")
    fits = picture_of(step)
    step.ui.shiftLSlider.value = 20.0
    assert np.abs(picture_of(step) - fits).mean() > 5.0
    assert not step.ui.blendSlider.enabled
    choose(step, "blend")
    assert step.view.volume is None
    choose(step, "checkerboard")
    step.ui.whoEdit.text, step.ui.whyEdit.text = "Dr No", "off"
    step.ui.rejectButton.click()
    assert step.view.volume is None
    assert not slicer.util.getNodes("Comparison*")


def test_decisions_stay_in_the_scene_and_go_into_a_case_file(
    step: Any, ready: Person, patient: PatientTruth, tmp_path: Path
) -> None:
    assert step.ui.caseButton.toolTip == "Accept or reject a registration first."
    show(step, truth_of(patient))
    step.ui.shiftPSlider.value = 3.0
    step.ui.whoEdit.text, step.ui.whyEdit.text = "Dr No", "skull is off"
    step.ui.rejectButton.click()
    show(step, truth_of(patient))
    step.ui.whoEdit.text, step.ui.whyEdit.text = "Dr Yes", "skull base fits"
    step.ui.acceptButton.click()
    lines = step.ui.decisionsLabel.text.splitlines()
    assert "Dr Yes accepted T2 to CT: skull base fits." in lines[0]
    assert "Dr No rejected T2 to CT: skull is off. Adjusted by hand: 3.00 mm" in lines[1]
    assert step.ui.caseButton.toolTip == "Choose a folder in the step Export first."
    ready.panel.restore()  # As when the scene is opened again.
    assert step.ui.decisionsLabel.text.splitlines() == lines
    ready.panel.export.ui.exportFolderEdit.currentPath = str(tmp_path)
    step.ui.caseButton.click()
    assert "Case written" in ready.message
    case = read_case(tmp_path / "case.json").case
    assert [(one.decision, one.who) for one in case.transforms] == [("rejected", "Dr No"), ("accepted", "Dr Yes")]
    assert all(one.when for one in case.transforms)
    assert case.patient_id == patient.patient_id
    (link,) = case.way(patient.mr_frame_of_reference, patient.frame_of_reference)
    assert link.transform.matrix == pytest.approx(tuple(np.array(patient.mr_to_ct).ravel()))


def test_a_registration_by_click_ends_near_the_truth(step: Any, ready: Person, patient: PatientTruth) -> None:
    step.ui.registerButton.click()
    ready.wait(120)
    assert "Registered" in ready.message
    corners = ready.panel.scene_access.region(ready.panel.regions.gtv()).geometry.corners() * 0.1
    there = truth_of(patient).inverse().apply(corners)
    assert np.linalg.norm(step.current().apply(there) - corners, axis=-1).max() < 1.25  # half a voxel of the CT
