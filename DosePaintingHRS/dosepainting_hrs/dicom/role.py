"""The roles a series can have, and what is known of it when its role is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # A panel knows roles when it opens, and does not wait for pydicom.
    from pydicom import Dataset

    from .layout import Layout


class Role(Enum):
    """What a series is, in the words of its users."""

    PLANNING_CT = "planning CT"
    CT = "CT"
    PET = "PET"
    DYNAMIC_PET = "dynamic PET"
    T1 = "T1"
    T2 = "T2"
    DWI = "DWI"
    ADC = "ADC"
    DCE = "DCE"
    MR = "MR"
    RTSTRUCT = "RTSTRUCT"
    RTDOSE = "RTDOSE"
    RTPLAN = "RTPLAN"
    SEG = "SEG"
    REGISTRATION = "registration"
    LOCALIZER = "localizer"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, eq=False)
class SeriesFacts:
    """What is known of a series when its role is asked for.

    Parameters
    ----------
    uid : str
        SeriesInstanceUID.
    headers : sequence of Dataset
        Headers in any order.
    layout : Layout or None
        How its slices lie; None for what is no image series.
    phases : int
        Number of series that look like time points of one acquisition, this one among them.
    phase_spacing_s : float or None
        Median time from one of them to the next.
    """

    uid: str
    headers: Sequence[Dataset]
    layout: Layout | None = None
    phases: int = 1
    phase_spacing_s: float | None = None

    @property
    def first(self) -> Dataset:
        """Header for values that the whole series shares."""
        return self.headers[0]
