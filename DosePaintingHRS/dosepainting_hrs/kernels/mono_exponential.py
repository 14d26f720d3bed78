"""Fits of a single exponential to the diffusion signal of every voxel, by logarithms or by least squares of the signal."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .jit import even_kernel

MOST_STEPS = 60
"""A fit that has not settled after this many steps has no result."""
SETTLED = 1e-4
"""A fit has settled when a step changes no parameter by more than this share of itself."""
Float = NDArray[np.float64]
Terms = tuple[float, float, float, float, float, float]


@even_kernel
def fit_line(  # noqa: PLR0917
    logarithms: Float,
    b: Float,
    intercept: Float,
    adc: NDArray[np.float32],
    r2: NDArray[np.float32],
    residual: NDArray[np.float32],
) -> None:
    """Fit ln S = ln S0 - b ADC to each voxel by linear least squares.

    Parameters
    ----------
    logarithms : array, (b-values, voxels)
        ln S; NaN or infinite where the signal is not above 0, which gives NaN in all results.
    b : array, (b-values,)
        In s/um2, so that b ADC has no unit.
    intercept : array, (voxels,)
        Result: ln S0, whose exponential numpy evaluates faster than a loop.
    adc, r2, residual : array of float32, (voxels,)
        Results: um2/s, share of the variance of ln S that the line explains, and root mean square of ln S less the line.
        R2 is NaN where all signals are equal.
    """
    count, voxels = logarithms.shape
    share, middle = 1.0 / count, b.sum() / count
    spread = ((b - middle) ** 2).sum()
    first, sums, slopes = logarithms[0], np.zeros(voxels), np.zeros(voxels)
    squares = np.zeros(voxels)
    levers = np.zeros(count + 4)
    levers[:count] = (b - middle) / spread
    for i in range(1, count, 4):
        # Four at a time, to walk along the sums less often; where there is no further one, the first adds nothing.
        one, two = logarithms[i], logarithms[i + 1 if i + 1 < count else 0]
        three, four = logarithms[i + 2 if i + 2 < count else 0], logarithms[i + 3 if i + 3 < count else 0]
        lever_1, lever_2, lever_3, lever_4 = levers[i], levers[i + 1], levers[i + 2], levers[i + 3]
        for v in range(voxels):
            # From the first one, so that the sum of squares keeps its digits.
            base = first[v]
            rise_1, rise_2, rise_3, rise_4 = one[v] - base, two[v] - base, three[v] - base, four[v] - base
            sums[v] += (rise_1 + rise_2) + (rise_3 + rise_4)
            slopes[v] += (lever_1 * rise_1 + lever_2 * rise_2) + (lever_3 * rise_3 + lever_4 * rise_4)
            squares[v] += (rise_1 * rise_1 + rise_2 * rise_2) + (rise_3 * rise_3 + rise_4 * rise_4)
    for v in range(voxels):
        total = squares[v] - sums[v] * sums[v] * share
        left = max(total - slopes[v] * slopes[v] * spread, 0.0)
        intercept[v] = first[v] + sums[v] * share - slopes[v] * middle
        adc[v] = -slopes[v]
        r2[v] = 1.0 - left / total
        residual[v] = math.sqrt(left * share)


@even_kernel
def fit_weighted(  # noqa: PLR0917
    signals: Float,
    logarithms: Float,
    b: Float,
    adc: NDArray[np.float32],
    s0: NDArray[np.float32],
    r2: NDArray[np.float32],
    residual: NDArray[np.float32],
) -> None:
    """Fit ln S = ln S0 - b ADC to each voxel, each logarithm weighted by the square of its signal.

    That is the inverse of its variance when the noise of all signals is the same.

    Parameters
    ----------
    signals : array, (b-values, voxels)
        S.
    logarithms : array, (b-values, voxels)
        ln S; NaN or infinite where the signal is not above 0, which gives NaN in all results.
    b : array, (b-values,)
        In s/um2, so that b ADC has no unit.
    adc, s0, r2, residual : array of float32, (voxels,)
        Results: um2/s, signal, share of the weighted variance of ln S that the line explains (NaN where all signals are
        equal), and weighted root mean square of ln S less the line.
    """
    count, voxels = logarithms.shape
    for v in range(voxels):
        sum_w, sum_b, sum_y = 0.0, 0.0, 0.0
        for i in range(count):
            w = signals[i, v] * signals[i, v]
            sum_w += w
            sum_b += w * b[i]
            sum_y += w * logarithms[i, v]
        mean_b, mean_y = sum_b / sum_w, sum_y / sum_w
        bb, by, yy = 0.0, 0.0, 0.0
        for i in range(count):
            w = signals[i, v] * signals[i, v]
            db, dy = b[i] - mean_b, logarithms[i, v] - mean_y
            bb += w * db * db
            by += w * db * dy
            yy += w * dy * dy
        slope = by / bb
        left = max(yy - slope * by, 0.0)
        adc[v] = -slope
        s0[v] = math.exp(mean_y - slope * mean_b)
        r2[v] = 1.0 - left / yy if yy > 0.0 else np.nan
        residual[v] = math.sqrt(left / sum_w)


@even_kernel
def fit_signals(  # noqa: PLR0917
    signals: Float,
    b: Float,
    floor: float,
    adc: NDArray[np.float32],
    s0: NDArray[np.float32],
    r2: NDArray[np.float32],
    residual: NDArray[np.float32],
) -> None:
    """Fit S = sqrt((S0 exp(-b ADC))^2 + floor^2) to each voxel by least squares; without floor a plain exponential.

    Parameters
    ----------
    signals : array, (b-values, voxels)
        A voxel with a value that is not finite, or with none above 0, gets NaN in all results.
    b : array, (b-values,)
        In s/um2, rising.
    floor : float
        Signal that is left when the true signal vanishes; 0 for none.
    adc, s0, r2, residual : array of float32, (voxels,)
        Starting values of `adc` and `s0` on entry, where they are finite; results on return: um2/s, signal, share of the
        variance of the signals that is explained (NaN where all are equal), and root mean square of signal less fit.

    Notes
    -----
    Levenberg-Marquardt in two parameters, with the gradients written out. It stops when a step changes no parameter by
    more than `SETTLED` of itself, and gives NaN after `MOST_STEPS` steps without that. Equal steps of b share one
    exponential.
    """
    count, voxels = signals.shape
    step_of, steps = _steps(b)
    decays, one = np.empty(len(steps)), np.empty(count)
    for v in range(voxels):
        mean, top, usable = 0.0, 0.0, True
        for i in range(count):
            one[i] = signals[i, v]
            usable = usable and math.isfinite(one[i])
            mean += one[i] / count
            top = max(top, one[i])
        found, a, d, cost = False, 0.0, 0.0, 0.0
        if usable and top > 0.0:
            a = float(s0[v]) if math.isfinite(s0[v]) and s0[v] > 0.0 else top
            d = float(adc[v]) if math.isfinite(adc[v]) else 0.0
            found, a, d, cost = _settled(one, b, floor, a, d, top, step_of, steps, decays)
        if not found:
            adc[v], s0[v], r2[v], residual[v] = np.nan, np.nan, np.nan, np.nan
            continue
        total = 0.0
        for i in range(count):
            total += (one[i] - mean) ** 2
        adc[v], s0[v] = d, a
        r2[v] = 1.0 - cost / total if total > 0.0 else np.nan
        residual[v] = math.sqrt(cost / count)


@even_kernel
def _steps(b: Float) -> tuple[NDArray[np.int64], Float]:
    """Return for each b-value which of the distinct steps leads to it from the one before, and these steps."""
    step_of, steps, known = np.empty(len(b), dtype=np.int64), np.empty(len(b)), 0
    for i in range(len(b)):
        step, found = b[i] - (b[i - 1] if i else 0.0), -1
        for k in range(known):
            if abs(steps[k] - step) <= 1e-9 * (abs(step) + b[-1]):
                found = k
        if found < 0:
            steps[known], found = step, known
            known += 1
        step_of[i] = found
    return step_of, steps[:known].copy()


@even_kernel
def _terms(  # noqa: PLR0917
    signals: Float, b: Float, floor: float, a: float, d: float, step_of: NDArray[np.int64], steps: Float, decays: Float
) -> Terms:
    """Return the sum of squares at (a, d) and the sums that the next step is made of."""
    for k in range(len(steps)):
        decays[k] = math.exp(-steps[k] * d) if steps[k] != 0.0 else 1.0
    cost, aa, ad, dd, ar, dr, decay = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0
    for i in range(len(b)):
        decay *= decays[step_of[i]]
        clean = a * decay
        value, by_a, by_d = clean, decay, -b[i] * clean
        if floor > 0.0:
            square = clean * clean + floor * floor
            inverse = 1.0 / math.sqrt(square)
            value = square * inverse
            by_a *= clean * inverse
            by_d *= clean * inverse
        rest = signals[i] - value
        cost += rest * rest
        aa += by_a * by_a
        ad += by_a * by_d
        dd += by_d * by_d
        ar += by_a * rest
        dr += by_d * rest
    return cost, aa, ad, dd, ar, dr


@even_kernel
def _settled(  # noqa: PLR0917
    signals: Float,
    b: Float,
    floor: float,
    a: float,
    d: float,
    top: float,
    step_of: NDArray[np.int64],
    steps: Float,
    decays: Float,
) -> tuple[bool, float, float, float]:
    """Walk from (a, d) to the nearest minimum; tell whether it was reached, where it lies and how deep it is."""
    damping = 1e-4
    cost, aa, ad, dd, ar, dr = _terms(signals, b, floor, a, d, step_of, steps, decays)
    for _ in range(MOST_STEPS):
        steep_a, steep_d = aa * (1.0 + damping), dd * (1.0 + damping)
        determinant = steep_a * steep_d - ad * ad
        if not determinant > 0.0:
            return False, a, d, cost
        step_a, step_d = (steep_d * ar - ad * dr) / determinant, (steep_a * dr - ad * ar) / determinant
        small = abs(step_a) <= SETTLED * (abs(a) + 1e-6 * top) and abs(step_d) <= SETTLED * abs(d) + 1e-6
        if small and damping < 1.0:
            return True, a + step_a, d + step_d, cost
        new, aa_, ad_, dd_, ar_, dr_ = _terms(signals, b, floor, a + step_a, d + step_d, step_of, steps, decays)
        if new <= cost:
            a, d, cost, aa, ad, dd, ar, dr = a + step_a, d + step_d, new, aa_, ad_, dd_, ar_, dr_
            damping = max(damping * 0.03, 1e-12)
        else:
            damping *= 10.0
            if damping > 1e12:
                return small, a, d, cost
    return False, a, d, cost
