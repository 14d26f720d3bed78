"""One region of a structure set: named planar contours in LPS mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Contour:
    """One contour of a region.

    Parameters
    ----------
    points : array, (n, 3)
        Vertices in LPS mm; a closed contour does not repeat its first one.
    geometric_type : str
        ``CLOSED_PLANAR``, ``POINT`` ... as DICOM has it.
    sop_instance_uid : str
        Image that it was drawn on; empty when the file does not say.
    """

    points: NDArray[np.float64]
    geometric_type: str
    sop_instance_uid: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Roi:
    """One region of a structure set.

    Parameters
    ----------
    number : int
        ROINumber, unique in its file.
    name : str
        ROIName as written.
    frame_of_reference : str
        UID of the frame its contours lie in; empty when the file does not say.
    color : tuple of three int, or None
        Display colour, 0 to 255.
    interpreted_type : str
        RTROIInterpretedType (GTV, ORGAN ...); may be empty.
    generation_algorithm : str
        AUTOMATIC, SEMIAUTOMATIC, MANUAL; may be empty.
    contours : tuple of Contour
        In file order; empty for a region that was named but never drawn.
    damage : str
        One sentence when contours of this region cannot be read; it is not usable then.
    """

    number: int
    name: str
    frame_of_reference: str = ""
    color: tuple[int, int, int] | None = None
    interpreted_type: str = ""
    generation_algorithm: str = ""
    contours: tuple[Contour, ...] = ()
    damage: str = ""

    def __str__(self) -> str:
        return f'ROI "{self.name}"'
