"""How the slices of one series lie in the patient: their order and grid, and every flaw, in words.

Nothing here raises: `stacking` raises the first flaw, the inventory lists them all.

Notes
-----
Slices are sorted along the normal of ImageOrientationPatient by ImagePositionPatient, never by number or file name.
A grid is regular when no slice is further from its place than 5 % of the slice spacing, or 0.01 mm if that is more:
whole-body PET whose beds overlap by a rounded number has steps of 3.19 to 3.29 mm, and positions are often written with
two decimals. A deviation over 1 % is told. Slices step along their normal when the step leaves it by less than
0.1 degrees; a smaller lean is kept exactly in the affine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from ..errors import DicomError, DosePaintingError, GeometryError, IdentityError
from ..geometry import Geometry
from ..notes import note
from .slice_checks import (
    GRID_TAGS,
    differing_slices,
    distinct_headers,
    matrix_of,
    missing_tags,
    mixed_identity,
    not_a_plain_slice,
)
from .values import number, numbers, text, texts

SPACING_TOLERANCE = 0.05
"""Share of the slice spacing by which a slice may miss its place on the regular grid."""
TOLD_SPACING_TOLERANCE = 0.01
SMALLEST_TOLERANCE_MM = 0.01
TILT_TOLERANCE_DEG = 0.1

Vector = NDArray[np.float64]


class IrregularSlicesError(DicomError):
    """The slices are parallel and belong together but make no right-angled, even grid; they can be resampled to one."""


class MissingSlicesError(IrregularSlicesError):
    """A step is a multiple of the slice spacing: slices are missing, or the spacing changes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """How slices lie, and what is wrong with that.

    Parameters
    ----------
    order : tuple of int
        Index of each slice taken, from first to last along the normal; localizers are left out.
    geometry : Geometry or None
        The grid as stored, of one time point; None when there is none.
    repeats : int
        Images at each position: 1 for a plain volume, the number of time points or b-values when all positions have
        the same number, 0 when they have not.
    flaws : tuple of DosePaintingError
        What hinders loading, worst first, several images per position aside.
    repeated : DosePaintingError or None
        That there are several images per position.
    remarks : tuple of str
        What is worth telling and hinders nothing.
    counts : tuple of int
        Images at each position, in the order of `order`.
    """

    order: tuple[int, ...]
    geometry: Geometry | None
    repeats: int = 1
    flaws: tuple[DosePaintingError, ...] = ()
    repeated: DosePaintingError | None = None
    remarks: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()

    @property
    def places(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the slices at each position, from first to last along the normal."""
        ends = list(accumulate(self.counts, initial=0))
        return tuple(self.order[start:end] for start, end in pairwise(ends))


@dataclass(frozen=True, eq=False)
class _Slices:
    """Slices of one orientation: their axes, positions, and places along the normal in rising order."""

    row: Vector
    column: Vector
    normal: Vector
    positions: NDArray[np.float64]
    order: NDArray[np.intp]

    @property
    def places(self) -> Vector:
        return self.positions[self.order] @ self.normal

    def where(self, sorted_index: int | np.signedinteger) -> str:
        """Name a slice's place, by the patient axis that the normal is nearest to."""
        axis = int(np.abs(self.normal).argmax())
        return f"{'xyz'[axis]} = {self.positions[self.order[sorted_index]][axis]:.2f} mm"


def lay_out(headers: Sequence[Dataset]) -> Layout:
    """Find how slices lie in the patient.

    Parameters
    ----------
    headers : sequence of Dataset
        Headers of one series, in any order; at least one.
    """
    kept, remarks = _without_localizers(headers)
    if not kept:
        flaw = DicomError(
            f"The series holds {len(headers)} localizer images and no slices of a volume.", "Choose the series with the slices."
        )
        return Layout(order=(), geometry=None, flaws=(flaw,))
    slices = [headers[index] for index in kept]
    kinds = distinct_headers(slices)
    flaws = [flaw for flaw in (not_a_plain_slice(kinds), *mixed_identity(kinds), missing_tags(slices, kinds)) if flaw]
    # Mixed patients or frames leave the slices comparable; the other flaws end the search for a grid.
    if all(isinstance(flaw, IdentityError) for flaw in flaws):
        differing = differing_slices(kinds)
        if not differing:
            return _with_identity_flaws(flaws, kept, _place(slices, remarks))
        flaws += differing
    return Layout(order=tuple(kept), geometry=None, flaws=tuple(flaws), remarks=tuple(remarks))


def _with_identity_flaws(flaws: Sequence[DosePaintingError], kept: Sequence[int], found: Layout) -> Layout:
    order = tuple(kept[index] for index in found.order)
    return replace(found, order=order, flaws=(*flaws, *found.flaws))


def _without_localizers(headers: Sequence[Dataset]) -> tuple[list[int], list[str]]:
    kept = [index for index, header in enumerate(headers) if not is_localizer(header)]
    left_out = len(headers) - len(kept)
    told = note(f"{left_out} localizer image{'s were' if left_out > 1 else ' was'} left out.")
    return kept, [told] if kept and left_out else []


def is_localizer(header: Dataset) -> bool:
    """Tell whether the third value of ImageType says that an image is a localizer (scout, topogram)."""
    return "LOCALIZER" in texts(header, "ImageType")


def _place(headers: Sequence[Dataset], remarks: list[str]) -> Layout:
    """Lay out slices that share matrix, pixel spacing and orientation."""
    orientation = np.array(numbers(headers[0], "ImageOrientationPatient"))
    row, column = orientation[:3] / np.linalg.norm(orientation[:3]), orientation[3:] / np.linalg.norm(orientation[3:])
    normal = np.cross(row, column)
    positions = np.array([numbers(header, "ImagePositionPatient") for header in headers])
    order = np.argsort(positions @ normal, kind="stable")
    slices = _Slices(row, column, normal, positions, order)
    first_of_place, counts = _places(slices.places)
    single = _Slices(row, column, normal, positions, order[first_of_place])
    flaws = [flaw for flaw in (*_uneven(single, remarks), _tilted(single, headers[0], remarks)) if flaw]
    thickness = number(headers[0], "SliceThickness")
    if len(single.order) == 1 and not (thickness and thickness > 0):
        flaws.append(
            DicomError(
                "The series has one slice position and no SliceThickness, so its voxels have no height.",
                "Export the series again with all slices, or with SliceThickness (0018,0050).",
            )
        )
    _tell_gaps(single, thickness, remarks)
    # Uneven or missing slices have no regular grid; their extent alone would invent one.
    geometry = None if flaws else _geometry(single, headers[0], thickness)
    if geometry is None and not flaws:
        flaws.append(DicomError("The slices' orientation and spacing do not make a grid.", f"Check {', '.join(GRID_TAGS)}."))
    repeats = int(counts[0]) if (counts == counts[0]).all() else 0
    repeated = _repeated(slices, headers, counts, first_of_place, repeats) if len(single.order) < len(order) else None
    return Layout(
        order=tuple(int(index) for index in order),
        geometry=geometry,
        repeats=repeats,
        flaws=tuple(flaws),
        repeated=repeated,
        remarks=tuple(remarks),
        counts=tuple(int(count) for count in counts),
    )


def _places(places: Vector) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the index of the first slice at each distinct place, and how many slices lie there."""
    steps = np.diff(places)
    typical = float(np.median(steps[steps > SMALLEST_TOLERANCE_MM])) if (steps > SMALLEST_TOLERANCE_MM).any() else 0.0
    first = np.concatenate(([0], np.flatnonzero(steps > _tolerance(typical)) + 1))
    return first, np.diff(np.concatenate((first, [len(places)])))


def _tolerance(spacing: float) -> float:
    return max(SPACING_TOLERANCE * spacing, SMALLEST_TOLERANCE_MM)


def _uneven(slices: _Slices, remarks: list[str]) -> list[DosePaintingError]:
    places = slices.places
    if len(places) < 3:
        return []
    steps = np.diff(places)
    typical = float(np.median(steps))
    gaps = [index for index in np.flatnonzero(steps > 1.5 * typical) if _is_multiple(steps[index], typical)]
    if gaps:
        told = [
            f"{round(steps[gap] / typical) - 1} between {slices.where(gap)} and {slices.where(gap + 1)}" for gap in gaps[:4]
        ]
        count = int(sum(round(steps[gap] / typical) - 1 for gap in gaps))
        noun = "slice is" if count == 1 else "slices are"
        more = f", and {len(gaps) - 4} further gaps" if len(gaps) > 4 else ""
        sentence = f"{count} {noun} missing at a spacing of {typical:.4g} mm: {', '.join(told)}{more}."
        return [MissingSlicesError(sentence, "Export or copy the series again, complete.")]
    regular = np.linspace(places[0], places[-1], len(places))
    worst = int(np.abs(places - regular).argmax())
    off = abs(places[worst] - regular[worst])
    if off <= _tolerance(typical):
        if off > max(TOLD_SPACING_TOLERANCE * typical, SMALLEST_TOLERANCE_MM):
            remarks.append(f"The slices lie up to {off:.2f} mm off a regular grid of {regular[1] - regular[0]:.4f} mm.")
        return []
    return [
        IrregularSlicesError(
            f"The slice spacing is uneven, from {steps.min():.4g} to {steps.max():.4g} mm: the slice at {slices.where(worst)} "
            f"lies {off:.3g} mm off a regular grid.",
            "Reconstruct or export the series again with one slice spacing.",
        )
    ]


def _is_multiple(step: float, typical: float) -> bool:
    # Ten per cent, because the positions on both sides of a gap may be rounded.
    return abs(step / typical - round(step / typical)) < 0.1


def _tilted(slices: _Slices, header: Dataset, remarks: list[str]) -> DosePaintingError | None:
    hint = "Reconstruct without tilt, or resample the series to an untilted grid in the software it comes from."
    said = number(header, "GantryDetectorTilt") or 0.0
    positions = slices.positions[slices.order]
    run = positions[-1] - positions[0]
    along = float(run @ slices.normal)
    if len(positions) > 1:
        sideways = run - along * slices.normal
        lean = float(np.degrees(np.arctan2(np.linalg.norm(sideways), along)))
        if lean > TILT_TOLERANCE_DEG:
            return IrregularSlicesError(
                f"The slices are stacked {lean:.1f} degrees off their normal, as with a tilted gantry; "
                "a grid with right angles is needed.",
                hint,
            )
        regular = positions[0] + np.linspace(0, 1, len(positions))[:, None] * run
        off = positions - regular
        off -= np.outer(off @ slices.normal, slices.normal)
        worst = int(np.linalg.norm(off, axis=1).argmax())
        shift = float(np.linalg.norm(off[worst]))
        if shift > _tolerance(along / (len(positions) - 1)):
            return DicomError(
                f"The slice at {slices.where(worst)} is shifted sideways by {shift:.3g} mm against its neighbours.",
                "The series may be two acquisitions in one; export it again.",
            )
    if abs(said) <= TILT_TOLERANCE_DEG:
        return None
    shown = np.degrees(np.arccos(min(1.0, float(np.abs(slices.normal).max()))))
    if abs(shown - abs(said)) > TILT_TOLERANCE_DEG:
        return DicomError(
            f"GantryDetectorTilt says {said:g} degrees, but the orientation of the slices shows {shown:.1f} degrees.", hint
        )
    remarks.append(f"The gantry was tilted by {said:g} degrees; the slices' positions and orientation agree with it.")
    return None


def _tell_gaps(slices: _Slices, thickness: float | None, remarks: list[str]) -> None:
    if len(slices.order) < 2 or not thickness:
        return
    spacing = float(np.median(np.diff(slices.places)))
    if spacing - thickness > 0.1 * thickness:
        remarks.append(f"The slices are {thickness:.4g} mm thick and {spacing:.4g} mm apart: there are gaps between them.")


def _geometry(slices: _Slices, header: Dataset, thickness: float | None) -> Geometry | None:
    between_rows, between_columns = numbers(header, "PixelSpacing")
    positions = slices.positions[slices.order]
    count = len(positions)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = slices.row * between_columns, slices.column * between_rows
    affine[:3, 2] = (positions[-1] - positions[0]) / (count - 1) if count > 1 else slices.normal * (thickness or 0.0)
    affine[:3, 3] = positions[0]
    rows, columns = matrix_of(header)
    try:
        return Geometry((count, rows, columns), affine)
    except GeometryError:
        return None


def _repeated(
    slices: _Slices, headers: Sequence[Dataset], counts: NDArray[np.intp], first: NDArray[np.intp], repeats: int
) -> DosePaintingError:
    distinct = len({text(header, "SOPInstanceUID") for header in headers})
    if distinct < len(headers):
        return DicomError(
            f"{len(headers) - distinct} of the {len(headers)} files are copies: they carry the SOPInstanceUID of another one.",
            "Remove the copies from the folder.",
        )
    if repeats:
        found = f"The series has {repeats} images at each of {len(counts)} slice positions"
    else:
        worst = int(counts.argmax())
        extra = int((counts > 1).sum())
        found = (
            f"The series has several images at {extra} of {len(counts)} slice positions "
            f"(for example {counts[worst]} at {slices.where(int(first[worst]))})"
        )
    return DicomError(
        f"{found}: it is dynamic, has several b-values or echoes, or two acquisitions are mixed.",
        "One image per position is needed: export one time point, b-value or acquisition as its own series. Maps of frames "
        "(suv-frames, ratio-frames, adc, dce-curves ...) take the series as it is, with --frames.",
    )
