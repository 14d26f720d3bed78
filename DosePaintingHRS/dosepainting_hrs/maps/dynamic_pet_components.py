"""First two principal components of the time-activity curves of a dynamic PET, as maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from ..image import Mask
from ..image_frames import Frames
from ..parameters import Field, Preset
from ..progress import Progress, part, silent
from ..registry import Map, Slot, register_map
from .component_maps import ALSO, ComponentParameters, component_maps
from .suv_frames import in_suv

_TRACERS = {"MISO": "FMISO", "FAZA": "FAZA", "FDG": "FDG", "DEOXYGLUCOSE": "FDG"}


@dataclass(frozen=True, kw_only=True)
class DynamicPetParameters(ComponentParameters):
    """How curves count, and what the maps are called after."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "boeke-2023",
            {"weighting": "none", "normalisation": "none", "tracer": "FMISO"},
            "Boeke et al. 2023, methods: uncentred PCA of SUV curves of 65 frames; weighting and normalisation are not stated, "
            "so there are none here",
        ),
    )

    tracer: Annotated[
        str | None,
        Field(help="Name for the maps; none takes it from the header.", choices=("FMISO", "FAZA", "FDG", "PET")),
    ] = None


@register_map("dynamic-pet-components", schema=1)
class DynamicPetComponents(Map):
    """Coefficients of the first two principal components of dynamic PET curves (FMISO_c1, FMISO_c2).

    Curves are SUV by body weight. Components are found in a region, or taken from a basis that was found before, in this
    patient or in a cohort: a component means the same in two tumours only in one shared basis, whose hash each map carries.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Dynamic PET in Bq/ml with its header, or in SUV.
    within : Mask, (z, y, x), optional
        Region whose curves the components are found in.
    basis : dict, optional
        A basis, as this map or the command ``component-basis`` writes it.

    Returns
    -------
    Image, (z, y, x), g/ml

    Raises
    ------
    InputError
        If there is neither region nor basis, the basis does not fit the frame times, or frames carry no times.
    QuantityError
        If the frames hold no PET.

    Notes
    -----
    X (voxels by frames) = U S V' without centring; the maps are X v1 and X v2. With frame weights w, X is taken times the
    root of w, w in proportion to duration and 1 on average. V comes from the eigenvectors of X'X, summed in double precision.

    References
    ----------
    Boeke S, et al. (2023), functional imaging parameters of hypoxia: section on principal component analysis.
    Eckart C, Young G (1936), The approximation of one matrix by another of lower rank, Psychometrika 1:211-218,
    doi:10.1007/BF02288367.
    """

    inputs = (
        Slot("frames", "frames", "Dynamic PET series.", roles=("dynamic PET",)),
        Slot("within", "region", "Region whose curves the components are found in.", optional=True),
        Slot("basis", "record", "Basis to project onto, instead of a region.", optional=True),
    )
    also = ALSO
    parameters: DynamicPetParameters

    def compute_all(
        self,
        frames: Frames,
        within: Mask | None = None,
        basis: dict[str, Any] | None = None,
        progress: Progress = silent,
    ) -> dict[str, Any]:
        """Return the first coefficient under `MAIN`, the second, the basis, and rebuilt frames."""
        progress(0.0, "Making SUV")
        name = self.parameters.tracer or tracer_of(frames)
        return component_maps(in_suv(frames), within, basis, self.parameters, name, part(progress, 0.05, 1.0))


def tracer_of(frames: Frames) -> str:
    """Return the short name of the tracer by the header, PET where it is not known."""
    acquisition = frames.infos[0].acquisition
    said = acquisition.tracer.upper().replace("-", "") if acquisition is not None else ""
    return next((short for word, short in _TRACERS.items() if word in said), "PET")
