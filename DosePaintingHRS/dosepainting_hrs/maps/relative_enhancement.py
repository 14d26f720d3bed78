"""Relative enhancement of every frame of a contrast series, over the mean of those before arrival."""

from __future__ import annotations

import numpy as np

from ..image_frames import Frames
from ..progress import Progress, part, silent
from ..registry import Map, Slot, register_map
from .enhancement import ENHANCEMENT, Baseline, BaselineParameters, baseline_of, blocks_of

CONTRAST = Slot("frames", "frames", "Contrast-enhanced dynamic MR series.", roles=("DCE",))


def enhanced(frames: Frames, baseline: Baseline, progress: Progress = silent) -> Frames:
    """Return the relative enhancement of every frame, float32."""
    made = np.empty((len(frames), frames.array[0].size), dtype=np.float32)
    for where, curves, _ in blocks_of(frames, baseline, progress):
        made[:, where] = curves
    step = f"Made relative enhancement (S - S0) / S0; {baseline}."
    return frames.derived(made.reshape(frames.array.shape), ENHANCEMENT, step)


@register_map("relative-enhancement", schema=1)
class RelativeEnhancement(Map):
    """Relative enhancement (S - S0) / S0 of every frame, as a series.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Contrast-enhanced dynamic MR signal.

    Returns
    -------
    Frames, (t, z, y, x)
        Not a number where S0 is not above 0.

    Raises
    ------
    InputError
        If the arrival is not found, or leaves no frame before or after it.
    QuantityError
        If the frames hold no MR signal.

    References
    ----------
    Boeke S, et al. (2023), methods: relative enhancement of 150 frames over the mean of 11 before contrast.
    """

    inputs = (CONTRAST,)
    parameters: BaselineParameters

    def compute(self, frames: Frames, progress: Progress = silent) -> Frames:
        """Return the frames."""
        progress(0.0, "Looking for the arrival")
        baseline = baseline_of(frames, self.parameters.baseline_frames)
        return enhanced(frames, baseline, part(progress, 0.1, 1.0))
