"""What is known about the synthetic patient, in memory and as ``truth.json`` beside its files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import Geometry
from ..records import from_json, read_json_file, require_schema, to_json
from .tumour import Tumour, centres_of, tumour_of

SCHEMA = 1
FILE_NAME = "truth.json"
IDENTITY_16 = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A threshold that finds the high-risk subvolume about as well as scanner resolution and noise allow.

    Parameters
    ----------
    method : str
        Name of the segmentation method.
    percent : float
        Percentage of the largest SUV in the primary tumour.
    within : str
        ROI that it is searched in.
    """

    method: str = "percent-max"
    percent: float = 50.0
    within: str = "GTVp"


@dataclass(frozen=True, kw_only=True)
class SuvLevels:
    """True uptake by place, SUV; the subvolume rises from its rim to its core.

    Parameters
    ----------
    primary, hrs_rim, hrs_core, node, necrosis, muscle : float
        Tissue means, before mottle, resolution and noise.
    """

    primary: float
    hrs_rim: float
    hrs_core: float
    node: float
    necrosis: float
    muscle: float


@dataclass(frozen=True, kw_only=True)
class PatientTruth:
    """The synthetic patient: where its files are and what is true of it.

    Parameters
    ----------
    schema : int
        Version of the file format.
    size : str
        Variant: "full" or "small".
    seed : int
        What tumour, warp and noise were drawn from.
    patient_id, patient_name, birth_date : str
        As the DICOM files have them.
    gtv_ml, hrs_ml, node_ml : float
        Analytic volumes, ml.
    suv : SuvLevels
        True uptake.
    recipe : Recipe
        A threshold that finds the subvolume.
    roi_names : tuple of str
        ROIs of the structure set; the subvolume is not among them.
    ct, pet, mr, structures : str
        Folders and file, relative to `folder`.
    ct_series, pet_series, mr_series, structures_series : str
        SeriesInstanceUIDs.
    frame_of_reference : str
        FrameOfReferenceUID of CT, PET and structure set.
    mr_frame_of_reference : str
        FrameOfReferenceUID of the MR.
    mr_to_ct : tuple of 16 float
        Row-major matrix that maps LPS mm of the MR's frame to LPS mm of the CT's.
    folder : Path
        Where the files are; not part of the file.
    """

    schema: int = SCHEMA
    size: str
    seed: int
    patient_id: str
    patient_name: str
    birth_date: str
    gtv_ml: float
    hrs_ml: float
    node_ml: float
    suv: SuvLevels
    recipe: Recipe = field(default_factory=Recipe)
    roi_names: tuple[str, ...]
    ct: str = "CT"
    pet: str = "PET"
    mr: str = "MR_T2"
    structures: str = "RTSTRUCT.dcm"
    ct_series: str
    pet_series: str
    mr_series: str
    structures_series: str
    frame_of_reference: str
    mr_frame_of_reference: str
    mr_to_ct: tuple[float, ...] = IDENTITY_16
    folder: Path = Path()

    @property
    def tumour(self) -> Tumour:
        """The analytic tumour."""
        return tumour_of(self.seed)

    def true_hrs_on(self, geometry: Geometry) -> NDArray[np.bool_]:
        """Return the high-risk subvolume at the voxel centres of a grid in the CT's frame of reference, (z, y, x)."""
        return self._on(geometry, "is_hrs")

    def true_gtv_on(self, geometry: Geometry) -> NDArray[np.bool_]:
        """Return the primary tumour at the voxel centres of a grid in the CT's frame of reference, (z, y, x)."""
        return self._on(geometry, "is_gtv")

    def true_node_on(self, geometry: Geometry) -> NDArray[np.bool_]:
        """Return the lymph node at the voxel centres of a grid in the CT's frame of reference, (z, y, x)."""
        return self._on(geometry, "is_node")

    def _on(self, geometry: Geometry, question: str) -> NDArray[np.bool_]:
        low, high = self.tumour.box()
        inside = np.zeros(geometry.shape, dtype=np.bool_)
        corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
        index = geometry.to_index(corners)
        start = np.clip(np.floor(index.min(axis=0)).astype(int), 0, geometry.shape[::-1])
        stop = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, 0, geometry.shape[::-1])
        if (stop <= start).any():
            return inside
        affine = geometry.affine.copy()
        affine[:3, 3] = geometry.to_world(start)
        nx, ny, nz = (stop - start).tolist()
        box = tuple(slice(a, b) for a, b in zip(start[::-1], stop[::-1], strict=True))
        inside[box] = getattr(self.tumour, question)(centres_of(Geometry((nz, ny, nx), affine)))
        return inside


def save_truth(truth: PatientTruth, folder: Path) -> None:
    """Write ``truth.json`` into a folder that is being filled."""
    value = to_json(truth)
    del value["folder"]
    (folder / FILE_NAME).write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def read_truth(folder: Path) -> PatientTruth:
    """Read the truth of a patient that was written earlier.

    Raises
    ------
    InputError
        If the folder holds no valid ``truth.json``.
    """
    path = folder / FILE_NAME
    value = read_json_file(path, "truth of the synthetic patient")
    require_schema(value, SCHEMA, f'"{path}"')
    if "folder" in value:
        raise InputError(f'"{path}" has no "folder".')
    return replace(from_json(PatientTruth, value, f'"{path}"'), folder=folder)
