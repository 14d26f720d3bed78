"""A scan with all refitted on a local cluster of two workers, one killed half-way: nothing is lost, no bit differs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dosepainting_hrs.errors import DependencyError, ParameterError
from dosepainting_hrs.learning.dask_workers import DaskWorkers

# In a process of its own: a cluster leaves threads and sockets behind that are not ours to judge.
PROGRAM = """
import hashlib, json, os, signal, sys
sys.path.insert(0, sys.argv[1])

def main():
    from dataclasses import replace
    import numpy as np
    from distributed import Client, LocalCluster
    from builders.cohorts import random_cohort
    from dosepainting_hrs.learning.dask_workers import DaskWorkers
    from dosepainting_hrs.learning.plan import Remade
    from dosepainting_hrs.learning.scan import scan
    from dosepainting_hrs.learning.settings import LeaveOneOut, ScanSettings
    from dosepainting_hrs.learning.workers import Threads

    cohort = random_cohort(31, maps=3, voxels=120)
    settings = ScanSettings(iterations=600, bootstraps=4, permutations=10, leave_one_out=LeaveOneOut.REFITTED)

    def refit(tumour):
        others = cohort.values[cohort.tumour != tumour]
        return Remade(voxels=replace(cohort, values=cohort.values @ np.linalg.svd(others, full_matrices=False)[2].T))

    def told(result):
        digest = hashlib.sha256()
        for one in result.subsets:
            for array in (one.scores, one.bootstrap.scores, one.bootstrap.radii, one.permutation_null, one.held_out.fractions):
                digest.update(array.tobytes())
        return digest.hexdigest()

    killed = []
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None) as cluster:
        with Client(cluster, set_as_default=False) as client:
            pids = list(client.run(os.getpid).values())

        def kill_half_way(fraction, message):
            if fraction > 0.4 and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        with DaskWorkers(cluster.scheduler_address) as workers:
            there = told(scan(cohort, settings, kill_half_way, workers=workers, refit=refit))
    with Threads(1) as workers:
        here = told(scan(cohort, settings, workers=workers, refit=refit))
        kept = told(scan(cohort, settings, workers=workers))
    print(json.dumps({"killed": killed, "pids": pids, "same": there == here, "refit_matters": here != kept}))

if __name__ == "__main__":
    main()
"""


def test_a_worker_is_killed_and_the_result_is_the_same_to_the_bit(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    tests = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, str(program), str(tests)], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    assert len(set(told["pids"])) == 2
    assert told["killed"] == told["pids"][:1]
    assert told["same"]
    assert told["refit_matters"]


@pytest.mark.parametrize("address", ["nowhere", "tcp://127.0.0.1", "127.0.0.1:8786", ""])
def test_what_is_no_address_is_answered_at_once(address: str) -> None:
    with pytest.raises(ParameterError, match=f'is given as tcp://HOST:PORT, got "{address}"'):
        DaskWorkers(address)


class IdleClient:
    """A client of a scheduler that has no worker."""

    closed = 0

    def __init__(self, address: str, **settings: object) -> None:
        assert address == "tcp://127.0.0.1:8786"

    def wait_for_workers(self, count: int, timeout: float) -> None:
        assert (count, timeout) == (1, 30)
        raise TimeoutError

    def close(self) -> None:
        type(self).closed += 1


def test_a_scheduler_without_workers_is_not_waited_for_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytest.importorskip("distributed"), "Client", IdleClient)
    told = 'The Dask scheduler at "tcp://127.0.0.1:8786" has no worker, after 30 s. Start one or more: dask worker tcp://127'
    with pytest.raises(DependencyError, match=re.escape(told)):
        DaskWorkers("tcp://127.0.0.1:8786")
    assert IdleClient.closed == 1


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DependencyError, match=r"dosepainting-hrs\[scale\]"):
        DaskWorkers("tcp://127.0.0.1:1")
