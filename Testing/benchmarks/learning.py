"""Measure the parameter-space scan beside numpy, scipy and scikit-learn: ``python Testing/benchmarks/learning.py``.

Writes ``learning.md`` to docs/benchmarks. One core: processor time of one thread, the least of three runs, ours and theirs.
What would take too long is measured on some centres of every number of maps and extrapolated to 5000 centres, 31 subsets.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # One core: before numpy is loaded.

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Testing" / "Python"))

from builders.cohorts import voxels_of  # noqa: E402
from dosepainting_hrs.kernels.ball import members  # noqa: E402
from dosepainting_hrs.kernels.kd_leaves import kd_order  # noqa: E402
from dosepainting_hrs.learning.plan import Plan  # noqa: E402
from dosepainting_hrs.learning.scan import scan  # noqa: E402
from dosepainting_hrs.learning.settings import LeaveOneOut, PermutedSize, ScanSettings  # noqa: E402
from dosepainting_hrs.learning.tasks import refitted, scan_piece, space_of  # noqa: E402
from dosepainting_hrs.learning.voxels import Voxels  # noqa: E402
from dosepainting_hrs.learning.workers import Threads  # noqa: E402
from dosepainting_hrs.phantom.cohort_voxels import cohort_voxels  # noqa: E402

SUBSETS = {1: 5, 2: 10, 3: 10, 4: 5, 5: 1}
CENTRES, COHORTS, RUN, REPEATS = 5000, 51, 32, 3
PLAIN: dict[str, Any] = {"bootstraps": 0, "permutations": 0}


def main() -> int:
    """Measure everything and write the page; the exit status is 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks")
    parser.add_argument("--centres", type=int, default=256, help="centres of ours for each number of maps")
    parser.add_argument("--peer-centres", type=int, default=6, help="centres of the peers for each number of maps")
    parser.add_argument("--full-job", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.full_job:
        return full_job()
    voxels = voxels_of(cohort_voxels(seed=1))
    rows: list[tuple[str, str, str, bool | None]] = []
    compute(rows, voxels, chosen.centres, chosen.peer_centres)
    sizes(rows, voxels, chosen.centres)
    many_voxels(rows, voxels)
    threads(rows, voxels)
    apply_model(rows)
    whole(rows)
    text = page(rows, voxels, chosen.centres, chosen.peer_centres)
    (chosen.out / "learning.md").write_text(text, encoding="utf-8")
    print(text)
    return int(any(reached is False for *_, reached in rows))


def cpu(work: Callable[[], object]) -> float:
    """Return the least processor seconds of some work."""
    found = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def total(seconds: Callable[[int], tuple[float, float]]) -> float:
    """Add up a scan of all subsets from (preparation, per centre) of each number of maps."""
    found = {maps: seconds(maps) for maps in SUBSETS}
    return sum(number * (found[maps][0] + CENTRES * found[maps][1]) for maps, number in SUBSETS.items())


def runs_of(plan: Plan, maps: int, count: int) -> np.ndarray:
    """Return centres in runs of neighbours, as close as those of the whole scan are."""
    at = np.ascontiguousarray(plan.pool.values[plan.centres][:, :maps].T)
    order, number = kd_order(at), max(1, count // RUN)
    runs = [order[start : start + RUN] for start in range(0, len(order) - RUN, len(order) // number)][:number]
    return plan.centres[np.concatenate(runs)]


def ours(plan: Plan, count: int) -> float:
    """Return the time of a scan of all subsets, one core."""

    def of(maps: int) -> tuple[float, float]:
        columns, rows = tuple(range(maps)), runs_of(plan, maps, count)
        prepared = cpu(lambda: space_of(plan.pool, columns))
        space = space_of(plan.pool, columns)
        scan_piece(space, rows[:2], plan.shared, plan.permutations)
        return prepared, cpu(lambda: scan_piece(space, rows, plan.shared, plan.permutations)) / len(rows)

    return total(of)


def ours_whole(voxels: Voxels, **settings: Any) -> float:
    """Return the time of a whole scan by one thread: nothing is extrapolated."""
    chosen = ScanSettings(**settings)

    def work() -> None:
        with Threads(1) as pool:
            scan(voxels, chosen, workers=pool)

    return cpu(work)


def ours_independent(plan: Plan, count: int) -> float:
    """Return the time of 51 cohorts with centres and normalisation of their own, from one bootstrap cohort."""

    def of(maps: int) -> tuple[float, float]:
        assert plan.bootstraps is not None
        columns, cohort, raw = tuple(range(maps)), plan.bootstraps.one(0), plan.raw_pool()
        own = plan.cohort_centres(0)
        at = np.ascontiguousarray(plan.pool.values[own][:, :maps].T)
        order = kd_order(at)
        rows = own[np.concatenate([order[start : start + RUN] for start in range(0, 4968, 4968 // (count // RUN))])]
        once = cpu(lambda: refitted(raw, columns, cohort, rows[:1], None))
        return once, max(cpu(lambda: refitted(raw, columns, cohort, rows, None)) - once, 1e-9) / len(rows)

    return COHORTS * total(of)


def scores(shares: np.ndarray, times: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return S of the shares (b, t) of cohorts, in numpy."""
    sums = []
    for first, last in pairwise(starts):
        share, weight = shares[:, first:last], times[:, first:last]
        number = weight.sum(axis=1)
        mean = (weight * share).sum(axis=1) / number
        sums.append((number, mean, (weight * (share - mean[:, None]) ** 2).sum(axis=1)))
    pairs = [(high[1] - low[1]) / np.sqrt((low[2] + high[2]) / (low[0] + high[0] - 2)) for low, high in pairwise(sums)]
    return np.mean(pairs, axis=0)


def numpy_shared(plan: Plan, count: int) -> float:
    """Return the time of numpy when cohorts share centres, distances and one sort per centre."""
    cohorts, pool = plan.shared, plan.pool
    starts = np.searchsorted(pool.class_index, np.arange(pool.classes + 1))
    tumours, blocks = len(pool.volumes), 2 * int(cohorts.n_hrs.max()) // 64 + 1
    most, times, each = 64 * blocks, cohorts.multiplicity.astype(np.float64), np.arange(len(cohorts.n_hrs))

    def of(maps: int) -> tuple[float, float]:
        axes = [np.ascontiguousarray(pool.values[:, axis], dtype=np.float32) for axis in range(maps)]

        def work() -> None:
            for row in plan.centres[:count]:
                distances = sum((axis - axis[row]) ** 2 for axis in axes)
                near = np.argpartition(distances, most)[:most]
                whose = pool.tumour[near[np.argsort(distances[near])]]
                # Counts of every tumour up to every 64th voxel; only the block in which a cohort is full is looked into.
                keys = whose + tumours * (np.arange(most) // 64)
                counts = np.bincount(keys, minlength=tumours * blocks).reshape(blocks, tumours).cumsum(axis=0)
                counts = np.vstack([np.zeros((1, tumours), dtype=counts.dtype), counts])
                full = np.minimum(((counts @ times.T) < cohorts.n_hrs).sum(axis=0) - 1, blocks - 1)
                inside = whose.reshape(blocks, 64)[full]
                reached = (counts[full] * times).sum(axis=1)[:, None] + np.cumsum(times[each[:, None], inside], axis=1)
                kept = np.arange(64) < ((reached < cohorts.n_hrs[:, None]).sum(axis=1) + 1)[:, None]
                rest = np.bincount((each[:, None] * tumours + inside)[kept], minlength=len(each) * tumours)
                scores((counts[full] + rest.reshape(-1, tumours)) / pool.volumes, times, starts)

        return 0.0, cpu(work) / count

    return total(of)


def independent(
    plan: Plan, count: int, prepare: Callable[[np.ndarray], Any], near: Callable[[Any, np.ndarray, int], np.ndarray]
) -> float:
    """Return the time of a peer for 51 cohorts, each with its own search structure, from one."""
    pool, size = plan.pool, int(plan.true.n_hrs[0])
    starts = np.searchsorted(pool.class_index, np.arange(pool.classes + 1))
    times = np.ones((1, len(pool.volumes)))

    def of(maps: int) -> tuple[float, float]:
        values = np.ascontiguousarray(pool.values[:, :maps])
        once = cpu(lambda: prepare(values))
        made = prepare(values)

        def work() -> None:
            for row in plan.centres[:count]:
                found = near(made, values[row], size)
                shares = np.bincount(pool.tumour[found], minlength=len(pool.volumes)) / pool.volumes
                scores(shares[None], times, starts)

        return once, cpu(work) / count

    return COHORTS * total(of)


def compute(rows: list[tuple[str, str, str, bool | None]], voxels: Voxels, count: int, peers: int) -> None:
    """Measure scans of one size beside the peers."""
    from scipy.spatial import cKDTree
    from sklearn.neighbors import NearestNeighbors

    scan(voxels, ScanSettings(iterations=10, bootstraps=2, permutations=2))  # Compiles what is to be measured.
    plain, full = ours_whole(voxels, **PLAIN), ours_whole(voxels, permutations=0)
    job = Plan.of(voxels, ScanSettings(permutations=0), None)
    shared = numpy_shared(job, peers)
    rows.append(("plain scan, 31 subsets", f"{plain:.1f} s", "5 s", plain <= 5))
    rows.append(("full job: the same with 50 bootstraps, shared centres", f"{full:.1f} s", "20 s", full <= 20))
    rows.append(
        ("numpy with the same sharing", f"{shared:.0f} s, {shared / full:.1f} x ours", "at least 10 x", shared >= 10 * full)
    )
    for size, most in ((PermutedSize.KEPT, 1.5), (PermutedSize.RECOMPUTED, 5.0)):
        more = ours_whole(voxels, bootstraps=0, permutations=1000, permuted_n_hrs=size) - plain
        rows.append(
            (
                f"1000 permutations, N_HRS {size.value}",
                f"{more / plain:.1f} plain scans more",
                f"{most:g}",
                more <= most * plain,
            )
        )
    left = ours_whole(voxels, **PLAIN, leave_one_out=LeaveOneOut.KEPT)
    rows.append(("leave-one-out, centres kept", f"{left / plain:.1f} plain scans", "3", left <= 3 * plain))
    own = ours_independent(job, count)
    rows.append(("full job, independent centres", f"{own:.0f} s", "", None))
    found = {
        "numpy, float32, an array per axis, argpartition": (
            independent(
                job,
                peers,
                lambda values: [np.ascontiguousarray(axis, dtype=np.float32) for axis in values.T],
                lambda axes, at, size: np.argpartition(
                    sum((axis - np.float32(one)) ** 2 for axis, one in zip(axes, at, strict=True)), size
                )[:size],
            ),
            10,
        ),
        "scipy cKDTree": (independent(job, peers, cKDTree, lambda tree, at, size: tree.query(at, size)[1]), 40),
        "scikit-learn, brute force": (
            independent(
                job,
                peers,
                lambda values: NearestNeighbors(algorithm="brute").fit(values),
                lambda model, at, size: model.kneighbors(at[None], size, return_distance=False)[0],
            ),
            0,
        ),
    }
    for name, (seconds, times) in found.items():
        goal = f"at least {times} x" if times else ""
        rows.append(
            (
                f"{name}, independent centres",
                f"{seconds:.0f} s, {seconds / own:.1f} x ours",
                goal,
                seconds >= times * own if times else None,
            )
        )


def sizes(rows: list[tuple[str, str, str, bool | None]], voxels: Voxels, count: int) -> None:
    """Measure ties, and ten times the voxels."""
    settings = ScanSettings(**PLAIN)
    plain = ours(Plan.of(voxels, settings, None), count)
    for step in (0.1, 0.5):
        tied = ours(Plan.of(replace(voxels, values=np.round(voxels.values / step) * step), settings, None), count)
        rows.append((f"plain scan, maps in steps of {step:g} SD", f"{tied / plain:.2f} x", "2 x", tied <= 2 * plain))
    ten = ours(Plan.of(voxels_of(cohort_voxels(seed=1, scale=10.0)), settings, None), count)
    rows.append(("plain scan, ten times the voxels", f"{ten / plain:.1f} x", "10 x", ten <= 10 * plain))


def many_voxels(rows: list[tuple[str, str, str, bool | None]], voxels: Voxels) -> None:
    """Measure a hundred times the voxels on one subset of three maps, like for like: the same centres in both."""
    found = []
    for cohort in (voxels, voxels_of(cohort_voxels(seed=1, scale=100.0))):
        plan = Plan.of(cohort, ScanSettings(**PLAIN, iterations=CENTRES), None)
        start = time.process_time()
        space = space_of(plan.pool, (0, 1, 2))
        prepared = time.process_time() - start
        centres = runs_of(plan, 3, 4 * RUN)
        scan_piece(space, centres[:2], plan.shared, None)
        each = cpu(lambda: scan_piece(space, centres, plan.shared, None)) / len(centres)  # noqa: B023
        found.append(prepared + CENTRES * each)
    count = cohort.count
    rows.append(
        (
            f"plain scan of three maps, {count / voxels.count:.0f} times the voxels ({count / 1e6:.1f} million)",
            f"{found[1]:.0f} s, {found[1] / found[0]:.0f} x",
            "100 x",
            found[1] <= 100 * found[0],
        )
    )


def threads(rows: list[tuple[str, str, str, bool | None]], voxels: Voxels) -> None:
    """Measure the plain scan that may use two processors against one that may use one, by the clock, the least of each."""
    settings = ScanSettings(**PLAIN)
    found: dict[int, list[float]] = {1: [], 2: []}
    every = sorted(os.sched_getaffinity(0))
    for _ in range(7):
        for number, seconds in found.items():
            os.sched_setaffinity(0, every[:number])  # Threads begun from here on stay there too.
            start = time.perf_counter()
            with Threads(number) as pool:
                scan(voxels, settings, workers=pool)
            seconds.append(time.perf_counter() - start)
    os.sched_setaffinity(0, every)
    ratio = min(found[1]) / min(found[2])
    load = os.getloadavg()[0]
    rows.append(
        (
            f"plain scan on two processors, by the clock, load of the machine {load:.1f}",
            f"{ratio:.2f} x faster",
            "1.8 x",
            ratio >= 1.8 if load < 3 else None,
        )
    )


def apply_model(rows: list[tuple[str, str, str, bool | None]]) -> None:
    """Measure membership of four million voxels in a cluster of three maps."""
    random = np.random.default_rng(0)
    maps = [random.normal(size=(100, 200, 200)).astype(np.float32) for _ in range(3)]
    mean, sd, centre = [0.1, 0.2, 0.3], [1.1, 1.2, 0.9], [-0.5, 0.2, 1.0]

    def plain() -> np.ndarray:
        z = (np.stack(maps, axis=-1).reshape(-1, 3).astype(np.float64) - mean) / sd
        return ((z - centre) ** 2).sum(axis=1) <= 0.5

    assert (members(maps, mean, sd, centre, 0.5).ravel() == plain()).all()
    times = {"ours": [], "plain": [], "copy": []}
    for _ in range(5):
        times["ours"].append(cpu(lambda: members(maps, mean, sd, centre, 0.5)))
        times["plain"].append(cpu(plain))
        times["copy"].append(cpu(lambda: [one.copy() for one in maps]))
    own, slow, copy = (median(times[name]) for name in ("ours", "plain", "copy"))
    rows.append(("3D model on 4 million voxels", f"{own * 1e3:.0f} ms, numpy {slow / own:.0f} x", "20 x", slow >= 20 * own))
    rows.append(("the same against copying the maps", f"{own / copy:.2f} x", "2.5 x", own <= 2.5 * copy))


def whole(rows: list[tuple[str, str, str, bool | None]]) -> None:
    """Run the full job once in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--full-job"], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, done.stdout.split())
    rows.append(("full job, run whole on all cores, by the clock", f"{seconds:.0f} s", "", None))
    rows.append(("its memory, the interpreter included", f"{megabytes:.0f} MB", "500 MB", megabytes <= 500))


def full_job() -> int:
    """Run the full job and print seconds and megabytes."""
    voxels = voxels_of(cohort_voxels(seed=1))
    scan(voxels, ScanSettings(iterations=10, permutations=0))
    start = time.perf_counter()
    scan(voxels, ScanSettings(permutations=0))
    seconds = time.perf_counter() - start
    # Not getrusage: on Linux its maximum includes the process that this one was forked from.
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    peak = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), None)
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 if peak is None else peak)
    return 0


def page(rows: list[tuple[str, str, str, bool | None]], voxels: Voxels, count: int, peers: int) -> str:
    """Return the page."""
    lines = [
        f"| {what} | {found} | {goal} | {'' if reached is None else 'yes' if reached else '**no**'} |"
        for what, found, goal, reached in rows
    ]
    return (
        "# The parameter-space scan, measured\n\n"
        f"Written by `Testing/benchmarks/learning.py`: {len(voxels.tumours)} tumours, {voxels.count} voxels, 31 subsets "
        f"of five maps, {CENTRES} centres. Processor seconds of one thread, the least of {REPEATS} runs, ours and theirs, "
        f"except in rows that say by the clock. Ours, up to leave-one-out: whole scans. Ours below: {count} centres of every "
        f"number of maps, in runs of neighbours as dense as among all {CENTRES}, extrapolated. Peers: {peers} centres, "
        "extrapolated; "
        "what peers prepare (a tree) counts once for each subset and cohort. Full job: the cohort and 50 bootstraps. "
        "Independent: every cohort with its own z-normalisation, centres and search structure, measured on one cohort.\n\n"
        f"{platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} when written; a loaded machine "
        "makes all seconds longer than they are alone, and ratios uncertain by half as well: "
        "others' work takes the cache away.\n\n"
        "| what | found | goal | reached |\n|---|---|---|---|\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
