"""Marks that a segment without identity takes from its neighbours: what was copied out of a marked segment stays marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from dosepainting_hrs.identity import MARK_REFERENCE_MODEL, MARK_RESEARCH_ONLY
from dosepainting_hrs.image import Mask
from dosepainting_hrs.storage.fields import identity_from

from .attributes import Node
from .labelmaps import LABELMAP, labelled

LASTING = (MARK_REFERENCE_MODEL, MARK_RESEARCH_ONLY)
_LEAST_SHARE = 0.5
"""From this share of its voxels within a marked segment, a segment without identity is taken for a copy or a part of it."""

HELD = "DosePaintingHRSHeldMarks"
"""Attribute of a segmentation: lasting marks of what lies in it, or lay there once."""


def note_marks(node: Node, mask: Mask) -> None:
    """Note in a segmentation the lasting marks of a mask that is put into it: a copy may outlive the segment."""
    held = _held(node)
    new = [mark for mark in mask.identity.marks if mark in LASTING and mark not in held]
    if new:
        node.SetAttribute(HELD, " ".join([*held, *new]))


def with_marks_of_neighbours(mask: Mask, segment: Any, node: Node, tags: Mapping[str, Mapping[str, str]]) -> Mask:
    """Give a segment without a tag the lasting marks of its segmentation, and of the segments there that it lies in.

    Parameters
    ----------
    mask : Mask
        Voxels of the segment.
    segment : vtkSegment
        The segment itself.
    node : vtkMRMLSegmentationNode
        Its segmentation.
    tags : mapping of str to mapping
        Fields of the tags of all its segments, by segment id.

    Notes
    -----
    Slicer's Segment Editor copies voxels into a new segment without its tags (logical operators, islands), grows it, takes it
    from another, and deletes the first. So whatever has no tag is marked in a segmentation that a marked region was put into.
    Elsewhere, where a marked segment was moved to, half of the voxels or more within it is a copy, however it was edited.
    """
    held = [mark for mark in _held(node) if mark not in mask.identity.marks]
    if held:
        told = (
            f'It was made in the segmentation "{node.GetName()}", where a region is or was that is marked {", ".join(held)}: '
            "so is this. What has nothing to do with that region is drawn in a segmentation of its own."
        )
        mask = _marked(mask, held, told)
    if node.GetSegmentation().GetSourceRepresentationName() != LABELMAP or not mask.voxel_count:
        return mask
    points = mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1])
    for segment_id, fields in tags.items():
        other = node.GetSegmentation().GetSegment(segment_id)
        name = other.GetName()
        marks = [mark for mark in identity_from(fields, f'the segment "{name}"').marks if mark in LASTING]
        new = tuple(mark for mark in marks if mark not in mask.identity.marks)
        if not new or other is segment:
            continue
        voxels = labelled(other, node)
        index = np.rint(voxels.geometry.to_index(points)).astype(int)[:, ::-1]
        known = ((index >= 0) & (index < voxels.array.shape)).all(axis=1)
        inside = np.zeros(len(points), dtype=np.bool_)
        inside[known] = voxels.array[tuple(index[known].T)] != 0
        if inside.mean() >= _LEAST_SHARE:
            told = f'{inside.mean():.0%} of it lies in the segment "{name}", which is marked {", ".join(new)}: so is this.'
            mask = _marked(mask, new, told)
    return mask


def _held(node: Node) -> list[str]:
    return (node.GetAttribute(HELD) or "").split()


def _marked(mask: Mask, marks: Sequence[str], told: str) -> Mask:
    identity = replace(mask.identity, marks=(*mask.identity.marks, *marks))
    return replace(mask, identity=identity, history=(*mask.history, told))
