"""What an enhancement curve shows at sight: its highest value and when, its slopes, its area, and two given times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ParameterError
from ..image_frames import Frames
from ..parameters import Field, Preset
from ..progress import Progress, part, silent
from ..quantities import Quantity
from ..registry import MAIN, Map, Output, register_map
from .enhancement import ENHANCEMENT, BaselineParameters, baseline_of, blocks_of, middles_s
from .relative_enhancement import CONTRAST

QUANTITIES = {
    MAIN: Quantity("maximum enhancement", ENHANCEMENT.unit),
    "time_to_peak": Quantity("time to peak", "s"),
    "wash_in": Quantity("wash-in slope", "1/s"),
    "wash_out": Quantity("wash-out slope", "1/s"),
    "auc60": Quantity("AUC60", "s"),
    "auc90": Quantity("AUC90", "s"),
    "percent_enhancement": Quantity("percent enhancement", "%"),
    "ser": Quantity("signal enhancement ratio", "1"),
}
_FEWEST_FOR_SLOPE = 3
Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class DceCurvesParameters(BaselineParameters):
    """Which frames lie before arrival, and the two times after it."""

    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "hylton-2012",
            {"early_s": 150.0, "late_s": 450.0},
            "Hylton et al. 2012, Radiology 263:663-672: breast, early about 2.5 min and late about 7.5 min after injection",
        ),
        Preset("early-and-late", {"early_s": 60.0, "late_s": 180.0}, "short series; times without a source, an example"),
    )

    early_s: Annotated[
        float, Field(help="Time after arrival of percent enhancement and of the numerator of SER.", unit="s", minimum=0.0)
    ]
    late_s: Annotated[float, Field(help="Time after arrival of the denominator of SER.", unit="s", minimum=0.0)]


@register_map("dce-curves", schema=1)
class DceCurves(Map):
    """Maximum enhancement, time to peak, wash-in and wash-out, area under the curve, percent enhancement and SER.

    All from the relative enhancement E = (S - S0) / S0, with times counted from the arrival of contrast, which lies midway
    between the last frame before it and the first one after. Between frames the curve is a straight line.

    Parameters
    ----------
    frames : Frames, (t, z, y, x)
        Contrast-enhanced dynamic MR signal with times.

    Returns
    -------
    Image, (z, y, x)
        Maximum enhancement; the others on demand.

    Raises
    ------
    InputError
        If frames carry no times, the arrival is not found, or the series ends before a time that is asked for.
    QuantityError
        If the frames hold no MR signal.

    Notes
    -----
    Maximum and time to peak: of the first highest frame after arrival. Wash-in: maximum over time to peak. Wash-out: slope of
    the straight line by least squares from the peak on, not a number when fewer than three frames are left. AUC60 and AUC90:
    integral of E from arrival to 60 and 90 s. Percent enhancement: 100 E(early). SER: (S(early) - S0) / (S(late) - S0).

    References
    ----------
    Hylton NM, et al. (2012), Locally advanced breast cancer: MR imaging for prediction of response to neoadjuvant
    chemotherapy, Radiology 263:663-672, doi:10.1148/radiol.12110748.
    """

    inputs = (CONTRAST,)
    also = (
        Output("time_to_peak", "Time from arrival to the maximum, s."),
        Output("wash_in", "Maximum over time to peak, 1/s."),
        Output("wash_out", "Slope from the peak to the end, 1/s."),
        Output("auc60", "Area under the curve of the first 60 s, s."),
        Output("auc90", "Area under the curve of the first 90 s, s."),
        Output("percent_enhancement", "Percent enhancement at the early time, %."),
        Output("ser", "Signal enhancement ratio of the early and the late time."),
    )
    parameters: DceCurvesParameters

    def compute_all(self, frames: Frames, progress: Progress = silent) -> dict[str, Any]:
        """Return maximum enhancement under `MAIN`, and the others; an area over more than the series lasts is refused."""
        progress(0.0, "Looking for the arrival")
        p = self.parameters
        if not p.late_s > p.early_s:
            raise ParameterError(f'Parameter "late_s" ({p.late_s:g} s) must be above "early_s" ({p.early_s:g} s).')
        times = middles_s(frames)
        baseline = baseline_of(frames, p.baseline_frames)
        if baseline.arrival_s is None:
            raise InputError("The frames carry no times.", "Give the DICOM series.")
        after = times[baseline.count :] - baseline.arrival_s
        _require_long_enough(float(after[-1]), p)
        made = {name: np.empty(frames.array[0].size, dtype=np.float32) for name in QUANTITIES}
        for where, curves, _ in blocks_of(frames, baseline, part(progress, 0.1, 1.0)):
            for name, values in _read_off(after, curves[baseline.count :], p).items():
                made[name][where] = values
        lost = int(np.isnan(made[MAIN]).sum())
        step = f"Read off enhancement curves; {baseline}, arrival at {baseline.arrival_s:.4g} s"
        step += f", early {p.early_s:g} s and late {p.late_s:g} s after it."
        step += f" {lost} voxels have no S0 above 0 and hold no number." if lost else ""
        shape = frames.geometry.shape
        return {name: frames.image(array.reshape(shape), QUANTITIES[name], step) for name, array in made.items()}


def _require_long_enough(last: float, p: DceCurvesParameters) -> None:
    if last < max(p.late_s, 90.0):
        raise InputError(
            f"The series ends {last:.4g} s after arrival, but its value at {max(p.late_s, 90.0):g} s is asked for.",
            "Give an earlier --late-s; AUC90 needs 90 s.",
        )


def _read_off(after: Float, curves: Float, p: DceCurvesParameters) -> dict[str, Float]:
    """Return all values of some curves (t, voxels) whose frames lie `after` the arrival, s."""
    with np.errstate(invalid="ignore", divide="ignore"):
        peak = np.where(np.isnan(curves[0]), 0, np.argmax(np.nan_to_num(curves, nan=-np.inf), axis=0))
        highest = np.take_along_axis(curves, peak[None], axis=0)[0]
        time = np.where(np.isnan(highest), np.nan, after[peak])
        early, late = _at(after, curves, p.early_s), _at(after, curves, p.late_s)
        return {
            MAIN: highest,
            "time_to_peak": time,
            "wash_in": highest / time,
            "wash_out": _slope_from(after, curves, peak),
            "auc60": _area(after, curves, 60.0),
            "auc90": _area(after, curves, 90.0),
            "percent_enhancement": 100.0 * early,
            "ser": np.where(late != 0.0, early / late, np.nan),
        }


def _at(after: Float, curves: Float, time: float) -> Float:
    """Interpolate at a time after arrival, where the curve begins with 0."""
    later = int(np.searchsorted(after, time))
    if later < len(after) and after[later] == time:
        return np.asarray(curves[later])
    start, low = (after[later - 1], curves[later - 1]) if later else (0.0, np.zeros_like(curves[0]))
    share = (time - start) / (after[later] - start)
    return np.asarray((1.0 - share) * low + share * curves[later])


def _area(after: Float, curves: Float, until: float) -> Float:
    """Integrate from arrival, where the curve is 0, to a time after it, by trapezes."""
    inside = int(np.searchsorted(after, until, side="right"))
    times = np.concatenate(([0.0], after[:inside], [until]))
    values = np.concatenate((np.zeros_like(curves[:1]), curves[:inside], _at(after, curves, until)[None]))
    return np.asarray((np.diff(times)[:, None] * (values[1:] + values[:-1]) / 2.0).sum(axis=0))


def _slope_from(after: Float, curves: Float, peak: NDArray[np.intp]) -> Float:
    used = np.arange(len(after))[:, None] >= peak
    count = used.sum(axis=0)
    mean_t = (used * after[:, None]).sum(axis=0) / count
    mean_e = (used * curves).sum(axis=0) / count
    lever = used * (after[:, None] - mean_t)
    slope = (lever * (curves - mean_e)).sum(axis=0) / (lever * lever).sum(axis=0)
    return np.where(count >= _FEWEST_FOR_SLOPE, slope, np.nan)
