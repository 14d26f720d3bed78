"""An axial CT series made from one whose geometry planning systems misread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid
from scipy import ndimage

from .. import __version__
from ..errors import DicomError
from ..geometry import Array, Geometry
from ..image import Image
from ..progress import Progress, each, silent
from ..quantities import HOUNSFIELD
from ..storage.atomic import new_folder
from .planning_geometry import why_not_exportable
from .stack import Stack
from .values import text

AIR_HU = -1000
"""Value where the source has no voxels."""
_RIGHT_ANGLED = 1e-5
"""Direction cosine below which axes are only put in order: 0.005 mm across a 512 mm slice."""
_DESCRIPTION = "Axial derived CT - planning must use this series"
# What a planning system chooses its HU-to-density curve by stays as the scanner wrote it.
_CARRIED = (
    *("SpecificCharacterSet", "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex"),
    *("PatientIdentityRemoved", "DeidentificationMethod", "PatientAge", "PatientSize", "PatientWeight"),
    *("StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "StudyDescription", "AccessionNumber"),
    *("ReferringPhysicianName", "FrameOfReferenceUID", "PositionReferenceIndicator", "BodyPartExamined", "Laterality"),
    *("Manufacturer", "ManufacturerModelName", "InstitutionName", "StationName", "DeviceSerialNumber", "SoftwareVersions"),
    *("KVP", "ConvolutionKernel", "ReconstructionDiameter", "AcquisitionNumber", "AcquisitionDate", "AcquisitionTime"),
    *("BurnedInAnnotation", "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod"),
)
_REQUIRED_EMPTY = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"),
    *("ReferringPhysicianName", "PositionReferenceIndicator", "Manufacturer", "KVP", "AcquisitionNumber"),
)


def write_derived_ct(
    image: Image, stack: Stack, folder: Path, *, progress: Progress = silent, when: datetime | None = None
) -> Path:
    """Write an axial, evenly spaced CT series that covers the whole of a source series.

    Parameters
    ----------
    image : Image, (z, y, x), HU
        The voxels of `stack`, as `load_image` read them.
    stack : Stack
        The source series: oblique, coronal, sagittal, mirrored, feet first, or plain. Series with uneven spacing or
        stacked off their normal never come to be a stack; they are resampled in the software they come from.
    folder : Path
        New folder; it appears whole or not at all.
    progress : callable
        Told the share of slices written.
    when : datetime, optional
        Time of creation; now when not given.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DicomError
        If the source is no CT in HU, or its values do not fit into 16 bits.
    OutputError
        If the folder exists or cannot be written.

    Notes
    -----
    Right-angled sources keep their voxels and spacing; only the axes are put in order. Oblique ones are interpolated
    linearly on a grid with the source's smallest in-plane spacing, rounded to whole HU; what lies outside of the source
    is air (-1000 HU). Patient, study, frame of reference and scanner are the source's, the series and all instances
    are new (DERIVED, SECONDARY) and name the slices they were made from. In patient coordinates the result does not
    depend on how the patient lay; PatientPosition is HFS, because the grid is that of a head-first supine CT, and the
    position of the source is told in DerivationDescription.
    """
    if text(stack.first, "Modality") != "CT" or image.quantity != HOUNSFIELD:
        raise DicomError(
            f"A derived CT series needs a CT in HU, but the source is {text(stack.first, 'Modality') or 'unknown'} "
            f"with {image.quantity}.",
            "Choose the planning CT.",
        )
    _require_16_bit(image)
    moment = when or datetime.now()
    grid = axial_grid(image.geometry)
    series = generate_uid(prefix=None)
    with new_folder(folder) as temporary:
        for k in each(range(grid.shape[0]), progress, "Writing the derived CT"):
            header = _header(image, stack, grid, k, moment)
            header.SeriesInstanceUID = series
            _put_pixels(header, _plane(image, grid, k))
            _save(header, temporary / f"CT.{k + 1:04d}.dcm")
    return folder


def axial_grid(source: Geometry) -> Geometry:
    """Return the axial grid that covers a canonical grid: itself when right-angled, else a box around its outer faces.

    Parameters
    ----------
    source : Geometry
        In canonical axis order.
    """
    across = float(np.abs(source.direction - np.eye(3)).max())
    if across < _RIGHT_ANGLED:
        return Geometry.from_parts(source.shape, source.spacing, source.origin)
    in_plane = float(source.spacing[:2].min())
    spacing = np.array([in_plane, in_plane, source.spacing[2]])
    size = np.array(source.shape[::-1], dtype=np.float64)
    unit = np.array([[i, j, k] for k in (0, 1) for j in (0, 1) for i in (0, 1)], dtype=np.float64)
    faces = source.to_world(unit * size - 0.5)
    low, high = faces.min(axis=0), faces.max(axis=0)
    counts = np.ceil((high - low) / spacing - 1e-6).astype(int)
    origin = (low + high) / 2.0 - spacing * (counts - 1) / 2.0
    return Geometry.from_parts((int(counts[2]), int(counts[1]), int(counts[0])), spacing, origin)


def _plane(image: Image, grid: Geometry, k: int) -> NDArray[np.int16]:
    """Return slice `k` of the derived grid, whole HU."""
    if grid.is_same_grid(image.geometry):
        return _whole(image.array[k])
    _, height, width = grid.shape
    y, x = np.mgrid[:height, :width]
    index = image.geometry.to_index(grid.to_world(np.stack([x, y, np.full_like(x, k)], axis=-1)))
    size = np.array(image.geometry.shape[::-1])
    within = ((index >= -0.5) & (index <= size - 0.5)).all(axis=-1)
    values = np.full((height, width), float(AIR_HU))
    # Between the outermost voxels' centres and their faces the outermost value goes on.
    places = np.clip(index[within], 0, size - 1)[:, ::-1].T
    values[within] = ndimage.map_coordinates(image.array, places, output=np.float64, order=1, mode="nearest")
    return _whole(values)


def _whole(values: Array) -> NDArray[np.int16]:
    return np.asarray(np.rint(values), dtype=np.int16)


def _require_16_bit(image: Image) -> None:
    low, high = float(image.array.min()), float(image.array.max())
    limits = np.iinfo(np.int16)
    if not (limits.min <= low and high <= limits.max):
        raise DicomError(
            f"The planning CT has values from {low:g} to {high:g} HU, which do not fit into 16 bits.",
            "Export it again from its source with plain CT numbers.",
        )


def _header(image: Image, stack: Stack, grid: Geometry, k: int, when: datetime) -> Dataset:
    ds = Dataset()
    for keyword in _CARRIED:
        if keyword in stack.first:
            ds[keyword] = stack.first[keyword]
    for keyword in _REQUIRED_EMPTY:
        if keyword not in ds:
            setattr(ds, keyword, None)
    if "BodyPartExamined" not in ds and "Laterality" not in ds:
        ds.Laterality = None  # Required, may be empty, unless the body part says that it has no side.
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, generate_uid(prefix=None)
    ds.Modality, ds.ImageType = "CT", ["DERIVED", "SECONDARY", "AXIAL"]
    date, time = when.strftime("%Y%m%d"), when.strftime("%H%M%S")
    ds.InstanceCreationDate = ds.SeriesDate = ds.ContentDate = date
    ds.InstanceCreationTime = ds.SeriesTime = ds.ContentTime = time
    ds.SeriesDescription, ds.PatientPosition = _DESCRIPTION, "HFS"
    number = stack.first.get("SeriesNumber")
    ds.SeriesNumber = int(number) + 900 if number not in (None, "") else 900
    ds.InstanceNumber = k + 1
    ds.DerivationDescription = _told(image, stack, grid)
    ds.DerivationCodeSequence = [_code("113085", "DCM", "Spatial resampling")]
    ds.SourceImageSequence = _sources(stack, grid, k)
    ds.ContributingEquipmentSequence = [_ourselves()]
    _place(ds, grid, k)
    return ds


def _place(ds: Dataset, grid: Geometry, k: int) -> None:
    column_mm, row_mm, slice_mm = grid.spacing
    position = grid.to_world((0, 0, k))
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.ImagePositionPatient = [_decimal(value) for value in position]
    ds.SliceLocation = _decimal(position[2])
    ds.PixelSpacing = [_decimal(row_mm), _decimal(column_mm)]
    ds.SliceThickness = ds.SpacingBetweenSlices = _decimal(slice_mm)


def _put_pixels(ds: Dataset, plane: NDArray[np.int16]) -> None:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = plane.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = 0, 1, "HU"
    ds.WindowCenter, ds.WindowWidth = 40, 400
    ds.PixelData = plane.astype("<i2").tobytes()
    ds["PixelData"].VR = "OW"


def _save(ds: Dataset, path: Path) -> None:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(path, enforce_file_format=True)


def _sources(stack: Stack, grid: Geometry, k: int) -> list[Dataset]:
    """Name the source slices that a derived slice was made from."""
    _, height, width = grid.shape
    corners = grid.to_world([[x, y, k] for y in (0, height - 1) for x in (0, width - 1)])
    index = stack.geometry.to_index(corners)[:, 2]
    last = len(stack.headers) - 1
    first = min(max(math.floor(index.min() + 1e-6), 0), last)
    end = min(max(math.ceil(index.max() - 1e-6), 0), last)
    return [_source(header) for header in stack.headers[first : end + 1]]


def _source(header: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
    item.PurposeOfReferenceCodeSequence = [_code("121322", "DCM", "Source image for image processing operation")]
    return item


def _told(image: Image, stack: Stack, grid: Geometry) -> str:
    reasons: Sequence[str] = why_not_exportable(stack) or ("on request",)
    how = "axes put in order, voxels unchanged" if grid.is_same_grid(image.geometry) else "linear interpolation, whole HU"
    return (
        f"Axial CT derived from series {text(stack.first, 'SeriesInstanceUID')} ({'; '.join(reasons)}) by {how}; "
        f"grid of {grid}, air ({AIR_HU} HU) outside of the source; source PatientPosition "
        f"{text(stack.first, 'PatientPosition') or 'not given'}. Planning must use this series. Research software, "
        "not a medical device."
    )[:1024]


def _ourselves() -> Dataset:
    item = Dataset()
    item.PurposeOfReferenceCodeSequence = [_code("109103", "DCM", "Modifying Equipment")]
    item.Manufacturer, item.ManufacturerModelName = "DosePaintingHRS", "DosePaintingHRS"
    item.SoftwareVersions = __version__
    item.ContributionDescription = "Resampled to an axial grid. Research software, not a medical device."
    return item


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _decimal(value: float) -> str:
    """Return a decimal string of at most 16 characters."""
    text_of = f"{value:.10g}"
    return text_of if len(text_of) <= 16 else f"{value:.6f}"
