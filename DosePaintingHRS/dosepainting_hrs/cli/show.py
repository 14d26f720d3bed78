"""Results as short readable tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..notes import said_of, warnings_first
from ..quantities import UNKNOWN, shown_unit
from .show_cohort import SHOWN_COHORT
from .show_measures import SHOWN_MEASURES
from .show_registration import SHOWN_REGISTRATION
from .tables import as_plain_text, default_in_words, remark_lines, table
from .tables import wrapped as _wrapped

Answer = dict[str, Any]
NOTICE = "Research software, not a medical device."
_MANY_SERIES = 4
"""As many series of one acquisition are told in one line."""


def show(answer: Answer) -> str:
    """Return a result as text for people; results without a table of their own are listed by name."""
    shown = _SHOWN.get(answer["do"], _plain)(answer)
    return f"{shown}\n{NOTICE}"


def _inspect(answer: Answer) -> str:
    inventory = answer["inventory"]
    names = {one["series"]: one["name"] for one in answer["images"]}
    patients = dict.fromkeys((one["patient_id"], one["study_date"]) for one in inventory["series"])
    parts = [f"patient {patient or 'unknown'}, study of {date or 'unknown date'}" for patient, date in patients]
    shown = _together(inventory, names)
    rows = [
        [
            names.get(one["uid"], "-"),
            one["role"],
            one["modality"],
            one["units"] or "-",
            str(one["number_of_files"]),
            one["size"] or "-",
            one["spacing"] or "-",
            one["orientation"] or "-",
            (one["description"] or "-")[:32],
            one["folder"],
        ]
        for one in shown
    ]
    header = ["name", "role", "modality", "units", "files", "size", "spacing mm", "orientation", "description", "folder"]
    unnamed = 0 if names else 1
    parts += [table(header[unnamed:], [row[unnamed:] for row in rows]), ""]
    for one in shown:
        called = f' "{one["description"]}"' if one["description"] else ""
        parts.append(f"{names.get(one['uid']) or one['role']}{called}  {one['uid']}{one.get('and', '')}")
        parts.append(f"  taken for {one['role']}: {one['why']}")
        if one["frame_of_reference"]:
            parts.append(f"  frame of reference {one['frame_of_reference']}")
        parts += [f"  joins frame {frame} to frame {one['frame_of_reference']}" for frame in one["joins"]]
        if one["regions"]:
            parts.append(f"  regions: {', '.join(one['regions'])}")
        parts += [f"  {one['frames']}"] if one["frames"] else []
        parts += [f"  {remark}" for remark in warnings_first(one["remarks"])]
        parts += [f"  ! {problem}" for problem in one["problems"]]
    parts += [
        f'one {one["role"]} of {one["frames"]} ("{one["description"]}"), for --frames:\n  {one["folder"]}#{one["selector"]}'
        for one in inventory["acquisitions"]
    ]
    parts += [f"! {one['file']}: {one['reason']}" for one in inventory["unreadable"]]
    parts += [f"! {problem}" for problem in inventory["problems"]]
    if answer["regions"]:
        named = [[one["name"], one["selector"] or "-", one["image"] or "-", one["path"]] for one in answer["regions"]]
        parts += ["", table(["name", "region", "drawn on", "file, from the case"], named)]
    if answer["transforms"]:
        joined = [
            [one["pair"] or "-", one["kind"], f"{one['decision']} by {one['who']}", one["from_frame"], one["to_frame"]]
            for one in answer["transforms"]
        ]
        parts += ["", table(["transform", "kind", "decision", "from frame", "to frame"], joined)]
    if answer["case"]:
        parts.append(f"Case written: {answer['case']}")
    return "\n".join(parts)


def _together(inventory: Answer, names: Mapping[str, str]) -> list[Answer]:
    """Return the series, those of one acquisition as one where there are many, alike in all that is told, and without names."""
    told = (
        "role",
        "why",
        "description",
        "size",
        "spacing",
        "orientation",
        "frame_of_reference",
        "regions",
        "problems",
        "remarks",
    )
    by_uid = {one["uid"]: one for one in inventory["series"]}
    first_of: dict[str, Answer] = {}
    hidden: set[str] = set()
    for acquisition in inventory["acquisitions"]:
        members = [by_uid[uid] for uid in acquisition["series"]]
        alike = all(one[key] == members[0][key] for one in members for key in told)
        if len(members) < _MANY_SERIES or not alike or any(one["uid"] in names for one in members):
            continue
        files = sum(one["number_of_files"] for one in members)
        more = f" and {len(members) - 1} series like it"
        first_of[members[0]["uid"]] = {**members[0], "number_of_files": files, "folder": acquisition["folder"], "and": more}
        hidden |= {one["uid"] for one in members[1:]}
    return [first_of.get(one["uid"], one) for one in inventory["series"] if one["uid"] not in hidden]


def _map(answer: Answer) -> str:
    lines = [f"{answer['quantity']} written: {answer['output']}"]
    lines.append(f"  from {answer['minimum']:.4g} to {answer['maximum']:.4g} {shown_unit(answer['unit'])}".rstrip())
    for one in answer["also"]:
        unit = f", {one['minimum']:.4g} to {one['maximum']:.4g} {shown_unit(one['unit'])}".rstrip() if one["quantity"] else ""
        lines.append(f"  also {one['quantity'] or one['name']}: {one['output']}{unit}")
    lines += [_wrapped(sentence) for sentence in answer["history"] if sentence not in answer["remarks"]]
    return "\n".join([*lines, *remark_lines(answer["remarks"])])


def _segment(answer: Answer) -> str:
    unit, count = shown_unit(answer["map_unit"]), answer["islands"]
    quantity = "values" if answer["map_quantity"] == UNKNOWN.name else answer["map_quantity"]
    share = f"{answer['share_of_within']:.1%} of {answer['within_ml']:.3f} ml"
    lines = [
        f'Region "{answer["name"]}" written: {answer["output"]}',
        f"  volume {answer['volume_ml']:.3f} ml in {count} island{'s' * (count != 1)}, {share}",
        f"  {quantity} inside: maximum {answer['map_maximum']:.4g}, mean {answer['map_mean']:.4g} {unit}",
        f"  {answer['history'][-1]}",
        *[_wrapped(sentence) for sentence in answer["map_state"]],
    ]
    return "\n".join([*lines, *remark_lines(answer["remarks"])])


def _indices(answer: Answer) -> str:
    columns = list(dict.fromkeys((one["map"], one["region"]) for one in answer["indices"]))
    names = dict.fromkeys((one["index"], one["unit"]) for one in answer["indices"])
    values = {(one["map"], one["region"], one["index"], one["unit"]): one["value"] for one in answer["indices"]}
    rows = []
    for name, unit in names:
        found = [values.get((*column, name, unit)) for column in columns]
        rows.append([name, *["-" if one is None else f"{one:.4f}" for one in found], shown_unit(unit)])
    lines = [table(["index", *[f"{of_map}, {region}" for of_map, region in columns], "unit"], rows)]
    lines += [_wrapped(f"{name}: {text}") for name, text in _definitions(answer).items()]
    lines += remark_lines(answer["remarks"])
    return "\n".join([*lines, f"CSV written: {answer['output']}"] if answer["output"] else lines)


def _definitions(answer: Answer) -> dict[str, str]:
    """Return the definitions that are the same for all maps and regions, and how many others there are."""
    told: dict[str, dict[str, None]] = {}
    for one in answer["indices"]:
        told.setdefault(one["index"], {})[one["definition"]] = None
    return {
        name: next(iter(texts)) if len(texts) == 1 else f"{next(iter(texts))} (others: --json)" for name, texts in told.items()
    }


def _region(answer: Answer) -> str:
    count = answer["islands"]
    lines = [f'Region "{answer["name"]}" written: {answer["output"]}']
    lines.append(f"  volume {answer['volume_ml']:.3f} ml in {count} island{'s' * (count != 1)}")
    lines += [f"  from {name}, {volume:.3f} ml" for name, volume in answer["from_ml"].items()]
    lines.append(_wrapped(answer["history"][-1]))
    return "\n".join([*lines, *remark_lines(answer["remarks"])])


def _prescribe(answer: Answer) -> str:
    where = f'in "{answer["within"]}", {answer["within_ml"]:.3f} ml' if answer["within"] else "on the whole grid"
    lines = [f"Dose written: {answer['output']}"]
    lines.append(
        f"  {answer['dose_minimum']:.4g} to {answer['dose_maximum']:.4g} Gy, mean {answer['dose_mean']:.4g} Gy, {where}"
    )
    lines.append(_wrapped(answer["history"][-1]))
    return "\n".join([*lines, *remark_lines(answer["remarks"])])


def _import(answer: Answer) -> str:
    rows = [
        [
            one["name"],
            ("partial" if one["partial"] else "whole") if one["taken"] else "no",
            f"{one['volume_ml']:.3f}" if one["taken"] else "-",
            one["output"] or "-",
        ]
        for one in answer["regions"]
    ]
    remarks = [line for one in answer["regions"] for line in remark_lines(one["remarks"], "", f'"{one["name"]}"')]
    return "\n".join([table(["ROI", "taken", "ml", "mask"], rows), *remarks])


def _export(answer: Answer) -> str:
    rows = [
        [
            one["name"],
            one["interpreted_type"] or "none",
            f"{one['source_ml']:.3f}",
            f"{one['ct_ml']:.3f}",
            f"{one['read_back_ml']:.3f}",
            f"{one['change_percent']:+.2f}",
            str(one["differing_voxels"]),
            "-" if one["map_maximum"] is None else f"{one['map_maximum']:.4g} {shown_unit(one['map_unit'])}".rstrip(),
        ]
        for one in answer["regions"]
    ]
    header = ["region", "type", "source ml", "on CT ml", "read back ml", "change %", "differing voxels", "map maximum"]
    lines = [f"RTSTRUCT written: {answer['output']}", table(header, rows)]
    told = [said_of(f'"{one["name"]}"', remark) for one in answer["regions"] for remark in one["remarks"]]
    lines += remark_lines([*told, *answer["remarks"]], "")
    lines += [f"Acknowledged by {one['who']}: {one['what']} ({one['reason']})" for one in answer["overrides"]]
    if answer["derived_ct"]:
        lines.append(f"Planning must use the derived CT series in {answer['derived_ct']}.")
    return "\n".join(lines)


def _describe(answer: Answer) -> str:
    if len(answer["methods"]) > 1:
        rows = [[one["kind"], one["name"], one["summary"]] for one in answer["methods"]]
        more = '"describe METHOD" tells its inputs, parameters with units, presets and sources.'
        return f"{table(['kind', 'method', 'what it makes'], rows)}\n\n{more}"
    parts = []
    for method in answer["methods"]:
        parts.append(f"{method['name']}: {method['summary']}")
        parts += [_wrapped(as_plain_text(text)) for text in method["description"]]
        parts += [f"  input {one['name']} ({_kind(one)}): {one['help']}" for one in method["inputs"]]
        parts += [f"  also makes {one['name']} ({one['kind']}): {one['help']}" for one in method["also"]]
        for one in method["parameters"]:
            default = "asked for, no default" if one["required"] else f"default {default_in_words(one['default'])}"
            facts = ", ".join(fact for fact in (one["type"], one["unit"], one["range"], default) if fact not in ("", "1"))
            parts += [f"  {one['name']} ({facts})", _wrapped(one["help"], "      ")]
            if one["source"]:
                parts.append(_wrapped(f"source: {one['source']}", "      "))
        for one in method["presets"]:
            values = ", ".join(f"{name} {value}" for name, value in one["values"].items())
            parts += [f'  preset "{one["name"]}": {values}', _wrapped(f"source: {one['source']}", "      ")]
        parts += [_wrapped(as_plain_text(text)) for text in method["notes"]]
        parts += [_wrapped(f"source: {one}") for one in method["references"]] + [""]
    return "\n".join(parts)


def _kind(slot: Answer) -> str:
    return f"{slot['kind']}, optional" if slot["optional"] else str(slot["kind"])


def _demo(answer: Answer) -> str:
    found = answer["found"]
    rows = [
        ["true volume", f"{found['true_ml']:.3f} ml"],
        ["on the PET grid", f"{found['source_ml']:.3f} ml"],
        ["on the CT grid", f"{found['ct_ml']:.3f} ml"],
        ["read back from the RTSTRUCT", f"{found['read_back_ml']:.3f} ml"],
        ["Dice against the truth", f"{found['dice']:.3f}"],
        ["mean surface distance", f"{found['mean_surface_distance_mm']:.2f} mm"],
        ["95th percentile of it", f"{found['hausdorff_95_mm']:.2f} mm"],
        ["SUVmax", f"{found['suv_maximum']:.2f}"],
    ]
    places = [
        ["report", answer["report"]],
        ["RTSTRUCT", answer["rtstruct"]],
        ["case", answer["case"]],
        ["job", answer["job_file"]],
    ]
    return f"{table(['high-risk subvolume', 'found'], rows)}\n\n{table(['what', 'where'], places)}"


def _report(answer: Answer) -> str:
    told = {"maps": answer["maps"], "regions": answer["regions"], "with the working of": answer["workings"]}
    lines = [f"Page written: {answer['output']}", *[_wrapped(f"{what}: {', '.join(of)}") for what, of in told.items() if of]]
    return "\n".join([*lines, *remark_lines(answer["remarks"])])


def _self_check(answer: Answer) -> str:
    rows = [["agrees" if one["passed"] else "DIFFERS", one["expected"], one["found"], one["name"]] for one in answer["checks"]]
    verdict = "All numbers agree." if answer["passed"] else "Numbers differ: do not use this installation."
    page = f"Page to sign: {answer['output']}" if answer["output"] else "With -o PAGE.HTML it is written as a page to sign."
    return f"{table(['verdict', 'expected', 'found', 'number'], rows)}\n{verdict}\n{page}"


def _run(answer: Answer) -> str:
    return "\n\n".join(_SHOWN.get(one["do"], _plain)(one) for one in answer["steps"])


def _plain(answer: Answer) -> str:
    hidden = ("schema", "do", "job", "version")
    return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in answer.items() if name not in hidden)


_SHOWN: dict[str, Callable[[Answer], str]] = {
    "inspect": _inspect,
    "map": _map,
    "segment": _segment,
    "region": _region,
    "prescribe": _prescribe,
    "indices": _indices,
    "import-rtstruct": _import,
    "export-rtstruct": _export,
    "describe": _describe,
    "run": _run,
    "demo": _demo,
    "self-check": _self_check,
    "report": _report,
    **SHOWN_COHORT,
    **SHOWN_MEASURES,
    **SHOWN_REGISTRATION,
}
