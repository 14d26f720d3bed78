"""What the commands about cohorts found, as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..learning.scan_file import many
from ..notes import said_of
from ..quantities import shown_unit
from .tables import remark_lines, table, wrapped

Answer = dict[str, Any]
_MOST_INDICES = 15
_RAMP = " .:-=+*#%@"


def _check(answer: Answer) -> str:
    classes = ", ".join(f"{name} {count}" for name, count in answer["by_class"].items())
    groups = ", ".join(f"{name} {count}" for name, count in answer["by_group"].items())
    lines = [
        f"{answer['rows']} tumours{_when(answer)}, {answer['excluded']} excluded, {answer['included']} included",
        f"  classes, from sensitive to resistant: {classes}",
        f"  groups: {groups}",
        f"  with all maps (C_all): {answer['c_all']} tumours, {answer['voxels']} voxels, N_HRS {answer['n_hrs']}",
        *[
            f"  grid {' x '.join(f'{edge:g}' for edge in one['voxel_mm'])} mm: {one['tumours']} tumours"
            for one in answer["grids"]
        ],
        "",
    ]
    rows = [
        [
            one["name"],
            one["quantity"],
            shown_unit(one["unit"]) or "-",
            one["basis"][:12] or "-",
            str(one["tumours"]),
            str(one["voxels"]),
            *(f"{one[key]:.4g}" for key in ("minimum", "maximum", "mean", "sd")),
            str(one["missing_voxels"]),
        ]
        for one in answer["maps"]
    ]
    header = ["map", "quantity", "unit", "basis", "tumours", "voxels", "minimum", "maximum", "mean", "SD", "no value"]
    subsets = [["+".join(one["maps"]), str(one["tumours"]), *map(str, one["by_class"].values())] for one in answer["c_max"]]
    lines += [table(header, rows), "", table(["maps", "tumours (C_max)", *answer["by_class"]], subsets), ""]
    lines += [*_histograms(answer), ""]
    lines += [f"missing: {one}" for one in answer["missing"]]
    lines += [f"outlier: {one}" for one in answer["outliers"]]
    lines += [f"! {one}" for one in (*answer["confounding"], *answer["problems"])]
    lines.append("Nothing stands in the way of a scan." if not answer["problems"] else "Mend what is marked before a scan.")
    return "\n".join(lines)


def _histograms(answer: Answer) -> list[str]:
    """Return a line for each tumour: how its voxels spread from the lowest to the highest value of every map."""
    maps = [one["name"] for one in answer["maps"]]
    rows: dict[int, dict[str, str]] = {}
    for one in answer["histograms"]:
        row = rows.setdefault(one["row"], {"case": one["case"], "class": one["class_name"]})
        row[one["map"]] = _ramp(one["counts"])
    header = ["tumour", "class", *(f"{name}, low to high" for name in maps)]
    found = [[row["case"], row["class"], *(row.get(name, "-") for name in maps)] for row in rows.values()]
    return [table(header, found)] if found else []


def _ramp(counts: Sequence[int]) -> str:
    """Return counts as characters from empty to full, two bins in each."""
    pairs = [a + b for a, b in zip(counts[::2], counts[1::2], strict=True)]
    most = max(pairs) or 1
    return "|" + "".join(_RAMP[-(-(len(_RAMP) - 1) * pair // most)] for pair in pairs) + "|"


def _classes(answer: Answer) -> str:
    lines = [f"excluded first: {', '.join(answer['excluded']) or 'none'}"]
    lines += [f"class {number}: {one['chain']}" for number, one in enumerate(answer["joined"], 1)]
    lines += [
        f"  ! {pair} do not overlap: they are in one class by way of the others only"
        for one in answer["joined"]
        for pair in one["indirect"]
    ]
    if answer["output"]:
        lines.append(f"Table written: {answer['output']}, with classes {', '.join(answer['classes'])}.")
        lines += [f"! {one}" for one in answer["confounding"]]
    return "\n".join(lines)


def _demo(answer: Answer) -> str:
    centre = ", ".join(f"{name} {value:.4g}" for name, value in answer["centre"].items())
    return "\n".join(
        [
            f"{answer['tumours']} synthetic tumours written: {answer['cohort']}",
            wrapped(f"planted: a cluster at {centre}; a new tumour lies in patient/"),
        ]
    )


def _scan(answer: Answer) -> str:
    classes = ", ".join(f"{name} {count}" for name, count in answer["classes"].items())
    lines = [
        f"{answer['tumours']} tumours{_when(answer)} ({classes}), {answer['voxels']} voxels, N_HRS {answer['n_hrs']}",
        f"{_counted(answer['centres'], 'centre')}, {_counted(len(answer['subsets']), 'subset')}; written: {answer['output']}",
    ]
    if answer["resumed"]:
        lines.append(f"Went on from {answer['resumed']} subsets that were finished before.")
    ranked = sorted(enumerate(answer["subsets"]), key=lambda one: -(one[1]["S"] or 0.0))
    kept = set(answer["best_of_dimension"].values()) | {number for number, _ in ranked[:10]}
    rows = [_scan_row(answer, number, one) for number, one in ranked if number in kept]
    header = ["best of", "maps", "S", "95 % interval", "d of pairs", "p of pairs", "p of best", "C_max S"]
    header.append("centre [extent of members]")
    lines += ["", table(header, rows), ""]
    if len(rows) < len(ranked):
        lines.append(f"{len(ranked) - len(rows)} more in subsets.csv.")
    units = [f"{name} {shown_unit(unit)}" for name, unit in answer["units"].items() if shown_unit(unit)]
    lines.append(f"Centres and extents: {', '.join(units) or 'without units'}{', the others without a unit' if units else ''}.")
    if answer["indices"]:
        lines += [_indices(answer["indices"]), ""]
    found = answer["permutation"]
    if found is not None:
        chance = f" By chance the best reaches {_two(found['null_95'])} in 5 of 100." if found["null_95"] is not None else ""
        lines.append(
            f"Best of all against {_counted(found['permutations'], 'scan')} with shuffled labels of {found['unit']}s "
            f"({many(found['distinct'])} different ones exist): p = {found['p']:.3g}; no p below {found['smallest_p']:.3g} "
            f"could have come out.{chance}"
        )
    if answer["optimism"] is not None:
        less = answer["subsets"][answer["best"]]["S"] - answer["optimism"]
        lines.append(
            f"Optimism of the best of all, by the bootstraps, its choice included: {_two(answer['optimism'])}; "
            f"less that, its S is {_two(less)}."
        )
    if answer["held_out"] is not None:
        alone = "; ".join(f"{'+'.join(one['maps'])} {_two(one['held_out']['S'])}" for _, one in ranked[:3] if one["held_out"])
        lines.append(
            f"Every tumour in the best cluster learned without it ({answer['settings']['leave_one_out']}): "
            f"S = {_two(answer['held_out']['S'])}; with the subset settled beforehand: {alone}."
        )
    if answer["comparisons"]:
        against = "+".join(answer["comparisons"][0]["against"])
        lines.append(f"The best of each number of maps against {against}, over the same bootstrap cohorts (no other pairs):")
    for one in answer["comparisons"]:
        low, high = one["difference_ci"]
        lines.append(
            f"  {'+'.join(one['maps'])} less {'+'.join(one['against'])}: "
            f"{_two(one['difference'])} [{_two(low)}; {_two(high)}] paired; "
            f"Mann-Whitney as in the paper p {_equals(one['mann_whitney_p'])} (a reproduction: it shrinks with the bootstraps)"
        )
    lines += remark_lines([*answer["confounding"], *answer["remarks"]], "")
    return "\n".join(lines)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _when(answer: Answer) -> str:
    return f" at {answer['time_point']}" if answer["time_point"] else ""


def _indices(found: Sequence[Answer]) -> str:
    rows = [
        [one["name"], _two(one["S"]), ", ".join(map(_two, one["S_pairs"])), ", ".join(map(_p, one["p_pairs"]))]
        for one in sorted(found, key=lambda one: -abs(one["S"] or 0.0))[:_MOST_INDICES]
    ]
    more = f"\n{len(found) - len(rows)} more in scan.json." if len(rows) < len(found) else ""
    return table(["classical index", "S", "d of pairs", "p of pairs"], rows) + more


def _scan_row(answer: Answer, number: int, one: Answer) -> list[str]:
    ci = one["bootstrap"]["S_ci"] if one["bootstrap"] else (None, None)
    where = "; ".join(
        f"{centre:.4g} [{low:.4g}; {high:.4g}]" for centre, (low, high) in zip(one["centre"], one["extents"], strict=True)
    )
    mark = f"{len(one['maps'])}D" if number in answer["best_of_dimension"].values() else ""
    return [
        "all" if number == answer["best"] else mark,
        "+".join(one["maps"]),
        _two(one["S"]),
        f"{_two(ci[0])} to {_two(ci[1])}" if one["bootstrap"] else "-",
        ", ".join(_two(value) for value in one["S_pairs"]),
        ", ".join(map(_p, one["p_pairs"])),
        _p(one["permutation_p_of_all"]),
        _two(one["extended"]["S"]) if one["extended"] else "-",
        where,
    ]


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _p(value: float | None) -> str:
    return "-" if value is None else "<0.0001" if value < 0.0001 else f"{value:.3g}"


def _equals(p: float | None) -> str:
    told = _p(p)
    return told.replace("<", "< ") if told.startswith("<") else f"= {told}"


def _model(answer: Answer) -> str:
    lines = [f'Model "{answer["name"]}" ({answer["hash"]}) written: {answer["output"]}', wrapped(answer["summary"])]
    if answer["bootstrap_models"]:
        lines.append(f"  with {answer['bootstrap_models']} bootstrap models, for stability maps")
    if answer["reference"]:
        lines.append("  ! A reference: shown and compared only; no export accepts a region from it.")
    if answer["needs"]:
        lines.append(f"  ! It cannot be applied: {answer['needs']}")
    return "\n".join(lines)


def _apply(answer: Answer) -> str:
    lines = [
        f'Model "{answer["model"]}" ({answer["model_hash"]})',
        f"  {answer['volume_ml']:.4g} ml, {answer['fraction']:.1%} of the region",
        f"  islands {answer['islands']}, {answer['largest_island']:.0%} in the largest, scatter {answer['scatter']:.2f}",
        f"  written: {', '.join(answer['files'])}",
    ]
    if answer["repetitions"]:
        lines.append(
            f"  {answer['stable_fraction']:.1%} of the region belongs in at least half of {answer['repetitions']} repetitions"
        )
    if answer["reference"]:
        lines.append("  ! A reference model: for comparison only; no export accepts this region.")
    return "\n".join([*lines, *remark_lines(answer["remarks"])])


def _report(answer: Answer) -> str:
    lines = [f"Page written: {answer['report']}", f"  {len(answer['figures'])} figures beside it as PNG, SVG and CSV"]
    return "\n".join([*lines, *remark_lines(answer["remarks"])])


def _cluster(answer: Answer) -> str:
    centre = ", ".join(f"{value:.4g}" for value in answer["centre"])
    lines = [f"Cluster around {centre}: S {_two(answer['S'])}", f"  {answer['voxels']} voxels of {answer['case']}"]
    return "\n".join([*lines, f"  written: {answer['output']}", *(f"! {one}" for one in answer["confounding"])])


def _power(answer: Answer) -> str:
    rows = [
        [
            str(one["tumours"]),
            f"{one['power']:.0%}",
            f"{one['score']:.2f} [{one['score_interval'][0]:.2f}; {one['score_interval'][1]:.2f}]",
        ]
        for one in answer["sizes"]
    ]
    needed = "None of these reaches" if answer["needed"] is None else f"{answer['needed']} tumours per class reach"
    told = f"{table(['tumours per class', 'power', 'S [95 %]'], rows)}\n{needed} a power of {answer['wanted']:.0%}."
    if answer["least_score"] is None:
        return told
    doubt = (
        f"! S had to reach {answer['least_score']:g} at every size, but by chance a scan of fewer tumours reaches more: take it"
    )
    return f"{told}\n{doubt} from a scan of about as many."


def _build(answer: Answer) -> str:
    rows = [
        [
            one["case"],
            one["grid_of"],
            ", ".join(one["resampled"]) or "-",
            f"{one['volume_before_ml']:.4g}",
            f"{one['volume_after_ml']:.4g}",
        ]
        for one in answer["cases"]
    ]
    lines = [table(["case", "grid of", "resampled", "ml before", "ml after"], rows)]
    lines += remark_lines([said_of(one["case"], told) for one in answer["cases"] for told in one["remarks"]], "")
    return "\n".join([*lines, f"Cohort written: {answer['cohort']}"])


def _components(answer: Answer) -> str:
    lines = [
        f"{one['name']}: basis {one['hash']} of {one['voxels']} curves of {one['tumours']} tumours; first components explain "
        f"{', '.join(f'{share:.1%}' for share in one['explained'][:2])}"
        for one in answer["bases"]
    ]
    return "\n".join([*map(wrapped, lines), f"Cohort written: {answer['cohort']}, with {', '.join(answer['maps'])}"])


SHOWN_COHORT: dict[str, Callable[[Answer], str]] = {
    "cohort-check": _check,
    "cohort-classes": _classes,
    "cohort-components": _components,
    "cohort-demo": _demo,
    "cohort-scan": _scan,
    "cohort-model": _model,
    "cohort-apply": _apply,
    "cohort-report": _report,
    "cohort-build": _build,
    "cohort-power": _power,
    "cohort-cluster": _cluster,
}
