"""One region of a structure set: named planar contours in LPS mm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

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
class Drawing:
    """What was drawn for a region.

    Parameters
    ----------
    contours : tuple of Contour
        In file order.
    damage : str
        One sentence when some cannot be read; the region is not usable then.
    """

    contours: tuple[Contour, ...] = ()
    damage: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Roi:
    """One region of a structure set; its contours are decoded when they are first asked for.

    A structure set may hold forty regions and a body outline of a million numbers when one small target is wanted.

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
    source : callable
        Gives the drawing; called once.
    """

    number: int
    name: str
    frame_of_reference: str = ""
    color: tuple[int, int, int] | None = None
    interpreted_type: str = ""
    generation_algorithm: str = ""
    source: Callable[[], Drawing] = field(default=Drawing, repr=False)

    @cached_property
    def drawing(self) -> Drawing:
        """Contours and their damage."""
        return self.source()

    @property
    def contours(self) -> tuple[Contour, ...]:
        """Contours in file order; empty for a region that was named but never drawn."""
        return self.drawing.contours

    @property
    def damage(self) -> str:
        """One sentence when contours of this region cannot be read; empty otherwise."""
        return self.drawing.damage

    def __str__(self) -> str:
        return f'ROI "{self.name}"'
