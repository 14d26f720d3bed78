"""Ratio of a map to its mean in a reference region: tumour to muscle, tumour to background."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..errors import QuantityError
from ..identity import combined, require_same_frame, require_same_patient
from ..image import Image, Mask
from ..image_frames import Frames
from ..parameters import Parameters
from ..progress import Progress, silent
from ..quantities import HOUNSFIELD, SUV_BW, SUVS, UPTAKE_RATIO
from ..reconstruction import steps_of_region
from ..registry import Map, Slot, register_map
from ..working import CHECK, STEP, Fact, sentences
from .frame_window import FromEnd, ScanBegins, WindowEnd, WindowStart, frames_in_window, require_one_choice
from .motion_check import shift_between
from .other_grid import brought_to
from .reference_region import (
    DEFAULT_VARIATION_PERCENT,
    DEFAULT_VOLUME_ML,
    MaximumVariation,
    MinimumVolume,
    ReferenceStatistics,
    reference_statistics,
)
from .suv_frames import in_suv


@dataclass(frozen=True, kw_only=True)
class RatioParameters(Parameters):
    """When to warn of the reference, and which frames give its mean when a dynamic PET is given beside the map."""

    minimum_volume_ml: MinimumVolume = DEFAULT_VOLUME_ML
    maximum_variation: MaximumVariation = DEFAULT_VARIATION_PERCENT
    window_start: WindowStart = None
    window_end: WindowEnd = None
    frame_from_end: FromEnd = None
    scan_begins: ScanBegins = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_one_choice(self)


@register_map("ratio", schema=1)
class Ratio(Map):
    """Ratio of every voxel to the mean of a reference region (tumour-to-muscle ratio, TMR).

    Parameters
    ----------
    image : Image, (z, y, x)
        Map of uptake: a static PET in SUV, say.
    reference : Mask, (z, y, x)
        Reference region, on the grid of the map.
    frames : Frames, (t, z, y, x), optional
        Dynamic PET of the same patient, in SUV or with the header that SUV by body weight is made from: then the mean of the
        reference is that of the chosen frames, and the shift between them and the map is estimated and told. On another grid
        than the map's, the mean of the chosen frames is interpolated to it.
    within : Mask, (z, y, x), optional
        Region (the GTV) in which that shift is estimated; without it, wherever there is uptake.

    Returns
    -------
    Image, (z, y, x), 1

    Raises
    ------
    QuantityError
        If the map holds CT numbers, or map and frames are not SUV of one kind.
    InputError
        If the reference is empty, or its mean is not above 0; if no frame lies in the window.
    IdentityError
        If anything belongs to another patient or frame of reference.
    GeometryError
        If map and regions do not share one grid.

    Notes
    -----
    ratio = voxel / mean of the reference. Statistics of the reference (mean, coefficient of variation, volume) are told, with
    a warning where they are poor.

    References
    ----------
    Boeke S et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging cluster to predict radiation
    resistance in preclinical head and neck cancer models, Eur J Nucl Med Mol Imaging, methods: the late frame over
    the mean of muscle in the second-last frame, about 80 min after the injection.
    """

    inputs: ClassVar[tuple[Slot, ...]] = (
        Slot("image", "image", "Map of uptake, SUV for example."),
        Slot("reference", "region", "Reference region: muscle, blood or background."),
        Slot(
            "frames",
            "frames",
            "Dynamic PET whose frames give the reference's mean.",
            optional=True,
            roles=("dynamic PET",),
            own_grid=True,
        ),
        Slot("within", "region", "Region (the GTV) in which motion against the frames is looked for.", optional=True),
    )
    parameters: RatioParameters

    def compute(
        self,
        image: Image,
        reference: Mask,
        frames: Frames | None = None,
        within: Mask | None = None,
        progress: Progress = silent,
    ) -> Image:
        """Return the ratio map; its history and `working` tell the reference's statistics."""
        require_uptake(image)
        progress(0.0, "Measuring the reference")
        facts: list[Fact] = []
        source = image
        if frames is not None:
            window = frames_in_window(_comparable(image, frames), self.parameters)
            source = brought_to(window.image, image)
            facts += [window.fact, *_moved(window.image, source)]
        statistics = reference_statistics(source, reference)
        chosen = self.parameters
        facts += statistics.facts(image.quantity.shown_unit, chosen.minimum_volume_ml, chosen.maximum_variation)
        if frames is not None:
            progress(0.3, "Looking for motion")
            facts.append(shift_between(source, image, within).fact("the chosen frames", "the map"))
        progress(0.6, "Making the ratio")
        made = ratio_of(image, statistics, reference, facts)
        if frames is not None:
            made = replace(made, identity=combined(made.identity, frames.identity))
        progress(1.0, "Ratio made")
        return made


def require_uptake(image: Image | Frames) -> None:
    """Refuse CT numbers, whose zero is no absence of anything.

    Raises
    ------
    QuantityError
        If the image holds them.
    """
    if image.quantity == HOUNSFIELD:
        raise QuantityError(f"The map holds {image.quantity}; a ratio needs uptake.", "Give SUV, for example.")


def ratio_of(image: Image, statistics: ReferenceStatistics, reference: Mask, facts: list[Fact]) -> Image:
    """Return a map divided by the mean of a reference, with the facts on record.

    Parameters
    ----------
    image : Image, (z, y, x)
        The map.
    statistics : ReferenceStatistics
        Of the reference.
    reference : Mask
        The region, whose identity and history are carried on.
    facts : list of Fact
        How the mean came about.
    """
    facts = [*_doubts_of_ratio(image), *facts]
    values = (np.asarray(image.array, dtype=np.float64) / statistics.mean).astype(np.float32)
    step = f'Divided {image.quantity} by its mean of {statistics.mean:.6g} in the reference region "{statistics.name}".'
    history = (*image.history, *steps_of_region(reference, image.history))
    made = replace(image, history=history).derived(values, UPTAKE_RATIO, step)
    return replace(
        made,
        identity=combined(image.identity, reference.identity),
        history=(*made.history[:-1], *(one for one in sentences(facts) if one not in history), step),
        working=tuple(facts),
    )


def _doubts_of_ratio(image: Image) -> list[Fact]:
    """Warn of what is a ratio already: divided once more, it is no longer one to its first reference."""
    if image.quantity != UPTAKE_RATIO:
        return []
    text = "The map is an uptake ratio already: this is a ratio of a ratio, and only the last reference counts in it; give SUV."
    return [Fact(kind=CHECK, text=text, warns=True)]


def _moved(before: Image, after: Image) -> list[Fact]:
    if after is before:
        return []
    text = f"The frames lie on a grid of {before.geometry}; their mean was interpolated to that of the map for the reference."
    return [Fact(kind=STEP, text=text)]


def _comparable(image: Image, frames: Frames) -> Frames:
    """Return the frames in the SUV of the map, with the headers that tell the injection."""
    what = ("The dynamic PET", "the map")
    require_same_patient(frames.identity, image.identity, what=what)
    require_same_frame(frames.identity, image.identity, what=what)
    if image.quantity == SUV_BW and frames.quantity not in SUVS and all(one.acquisition is not None for one in frames.infos):
        frames = replace(in_suv(frames), infos=frames.infos)
    if image.quantity != frames.quantity or image.quantity not in SUVS:
        raise QuantityError(
            f"The map holds {image.quantity}, the dynamic PET {frames.quantity}; to be divided both must be SUV of one kind.",
            "Make SUV of both first (map suv, map suv-frames): activities of two acquisitions are decay-corrected differently.",
        )
    return frames
