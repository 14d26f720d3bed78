"""Whose image a header belongs to."""

from __future__ import annotations

from pydicom import Dataset

from ..identity import Identity
from .values import text


def identity_of(header: Dataset) -> Identity:
    """Return patient, frame of reference, study and series of a header.

    Parameters
    ----------
    header : Dataset
        Header of any DICOM object.

    Returns
    -------
    Identity
        What is missing in the header stays empty.
    """
    series = text(header, "SeriesInstanceUID")
    return Identity.of_patient(
        text(header, "PatientID"),
        text(header, "PatientName"),
        text(header, "PatientBirthDate"),
        frame_of_reference=text(header, "FrameOfReferenceUID"),
        study=text(header, "StudyInstanceUID"),
        series=(series,) if series else (),
    )


def patient_in_words(header: Dataset) -> str:
    """Return the patient as a sentence names one: ``Doe^Jane (ID "P1", born 19600101)``; unknown parts are said."""
    name = text(header, "PatientName") or "no name"
    born = text(header, "PatientBirthDate")
    return f'{name} (ID "{text(header, "PatientID")}", {f"born {born}" if born else "no birth date"})'
