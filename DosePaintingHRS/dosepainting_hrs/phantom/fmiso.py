"""Fluoromisonidazole in tissue over time: plasma, free and trapped tracer, as a compartment model with an exact solution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
FRAMES_S = (10.0,) * 36 + (60.0,) * 18 + (360.0,) * 11
"""Durations of the 65 frames of Boeke et al. 2023: 36 of 10 s, 18 of 60 s, 11 of 360 s."""
_STEP_S = 1.0
# Feng et al. 1993, J Cereb Blood Flow Metab 13:608-623: input (A1 t - A2 - A3) e^(l1 t) + A2 e^(l2 t) + A3 e^(l3 t), t in min.
_A1, _A2, _A3 = 851.1225, 21.8798, 20.8113
_RATES = (-4.133859, -0.1190083, -0.01043449)
_SUV_PER_UNIT = 0.11
"""Brings the input to SUV: about 9 at its peak and 1.2 after an hour."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Rates of one tissue.

    Parameters
    ----------
    k1 : float
        Plasma to tissue, ml/ml/min.
    k2 : float
        Tissue to plasma, 1/min.
    k3 : float
        Free to trapped, 1/min: binding in cells without oxygen, which does not go back.
    blood : float
        Share of the volume that is blood.
    """

    k1: float
    k2: float
    k3: float
    blood: float


def plasma(times_s: Float) -> Float:
    """Return the input at times after the injection, SUV; 0 before."""
    t = np.maximum(np.asarray(times_s, dtype=np.float64), 0.0) / 60.0
    first, second, third = (np.exp(rate * t) for rate in _RATES)
    return np.where(
        np.asarray(times_s) > 0.0, _SUV_PER_UNIT * ((_A1 * t - _A2 - _A3) * first + _A2 * second + _A3 * third), 0.0
    )


def frame_means(tissue: Exchange, durations_s: tuple[float, ...] = FRAMES_S) -> Float:
    """Return the mean concentration in tissue over each frame, SUV, decay-corrected; the scan begins with the injection.

    Parameters
    ----------
    tissue : Exchange
        Its rates.
    durations_s : tuple of float
        Durations of frames that follow each other.

    Notes
    -----
    dF/dt = K1 Cp - (k2 + k3) F, dB/dt = k3 F, C = (1 - v) (F + B) + v Cp; irreversible two-tissue model, the form in which
    dynamic FMISO PET is commonly described (Casciari et al. 1995, Med Phys 22:1127-1139; Thorwarth et al. 2005, Phys Med Biol
    50:2209-2224). The rates used for the synthetic tumour are chosen, not taken from there.
    """
    edges = np.concatenate(([0.0], np.cumsum(durations_s)))
    fine = np.arange(0.0, edges[-1] + _STEP_S / 2, _STEP_S)
    inflow = plasma(fine)
    loss, step = (tissue.k2 + tissue.k3) / 60.0, _STEP_S
    decay = np.exp(-loss * step)
    gain = (tissue.k1 / 60.0) * (step if loss == 0.0 else (1.0 - decay) / loss)
    free = np.zeros(len(fine))
    for n in range(1, len(fine)):
        free[n] = free[n - 1] * decay + gain * (inflow[n - 1] + inflow[n]) / 2.0
    trapped = tissue.k3 / 60.0 * _integral(free)
    whole = (1.0 - tissue.blood) * (free + trapped) + tissue.blood * inflow
    area = np.interp(edges, fine, _integral(whole))
    return np.diff(area) / np.diff(edges)


def _integral(values: Float) -> Float:
    return np.concatenate(([0.0], np.cumsum((values[1:] + values[:-1]) / 2.0 * _STEP_S)))
