"""Two hundred cohorts without a pattern: are the p-values uniform? Writes docs/validation/null.md."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Testing" / "Python"))

from builders.cohort_studies import critical_distance, distance_to_uniform, null_p_values  # noqa: E402
from dosepainting_hrs.learning.settings import PermutedSize  # noqa: E402

COHORTS, PERMUTATIONS = 200, 99


def main() -> int:
    """Run the study; the exit status is 1 when a goal is missed."""
    rows, reached = [], True
    for size in PermutedSize:
        found = null_p_values(COHORTS, permutations=PERMUTATIONS, size=size, heard=lambda text: print(text, file=sys.stderr))
        distance, most = distance_to_uniform(found, PERMUTATIONS), critical_distance(COHORTS)
        asked = size is PermutedSize.RECOMPUTED
        reached &= distance < most or not asked
        told = ("yes" if distance < most else "**no**") if asked else "not asked"
        rows.append(f"| {size.value} | {distance:.3f} | {most:.3f} | {(found <= 0.05).mean():.3f} | {told} |")
    text = (
        "# p-values of chance are uniform\n\n"
        f"Written by `Testing/validation/null.py`. {COHORTS} cohorts of 12 tumours in three classes, 30 to 60 voxels, "
        f"two maps, nothing planted; the best of 50 centres in 3 subsets; {PERMUTATIONS} shuffles of the labels, N_HRS "
        "computed again for each, or kept. The distance is that of Kolmogorov and Smirnov to the uniform distribution on "
        "1/100, 2/100 ... 1; the limit is exceeded by chance in at most 5 % of studies.\n\n"
        "| N_HRS | distance | limit | share of p <= 0.05 | reached |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )
    (ROOT / "docs" / "validation" / "null.md").write_text(text, encoding="utf-8")
    print(text)
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
