"""The regions that the structure set of the synthetic patient holds, on its CT grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..geometry import Geometry
from .tissues import Tissue
from .truth import PatientTruth

_OUTSIDE = (Tissue.AIR, Tissue.MASK, Tissue.FOAM, Tissue.COUCH_SHELL)
# A box in the deep muscles of the right nape, away from the tumour; LPS mm.
_MUSCLE_LOW, _MUSCLE_HIGH = np.array([-40.0, 30.0, -44.0]), np.array([-6.0, 70.0, -8.0])


def regions_of(labels: NDArray[np.uint8], geometry: Geometry, truth: PatientTruth) -> dict[str, NDArray[np.bool_]]:
    """Return the regions by ROI name, in the order of the structure set.

    Parameters
    ----------
    labels : uint8 array, (z, y, x)
        `Tissue` labels on the CT grid.
    geometry : Geometry
        The CT grid, axial.
    truth : PatientTruth
        Tumour and ROI names.
    """
    regions = {
        "GTVp": truth.true_gtv_on(geometry),
        "GTVn": truth.true_node_on(geometry) & ~truth.true_gtv_on(geometry),
        "Muscle": _muscle(labels, geometry),
        "SpinalCord": labels == Tissue.SPINAL_CORD,
        "BODY": _body(labels),
    }
    return {name: regions[name] for name in truth.roi_names}


def _muscle(labels: NDArray[np.uint8], geometry: Geometry) -> NDArray[np.bool_]:
    """Muscle of the nape, a PET resolution length (6 mm) away from other tissue in each slice."""
    from scipy.ndimage import binary_erosion  # noqa: PLC0415  (slow to import)

    start = np.ceil(geometry.to_index(_MUSCLE_LOW)).astype(int)
    stop = np.floor(geometry.to_index(_MUSCLE_HIGH)).astype(int) + 1
    box = tuple(slice(a, b) for a, b in zip(start[::-1], stop[::-1], strict=True))
    inside = np.zeros(labels.shape, dtype=np.bool_)
    rounds = max(1, round(3.0 / float(geometry.spacing[0])))
    cross = np.zeros((3, 3, 3), dtype=np.bool_)
    cross[1] = True
    inside[box] = binary_erosion(labels[box] == Tissue.MUSCLE, cross, iterations=rounds)
    return inside


def _body(labels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Everything within the skin; air inside the body belongs to it."""
    from scipy.ndimage import binary_fill_holes  # noqa: PLC0415  (slow to import)

    outside = np.zeros(256, dtype=np.bool_)
    outside[[int(one) for one in _OUTSIDE]] = True
    solid = ~outside[labels]
    return np.stack([binary_fill_holes(plane) for plane in solid])
