"""The step Register: found in a child process, adjusted with sliders, accepted by name; nothing stays of what was rejected."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
import slicer

from builders.panel_clicks import Person
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
    start = time.process_time()
    for number in range(20):
        step.ui.shiftLSlider.value = 0.1 * (number + 1)
        slicer.app.processEvents()
    assert (time.process_time() - start) / 20 < 0.1


def test_a_registration_by_click_ends_near_the_truth(step: Any, ready: Person, patient: PatientTruth) -> None:
    step.ui.registerButton.click()
    ready.wait(120)
    assert "Registered" in ready.message
    corners = ready.panel.scene_access.region(ready.panel.regions.gtv()).geometry.corners() * 0.1
    there = truth_of(patient).inverse().apply(corners)
    assert np.linalg.norm(step.current().apply(there) - corners, axis=-1).max() < 1.25  # half a voxel of the CT
    step.ui.rejectButton.click()
