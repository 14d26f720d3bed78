"""An axial CT series made from one whose geometry planning systems misread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from .. import __version__
from ..errors import DicomError
from ..geometry import Geometry
from ..image import Image
from ..progress import Progress, each, part, silent
from ..quantities import HOUNSFIELD
from ..storage.atomic import new_folder
from .headers import DicomFile
from .image_series import load_image
from .layout import IrregularSlicesError, MissingSlicesError, lay_out
from .patient import identity_of
from .planning_geometry import OFF_SLICE_MM, why_not_exportable
from .slice_checks import matrix_of
from .slice_field import SliceField
from .stack import Stack
from .stacking import read_series, stack_headers
from .values import number, text

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
        The source series: oblique, coronal, sagittal, mirrored, feet first, or plain.
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
    Right-angled, even sources keep their voxels and spacing; only the axes are put in order. Others are interpolated
    linearly (`SliceField`) on the axial grid around them, rounded to whole HU; what lies outside of the source is air
    (-1000 HU). Patient, study, frame of reference and scanner are the source's, the series and all instances are new
    (DERIVED, SECONDARY) and name the slices they were made from. In patient coordinates the result does not depend on
    how the patient lay; PatientPosition is HFS, because the grid is that of a head-first supine CT, and the position
    of the source is told in DerivationDescription.
    """
    field = SliceField.of(stack.headers, image.stored.axes.restore(image.array))
    own = image.geometry
    right_angled = float(np.abs(own.direction - np.eye(3)).max()) <= _RIGHT_ANGLED
    grid = Geometry.from_parts(own.shape, own.spacing, own.origin) if right_angled else field.axial_grid()
    # Slices that stacking took although they lie a little off the even grid are interpolated where they lie.
    even = stack.geometry.to_world([[0.0, 0.0, float(k)] for k in range(len(stack.headers))])
    in_place = right_angled and float(np.abs(field.positions - even).max()) <= OFF_SLICE_MM
    source = _Source(image, stack, field, grid, why_not_exportable(stack) or ("on request",), in_place)
    return _write(source, folder, progress, when or datetime.now())


def derive_axial_ct(
    source: Path,
    series_uid: str | None,
    folder: Path,
    *,
    progress: Progress = silent,
    when: datetime | None = None,
) -> Path:
    """Write an axial CT series derived from a folder's CT, also from one that makes no regular grid.

    Parameters
    ----------
    source : Path
        Folder with the CT.
    series_uid : str or None
        SeriesInstanceUID; may be left out when there is only one image series.
    folder, progress, when
        As in `write_derived_ct`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    DicomError
        As `write_derived_ct`; and if slices are missing: a step of several slice spacings is taken for a change of
        spacing only where InstanceNumber runs on without a gap.
    OutputError
        If the folder exists or cannot be written.

    Notes
    -----
    Unevenly spaced slices and slices stacked off their normal (a tilted gantry) are interpolated where they lie.
    """
    files, _ = read_series(source, series_uid, part(progress, 0.0, 0.1))
    headers = [file.header for file in files]
    reason = ""
    try:
        stack = stack_headers([file.path for file in files], headers)
    except IrregularSlicesError as error:
        stack, reason = _irregular_stack(files, error), error.message
    image = load_image(stack, part(progress, 0.1, 0.4))
    inner = part(progress, 0.4, 1.0)
    if not reason:
        return write_derived_ct(image, stack, folder, progress=inner, when=when)
    field = SliceField.of(stack.headers, image.stored.axes.restore(image.array))
    source_of = _Source(image, stack, field, field.axial_grid(), (reason,), False)
    return _write(source_of, folder, inner, when or datetime.now())


def _irregular_stack(files: Sequence[DicomFile], error: IrregularSlicesError) -> Stack:
    """Return slices in order on a nominal grid that only carries them: its affine is never used for positions."""
    layout = lay_out([file.header for file in files])
    ordered = [files[index] for index in layout.order]
    others = [flaw for flaw in (*layout.flaws, layout.repeated) if flaw and not isinstance(flaw, IrregularSlicesError)]
    if others:
        raise others[0]
    headers = tuple(file.header for file in ordered)
    numbers_seen = [number(header, "InstanceNumber") for header in headers]
    steps = {b - a if a is not None and b is not None else 0.0 for a, b in pairwise(numbers_seen)}
    if isinstance(error, MissingSlicesError) and steps not in ({1.0}, {-1.0}):
        raise error
    field = SliceField.of(headers, np.zeros((len(headers), 1, 1)))
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([field.row * field.pixel_mm[0], field.column * field.pixel_mm[1], field.normal])
    affine[:3, 3] = field.positions[0]
    rows, columns = matrix_of(headers[0])
    return Stack(
        files=tuple(file.path for file in ordered),
        headers=headers,
        geometry=Geometry((len(headers), rows, columns), affine),
        identity=identity_of(headers[0]),
    )


@dataclass(frozen=True, eq=False)
class _Source:
    """What a derived series is made from, and the grid it is made on."""

    image: Image
    stack: Stack
    field: SliceField
    grid: Geometry
    reasons: tuple[str, ...]
    in_place: bool

    def points(self, k: int) -> NDArray[np.float64]:
        """Return the LPS position of every voxel of derived slice `k`, (rows, columns, 3)."""
        _, height, width = self.grid.shape
        y, x = np.mgrid[:height, :width]
        return self.grid.to_world(np.stack([x, y, np.full_like(x, k)], axis=-1))

    def plane(self, k: int) -> NDArray[np.int16]:
        """Return derived slice `k`, whole HU."""
        values = self.image.array[k] if self.in_place else self.field.at(self.points(k), AIR_HU)
        return np.asarray(np.rint(values), dtype=np.int16)

    def __str__(self) -> str:
        how = "axes put in order, voxels unchanged" if self.in_place else "linear interpolation, whole HU"
        first = self.stack.first
        return (
            f"Axial CT derived from series {text(first, 'SeriesInstanceUID')} by {how}; grid of {self.grid}, "
            f"air ({AIR_HU} HU) outside of the source; source PatientPosition {text(first, 'PatientPosition') or 'not given'}. "
            f"Planning must use this series. Research software, not a medical device. "
            f"Why: {'; '.join(self.reasons).rstrip('.')}."
        )[:1024]


def _write(source: _Source, folder: Path, progress: Progress, when: datetime) -> Path:
    first, image = source.stack.first, source.image
    if text(first, "Modality") != "CT" or image.quantity != HOUNSFIELD:
        raise DicomError(
            f"A derived CT series needs a CT in HU, but the source is {text(first, 'Modality') or 'unknown'} "
            f"with {image.quantity}.",
            "Choose the planning CT.",
        )
    low, high, limits = float(image.array.min()), float(image.array.max()), np.iinfo(np.int16)
    if not (limits.min <= low and high <= limits.max):
        raise DicomError(
            f"The planning CT has values from {low:g} to {high:g} HU, which do not fit into 16 bits.",
            "Export it again from its source with plain CT numbers.",
        )
    series = generate_uid(prefix=None)
    with new_folder(folder) as temporary:
        for k in each(range(source.grid.shape[0]), progress, "Writing the derived CT"):
            header = _header(source, k, when)
            header.SeriesInstanceUID = series
            _put_pixels(header, source.plane(k))
            _save(header, temporary / f"CT.{k + 1:04d}.dcm")
    return folder


def _header(source: _Source, k: int, when: datetime) -> Dataset:
    ds, stack = Dataset(), source.stack
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
    ds.SeriesNumber = 900 + int(number(stack.first, "SeriesNumber") or 0)
    ds.InstanceNumber = k + 1
    ds.DerivationDescription = str(source)
    ds.DerivationCodeSequence = [_code("113085", "DCM", "Spatial resampling")]
    ds.SourceImageSequence = _sources(source, k)
    ds.ContributingEquipmentSequence = [_ourselves()]
    _place(ds, source.grid, k)
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


def _sources(source: _Source, k: int) -> list[Dataset]:
    """Name the source slices that derived slice `k` was made from."""
    _, height, width = source.grid.shape
    corners = source.grid.to_world([[x, y, k] for y in (0, height - 1) for x in (0, width - 1)])
    return [_source(source.stack.headers[index]) for index in source.field.touched_by(corners)]


def _source(header: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
    item.PurposeOfReferenceCodeSequence = [_code("121322", "DCM", "Source image for image processing operation")]
    return item


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
