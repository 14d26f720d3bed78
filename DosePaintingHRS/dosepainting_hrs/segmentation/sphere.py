"""A sphere around a point: a reference region by one click, or a place to look for a lesion in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from ..errors import InputError
from ..image import Image, Mask
from ..parameters import Field, Parameters
from ..progress import Progress, silent
from ..registry import RegionMethod, Slot, register_region
from ..working import CHECK, Fact


@dataclass(frozen=True, kw_only=True)
class SphereParameters(Parameters):
    """Where, and how large."""

    x_mm: Annotated[float, Field(help="Centre, towards the patient's left (LPS).", unit="mm", example=0.0)]
    y_mm: Annotated[float, Field(help="Centre, towards the patient's back (LPS).", unit="mm", example=0.0)]
    z_mm: Annotated[float, Field(help="Centre, towards the patient's head (LPS).", unit="mm", example=0.0)]
    radius_mm: Annotated[float, Field(help="Radius.", unit="mm", minimum=0.1, maximum=200.0, example=5.0)]


@register_region("sphere", schema=1)
class SphereRegion(RegionMethod):
    """Region of all voxels of a grid whose centre lies in a sphere.

    Parameters
    ----------
    image : Image, (z, y, x)
        Its grid and patient are those of the region; its values do not count.

    Returns
    -------
    Mask, (z, y, x)

    Raises
    ------
    InputError
        If no voxel centre lies in the sphere.

    Notes
    -----
    Distances are Euclidean in patient space. A sphere that reaches beyond the image is cut off there, and the history says
    so. To threshold within a sphere, give it as the region to stay inside.

    References
    ----------
    Boellaard R et al. (2015), FDG PET/CT: EANM procedure guidelines for tumour imaging: version 2.0, Eur J Nucl Med Mol
    Imaging 42:328-354, doi:10.1007/s00259-014-2961-x, volumes of interest.
    """

    inputs = (Slot("image", "image", "Image on whose grid the sphere lies."),)
    parameters: SphereParameters

    def compute(self, image: Image, progress: Progress = silent) -> Mask:
        """Return the region."""
        progress(0.0, "Drawing the sphere")
        chosen = self.parameters
        centre, radius, geometry = (chosen.x_mm, chosen.y_mm, chosen.z_mm), chosen.radius_mm, image.geometry
        reach = radius * np.linalg.norm(np.linalg.inv(geometry.affine[:3, :3]), axis=1)
        index = geometry.to_index(centre)
        low = np.maximum(np.ceil(index - reach - 1e-9), 0).astype(int)
        high = np.minimum(np.floor(index + reach + 1e-9), np.array(geometry.shape[::-1]) - 1).astype(int)
        array = np.zeros(geometry.shape, dtype=np.bool_)
        if (low <= high).all():
            x, y, z = (np.arange(a, b + 1) for a, b in zip(low, high, strict=True))
            corner = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1)
            away = np.linalg.norm(geometry.to_world(corner) - np.array(centre), axis=-1)
            array[z[0] : z[-1] + 1, y[0] : y[-1] + 1, x[0] : x[-1] + 1] = away <= radius * (1.0 + 1e-9)
        place = f"({chosen.x_mm:g}, {chosen.y_mm:g}, {chosen.z_mm:g}) mm"
        if not array.any():
            low, high = geometry.corners().min(axis=0), geometry.corners().max(axis=0)
            reaches = ", ".join(f"{axis} {a:.0f} to {b:.0f}" for axis, a, b in zip("xyz", low, high, strict=True))
            raise InputError(
                f"No voxel of the image of {geometry} lies within {radius:g} mm of the point {place}; the image lies at "
                f"{reaches} mm.",
                "Choose a point inside the image, in LPS millimetres, or a larger radius.",
            )
        made = int(array.sum()) * geometry.voxel_volume_ml
        cut = ((index - reach < -0.5) | (index + reach > np.array(geometry.shape[::-1]) - 0.5)).any()
        whole = math.pi * 4 / 3 * radius**3 / 1000
        ideal = f", of {whole:.3f} ml: the edge of the image cuts it off" if cut else ""
        step = f"Sphere of {radius:g} mm radius around {place}: {made:.3f} ml{ideal}."
        warned = f"The edge of the image cuts the sphere: it has {made:.3f} ml, a whole one {whole:.3f} ml."
        progress(1.0, "Region made")
        return Mask(
            array=array,
            geometry=geometry,
            stored=image.stored,
            identity=image.identity,
            history=(*image.history, step),
            working=(Fact(kind=CHECK, text=warned, warns=True),) if cut else (),
            name="sphere",
        )
