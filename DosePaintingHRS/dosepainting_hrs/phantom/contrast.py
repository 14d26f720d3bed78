"""Contrast agent in tissue over time and the signal it makes: the truth of the synthetic contrast series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
FRAME_S, FRAMES, BEFORE = 5.4, 150, 11
"""Boeke et al. 2023: 150 frames of 5.4 s, the first 11 before contrast."""
HEMATOCRIT = 0.42
T1_TISSUE_S, T1_BLOOD_S, RELAXIVITY = 1.2, 1.66, 4.5
REPETITION_S, FLIP_DEG = 0.005, 20.0
_FINE_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Permeability:
    """Extended Tofts parameters of a tissue.

    Parameters
    ----------
    ktrans : float
        1/min.
    ve, vp : float
        Shares of the volume.
    """

    ktrans: float
    ve: float
    vp: float


def blood(times_s: Float) -> Float:
    """Return the concentration in whole blood after a bolus at 0 s, mmol/l: population average of Parker et al. 2006."""
    t = times_s / 60.0
    first = 0.809 / (0.0563 * np.sqrt(2 * np.pi)) * np.exp(-0.5 * ((t - 0.17046) / 0.0563) ** 2)
    second = 0.330 / (0.132 * np.sqrt(2 * np.pi)) * np.exp(-0.5 * ((t - 0.365) / 0.132) ** 2)
    tail = 1.050 * np.exp(-0.1685 * t) / (1.0 + np.exp(np.minimum(-38.078 * (t - 0.483), 600.0)))
    return np.where(times_s >= 0.0, first + second + tail, 0.0)


def signals(tissue: Permeability, *, t1_s: float = T1_TISSUE_S) -> Float:
    """Return the signal of every frame over that before contrast, of a spoiled gradient echo."""
    fine = np.arange(0.0, FRAME_S * FRAMES, _FINE_S)
    cp = blood(fine - FRAME_S * (BEFORE - 0.5)) / (1.0 - HEMATOCRIT)
    decay, leaked = np.exp(-tissue.ktrans / tissue.ve / 60.0 * _FINE_S), np.zeros(len(fine))
    for n in range(1, len(fine)):
        leaked[n] = leaked[n - 1] * decay + tissue.ktrans / 60.0 * _FINE_S * (cp[n - 1] * decay + cp[n]) / 2.0
    concentration = np.interp(FRAME_S * np.arange(FRAMES), fine, tissue.vp * cp + leaked)
    rate, rest, cosine = 1.0 / t1_s + RELAXIVITY * concentration, 1.0 / t1_s, np.cos(np.radians(FLIP_DEG))
    shown = [(1 - np.exp(-REPETITION_S * r)) / (1 - cosine * np.exp(-REPETITION_S * r)) for r in (rate, rest)]
    return np.asarray(shown[0] / shown[1])
