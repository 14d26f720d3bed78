"""Map of how far every voxel lies from the centre of a learned model, and how stable its membership is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from ..hrs_model import model_from
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import MAIN, Map, Output, register_map
from .hrs_model import HrsModelParameters, HrsModelSegmentation
from .model_application import DISTANCE, Applied
from .stability import STABILITY, stability


@dataclass(frozen=True, kw_only=True)
class MapNoise(Parameters):
    """Noise of one map."""

    map: Annotated[str, Field(help="Name of the map, as the model has it.")]
    sd: Annotated[float, Field(help="Standard deviation, in the unit of the map.", minimum=0.0, unit="of the map")]


@dataclass(frozen=True, kw_only=True)
class HrsDistanceParameters(HrsModelParameters):
    """As for the region of a model, and how the maps are disturbed for its stability."""

    noise: Annotated[tuple[MapNoise, ...], Field(help="Noise of the maps, for the stability.")] = ()
    jitter_mm: Annotated[
        float,
        Field(help="Misregistration of every map but the first along an axis (SD), for the stability.", unit="mm", minimum=0.0),
    ] = 0.0
    draws: Annotated[
        int, Field(help="Repetitions with noise and misregistration for each bootstrap model.", unit="1", minimum=1)
    ] = 20
    seed: Annotated[int, Field(help="Draws both.", unit="1", minimum=0)] = 0


@register_map("hrs-distance", schema=1)
class HrsDistance(Map):
    """Distance of every voxel of a region from the centre of a learned model, in radii of the model: up to 1 it belongs.

    Returns
    -------
    Image, (z, y, x), 1, float32
        Not a number outside of the region. On demand also the stability: the share of bootstrap models, noise draws and
        misregistrations in which a voxel belongs.

    Raises
    ------
    ParameterError
        If the stability is asked for and there is nothing to repeat with.

    See Also
    --------
    HrsModelSegmentation : what both take and raise; and when a voxel belongs.

    Notes
    -----
    The square root of the sum over the maps of ((value - mean) / SD - centre)^2, over the radius; mean, SD, centre and radius
    are the model's. Maps of a published reference model are marked, and no export takes what is made of them.

    References
    ----------
    Boeke S et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging cluster to predict radiation
    resistance in preclinical head and neck cancer models, Eur J Nucl Med Mol Imaging, methods.
    """

    inputs = HrsModelSegmentation.inputs
    also = (Output("stability", "Share of bootstrap models, noise draws and misregistrations in which a voxel belongs."),)
    parameters: HrsDistanceParameters

    def compute_all(
        self, maps: Mapping[str, Image], within: Mask, model: Mapping[str, Any], progress: Progress = silent
    ) -> dict[str, Image | Callable[[], Image]]:
        """Return the distance, and a function that makes the stability."""
        progress(0.0, "Checking model, maps and patient")
        read, given = model_from(model, "The model"), self.parameters
        applied = Applied.of(read, maps, within, given.patient(), given.accepted())
        progress(0.4, "Measuring distances in the space of the maps")
        kind = "published reference model, for comparison only," if read.reference else "model"
        step = f'by the {kind} "{read.name}" ({read.hash}) inside "{within.name}".'
        distance = applied.image(applied.distance(), DISTANCE, f"Distance from the centre in radii {step}")
        progress(1.0, "Distances measured")

        def stable() -> Image:
            share, repetitions = stability(
                applied,
                noise={one.map: one.sd for one in given.noise},
                jitter_mm=given.jitter_mm,
                draws=given.draws,
                seed=given.seed,
                progress=lambda _share, message: progress(1.0, message),
            )
            models = len(read.bootstrap_models) or 1
            how = f"Share of {repetitions} repetitions over {models} models in which a voxel belongs"
            noise = ", ".join(f"{one.map} {one.sd:g}" for one in given.noise) or "none"
            told = f"{how}, misregistration {given.jitter_mm:g} mm, noise {noise}, {step}"
            return applied.image(share, STABILITY, told)

        return {MAIN: distance, "stability": stable}
