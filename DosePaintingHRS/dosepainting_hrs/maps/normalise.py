"""Normalised values of any image: z-scores, percentiles, or a fixed window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ParameterError, QuantityError
from ..identity import combined, require_same_frame, require_same_patient
from ..image import Image, Mask
from ..parameters import Field, Parameters, Preset
from ..progress import Progress, silent
from ..quantities import HOUNSFIELD, Quantity
from ..reconstruction import steps_of_region
from ..registry import Map, Slot, register_map
from ..working import INPUT, Fact, sentences

_KUTNAR = "Kutnar D et al. (2023), Prediction of post-radiotherapy recurrence volumes in head and neck, methods, preprocessing"


class Scale(Enum):
    """How values are normalised."""

    Z_SCORE = "z-score"
    PERCENTILE = "percentile"
    WINDOW = "window"


@dataclass(frozen=True, kw_only=True)
class NormaliseParameters(Parameters):
    """How values are normalised, and to which range."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset("z-score", {"scale": "z-score"}, f"{_KUTNAR}: PET as z-scores of each patient"),
        Preset(
            "Kutnar 2023 CT",
            {"scale": "window", "low": -1024.0, "high": 1024.0, "to_low": -1.0, "to_high": 1.0},
            f"{_KUTNAR}: CT clipped to -1024 to 1024 HU and mapped to -1 to 1",
        ),
        Preset("Kutnar 2023 PET", {"scale": "z-score"}, f"{_KUTNAR}: PET as z-scores of each patient"),
    )

    scale: Annotated[
        Scale,
        Field(
            help=(
                "z-score: distance from the mean in standard deviations; percentile: from the low percentile to the high one, "
                "clipped; window: from the low value to the high one, clipped."
            )
        ),
    ]
    low: Annotated[float | None, Field(help="Low end: a percentile, or a value of the image.", unit="unit of the map")] = None
    high: Annotated[float | None, Field(help="High end: a percentile, or a value of the image.", unit="unit of the map")] = None
    to_low: Annotated[float, Field(help="What the low end becomes.", unit="1")] = 0.0
    to_high: Annotated[float, Field(help="What the high end becomes.", unit="1")] = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        ends = (self.low, self.high)
        if self.scale is Scale.Z_SCORE:
            if ends != (None, None):
                raise ParameterError("A z-score has no low and high end.", "Leave out low and high.")
            return
        if self.low is None or self.high is None:
            raise ParameterError(
                f'The scale "{self.scale.value}" asks for "low" and "high".', "Percentiles, 1 and 99 for example, or values."
            )
        if not self.low < self.high:
            raise ParameterError(f'Parameter "low" is {self.low:g}, which is not below "high", {self.high:g}.')
        if self.to_low == self.to_high:
            raise ParameterError(f'Parameters "to_low" and "to_high" are both {self.to_low:g}; nothing would be left.')
        if self.scale is Scale.PERCENTILE and not (self.low >= 0 and self.high <= 100):
            raise ParameterError(f"Percentiles are from 0 to 100, got {self.low:g} and {self.high:g}.")


@register_map("normalise", schema=1)
class Normalise(Map):
    """Normalised values of an image whose unit is arbitrary (T2w MR), or for a model that was made on them.

    Parameters
    ----------
    image : Image, (z, y, x)
        Any image.
    within : Mask, (z, y, x), optional
        Region whose mean and deviation, or percentiles, count, on the grid of the image; without it, all voxels.

    Returns
    -------
    Image, (z, y, x), 1, float32

    Raises
    ------
    InputError
        If region or image holds no finite value, or all are the same.
    QuantityError
        If a window in HU is asked for on another quantity by the preset for CT.
    IdentityError, GeometryError
        If the region is of another patient, frame of reference or grid.

    Notes
    -----
    z = (v - mean) / standard deviation of the population of voxels. Percentile and window: v is clipped to the low and high
    end and mapped linearly; percentiles are interpolated linearly between voxels. Voxels without a value stay without.

    To reproduce Kutnar 2023: presets "Kutnar 2023 CT" and "Kutnar 2023 PET".

    References
    ----------
    Kutnar D et al. (2023), Prediction of post-radiotherapy recurrence volumes in head and neck squamous cell carcinoma using
    3D U-Net segmentation, methods.
    """

    inputs: ClassVar[tuple[Slot, ...]] = (
        Slot("image", "image", "Image to normalise."),
        Slot("within", "region", "Region whose values count; all voxels without it.", optional=True),
    )
    parameters: NormaliseParameters

    def compute(self, image: Image, within: Mask | None = None, progress: Progress = silent) -> Image:
        """Return the normalised image; its history and `working` tell the numbers."""
        progress(0.0, "Measuring")
        chosen = self.parameters
        if (chosen.scale, chosen.low, chosen.high) == (Scale.WINDOW, -1024.0, 1024.0) and image.quantity != HOUNSFIELD:
            raise QuantityError(f"The window from -1024 to 1024 is one of CT numbers, but the image holds {image.quantity}.")
        found = _counting(image, within)
        where = f'in the region "{within.name}"' if within is not None else "of the image"
        progress(0.4, "Normalising")
        if chosen.scale is Scale.Z_SCORE:
            values, fact = _z_scores(image, found, where)
        else:
            values, fact = _mapped(image, found, where, chosen)
        # Two ways of normalising are two quantities: a model that learned one must not be given the other.
        name = "z-score of" if chosen.scale is Scale.Z_SCORE else "normalised"
        quantity = Quantity(f"{name} {image.quantity.name}", "1")
        step = f"Normalised {image.quantity} by {chosen.scale.value}."
        made = image.derived(values.astype(np.float32), quantity, step)
        identity = made.identity if within is None else combined(made.identity, within.identity)
        added = () if within is None else steps_of_region(within, image.history)
        history = (*image.history, *added, *sentences([fact]), step)
        progress(1.0, "Normalised")
        return replace(made, identity=identity, history=history, working=(fact,))


def _counting(image: Image, within: Mask | None) -> NDArray[np.float64]:
    values = image.array
    what = "The image"
    if within is not None:
        what = f'The region "{within.name}"'
        require_same_patient(within.identity, image.identity, what=(what, "the image"))
        require_same_frame(within.identity, image.identity, what=(what, "the image"))
        within.require_same_grid(image, what=(what, "the image"))
        values = values[within.array]
    found = np.asarray(values, dtype=np.float64).ravel()
    found = found[np.isfinite(found)]
    if not found.size:
        raise InputError(f"{what} holds no finite value; there is nothing to normalise by.", "Check the region and the image.")
    return found


def _z_scores(image: Image, found: NDArray[np.float64], where: str) -> tuple[NDArray[np.float64], Fact]:
    mean, deviation = float(found.mean()), float(found.std())
    # The rounding of the mean leaves a deviation in values that are all the same.
    if not deviation > 1e-12 * max(abs(mean), float(np.abs(found).max())):
        raise InputError(
            f"All {found.size} values {where} are {mean:.6g}; a z-score needs values that differ.", "Choose another region."
        )
    text = f"Mean {mean:.6g}, standard deviation {deviation:.6g} of {found.size} voxels {where}."
    values = (np.asarray(image.array, dtype=np.float64) - mean) / deviation
    return values, Fact(kind=INPUT, text=text, value=mean, unit=image.quantity.unit, factor=1.0 / deviation)


def _mapped(
    image: Image, found: NDArray[np.float64], where: str, chosen: NormaliseParameters
) -> tuple[NDArray[np.float64], Fact]:
    low, high = float(chosen.low or 0.0), float(chosen.high or 0.0)
    text = f"Values from {low:g} to {high:g} became {chosen.to_low:g} to {chosen.to_high:g}; beyond that they were clipped."
    if chosen.scale is Scale.PERCENTILE:
        shares = (low, high)
        low, high = (float(one) for one in np.percentile(found, shares))
        if not high > low:
            raise InputError(
                f"The percentiles {shares[0]:g} and {shares[1]:g} of the {found.size} values {where} are both {low:.6g}.",
                "Choose other percentiles, or another region.",
            )
        text = (
            f"Percentiles {shares[0]:g} and {shares[1]:g} {where} are {low:.6g} and {high:.6g}; they became "
            f"{chosen.to_low:g} and {chosen.to_high:g}, and values beyond were clipped."
        )
    share = (np.clip(np.asarray(image.array, dtype=np.float64), low, high) - low) / (high - low)
    values = chosen.to_low + (chosen.to_high - chosen.to_low) * share
    return values, Fact(kind=INPUT, text=text, value=low, unit=image.quantity.unit, factor=1.0 / (high - low))
