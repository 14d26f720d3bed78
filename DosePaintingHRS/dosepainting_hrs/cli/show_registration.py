"""Results of registration, transforms and resampling as short readable tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .tables import remark_lines, table, wrapped

Answer = dict[str, Any]
_LOOK = 'Next: look at it (dosepainting-hrs look --transform), then "transform accept" or "transform reject".'

_AGAIN = (
    "Next: look at it; register again with another --start, --reach-mm or region. It is accepted only by "
    '"transform accept --accept failed-quality".'
)


def _register(answer: Answer) -> str:
    rigid, deformed = answer["quality"], answer["deformation"]
    judged = deformed or rigid
    verdict = "nothing found wrong" if answer["quality_passed"] else "FAILED: do not use without another check"
    rows = [
        ["kind", f"{answer['kind']}, {answer['engine']}"],
        ["verdict", verdict],
        ["similarity", f"{judged['similarity_before']:.4f} before, {judged['similarity_after']:.4f} after"],
        ["shift", f"{_triple(answer['shift_at_centre_mm'])} mm at the centre, {answer['largest_shift_mm']:.2f} mm at most"],
        ["rotation", f"{answer['rotation_deg']:.2f} degrees"],
        ["repeats agree within", f"{judged['repeatability_mm']:.2f} mm, tolerance {judged['tolerance_mm']:.2f} mm"],
    ]
    if deformed:
        rows.append(["deformation", f"up to {deformed['largest_displacement_mm']:.1f} mm; {_folding(deformed['folding'])}"])
    if answer["landmarks"]:
        one = answer["landmarks"]
        text = f"{one['before_mean_mm']:.2f} mm before, {one['after_mean_mm']:.2f} mm after"
        text += f", {one['after_largest_mm']:.2f} mm at most"
        rows.append([f"{one['count']} landmarks", text])
    for one in answer["contours"]:
        dice, distance = (
            [_figure(one[key.format(when)], ".3g", "not known") for when in ("before", "after")]
            for key in ("dice_{}", "mean_distance_{}_mm")
        )
        text = f"Dice {dice[0]} before, {dice[1]} after; mean distance in mm {distance[0]} before, {distance[1]} after"
        rows.append([f"{one['fixed']} on {one['moving']}", text])
    lines = [f"{answer['pair']}, a proposal: {answer['output']}", table(["registration", "found"], rows)]
    lines += [f"  ! {reason}" for reason in judged["reasons"]]
    if deformed and not rigid["passed"]:
        lines.append(f"  ! The rigid transform that it starts from failed its own figure: {' '.join(rigid['reasons'])}")
    lines += remark_lines(remark for one in answer["contours"] for remark in one["remarks"])
    if answer["engine"] == "elastix":
        lines.append(f"elastix's parameter map is kept beside it: dosepainting-hrs transform inspect {answer['output']}")
    return "\n".join([*lines, *_remarks(answer), _next_after(answer)])


def _next_after(answer: Answer) -> str:
    if answer["from_frame"] != answer["to_frame"]:
        return _LOOK if answer["quality_passed"] else _AGAIN
    if not answer["quality_passed"]:
        return "Next: look at the two as they lie, for so they are used; measure again with another region or --reach-mm."
    # Accepted in a case, it would move everything that lies in the frame.
    moving, case = answer["moving"], "" if "/" in answer["moving"] else " --case CASE.JSON"
    laid = f"dosepainting-hrs resample {moving}{case} --transform {answer['output']} --like {answer['fixed']} -o NEW.nrrd"
    return f"Next: look at it (dosepainting-hrs look --transform). To lay this one image by it: {laid}"


def _transform(answer: Answer) -> str:
    pure_shift = answer["kind"] == "rigid" and not answer["rotation_deg"]
    kind = "rigid, a shift without rotation" if pure_shift else answer["kind"]
    rows = [["kind", kind], ["from frame", answer["from_frame"] or "-"], ["to frame", answer["to_frame"] or "-"]]
    if answer["shift_mm"]:
        rows.append(["shift", f"{_triple(answer['shift_mm'])} mm at the frame's origin (register tells that at the centre)"])
    if answer["rotation_deg"] is not None:
        rows.append(["rotation", f"{answer['rotation_deg']:.2f} degrees"])
    if answer["determinant"] is not None:
        rows.append(["change of volume", f"{round(100.0 * (answer['determinant'] - 1.0), 2) + 0.0:.2f} %"])
    if answer["largest_displacement_mm"] is not None:
        rows.append(["largest displacement", f"{answer['largest_displacement_mm']:.2f} mm"])
    if answer["folding"]:
        rows.append(["field", _folding(answer["folding"])])
    known = {True: "nothing found wrong", False: "FAILED", None: "not known"}
    rows += [["quality figure", known[answer["quality_passed"]]], ["patient", answer["patient_id"] or "not known"]]
    rows += [[f"set: {name}", value] for name, value in answer["settings"].items()]
    wrote = [f"Transform written: {answer['output']}"] if answer["output"] else []
    lines = [*wrote, f"{answer['pair'] or 'pair not known'}, from {answer['file']}", table(["transform", "found"], rows)]
    return "\n".join([*lines, *[wrapped(one) for one in dict.fromkeys(answer["figures"])], *_remarks(answer)])


def _decide(answer: Answer) -> str:
    rows = [["by", answer["who"]], ["on", answer["when"]], ["because", answer["reason"]]]
    rows += [["from frame", answer["from_frame"]], ["to frame", answer["to_frame"]]]
    lines = [f"{answer['pair'] or 'The transform'}: {answer['decision']}", table(["decision", "told"], rows)]
    lines += [wrapped(one) for one in answer["figures"]]
    count = len(answer["transforms"])
    lines.append(f"Case written: {answer['case']} ({count} transform{'s' * (count != 1)})")
    used = answer["decision"] == "accepted"
    lines += _remarks(answer)
    return "\n".join([*lines, f"Next: give --case {answer['case']} from here on." if used else "It will never be used."])


def _look(answer: Answer) -> str:
    lines = [f"Picture written: {answer['output']} ({answer['view']})", *_remarks(answer)]
    lines.append(
        'Next: open it; for a transform between two frames, "transform accept" or "transform reject" says what you saw.'
    )
    return "\n".join(lines)


def _resample(answer: Answer) -> str:
    kind = "Region" if answer["kind"] == "region" else "Image"
    lines = [f"{kind} written: {answer['output']}", f"  on {answer['grid']}, {answer['interpolation']}"]
    if answer["volume_before_ml"] is not None:
        lines.append(f"  volume {answer['volume_before_ml']:.3f} ml before, {answer['volume_after_ml']:.3f} ml after")
    if answer["share_without_value"]:
        lines.append(f"  {answer['share_without_value']:.1%} of the grid lie outside of the image and have no value")
    lines += [f"  ! an island is lost: {one}" for one in answer["lost_islands"]]
    return "\n".join([*lines, *_remarks(answer)])


def _case_build(answer: Answer) -> str:
    rows = [
        [
            one["name"],
            one["kind"],
            _figure(one["volume_before_ml"]),
            _figure(one["volume_after_ml"]),
            _figure(one["change_percent"], "+.2f"),
            "-" if one["share_without_value"] is None else f"{one['share_without_value']:.1%}",
            one["path"],
        ]
        for one in answer["members"]
    ]
    header = ["name", "kind", "ml before", "ml after", "change %", "without value", "file"]
    before, after = answer["slices_before"], answer["slices_after"]
    lines = [f"All on the grid of {answer['grid_of']}: {answer['grid']}, {after} of {before} slices", table(header, rows)]
    lines += [wrapped(line) for line in remark_lines((told for one in answer["members"] for told in one["remarks"]), "")]
    return "\n".join([*lines, *_remarks(answer), f"Case written: {answer['case']}"])


def _remarks(answer: Answer) -> list[str]:
    return [wrapped(line) for line in remark_lines(answer["remarks"], "")]


def _triple(values: Sequence[float]) -> str:
    return ", ".join(f"{value + 0.0:.2f}" for value in (round(one, 2) for one in values))


def _folding(folding: Answer) -> str:
    return f"Jacobian {folding['minimum']:.3f} to {folding['maximum']:.3f}, {folding['folding_share']:.2%} fold"


def _figure(value: float | None, form: str = ".3f", unknown: str = "-") -> str:
    return unknown if value is None else format(value, form)


SHOWN_REGISTRATION: dict[str, Callable[[Answer], str]] = {
    "register": _register,
    "look": _look,
    "resample": _resample,
    "case-build": _case_build,
    "transform-decide": _decide,
    **{f"transform-{one}": _transform for one in ("inspect", "compose", "invert", "convert")},
}
