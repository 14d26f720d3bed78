"""Ratio of a window of a dynamic PET to its mean in a reference region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..errors import ParameterError
from ..image import Image, Mask
from ..image_frames import Frames
from ..parameters import Parameters, Preset
from ..progress import Progress, silent
from ..registry import Map, Slot, register_map
from .frame_window import FromEnd, ScanBegins, WindowEnd, WindowStart, frames_in_window, require_one_choice
from .ratio import ratio_of, require_uptake
from .reference_region import (
    DEFAULT_VARIATION_PERCENT,
    DEFAULT_VOLUME_ML,
    MaximumVariation,
    MinimumVolume,
    reference_statistics,
)


@dataclass(frozen=True, kw_only=True)
class RatioFramesParameters(Parameters):
    """Which frames count, and when to warn of the reference."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "Boeke 2023",
            {"frame_from_end": 2, "minimum_volume_ml": 0.0},
            "Boeke S et al. (2023), methods: mean of muscle in the second-last frame, about 80 min after the injection; mice",
        ),
    )

    window_start: WindowStart = None
    window_end: WindowEnd = None
    frame_from_end: FromEnd = None
    scan_begins: ScanBegins = None
    minimum_volume_ml: MinimumVolume = DEFAULT_VOLUME_ML
    maximum_variation: MaximumVariation = DEFAULT_VARIATION_PERCENT

    def __post_init__(self) -> None:
        super().__post_init__()
        require_one_choice(self)
        if self.window_start is None and self.frame_from_end is None:
            raise ParameterError(
                "It is not said which frames count.",
                "Give window_start and window_end in minutes after the injection, or frame_from_end (the last one is 1).",
            )


@register_map("ratio-frames", schema=1)
class RatioFrames(Map):
    """Ratio of every voxel to the mean of a reference region, in a window of a dynamic PET.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Dynamic PET, in SUV or decay-corrected Bq/ml.
    reference : Mask, (z, y, x)
        Reference region (muscle, say), on the grid of the frames.

    Returns
    -------
    Image, (z, y, x), 1

    Raises
    ------
    InputError
        If no frame lies in the window, the reference is empty, or its mean is not above 0.
    IdentityError
        If the region belongs to another patient or frame of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    Both the voxels and the reference are means over the frames whose middle lies in the window, weighted by duration.

    References
    ----------
    Boeke S et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging cluster to predict radiation
    resistance in preclinical head and neck cancer models, Eur J Nucl Med Mol Imaging, methods, tumour-to-muscle ratio.
    """

    inputs: ClassVar[tuple[Slot, ...]] = (
        Slot("frames", "frames", "Dynamic PET, in SUV for example.", roles=("dynamic PET",)),
        Slot("reference", "region", "Reference region: muscle, blood or background."),
    )
    parameters: RatioFramesParameters

    def compute(self, frames: Frames, reference: Mask, progress: Progress = silent) -> Image:
        """Return the ratio map; its history and `working` tell frames and statistics of the reference."""
        require_uptake(frames)
        progress(0.0, "Taking the frames")
        window = frames_in_window(frames, self.parameters)
        progress(0.5, "Measuring the reference")
        statistics = reference_statistics(window.image, reference)
        chosen = self.parameters
        facts = [
            window.fact,
            *statistics.facts(frames.quantity.shown_unit, chosen.minimum_volume_ml, chosen.maximum_variation),
        ]
        made = ratio_of(window.image, statistics, reference, facts)
        progress(1.0, "Ratio made")
        return made
