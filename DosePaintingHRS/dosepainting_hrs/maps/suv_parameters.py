"""What can be chosen when SUV is made, and what can be supplied by hand where a header lacks it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from ..parameters import Field, Parameters
from .body import Normalisation


class ReferenceChoice(Enum):
    """Which moment the voxels are decay-corrected to."""

    RULES = "by the rules"
    GE = "GE private tag"
    BACK_COMPUTED = "back-computed"
    SERIES = "series"
    ACQUISITION = "earliest acquisition"
    EACH = "each acquisition"


class Sex(Enum):
    """PatientSex, or what the header says."""

    HEADER = "as in the header"
    MALE = "M"
    FEMALE = "F"
    OTHER = "O"


class Units(Enum):
    """Units (0054,1001), or what the header says."""

    HEADER = "as in the header"
    BQML = "BQML"
    GML = "GML"
    CM2ML = "CM2ML"
    CNTS = "CNTS"
    CPS = "CPS"


class DecayCorrection(Enum):
    """DecayCorrection (0054,1102), or what the header says."""

    HEADER = "as in the header"
    START = "START"
    ADMIN = "ADMIN"
    NONE = "NONE"


_INSTEAD = "Only where the header lacks it, or errs."


@dataclass(frozen=True, kw_only=True)
class SuvParameters(Parameters):
    """What uptake is normalised to; everything else comes from the header unless it is supplied by hand."""

    normalisation: Annotated[
        Normalisation,
        Field(help="What uptake is normalised to.", source="DICOM PS3.3 C.8.9.1.1.3, SUV Type"),
    ] = Normalisation.BODY_WEIGHT
    reference_time: Annotated[
        ReferenceChoice,
        Field(
            help=(
                "Moment that the voxels are decay-corrected to; by the rules the first of GE's stated one, the "
                "back-computed one, the series', the earliest acquisition."
            )
        ),
    ] = ReferenceChoice.RULES
    weight: Annotated[float | None, Field(help=f"Patient's weight. {_INSTEAD}", unit="kg", minimum=0.005, maximum=500.0)] = None
    height: Annotated[float | None, Field(help=f"Patient's height. {_INSTEAD}", unit="cm", minimum=20.0, maximum=260.0)] = None
    sex: Annotated[Sex, Field(help=f"Patient's sex, for lean and ideal body mass. {_INSTEAD}")] = Sex.HEADER
    injected_dose: Annotated[
        float | None, Field(help=f"Injected activity. {_INSTEAD}", unit="MBq", minimum=1.0, maximum=1e4)
    ] = None
    injection_time: Annotated[
        str, Field(help=f"When the tracer was injected: HH:MM:SS, or YYYY-MM-DD HH:MM:SS. {_INSTEAD}")
    ] = ""
    half_life: Annotated[
        float | None, Field(help=f"Half-life of the nuclide. {_INSTEAD}", unit="s", minimum=1.0, maximum=1e8)
    ] = None
    units: Annotated[Units, Field(help=f"What the voxels hold. {_INSTEAD}")] = Units.HEADER
    decay_correction: Annotated[DecayCorrection, Field(help=f"What the voxels are decay-corrected to. {_INSTEAD}")] = (
        DecayCorrection.HEADER
    )
    dose_calibration_factor: Annotated[
        float | None,
        Field(
            help=f"From counts per second to Bq, for voxels in counts that are not dose-calibrated. {_INSTEAD}",
            unit="Bq s",
            minimum=1e-12,
            maximum=1e12,
        ),
    ] = None
    attenuation_corrected: Annotated[
        bool, Field(help="State that the voxels are attenuation-corrected, where CorrectedImage does not list it.")
    ] = False
    supplied_by: Annotated[str, Field(help="Who supplies values by hand.")] = ""
    supplied_reason: Annotated[str, Field(help="Where values supplied by hand come from; asked for where they override.")] = ""
