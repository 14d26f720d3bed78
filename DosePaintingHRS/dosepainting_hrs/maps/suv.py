"""Standardised uptake value from a PET series of any scanner, with every step on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..acquisition import PetAcquisition
from ..errors import DicomError, InputError, QuantityError
from ..identity import require_same_frame, require_same_patient
from ..image import Image
from ..progress import Progress, each, silent
from ..quantities import ACTIVITY_CONCENTRATION, SUVS
from ..registry import Map, Slot, register_map
from ..working import Fact, sentences
from .stated_mappings import image_fact
from .suv_conversion import SuvConversion, suv_conversion
from .suv_parameters import SuvParameters


@register_map("suv", schema=2)
class Suv(Map):
    """Standardised uptake value (SUV), normalised to body weight, lean body mass, body surface or ideal weight.

    Takes a PET series as the scanner or other software stored it: Bq/ml, SUV, counts, or counts per second, decay-corrected
    to the scan's start, to the injection, or not at all. A fixed list of conventions is applied where it has to be, and told;
    everything else that the header leaves open is refused in words, with how to supply it by hand.

    Parameters
    ----------
    image : Image, (z, y, x)
        PET with the header values of its series.
    stated : Image, (z, y, x), optional
        SUV of the same PET by other software, on the same grid: compared with ours and told, never taken.

    Returns
    -------
    Image, (z, y, x), g/ml (cm2/ml for body surface), float32

    Raises
    ------
    QuantityError
        If the image holds nothing that SUV can be made from.
    InputError
        If the image comes without the header of its series.
    DicomError
        If the header lacks or contradicts what SUV needs.
    ParameterError
        If a value supplied by hand contradicts the header without a name and a reason.

    Notes
    -----
    SUV = C N / D(t_ref); C in Bq/ml, N the weight (lean mass, ideal weight) in g or the surface in cm2, D in Bq.
    D(t_ref) = D exp(-ln 2 (t_ref - t_injection) / half-life) for voxels that are decay-corrected to the scan's start; the
    reference time is the first of: GE's stated one, the one computed back from FrameReferenceTime, the series', the earliest
    acquisition. Voxels corrected to the injection take D itself, uncorrected ones the mean of D over their own frame.

    Conventions that are applied: a weight over 1000 is grams; a dose from 1 to 10 000 is MBq; an injection time without date
    takes that of the acquisition, or of the day before when it would come after it; sex O takes the mean of both; an
    unnamed SUV in g/ml is by body weight; a private tag without creator counts when Manufacturer names its maker.

    References
    ----------
    Vacha M, Hofheinz F, Braune A, Loeck S, Zwanenburg A (2026), Comprehensive manual for SUV computation and digital
    reference objects for its verification, https://github.com/oncoray/suv_computation.

    Zasadny KR, Wahl RL (1993), Standardized uptake values of normal tissues at PET with 2-[fluorine-18]-fluoro-2-deoxy-
    D-glucose, Radiology 189:847-850, doi:10.1148/radiology.189.3.8234714.
    """

    inputs = (
        Slot("image", "image", "PET series to make SUV from.", roles=("PET",)),
        Slot("stated", "image", "SUV of the same PET by other software, to compare with.", optional=True),
    )
    migrations: ClassVar[Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {1: dict}
    parameters: SuvParameters

    def compute(self, image: Image, stated: Image | None = None, progress: Progress = silent) -> Image:
        """Return the SUV map; its history and `working` say how the factors came about."""
        acquisition = _acquisition_of(image)
        found = suv_conversion(acquisition, self.parameters, image.geometry.voxel_volume_ml)
        if stated is not None:
            _require_comparable(image, stated)
        uptake, total = _applied(image, found, progress)
        known = {one.text for one in found.facts}
        loaded = [one for one in image.working if one.warns and one.text not in known]
        facts = [*loaded, *found.facts, found.check(total * image.geometry.voxel_volume_ml)]
        made = image.derived(uptake, found.quantity, f"Made {found.quantity.name} from {image.quantity}.")
        if stated is not None:
            facts.append(image_fact(made, stated))
        return _on_record(made, found, facts)


def _acquisition_of(image: Image) -> PetAcquisition:
    if image.acquisition is not None:
        return image.acquisition
    if image.quantity in SUVS:
        raise QuantityError(
            f"The image holds {image.quantity.name} already; a PET series, in Bq/ml say, is needed.",
            "Use it as a map as it is.",
        )
    if image.quantity != ACTIVITY_CONCENTRATION:
        raise QuantityError(
            f"SUV is made from a PET series, but the image holds {image.quantity}.",
            "Give the DICOM folder of a PET: inspect FOLDER lists all series with their roles.",
        )
    raise InputError(
        "The image comes without the header of its PET series, so weight, dose and times are not known.",
        "Give the DICOM folder of the series instead of a converted file.",
    )


def _require_comparable(image: Image, stated: Image) -> None:
    what = ("The SUV image to compare with", "the PET")
    require_same_patient(stated.identity, image.identity, what=what)
    require_same_frame(stated.identity, image.identity, what=what)
    stated.require_same_grid(image, what=what)
    stated.require(*SUVS)


def _applied(image: Image, found: SuvConversion, progress: Progress) -> tuple[NDArray[np.float32], float]:
    """Return SUV, and its sum over all voxels that have a value."""
    uptake = np.empty(image.array.shape, dtype=np.float32)
    total = 0.0
    factors = _planes(image, found.factors)
    for number in each(range(len(uptake)), progress, "Making SUV"):
        plane = image.array[number] * next(factors)
        uptake[number] = plane
        total += float(np.nansum(plane))
    return uptake, total


def _planes(image: Image, factors: NDArray[np.float64]) -> Iterator[NDArray[np.float64] | float]:
    """Give the factor of each canonical plane; an array where the stored slices do not lie along it."""
    shape = image.stored.geometry.shape
    if len(factors) != shape[0]:
        raise DicomError(
            f"The header describes {len(factors)} slices, but the image has {shape[0]}.",
            "Give the DICOM folder of the series.",
        )
    if (factors == factors[0]).all():
        yield from (float(factors[0]) for _ in range(image.array.shape[0]))
        return
    yield from image.stored.axes.apply(np.broadcast_to(factors[:, None, None], shape))


def _on_record(made: Image, found: SuvConversion, facts: list[Fact]) -> Image:
    identity = replace(made.identity, supplied=(*made.identity.supplied, *found.supplied))
    told = sentences(facts)
    before = tuple(one for one in made.history if one not in told)  # Of the reconstruction, the series says the same.
    return replace(made, identity=identity, history=(*before, *told), working=tuple(facts))
