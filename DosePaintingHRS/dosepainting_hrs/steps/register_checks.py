"""What a registration is checked by from outside: landmarks that a person set, and contours drawn on both images."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..address import Where
from ..context import Context
from ..errors import DosePaintingError, InputError
from ..evaluation.overlap import overlap
from ..evaluation.surface_distance import surface_distance
from ..geometry import Geometry
from ..image import Image, Mask
from ..registration.carry import carry_region
from ..registration.volume_true import resample_volume_true
from ..transform import Transform

Float = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class LandmarkErrors:
    """Target registration error of landmarks set on both images, mm."""

    count: int
    before_mean_mm: float
    before_largest_mm: float
    after_mean_mm: float
    after_median_mm: float
    after_largest_mm: float


@dataclass(frozen=True, kw_only=True)
class ContourAgreement:
    """How a contour drawn on the fixed image agrees with the one drawn on the moving image, before and after."""

    fixed: str
    moving: str
    dice_before: float | None
    dice_after: float | None
    mean_distance_before_mm: float | None
    mean_distance_after_mm: float | None
    remarks: tuple[str, ...]


def read_landmarks(path: Path) -> tuple[Float, Float]:
    """Read landmark pairs: six numbers a line, fixed x y z then moving x y z, LPS mm; a first line of words is passed over.

    Raises
    ------
    InputError
        If the file is missing, or a line has not six numbers.
    """
    if not path.is_file():
        raise InputError(f'There is no file of landmarks "{path}".', "Check the path.")
    rows = []
    for number, line in enumerate(csv.reader(path.read_text(encoding="utf-8").splitlines()), 1):
        try:
            values = [float(one) for one in line if one.strip()]
        except ValueError:
            if number == 1:
                continue
            raise InputError(f'Line {number} of "{path}" holds something that is no number.') from None
        if len(values) not in (0, 6):
            raise InputError(f'Line {number} of "{path}" has {len(values)} numbers, six are needed: x, y, z on both images.')
        rows += [values] if values else []
    if not rows:
        raise InputError(f'"{path}" holds no landmarks.', "Give one pair a line: fixed x, y, z, moving x, y, z, LPS mm.")
    pairs = np.array(rows)
    return pairs[:, :3], pairs[:, 3:]


def landmark_errors(fixed: Float, moving: Float, start: Transform, found: Transform) -> LandmarkErrors:
    """Return how far the landmarks of the moving image arrive from those of the fixed one.

    Raises
    ------
    InputError
        If a landmark lies where a deformable transform does not reach.
    """
    before = np.linalg.norm(start.apply(moving) - fixed, axis=-1)
    after = np.linalg.norm(found.apply(moving) - fixed, axis=-1)
    if not np.isfinite(after).all():
        raise InputError(
            f"{int(np.isnan(after).sum())} landmarks lie outside of what the transform covers.", "Choose a larger box."
        )
    return LandmarkErrors(
        count=len(fixed),
        before_mean_mm=float(before.mean()),
        before_largest_mm=float(before.max()),
        after_mean_mm=float(after.mean()),
        after_median_mm=float(np.median(after)),
        after_largest_mm=float(after.max()),
    )


def contour_agreement(
    context: Context, pairs: Mapping[str, Where], images: tuple[Image, Image], start: Transform, found: Transform
) -> tuple[ContourAgreement, ...]:
    """Return Dice and mean surface distance of contours drawn on both images, before and after.

    Parameters
    ----------
    context : Context
        Loads the regions.
    pairs : mapping of str to address
        A region of the fixed image by name or path, and the same structure drawn on the moving image.
    images : tuple of Image
        The fixed and the moving image.
    start, found : Transform
        Before and after.
    """
    made = []
    for name, where in pairs.items():
        target = context.region(name)
        placed = context.place(target, images[0].geometry, images[0].identity, what=(f'The region "{name}"', "the fixed image"))
        other = context.region(where)
        remarks: list[str] = []
        before = _agreement(placed.mask, other, start, images[0].geometry, _said_as("Before", remarks))
        after = _agreement(placed.mask, other, found, images[0].geometry, _said_as("After", remarks))
        made.append(
            ContourAgreement(
                fixed=name,
                moving=other.name,
                dice_before=before[0] if before else None,
                dice_after=after[0] if after else None,
                mean_distance_before_mm=before[1] if before else None,
                mean_distance_after_mm=after[1] if after else None,
                remarks=tuple(remarks),
            )
        )
    return tuple(made)


def _said_as(when: str, remarks: list[str]) -> Callable[[str], None]:
    return lambda message: remarks.append(f"{when}: {message}")


def _agreement(
    fixed: Mask, moving: Mask, transform: Transform, grid: Geometry, say: Callable[[str], None]
) -> tuple[float, float] | None:
    """Return Dice and mean distance; where the region cannot be carried, say so and return None: that judges nothing."""
    try:
        if transform.matrix is None:
            array = carry_region(moving, grid, transform).array
        else:
            array = resample_volume_true(moving, grid, matrix=transform.matrix).array
        carried = replace(fixed, array=array)
    except DosePaintingError as error:
        say(error.message)
        return None
    return overlap(fixed, carried).dice, surface_distance(fixed, carried).mean_mm
