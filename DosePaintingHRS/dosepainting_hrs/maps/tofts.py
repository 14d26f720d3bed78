"""Ktrans, ve and vp of a contrast series by the Tofts model, plain or extended by plasma."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..identity import combined, require_same_frame, require_same_patient
from ..image import Mask
from ..image_frames import Frames
from ..parameters import Field, Preset
from ..progress import Progress, part, silent
from ..quantities import Quantity
from ..registry import MAIN, Map, Output, Slot, register_map
from .enhancement import Baseline, BaselineParameters, baseline_of, blocks_of, middles_s
from .input_function import convolved, fine_times, parker
from .relative_enhancement import CONTRAST

QUANTITIES = {
    MAIN: Quantity("Ktrans", "1/min"),
    "ve": Quantity("ve", "1"),
    "vp": Quantity("vp", "1"),
    "kep": Quantity("kep", "1/min"),
    "residual": Quantity("residual of the fit", "mmol/l"),
}
RATES = np.geomspace(0.005, 20.0, 400) / 60.0
"""kep that are tried, 1/s; the result lies between them."""
Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ToftsParameters(BaselineParameters):
    """Which model, and what turns signal into concentration."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "example",
            {"t1_tissue_ms": 1200.0, "t1_blood_ms": 1660.0, "relaxivity": 4.5},
            "values of the order known for soft tissue, for blood at 3 T, and for small gadolinium chelates; an example: "
            "measure T1, and take the relaxivity of the agent",
        ),
    )

    model: Annotated[str, Field(help="Without plasma (Tofts) or with it (extended).", choices=("tofts", "extended"))] = (
        "extended"
    )
    t1_tissue_ms: Annotated[float, Field(help="T1 of tissue before contrast.", unit="ms", minimum=1.0, maximum=10000.0)]
    t1_blood_ms: Annotated[
        float, Field(help="T1 of blood before contrast, for a measured input.", unit="ms", minimum=1.0, maximum=10000.0)
    ]
    relaxivity: Annotated[float, Field(help="Relaxivity r1 of the agent.", unit="l/mmol/s", minimum=0.1, maximum=100.0)]
    hematocrit: Annotated[
        float,
        Field(help="Share of blood that holds no contrast.", unit="1", minimum=0.0, maximum=0.9),
    ] = 0.42
    repetition_ms: Annotated[
        float | None,
        Field(
            help="Repetition time of the spoiled gradient echo; with the flip angle it makes the conversion exact, none takes "
            "enhancement in proportion to concentration.",
            unit="ms",
            minimum=0.1,
            maximum=10000.0,
        ),
    ] = None
    flip_deg: Annotated[
        float | None, Field(help="Flip angle, with the repetition time.", unit="deg", minimum=0.1, maximum=180.0)
    ] = None


@register_map("tofts", schema=1)
class Tofts(Map):
    """Transfer constant Ktrans, ve and vp by the Tofts model with Parker's population input, or a measured one.

    The population's input begins at the arrival of contrast; a measured one is the mean curve of an artery, which then tells
    the arrival as well. Ktrans and vp are held at or above 0.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Contrast-enhanced dynamic MR signal with times.
    artery : Mask, (z, y, x), optional
        Region inside an artery, whose mean curve is the input.

    Returns
    -------
    Image, (z, y, x), 1/min
        Ktrans; ve, vp, kep and residual on demand.

    Raises
    ------
    InputError
        If frames carry no times, the arrival is not found, the artery does not enhance, or only one of repetition time and
        flip angle is given.
    QuantityError
        If the frames hold no MR signal.

    Notes
    -----
    C(t) = vp Cp(t) + Ktrans int Cp(u) exp(-kep (t - u)) du, kep = Ktrans / ve; the plain model has no vp. Cp is the
    concentration in blood over 1 less hematocrit. Signal to concentration: with E = (S - S0) / S0, C = E / (r1 T10); or, by
    repetition time TR and flip angle a of a spoiled gradient echo, R1 from S / S0 = M(R1) / M(1 / T10), M(R) = (1 - e) /
    (1 - cos(a) e), e = exp(-TR R), and C = (R1 - 1 / T10) / r1. kep is searched over its whole range, 0.005 to 20 per min;
    the other parameters are linear and have one best value for each kep, so that no start is needed.

    References
    ----------
    Tofts PS, et al. (1999), Estimating kinetic parameters from dynamic contrast-enhanced T1-weighted MRI of a diffusable
    tracer: standardized quantities and symbols, J Magn Reson Imaging 10:223-232.
    Parker GJM, et al. (2006), Magn Reson Med 56:993-1000, doi:10.1002/mrm.21066.
    """

    inputs = (CONTRAST, Slot("artery", "region", "Region inside an artery, for a measured input.", optional=True))
    also = (
        Output("ve", "Share of extravascular extracellular space."),
        Output("vp", "Share of plasma; 0 in the plain model."),
        Output("kep", "Rate of return, 1/min."),
        Output("residual", "Root mean square of what the fit leaves, mmol/l."),
    )
    parameters: ToftsParameters

    def compute_all(self, frames: Frames, artery: Mask | None = None, progress: Progress = silent) -> dict[str, Any]:
        """Return Ktrans under `MAIN`, and ve, vp, kep and residual."""
        progress(0.0, "Looking for the arrival")
        p = self.parameters
        if (p.repetition_ms is None) != (p.flip_deg is None):
            raise InputError(
                "Repetition time and flip angle are needed together.", "Give --repetition-ms and --flip-deg, or neither."
            )
        times = middles_s(frames)
        baseline = baseline_of(frames, p.baseline_frames, artery)
        plasma, told = self._plasma(frames, artery, times, baseline)
        fine = fine_times(times)
        fine_plasma = np.interp(fine, times, plasma) if artery is not None else self._population(fine, baseline)
        curves = np.stack([np.interp(times, fine, one) for one in convolved(fine_plasma, fine, RATES)])
        made = self._fitted(frames, baseline, curves, plasma, part(progress, 0.1, 1.0))
        step = f"Fitted the {'extended ' * (p.model == 'extended')}Tofts model; {baseline}; {told}; {self._conversion()}."
        beyond = int((made["ve"] > 1.0).sum())
        step += f" {beyond} voxels have ve above 1." if beyond else ""
        base = frames if artery is None else replace(frames, identity=combined(frames.identity, artery.identity))
        return {name: base.image(one.reshape(frames.geometry.shape), QUANTITIES[name], step) for name, one in made.items()}

    def _population(self, times: Float, baseline: Baseline) -> Float:
        return parker(times - (baseline.arrival_s or 0.0)) / (1.0 - self.parameters.hematocrit)

    def _plasma(self, frames: Frames, artery: Mask | None, times: Float, baseline: Baseline) -> tuple[Float, str]:
        p = self.parameters
        if artery is None:
            return self._population(times, baseline), f"population input by Parker from {baseline.arrival_s:.4g} s on"
        what = (f'The region "{artery.name}"', "the contrast series")
        require_same_patient(artery.identity, frames.identity, what=what)
        require_same_frame(artery.identity, frames.identity, what=what)
        artery.require_same_grid(frames.frame(0), what=what)
        signal = frames.array[:, artery.array].mean(axis=1, dtype=np.float64)
        before = float(signal[: baseline.count].mean())
        enhancement = (signal - before) / before if before > 0.0 else np.full(len(signal), np.nan)
        if not np.isfinite(enhancement).all() or not enhancement.max() > 0.0:
            raise InputError(
                f'The mean signal in "{artery.name}" does not enhance, so it is no input.', "Choose a region inside an artery."
            )
        blood = self._concentration(enhancement, p.t1_blood_ms / 1000.0)
        return np.maximum(blood, 0.0) / (1.0 - p.hematocrit), f'input measured in "{artery.name}"'

    def _concentration(self, enhancement: Float, t10_s: float) -> Float:
        p = self.parameters
        if p.repetition_ms is None or p.flip_deg is None:
            return np.asarray(enhancement / (p.relaxivity * t10_s))
        tr, cosine = p.repetition_ms / 1000.0, float(np.cos(np.radians(p.flip_deg)))
        before = float(np.exp(-tr / t10_s))
        level = (1.0 - before) / (1.0 - cosine * before) * (1.0 + enhancement)
        with np.errstate(invalid="ignore", divide="ignore"):
            rate = -np.log((1.0 - level) / (1.0 - cosine * level)) / tr
        return np.asarray((rate - 1.0 / t10_s) / p.relaxivity)

    def _conversion(self) -> str:
        p = self.parameters
        how = "in proportion" if p.flip_deg is None else f"by a gradient echo of TR {p.repetition_ms:g} ms, {p.flip_deg:g} deg"
        return f"concentration {how} with T1 {p.t1_tissue_ms:g} ms (blood {p.t1_blood_ms:g} ms), r1 {p.relaxivity:g} l/mmol/s"

    def _fitted(
        self, frames: Frames, baseline: Baseline, curves: Float, plasma: Float, progress: Progress
    ) -> dict[str, NDArray[np.float32]]:
        from ..kernels.tofts import best_rates  # noqa: PLC0415  (slow to import)

        found = np.empty((4, frames.array[0].size), dtype=np.float32)
        own, cross = (curves * curves).sum(axis=1), curves @ plasma
        with_plasma = float(plasma @ plasma) if self.parameters.model == "extended" else 0.0
        for where, enhancement, _ in blocks_of(frames, baseline, progress):
            tissue = self._concentration(enhancement, self.parameters.t1_tissue_ms / 1000.0)
            made = np.empty((4, tissue.shape[1]), dtype=np.float32)
            squares = (tissue * tissue).sum(axis=0)
            best_rates(curves @ tissue, plasma @ tissue, squares, own, cross, with_plasma, RATES, made)
            found[:, where] = made
        ktrans, kep, vp, left = found
        with np.errstate(invalid="ignore", divide="ignore"):
            ve = np.where(kep > 0.0, ktrans / kep, np.nan).astype(np.float32)
        residual = np.sqrt(left / len(frames))
        return {MAIN: ktrans * np.float32(60.0), "ve": ve, "vp": vp, "kep": kep * np.float32(60.0), "residual": residual}
