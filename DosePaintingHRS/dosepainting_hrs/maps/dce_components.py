"""First two principal components of the enhancement curves of a contrast series, as maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..image import Mask
from ..image_frames import Frames
from ..parameters import Preset
from ..progress import Progress, part, silent
from ..registry import Map, Slot, register_map
from .component_maps import ALSO, ComponentParameters, component_maps
from .enhancement import ENHANCEMENT, BaselineParameters, baseline_of
from .relative_enhancement import CONTRAST, enhanced


@dataclass(frozen=True, kw_only=True)
class DceComponentsParameters(ComponentParameters, BaselineParameters):
    """Which frames lie before arrival, and how curves count."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "boeke-2023",
            {"weighting": "none", "normalisation": "none", "baseline_frames": 11},
            "Boeke et al. 2023, methods: PCA of relative enhancement, 150 frames of 5.4 s, the first 11 before contrast",
        ),
    )


@register_map("dce-components", schema=1)
class DceComponents(Map):
    """Coefficients of the first two principal components of enhancement curves (DCE_c1, DCE_c2).

    Curves are relative enhancement (S - S0) / S0. Components are found in a region, or taken from a basis that was found
    before; each map carries the hash of its basis.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Contrast-enhanced dynamic MR signal, or relative enhancement.
    within : Mask, (z, y, x), optional
        Region whose curves the components are found in.
    basis : dict, optional
        A basis, as this map or the command ``component-basis`` writes it.

    Returns
    -------
    Image, (z, y, x)

    Raises
    ------
    InputError
        If there is neither region nor basis, the basis does not fit the frame times, or the arrival is not found.
    QuantityError
        If the frames hold no MR signal.

    Notes
    -----
    As for dynamic PET, without centring. The arrival is found by the mean signal of the region; without one, of all voxels.

    References
    ----------
    Boeke S, et al. (2023), functional imaging parameters from DCE-MRI: principal component analysis.
    """

    inputs = (
        CONTRAST,
        Slot("within", "region", "Region whose curves the components are found in.", optional=True),
        Slot("basis", "record", "Basis to project onto, instead of a region.", optional=True),
    )
    also = ALSO
    parameters: DceComponentsParameters

    def compute_all(
        self,
        frames: Frames,
        within: Mask | None = None,
        basis: dict[str, Any] | None = None,
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """Return the first coefficient under `MAIN`, the second, the basis, and rebuilt frames."""
        progress(0.0, "Looking for the arrival")
        curves = in_enhancement(frames, self.parameters, within, part(progress, 0.05, 0.3))
        return component_maps(curves, within, basis, self.parameters, "DCE", part(progress, 0.3, 1.0))


def in_enhancement(
    frames: Frames, parameters: BaselineParameters, within: Mask | None = None, progress: Progress = silent
) -> Frames:
    """Return frames as relative enhancement, with the arrival found within a region; those that are it stay as they are."""
    if frames.quantity == ENHANCEMENT:
        return frames
    return enhanced(frames, baseline_of(frames, parameters.baseline_frames, within), progress)
