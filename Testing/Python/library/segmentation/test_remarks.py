"""What casts doubt on a region is told."""

from dataclasses import replace

import pytest

from builders.volumes import PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.parameters import Parameters
from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, ADC, HOUNSFIELD, SUV_BW, SUV_LBM, UNKNOWN, Quantity
from dosepainting_hrs.registration.resample import resample_image
from dosepainting_hrs.segmentation.clusters import ClusterParameters
from dosepainting_hrs.segmentation.fixed_threshold import FixedThresholdParameters
from dosepainting_hrs.segmentation.remarks import remarks_on, state_of_map
from dosepainting_hrs.segmentation.value_window import ValueWindowParameters

WHOLE = [[[1] * 100]]


def told(quantity: Quantity = SUV_BW, identity: Identity = PATIENT, *, voxels: int = 50) -> str:
    found = mask_of([[[1] * voxels + [0] * (100 - voxels)]])
    grid = image_of(WHOLE, quantity=quantity, identity=identity)
    return " ".join(remarks_on(found, {"map": grid}, {"within": mask_of(WHOLE)}))


@pytest.mark.parametrize("quantity", [SUV_BW, SUV_LBM])
def test_half_of_a_region_in_suv_needs_no_word(quantity: Quantity) -> None:
    assert told(quantity) == ""


@pytest.mark.parametrize(
    ("quantity", "words"),
    [
        (ACTIVITY_CONCENTRATION, "The map holds activity concentration (Bq/ml), not SUV;"),
        (HOUNSFIELD, "The map holds CT number (HU), not SUV;"),
        (UNKNOWN, "The map holds an unknown quantity, not SUV;"),
    ],
)
def test_another_quantity_is_named_with_its_unit(quantity: Quantity, words: str) -> None:
    assert told(quantity).startswith(words)


@pytest.mark.parametrize(("voxels", "is_told"), [(94, False), (95, True), (100, True)])
def test_almost_all_of_the_region_is_told_from_95_per_cent(voxels: int, is_told: bool) -> None:
    assert (f'is {voxels}% of "GTVp"' in told(voxels=voxels)) is is_told


def test_a_map_that_does_not_say_whose_it_is_is_told() -> None:
    said = told(identity=Identity())
    assert "The map does not know PatientID, FrameOfReferenceUID and source SeriesInstanceUID" in said
    assert "nobody has checked that it is this patient's. Export will ask for --drawn-on." in said


def test_a_gap_of_a_source_is_told_as_one() -> None:
    assert "The map was made from something that carries no PatientID: nobody" in told(
        identity=replace(PATIENT, gaps=("PatientID",))
    )


def test_the_maximum_is_that_of_the_region_and_says_on_which_grid() -> None:
    image = image_of([[[3.5, 9.0, 2.0]]])
    within = mask_of([[[1, 0, 1]]])
    first, second = state_of_map(image, within)
    assert first == 'SUVbw maximum in "GTVp": 3.5 g/ml, on the map\'s native grid.'
    assert second.startswith("The map does not say how it was reconstructed")
    moved = resample_image(image, geometry_of((1, 1, 3), (2, 2, 2)))
    assert "resampled to, not that of the scan" in state_of_map(moved, within)[0]


def test_a_map_that_does_not_say_whether_it_was_resampled_is_not_called_native() -> None:
    """A file of another program may hold either."""
    told = state_of_map(replace(image_of([[[3.5]]]), resampled=None), mask_of([[[1]]]))[0]
    assert "native" not in told
    assert told.endswith("the file does not say whether the map was resampled.")


def test_what_the_header_said_of_the_reconstruction_is_told() -> None:
    history = ("Loaded.", "Reconstruction: OSEM.", "PSF modelling: stated (TrueX).", "EARL: not stated.", "Made SUV.")
    image = replace(image_of([[[3.5]]]), history=history)
    assert state_of_map(image, mask_of([[[1]]]))[1:] == history[1:4]


def test_only_uptake_has_a_reconstruction_to_ask_for() -> None:
    assert len(state_of_map(image_of([[[3.5]]], quantity=ADC), mask_of([[[1]]]))) == 1


@pytest.mark.parametrize(
    ("parameters", "told_of"),
    [
        (FixedThresholdParameters(threshold=4.0), ["map"]),
        (ValueWindowParameters(low=4.0, other_low=2.0), ["map"]),
        (ValueWindowParameters(other_low=2.0), []),
        (ClusterParameters(), []),
    ],
)
def test_only_a_threshold_in_the_unit_of_the_map_is_doubted(parameters: Parameters, told_of: list[str]) -> None:
    images = {"map": image_of(WHOLE, quantity=ADC), "other": image_of(WHOLE, quantity=HOUNSFIELD)}
    found = mask_of([[[1] * 50 + [0] * 50]])
    said = remarks_on(found, images, {"within": mask_of(WHOLE)}, parameters)
    assert [one.split()[1] for one in said] == told_of
