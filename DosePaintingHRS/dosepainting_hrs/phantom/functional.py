"""Functional imaging of the synthetic patient: dynamic FMISO PET, DWI and DCE as DICOM series, with maps of the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..geometry import Geometry
from ..identity import Identity
from ..image import Image, on_grid
from ..parameters import nearest
from ..progress import Progress, part, silent
from ..quantities import ADC, Quantity
from ..storage.volumes import write_volume
from .compartments import LOOKS, compartments_on, looked_up
from .headers import Patient, SeriesOfPatient
from .patient import mr_to_ct_matrix
from .write_dynamic_pet import write_dynamic_pet
from .write_functional_mr import dce_frames, dwi_frames, write_dce, write_dwi, write_enhanced_dwi

PARTS = ("dynamic", "dwi", "dwi-enhanced", "dce")
_CENTRE = np.array([26.0, -10.0, 4.0])
_TRUTH = "truth"


@dataclass(frozen=True, kw_only=True)
class FunctionalOptions:
    """What is written, and how imperfect it is.

    Parameters
    ----------
    parts : sequence of str
        Some of `PARTS`.
    size : {"full", "small"}
        Grids for a demonstration, or for tests.
    seed : int
        What the tumour was drawn from; draws the noise as well.
    noise : float
        Times the usual noise; 0 for none.
    shift_mm : tuple of three float
        How far the patient has moved in DWI and DCE against the anatomical MR, LPS mm.

    Raises
    ------
    ParameterError
        If a part is unknown, or the noise below 0.
    """

    parts: Sequence[str] = PARTS
    size: Literal["full", "small"] = "full"
    seed: int = 1
    noise: float = 1.0
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        for one in self.parts:
            if one not in PARTS:
                raise ParameterError(f'The synthetic patient has no part "{one}".', nearest(one, PARTS))
        if not self.noise >= 0.0:
            raise ParameterError(f"The noise of the synthetic patient must be zero or more, got {self.noise:g}.")


def write_functional(folder: Path, patient: Patient, options: FunctionalOptions, progress: Progress = silent) -> None:
    """Write the chosen parts into the folder of a synthetic patient, and NRRD maps of the truth into ``truth`` beside them.

    Parameters
    ----------
    folder : Path
        The patient's folder; gets ``FMISO``, ``DWI``, ``DWI_enhanced`` and ``DCE`` as chosen.
    patient : Patient
        Whose series they are.
    options : FunctionalOptions
        What, and how.
    progress : callable
        Where to report.
    """
    (folder / _TRUTH).mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(options.parts):
        _WRITE[one](folder, patient, options, part(progress, number / len(options.parts), (number + 1) / len(options.parts)))
    progress(1.0, "Functional imaging written")


def _dynamic(folder: Path, patient: Patient, options: FunctionalOptions, progress: Progress) -> None:
    geometry = _grid((40, 72, 72), (3.0, 3.0, 3.0)) if options.size == "full" else _grid((3, 18, 18), (6.0, 6.0, 10.0))
    series = _series(patient, "PT", "FMISO PET dynamic", 6, "PET/CT", "120000")
    labels = compartments_on(geometry, np.eye(4), options.seed)
    write_dynamic_pet(folder / "FMISO", labels, geometry, series, options.noise, options.seed, progress)
    rates = {kind: look.fmiso.k3 for kind, look in LOOKS.items() if look.fmiso is not None}
    maps: dict[str, tuple[NDArray[Any], Quantity]] = {"compartments": (labels, _LABELS)}
    maps["k3"] = (looked_up(labels, rates), Quantity("k3", "1/min"))
    _save_truth(folder, "FMISO", series, geometry, maps)


def _dwi(folder: Path, patient: Patient, options: FunctionalOptions, progress: Progress) -> None:
    geometry, labels = _mr_labels(options)
    series = _series(patient, "MR", "DWI 9 b-values", 7, "MR", "144000")
    write_dwi(folder / "DWI", dwi_frames(labels, options.noise, options.seed), geometry, series, progress)
    _save_truth(folder, "DWI", series, geometry, _of_diffusion(labels))


def _enhanced(folder: Path, patient: Patient, options: FunctionalOptions, progress: Progress) -> None:
    geometry, labels = _mr_labels(options)
    series = _series(patient, "MR", "DWI 9 b-values enhanced", 8, "MR", "144500")
    progress(0.0, "Writing the enhanced DWI")
    frames: Iterator[Any] = dwi_frames(labels, options.noise, options.seed)
    write_enhanced_dwi(folder / "DWI_enhanced" / "DWI.dcm", frames, geometry, series)
    _save_truth(folder, "DWI_enhanced", series, geometry, _of_diffusion(labels))


def _dce(folder: Path, patient: Patient, options: FunctionalOptions, progress: Progress) -> None:
    shape: tuple[int, int, int] = (16, 96, 96) if options.size == "full" else (2, 24, 24)
    spacing = (1.25, 1.25, 4.0) if options.size == "full" else (5.0, 5.0, 10.0)
    geometry = _mr_grid(shape, spacing)
    labels = compartments_on(geometry, _to_ct(options), options.seed)
    series = _series(patient, "MR", "DCE 150 x 5.4 s", 9, "MR", "145000")
    write_dce(folder / "DCE", dce_frames(labels, options.noise, options.seed), geometry, series, progress)
    maps: dict[str, tuple[NDArray[Any], Quantity]] = {"compartments": (labels, _LABELS)}
    known = {kind: look.dce for kind, look in LOOKS.items() if look.dce is not None}
    for name, unit in (("ktrans", "1/min"), ("ve", "1"), ("vp", "1")):
        values = {kind: float(getattr(one, name)) for kind, one in known.items()}
        maps[name] = (looked_up(labels, values), Quantity("Ktrans" if name == "ktrans" else name, unit))
    _save_truth(folder, "DCE", series, geometry, maps)


_WRITE = {"dynamic": _dynamic, "dwi": _dwi, "dwi-enhanced": _enhanced, "dce": _dce}
_LABELS = Quantity("compartment", "1")


def _mr_labels(options: FunctionalOptions) -> tuple[Geometry, NDArray[np.uint8]]:
    full = options.size == "full"
    geometry = _mr_grid((20, 96, 96), (1.25, 1.25, 3.5)) if full else _mr_grid((5, 32, 32), (4.0, 4.0, 6.0))
    return geometry, compartments_on(geometry, _to_ct(options), options.seed)


def _of_diffusion(labels: NDArray[np.uint8]) -> dict[str, tuple[NDArray[Any], Quantity]]:
    adc = looked_up(labels, {kind: look.adc for kind, look in LOOKS.items()})
    return {"compartments": (labels, _LABELS), "adc": (adc, ADC)}


def _to_ct(options: FunctionalOptions) -> NDArray[np.float64]:
    moved = np.eye(4)
    moved[:3, 3] = -np.array(options.shift_mm)
    return np.asarray(mr_to_ct_matrix() @ moved)


def _grid(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> Geometry:
    return Geometry.from_parts(shape, spacing, _CENTRE - (np.array(shape[::-1]) - 1) / 2 * np.array(spacing))


def _mr_grid(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> Geometry:
    angle = np.radians(6.0)
    direction = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    centre = np.linalg.inv(mr_to_ct_matrix()) @ np.array([*_CENTRE, 1.0])
    half = (np.array(shape[::-1]) - 1) / 2 * np.array(spacing)
    return Geometry.from_parts(shape, spacing, centre[:3] - direction @ half, direction)


def _series(patient: Patient, modality: str, description: str, number: int, frame: str, time: str) -> SeriesOfPatient:  # noqa: PLR0917
    study = {"PET/CT": "FMISO", "MR": "MR"}[frame]
    return SeriesOfPatient(
        patient=patient,
        modality=modality,
        description=description,
        number=number,
        study=study,
        frame=frame,
        study_time=time,
        time=time,
    )


def _save_truth(
    folder: Path, name: str, series: SeriesOfPatient, geometry: Geometry, maps: dict[str, tuple[NDArray[Any], Quantity]]
) -> None:
    patient = series.patient
    identity = Identity.of_patient(
        patient.patient_id,
        patient.name,
        patient.birth_date,
        frame_of_reference=series.frame_uid,
        study=series.study_uid,
        series=(series.series_uid,),
    )
    canonical, stored = on_grid(geometry)
    for key, (values, quantity) in maps.items():
        array = np.ascontiguousarray(stored.axes.apply(values.astype(np.float32)))
        image = Image(
            array=array,
            geometry=canonical,
            stored=stored,
            identity=identity,
            quantity=quantity,
            history=(f"Truth of the synthetic patient: {key} of {series.description}.",),
        )
        write_volume(image, folder / _TRUTH / f"{name}_{key}.nrrd")
