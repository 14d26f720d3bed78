"""DICOM Spatial Registration and Deformable Spatial Registration objects: which frames they join, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from ..errors import DicomError, GeometryError
from ..geometry import Geometry
from ..identity import Identity
from ..notes import note
from ..transform import RIGID_TOLERANCE, Affine, Field, Transform, departure_from_rigid, require_rigid
from .patient import identity_of
from .values import items, numbers, text

RIGID_CLASS = "1.2.840.10008.5.1.4.1.1.66.1"
DEFORMABLE_CLASS = "1.2.840.10008.5.1.4.1.1.66.3"


@dataclass(frozen=True, kw_only=True, eq=False)
class Registration:
    """What a registration object says.

    Parameters
    ----------
    transforms : tuple of Transform
        One for each other frame: from that frame to the object's own.
    identity : Identity
        Whose it is; its frame is the object's own.
    label, description : str
        As the header has them.
    remarks : tuple of str
        Matrices that are not what they are called, items that were passed over.
    """

    transforms: tuple[Transform, ...]
    identity: Identity
    label: str
    description: str
    remarks: tuple[str, ...]


def is_registration(header: Dataset) -> bool:
    """Tell whether a header is that of a rigid or deformable registration object."""
    return text(header, "SOPClassUID") in (RIGID_CLASS, DEFORMABLE_CLASS)


def joined_frames(header: Dataset) -> tuple[str, ...]:
    """Return the frames of reference that a registration object joins to its own, as far as they are named."""
    rigid = [text(one, "FrameOfReferenceUID") for one in items(header, "RegistrationSequence")]
    source = [text(one, "SourceFrameOfReferenceUID") for one in items(header, "DeformableRegistrationSequence")]
    own = text(header, "FrameOfReferenceUID")
    return tuple(uid for uid in dict.fromkeys((*rigid, *source)) if uid and uid != own)


def read_registration(path: Path, frames_of_series: dict[str, str] | None = None) -> Registration:
    """Read a Spatial Registration or Deformable Spatial Registration object.

    Parameters
    ----------
    path : Path
        The file.
    frames_of_series : dict of str to str, optional
        Frames by SOPInstanceUID, for items that name images instead of a frame.

    Returns
    -------
    Registration
        Transforms from each other frame to the object's own.

    Raises
    ------
    DicomError
        If it is no registration object, damaged, or joins nothing.

    Notes
    -----
    A matrix maps points of the item's frame to the object's own, the matrices of one item one after the other (PS3.3
    C.20.2). A deformable item maps points of the object's own frame to its source: source = post (pre p + u(p)), u on a
    grid in the object's own frame (C.20.3.1.1); what is returned is its inverse.
    """
    try:
        header = dcmread(path)
    except (InvalidDicomError, OSError, EOFError, ValueError) as error:
        raise DicomError(f'"{path}" cannot be read as a DICOM object: {error}.', "Export it again from its source.") from error
    if not is_registration(header):
        raise DicomError(f'"{path}" is no DICOM registration object.', "Give a REG file, or an ITK transform (.tfm, .h5).")
    own = text(header, "FrameOfReferenceUID")
    remarks: list[str] = []
    try:
        if text(header, "SOPClassUID") == RIGID_CLASS:
            found = _matrices(header, own, frames_of_series or {}, remarks)
        else:
            found = _fields(header, own)
    except GeometryError as error:
        raise DicomError(f'"{path}": {error.message}', error.hint) from error
    if not found:
        raise DicomError(
            f'"{path}" joins no other frame of reference to its own, {own or "which is missing"}.',
            "Its items name neither a frame nor images that are known.",
        )
    return Registration(
        transforms=tuple(found),
        identity=identity_of(header),
        label=text(header, "ContentLabel"),
        description=text(header, "ContentDescription") or text(header, "SeriesDescription"),
        remarks=tuple(remarks),
    )


def matrix_of(items_of_sequence: tuple[Dataset, ...], remarks: list[str]) -> NDArray[np.float64]:
    """Return the matrices of one item multiplied, each checked against its type.

    Raises
    ------
    GeometryError
        If one is singular, no homogeneous matrix, or called rigid and mirrors.
    """
    whole = np.eye(4)
    for one in items_of_sequence:
        values = numbers(one, "FrameOfReferenceTransformationMatrix")
        if len(values) != 16:
            raise GeometryError(f"A transformation matrix has {len(values)} values, 16 are needed.")
        matrix = Affine(np.array(values).reshape(4, 4)).matrix
        kind = text(one, "FrameOfReferenceTransformationMatrixType")
        if kind == "RIGID" and departure_from_rigid(matrix) > RIGID_TOLERANCE:
            require_rigid(matrix, "A matrix of type RIGID")
        if kind == "RIGID" and np.linalg.det(matrix[:3, :3]) < 0:
            require_rigid(matrix, "A matrix of type RIGID")
        if kind not in ("RIGID", "RIGID_SCALE", "AFFINE"):
            remarks.append(note(f'A matrix has the type "{kind}"; it was taken as it stands.'))
        whole = matrix @ whole
    return whole


def _matrices(header: Dataset, own: str, frames: dict[str, str], remarks: list[str]) -> list[Transform]:
    found = []
    for number, one in enumerate(items(header, "RegistrationSequence"), 1):
        frame = text(one, "FrameOfReferenceUID")
        for image in items(one, "ReferencedImageSequence"):
            frame = frame or frames.get(text(image, "ReferencedSOPInstanceUID"), "")
        sequences = items(one, "MatrixRegistrationSequence")
        if not frame or not sequences:
            remarks.append(f"Item {number} names no frame of reference that is known, or no matrix, and was passed over.")
            continue
        matrix = matrix_of(items(sequences[0], "MatrixSequence"), remarks)
        if frame != own:
            found.append(Transform.of_matrix(matrix, frame, own))
        elif not np.allclose(matrix, np.eye(4), atol=1e-6):
            remarks.append(f"Item {number} moves the object's own frame onto itself by a matrix other than the identity.")
            found.append(Transform.of_matrix(matrix, frame, own))
    return found


def _fields(header: Dataset, own: str) -> list[Transform]:
    found = []
    for one in items(header, "DeformableRegistrationSequence"):
        source = text(one, "SourceFrameOfReferenceUID")
        pre = _one_matrix(one, "PreDeformationMatrixRegistrationSequence")
        post = _one_matrix(one, "PostDeformationMatrixRegistrationSequence")
        grids = items(one, "DeformableRegistrationGridSequence")
        parts: tuple[Affine | Field, ...] = (_grid(grids[0], pre),) if grids else (Affine(pre),)
        if not grids and np.allclose(post @ pre, np.eye(4)) and source == own:
            continue
        found.append(Transform(from_frame=own, to_frame=source, parts=(*parts, Affine(post))).inverse())
    return found


def _one_matrix(item: Dataset, keyword: str) -> NDArray[np.float64]:
    sequences = items(item, keyword)
    return matrix_of(sequences, []) if sequences else np.eye(4)


def _grid(item: Dataset, pre: NDArray[np.float64]) -> Field:
    position, orientation = numbers(item, "ImagePositionPatient"), numbers(item, "ImageOrientationPatient")
    size = [int(n) for n in item.get("GridDimensions", ())]
    resolution = [float(n) for n in item.get("GridResolution", ())]
    data = item.get("VectorGridData", b"")
    count = int(np.prod(size)) if len(size) == 3 else 0
    if len(position) != 3 or len(orientation) != 6 or len(resolution) != 3 or not count or len(data) != count * 12:
        raise GeometryError(
            f"The deformation grid is incomplete: {size} points of {resolution} mm with {len(data)} bytes; "
            "position, orientation, dimensions, resolution and three floats for each point are needed."
        )
    rows, columns = np.array(orientation[:3]), np.array(orientation[3:])
    direction = np.stack([rows, columns, np.cross(rows, columns)], axis=1)
    shape = (size[2], size[1], size[0])
    geometry = Geometry.from_parts(shape, resolution, position, direction)
    vectors = np.frombuffer(data, dtype="<f4").reshape(*shape, 3).astype(np.float64)
    if not np.isfinite(vectors).all():
        raise GeometryError("The deformation grid holds vectors that are not finite.")
    if not np.array_equal(pre, np.eye(4)):
        z, y, x = np.indices(shape)
        points = geometry.to_world(np.stack([x, y, z], axis=-1))
        vectors = vectors + Affine(pre).apply(points) - points
    return Field(geometry, vectors)
