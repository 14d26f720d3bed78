"""Regions of a structure set as masks: identity first, then contours, on the grid of the image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import DosePaintingError, IdentityError
from ..identity import Identity, SamePatient, require_same_frame, require_same_patient
from ..image import Image, Mask, on_grid
from ..progress import Progress, each, silent
from .rasterise import rasterise
from .roi import Roi
from .stack import Stack
from .stacking import kind_in_words
from .structure_set import StructureSet, read_structure_set
from .values import text


@dataclass(frozen=True, kw_only=True, eq=False)
class LoadedRegion:
    """What became of one ROI.

    Parameters
    ----------
    name : str
        ROIName as written.
    number : int
        ROINumber.
    mask : Mask or None
        The region; None when it could not be taken.
    reason : str
        Why it could not be taken; empty when it was.
    remarks : tuple of str
        What is worth telling about it; first, what is lost of it.
    partial : bool
        Whether part of it lies outside the image and is lost.
    """

    name: str
    number: int
    mask: Mask | None = None
    reason: str = ""
    remarks: tuple[str, ...] = ()
    partial: bool = False


def load_region(
    structures: StructureSet | Path,
    roi_name: str,
    image: Stack | Image,
    *,
    fill_gaps: bool = False,
    same: Iterable[SamePatient] = (),
) -> tuple[Mask, tuple[str, ...]]:
    """Rasterise one ROI on the image that it was drawn on.

    Parameters
    ----------
    structures : StructureSet or Path
        The structure set, or its file.
    roi_name : str
        Name, or ``#NUMBER`` (`StructureSet.roi`).
    image : Stack or Image
        DICOM series (headers suffice) or image whose stored grid is filled.
    fill_gaps : bool
        Fill slices between contours by shape interpolation; marked in remarks and history.
    same : iterable of SamePatient
        Declared pairs of patient IDs that are one person.

    Returns
    -------
    Mask
        On the image's grid in canonical order. Its frame of reference is the ROI's; patient, study, series, transforms
        and marks are the image's, because its voxels are those of that series, whatever others the structure set names.
        Patient and study come from the structure set when the image does not know them; a series never does.
    tuple of str
        Remarks to show.

    Raises
    ------
    ParameterError
        If there is no such ROI, or the name is ambiguous.
    IdentityError
        If patient or frame of reference are not those of the image.
    DicomError, InputError
        If the file or the ROI cannot be used (`read_structure_set`, `rasterise`).
    """
    structures = _read(structures)
    patient = _require_patient(structures, image, same)
    return _loaded(structures, structures.roi(roi_name), image, fill_gaps, patient)[:2]


def load_regions(
    structures: StructureSet | Path,
    names: Sequence[str] | None,
    image: Stack | Image,
    *,
    fill_gaps: bool = False,
    same: Iterable[SamePatient] = (),
    progress: Progress = silent,
) -> tuple[LoadedRegion, ...]:
    """Rasterise several ROIs of one structure set; one that cannot be taken does not hinder the others.

    Parameters
    ----------
    names : sequence of str, or None
        ROIs to take; None for all.
    structures, image, fill_gaps, same
        As in `load_region`.
    progress : callable
        Told the share of ROIs done.

    Raises
    ------
    ParameterError
        If a name is unknown or ambiguous.
    IdentityError
        If the patient is another one, or no ROI lies in the image's frame of reference.
    """
    structures = _read(structures)
    patient = _require_patient(structures, image, same)
    chosen = structures.rois if names is None else tuple(dict.fromkeys(structures.roi(name) for name in names))
    loaded: list[LoadedRegion] = []
    foreign: list[IdentityError] = []
    for roi in each(chosen, progress, "Filling contours"):
        try:
            mask, remarks, partial = _loaded(structures, roi, image, fill_gaps, patient)
        except IdentityError as error:
            foreign.append(error)
            loaded.append(LoadedRegion(name=roi.name, number=roi.number, reason=error.message))
        except (DosePaintingError, MemoryError) as error:
            reason = error.message if isinstance(error, DosePaintingError) else "There is not enough memory for its mask."
            loaded.append(LoadedRegion(name=roi.name, number=roi.number, reason=reason))
        else:
            loaded.append(LoadedRegion(name=roi.name, number=roi.number, mask=mask, remarks=remarks, partial=partial))
    if foreign and len(foreign) == len(chosen):
        raise foreign[0]
    return tuple(loaded)


def _read(structures: StructureSet | Path) -> StructureSet:
    return read_structure_set(structures) if isinstance(structures, Path) else structures


def _require_patient(structures: StructureSet, image: Stack | Image, same: Iterable[SamePatient]) -> tuple[str, ...]:
    what = (f'The structure set "{structures.path.name}"', "the image")
    return require_same_patient(structures.identity, image.identity, what=what, same=same)


def _loaded(
    structures: StructureSet, roi: Roi, image: Stack | Image, fill_gaps: bool, patient: tuple[str, ...]
) -> tuple[Mask, tuple[str, ...], bool]:
    own = replace(structures.identity, frame_of_reference=roi.frame_of_reference)
    require_same_frame(own, image.identity, what=(f"{roi}", "the image"))
    grid, stored = (image.geometry, None) if isinstance(image, Stack) else (image.stored.geometry, image.stored)
    result = rasterise(roi, grid, fill_gaps=fill_gaps)
    canonical, order = on_grid(grid) if stored is None else (image.geometry, stored)
    others = (*patient, *structures.remarks, *_image_remarks(structures, roi, image))
    remarks = (*result.lost, *others, *result.remarks[len(result.lost) :])
    step = f'{roi} (number {roi.number}) of structure set "{structures.path.name}" ({structures.sop_instance_uid}) rasterised.'
    mask = Mask(
        array=np.ascontiguousarray(order.axes.apply(result.array)),
        geometry=canonical,
        stored=order,
        identity=_identity(own, image.identity),
        history=(" ".join((step, *result.remarks)),),
        name=roi.name,
    )
    return mask, remarks, bool(result.lost)


def _identity(own: Identity, image: Identity) -> Identity:
    """Give the mask its frame from the contours, and everything else that the image knows from the image."""
    frame = own.frame_of_reference or image.frame_of_reference
    lacks = {
        # Whose contours these are must be said by them, not by the image somebody holds them against.
        "PatientID": not own.patient_id,
        "FrameOfReferenceUID": not own.frame_of_reference and not set(own.series) & set(image.series),
    }
    image = replace(image, gaps=tuple(dict.fromkeys((*image.gaps, *(name for name, lacking in lacks.items() if lacking)))))
    if image.patient_id and image.patient_id != own.patient_id:
        # A pseudonym: the name and birth date that go with one ID must not be mixed with the other.
        return replace(image, frame_of_reference=frame)
    return replace(
        image,
        patient_id=own.patient_id,
        name_hash=image.name_hash or own.name_hash,
        birth_date_hash=image.birth_date_hash or own.birth_date_hash,
        frame_of_reference=frame,
        study=image.study or own.study,
    )


def _image_remarks(structures: StructureSet, roi: Roi, image: Stack | Image) -> list[str]:
    remarks = []
    series = image.identity.series
    kind = f", {kind_in_words(image.first)}" if isinstance(image, Stack) and text(image.first, "Modality") else ""
    if structures.referenced_series and series and not set(series) & set(structures.referenced_series):
        remarks.append(
            f"It was drawn on series {', '.join(structures.referenced_series)}, not on this image ({', '.join(series)}{kind}), "
            "which lies in the same frame of reference."
        )
    elif isinstance(image, Stack):
        own = [contour.sop_instance_uid for contour in roi.contours if contour.sop_instance_uid]
        absent = structures.referenced_sops.union(own) - set(image.sop_instance_uids)
        drawn = sum(uid in absent for uid in own)
        if absent:
            remarks.append(
                f"The structure set names {len(absent)} images that this series lacks; "
                f"{roi} has {drawn} of its contours on them."
            )
    return remarks
