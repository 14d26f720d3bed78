"""What threshold the spheres of a phantom need on one scanner, for the adaptive threshold."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..image import Image
from .adaptive import RATIO, SUBTRACTED, SphereMeasured, fitted

COLUMNS = ("diameter_mm", "x_mm", "y_mm", "z_mm")


@dataclass(frozen=True, kw_only=True)
class PhantomSphere:
    """One sphere of a phantom as it lies in the image.

    Parameters
    ----------
    diameter_mm : float
        Inner diameter, mm.
    x_mm, y_mm, z_mm : float
        LPS position of its centre, mm.
    """

    diameter_mm: float
    x_mm: float
    y_mm: float
    z_mm: float

    @property
    def volume_ml(self) -> float:
        """Volume, ml."""
        return math.pi * self.diameter_mm**3 / 6000.0


@dataclass(frozen=True, kw_only=True)
class CalibratedForm:
    """Coefficients of one form of the adaptive threshold, and how well they do on the spheres themselves.

    Parameters
    ----------
    form : str
        ``"ratio"`` or ``"background-subtracted"``.
    a, b : float
        Coefficients of maximum and background.
    volume_errors_percent : tuple of float
        Error of the volume of each sphere with the fitted threshold, per cent.
    """

    form: str
    a: float
    b: float
    volume_errors_percent: tuple[float, ...]


def read_spheres(path: Path) -> tuple[PhantomSphere, ...]:
    """Read the spheres of a phantom from a table with the columns diameter_mm, x_mm, y_mm and z_mm (CSV, LPS).

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, a value is no number, or a diameter is not above 0.
    """
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f'The table of spheres "{path}" cannot be read: {error}.', "Check the path.") from error
    if not rows or any(column not in rows[0] for column in COLUMNS):
        raise InputError(
            f'The table of spheres "{path}" needs a first line with the columns {", ".join(COLUMNS)}, and a line for each '
            "sphere.",
            "For example: diameter_mm,x_mm,y_mm,z_mm and below it 37,12.5,-40.0,103.2 (centres in LPS millimetres).",
        )
    spheres = []
    for number, row in enumerate(rows, 1):
        try:
            diameter, x, y, z = (float(row[column]) for column in COLUMNS)
        except (TypeError, ValueError):
            raise InputError(f'Sphere {number} of "{path}" holds something that is no number.', "Give numbers only.") from None
        if not (diameter > 0 and all(map(math.isfinite, (diameter, x, y, z)))):
            raise InputError(f'Sphere {number} of "{path}" has a diameter of {diameter:g} mm.', "Give a diameter above 0.")
        spheres.append(PhantomSphere(diameter_mm=diameter, x_mm=x, y_mm=y, z_mm=z))
    return tuple(spheres)


def measured_sphere(image: Image, sphere: PhantomSphere, background: float, search_mm: float) -> SphereMeasured:
    """Find the threshold that gives a sphere its true volume.

    Parameters
    ----------
    image : Image, (z, y, x)
        The phantom.
    sphere : PhantomSphere
        Where it is, to within the search distance.
    background : float
        Mean of the background, in the unit of the image.
    search_mm : float
        How far beyond the sphere voxels count, mm: less than the way to the next sphere.

    Returns
    -------
    SphereMeasured

    Raises
    ------
    InputError
        If the sphere lies outside of the image or is not hotter than the background.

    Notes
    -----
    The volume in voxels is no whole number; the threshold lies between the two neighbouring values accordingly.
    """
    values = _values_around(image, sphere, search_mm)
    ordered = np.sort(values)[::-1]
    wanted = sphere.volume_ml / image.geometry.voxel_volume_ml
    place = f"({sphere.x_mm:g}, {sphere.y_mm:g}, {sphere.z_mm:g}) mm"
    if ordered.size <= wanted + 1:
        raise InputError(
            f"The image holds {ordered.size} voxels around the sphere of {sphere.diameter_mm:g} mm at {place}; its volume "
            f"takes {wanted:.0f}.",
            "Check the position (LPS millimetres), and that the whole sphere lies in the image.",
        )
    whole = max(int(wanted), 1)
    share = min(max(wanted - whole, 0.0), 1.0)
    threshold = ordered[whole - 1] * (1.0 - share) + ordered[whole] * share
    maximum = float(ordered[0])
    if not maximum > background or threshold <= background:
        raise InputError(
            f"The sphere of {sphere.diameter_mm:g} mm at {place} has a maximum of {maximum:.6g} and needs a threshold of "
            f"{threshold:.6g} ({image.quantity}); the background has {background:.6g}.",
            "Check its position and the background region; leave it out if it cannot be seen.",
        )
    return SphereMeasured(maximum=maximum, background=background, threshold=float(threshold))


def calibrated(
    image: Image, spheres: tuple[PhantomSphere, ...], rows: tuple[SphereMeasured, ...], form: str, search_mm: float
) -> CalibratedForm:
    """Fit one form of the adaptive threshold and try it on the spheres.

    Raises
    ------
    InputError
        If the spheres do not determine the coefficients.
    """
    a, b = fitted(rows, form)
    errors = []
    for sphere, row in zip(spheres, rows, strict=True):
        threshold = a * row.maximum + b * row.background
        found = np.count_nonzero(_values_around(image, sphere, search_mm) >= threshold) * image.geometry.voxel_volume_ml
        errors.append(float(100.0 * (found / sphere.volume_ml - 1.0)))
    return CalibratedForm(form=form, a=a, b=b, volume_errors_percent=tuple(errors))


def _values_around(image: Image, sphere: PhantomSphere, search_mm: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    geometry, reach = image.geometry, sphere.diameter_mm / 2.0 + search_mm
    centre = np.array([sphere.x_mm, sphere.y_mm, sphere.z_mm])
    index, wide = geometry.to_index(centre), reach * np.linalg.norm(np.linalg.inv(geometry.affine[:3, :3]), axis=1)
    low = np.maximum(np.ceil(index - wide), 0).astype(int)
    high = np.minimum(np.floor(index + wide), np.array(geometry.shape[::-1]) - 1).astype(int)
    if (low > high).any():
        return np.zeros(0)
    x, y, z = (np.arange(a, b + 1) for a, b in zip(low, high, strict=True))
    points = geometry.to_world(np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1))
    near = np.linalg.norm(points - centre, axis=-1) <= reach
    values = image.array[z[0] : z[-1] + 1, y[0] : y[-1] + 1, x[0] : x[-1] + 1][near].astype(np.float64)
    return np.asarray(values[np.isfinite(values)])


FORMS = (RATIO, SUBTRACTED)
