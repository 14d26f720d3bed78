"""What the commands about cohorts found, as tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..quantities import shown_unit
from .tables import table, wrapped

Answer = dict[str, Any]


def _check(answer: Answer) -> str:
    classes = ", ".join(f"{name} {count}" for name, count in answer["by_class"].items())
    groups = ", ".join(f"{name} {count}" for name, count in answer["by_group"].items())
    when = f" at {answer['time_point']}" if answer["time_point"] else ""
    lines = [
        f"{answer['rows']} tumours{when}, {answer['excluded']} excluded, {answer['included']} included",
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
    lines += [f"missing: {one}" for one in answer["missing"]]
    lines += [f"outlier: {one}" for one in answer["outliers"]]
    lines += [f"! {one}" for one in (*answer["confounding"], *answer["problems"])]
    lines.append("Nothing stands in the way of a scan." if not answer["problems"] else "Mend what is marked before a scan.")
    return "\n".join(lines)


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


SHOWN_COHORT: dict[str, Callable[[Answer], str]] = {
    "cohort-check": _check,
    "cohort-classes": _classes,
    "cohort-demo": _demo,
}
