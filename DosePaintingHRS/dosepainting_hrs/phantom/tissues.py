"""What the synthetic patient is made of: one label per tissue, with its CT number, FDG uptake and T2 signal."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Tissue(IntEnum):
    """Label of a tissue or material in the painted volume."""

    AIR = 0
    FAT = 1
    SKIN = 2
    MUSCLE = 3
    MUCOSA = 4
    TONGUE = 5
    GREY_MATTER = 6
    WHITE_MATTER = 7
    FLUID = 8
    EYE = 9
    LENS = 10
    CORTICAL_BONE = 11
    MARROW = 12
    TOOTH = 13
    CARTILAGE = 14
    PAROTID = 15
    SUBMANDIBULAR = 16
    TONSIL = 17
    VOCAL_CORD = 18
    THYROID = 19
    VESSEL = 20
    SPINAL_CORD = 21
    DISC = 22
    LUNG = 23
    TUMOUR = 24
    HOT_TUMOUR = 25
    NODE = 26
    MASK = 27
    COUCH_SHELL = 28
    FOAM = 29
    CEREBELLUM = 30
    EYE_MUSCLE = 31


class Property(NamedTuple):
    """Mean appearance of a tissue: CT number (HU, venous contrast), SUV an hour after FDG, T2-weighted signal."""

    hu: float
    suv: float
    t2: float


# Round textbook values; they make the picture, no result rests on them. Tumour uptake comes from `Tumour.suv`.
PROPERTIES: dict[Tissue, Property] = {
    Tissue.AIR: Property(-1000, 0.0, 4),
    Tissue.FAT: Property(-105, 0.3, 510),
    Tissue.SKIN: Property(25, 0.7, 260),
    Tissue.MUSCLE: Property(58, 0.8, 130),
    Tissue.MUCOSA: Property(48, 1.7, 470),
    Tissue.TONGUE: Property(55, 1.3, 210),
    Tissue.GREY_MATTER: Property(39, 9.5, 430),
    Tissue.WHITE_MATTER: Property(29, 3.8, 290),
    Tissue.FLUID: Property(8, 0.8, 950),
    Tissue.EYE: Property(10, 0.6, 920),
    Tissue.LENS: Property(85, 0.6, 90),
    Tissue.CORTICAL_BONE: Property(1050, 0.6, 25),
    Tissue.MARROW: Property(260, 1.5, 260),
    Tissue.TOOTH: Property(2000, 0.3, 10),
    Tissue.CARTILAGE: Property(170, 0.9, 120),
    Tissue.PAROTID: Property(-8, 2.0, 350),
    Tissue.SUBMANDIBULAR: Property(60, 2.4, 380),
    Tissue.TONSIL: Property(62, 4.0, 520),
    Tissue.VOCAL_CORD: Property(58, 2.8, 220),
    Tissue.THYROID: Property(150, 1.5, 330),
    Tissue.VESSEL: Property(185, 1.7, 35),
    Tissue.SPINAL_CORD: Property(38, 2.2, 310),
    Tissue.DISC: Property(85, 0.8, 190),
    Tissue.LUNG: Property(-790, 0.5, 40),
    Tissue.TUMOUR: Property(76, 4.0, 335),
    Tissue.HOT_TUMOUR: Property(82, 9.0, 295),
    Tissue.NODE: Property(74, 6.5, 450),
    Tissue.MASK: Property(70, 0.0, 4),
    Tissue.COUCH_SHELL: Property(40, 0.0, 4),
    Tissue.FOAM: Property(-940, 0.0, 4),
    Tissue.CEREBELLUM: Property(38, 7.0, 375),
    Tissue.EYE_MUSCLE: Property(50, 3.0, 200),
}


def lookup(name: str) -> NDArray[np.float32]:
    """Return one property ("hu", "suv" or "t2") as an array indexed by tissue label."""
    return np.array([getattr(PROPERTIES[tissue], name) for tissue in Tissue], dtype=np.float32)
