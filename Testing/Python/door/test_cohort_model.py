"""Model files from scans: what their bootstrap models are, with centres and normalisation shared or of their own."""

from __future__ import annotations

import json

import numpy as np
import pytest

from builders.bad_input import Door
from builders.cohort_files import write_small_cohort
from dosepainting_hrs.learning.cohort_table import read_cohort
from dosepainting_hrs.learning.pooling import pooled
from dosepainting_hrs.learning.resampling import draw_bootstraps
from dosepainting_hrs.learning.settings import ScanSettings
from dosepainting_hrs.learning.tumours import load_tumours


@pytest.mark.parametrize("option", ["", "--independent-centres"])
def test_every_bootstrap_model_holds_the_n_hrs_voxels_of_its_cohort(door: Door, option: str) -> None:
    """By plain numpy: tumours counted as often as they were drawn, in the normalisation that the model states."""
    table = write_small_cohort(door.folder)
    words = ["--maps", "ADC,FMISO_c1", "--iterations", 30, "--bootstraps", 4, "--permutations", 0, "--seed", 2]
    door("cohort", "scan", table, *words, *([option] if option else []), "-o", "scan")
    assert door("cohort", "model", "--scan", "scan", "-o", "model.json")["bootstrap_models"] == 4
    model = json.loads((door.folder / "model.json").read_text())

    cohort = read_cohort(table)
    tumours = load_tumours(cohort, cohort.rows, cohort.map_names)
    voxels, _ = pooled(cohort, tumours, cohort.map_names).canonical_order()
    drawn = draw_bootstraps(voxels, ScanSettings(bootstraps=4, seed=2)).multiplicity
    shares = np.array([(0.0, 0.075, 0.15)[one] for one in voxels.class_index])
    for times, one in zip(drawn, model["bootstrap_models"], strict=True):
        counted = times[voxels.tumour]
        values = np.repeat(voxels.values, counted, axis=0) if option else voxels.values
        np.testing.assert_allclose(one["z_mean"], values.mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(one["z_sd"], values.std(axis=0), rtol=1e-12)
        z = (voxels.values - one["z_mean"]) / one["z_sd"]
        away = np.linalg.norm(z - one["centre_z"], axis=1) / one["radius_z"]
        n_hrs = int(np.floor((shares * 120 * times).sum() + 0.5 + 1e-9))
        assert counted[away < 1 - 1e-9].sum() < n_hrs <= counted[away < 1 + 1e-9].sum()


def test_a_model_of_supervoxels_says_so(door: Door) -> None:
    table = write_small_cohort(door.folder)
    words = ["--maps", "ADC", "--iterations", 20, "--bootstraps", 0, "--permutations", 0, "--supervoxels", 5]
    door("cohort", "scan", table, *words, "-o", "scan")
    told = door("cohort", "model", "--scan", "scan", "-o", "model.json")
    assert "learned from means of about 5 voxels" in told["summary"]
