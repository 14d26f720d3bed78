"""Contrast in arterial plasma over time: a population's by Parker, or measured in an artery."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
FINE_S = 0.5
"""Step of the fine times on which curves are convolved."""

# Parker et al. 2006, Table 1: areas (mmol/l min), centres (min) and widths (min) of two Gaussians; sigmoid with decay.
_AREAS, _CENTRES, _WIDTHS = (0.809, 0.330), (0.17046, 0.365), (0.0563, 0.132)
_ALPHA, _BETA, _S, _TAU = 1.050, 0.1685, 38.078, 0.483


def parker(times_s: Float) -> Float:
    """Return the population's concentration in whole blood, mmol/l, at times after the bolus begins; 0 before.

    Parameters
    ----------
    times_s : array
        Times, s.

    References
    ----------
    Parker GJM, et al. (2006), Experimentally-derived functional form for a population-averaged high-temporal-resolution
    arterial input function for dynamic contrast-enhanced MRI, Magn Reson Med 56:993-1000, doi:10.1002/mrm.21066, Table 1.
    """
    t = np.asarray(times_s, dtype=np.float64) / 60.0
    blood = _ALPHA * np.exp(-_BETA * t) / (1.0 + np.exp(-np.clip(_S * (t - _TAU), -500.0, 500.0)))
    for area, centre, width in zip(_AREAS, _CENTRES, _WIDTHS, strict=True):
        blood += area / (width * np.sqrt(2 * np.pi)) * np.exp(-((t - centre) ** 2) / (2 * width**2))
    return np.where(t >= 0.0, blood, 0.0)


def fine_times(times_s: Float) -> Float:
    """Return even fine times from the first frame to the last, s."""
    count = max(round(float(times_s[-1] - times_s[0]) / FINE_S), 1)
    return np.linspace(float(times_s[0]), float(times_s[-1]), count + 1)


def convolved(plasma: Float, fine_s: Float, rates: Float) -> Float:
    """Convolve a plasma curve with exponentials.

    Parameters
    ----------
    plasma : array, (n,)
        Concentration at `fine_s`, a straight line in between.
    fine_s : array, (n,)
        Even times, s.
    rates : array, (rates,)
        kep, 1/s.

    Returns
    -------
    array, (rates, n)
        Integral of plasma(u) exp(-kep (t - u)) du from the first time to each, exact for the straight lines.
    """
    step = float(fine_s[1] - fine_s[0])
    decay = np.exp(-rates * step)
    # Integrals of exp(-k (step - u)) and of u / step times it over one step.
    whole = -np.expm1(-rates * step) / rates
    later = (step - whole) / (rates * step)
    made = np.zeros((len(rates), len(fine_s)))
    for n in range(1, len(fine_s)):
        made[:, n] = made[:, n - 1] * decay + plasma[n - 1] * (whole - later) + plasma[n] * later
    return made
