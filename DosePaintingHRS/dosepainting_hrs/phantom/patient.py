"""Writes the synthetic head-and-neck patient: planning CT, FDG PET, oblique T2 and structure set, with known truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..geometry import Geometry
from ..progress import Progress, part, silent
from ..storage.atomic import new_folder
from .anatomy import paint_patient
from .headers import Patient, SeriesOfPatient
from .regions import regions_of
from .tissues import PROPERTIES, Tissue
from .truth import PatientTruth, SuvLevels, save_truth
from .tumour import CORE_SUV, NECROSIS_SUV, NODE_SUV, PRIMARY_SUV, RIM_SUV, tumour_of, volumes_ml
from .uptake import Injection, finer, scanned, true_uptake
from .write_ct import write_ct
from .write_mr import t2_image, write_mr
from .write_pet import write_pet
from .write_structures import write_structures

Size = Literal["full", "small"]
_MR_CENTRE = np.array([2.0, -8.0, -2.0])


@dataclass(frozen=True)
class _Grids:
    """Grids of one variant: CT, PET and MR, the MR in its own frame of reference."""

    ct: Geometry
    pet: Geometry
    mr: Geometry


def write_patient(
    folder: Path,
    *,
    size: Size = "full",
    seed: int = 1,
    patient_id: str = "PHANTOM-HN-1",
    patient_name: str = "Phantom^HeadNeck",
    birth_date: str = "19600101",
    progress: Progress = silent,
) -> PatientTruth:
    """Write a synthetic head-and-neck patient as DICOM series with known truth.

    Parameters
    ----------
    folder : Path
        New or empty folder; gets ``CT``, ``PET``, ``MR_T2``, ``RTSTRUCT.dcm`` and ``truth.json``.
    size : {"full", "small"}
        A CT of 512 x 512 x 120 voxels from vertex to shoulders, or one of 128 x 128 x 40 round the tumour.
    seed : int
        Zero or more; draws tumour, warp and noise. One seed gives the same values and UIDs on every run.
    patient_id, patient_name, birth_date : str
        As DICOM has them.
    progress : callable
        Where to report; raises ``Cancelled`` to stop, and nothing is left behind.

    Returns
    -------
    PatientTruth
        Where the files are and what is true of the patient.

    Raises
    ------
    ParameterError
        If the size is unknown or the seed negative.
    OutputError
        If the folder exists and is not empty, or cannot be written.
    """
    if size not in ("full", "small"):
        raise ParameterError(f'The size of the synthetic patient is "full" or "small", got "{size}".')
    if seed < 0:
        raise ParameterError(f"The seed of the synthetic patient must be zero or more, got {seed}.")
    patient = Patient(patient_id=patient_id, name=patient_name, birth_date=birth_date, seed=seed, size=size)
    ct, pet, mr, structures = _series_of(patient)
    grids, injection = _grids_of(size), Injection()
    truth = _truth_of(patient, (ct, pet, mr, structures))
    with new_folder(folder) as target:
        labels = paint_patient(grids.ct, seed, progress=part(progress, 0.0, 0.25))
        regions = regions_of(labels, grids.ct, truth)
        write_ct(target / truth.ct, labels, grids.ct, ct, weight_kg=injection.weight_kg, progress=part(progress, 0.25, 0.5))
        write_structures(
            target / truth.structures,
            regions,
            grids.ct,
            ct,
            structures,
            weight_kg=injection.weight_kg,
            progress=part(progress, 0.5, 0.6),
        )
        del labels
        image = _pet_image(grids.pet, seed, part(progress, 0.6, 0.75))
        write_pet(target / truth.pet, image, grids.pet, pet, injection=injection, progress=part(progress, 0.75, 0.85))
        image = _mr_image(grids.mr, seed, part(progress, 0.85, 0.95))
        write_mr(target / truth.mr, image, grids.mr, mr, weight_kg=injection.weight_kg, progress=part(progress, 0.95, 1.0))
        save_truth(truth, target)
    return replace(truth, folder=folder)


def _pet_image(geometry: Geometry, seed: int, progress: Progress) -> NDArray[np.float32]:
    random = np.random.default_rng([seed, 4])
    grid = finer(geometry)
    labels = paint_patient(grid, seed, couch=False, progress=progress)
    return scanned(true_uptake(labels, grid, tumour_of(seed), random), geometry, random)


def _mr_image(geometry: Geometry, seed: int, progress: Progress) -> NDArray[np.float32]:
    mr_to_ct = mr_to_ct_matrix()
    corners = geometry.corners() @ mr_to_ct[:3, :3].T + mr_to_ct[:3, 3]
    dx, dy, dz = geometry.spacing
    spacing = np.array([max(1.0, dx / 1.2), max(1.0, dy / 1.2), dz / 2.4])
    low, high = corners.min(axis=0) - 4.0, corners.max(axis=0) + 4.0
    nx, ny, nz = (np.ceil((high - low) / spacing).astype(int) + 1).tolist()
    painted = Geometry.from_parts((nz, ny, nx), spacing, low)
    labels = paint_patient(painted, seed, couch=False, progress=progress)
    return t2_image(labels, painted, geometry, mr_to_ct, seed)


def mr_to_ct_matrix() -> NDArray[np.float64]:
    """Return how the patient lay in the MR scanner: maps LPS mm of the MR's frame to LPS mm of the CT's."""
    matrix = np.eye(4)
    matrix[:3, :3] = _turn(0, 2.0) @ _turn(2, -1.5)
    matrix[:3, 3] = (3.0, -5.0, 8.0)
    return matrix


def _turn(axis: int, degrees: float) -> NDArray[np.float64]:
    a, b = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[a, a] = matrix[b, b] = np.cos(np.radians(degrees))
    matrix[b, a] = np.sin(np.radians(degrees))
    matrix[a, b] = -matrix[b, a]
    return matrix


def _grids_of(size: Size) -> _Grids:
    if size == "full":
        ct = Geometry.from_parts((120, 512, 512), (0.9765625, 0.9765625, 3.0), (-249.51, -235.51, -150.0))
        pet = Geometry.from_parts((110, 128, 128), (4.07283, 4.07283, 3.27), (-259.8, -251.3, -171.4))
        return _Grids(ct, pet, _mr_grid((36, 320, 320), (0.75, 0.75, 3.5)))
    ct = Geometry.from_parts((40, 128, 128), (2.5, 2.5, 4.0), (-158.75, -148.75, -80.0))
    pet = Geometry.from_parts((50, 80, 80), (4.07283, 4.07283, 3.27), (-161.3, -157.9, -92.4))
    return _Grids(ct, pet, _mr_grid((20, 128, 128), (1.75, 1.75, 5.0)))


def _mr_grid(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> Geometry:
    direction = _turn(0, 9.0) @ _turn(1, 8.0)
    centre = np.linalg.inv(mr_to_ct_matrix()) @ np.array([*_MR_CENTRE, 1.0])
    half = (np.array(shape[::-1]) - 1) / 2 * np.array(spacing)
    return Geometry.from_parts(shape, spacing, centre[:3] - direction @ half, direction)


def _series_of(patient: Patient) -> tuple[SeriesOfPatient, SeriesOfPatient, SeriesOfPatient, SeriesOfPatient]:
    pet_ct: dict[str, Any] = {"patient": patient, "study": "PET/CT", "frame": "PET/CT", "study_time": "105000"}
    return (
        SeriesOfPatient(modality="CT", description="Planning CT", number=2, time="105500", **pet_ct),
        SeriesOfPatient(modality="PT", description="FDG PET AC", number=3, time="110000", **pet_ct),
        SeriesOfPatient(
            patient=patient,
            modality="MR",
            description="T2 TSE",
            number=4,
            study="MR",
            frame="MR",
            study_time="142000",
            time="143000",
        ),
        SeriesOfPatient(modality="RTSTRUCT", description="Structures", number=5, time="120000", **pet_ct),
    )


def _truth_of(patient: Patient, series: tuple[SeriesOfPatient, ...]) -> PatientTruth:
    ct, pet, mr, structures = series
    gtv_ml, hrs_ml, node_ml = volumes_ml(patient.seed)
    levels = SuvLevels(
        primary=PRIMARY_SUV,
        hrs_rim=RIM_SUV,
        hrs_core=CORE_SUV,
        node=NODE_SUV,
        necrosis=NECROSIS_SUV,
        muscle=PROPERTIES[Tissue.MUSCLE].suv,
    )
    return PatientTruth(
        size=patient.size,
        seed=patient.seed,
        patient_id=patient.patient_id,
        patient_name=patient.name,
        birth_date=patient.birth_date,
        gtv_ml=gtv_ml,
        hrs_ml=hrs_ml,
        node_ml=node_ml,
        suv=levels,
        roi_names=("GTVp", "GTVn", "Muscle", "SpinalCord", "BODY"),
        ct_series=ct.series_uid,
        pet_series=pet.series_uid,
        mr_series=mr.series_uid,
        structures_series=structures.series_uid,
        frame_of_reference=ct.frame_uid,
        mr_frame_of_reference=mr.frame_uid,
        mr_to_ct=tuple(float(value) for value in mr_to_ct_matrix().ravel()),
    )
