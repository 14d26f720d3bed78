"""IBSI's three RTSTRUCTs of one patient against the masks that IBSI published with them.

Zwanenburg, A. et al. (2020), The Image Biomarker Standardization Initiative, Radiology 295(2), 328-338,
doi:10.1148/radiol.2020191145; validation data set, github.com/theibsi/data_sets.
"""

import pytest
import SimpleITK as sitk

from builders.real_data import real_data
from dosepainting_hrs.dicom.regions import load_region
from dosepainting_hrs.dicom.stacking import read_stack


@pytest.mark.parametrize(
    ("modality", "voxels", "named"),
    [("CT", 117145, 267), ("PET", 5095, 267), ("MR_T1", 117145, 61)],
)
def test_every_voxel_is_that_of_the_published_mask(modality: str, voxels: int, named: int) -> None:
    stack = read_stack(real_data(f"sts_001/dicom/{modality}/image"))
    mask, remarks = load_region(real_data(f"sts_001/dicom/{modality}/mask/RS.dcm"), f"GTV_Mass_{modality}", stack)
    published = sitk.GetArrayFromImage(sitk.ReadImage(str(real_data(f"sts_001/nifti/{modality}_mask.nii.gz")))) > 0
    assert mask.array.shape == published.shape
    assert (mask.array != published).sum() == 0
    assert mask.voxel_count == voxels
    assert mask.identity.is_known
    # The series got new image UIDs when they were cropped: every image that the structure set names is absent.
    said = f"The structure set names {named} images that this series lacks; "
    assert remarks == (said + f'ROI "GTV_Mass_{modality}" has 32 of its contours on them.',)
