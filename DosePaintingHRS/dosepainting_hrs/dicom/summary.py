"""One line of an inventory: a series, or a single RT object, as its reader wants to see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset

from ..geometry import Geometry
from ..identity import Identity
from .layout import Layout
from .role import Role
from .slice_checks import matrix_of
from .values import number, numbers, text

_PLANES = ("sagittal", "coronal", "axial")
_STRAIGHT_DEG = 0.1
"""Axes that are nearer to the patient's than this are called straight."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SeriesSummary:
    """A series of images, or a single RT object.

    Parameters
    ----------
    uid : str
        SeriesInstanceUID.
    modality : str
        Modality as the header has it.
    role : Role
        What it is to dose painting.
    why : str
        Why it was taken for that.
    description : str
        SeriesDescription; the label of an RT object.
    files : tuple of Path
        Its files, in order along the normal where it has one.
    size, spacing, orientation : str
        In words, (x, y, z), mm; empty when there is none.
    geometry : Geometry or None
        The grid as stored, of one time point; None when the slices make none.
    images_per_position : int
        1 for a plain volume, more for time points and b-values, 0 when positions differ in number.
    frame_of_reference : str
        FrameOfReferenceUID; of an RTSTRUCT, the one its contours lie in.
    identity : Identity
        Patient, frame, study, series.
    patient_name, birth_date : str
        As the header has them.
    study_date : str
        StudyDate as the header has it, YYYYMMDD.
    units : str
        Units (0054,1001) of a PET: BQML, GML, CNTS ...; empty for everything else.
    regions : tuple of str
        ROI names of an RTSTRUCT, segment labels of a SEG.
    references : tuple of str
        SeriesInstanceUIDs that an RT object was made on.
    frames : str
        How many frames a dynamic or diffusion series has, with their times or b-values, in words; empty for others.
    b_values : tuple of float
        Distinct b-values of an MR series in rising order, s/mm2; empty where none is given.
    joins : tuple of str
        Frames of reference that a registration object joins to its own.
    problems : tuple of str
        What is wrong, in words.
    remarks : tuple of str
        What is worth knowing, in words.
    """

    uid: str
    modality: str
    role: Role
    why: str
    description: str
    files: tuple[Path, ...]
    size: str
    spacing: str
    orientation: str
    geometry: Geometry | None
    images_per_position: int
    frame_of_reference: str
    identity: Identity
    patient_name: str
    birth_date: str
    study_date: str = ""
    units: str = ""
    regions: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    frames: str = ""
    b_values: tuple[float, ...] = ()
    joins: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types; names and order of the keys stay."""
        return {
            "uid": self.uid,
            "modality": self.modality,
            "role": self.role.value,
            "why": self.why,
            "description": self.description,
            "number_of_files": len(self.files),
            "first_file": self.files[0].as_posix(),
            "size": self.size,
            "spacing": self.spacing,
            "orientation": self.orientation,
            "images_per_position": self.images_per_position,
            "frame_of_reference": self.frame_of_reference,
            "patient_id": self.identity.patient_id,
            "patient_name": self.patient_name,
            "birth_date": self.birth_date,
            "study_date": self.study_date,
            "units": self.units,
            "folder": self.files[0].parent.as_posix(),
            "study": self.identity.study,
            "regions": list(self.regions),
            "references": list(self.references),
            "frames": self.frames,
            "b_values": list(self.b_values),
            "joins": list(self.joins),
            "problems": list(self.problems),
            "remarks": list(self.remarks),
        }


def size_in_words(header: Dataset, layout: Layout | None, count: int) -> str:
    """Return the matrix and number of slices, and how many images lie at each position; empty without a matrix."""
    rows, columns = matrix_of(header)
    if not rows or not columns:
        return ""
    if layout is None or (number(header, "NumberOfFrames") or 1) > 1:
        return f"{columns} x {rows} x {number(header, 'NumberOfFrames') or 1:.0f}"
    if layout.geometry is None:
        return f"{columns} x {rows}, {count} slices"
    slices = f"{columns} x {rows} x {layout.geometry.shape[0]}"
    if layout.repeats == 0:
        return f"{slices}, {len(layout.order)} images"
    return f"{slices} x {layout.repeats}" if layout.repeats > 1 else slices


def spacing_in_words(header: Dataset, layout: Layout | None) -> str:
    """Return the spacing in mm, (x, y, z); only (x, y) where slices make no grid, empty where nothing is said."""
    if layout is not None and layout.geometry is not None:
        return " x ".join(f"{value:.4g}" for value in layout.geometry.spacing)
    spacing = numbers(header, "PixelSpacing")
    if len(spacing) != 2:
        return ""
    along = _frame_spacing(header)
    return " x ".join(f"{value:.4g}" for value in (spacing[1], spacing[0], *along))


def orientation_in_words(header: Dataset) -> str:
    """Return the plane nearest to the slices, and by how many degrees the worst axis leaves the patient's; may be empty."""
    cosines = numbers(header, "ImageOrientationPatient")
    if len(cosines) != 6:
        return ""
    row, column = np.array(cosines[:3]), np.array(cosines[3:])
    axes = np.array([row, column, np.cross(row, column)])
    lengths = np.linalg.norm(axes, axis=1)
    if (lengths < 0.5).any():
        return ""
    nearest = np.abs(axes / lengths[:, None])
    plane = _PLANES[int(nearest[2].argmax())]
    # atan2 keeps small angles that the arc cosine of almost 1 would lose.
    away = max(float(np.degrees(np.arctan2(np.linalg.norm(np.delete(one, one.argmax())), one.max()))) for one in nearest)
    return plane if away < _STRAIGHT_DEG else f"{plane}, oblique by {away:.1f} degrees"


def description_of(header: Dataset) -> str:
    """Return SeriesDescription, or the label of an RT object that has none."""
    labels = ("SeriesDescription", "StructureSetLabel", "RTPlanLabel", "ContentLabel", "DoseComment")
    return next((found for found in (text(header, tag) for tag in labels) if found), "")


def _frame_spacing(header: Dataset) -> Sequence[float]:
    offsets = np.array(numbers(header, "GridFrameOffsetVector"))
    return (float(abs(offsets[1] - offsets[0])),) if len(offsets) > 1 else ()
