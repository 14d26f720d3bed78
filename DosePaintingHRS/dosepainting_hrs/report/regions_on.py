"""Regions brought to the grid of a map, for steps that measure."""

from __future__ import annotations

from ..address import Where
from ..context import Context
from ..errors import InputError
from ..image import Image, Mask
from ..notes import note


def region_on(context: Context, where: Where, image: Image, drawn_on: Where | None, remarks: list[str]) -> Mask:
    """Return a region on the grid of an image, volume-true; what is worth telling is added to the remarks.

    Raises
    ------
    InputError
        If the region is empty.
    IdentityError
        If it is of another patient, or in another frame without a transform that names both.
    """
    region = context.region(where, drawn_on)
    if not region.voxel_count:
        raise InputError(f'The region "{region.name}" is empty.', "Choose a region that has voxels.")
    placed = context.place(region, image.geometry, image.identity, what=(f'The region "{region.name}"', "the map"))
    remarks += placed.remarks
    remarks += [remark for remark in context.heard if remark not in remarks]
    if placed.resampled is not None:
        told = placed.resampled
        remarks.append(
            note(
                f'The region "{region.name}" was brought to the grid of the map, volume-true: {told.source_ml:.3f} ml became '
                f"{told.target_ml:.3f} ml."
            )
        )
        remarks += [f'Of the region "{region.name}", {one} is lost on the grid of the map.' for one in told.vanished]
    return placed.mask
