"""Times of ADC and of curve components against their peers: ``python Testing/benchmarks/map_times.py [--repetitions N]``.

Writes ``docs/benchmarks/maps.md``; the exit status is 1 when a goal is missed. All sides run in this process, one after the
other in every repetition, on the same arrays in memory; medians are compared. What is compared is time of the processor, all
threads together, which other work on the machine disturbs less than the clock. Peers that take long run on a part of the
voxels, and their time is extrapolated in proportion, which the page says.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import scipy
import sklearn
from numpy.typing import NDArray
from scipy.optimize import curve_fit
from sklearn.decomposition import TruncatedSVD

from dosepainting_hrs.maps.components import Normalisation, Preparation, Weighting, components_of, gram_of, projected
from dosepainting_hrs.maps.exponential_fit import BLOCK, Fit, fit_block, fit_exponential
from dosepainting_hrs.progress import silent

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "maps.md"
B_VALUES = tuple(100.0 * step for step in range(9))
ADC_VOXELS, SVD_VOXELS, FRAMES = 256 * 256 * 60, 200 * 200 * 100, 65
SAMPLE = 1500
Rows = list[tuple[str, str, str, str, bool | None]]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def signals(voxels: int, snr: float) -> NDArray[np.float32]:
    """Magnitude signals of nine b-values with Rician noise of a signal-to-noise ratio at b = 0."""
    draw = np.random.default_rng(int(snr))
    adc, s0 = draw.uniform(500, 2500, voxels), draw.uniform(500, 1500, voxels)
    made = np.empty((len(B_VALUES), voxels), dtype=np.float32)
    for row, b in enumerate(B_VALUES):
        clean = s0 * np.exp(-b * adc * 1e-6)
        made[row] = np.hypot(clean + 1000 / snr * draw.standard_normal(voxels), 1000 / snr * draw.standard_normal(voxels))
    return made


def non_linear(repetitions: int, voxels: int) -> Rows:
    rows: Rows = []
    for snr in (10.0, 20.0, 50.0):
        stored = signals(voxels, snr)
        for fit, level in ((Fit.NON_LINEAR, 0.0), (Fit.WITH_FLOOR, float(np.sqrt(2.0) * 1000.0 / snr))):
            rows += _against_curve_fit(stored, fit, level, snr, repetitions)
    return rows


def _against_curve_fit(stored: NDArray[np.float32], fit: Fit, level: float, snr: float, repetitions: int) -> Rows:
    voxels, b = stored.shape[1], np.array(B_VALUES) / 1000.0

    def model(b: Any, s0: float, adc: float) -> Any:
        clean = s0 * np.exp(-b * adc)
        return np.sqrt(clean * clean + level * level) if level else clean

    def peer() -> NDArray[np.float64]:
        sample = stored[:, :SAMPLE].T.astype(np.float64)
        return np.array([curve_fit(model, b, one, p0=(one.max(), 1.0))[0][1] * 1000 for one in sample])

    def ours(count: int = voxels) -> Any:
        return fit_exponential(lambda part: stored[:, part].astype(np.float64), count, B_VALUES, fit, level, silent)

    ours(BLOCK)
    pairs = [(timed(ours), timed(peer)) for _ in range(repetitions)]
    away = np.abs(pairs[0][0][1][0][:SAMPLE] / pairs[0][1][1] - 1)
    share = float(np.mean(~(away <= 1e-3)))
    own = median(mine[0] for mine, _ in pairs)
    whole = median(theirs[0] for _, theirs in pairs) * voxels / SAMPLE
    goal = 0.005 if snr < 20 else 0.0
    name = f"ADC, {fit.value}, SNR {snr:g}"
    told = f"{100 * share:.2f} % of {SAMPLE} over 1e-3, goal {100 * goal:g} %"
    return [
        (name, f"{own:.2f} s", f"{whole:.0f} s (curve_fit)", f"{whole / own:.0f} x, goal 300", whole / own >= 300),
        (f"{name}: disagreement", "", "", told, share <= goal),
    ]


def log_linear(repetitions: int, voxels: int) -> Rows:
    """With one thread on both sides."""
    stored = np.rint(signals(voxels, 50.0)).astype(np.int16)
    b = np.array(B_VALUES) * 1e-6
    made = tuple(np.empty(voxels, dtype=np.float32) for _ in range(4))

    def logarithms() -> None:
        for start in range(0, voxels, BLOCK):
            with np.errstate(divide="ignore"):
                np.log(stored[:, start : start + BLOCK], dtype=np.float64)

    def ours() -> None:
        for start in range(0, voxels, BLOCK):
            part = slice(start, start + BLOCK)
            block = stored[:, part].astype(np.float64)
            fit_block(block, b, Fit.LOG_LINEAR, 0.0, (made[0][part], made[1][part], made[2][part], made[3][part]))

    ours()
    pairs = [(timed(ours)[0], timed(logarithms)[0]) for _ in range(2 * repetitions)]
    own, alone = (median(pair[side] for pair in pairs) for side in (0, 1))
    ratio = own / alone
    what = "ADC, S0, R2 and residual, log-linear, one thread"
    return [(what, f"{own:.2f} s", f"{alone:.2f} s (the logarithms alone)", f"{ratio:.2f} x, goal at most 2", ratio <= 2)]


def components(repetitions: int, voxels: int) -> Rows:
    draw = np.random.default_rng(4)
    t = np.arange(FRAMES)
    shapes = np.stack([np.exp(-t / 8.0) * 8, 3 * (1 - np.exp(-t / 25.0)), np.sin(t / 9.0)]).astype(np.float32)
    frames = np.empty((FRAMES, voxels), dtype=np.float32)
    for start in range(0, voxels, 200_000):
        stop = min(start + 200_000, voxels)
        shares = draw.uniform(0.1, 2.0, (3, stop - start)).astype(np.float32)
        frames[:, start:stop] = shapes.T @ shares + 0.3 * draw.standard_normal((FRAMES, stop - start), dtype=np.float32)
    frames_4d = frames.reshape(FRAMES, voxels, 1, 1)
    plain = Preparation.of(Weighting.NONE, Normalisation.NONE, (1.0,) * FRAMES)

    def ours() -> Any:
        found = components_of(gram_of(frames_4d, None, plain))
        projected(frames_4d, found.vectors[:2], plain)
        return found.singular_values

    matrix = np.ascontiguousarray(frames.T)  # As scikit-learn wants it; made outside its time.

    def arpack() -> Any:
        model = TruncatedSVD(n_components=2, algorithm="arpack", random_state=0)
        model.fit_transform(matrix)
        return model.singular_values_

    part = voxels // 8

    def thin() -> Any:
        return np.linalg.svd(matrix[:part], full_matrices=False)[1]

    tracemalloc.start()
    ours()
    extra = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    mine, theirs, svd = [], [], []
    for _ in range(repetitions):
        mine.append(timed(ours))
        theirs.append(timed(arpack))
        svd.append(timed(thin)[0])
    own, peer = (median(one[0] for one in side) for side in (mine, theirs))
    whole = median(svd) * voxels / part
    exact = np.sqrt(np.linalg.eigvalsh(exact_gram(frames))[::-1][:5])
    away = float(np.abs(mine[0][1] / exact - 1).max())
    name = f"two components of {FRAMES} x {voxels} and their maps"
    return [
        (name, f"{own:.2f} s", f"{peer:.2f} s (TruncatedSVD, arpack)", f"{peer / own:.1f} x, goal 3", peer / own >= 3),
        (name, f"{own:.2f} s", f"{whole:.1f} s (thin SVD, from an eighth)", f"{whole / own:.1f} x, goal 20", whole / own >= 20),
        ("singular values against long double sums", "", "", f"{away:.1e}, goal 1e-6", away <= 1e-6),
        (
            "most extra memory, the maps included",
            f"{extra / 1e6:.0f} MB",
            f"{frames.nbytes / 1e6:.0f} MB (the frames)",
            "goal: at most one copy",
            extra <= frames.nbytes,
        ),
    ]


def exact_gram(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sum the products in blocks with extended precision in between."""
    total = np.zeros((FRAMES, FRAMES), dtype=np.longdouble)
    for start in range(0, frames.shape[1], 1000):
        block = frames[:, start : start + 1000].astype(np.float64)
        total += block @ block.T
    return total.astype(np.float64)


def page(rows: Rows, repetitions: int, share: int) -> str:
    """Return the page."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    about = [
        f"- processor: {model}, {os.cpu_count()} cores",
        f"- python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}",
        f"- scikit-learn {sklearn.__version__}",
        f"- repetitions: {repetitions}, sides in turn in one process; medians of processor time, all threads together",
        f"- {ADC_VOXELS // share} voxels for ADC, {SVD_VOXELS // share} for components"
        + (f", 1 in {share}" if share > 1 else ""),
        f"- ADC: 9 b-values; curve_fit runs on {SAMPLE} voxels with the same model, floor included, and is extrapolated",
    ]
    table = ["| what | ours | peer | result | reached |", "|---|---|---|---|---|"]
    table += [f"| {a} | {b} | {c} | {d} | {'yes' if ok else '**no**'} |" for a, b, c, d, ok in rows]
    return "\n".join(["# Maps", "", "Times of ADC and of curve components beside their peers.", "", *about, "", *table, ""])


def main() -> int:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--share", type=int, default=1, help="take one in so many voxels, for a short run")
    chosen = parser.parse_args()
    rows = [
        *non_linear(chosen.repetitions, ADC_VOXELS // chosen.share),
        *log_linear(chosen.repetitions, ADC_VOXELS // chosen.share),
        *components(chosen.repetitions, SVD_VOXELS // chosen.share),
    ]
    made = page(rows, chosen.repetitions, chosen.share)
    PAGE.write_text(made, encoding="utf-8")
    print(made)
    return int(not all(row[4] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
