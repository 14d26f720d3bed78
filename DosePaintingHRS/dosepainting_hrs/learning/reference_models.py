"""Published models as references, to be shown and compared, never applied for treatment.

``python -m dosepainting_hrs.learning.reference_models FOLDER`` writes them all as model files.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from ..conditions import Conditions
from ..errors import ParameterError
from ..hrs_model import HrsModel, ModelClass, ModelMap, ModelScore, model_json
from ..parameters import nearest
from ..quantities import ADC

_SOURCE = (
    "Boeke S, Winter RM, Leibfarth S, et al. (2023), Machine learning identifies multi-parametric functional PET/MR imaging "
    "cluster to predict radiation resistance in preclinical head and neck cancer models, Eur J Nucl Med Mol Imaging, table"
)
_MICE = (
    "Learned on xenografts in mice at 7 T: its numbers do not carry over to humans, nor to other scanners, b-values or "
    "reconstructions."
)
_NEEDS = "its components need the principal component basis of the paper, and its z-normalisation; neither was published."
_CONFOUNDED = ('Class "M" is the cell line FaDu only.', 'Class "L" is the cell line SAS only: UTSCC-5 did not grow.')
_CLASSES = (
    ModelClass(name="H", target_fraction=0.0, tumours=18),
    ModelClass(name="M", target_fraction=0.075, tumours=12),
    ModelClass(name="L", target_fraction=0.15, tumours=7),
)
_CLASSES_W2 = (
    ModelClass(name="H", target_fraction=0.0, tumours=12),
    ModelClass(name="M", target_fraction=0.075, tumours=9),
    ModelClass(name="L", target_fraction=0.15, tumours=8),
)
_IMAGING = Conditions(
    species="mouse",
    tracer="FMISO",
    b_values=(0, 100, 200, 300, 400, 500, 600, 700, 800),
    field_strength_t=7.0,
    reconstruction="2D-OSEM",
    registration="local rigid (elastix)",
    voxel_mm=(0.65, 0.65, 0.8),
)

Axis = tuple[str, float, float, float]


@dataclass(frozen=True, kw_only=True)
class _Printed:
    """A row of table 3 or 5: score with interval, p-value, and centre with interval of every map."""

    name: str
    table: int
    S: float
    S_ci: tuple[float, float]
    p: float
    axes: tuple[Axis, ...]
    note: str = ""


_PRINTED = (
    _Printed(name="boeke2023-1d", table=3, S=1.69, S_ci=(1.46, 3.20), p=0.002, axes=(("ADC", 420, 384, 457),)),
    _Printed(
        name="boeke2023-2d",
        table=3,
        S=2.68,
        S_ci=(2.41, 4.12),
        p=0.01,
        axes=(("ADC", 492, 358, 627), ("FMISO_c1", 1.64, 0.48, 2.81)),
    ),
    _Printed(
        name="boeke2023-3d",
        table=3,
        S=2.99,
        S_ci=(2.50, 4.44),
        p=0.0001,
        axes=(("ADC", 439, 230, 652), ("FMISO_c1", 1.81, 0.61, 3.66), ("FMISO_c2", 0.71, 0.19, 1.21)),
        note=" The p-value is printed as below 0.0001.",
    ),
    _Printed(
        name="boeke2023-4d",
        table=3,
        S=3.17,
        S_ci=(2.77, 4.85),
        p=0.001,
        axes=(
            ("ADC", 487, 183, 796),
            ("FMISO_c1", 2.75, 0.55, 5.36),
            ("FMISO_c2", 0.63, -0.10, 1.34),
            ("DCE_c2", 0.10, -0.14, 0.34),
        ),
    ),
    _Printed(
        name="boeke2023-5d",
        table=3,
        S=2.79,
        S_ci=(2.51, 4.73),
        p=0.006,
        axes=(
            ("ADC", 385, 93, 695),
            ("FMISO_c1", 2.12, 0.37, 4.80),
            ("FMISO_c2", 0.56, -0.14, 1.27),
            ("DCE_c1", 0.43, -0.87, 1.80),
            ("DCE_c2", -0.16, -0.40, 0.09),
        ),
    ),
    _Printed(name="boeke2023-w2-1d", table=5, S=1.12, S_ci=(0.90, 3.69), p=0.041, axes=(("FMISO_c1", 0.70, 0.56, 0.83),)),
    _Printed(
        name="boeke2023-w2-2d",
        table=5,
        S=2.94,
        S_ci=(2.55, 5.31),
        p=0.430,
        axes=(("ADC", 752, 612, 892), ("FMISO_c1", 1.09, 0.09, 2.09)),
    ),
    _Printed(
        name="boeke2023-w2-3d",
        table=5,
        S=2.57,
        S_ci=(2.44, 5.36),
        p=0.402,
        axes=(("ADC", 811, 650, 972), ("FMISO_c1", 1.13, 0.07, 2.27), ("DCE_c1", 0.05, -0.59, 0.71)),
    ),
    _Printed(
        name="boeke2023-w2-4d",
        table=5,
        S=2.70,
        S_ci=(2.43, 5.57),
        p=0.375,
        axes=(
            ("ADC", 644, 149, 1193),
            ("FMISO_c1", 1.48, 0.66, 5.47),
            ("FMISO_c2", 1.08, 0.39, 1.70),
            ("DCE_c2", 0.49, -0.77, -0.17),
        ),
        note=" The centre of DCE_c2 is printed as 0.49, outside of its interval.",
    ),
    _Printed(
        name="boeke2023-w2-5d",
        table=5,
        S=2.40,
        S_ci=(2.07, 4.74),
        p=0.486,
        axes=(
            ("ADC", 460, 18, 940),
            ("FMISO_c1", 0.63, 0.05, 3.77),
            ("FMISO_c2", 0.21, -0.23, 0.78),
            ("DCE_c1", 0.25, -1.20, 1.91),
            ("DCE_c2", 0.12, -0.15, 0.33),
        ),
    ),
)
NAMES = tuple(one.name for one in _PRINTED)
"""Names of all reference models."""


def reference_model(name: str) -> HrsModel:
    """Return a published model.

    Raises
    ------
    ParameterError
        If there is none of that name.

    References
    ----------
    Boeke et al. (2023), tables 3 and 5, the best row of each number of maps; in 1D of table 5 the one that the paper prints
    in bold, chosen by significance and not by score.
    """
    row = next((one for one in _PRINTED if one.name == name), None)
    if row is None:
        raise ParameterError(f'There is no reference model "{name}".', nearest(name, NAMES))
    alone = [axis[0] for axis in row.axes] == ["ADC"]
    when = "before radiotherapy" if row.table == 3 else "after two weeks of radiotherapy"
    maps = ", ".join(f"{axis[0]} {axis[1]:g} [{axis[2]:g}; {axis[3]:g}]" for axis in row.axes)
    return HrsModel(
        name=name,
        summary=f"Published cluster {when}: {maps}; S {row.S:g} [{row.S_ci[0]:g}; {row.S_ci[1]:g}].{row.note} {_MICE}",
        maps=tuple(_map(axis) for axis in row.axes),
        radius_z=None,
        n_hrs=None,
        # One p-value is printed for two pairs of classes; how they were combined is not said.
        score=ModelScore(S=row.S, S_ci=row.S_ci, p_pairs=(row.p,), bootstraps=50),
        classes=_CLASSES if row.table == 3 else _CLASSES_W2,
        conditions=_IMAGING,
        reference=True,
        needs="" if alone else _NEEDS,
        source=f"{_SOURCE} {row.table}",
        time_point="baseline" if row.table == 3 else "w2",
        confounding=_CONFOUNDED,
    )


def _map(axis: Axis) -> ModelMap:
    name, centre, low, high = axis
    quantity = (ADC.name, ADC.unit) if name == "ADC" else (name, "1")
    return ModelMap(name=name, quantity=quantity[0], unit=quantity[1], centre=float(centre), extent=(float(low), float(high)))


def write_references(folder: Path) -> None:
    """Write every reference model into a folder, over what is there: they are made, not edited."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        text = json.dumps(model_json(reference_model(name)), indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_references(Path(sys.argv[1]))
