"""Reading a written structure set as a stranger would, and comparing it with what it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import RTStructureSetStorage

from ..errors import Cancelled, DosePaintingError, OutputError
from ..progress import Progress, each, silent
from .rasterise import rasterise
from .roi import Roi
from .single_file import damage_explained, read_object
from .stack import Stack
from .structure_set import StructureSet, read_structure_set
from .values import items, text, without_warnings

ON_SLICE_MM = 0.01
"""How far a contour may lie off the plane of the slice that it names, mm."""
_SAME_AS_CT = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
)
_LONGEST_ALLOWED = {"StudyID": 16, "AccessionNumber": 16}
_CARRIED = ("StructureSetROISequence", "ROIContourSequence", "RTROIObservationsSequence")
_NOUN = "a structure set (RTSTRUCT)"
_HINT = "Nothing was kept. Please report this with the regions that it happened with."


class Named(Protocol):
    """A region as it should be found in the file."""

    @property
    def name(self) -> str:
        """ROIName."""

    @property
    def array(self) -> NDArray[np.bool_]:
        """True inside, (z, y, x), on the stored grid."""


@dataclass(frozen=True, kw_only=True)
class ReadBack:
    """A region as it was found in the file.

    Parameters
    ----------
    name : str
        ROIName.
    volume_ml : float
        Volume that a reader finds, ml.
    differing_voxels : int
        Voxels that are inside for the one and outside for the other.
    dice : float
        Overlap of the two, 1 when they are the same.
    contours : int
        Number of contours.
    """

    name: str
    volume_ml: float
    differing_voxels: int
    dice: float
    contours: int


def read_back(path: Path, stack: Stack, regions: Sequence[Named], progress: Progress = silent) -> tuple[ReadBack, ...]:
    """Read a written structure set and make sure that it is what it was made from.

    Parameters
    ----------
    path : Path
        The file.
    stack : Stack
        The planning CT.
    regions : sequence with name and array
        The regions that must be in it, on the stack's stored grid.
    progress : callable
        Where to report.

    Returns
    -------
    tuple of ReadBack
        One for each region.

    Raises
    ------
    OutputError
        If patient, study, frame of reference, series, slices, or a single voxel differ.

    Notes
    -----
    The reader shares no code with the writer: coordinates are parsed from the file, mapped by the inverse of the CT's
    affine, and filled by scan lines.
    """
    try:
        dataset = read_object(path, RTStructureSetStorage, _NOUN)
        found = read_structure_set(path)
        _require_same_object(dataset, found, stack)
        return tuple(_compared(found, region, stack) for region in each(regions, progress, "Reading back"))
    except (OutputError, Cancelled):
        raise
    except DosePaintingError as error:
        raise OutputError(f"The structure set could not be read back: {error.message}", _HINT) from error


def require_carried(path: Path, source: Path) -> None:
    """Make sure that the regions of one structure set stand unchanged at the beginning of another.

    Parameters
    ----------
    path : Path
        The new structure set.
    source : Path
        The one that its first regions were carried from.

    Raises
    ------
    OutputError
        If a name, number, contour or observation differs.
    """
    new, old = (read_object(one, RTStructureSetStorage, _NOUN) for one in (path, source))
    with damage_explained(source):
        for keyword in _CARRIED:
            before, after = items(old, keyword), items(new, keyword)
            for index, item in enumerate(before):
                if index >= len(after) or not _same(item, after[index]):
                    raise OutputError(f'Item {index + 1} of {keyword} was not carried unchanged from "{source}".', _HINT)


def _require_same_object(dataset: Dataset, found: StructureSet, stack: Stack) -> None:
    with without_warnings():
        wrong = [
            one for one in _SAME_AS_CT if text(dataset, one) != text(stack.first, one)[: _LONGEST_ALLOWED.get(one)].rstrip()
        ]
    if wrong:
        raise OutputError(f"The structure set read back with another {' and '.join(wrong)} than the planning CT's.", _HINT)
    if found.referenced_series != stack.identity.series[:1]:
        raise OutputError("The structure set read back with references to another series than the planning CT.", _HINT)
    if found.referenced_sops != frozenset(stack.sop_instance_uids):
        raise OutputError("The structure set read back with references to other slices than those of the planning CT.", _HINT)
    if "ReviewerName" in dataset or text(dataset, "ApprovalStatus") != "UNAPPROVED":
        raise OutputError("The structure set read back as one that was reviewed.", _HINT)


def _compared(found: StructureSet, region: Named, stack: Stack) -> ReadBack:
    same_name = [roi for roi in found.rois if roi.name == region.name]
    if len(same_name) != 1:
        raise OutputError(f'The region "{region.name}" was found {len(same_name)} times when read back.', _HINT)
    roi = same_name[0]
    _require_on_slices(roi, stack)
    array = rasterise(roi, stack.geometry).array
    both, inside = int(np.count_nonzero(array & region.array)), int(np.count_nonzero(array))
    expected = int(np.count_nonzero(region.array))
    differing = inside + expected - 2 * both
    voxel_ml = stack.geometry.voxel_volume_ml
    if differing:
        raise OutputError(
            f'The region "{region.name}" read back with {differing} differing voxels '
            f"({inside * voxel_ml:.4g} ml instead of {expected * voxel_ml:.4g} ml).",
            _HINT,
        )
    return ReadBack(
        name=roi.name,
        volume_ml=inside * voxel_ml,
        differing_voxels=differing,
        dice=2.0 * both / (inside + expected),
        contours=len(roi.contours),
    )


def _require_on_slices(roi: Roi, stack: Stack) -> None:
    """Every contour must name the slice on whose plane it lies, in the frame of reference of the CT."""
    if roi.frame_of_reference != stack.identity.frame_of_reference:
        raise OutputError(f'The region "{roi.name}" read back in another frame of reference.', _HINT)
    planes = {uid: index for index, uid in enumerate(stack.sop_instance_uids)}
    for contour in roi.contours:
        plane = planes.get(contour.sop_instance_uid)
        if plane is None:
            raise OutputError(f'A contour of "{roi.name}" names a slice that the planning CT does not have.', _HINT)
        off = np.abs(stack.geometry.to_index(contour.points)[:, 2] - plane).max() * stack.geometry.spacing[2]
        if off > ON_SLICE_MM:
            raise OutputError(f'A contour of "{roi.name}" lies {off:.3f} mm off the slice that it names.', _HINT)


def _same(first: Dataset, second: Dataset) -> bool:
    if set(first.keys()) != set(second.keys()):
        return False
    for tag in first.keys():  # noqa: SIM118  (iterating would decode all)
        one, other = (item.get_item(tag) for item in (first, second))
        if isinstance(one.value, bytes) and one.value == other.value:
            continue
        mine, theirs = first[tag].value, second[tag].value
        if first[tag].VR == "SQ":
            if len(mine) != len(theirs) or not all(_same(a, b) for a, b in zip(mine, theirs, strict=True)):
                return False
        elif mine != theirs:
            return False
    return True
