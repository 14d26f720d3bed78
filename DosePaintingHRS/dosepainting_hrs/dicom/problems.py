"""What is wrong with a series, and what is worth knowing about it, in words."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom import Dataset

from ..errors import DicomError, IdentityError
from ..image_frames import times_in_words
from .adc_scale import adc_scale
from .frame_order import order_frames
from .frame_times import frame_infos
from .frame_types import two_frame_types
from .layout import Layout
from .lossy import lossy_compression
from .role import Role
from .values import items, number, text, texts

_EVERY_IMAGE = ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID")
_NEEDED = {
    "CT": ("RescaleSlope", "RescaleIntercept", "PatientPosition"),
    "PT": ("Units", "DecayCorrection", "CorrectedImage", "RescaleSlope", "SeriesDate", "SeriesTime", "AcquisitionTime"),
    "MR": (),
}
_SEVERAL_IMAGES_ARE_NORMAL = frozenset((Role.DYNAMIC_PET, Role.DCE, Role.DWI))
_NO_VOLUME = frozenset((Role.LOCALIZER, Role.OTHER))
"""Screen captures, projections and localizers need no grid and no quantity."""
_DISTORTION = {
    "DIS2D": "corrected for gradient distortion within the slice (DIS2D)",
    "DIS3D": "corrected for gradient distortion in three dimensions (DIS3D)",
    "ND": "not corrected for gradient distortion (ND)",
}


def problems_of(headers: Sequence[Dataset], layout: Layout | None, role: Role) -> tuple[str, ...]:
    """Return what is wrong with a series, one sentence each, geometry first.

    Parameters
    ----------
    headers : sequence of Dataset
        Headers of the series.
    layout : Layout or None
        How its slices lie; None for what is no image series.
    role : Role
        What the series is; several images per position are no problem for DWI, DCE and dynamic PET.
    """
    found: list[str] = []
    if layout is not None and role in _NO_VOLUME:
        found += [flaw.message for flaw in layout.flaws if isinstance(flaw, IdentityError)]
    elif layout is not None:
        found += [flaw.message for flaw in layout.flaws]
        expected = role in _SEVERAL_IMAGES_ARE_NORMAL and layout.repeats > 1
        if layout.repeated is not None and not expected:
            found.append(layout.repeated.message)
    lossy = lossy_compression(headers)
    found += [lossy] if lossy else []
    if layout is not None and role is Role.ADC:
        found += _of_map(headers)
    if layout is not None and role not in _NO_VOLUME:
        found += _missing(headers)
    return tuple(found)


def remarks_of(headers: Sequence[Dataset], layout: Layout | None, role: Role) -> tuple[str, ...]:
    """Return what is worth knowing about a series and hinders nothing, one sentence each."""
    found = list(layout.remarks) if layout is not None else []
    header = headers[0]
    modality = text(header, "Modality")
    if modality == "MR":
        corrected = [_DISTORTION[kind] for kind in texts(header, "ImageType") if kind in _DISTORTION]
        found += [f"The images are {words}." for words in corrected]
        if role in {Role.DWI, Role.ADC} and "EP" in texts(header, "ScanningSequence"):
            found.append(
                "Diffusion images by EPI stay distorted against T2, whatever the scanner's correction: check the match."
            )
        if text(header, "ContrastBolusAgent") and role is not Role.DCE:
            found.append(f"Contrast agent: {text(header, 'ContrastBolusAgent')}.")
    if modality == "PT" and text(header, "ReconstructionMethod"):
        found.append(f"Reconstruction: {text(header, 'ReconstructionMethod')}.")
    return tuple(found)


def frames_of(headers: Sequence[Dataset], layout: Layout | None, role: Role) -> tuple[str, tuple[str, ...]]:
    """Return the frames of a dynamic or diffusion series in words, and what is wrong with them."""
    if layout is None or layout.repeated is None or role not in _SEVERAL_IMAGES_ARE_NORMAL:
        return "", ()
    try:
        order = order_frames(headers, layout.places)
        infos, _, _ = frame_infos([[headers[index] for index in row] for row in order.frames])
    except DicomError as error:
        return "", (error.message,)
    return times_in_words(infos), ()


def _of_map(headers: Sequence[Dataset]) -> list[str]:
    """Say what hinders reading an ADC map with its scale; that no tag gives one is told when its values are looked at."""
    mixed = two_frame_types(headers)
    try:
        adc_scale(headers, [(1.0, 0.0)] * len(headers))
    except DicomError as error:
        return [error.message]
    return [] if mixed is None else [mixed.message]


def _missing(headers: Sequence[Dataset]) -> list[str]:
    header = headers[0]
    modality = text(header, "Modality")
    wanted = [tag for tag in (*_EVERY_IMAGE, *_NEEDED.get(modality, ())) if not text(header, tag)]
    found = [f"{_listed(wanted)} {'is' if len(wanted) == 1 else 'are'} missing."] if wanted else []
    if "RescaleSlope" not in wanted and "RescaleSlope" in _NEEDED.get(modality, ()):
        without = sum(number(one, "RescaleSlope") is None for one in headers)
        found += [f"RescaleSlope is missing or malformed in {without} of {len(headers)} slices."] if without else []
    return found + (_missing_for_suv(header) if modality == "PT" else [])


def _missing_for_suv(header: Dataset) -> list[str]:
    found = []
    units = text(header, "Units")
    tracers = items(header, "RadiopharmaceuticalInformationSequence")
    tracer = tracers[0] if tracers else Dataset()
    wanted = ["PatientWeight (patient's weight)"] if not number(header, "PatientWeight") else []
    wanted += ["RadionuclideTotalDose (injected activity)"] if not number(tracer, "RadionuclideTotalDose") else []
    wanted += ["RadionuclideHalfLife"] if not number(tracer, "RadionuclideHalfLife") else []
    if not text(tracer, "RadiopharmaceuticalStartDateTime") and not text(tracer, "RadiopharmaceuticalStartTime"):
        wanted.append("RadiopharmaceuticalStartTime (time of injection)")
    if wanted and units != "GML":
        found.append(f"{_listed(wanted)} {'is' if len(wanted) == 1 else 'are'} missing, so SUV cannot be computed.")
    corrections = texts(header, "CorrectedImage")
    if corrections and "ATTN" not in corrections:
        found.append("CorrectedImage does not list ATTN: the images are not corrected for attenuation.")
    return found


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
