"""The synthetic patient in pairs whose true motion is known: planning CT with another CT, an MR and a PET."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.image import Image, Mask, on_grid
from dosepainting_hrs.phantom.misaligned import moved_ct, moved_pet, moved_t2
from dosepainting_hrs.phantom.tumour import centres_of, tumour_of
from dosepainting_hrs.quantities import HOUNSFIELD, MR_SIGNAL, SUV_BW, Quantity

Float = NDArray[np.float64]
FIXED_FRAME, MOVING_FRAME = "1.2.3.1", "1.2.3.2"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two images, the GTV on the first one's grid, and the true map from the second's frame to the first's."""

    name: str
    fixed: Image
    moving: Image
    gtv: Mask
    truth: Float


def turned(degrees: tuple[float, float, float], shift: tuple[float, float, float]) -> Float:
    """Return the matrix of three turns about x, y and z and a shift, mm."""
    matrix = np.eye(4)
    for axis, angle in enumerate(np.radians(degrees)):
        a, b = (axis + 1) % 3, (axis + 2) % 3
        one = np.eye(4)
        one[a, a] = one[b, b] = np.cos(angle)
        one[b, a], one[a, b] = np.sin(angle), -np.sin(angle)
        matrix = one @ matrix
    matrix[:3, 3] = shift
    return matrix


def image_of(array: NDArray[np.float32], grid: Geometry, quantity: Quantity, frame: str) -> Image:
    """Return an image of the synthetic patient."""
    canonical, stored = on_grid(grid)
    identity = Identity.of_patient("PHANTOM-HN-1", "Phantom^HeadNeck", "19600101", frame_of_reference=frame)
    cast = np.ascontiguousarray(stored.axes.apply(array))
    return Image(array=cast, geometry=canonical, stored=stored, identity=identity, quantity=quantity)


def gtv_on(image: Image, seed: int) -> Mask:
    """Return the true GTV on an image's grid."""
    inside = tumour_of(seed).is_gtv(centres_of(image.geometry))
    return Mask(array=inside, geometry=image.geometry, stored=image.stored, identity=image.identity, name="GTVp")


def planning_ct(seed: int, spacing_mm: float = 0.9765625) -> Image:
    """Return the part of the planning CT round the tumour: 200 x 200 mm, 1 x 1 x 3 mm unless larger voxels are asked for."""
    count = round(200 * 0.9765625 / spacing_mm)
    grid = Geometry.from_parts((64, count, count), (spacing_mm, spacing_mm, 3.0), (-75.0, -110.0, -95.0))
    return image_of(moved_ct(grid, np.eye(4), seed), grid, HOUNSFIELD, FIXED_FRAME)


def pairs(seed: int = 1, *, names: tuple[str, ...] = ("CT-CT", "MR-CT", "PET-CT"), fixed_mm: float = 0.9765625) -> list[Pair]:
    """Return the pairs: other grids, noise of their own, and fields of view that cover the box only in part.

    The other CT ends about 10 mm above the lower end of the box, the MR is an oblique slab, the PET is whole.
    """
    fixed = planning_ct(seed, fixed_mm)
    gtv = gtv_on(fixed, seed)
    made = []
    truth = turned((3.0, -4.0, 5.0), (4.0, -6.0, 9.0))
    if "CT-CT" in names:
        grid = Geometry.from_parts((44, 170, 170), (1.171875, 1.171875, 3.27), (-73.0, -103.0, -29.0))
        moving = image_of(moved_ct(grid, truth, seed, noise=1), grid, HOUNSFIELD, MOVING_FRAME)
        made.append(Pair(name="CT-CT", fixed=fixed, moving=moving, gtv=gtv, truth=truth))
    if "MR-CT" in names:
        tilt = turned((9.0, 8.0, 0.0), (0.0, 0.0, 0.0))[:3, :3]
        origin = np.array([23.0, -7.0, -8.0]) - tilt @ (np.array([199, 199, 29]) / 2 * np.array([0.75, 0.75, 3.5]))
        grid = Geometry.from_parts((30, 200, 200), (0.75, 0.75, 3.5), origin, tilt)
        moving = image_of(moved_t2(grid, truth, seed), grid, MR_SIGNAL, MOVING_FRAME)
        made.append(Pair(name="MR-CT", fixed=fixed, moving=moving, gtv=gtv, truth=truth))
    if "PET-CT" in names:
        grid = Geometry.from_parts((70, 90, 90), (4.07283, 4.07283, 3.27), (-180.0, -180.0, -114.0))
        moving = image_of(moved_pet(grid, truth, seed), grid, SUV_BW, MOVING_FRAME)
        made.append(Pair(name="PET-CT", fixed=fixed, moving=moving, gtv=gtv, truth=truth))
    return made
