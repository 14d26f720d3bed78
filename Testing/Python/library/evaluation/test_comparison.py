"""Regions side by side: against an independent implementation (SimpleITK) and by hand."""

import numpy as np
import pytest
import SimpleITK as sitk

from builders.volumes import OTHER_PATIENT, geometry_of, mask_of
from dosepainting_hrs.errors import IdentityError, InputError
from dosepainting_hrs.evaluation.comparison import compared, disagreement
from dosepainting_hrs.image import Mask

SPACING = (1.0, 1.5, 2.5)


def block(z: slice, y: slice, x: slice) -> Mask:
    array = np.zeros((10, 12, 14))
    array[z, y, x] = 1
    return mask_of(array, geometry_of((10, 12, 14), SPACING))


A = block(slice(2, 7), slice(2, 9), slice(2, 10))
B = block(slice(3, 8), slice(3, 9), slice(4, 12))


def as_sitk(mask: Mask) -> sitk.Image:
    image = sitk.GetImageFromArray(mask.array.astype(np.uint8))
    image.SetSpacing(SPACING)
    return image


def test_overlap_is_that_of_simpleitk() -> None:
    measures = sitk.LabelOverlapMeasuresImageFilter()
    measures.Execute(as_sitk(A), as_sitk(B))
    (pair,) = compared({"a": A, "b": B})
    assert pair.dice == pytest.approx(measures.GetDiceCoefficient())
    assert pair.volume_ratio == pytest.approx(A.voxel_count / B.voxel_count)


def test_surface_distances_are_those_of_a_distance_map() -> None:
    """SimpleITK: distances from the face-connected contour of each to the contour of the other, both ways."""
    contours = [sitk.LabelContour(as_sitk(one), fullyConnected=False) for one in (A, B)]
    maps = [
        sitk.GetArrayFromImage(sitk.Abs(sitk.SignedMaurerDistanceMap(one, squaredDistance=False, useImageSpacing=True)))
        for one in contours
    ]
    there = maps[1][sitk.GetArrayFromImage(contours[0]) > 0]
    back = maps[0][sitk.GetArrayFromImage(contours[1]) > 0]
    (pair,) = compared({"a": A, "b": B})
    assert pair.mean_surface_distance_mm == pytest.approx(np.concatenate([there, back]).mean(), rel=1e-5)
    assert pair.hausdorff_95_mm == pytest.approx(max(np.percentile(there, 95), np.percentile(back, 95)), rel=1e-5)


def test_every_two_are_compared_once() -> None:
    pairs = compared({"a": A, "b": B, "c": A})
    assert [(one.first, one.second) for one in pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert (pairs[1].dice, pairs[1].mean_surface_distance_mm, pairs[1].volume_ratio) == (1.0, 0.0, 1.0)


def test_disagreement_by_hand() -> None:
    """Of four regions, 0, 1, 2, 3 and 4 hold the voxel: 4 f (1 - f) = 0, 3/4, 1, 3/4, 0."""
    rows = [[0, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]
    found = disagreement({str(n): mask_of([[row]]) for n, row in enumerate(rows)})
    assert found.ravel().tolist() == [0.0, 0.75, 1.0, 0.75, 0.0]


def test_one_region_and_another_patients_are_refused() -> None:
    with pytest.raises(InputError, match="At least two regions"):
        compared({"a": A})
    other = mask_of(B.array, geometry_of((10, 12, 14), SPACING), OTHER_PATIENT)
    with pytest.raises(IdentityError):
        compared({"a": A, "b": other})
    with pytest.raises(IdentityError):
        disagreement({"a": A, "b": other})
