"""What measuring steps found, as tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..quantities import shown_unit
from .tables import remark_lines, table

Answer = dict[str, Any]


def _calibrate(answer: Answer) -> str:
    forms = answer["forms"]
    header = ["diameter mm", "maximum", "threshold", "% of maximum", *[f"{one['form']}: volume error %" for one in forms]]
    rows = [
        [
            f"{sphere['diameter_mm']:g}",
            f"{one['maximum']:.6g}",
            f"{one['threshold']:.6g}",
            f"{100 * one['threshold'] / one['maximum']:.1f}",
            *[f"{form['volume_errors_percent'][number]:+.1f}" for form in forms],
        ]
        for number, (sphere, one) in enumerate(zip(answer["spheres"], answer["measured"], strict=True))
    ]
    lines = [f"Calibration written: {answer['output']}", table(header, rows)]
    lines.append(f"  background {answer['background']:.6g} +/- {answer['background_deviation']:.3g}")
    lines += [f"  {one['form']}: T = {one['a']:.4f} x maximum + {one['b']:.4f} x background" for one in forms]
    return _with_remarks(lines, answer)


def _sweep(answer: Answer) -> str:
    unit = shown_unit(answer["map_unit"])
    shown = [one for one in answer["points"] if one["percent"] % 5 == 0 or one["percent"] == answer["best_percent"]]
    header = ["%", f"threshold {unit}".strip(), "ml", "mean", "Dice", "recall", "precision", "origins"]
    names = ("dice", "recall", "precision")
    rows = [
        [
            f"{one['percent']:g}",
            f"{one['threshold']:.4g}",
            f"{one['volume_ml']:.3f}",
            _number(one["mean"], ".4g"),
            *[_number(one[name], ".3f") for name in names],
            _number(one["origins"], "d"),
        ]
        for one in shown
    ]
    lines = [f"Sweep written: {answer['output']}", table(header, rows)]
    lines.append(f"  maximum {answer['maximum']:.4g} {unit} in {answer['within_ml']:.3f} ml".rstrip())
    if answer["reference_ml"] is not None and answer["best_percent"] is None:
        lines.append("  best: none")
    if answer["best_percent"] is not None:
        found = f"{answer['reference_in_scope']:.1%} of {answer['reference_ml']:.3f} ml lie in scope"
        lines.append(
            f"  best: {answer['best_percent']:g} % with a Dice of {answer['best_dice']:.3f}; of the reference, {found}"
        )
    return _with_remarks(lines, answer)


def _cohort_sweep(answer: Answer) -> str:
    shown = [one for one in answer["points"] if one["percent"] % 5 == 0 or one["percent"] == answer["best_percent"]]
    header = ["%", "mean Dice", "quartiles", "recall", "precision", "median ml", "origins"]
    rows = [
        [
            f"{one['percent']:g}",
            f"{one['mean_dice']:.3f}",
            f"{one['lower_quartile_dice']:.3f} to {one['upper_quartile_dice']:.3f}",
            f"{one['mean_recall']:.3f}",
            f"{one['mean_precision']:.3f}",
            f"{one['median_volume_ml']:.3f}",
            str(one["origins"]),
        ]
        for one in shown
    ]
    left_out = ", ".join(f"{name} {dice:.3f}" for name, dice in zip(answer["patients"], answer["left_out_dice"], strict=True))
    lines = [f"Cohort sweep written: {answer['output']}", table(header, rows)]
    lines.append(f"  best: {answer['best_percent']:g} % with a mean Dice of {answer['best_mean_dice']:.3f}")
    lines.append(f"  Dice of each sweep at the percentage that is best for the other patients: {left_out}")
    return _with_remarks(lines, answer)


def _compare(answer: Answer) -> str:
    regions = [
        [
            one["name"],
            f"{one['volume_ml']:.3f}",
            f"{100 * one['share_of_within']:.1f}",
            str(one["islands"]),
            _number(one["map_maximum"], ".4g"),
            _number(one["map_mean"], ".4g"),
            one["made_by"],
        ]
        for one in answer["regions"]
    ]
    pairs = [
        [
            one["first"],
            one["second"],
            f"{one['dice']:.3f}",
            f"{one['volume_ratio']:.3f}",
            f"{one['mean_surface_distance_mm']:.2f}",
            f"{one['hausdorff_95_mm']:.2f}",
        ]
        for one in answer["pairs"]
    ]
    lines = [f"Comparison written: {answer['output']}"]
    lines.append(table(["region", "ml", "% of GTV", "islands", "maximum", "mean", "made by"], regions))
    lines += ["", table(["first", "second", "Dice", "volume ratio", "surface mm", "95 % Hausdorff mm"], pairs)]
    lines.append(f"  consensus (STAPLE): {answer['consensus_ml']:.3f} ml")
    lines += [f"  ! {name} could not do this lesion: {reason}" for name, reason in answer["failed"].items()]
    return _with_remarks(lines, answer)


def _deliverability(answer: Answer) -> str:
    return _with_remarks([_painted(one["name"], one["found"]) for one in answer["regions"]], answer)


def _painted(name: str, found: Answer) -> str:
    islands = ", ".join(f"{one:.3f}" for one in found["islands"][:5]) + (", ..." if len(found["islands"]) > 5 else "")
    rows = [
        ["volume", f"{found['volume_ml']:.3f} ml"],
        ["islands", f"{len(found['islands'])}: {islands} ml"],
        ["share of the largest", f"{found['largest_share']:.1%}"],
        ["scatter index", f"{found['scatter_index']:.3f} (a ball: 1)"],
        ["surface", f"{found['surface_cm2']:.2f} cm2, {found['surface_to_volume']:.3f} per mm of volume"],
        ["sphericity", f"{found['sphericity']:.3f}"],
        ["widest ball", f"{found['widest_mm']:.1f} mm"],
        [
            f"left at {found['width_mm']:g} mm",
            f"{found['remaining_ml']:.3f} ml, {found['remaining_share']:.1%}, in {_islands(found['remaining_islands'])}",
        ],
    ]
    return table([f'"{name}"', "found"], rows)


def _joint_histogram(answer: Answer) -> str:
    pearson, spearman = (_number(answer[name], ".3f") for name in ("pearson", "spearman"))
    first = f"{answer['first_quantity']} mean {answer['first_mean']:.4g} {shown_unit(answer['first_unit'])}".rstrip()
    second = f"{answer['second_quantity']} mean {answer['second_mean']:.4g} {shown_unit(answer['second_unit'])}".rstrip()
    lines = [f"Joint histogram written: {answer['output']}", f"  {first}; {second}"]
    lines.append(
        f"  Pearson {pearson}, Spearman {spearman} over {answer['voxels']} voxels ({answer['left_out']} without a value)"
    )
    return _with_remarks(lines, answer)


def _clusters(answer: Answer) -> str:
    rows = [
        [
            str(one["clusters"]),
            f"{one['silhouette']:.3f}",
            _number(one["bic"], ".1f"),
            _number(one["aic"], ".1f"),
            ", ".join(name for name, number in answer["best"].items() if number == one["clusters"]) or "-",
        ]
        for one in answer["figures"]
    ]
    lines = [f"Numbers of clusters written: {answer['output']}"]
    lines.append(table(["clusters", "silhouette", "BIC", "AIC", "best by"], rows))
    maps = ", ".join(answer["maps"])
    lines.append(
        f"  {answer['method']} of {maps}, {answer['voxels']} voxels; by itself it chooses by the {answer['chosen_by']}"
    )
    return _with_remarks(lines, answer)


def _islands(count: int) -> str:
    return f"{count} island{'s' * (count != 1)}"


def _with_remarks(lines: list[str], answer: Answer) -> str:
    figure = [f"  figure: {answer['figure']}"] if answer.get("figure") else []
    return "\n".join([*lines, *figure, *remark_lines(answer["remarks"])])


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"


SHOWN_MEASURES: dict[str, Callable[[Answer], str]] = {
    "calibrate": _calibrate,
    "sweep": _sweep,
    "cohort-sweep": _cohort_sweep,
    "clusters": _clusters,
    "compare": _compare,
    "deliverability": _deliverability,
    "joint-histogram": _joint_histogram,
}
