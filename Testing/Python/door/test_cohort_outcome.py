"""Patients with and without recurrence: a cohort of two classes, of two tumours of one patient as well, to model and report."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from builders.bad_input import Door
from builders.cohort_files import row_of, write_table, write_tumour


def test_recurrence_yes_or_no_is_a_cohort_of_two_classes(door: Door) -> None:
    random, rows = np.random.default_rng(4), []
    for number in range(10):
        case, recurs = f"P{number}", number >= 5
        adc = random.normal(900, 60, (4, 5, 6))
        adc.ravel()[: 12 + number if recurs else number % 3] = random.normal(450, 10, 12 + number if recurs else number % 3)
        write_tumour(door.folder, case, {"ADC": adc})
        # Tumours 8 and 9 are of one patient; labels are then shuffled between nine patients.
        rows.append(row_of(case, "centre", "yes" if recurs else "no", ["ADC"], patient=f"patient {min(number, 8)}"))
    table = write_table(door.folder, rows)
    classes = [{"name": "no", "target_fraction": 0.0}, {"name": "yes", "target_fraction": 0.15}]
    (door.folder / "cohort.json").write_text(json.dumps({"schema": 1, "classes": classes}))
    assert door("cohort", "check", table)["n_hrs"] == 90, "0.15 x 5 x 120"
    words = ["--iterations", 100, "--bootstraps", 10, "--permutations", 200, "--permute-unit", "patient"]
    scan = door("cohort", "scan", table, *words, "-o", "scan")
    (found,) = scan["subsets"]
    assert len(found["S_pairs"]) == len(found["p_pairs"]) == 1
    assert found["S"] == found["S_pairs"][0]
    no, yes = ([found["fractions"][f"P{number}"] for number in numbers] for numbers in (range(5), range(5, 10)))
    assert found["p_pairs"][0] == pytest.approx(mannwhitneyu(no, yes, alternative="two-sided").pvalue)
    spread = np.sqrt((np.var(no, ddof=1) + np.var(yes, ddof=1)) / 2)
    assert found["S"] == pytest.approx((np.mean(yes) - np.mean(no)) / spread)
    assert scan["permutation"]["distinct"] == "126", "9 over 4"
    assert 400 < found["centre"][0] < 500
    assert "shares" in door("cohort", "report", "scan", "-o", "report")["figures"]
    model = door("cohort", "model", "--scan", "scan", "-o", "model.json")
    assert "in class no" in model["summary"]
