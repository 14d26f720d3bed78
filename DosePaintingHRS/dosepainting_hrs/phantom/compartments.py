"""Perfused, hypoxic and necrotic tumour, muscle and an artery: where they are, and what functional imaging sees of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from ..geometry import Geometry
from .anatomy import paint_patient
from .contrast import Permeability
from .fmiso import Exchange
from .tissues import Tissue
from .tumour import centres_of, tumour_of

CORE = 0.75
"""Share of the way from rim to core of the subvolume from which on it is necrotic."""
_ARTERY_MM = np.array([44.0, -16.0])
_ARTERY_RADIUS_MM = 6.0


class Compartment(IntEnum):
    """What fills a voxel."""

    AIR = 0
    MUSCLE = 1
    PERFUSED = 2
    HYPOXIC = 3
    NECROTIC = 4
    ARTERY = 5


@dataclass(frozen=True, kw_only=True)
class Look:
    """What functional imaging sees of a compartment.

    Parameters
    ----------
    fmiso : Exchange or None
        Kinetics of the hypoxia tracer; None for nothing.
    s0 : float
        MR signal without diffusion weighting, and before contrast.
    adc : float
        um2/s.
    dce : Permeability or None
        Kinetics of the contrast agent; None for none.
    """

    fmiso: Exchange | None
    s0: float
    adc: float
    dce: Permeability | None


LOOKS = {
    Compartment.AIR: Look(fmiso=None, s0=0.0, adc=0.0, dce=None),
    Compartment.MUSCLE: Look(
        fmiso=Exchange(k1=0.10, k2=0.11, k3=0.0, blood=0.03),
        s0=300.0,
        adc=1400.0,
        dce=Permeability(ktrans=0.05, ve=0.12, vp=0.02),
    ),
    Compartment.PERFUSED: Look(
        fmiso=Exchange(k1=0.40, k2=0.40, k3=0.001, blood=0.10),
        s0=500.0,
        adc=1100.0,
        dce=Permeability(ktrans=0.35, ve=0.35, vp=0.08),
    ),
    Compartment.HYPOXIC: Look(
        fmiso=Exchange(k1=0.20, k2=0.22, k3=0.015, blood=0.03),
        s0=550.0,
        adc=850.0,
        dce=Permeability(ktrans=0.10, ve=0.30, vp=0.02),
    ),
    Compartment.NECROTIC: Look(
        fmiso=Exchange(k1=0.02, k2=0.03, k3=0.0, blood=0.005),
        s0=700.0,
        adc=2000.0,
        dce=Permeability(ktrans=0.01, ve=0.20, vp=0.0),
    ),
    Compartment.ARTERY: Look(
        fmiso=Exchange(k1=0.0, k2=0.0, k3=0.0, blood=1.0), s0=350.0, adc=1600.0, dce=Permeability(ktrans=0.0, ve=1.0, vp=0.58)
    ),
}
"""Chosen, not measured: of the order that is known for such tissue. The artery is whole blood of hematocrit 0.42."""


def compartments_on(geometry: Geometry, to_ct: NDArray[np.float64], seed: int) -> NDArray[np.uint8]:
    """Return the compartment at every voxel centre of a grid.

    Parameters
    ----------
    geometry : Geometry
        The grid, in any frame of reference.
    to_ct : array, (4, 4)
        Maps LPS mm of that frame to those of the CT.
    seed : int
        What the tumour was drawn from.
    """
    in_ct = Geometry(geometry.shape, to_ct @ geometry.affine)
    points = centres_of(in_ct)
    found = np.where(_body(points, seed), Compartment.MUSCLE, Compartment.AIR).astype(np.uint8)
    tumour = tumour_of(seed)
    away = np.hypot(points[..., 0] - _ARTERY_MM[0], points[..., 1] - _ARTERY_MM[1])
    found[(away < _ARTERY_RADIUS_MM) & (found > 0)] = Compartment.ARTERY
    found[tumour.is_gtv(points) | tumour.is_node(points)] = Compartment.PERFUSED
    hypoxic = tumour.is_hrs(points)
    rise = (tumour.hot.height(points) - tumour.hot.level) / (tumour.hot_peak - tumour.hot.level)
    found[hypoxic] = Compartment.HYPOXIC
    found[hypoxic & (rise > CORE)] = Compartment.NECROTIC
    return found


def _body(points: NDArray[np.float64], seed: int) -> NDArray[np.bool_]:
    """Tell where the patient is; painted on an upright grid round the oblique one, and looked up."""
    low, high = points.reshape(-1, 3).min(axis=0) - 3.0, points.reshape(-1, 3).max(axis=0) + 3.0
    nx, ny, nz = (np.ceil((high - low) / 3.0).astype(int) + 1).tolist()
    upright = Geometry.from_parts((nz, ny, nx), (3.0, 3.0, 3.0), low)
    labels = paint_patient(upright, seed, couch=False)
    index = np.rint(upright.to_index(points)).astype(int)
    inside: NDArray[np.bool_] = labels[index[..., 2], index[..., 1], index[..., 0]] != Tissue.AIR
    return inside


def looked_up(labels: NDArray[np.uint8], values: dict[Compartment, float]) -> NDArray[np.float64]:
    """Return a value for each voxel by its compartment."""
    table = np.zeros(len(Compartment))
    for compartment, value in values.items():
        table[compartment] = value
    return np.asarray(table[labels])
