"""Whose a segment is and how it was made: a tag of ours, else what its reference volume says."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import vtk

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.geometry import StoredGrid
from dosepainting_hrs.identity import Identity, combined, require_same_patient
from dosepainting_hrs.image import Mask
from dosepainting_hrs.storage.fields import (
    history_from,
    identity_from,
    is_edited,
    measured_from,
    require_sealed,
    rests_on_from,
    to_fields,
)

from .attributes import Node, as_edited
from .boxes import Box, bounding_box, cut
from .inherited_marks import with_marks_of_neighbours
from .volumes import identity_of, moved_by

TAG = "DosePaintingHRS"
"""Tag of a segment with its identity and history, as JSON of the fields that files have."""


def with_identity(mask: Mask, segment: Any, node: Node, reference: Node | None, identity: Identity | None) -> Mask:
    """Add identity and history to the voxels of a segment.

    Parameters
    ----------
    mask : Mask
        Voxels in the patient, without identity.
    segment : vtkSegment
        The segment that they were read from.
    node : vtkMRMLSegmentationNode
        Its segmentation.
    reference : vtkMRMLScalarVolumeNode or None
        The image that it was drawn on.
    identity : Identity or None
        Whose that image is, when it does not say so itself.

    Raises
    ------
    InputError
        If the tag is damaged.
    IdentityError
        If the tag was changed, or the segmentation lies under another patient than its image.
    """
    fields = _read_tag(segment)
    where = f'the segment "{segment.GetName()}"'
    require_sealed(fields, where)
    moved = moved_by(node)
    if fields:
        known = replace(
            mask,
            identity=identity_from(fields, where),
            history=history_from(fields),
            measured=measured_from(fields),
            rests_on=rests_on_from(fields),
        )
    else:
        on = f', drawn on "{reference.GetName()}".' if reference is not None else "."
        told = f'Segment "{segment.GetName()}" of "{node.GetName()}" taken from the scene{on}'
        known = replace(mask, identity=_by_reference(node, reference, identity), history=(told,))
        known = with_marks_of_neighbours(known, segment, node, _tags(node))
        # What is drawn on a moved image lies where the image was moved to.
        moved = moved or (moved_by(reference) if reference is not None else "")
    if moved:
        return replace(as_edited(known, f'Moved by the transform "{moved}" of the scene.'), measured=())
    if is_edited(fields, _canonical_box(known)):
        return replace(as_edited(known, "Its voxels were changed in the scene since it was made."), measured=())
    return known


def _by_reference(node: Node, reference: Node | None, identity: Identity | None) -> Identity:
    own = identity_of(node)
    if reference is None and identity is None:
        return own
    drawn_on = identity or identity_of(reference)
    image = f' "{reference.GetName()}"' if reference is not None else ""
    require_same_patient(own, drawn_on, what=(f'The segmentation "{node.GetName()}"', f"its reference volume{image}"))
    # A segmentation in the hierarchy knows a patient but no frame: what it lacks, its image has.
    return replace(combined(drawn_on, own), gaps=drawn_on.gaps)


def _canonical_box(mask: Mask) -> Mask:
    """Return the mask cut to its voxels in canonical order: the same whatever grid around them the segment has."""
    box: Box | None = bounding_box(mask.array)
    if box is None:
        return mask
    geometry = cut(mask.geometry, box)
    return replace(mask, array=np.ascontiguousarray(mask.array[box]), geometry=geometry, stored=StoredGrid.of(geometry))


def write_tag(segment: Any, mask: Mask, job: str) -> None:
    """Write identity, history and measurements of a mask that has voxels into the tag of a segment."""
    text = json.dumps(to_fields(_canonical_box(mask), job))
    # Slicer separates the tags of a segment in a .seg.nrrd by this letter.
    segment.SetTag(TAG, text.replace("|", "\\u007c"))


def _tags(node: Node) -> dict[str, dict[str, str]]:
    """Return the fields of all tags of ours in a segmentation; a damaged one is refused when its own segment is read."""
    segmentation, found = node.GetSegmentation(), {}
    for number in range(segmentation.GetNumberOfSegments()):
        with suppress(InputError):
            fields = _read_tag(segmentation.GetNthSegment(number))
            if fields:
                found[segmentation.GetNthSegmentID(number)] = fields
    return found


def _read_tag(segment: Any) -> dict[str, str]:
    text = vtk.reference("")
    if not segment.GetTag(TAG, text):
        return {}
    try:
        loaded = json.loads(str(text))
        return {str(key): str(value) for key, value in loaded.items()}
    except (ValueError, AttributeError) as error:
        raise InputError(
            f'The identity of the segment "{segment.GetName()}" is damaged.', "Make the segment again from its source."
        ) from error
