"""Physical quantities that images hold, with their units and DICOM codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A DICOM coded concept: value, coding scheme and meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True)
class Quantity:
    """What the numbers of an image mean.

    Parameters
    ----------
    name : str
        Name as the field uses it, for example ``"SUVbw"``.
    unit : str
        Unit in UCUM spelling, ``"1"`` when there is none.
    code : Code or None
        DICOM code of the quantity (PS3.16), where there is one.
    """

    name: str
    unit: str
    code: Code | None = None

    def __str__(self) -> str:
        if self == UNKNOWN:
            return "no stated quantity"
        return f"{self.name} ({self.shown_unit})" if self.shown_unit else self.name

    @property
    def shown_unit(self) -> str:
        """Unit as people write it; empty when there is none."""
        return shown_unit(self.unit)


def shown_unit(unit: str) -> str:
    """Return a unit in UCUM spelling as people write it; empty when there is none."""
    return {"1": "", "[hnsf'U]": "HU"}.get(unit, unit)


HOUNSFIELD = Quantity("CT number", "[hnsf'U]", Code("112031", "DCM", "Attenuation Coefficient"))
ACTIVITY_CONCENTRATION = Quantity("activity concentration", "Bq/ml", Code("130241", "DCM", "Activity concentration"))
SUV_BW = Quantity("SUVbw", "g/ml", Code("126401", "DCM", "SUVbw"))
SUV_LBM = Quantity("SUVlbm", "g/ml", Code("126402", "DCM", "SUVlbm"))
SUV_BSA = Quantity("SUVbsa", "cm2/ml", Code("126403", "DCM", "SUVbsa"))
SUV_IBW = Quantity("SUVibw", "g/ml", Code("126404", "DCM", "SUVibw"))
SUV_LBM_JANMA = Quantity("SUVlbm(Janma)", "g/ml", Code("126405", "DCM", "SUVlbm(Janma)"))
SUV_LBM_JAMES128 = Quantity("SUVlbm(James128)", "g/ml", Code("126406", "DCM", "SUVlbm(James128)"))
UPTAKE_RATIO = Quantity("uptake ratio", "1")
ADC = Quantity("ADC", "um2/s", Code("113041", "DCM", "Apparent Diffusion Coefficient"))
MR_SIGNAL = Quantity("MR signal", "1", Code("110852", "DCM", "MR signal intensity"))
ABSORBED_DOSE = Quantity("absorbed dose", "Gy", Code("128513", "DCM", "Absorbed Dose"))
REGION = Quantity("region", "1")
UNKNOWN = Quantity("unknown", "1")
SUVS = (SUV_BW, SUV_LBM, SUV_BSA, SUV_IBW, SUV_LBM_JANMA, SUV_LBM_JAMES128)

_KNOWN = (
    HOUNSFIELD,
    ACTIVITY_CONCENTRATION,
    SUV_BW,
    SUV_LBM,
    SUV_BSA,
    SUV_IBW,
    SUV_LBM_JANMA,
    SUV_LBM_JAMES128,
    UPTAKE_RATIO,
    ADC,
    MR_SIGNAL,
    ABSORBED_DOSE,
    REGION,
    UNKNOWN,
)


def quantity_of(name: str, unit: str) -> Quantity:
    """Return the quantity with this name and unit: a known one with its code, or a new one without code."""
    for known in _KNOWN:
        if (known.name, known.unit) == (name, unit):
            return known
    return Quantity(name, unit)
