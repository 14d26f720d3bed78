"""Further images of the synthetic patient who lies otherwise than in the planning CT: truth for registration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..geometry import Geometry
from .anatomy import paint_patient
from .canvas import Float
from .tissues import lookup
from .tumour import tumour_of
from .uptake import finer, scanned, true_uptake
from .write_mr import t2_image

_CT_BLUR_MM = 0.6
_CT_NOISE_HU = 12.0
_MARGIN_MM = 4.0


def moved_ct(geometry: Geometry, to_ct: NDArray[np.float64], seed: int, *, noise: int = 0) -> Float:
    """Return a CT of the patient in another position, HU.

    Parameters
    ----------
    geometry : Geometry
        Its grid, in its own frame of reference.
    to_ct : array, (4, 4)
        Maps LPS mm of its frame to LPS mm of the planning CT's.
    seed : int
        Of the patient.
    noise : int
        Draws noise that no other image has.
    """
    from scipy.ndimage import gaussian_filter  # noqa: PLC0415  (slow to import)

    painted = _painted_grid(geometry, to_ct, np.minimum(geometry.spacing, 1.5))
    hu = lookup("hu")[paint_patient(painted, seed, couch=False)]
    random = np.random.default_rng([seed, 6, noise])
    image = _through_slice(hu, painted, geometry, to_ct)
    blur = _CT_BLUR_MM / geometry.spacing
    image = gaussian_filter(image, (0.0, blur[1], blur[0]))
    grain = gaussian_filter(random.standard_normal(geometry.shape, dtype=np.float32), (0.0, 0.8, 0.8))
    made: Float = image + np.float32(_CT_NOISE_HU) * grain / grain.std()
    return made


def moved_t2(geometry: Geometry, to_ct: NDArray[np.float64], seed: int) -> Float:
    """Return a T2-weighted MR of the patient in another position; parameters as `moved_ct`."""
    dx, dy, dz = geometry.spacing
    painted = _painted_grid(geometry, to_ct, np.array([max(1.0, dx / 1.2), max(1.0, dy / 1.2), dz / 2.4]))
    return t2_image(paint_patient(painted, seed, couch=False), painted, geometry, to_ct, seed)


def moved_pet(geometry: Geometry, to_ct: NDArray[np.float64], seed: int) -> Float:
    """Return the FDG PET of the patient in another position, SUV; parameters as `moved_ct`."""
    random = np.random.default_rng([seed, 7])
    grid = finer(geometry)
    painted = _painted_grid(grid, to_ct, grid.spacing)
    suv = true_uptake(paint_patient(painted, seed, couch=False), painted, tumour_of(seed), random)
    to_painted = np.linalg.inv(painted.affine) @ to_ct @ grid.affine
    return scanned(_sampled(suv, to_painted, grid.shape), geometry, random)


def _painted_grid(geometry: Geometry, to_ct: NDArray[np.float64], spacing: NDArray[np.float64]) -> Geometry:
    corners = geometry.corners() @ to_ct[:3, :3].T + to_ct[:3, 3]
    low, high = corners.min(axis=0) - _MARGIN_MM, corners.max(axis=0) + _MARGIN_MM
    nx, ny, nz = (np.ceil((high - low) / spacing).astype(int) + 1).tolist()
    return Geometry.from_parts((nz, ny, nx), spacing, low)


def _through_slice(values: Float, painted: Geometry, geometry: Geometry, to_ct: NDArray[np.float64]) -> Float:
    """Sample on a grid, each slice averaged over its thickness."""
    to_painted = np.linalg.inv(painted.affine) @ to_ct @ geometry.affine
    image = np.zeros(geometry.shape, dtype=np.float32)
    for depth in (-1 / 3, 0.0, 1 / 3):
        lifted = to_painted.copy()
        lifted[:3, 3] += to_painted[:3, 2] * depth
        image += _sampled(values, lifted, geometry.shape) / np.float32(3)
    return image


def _sampled(values: Float, to_painted: NDArray[np.float64], shape: tuple[int, ...]) -> Float:
    from scipy.ndimage import map_coordinates  # noqa: PLC0415  (slow to import)

    z, y, x = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in shape), indexing="ij", sparse=True)
    rows = [to_painted[k, 0] * x + to_painted[k, 1] * y + to_painted[k, 2] * z + to_painted[k, 3] for k in (2, 1, 0)]
    sampled: Float = map_coordinates(values, rows, output=np.float32, order=1, mode="nearest")
    return sampled
