"""One real sarcoma, T1 and CT in one frame: what every kind of registration makes of it, beside the contours that came along.

Those who published the patient laid the T1 on the CT by the tumour, so that one contour of the GTV stands on both. That is
a second opinion on every result: how far it moves the GTV off its own contour on the other image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.regions import load_region
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.dicom.structure_set import read_structure_set
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.registration.deformable import register_deformable
from dosepainting_hrs.registration.free_form import DeformParameters
from dosepainting_hrs.registration.local_rigid import RegisterParameters, register_local
from dosepainting_hrs.transform import Transform

Float = NDArray[np.float64]
BONE_HU, DARK_SHARE = 200.0, 0.13
_SHAFT_MM2, _SHAFT_AT_MM = (350.0, 1200.0), (105.0, 165.0)
_HEADER = (
    "what may change",
    "box: GTV and",
    "looked at",
    "GTV off its contour, mm",
    "Dice",
    "mean distance, mm",
    "repeats, mm",
)


def sarcoma_lines(folder: Path) -> list[str]:
    """Return the part of the page about the sarcoma."""
    ct, t1 = (load_image(read_stack(folder / name / "image")) for name in ("CT", "MR_T1"))
    on_ct, on_t1 = gtv_of(folder / "CT"), gtv_of(folder / "MR_T1")
    shared = "one frame of reference" if ct.identity.frame_of_reference == t1.identity.frame_of_reference else "two frames"
    lines = [f"| {' | '.join((*_HEADER, 'verdict'))} |", "|" + "---|" * (len(_HEADER) + 1)]
    begun = _agreement(on_ct, on_t1, Transform())
    lines.append(f"| nothing: as they lie, in {shared} | - | - | {' | '.join(begun)} | - | - |")
    inside = ndimage.binary_erosion(ndimage.binary_opening(t1.array > 0), iterations=3)
    seen = replace(on_t1, array=np.asarray(inside, dtype=np.bool_), name="what the T1 shows")
    for what, margin, mask in _attempts(seen):
        lines.append(_attempt(what, margin, mask, (t1, ct), (on_t1, on_ct)))
    offsets = shaft_offsets(ct, t1)
    lengths = np.linalg.norm(offsets[:, 1:], axis=-1)
    lines += [
        "",
        (
            f"The femur's shaft, found on both images in {len(offsets)} slices between {-offsets[:, 0].max():.0f} and "
            f"{-offsets[:, 0].min():.0f} mm below the origin, lies {lengths.min():.0f} to {lengths.max():.0f} mm off while "
            "the contours of the tumour coincide."
        ),
    ]
    return lines


def gtv_of(folder: Path) -> Mask:
    """Return the GTV that was published with an image."""
    (path,) = sorted((folder / "mask").glob("*.dcm"))
    structures = read_structure_set(path)
    name = next(roi.name for roi in structures.rois if "mass" in roi.name.lower() or "gtv" in roi.name.lower())
    return load_region(structures, name, read_stack(folder / "image"))[0]


def shaft_offsets(ct: Image, t1: Image) -> Float:
    """Return, for each slice in which both show the femur's shaft, its height and how far the T1's lies off, (n, 3) mm."""
    bone = _shafts(ct, ct.array > BONE_HU)
    dark = _shafts(t1, t1.array < DARK_SHARE * np.percentile(t1.array, 99.5))
    pairs = [(one, other) for one in bone for other in dark if abs(one[2] - other[2]) < 0.1]
    return np.array([(one[2], *(other - one)[:2]) for one, other in pairs])


def _shafts(image: Image, ring: NDArray[np.bool_]) -> list[Float]:
    """Return the middle of the ring of cortical bone, filled, in each slice that holds just one such."""
    found = []
    area = float(np.prod(image.geometry.spacing[:2]))
    for number, plane in enumerate(ring):
        labels, count = ndimage.label(ndimage.binary_fill_holes(ndimage.binary_opening(plane)))
        middles = []
        for label in range(1, count + 1):
            y, x = np.nonzero(labels == label)
            at = image.geometry.to_world(np.array([x.mean(), y.mean(), number]))
            is_cut = min(x.min(), y.min()) == 0 or x.max() == plane.shape[1] - 1 or y.max() == plane.shape[0] - 1
            sized = _SHAFT_MM2[0] < len(x) * area < _SHAFT_MM2[1]
            middles += [at] if sized and not is_cut and _SHAFT_AT_MM[0] < at[0] < _SHAFT_AT_MM[1] else []
        found += middles if len(middles) == 1 else []
    return found


def _attempts(seen: Mask) -> Iterator[tuple[str, float, Mask | None]]:
    yield "rigid", 5.0, None
    yield "rigid", 40.0, None
    yield "rigid", 20.0, seen
    yield "shift", 20.0, seen
    yield "deformable", 20.0, seen


def _attempt(what: str, margin: float, mask: Mask | None, images: tuple[Image, Image], contours: tuple[Mask, Mask]) -> str:
    fixed, moving = images
    here, there = contours
    looked = "all" if mask is None else mask.name
    frames = (moving.identity.frame_of_reference, fixed.identity.frame_of_reference)
    head = f"| {what} | {margin:g} mm | {looked}"
    try:
        if what == "deformable":
            start = Transform(from_frame=frames[0], to_frame=frames[1])
            parameters = DeformParameters(margin_mm=margin, knots_mm=30.0)
            bent = register_deformable(fixed, moving, here, parameters, start=start, mask=mask)
            transform, passed, reasons = bent.transform, bent.quality.passed, bent.quality.reasons
            repeats = f"{bent.quality.repeatability_mm:.1f} of {bent.quality.tolerance_mm:.1f}"
        else:
            found = register_local(fixed, moving, here, RegisterParameters(kind=what, margin_mm=margin), mask=mask)
            transform, passed, reasons = found.transform, found.quality.passed, found.quality.reasons
            repeats = f"{found.quality.repeatability_mm:.1f} of {0.75 * found.quality.tolerance_mm:.2f}"
    except DosePaintingError as error:
        return f"{head} | - | - | - | - | refused: {error.message} |"
    measured = _agreement(there, here, transform)
    verdict = "passed" if passed else f"failed: {' '.join(reasons)}"
    return f"{head} | {' | '.join(measured)} | {repeats} | {verdict} |"


def _agreement(moving: Mask, fixed: Mask, transform: Transform) -> tuple[str, str, str]:
    """Return the distance of the middles, Dice and the mean surface distance of both contours, on the moving image."""
    there = transform.inverse()
    volume, surface = (there.apply(points) for points in (_centres(fixed, whole=True), _centres(fixed, whole=False)))
    known = np.isfinite(volume).all(axis=-1)
    if known.mean() < 0.98:
        return "-", "-", "-"
    volume, surface = volume[known], surface[np.isfinite(surface).all(axis=-1)]
    index = np.rint(moving.geometry.to_index(volume)).astype(int)[:, ::-1]
    inside = ((index >= 0) & (index < moving.array.shape)).all(axis=-1)
    shared = int(np.count_nonzero(moving.array[tuple(index[inside].T)]))
    drawn, edge = _centres(moving, whole=True), _centres(moving, whole=False)
    distance = float(np.linalg.norm(volume.mean(axis=0) - drawn.mean(axis=0)))
    apart = np.concatenate([cKDTree(edge).query(surface)[0], cKDTree(surface).query(edge)[0]])
    return f"{distance:.1f}", f"{2.0 * shared / (len(volume) + len(drawn)):.2f}", f"{apart.mean():.1f}"


def _centres(mask: Mask, *, whole: bool) -> Float:
    """Return the centres of a region's voxels, or of those at its surface, (n, 3)."""
    chosen = mask.array if whole else mask.array & ~ndimage.binary_erosion(mask.array)
    return mask.geometry.to_world(np.argwhere(chosen)[:, ::-1])
