"""Voxels of a map that reach a multiple of its mean in a reference region: tumour to muscle, tumour to blood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ..image import Image, Mask
from ..parameters import Field, Parameters, Preset
from ..progress import Progress, silent
from ..registry import Segmentation, register_segmentation
from .islands import HIGHEST_UPTAKE, Islands, MinimumIsland, Uptake
from .reference import WITH_REFERENCE, overlapping, reference_of, with_reference
from .scale import require_above_zero, require_true_zero


@dataclass(frozen=True, kw_only=True)
class ReferenceRatioParameters(Parameters):
    """The ratio to reach, and which islands to keep."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "FMISO tumour to blood 1.2",
            {"ratio": 1.2},
            "Rajendran JG et al. (2006), Tumor hypoxia imaging with [F-18] fluoromisonidazole positron emission tomography in "
            "head and neck cancer, Clin Cancer Res 12:5435-5441, doi:10.1158/1078-0432.CCR-05-1773: hypoxic volume, tumour to "
            "blood of at least 1.2; for FMISO and a blood reference only",
        ),
        Preset(
            "FAZA tumour to muscle 1.4",
            {"ratio": 1.4},
            "Mortensen LS et al. (2012), FAZA PET/CT hypoxia imaging in patients with squamous cell carcinoma of the head and "
            "neck treated with radiotherapy: results from the DAHANCA 24 trial, Radiother Oncol 105:14-20, "
            "doi:10.1016/j.radonc.2012.09.015: hypoxic volume, tumour to muscle of at least 1.4; for FAZA and muscle only",
        ),
    )

    ratio: Annotated[
        float,
        Field(
            help="Voxels with at least this many times the mean of the reference region belong.",
            unit="1",
            minimum=0.01,
            maximum=1000.0,
        ),
    ]
    islands: Islands = HIGHEST_UPTAKE
    minimum_island_ml: MinimumIsland = 0.0


@register_segmentation("reference-ratio", schema=1)
class ReferenceRatio(Segmentation):
    """Region of all voxels inside another region where a map has at least a multiple of its mean in a reference region.

    Parameters
    ----------
    map : Image, (z, y, x)
        Quantitative map.
    within : Mask, (z, y, x)
        Region to stay inside, on the grid of the map.
    reference : Mask, (z, y, x)
        Reference region, on the grid of the map.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    QuantityError
        If the map holds CT numbers, whose zero is no absence of anything.
    InputError
        If the region is empty, the map has no value in it or no mean above 0 in the reference region, or nothing is left.
    IdentityError
        If map and region are of different patients or frames of reference.
    GeometryError
        If they do not share one grid.

    Notes
    -----
    threshold = ratio x mean of the reference region. On a map of ratios (TMR) use a fixed threshold instead. Islands are
    26-connected.

    References
    ----------
    Rajendran JG et al. (2006), Clin Cancer Res 12:5435-5441, doi:10.1158/1078-0432.CCR-05-1773.

    Mortensen LS et al. (2012), Radiother Oncol 105:14-20, doi:10.1016/j.radonc.2012.09.015.
    """

    inputs = WITH_REFERENCE
    parameters: ReferenceRatioParameters

    def compute(self, map: Image, within: Mask, reference: Mask, progress: Progress = silent) -> Mask:  # noqa: A002
        """Return the region."""
        require_true_zero(map, "a ratio")
        progress(0.0, "Looking at the map in the regions")
        uptake = Uptake.of(map, within)
        background = reference_of(map, reference)
        require_above_zero(background.mean, map, reference.name, "mean")
        progress(0.5, "Finding islands")
        ratio = self.parameters.ratio
        threshold = ratio * background.mean
        step = (
            f"Threshold at {threshold:.6g} ({map.quantity}), {ratio:g} x the mean of {background} of the reference "
            f'"{reference.name}"{overlapping(uptake, reference)},'
        )
        region = with_reference(uptake.at_least(threshold, self.parameters, step), reference)
        progress(1.0, "Region made")
        return region
