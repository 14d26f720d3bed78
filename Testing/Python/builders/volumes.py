"""Small images, masks and PET headers for tests, of one patient unless told otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosepainting_hrs.acquisition import PetAcquisition, PetSlice
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.image import Image, Mask, on_grid
from dosepainting_hrs.image_frames import FrameInfo, Frames
from dosepainting_hrs.quantities import ACTIVITY_CONCENTRATION, SUV_BW, Quantity

AXIAL = np.eye(3)
PATIENT = Identity.of_patient("P1", "Doe^Jane", "19600102", frame_of_reference="1.2.3.1", study="1.2.3", series=("1.2.3.10",))
OTHER_PATIENT = Identity.of_patient(
    "P2", "Roe^Richard", "19500304", frame_of_reference="1.2.3.1", study="1.2.4", series=("1.2.4.10",)
)
SCAN = datetime(2025, 1, 1, 11, 49, 48)
"""6588 s, one half-life of `pet_header`, after the injection at 10:00:00."""


def geometry_of(
    shape: tuple[int, ...],
    spacing: ArrayLike = (2.0, 2.0, 2.0),
    origin: ArrayLike = (0.0, 0.0, 0.0),
    direction: ArrayLike = AXIAL,
) -> Geometry:
    """Build a stored grid for an array of `shape` (z, y, x)."""
    return Geometry.from_parts((shape[0], shape[1], shape[2]), spacing, origin, direction)


def image_of(
    stored: ArrayLike,
    geometry: Geometry | None = None,
    quantity: Quantity = SUV_BW,
    identity: Identity = PATIENT,
    acquisition: PetAcquisition | None = None,
) -> Image:
    """Build an image from an array in the axis order of its file."""
    array: NDArray[Any] = np.asarray(stored, dtype=np.float32)
    canonical, grid = on_grid(geometry or geometry_of(array.shape))
    return Image(
        array=np.ascontiguousarray(grid.axes.apply(array)),
        geometry=canonical,
        stored=grid,
        identity=identity,
        quantity=quantity,
        acquisition=acquisition,
    )


def frames_of(
    stored: ArrayLike,
    geometry: Geometry | None = None,
    quantity: Quantity = SUV_BW,
    identity: Identity = PATIENT,
    infos: tuple[FrameInfo, ...] | None = None,
) -> Frames:
    """Build frames from an array (t, z, y, x), each in the axis order of its file; 10 s each unless told otherwise."""
    array: NDArray[Any] = np.asarray(stored, dtype=np.float32)
    canonical, grid = on_grid(geometry or geometry_of(array.shape[1:]))
    known = infos or tuple(FrameInfo(start_s=10.0 * number, duration_s=10.0) for number in range(len(array)))
    return Frames(
        array=np.stack([grid.axes.apply(one) for one in array]),
        geometry=canonical,
        stored=grid,
        identity=identity,
        quantity=quantity,
        infos=known,
    )


def mask_of(stored: ArrayLike, geometry: Geometry | None = None, identity: Identity = PATIENT, name: str = "GTVp") -> Mask:
    """Build a mask from an array in the axis order of its file."""
    array = np.asarray(stored, dtype=np.bool_)
    canonical, grid = on_grid(geometry or geometry_of(array.shape))
    inside = np.ascontiguousarray(grid.axes.apply(array))
    return Mask(array=inside, geometry=canonical, stored=grid, identity=identity, name=name)


def pet_header(slices: int = 1, **changes: Any) -> PetAcquisition:
    """Build a PET header that is in order: 200 MBq of F-18, 100 kg, scanned one half-life after the injection.

    FrameReferenceTime is left out, so that the series and the acquisition give the reference time.
    """
    one = PetSlice(acquired=SCAN, frame_reference_ms=None, frame_duration_ms=120_000.0, slope=1.0, intercept=0.0)
    header = PetAcquisition(
        units="BQML",
        decay_correction="START",
        corrected_image=("NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN"),
        image_type=("ORIGINAL", "PRIMARY"),
        series_start=SCAN,
        weight_kg=100.0,
        height_m=1.75,
        sex="F",
        injected_dose_bq=200e6,
        half_life_s=6588.0,
        nuclide="^18^Fluorine (C-111A1)",
        tracer="FDG",
        injection_time="100000.00",
        injection_datetime="20250101100000.00",
        ge_decay_datetime=None,
        reconstruction="",
        slices=(one,) * slices,
    )
    return replace(header, **changes)


def with_slices(header: PetAcquisition, *slices: dict[str, Any]) -> PetAcquisition:
    """Return a header whose slices are its first one with the changes given for each."""
    return replace(header, slices=tuple(replace(header.slices[0], **changes) for changes in slices))


def pet_of(stored: ArrayLike, geometry: Geometry | None = None, identity: Identity = PATIENT, **changes: Any) -> Image:
    """Build a PET image in Bq/ml with a header that is in order, but for the changes given."""
    array = np.asarray(stored, dtype=np.float32)
    return image_of(array, geometry, ACTIVITY_CONCENTRATION, identity, pet_header(array.shape[0], **changes))
