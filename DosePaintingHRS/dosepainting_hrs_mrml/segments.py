"""Segments as masks and back: labelmaps of any extent, and surfaces filled on the image they were drawn on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import slicer
from numpy.typing import NDArray

from dosepainting_hrs.errors import GeometryError, InputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.image import Mask, on_grid

from .attributes import Node
from .boxes import bounding_box, cut, paste_offset
from .inherited_marks import note_marks
from .labelmaps import LABELMAP, SURFACE, filled, labelled, labelmap_from, require_rules, scalars_of
from .segment_identity import TAG, with_identity, write_tag
from .volumes import stored_geometry

TUMOUR = (
    "Segmentation category and type - DICOM master list"
    "~SCT^49755003^Morphologically Altered Structure~SCT^86049000^Neoplasm, Primary~^^"
    "~Anatomic codes - DICOM master list~^^~^^"
)
"""Terminology of a GTV, and of a subvolume of it, in Slicer's spelling: DICOM CID 7150 and 7159."""
REFERENCE = "referenceImageGeometryRef"


def mask_from(
    segmentation_node: Node,
    segment_id: str,
    geometry: Geometry | None = None,
    *,
    reference: Node | None = None,
    identity: Identity | None = None,
) -> Mask:
    """Return a segment as a mask.

    Parameters
    ----------
    segmentation_node : vtkMRMLSegmentationNode
        The segmentation; a linear parent transform is gone through.
    segment_id : str
        The segment.
    geometry : Geometry or None
        The grid to return it on, in any axis order; LPS. A segment whose voxels do not lie on the voxels of this grid
        keeps its own, to be brought there by `resample_volume_true`. Surfaces and contours are filled on this grid;
        on that of the reference volume when it is None.
    reference : vtkMRMLScalarVolumeNode or None
        The image it was drawn on; when None, the reference volume that the segmentation names.
    identity : Identity or None
        Whose that image is, when it does not say so itself (from its DICOM files, see `dicom_volumes`).

    Returns
    -------
    Mask, (z, y, x)
        Its identity is that of the segment (a tag of ours), else that of the reference volume, which must not contradict
        the patient under whom the segmentation lies. Edited when its voxels are no longer those that we wrote, or when
        a transform moves it.

    Raises
    ------
    InputError
        If there is no such segment, it is empty, or a surface has no image to be filled on.
    GeometryError
        If part of it lies outside of `geometry`, or it lies under a deformable transform.
    IdentityError
        If its identity was changed, or patients contradict each other.
    """
    reference = reference or segmentation_node.GetNodeReference(REFERENCE)
    segment = _segment(segmentation_node, segment_id)
    source = segmentation_node.GetSegmentation().GetSourceRepresentationName()
    if source == LABELMAP:
        found = labelled(segment, segmentation_node)
    else:
        on = geometry or (stored_geometry(reference) if reference is not None else None)
        found = filled(segment, segmentation_node, source, on)
    box = bounding_box(found.array)
    if box is None:
        raise InputError(
            f'The segment "{segment.GetName()}" of "{segmentation_node.GetName()}" is empty.', "Draw it, or choose another."
        )
    small = _as_mask(found.array[box], cut(found.geometry, box), segment.GetName())
    known = with_identity(small, segment, segmentation_node, reference, identity)
    return _on(known, geometry) if geometry is not None else known


def is_empty(segmentation_node: Node, segment_id: str) -> bool:
    """Tell, without the work of `mask_from`, whether a segment has neither voxels nor a surface."""
    segment = _segment(segmentation_node, segment_id)
    data = segment.GetRepresentation(segmentation_node.GetSegmentation().GetSourceRepresentationName())
    if data is None or not data.GetNumberOfPoints():
        return True
    if not data.IsA("vtkImageData"):
        return False
    array = scalars_of(data)
    return not bool((array == segment.GetLabelValue()).any())


def revision(segmentation_node: Node, segment_id: str) -> tuple[int, ...]:
    """Return numbers that change when the voxels, the surface, the tags or the place of a segment change: for caches."""
    segment, transform = _segment(segmentation_node, segment_id), segmentation_node.GetParentTransformNode()
    data = segment.GetRepresentation(segmentation_node.GetSegmentation().GetSourceRepresentationName())
    moved = transform.GetTransformToWorldMTime() if transform is not None else 0
    return int(segment.GetMTime()), int(data.GetMTime()) if data is not None else 0, int(moved)


def add_segmentation(scene: Node, name: str, reference: Node | None = None) -> Node:
    """Add an empty segmentation with a display node.

    Parameters
    ----------
    scene : vtkMRMLScene
        Where to add it.
    name : str
        Name of the node.
    reference : vtkMRMLScalarVolumeNode or None
        The image that its segments are drawn on.

    Returns
    -------
    vtkMRMLSegmentationNode
    """
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    node.GetSegmentation().SetSourceRepresentationName(LABELMAP)
    if reference is not None:
        node.SetReferenceImageGeometryParameterFromVolumeNode(reference)
    return node


def add_segment(
    segmentation_node: Node,
    mask: Mask,
    *,
    name: str,
    colour: tuple[float, float, float],
    terminology: str | None = TUMOUR,
    job: str = "",
) -> str:
    """Add a mask as a segment: only the box around its voxels is written.

    Parameters
    ----------
    segmentation_node : vtkMRMLSegmentationNode
        Where to add it; its source must be labelmaps.
    mask : Mask
        The region, in the patient: a linear transform of the segmentation is taken out.
    name : str
        Name of the segment.
    colour : tuple of three float
        Red, green, blue, 0 to 1.
    terminology : str or None
        Serialised terminology entry; None for Slicer's own default.
    job : str
        Record of the job that made it.

    Returns
    -------
    str
        Segment ID.

    Raises
    ------
    InputError
        If the mask is empty or the segmentation holds surfaces.
    """
    segmentation = segmentation_node.GetSegmentation()
    if segmentation.GetSourceRepresentationName() != LABELMAP:
        raise InputError(
            f'The segmentation "{segmentation_node.GetName()}" holds surfaces or contours, no voxels.',
            "Choose another segmentation, or make a new one.",
        )
    if not mask.array.any():
        raise InputError(f'The region "{name}" is empty: it has no voxels.', "Nothing was added.")
    segment = slicer.vtkSegment()
    segment.SetName(name)
    segment.SetColor(*colour)
    segment.SetLabelValue(1)
    segment.AddRepresentation(LABELMAP, labelmap_from(mask, segmentation_node))
    if terminology:
        segment.SetTag(segment.GetTerminologyEntryTagName(), terminology)
    write_tag(segment, mask, job)
    note_marks(segmentation_node, mask)
    segment_id = segmentation.GenerateUniqueSegmentID(name)
    segmentation.AddSegment(segment, segment_id)
    segmentation_node.CreateDefaultDisplayNodes()
    return str(segment_id)


def replace_segment(segmentation_node: Node, segment_id: str, mask: Mask, *, provenance: bool = True, job: str = "") -> None:
    """Give a segment the voxels of a mask, be it an empty one; surfaces made from it are dropped.

    Parameters
    ----------
    segmentation_node, segment_id, mask, job
        As in `add_segment`.
    provenance : bool
        False for a preview, which moves with a slider: it then carries no identity and must not be exported.
    """
    segment = _segment(segmentation_node, segment_id)
    segmentation = segmentation_node.GetSegmentation()
    if _is_shared(segmentation, segment):
        segmentation.SeparateSegmentLabelmap(segment_id)
    new = labelmap_from(mask, segmentation_node)
    held = segment.GetRepresentation(LABELMAP)
    if provenance and mask.array.any():
        write_tag(segment, mask, job)
        note_marks(segmentation_node, mask)
    elif segment.HasTag(TAG):
        segment.RemoveTag(TAG)
    segment.SetLabelValue(1)
    if held is None:
        segment.AddRepresentation(LABELMAP, new)
    else:
        # The object stays: it is what the segmentation and the views watch.
        held.ShallowCopy(new)


def show_in_3d(segmentation_node: Node) -> None:
    """Make the surfaces that the 3D view shows."""
    require_rules()
    segmentation_node.CreateClosedSurfaceRepresentation()
    segmentation_node.GetDisplayNode().SetPreferredDisplayRepresentationName3D(SURFACE)


def _segment(node: Node, segment_id: str) -> Any:
    segment = node.GetSegmentation().GetSegment(segment_id) if segment_id else None
    if segment is None:
        raise InputError(f'The segmentation "{node.GetName()}" has no segment "{segment_id}".', "Choose a segment.")
    return segment


def _is_shared(segmentation: Any, segment: Any) -> bool:
    # IsSharedBinaryLabelmap was seen to deny a labelmap that two segments held.
    held = segment.GetRepresentation(LABELMAP)
    others = (segmentation.GetNthSegment(index) for index in range(segmentation.GetNumberOfSegments()))
    return held is not None and any(one is not segment and one.GetRepresentation(LABELMAP) is held for one in others)


def _as_mask(array: NDArray[np.bool_], geometry: Geometry, name: str) -> Mask:
    canonical, stored = on_grid(geometry)
    inside = np.ascontiguousarray(stored.axes.apply(array)).astype(np.bool_, copy=False)
    return Mask(array=inside, geometry=canonical, stored=stored, name=name)


def _on(mask: Mask, target: Geometry) -> Mask:
    """Return the mask on the target grid, when its voxels are voxels of it; else as it is."""
    canonical, stored = on_grid(target)
    offset = paste_offset(mask.geometry, canonical)
    if offset is None:
        return mask
    outside = any(
        first < 0 or first + n > size for first, n, size in zip(offset, mask.array.shape, canonical.shape, strict=True)
    )
    if outside:
        raise GeometryError(
            f'Part of the segment "{mask.name}" lies outside of the image it is to be used with ({canonical}).',
            "Check that both belong together; else cut the segment, or choose an image that covers it.",
        )
    array = np.zeros(canonical.shape, dtype=np.bool_)
    array[tuple(slice(first, first + n) for first, n in zip(offset, mask.array.shape, strict=True))] = mask.array
    return replace(mask, array=array, geometry=canonical, stored=stored)
