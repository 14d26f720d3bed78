"""How well every segmentation finds spheres of known volume: ``python Testing/validation/spheres.py [OFFSETS]``.

Writes docs/validation/spheres.md and fails when a goal is missed. A method joins by registering: what is not in `CHOSEN` runs
with the examples of its fields, the true resolution where a field asks for one, and a click on the centre of the sphere.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dosepainting_hrs import segmentation  # noqa: F401  (registers the methods)
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.evaluation.surface_distance import surface_distance
from dosepainting_hrs.image import Mask
from dosepainting_hrs.parameters import parameter_infos
from dosepainting_hrs.parameters_json import from_json
from dosepainting_hrs.phantom.spheres import NEMA_DIAMETERS_MM, SpherePhantom, sphere_phantom
from dosepainting_hrs.registry import SEGMENTATIONS, Segmentation
from dosepainting_hrs.segmentation.adaptive import RATIO, SUBTRACTED
from dosepainting_hrs.segmentation.calibration import PhantomSphere, measured_sphere

PAGE = Path(__file__).resolve().parents[2] / "docs" / "validation" / "spheres.md"
FWHM_MM = 6.0
CONTRASTS = (4.0, 8.0)
OFFSETS = 20
FEWER = {
    "co-segmentation": 3,
    "fuzzy-c-means": 3,
    "gaussian-mixture": 3,
    "k-means": 3,
    "random-walker": 3,
    "supervoxels": 3,
    "ward": 3,
}
"""Offsets for methods that take seconds: they carry no goal."""
_CALIBRATED = {
    "adaptive, ratio form": ("adaptive", {"form": RATIO}),
    "adaptive, background-subtracted form": ("adaptive", {"form": SUBTRACTED}),
}
CHOSEN: dict[str, tuple[str, dict[str, Any]]] = {
    "2.5 (fixed)": ("fixed-threshold", {"threshold": 2.5}),
    "41 % of maximum": ("percent-max", {"percent": 41.0}),
    "50 % of maximum": ("percent-max", {"percent": 50.0}),
    "50 % of peak": ("percent-peak", {"percent": 50.0}),
    "200 % of mean": ("percent-mean", {"percent": 200.0}),
    "90th percentile": ("percentile", {"percentile": 90.0}),
    "2 x background": ("reference-ratio", {"ratio": 2.0}),
    "local, 50 % from 1.5 on": ("local-threshold", {"floor": 1.5, "percent": 50.0}),
    **_CALIBRATED,
    "iterative with the true PSF": ("iterative", {"psf_fwhm_mm": FWHM_MM}),
    "gradient": ("gradient", {"psf_fwhm_mm": FWHM_MM}),
    "gradient, edge not corrected": ("gradient", {"psf_fwhm_mm": FWHM_MM, "correct_curved_edge": False}),
    **{f"histogram, {rule}": ("histogram-threshold", {"rule": rule}) for rule in ("otsu", "li", "yen", "triangle", "isodata")},
    "region-growing, 2.5 deviations": ("region-growing", {"multiplier": 2.5}),
    "fuzzy-bayesian, two classes": ("fuzzy-bayesian", {"clusters": 2}),
    "gaussian-mixture, number by BIC": ("gaussian-mixture", {}),
    "gaussian-mixture, two": ("gaussian-mixture", {"clusters": 2}),
    "histogram, maximum entropy": ("histogram-threshold", {"rule": "maximum entropy"}),
}
_LEFT_OUT = {
    "value-window": "a window is what somebody selects, no rule",
    "hrs-model": "a model is learned from a cohort of tumours, and says nothing of a sphere",
}
_ABOUT = """\
Hot spheres with the diameters of NEMA NU 2 in a uniform background, blurred in closed form by {fwhm:g} mm FWHM, voxels of
2 mm, white noise of 10 % of the background, {offsets} offsets between voxels and draws of noise each; looked for within a
sphere 10 mm larger. Made by `make validate` (`Testing/validation/spheres.py`); any method that is registered appears.

The slower methods ({slow}) were tried with {fewer} offsets. The adaptive threshold was calibrated on spheres of 17 to 37 mm
of the same scanner at both contrasts, with other noise. The other percentages are examples, no recommendations: what fits
these spheres need not fit a tumour."""
_WHY = """\
A mixture of Gaussians describes how often values occur. The voxels of a blurred edge take every value between background and
lesion, and a noisy background is one narrow Gaussian: the Bayesian criterion asks for five or six Gaussians where there are two
tissues, and the highest of them is the flat middle of the sphere, half of it or less. With two Gaussians the second one is wide
enough for the whole edge, and the region is much too large, the more so the smaller the sphere. Neither is a fault of the fit
(its likelihood is that of scikit-learn); it is what the method finds in such an image. `fuzzy-bayesian` models the edge itself,
by levels between two classes, and its priors are those of the neighbourhood: hence its row.
"""
"""Why the mixture of Gaussians is so far off."""
GOALS = {
    "fuzzy-bayesian, two classes": {13.0: 20.0, 17.0: 20.0, 22.0: 10.0, 28.0: 10.0, 37.0: 10.0},
    "iterative with the true PSF": {13.0: 20.0, 17.0: 20.0, 22.0: 10.0, 28.0: 10.0, 37.0: 10.0},
    "adaptive, ratio form": {17.0: 20.0, 22.0: 10.0, 28.0: 10.0, 37.0: 10.0},
    "gradient": {13.0: 20.0, 17.0: 20.0, 22.0: 10.0, 28.0: 10.0, 37.0: 10.0},
}
"""Largest median error of the volume, per cent, by diameter, mm: what this project promises of these methods."""


@dataclass(frozen=True)
class Found:
    """What a method made of one phantom: relative error of the volume and mean surface distance; None where it refused."""

    error_percent: float | None
    surface_mm: float | None


def method_variants() -> Iterator[tuple[str, type[Segmentation], dict[str, Any]]]:
    """Yield every registered method under a label, with its parameter values."""
    for label, (name, values) in CHOSEN.items():
        yield label, SEGMENTATIONS.get(name), values
    named = {name for name, _ in CHOSEN.values()} | set(_LEFT_OUT)
    for name in SEGMENTATIONS.names():
        if name not in named:
            yield name, SEGMENTATIONS.get(name), _examples(SEGMENTATIONS.get(name))


def _examples(kind: type[Segmentation]) -> dict[str, Any]:
    presets = kind.parameters_type.presets
    values: dict[str, Any] = dict(presets[0].values) if presets else {}
    for info in parameter_infos(kind.parameters_type):
        if "fwhm" in info.name:
            values[info.name] = FWHM_MM
        elif info.required and info.name not in values:
            row = {one.name: one.field.example for one in parameter_infos(info.kind)} if info.is_table else None
            values[info.name] = [row] if row is not None else info.field.example
    return values


def _clicked(value: Any, phantom: SpherePhantom) -> Any:
    place = dict(zip(("x_mm", "y_mm", "z_mm"), phantom.sphere.centre_mm, strict=True))
    if isinstance(value, dict):
        return {name: place.get(name, _clicked(one, phantom)) for name, one in value.items()}
    return [_clicked(one, phantom) for one in value] if isinstance(value, list) else value


def made_by(kind: type[Segmentation], values: dict[str, Any], phantom: SpherePhantom) -> Mask:
    """Run a method on a phantom."""
    given = {"map": phantom.image, "within": phantom.within, "reference": phantom.background}
    inputs: dict[str, Any] = {}
    for slot in kind.inputs:
        if slot.kind == "images":
            inputs[slot.name] = {"map": phantom.image}
        elif slot.name in given:
            inputs[slot.name] = given[slot.name]
        elif not slot.optional:
            inputs[slot.name] = phantom.image if slot.takes_images else phantom.within
    return kind(from_json(kind, _clicked(values, phantom))).compute(**inputs)


def calibration(diameters: tuple[float, ...]) -> list[dict[str, float]]:
    """Measure spheres of other offsets and noise than those of the study, as a physicist would on a phantom."""
    rows = []
    for contrast in CONTRASTS:
        for diameter in diameters:
            made = sphere_phantom(diameter, contrast=contrast, seed=10_000 + int(diameter))
            x, y, z = made.sphere.centre_mm
            sphere = PhantomSphere(diameter_mm=diameter, x_mm=x, y_mm=y, z_mm=z)
            one = measured_sphere(made.image, sphere, 1.0, 8.0)
            rows.append({"maximum": one.maximum, "background": one.background, "threshold": one.threshold})
    return rows


def study(
    offsets: int, diameters: tuple[float, ...] = NEMA_DIAMETERS_MM, *, slow: bool = True
) -> dict[tuple[str, float, float], list[Found]]:
    """Return what every method finds, by label, diameter and contrast; without those that take seconds when not `slow`."""
    rows = calibration(tuple(one for one in diameters if one >= 17.0))
    found: dict[tuple[str, float, float], list[Found]] = {}
    for contrast in CONTRASTS:
        for diameter in diameters:
            for seed in range(offsets):
                phantom = sphere_phantom(diameter, contrast=contrast, seed=seed)
                for label, kind, values in method_variants():
                    if seed >= (FEWER.get(kind.name, offsets) if slow or kind.name not in FEWER else 0):
                        continue
                    own = {**values, "calibration": rows} if label in _CALIBRATED else values
                    found.setdefault((label, diameter, contrast), []).append(_measured(kind, own, phantom))
    return found


def _measured(kind: type[Segmentation], values: dict[str, Any], phantom: SpherePhantom) -> Found:
    try:
        made = made_by(kind, values, phantom)
    except DosePaintingError:
        return Found(None, None)
    error = 100.0 * (made.volume_ml / phantom.sphere.volume_ml - 1.0)
    return Found(error, surface_distance(made, phantom.truth).mean_mm)


def missed(found: dict[tuple[str, float, float], list[Found]]) -> list[str]:
    """Return a sentence for every goal that is missed."""
    told = []
    for (label, diameter, contrast), results in found.items():
        limit = GOALS.get(label, {}).get(diameter)
        errors = [one.error_percent for one in results]
        if limit is None:
            continue
        known = [one for one in errors if one is not None]
        if len(known) < len(errors) or abs(float(np.median(known))) > limit:
            middle = f"{np.median(known):+.1f} %" if known else "nothing found"
            told.append(f"{label}, {diameter:g} mm, {contrast:g}:1: {middle}, the goal is {limit:g} %")
    return told


def page(found: dict[tuple[str, float, float], list[Found]], offsets: int) -> str:
    """Return the study as a page."""
    labels = list(dict.fromkeys(label for label, _, _ in found))
    lines = [
        "# Spheres of known volume",
        "",
        _ABOUT.format(fwhm=FWHM_MM, offsets=offsets, fewer=min(offsets, *FEWER.values()), slow=", ".join(FEWER)),
        "",
    ]
    for contrast in CONTRASTS:
        lines += [f"## {contrast:g}:1, error of the volume, %", "", "Median (from the 5th to the 95th percentile).", ""]
        chosen = {key[:2]: results for key, results in found.items() if key[2] == contrast}
        lines += _table(chosen, "error_percent", "+.0f")
        lines += [f"## {contrast:g}:1, mean surface distance, mm", "", "Median, against the voxels whose centre is inside.", ""]
        lines += _table(chosen, "surface_mm", ".1f")
    lines += ["## Why a Gaussian mixture is so far off", "", _WHY]
    lines += ["## Goals", "", "Largest median error of the volume:", ""]
    for label, goals in GOALS.items():
        if label in labels:
            lines.append(f"- {label}: {', '.join(f'{size:g} mm {limit:g} %' for size, limit in goals.items())}")
    lines += ["", *([f"- missed: {one}" for one in missed(found)] or ["All are met."]), ""]
    lines += ["## Left out", "", *[f"- {name}: {why}." for name, why in _LEFT_OUT.items()]]
    return "\n".join(lines) + "\n"


def _table(found: dict[tuple[str, float], list[Found]], field: str, form: str) -> list[str]:
    diameters = sorted({diameter for _, diameter in found})
    lines = ["| method | " + " | ".join(f"{one:g} mm" for one in diameters) + " |", "|---" * (len(diameters) + 1) + "|"]
    for label in dict.fromkeys(label for label, _ in found):
        cells = []
        for diameter in diameters:
            values = [getattr(one, field) for one in found[label, diameter]]
            cells.append(_cell([value for value in values if value is not None], len(values), field, form))
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _cell(known: list[float], count: int, field: str, form: str) -> str:
    if not known:
        return "refused"
    told = f"{np.median(known):{form}}"
    if field == "error_percent":
        low, high = np.percentile(known, (5, 95))
        told += f" ({low:{form}} to {high:{form}})"
    return told if len(known) == count else f"{told}, {count - len(known)} refused"


def main() -> int:
    """Run the study and write its page."""
    offsets = int(sys.argv[1]) if len(sys.argv) > 1 else OFFSETS
    found = study(offsets)
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(found, offsets), encoding="utf-8")
    told = missed(found)
    sys.stdout.write("\n".join(told or ["All goals are met."]) + f"\n{PAGE}\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
