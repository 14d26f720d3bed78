"""Identity, quantity and history as attributes of a node, under the very keys that files of ours have.

Slicer writes a volume's attributes into the header of its NRRD file and reads them back, so a volume that was saved
from a scene is one that the command line knows, and the other way round.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from dosepainting_hrs.identity import MARK_EDITED
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.storage.fields import PREFIX, to_fields

Node = Any
"""A MRML node; neither VTK nor Slicer is typed."""
AnyVolume = TypeVar("AnyVolume", Image, Mask)


def fields_of(node: Node) -> dict[str, str]:
    """Return the fields of ours among a node's attributes; empty when another program made the node."""
    names = node.GetAttributeNames() or ()
    return {name: node.GetAttribute(name) or "" for name in names if name.startswith(PREFIX)}


def write_fields(node: Node, volume: Image | Mask, job: str = "") -> None:
    """Write identity, quantity and history of a volume as attributes of a node, in place of those it had.

    Parameters
    ----------
    node : vtkMRMLNode
        The node.
    volume : Image or Mask
        What its voxels are.
    job : str
        Record of the job that made it, as it stands in the file; may be empty.
    """
    fields = to_fields(volume, job)
    for name in set(fields_of(node)) - set(fields):
        node.RemoveAttribute(name)
    for name, value in fields.items():
        node.SetAttribute(name, value)


def as_edited(volume: AnyVolume, why: str) -> AnyVolume:
    """Return the volume marked as changed by another program, with the reason in its history."""
    marks = tuple(dict.fromkeys((*volume.identity.marks, MARK_EDITED)))
    identity = replace(volume.identity, marks=marks)
    return replace(volume, edited=True, identity=identity, history=(*volume.history, why))
