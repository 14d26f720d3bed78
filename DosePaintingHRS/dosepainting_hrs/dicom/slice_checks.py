"""What every slice of a series must be and must share with the others, before positions are looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydicom import Dataset

from ..errors import DicomError, DosePaintingError, IdentityError
from ..identity import require_same_patient
from .patient import identity_of, patient_in_words
from .values import has, number, numbers, raw_text, text, whole

GRID_TAGS = ("Rows", "Columns", "PixelSpacing", "ImageOrientationPatient", "ImagePositionPatient")
_SHARED_TAGS = (
    *GRID_TAGS[:4],
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "FrameOfReferenceUID",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
)
_LENGTHS = {"PixelSpacing": 2, "ImageOrientationPatient": 6, "ImagePositionPatient": 3}
_COSINE_TOLERANCE = 1e-4
"""Direction cosines that differ less are one orientation: 0.03 mm at the rim of a 512 mm slice."""
_SPACING_TOLERANCE = 1e-4


def matrix_of(header: Dataset) -> tuple[int, int]:
    """Return (Rows, Columns); 0 for what is missing."""
    return whole(header, "Rows") or 0, whole(header, "Columns") or 0


def distinct_headers(headers: Sequence[Dataset]) -> list[Dataset]:
    """Return one header for each distinct combination of what slices should share; usually there is one."""
    return list({tuple(raw_text(header, tag) for tag in _SHARED_TAGS): header for header in headers}.values())


def not_a_plain_slice(kinds: Sequence[Dataset]) -> DosePaintingError | None:
    """Find multi-frame (enhanced) and colour objects among `distinct_headers`."""
    for header in kinds:
        frames = number(header, "NumberOfFrames") or 1
        if frames > 1 or has(header, "SharedFunctionalGroupsSequence"):
            return DicomError(
                f"The series is a multi-frame object ({_class_in_words(header)}, {frames:.0f} frames), "
                "which is not supported; one file per slice is needed.",
                "Export it as single-frame images from the scanner or PACS, or convert it with dcm4che's emf2sf.",
            )
    for header in kinds:
        samples, colour = whole(header, "SamplesPerPixel") or 1, text(header, "PhotometricInterpretation")
        if samples != 1 or (colour and not colour.startswith("MONOCHROME")):
            return DicomError(
                f'The series holds colour images ("{colour}", {samples} samples per pixel); grey-scale slices are needed.',
                "Choose the series with the original images, not a screen capture or fused display.",
            )
    return None


def mixed_identity(kinds: Sequence[Dataset]) -> tuple[DosePaintingError | None, DosePaintingError | None]:
    """Find two patients, and two frames of reference, among `distinct_headers`."""
    return _two_patients(kinds), _two_frames(kinds)


def _two_patients(kinds: Sequence[Dataset]) -> DosePaintingError | None:
    first = identity_of(kinds[0])
    for header in kinds[1:]:
        try:
            require_same_patient(first, identity_of(header), what=("A slice", "another slice"))
        except IdentityError:
            return IdentityError(
                f"The series mixes two patients: {patient_in_words(kinds[0])} and {patient_in_words(header)}.",
                "Find out which slices belong to whom, and separate them.",
            )
    return None


def _two_frames(kinds: Sequence[Dataset]) -> DosePaintingError | None:
    frames = sorted({text(header, "FrameOfReferenceUID") for header in kinds} - {""})
    if len(frames) < 2:
        return None
    return IdentityError(
        f"The series mixes {len(frames)} frames of reference: {' and '.join(frames[:2])}.",
        "The patient may have been moved between the acquisitions; export them as separate series.",
    )


def missing_tags(headers: Sequence[Dataset], kinds: Sequence[Dataset]) -> DosePaintingError | None:
    """Find what a grid needs and a slice lacks or has malformed; `kinds` are the `distinct_headers` of all."""
    for tag in GRID_TAGS:
        looked_at = headers if tag == "ImagePositionPatient" else kinds
        if any(_is_bad(header, tag) for header in looked_at):
            lacking = sum(_is_bad(header, tag) for header in headers)
            of = f"{lacking} of {len(headers)} slices" if lacking < len(headers) else "every slice"
            return DicomError(f"{tag} is missing or malformed in {of}.", "Export the series again from its source.")
    if any(min(numbers(header, "PixelSpacing")) <= 0 for header in kinds):
        return DicomError("PixelSpacing is zero or negative.", "Export the series again from its source.")
    return None


def differing_slices(kinds: Sequence[Dataset]) -> list[DosePaintingError]:
    """Find another matrix, pixel spacing or orientation among `distinct_headers`; expects that no tag is missing."""
    flaws: list[DosePaintingError] = []
    hint = "Two acquisitions may be mixed in one series; export them separately."
    matrices = sorted({matrix_of(header) for header in kinds})
    if len(matrices) > 1:
        told = " and ".join(f"{columns} x {rows}" for rows, columns in matrices[:3])
        flaws.append(DicomError(f"The slices differ in matrix: {told} pixels.", hint))
    spacings = np.array([numbers(header, "PixelSpacing") for header in kinds])
    if (np.ptp(spacings, axis=0) > _SPACING_TOLERANCE * spacings[0]).any():
        told = " and ".join(sorted({f"{x:.6g} x {y:.6g}" for y, x in spacings})[:3])
        flaws.append(DicomError(f"The slices differ in pixel spacing: {told} mm.", hint))
    cosines = np.array([numbers(header, "ImageOrientationPatient") for header in kinds])
    away = np.abs(cosines - cosines[0]).max(axis=1)
    if away.max() > _COSINE_TOLERANCE:
        told = " and ".join(_cosines_in_words(one) for one in (cosines[0], cosines[away.argmax()]))
        flaws.append(DicomError(f"The slices have mixed orientations: {told}.", hint))
    row, column = cosines[0, :3], cosines[0, 3:]
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    if (np.abs(lengths - 1) > 1e-3).any() or abs(row @ column) > 1e-3:
        told = _cosines_in_words(cosines[0])
        flaws.append(
            DicomError(
                f"ImageOrientationPatient {told} is not a pair of unit vectors at right angles.",
                "Export the series again from its source.",
            )
        )
    return flaws


def _is_bad(header: Dataset, tag: str) -> bool:
    wanted = _LENGTHS.get(tag)
    return not whole(header, tag) if wanted is None else len(numbers(header, tag)) != wanted


def _cosines_in_words(cosines: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    return "(" + ", ".join(f"{value:.4g}" for value in cosines) + ")"


def _class_in_words(header: Dataset) -> str:
    name = getattr(header.get("SOPClassUID"), "name", "") or "unknown class"
    return str(name).removesuffix(" Storage")
