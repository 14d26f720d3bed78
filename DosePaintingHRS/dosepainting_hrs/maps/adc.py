"""Apparent diffusion coefficient from diffusion-weighted MR, by a single exponential over all or chosen b-values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ParameterError
from ..identity import combined, require_same_frame, require_same_patient
from ..image import Image, Mask
from ..image_frames import Frames
from ..parameters import Field, Parameters, Preset
from ..progress import Progress, part, silent
from ..quantities import ADC, Quantity
from ..reconstruction import steps_of_region
from ..registry import MAIN, Map, Output, Slot, register_map
from ..working import CHECK, INPUT, STEP, Fact
from .diffusion_signal import BValue, b_values_of, chosen_b_values, in_words, require_no_repeats, signal_of
from .exponential_fit import Fit, fit_exponential

S0 = Quantity("S0", "1")
R2 = Quantity("R2", "1")
RESIDUAL = Quantity("residual of the fit", "1")
_OVER = ", over a noise floor of "
_MODELS = {
    Fit.LOG_LINEAR: "Model: ln S = ln S0 - b ADC, every b-value alike; R2 and residual are those of ln S.",
    Fit.WEIGHTED: "Model: ln S = ln S0 - b ADC, weighted by S^2; R2 and residual are those of ln S.",
    Fit.NON_LINEAR: "Model: S = S0 exp(-b ADC), least squares of S itself.",
    Fit.WITH_FLOOR: "Model: S = sqrt((S0 exp(-b ADC))^2 + floor^2), least squares of S itself.",
}
_EQUIDISTANT = tuple({"b": 100.0 * step} for step in range(9))


@dataclass(frozen=True, kw_only=True)
class ChosenB(Parameters):
    """A b-value to take."""

    b: Annotated[float, Field(help="b-value that the acquisition has.", unit="s/mm2", minimum=0.0, maximum=20000.0)]


@dataclass(frozen=True, kw_only=True)
class AdcParameters(Parameters):
    """Which b-values are fitted, and how."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "boeke-2023",
            {"b_values": _EQUIDISTANT},
            "Boeke et al. 2023, imaging protocol: mono-exponential fit over nine equidistant b-values, 0 to 800 s/mm2",
        ),
        Preset(
            "without-perfusion",
            {"b_minimum": 100.0},
            "Padhani et al. 2009, Neoplasia 11:102-125: b-values under 100 s/mm2 are sensitive to perfusion",
        ),
    )

    fit: Annotated[
        Fit,
        Field(
            help="Straight line through ln S, the same weighted by S squared, or least squares of S itself, also with a floor "
            "of noise under it."
        ),
    ] = Fit.NON_LINEAR
    b_values: Annotated[tuple[ChosenB, ...], Field(help="b-values to take; all when none is named.", unit="s/mm2")] = ()
    b_minimum: Annotated[float, Field(help="Lower b-values are left out.", unit="s/mm2", minimum=0.0, maximum=10000.0)] = 0.0
    b_maximum: Annotated[
        float | None, Field(help="Higher b-values are left out; none for no limit.", unit="s/mm2", minimum=1.0, maximum=20000.0)
    ] = None
    noise_floor: Annotated[
        float | None,
        Field(
            help="Signal that noise alone makes, for the fit with noise floor; none takes it from the background region.",
            unit="1",
            minimum=0.0,
        ),
    ] = None
    repeats: Annotated[
        str,
        Field(
            help="What to do with frames of one b-value and direction: refuse them, or take them for repetitions and average.",
            choices=("refuse", "average"),
        ),
    ] = "refuse"


@register_map("adc", schema=1)
class AdcMap(Map):
    """Apparent diffusion coefficient (ADC) by a single exponential.

    Frames of one b-value are brought together first: repetitions, when asked for, by their mean, gradient directions by
    the geometric mean of their signals. A voxel that cannot be fitted, by logarithms one with a signal that is not above 0,
    becomes not a number, and their count is told.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Diffusion-weighted MR signal with b-values.
    background : Mask, (z, y, x), optional
        Region of air, whose signal gives the noise floor.

    Returns
    -------
    Image, (z, y, x), um2/s, which is 1e-6 mm2/s

    Raises
    ------
    InputError
        If a frame has no b-value, fewer than two are left, one is not there, or frames repeat and nobody said so.
    QuantityError
        If the frames hold no MR signal.
    ParameterError
        If the fit with noise floor has none, or two.

    Notes
    -----
    S(b) = S0 exp(-b ADC). The logarithmic fits take ln S = ln S0 - b ADC, unweighted or weighted by S^2, the inverse
    variance of ln S; their R2 and residual are those of ln S. The others minimise the sum of squares of S itself; with
    floor F the model is sqrt((S0 exp(-b ADC))^2 + F^2), as a magnitude image has E(M^2) = A^2 + 2 sigma^2, so that F from a
    background region is the root mean square of its signal. Residual: root mean square of signal less fit.

    References
    ----------
    Stejskal EO, Tanner JE (1965), Spin diffusion measurements: spin echoes in the presence of a time-dependent field
    gradient, J Chem Phys 42:288-292, doi:10.1063/1.1695690.
    Gudbjartsson H, Patz S (1995), The Rician distribution of noisy MRI data, Magn Reson Med 34:910-914.
    Boeke S, et al. (2023), as the preset names it. To reproduce: preset "boeke-2023".
    """

    inputs = (
        Slot("frames", "frames", "Diffusion-weighted MR series with several b-values.", roles=("DWI",)),
        Slot("background", "region", "Region of air, for the noise floor.", optional=True),
    )
    also = (
        Output("s0", "Signal at b = 0, by the fit."),
        Output("r2", "Share of the variance that the fit explains."),
        Output("residual", "Root mean square of what the fit leaves."),
    )
    parameters: AdcParameters

    def compute_all(self, frames: Frames, background: Mask | None = None, progress: Progress = silent) -> dict[str, Any]:
        """Return ADC under `MAIN`, and S0, R2 and residual."""
        progress(0.0, "Sorting b-values")
        p = self.parameters
        chosen = [row.b for row in p.b_values]
        taken = chosen_b_values(b_values_of(frames), chosen, p.b_minimum, p.b_maximum)
        if p.repeats == "refuse":
            require_no_repeats(taken, frames)
        floor, told = self._floor(frames, taken, background)
        flat = frames.array.reshape(len(frames), -1)

        def signals_of(stretch: slice) -> NDArray[np.float64]:
            block = flat[:, stretch]
            return np.stack([signal_of(one, block) for one in taken])

        values = [one.b for one in taken]
        adc, s0, r2, residual = fit_exponential(signals_of, flat.shape[1], values, p.fit, floor, part(progress, 0.05, 1.0))
        lost = ~np.isfinite(adc)
        for one in (adc, s0, r2, residual):
            one[lost] = np.nan
        step = f"Made ADC by {p.fit.value} fit of a single exponential to {in_words(taken)}{told}."
        warned = _remarks(taken, int(lost.sum()), int((adc < 0).sum()))
        facts = (
            Fact(kind=INPUT, text=f"Signals: {in_words(taken)}.", value=len(taken), unit="b-values"),
            Fact(kind=STEP, text=_MODELS[p.fit]),
            Fact(kind=INPUT, text=f"Noise floor: {told.removeprefix(_OVER) or 'none in this fit'}.", value=floor or None),
            *(Fact(kind=CHECK, text=one, warns=True) for one in warned),
        )
        made = {MAIN: (adc, ADC), "s0": (s0, S0), "r2": (r2, R2), "residual": (residual, RESIDUAL)}
        frames = replace(frames, history=(*frames.history, *warned))
        base = frames if background is None or p.fit is not Fit.WITH_FLOOR else _with(frames, background)
        return {name: replace(_image(base, array, quantity, step), working=facts) for name, (array, quantity) in made.items()}

    def _floor(self, frames: Frames, taken: tuple[BValue, ...], background: Mask | None) -> tuple[float, str]:
        p = self.parameters
        if p.fit is not Fit.WITH_FLOOR:
            return 0.0, ""
        if p.noise_floor is not None and background is None:
            return p.noise_floor, f"{_OVER}{p.noise_floor:g}, given"
        if background is None or p.noise_floor is not None:
            found = "there is none" if background is None else "both are given"
            raise ParameterError(
                f'Parameter "noise_floor" or a background region gives the floor of this fit; {found}.',
                "Give a region of air (--background) or the value (--noise-floor).",
            )
        return _floor_in(frames, taken, background)


def _floor_in(frames: Frames, taken: tuple[BValue, ...], background: Mask) -> tuple[float, str]:
    what = (f'The region "{background.name}"', "the diffusion series")
    require_same_patient(background.identity, frames.identity, what=what)
    require_same_frame(background.identity, frames.identity, what=what)
    background.require_same_grid(frames.frame(0), what=what)
    numbers = [number for one in taken for same in one.groups.values() for number in same]
    values = frames.array[numbers][:, background.array].astype(np.float64)
    values = values[np.isfinite(values)]
    if not values.size:
        raise InputError(f'The region "{background.name}" holds no value of the diffusion series.', "Choose another region.")
    floor = float(np.sqrt(np.mean(values**2)))
    told = f'{_OVER}{floor:.4g}, the root mean square of {values.size} signals in "{background.name}"'
    return floor, told


def _with(frames: Frames, background: Mask) -> Frames:
    history = (*frames.history, *steps_of_region(background, frames.history))
    return replace(frames, identity=combined(frames.identity, background.identity), history=history)


def _image(frames: Frames, array: NDArray[np.float32], quantity: Quantity, step: str) -> Image:
    return frames.image(array.reshape(frames.geometry.shape), quantity, step)


def _remarks(taken: tuple[BValue, ...], lost: int, negative: int) -> tuple[str, ...]:
    told = (
        f"There is no b = 0: the lowest is b = {taken[0].b:g} s/mm2, and S0 is extrapolated." if taken[0].b else "",
        f"{lost} voxels could not be fitted and hold no number." if lost else "",
        f"{negative} voxels have an ADC below 0." if negative else "",
    )
    return tuple(one for one in told if one)
