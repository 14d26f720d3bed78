"""A synthetic cohort with a planted cluster: the tumours of Boeke et al. (2023), table 1, as maps and regions on disk."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ParameterError
from ..geometry import Geometry
from ..identity import Identity
from ..image import Image, Mask, on_grid
from ..progress import Progress, silent
from ..quantities import ADC, Quantity
from ..storage.volumes import write_volume

SPACING_MM = (0.65, 0.65, 0.8)
"""Boeke et al. (2023), table 2: voxels of the PET, to which all maps were brought (x, y, z)."""
MAPS = ("ADC", "FMISO_c1", "FMISO_c2", "DCE_c1", "DCE_c2")
PLANTED = ("ADC", "FMISO_c1", "FMISO_c2")
BASES = {"FMISO": "5ca1ab1e5ca1ab1e", "DCE": "0ddba11c0ddba11c"}
_PLAIN = {"ADC": (750.0, 160.0), "FMISO_c1": (1.0, 0.45), "FMISO_c2": (0.1, 0.35), "DCE_c1": (0.4, 0.5), "DCE_c2": (0.0, 0.3)}
"""Mean and standard deviation of tissue outside the cluster, unit of the map."""
_CENTRE_SD = {"ADC": -2.0, "FMISO_c1": 1.8, "FMISO_c2": 1.7}
"""Centre of the planted cluster, in standard deviations of the tissue around it."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A cell line: its class, its TCD50 with confidence interval (Gy), how many tumours have which maps.

    Parameters
    ----------
    complete, pet_only, dce_only, dwi_only : int
        Tumours with all maps; with ADC and FMISO; with ADC and DCE; with ADC alone.
    """

    name: str
    class_name: str
    tcd50: tuple[float, float, float]
    complete: int
    pet_only: int = 0
    dce_only: int = 0
    dwi_only: int = 0


LINES = (
    Line(name="UTSCC-45", class_name="H", tcd50=(45, 38, 52), complete=8, pet_only=1, dce_only=1),
    Line(name="XF354", class_name="H", tcd50=(47, 40, 55), complete=4),
    Line(name="UTSCC-14", class_name="H", tcd50=(52, 46, 59), complete=4),
    Line(name="UTSCC-8", class_name="H", tcd50=(52, 40, 61), complete=2, pet_only=1, dwi_only=1),
    Line(name="FaDu", class_name="M", tcd50=(85, 77, 96), complete=12),
    Line(name="CAL-33", class_name="", tcd50=(105, 90, 141), complete=5, dwi_only=1),
    Line(name="SAS", class_name="L", tcd50=(127, 114, 140), complete=7, pet_only=2, dce_only=1, dwi_only=1),
)
"""Boeke et al. (2023), table 1, before radiotherapy: 42 complete of 51 with DWI, 46 with PET and 44 with DCE."""
CLASSES = {"H": 0.0, "M": 0.075, "L": 0.15}
_RADII_MM = {"small": (2.4, 3.4), "full": (4.5, 7.5)}


@dataclass(frozen=True, kw_only=True)
class CohortTruth:
    """What was planted.

    Parameters
    ----------
    centre : dict of str to float
        Centre of the cluster, unit of each planted map.
    sd : float
        Its standard deviation, in those of the tissue around it.
    fractions : dict of str to float
        Share of planted voxels by case.
    """

    centre: dict[str, float]
    sd: float
    fractions: dict[str, float]


def write_cohort(folder: Path, *, size: str = "small", seed: int = 1, progress: Progress = silent) -> CohortTruth:
    """Write ``cohort.csv``, ``cohort.json``, ``truth.json``, a folder for every tumour, and a new tumour in ``patient/``.

    Parameters
    ----------
    folder : Path
        Existing folder to fill.
    size : {"small", "full"}
        Tumours of about 150 to 400 voxels, or as large as those of the paper.
    seed : int
        Draws shapes, tissue and noise.

    Raises
    ------
    ParameterError
        If there is no such size.
    """
    if size not in _RADII_MM:
        raise ParameterError(f'There is no size "{size}".', "There are: small, full.")
    random = np.random.default_rng(seed)
    rows: list[dict[str, str]] = []
    fractions: dict[str, float] = {}
    tumours = [*_tumours(), (LINES[-1], "patient", MAPS)]
    for number, (line, case, maps) in enumerate(tumours):
        progress(number / len(tumours), f"Making {case}")
        share = _share(line.class_name, random)
        fractions[case] = _write_tumour(folder / case, maps, share, _RADII_MM[size], random)
        if case != "patient":
            rows.append(_row(line, case, maps))
    _write_tables(folder, rows)
    centre = {name: _PLAIN[name][0] + _CENTRE_SD[name] * _PLAIN[name][1] for name in PLANTED}
    truth = CohortTruth(centre=centre, sd=_PLANTED_SD, fractions=fractions)
    told = {"seed": seed, "maps": PLANTED, "centre": centre, "sd": truth.sd, "fractions": fractions}
    (folder / "truth.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    progress(1.0, "Made the cohort")
    return truth


_PLANTED_SD = 0.4


def _tumours() -> Iterator[tuple[Line, str, tuple[str, ...]]]:
    pet, dce = tuple(name for name in MAPS if not name.startswith("DCE")), ("ADC", "DCE_c1", "DCE_c2")
    for line in LINES:
        kinds = [MAPS] * line.complete + [pet] * line.pet_only + [dce] * line.dce_only + [("ADC",)] * line.dwi_only
        for number, maps in enumerate(kinds, 1):
            yield line, f"{line.name}-{number:02}", maps


def _share(class_name: str, random: np.random.Generator) -> float:
    if class_name not in CLASSES or not CLASSES[class_name]:
        return 0.0
    return float(np.clip(random.normal(CLASSES[class_name], 0.025), 0.01, 0.4))


def _write_tumour(
    folder: Path, maps: tuple[str, ...], share: float, radii: tuple[float, float], random: np.random.Generator
) -> float:
    radius = random.uniform(*radii, size=3)
    half = [int(np.ceil(edge / step)) + 2 for edge, step in zip(radius[::-1], SPACING_MM[::-1], strict=True)]
    shape = (2 * half[0] + 1, 2 * half[1] + 1, 2 * half[2] + 1)
    geometry = Geometry.from_parts(shape, SPACING_MM, (0.0, 0.0, 0.0), np.eye(3))
    canonical, stored = on_grid(geometry)
    away = np.stack(np.meshgrid(*[np.arange(-n, n + 1) for n in half], indexing="ij"), axis=-1) * np.array(SPACING_MM[::-1])
    bumps = 0.12 * _smooth(shape, random)
    inside = ((away / radius[::-1]) ** 2).sum(axis=-1) < (1.0 + bumps)
    planted = _planted(inside, share, random)
    identity = _identity(folder.name)
    mask = Mask(array=inside, geometry=canonical, stored=stored, identity=identity, name="GTV", history=("Synthetic tumour.",))
    folder.mkdir()
    write_volume(mask, folder / "GTV.nrrd")
    for name in MAPS:
        array = _map(name, shape, planted, random)
        if name in maps:
            image = Image(
                array=array, geometry=canonical, stored=stored, identity=identity, quantity=quantity_of_map(name),
                history=_history(name),
                basis=_basis(name),
            )  # fmt: skip
            write_volume(image, folder / f"{name}.nrrd")
    return float(planted.sum() / inside.sum())


def quantity_of_map(name: str) -> Quantity:
    """Return what a map of the cohort holds."""
    return ADC if name == "ADC" else Quantity(name, "1")


def _basis(name: str) -> str:
    return BASES.get(name.split("_", 1)[0], "")


def _history(name: str) -> tuple[str, ...]:
    basis = _basis(name)
    return (f"Synthetic {name}" + (f", projected on basis {basis}." if basis else "."),)


def _map(
    name: str, shape: tuple[int, int, int], planted: NDArray[np.bool_], random: np.random.Generator
) -> NDArray[np.float32]:
    mean, sd = _PLAIN[name]
    # A tumour as a whole differs from the next one, as animals and injections do.
    field = 0.85 * _smooth(shape, random) + 0.5 * random.standard_normal(shape)
    field = field / np.sqrt(0.85**2 + 0.5**2) + 0.3 * random.standard_normal()
    if name in PLANTED:
        field[planted] = _CENTRE_SD[name] + _PLANTED_SD * random.standard_normal(int(planted.sum()))
    return np.asarray(mean + sd * field, dtype=np.float32)


def _planted(inside: NDArray[np.bool_], share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Return the voxels nearest to a place within the tumour, as many as the share asks for."""
    planted = np.zeros(inside.shape, dtype=np.bool_)
    points = np.argwhere(inside)
    count = round(share * len(points))
    if count:
        place = points[random.integers(len(points))]
        away = (((points - place) * np.array(SPACING_MM[::-1])) ** 2).sum(axis=1)
        planted[tuple(points[np.argsort(away, kind="stable")[:count]].T)] = True
    return planted


def _smooth(shape: tuple[int, int, int], random: np.random.Generator) -> NDArray[np.float64]:
    from scipy import ndimage  # noqa: PLC0415  (slow to import)

    field = ndimage.gaussian_filter(random.standard_normal(shape), 1.5, mode="wrap")
    return np.asarray(field / field.std(), dtype=np.float64)


def _identity(case: str) -> Identity:
    uid = f"2.25.{int(hashlib.sha256(case.encode()).hexdigest()[:24], 16)}"
    return Identity(patient_id=case, frame_of_reference=uid, study=f"{uid}.1", series=(f"{uid}.2",))


def _row(line: Line, case: str, maps: tuple[str, ...]) -> dict[str, str]:
    return {
        "case": case,
        "patient": case,
        "group": line.name,
        "class": line.class_name,
        "time_point": "w0",
        "exclude": "" if line.class_name else "1",
        "tcd50": f"{line.tcd50[0]:g}",
        "tcd50_low": f"{line.tcd50[1]:g}",
        "tcd50_high": f"{line.tcd50[2]:g}",
        "region": f"{case}/GTV.nrrd",
        **{f"map:{name}": f"{case}/{name}.nrrd" if name in maps else "" for name in MAPS},
    }


def _write_tables(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / "cohort.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    settings = {
        "schema": 1,
        "classes": [{"name": name, "target_fraction": share} for name, share in CLASSES.items()],
        "time_points": ["w0"],
        "bases": {name: BASES[name.split("_")[0]] for name in MAPS if name != "ADC"},
        "conditions": {
            "species": "mouse",
            "tracer": "FMISO",
            "minutes_after_injection": 90.0,
            "b_values": [0, 100, 200, 300, 400, 500, 600, 700, 800],
            "field_strength_t": 7.0,
            "reconstruction": "2D-OSEM",
            "registration": "none (synthetic)",
            "voxel_mm": list(SPACING_MM),
        },
    }
    (folder / "cohort.json").write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
