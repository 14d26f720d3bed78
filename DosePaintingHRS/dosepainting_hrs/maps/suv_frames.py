"""SUV of every frame of a dynamic PET, each with its own decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..acquisition import PetAcquisition
from ..errors import InputError, QuantityError
from ..image_frames import Frames
from ..progress import Progress, each, silent
from ..quantities import ACTIVITY_CONCENTRATION, SUVS
from ..registry import Map, Slot, register_map
from ..working import CHECK, Fact, sentences
from .dynamic_header import as_dynamic, together
from .suv_conversion import SuvConversion, suv_conversion
from .suv_parameters import SuvParameters


@register_map("suv-frames", schema=1)
class SuvFrames(Map):
    """Standardised uptake value (SUV) of every frame of a dynamic PET.

    Times, dose and conventions are those of ``suv``. Frames that are decay-corrected to one moment share one factor; frames
    that are not corrected, or that come as series of their own with times of their own, have each its own.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Dynamic PET with the header values of its series.

    Returns
    -------
    Frames, (t, z, y, x), g/ml (cm2/ml for body surface), float32

    Raises
    ------
    QuantityError
        If the frames hold nothing that SUV can be made from.
    InputError
        If the frames come without the header of their series.
    DicomError
        If the header lacks or contradicts what SUV needs.
    ParameterError
        If a value supplied by hand contradicts the header without a name and a reason.

    Notes
    -----
    The activity in the field of view is compared with what is left of the injection in every frame, and refused when over
    110 % in the median frame: single short frames are noisy.

    References
    ----------
    Vacha M, Hofheinz F, Braune A, Loeck S, Zwanenburg A (2026), Comprehensive manual for SUV computation and digital
    reference objects for its verification, https://github.com/oncoray/suv_computation.

    Boeke S et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging cluster to predict radiation
    resistance in preclinical head and neck cancer models, Eur J Nucl Med Mol Imaging, methods: SUV by body weight
    in every frame.
    """

    inputs: ClassVar[tuple[Slot, ...]] = (Slot("frames", "frames", "Dynamic PET to make SUV from.", roles=("dynamic PET",)),)

    parameters: SuvParameters

    def compute(self, frames: Frames, progress: Progress = silent) -> Frames:
        """Return SUV frame by frame; history and `working` say how the factors came about."""
        acquisitions = _acquisitions_of(frames)
        found, factors = _conversions(acquisitions, self.parameters, frames)
        uptake, totals = _applied(frames, factors, progress)
        shares = np.array(totals) * frames.geometry.voxel_volume_ml
        facts = [*found.facts, _checked(found, shares)]
        made = frames.derived(uptake, found.quantity, f"Made {found.quantity.name} of {len(frames)} frames.")
        identity = replace(made.identity, supplied=(*made.identity.supplied, *found.supplied))
        return replace(made, identity=identity, history=(*made.history, *sentences(facts)), working=tuple(facts))


def _acquisitions_of(frames: Frames) -> list[PetAcquisition]:
    found = [one.acquisition for one in frames.infos if one.acquisition is not None]
    if len(found) == len(frames):
        return found
    if frames.quantity in SUVS:
        raise QuantityError(f"The frames hold {frames.quantity.name} already.", "Use them as they are.")
    if frames.quantity != ACTIVITY_CONCENTRATION:
        raise QuantityError(
            f"SUV is made from a dynamic PET, but the frames hold {frames.quantity}.",
            "Give the DICOM folder of a dynamic PET: inspect FOLDER lists all series with their roles.",
        )
    raise InputError(
        f"{len(frames) - len(found)} of {len(frames)} frames come without the header of their PET series, so weight, dose and "
        "times are not known.",
        "Give the DICOM folder of the series instead of a converted file.",
    )


def _conversions(
    acquisitions: Sequence[PetAcquisition], chosen: SuvParameters, frames: Frames
) -> tuple[SuvConversion, NDArray[np.float64]]:
    """Return how SUV is made, and the factors (t, slices)."""
    voxel_ml = frames.geometry.voxel_volume_ml
    if len({one.series_start for one in acquisitions}) == 1:
        found = suv_conversion(together(acquisitions), chosen, voxel_ml)
        return found, found.factors.reshape(len(acquisitions), -1)
    each_own = [suv_conversion(as_dynamic(one), chosen, voxel_ml) for one in acquisitions]
    factors = np.array([one.factors for one in each_own])
    told = Fact(
        kind=each_own[0].facts[0].kind,
        text=(
            f"The {len(acquisitions)} frames are series with times of their own: each was converted by its own header "
            f"(factors {factors.min():.6g} to {factors.max():.6g}). Of the first frame:"
        ),
        factor=float(factors.mean()),
    )
    warned = [fact for one in each_own[1:] for fact in one.facts if fact.warns]
    return replace(each_own[0], facts=(told, *each_own[0].facts, *dict.fromkeys(warned))), factors


def _applied(frames: Frames, factors: NDArray[np.float64], progress: Progress) -> tuple[NDArray[np.float32], list[float]]:
    """Return SUV, and its sum over the voxels of each frame that have a value."""
    from ..kernels.scaled import scale_into  # noqa: PLC0415  (slow to import)

    uptake = np.empty(frames.array.shape, dtype=np.float32)
    totals = []
    shape = frames.stored.geometry.shape
    for number in each(range(len(frames)), progress, "Making SUV"):
        frame = frames.array[number]
        if (factors[number] == factors[number, 0]).all() and frame.flags.c_contiguous:
            totals.append(scale_into(frame.reshape(-1), float(factors[number, 0]), uptake[number].reshape(-1)))
            continue
        own = frames.stored.axes.apply(np.broadcast_to(factors[number][:, None, None], shape))
        values = np.multiply(frame, own, dtype=np.float64)
        uptake[number] = values
        totals.append(float(np.nansum(values)))
    return uptake, totals


def _checked(found: SuvConversion, shares: NDArray[np.float64]) -> Fact:
    fact = found.check(float(np.median(shares)))
    if fact.value is None:
        return fact
    largest = int(shares.argmax())
    percent = fact.value * shares[largest] / np.median(shares) if np.median(shares) else 0.0
    text = f"{fact.text[:-1]}: that is the median frame; most is in frame {largest + 1} of {len(shares)}, {percent:.1f} %."
    return Fact(kind=CHECK, text=text, value=fact.value, unit="%")


def in_suv(frames: Frames) -> Frames:
    """Return frames in SUV by body weight; those that hold an SUV already stay as they are.

    Raises
    ------
    QuantityError, InputError, DicomError
        As `SuvFrames`, for frames that it takes.
    """
    return frames if frames.quantity in SUVS else SuvFrames(SuvParameters()).compute(frames)
