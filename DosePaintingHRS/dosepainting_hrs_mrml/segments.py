"""Segments as masks and back: labelmaps of any extent, and surfaces filled on the image they were drawn on."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray
from vtk.util.numpy_support import vtk_to_numpy

from dosepainting_hrs.errors import GeometryError, InputError
from dosepainting_hrs.geometry import Geometry, StoredGrid
from dosepainting_hrs.identity import Identity, combined, require_same_patient
from dosepainting_hrs.image import Mask, on_grid
from dosepainting_hrs.storage.fields import (
    history_from,
    identity_from,
    is_edited,
    measured_from,
    require_sealed,
    to_fields,
)

from .attributes import Node, as_edited
from .boxes import Box, bounding_box, cut, paste_offset, stored_first
from .volumes import identity_of, local_matrix, moved_by, stored_geometry, world_geometry

TAG = "DosePaintingHRS"
"""Tag of a segment with its identity and history, as JSON of the fields that files have."""
TUMOUR = (
    "Segmentation category and type - DICOM master list"
    "~SCT^49755003^Morphologically Altered Structure~SCT^86049000^Neoplasm, Primary~^^"
    "~Anatomic codes - DICOM master list~^^~^^"
)
"""Terminology of a GTV, and of a subvolume of it, in Slicer's spelling: DICOM CID 7150 and 7159."""
_LABELMAP, _SURFACE = "Binary labelmap", "Closed surface"
_REFERENCE = "referenceImageGeometryRef"


@dataclass(frozen=True, eq=False)
class _Voxels:
    """The part of a labelmap that may hold a segment, on the segment's own grid in the patient."""

    array: NDArray[np.bool_]
    geometry: Geometry


def mask_from(
    segmentation_node: Node, segment_id: str, geometry: Geometry | None = None, *, reference: Node | None = None
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
    reference = reference or segmentation_node.GetNodeReference(_REFERENCE)
    segment = _segment(segmentation_node, segment_id)
    source = segmentation_node.GetSegmentation().GetSourceRepresentationName()
    if source == _LABELMAP:
        found = _labelled(segment, segmentation_node)
    else:
        on = geometry or (stored_geometry(reference) if reference is not None else None)
        found = _filled(segment, segmentation_node, source, on)
    box = bounding_box(found.array)
    if box is None:
        raise InputError(
            f'The segment "{segment.GetName()}" of "{segmentation_node.GetName()}" is empty.', "Draw it, or choose another."
        )
    small = _as_mask(found.array[box], cut(found.geometry, box), segment.GetName())
    known = _known(small, segment, segmentation_node, reference)
    return _on(known, geometry) if geometry is not None else known


def is_empty(segmentation_node: Node, segment_id: str) -> bool:
    """Tell, without the work of `mask_from`, whether a segment has neither voxels nor a surface."""
    segment = _segment(segmentation_node, segment_id)
    data = segment.GetRepresentation(segmentation_node.GetSegmentation().GetSourceRepresentationName())
    if data is None or not data.GetNumberOfPoints():
        return True
    if not data.IsA("vtkImageData"):
        return False
    array = _scalars(data)
    return not bool((array == segment.GetLabelValue()).any())


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
    node.GetSegmentation().SetSourceRepresentationName(_LABELMAP)
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
    if segmentation.GetSourceRepresentationName() != _LABELMAP:
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
    segment.AddRepresentation(_LABELMAP, _labelmap(mask, segmentation_node))
    if terminology:
        segment.SetTag(segment.GetTerminologyEntryTagName(), terminology)
    _write_tag(segment, mask, job)
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
    new = _labelmap(mask, segmentation_node)
    held = segment.GetRepresentation(_LABELMAP)
    if provenance and mask.array.any():
        _write_tag(segment, mask, job)
    elif segment.HasTag(TAG):
        segment.RemoveTag(TAG)
    segment.SetLabelValue(1)
    if held is None:
        segment.AddRepresentation(_LABELMAP, new)
    else:
        # The object stays: it is what the segmentation and the views watch.
        held.ShallowCopy(new)


def remove_segment(segmentation_node: Node, segment_id: str) -> None:
    """Remove a segment; nothing happens when it is not there."""
    if segmentation_node.GetSegmentation().GetSegment(segment_id) is not None:
        segmentation_node.GetSegmentation().RemoveSegment(segment_id)


def show_in_3d(segmentation_node: Node) -> None:
    """Make the surfaces that the 3D view shows."""
    _require_rules()
    segmentation_node.CreateClosedSurfaceRepresentation()
    segmentation_node.GetDisplayNode().SetPreferredDisplayRepresentationName3D(_SURFACE)


def _segment(node: Node, segment_id: str) -> Any:
    segment = node.GetSegmentation().GetSegment(segment_id) if segment_id else None
    if segment is None:
        raise InputError(f'The segmentation "{node.GetName()}" has no segment "{segment_id}".', "Choose a segment.")
    return segment


def _is_shared(segmentation: Any, segment: Any) -> bool:
    # IsSharedBinaryLabelmap was seen to deny a labelmap that two segments held.
    held = segment.GetRepresentation(_LABELMAP)
    others = (segmentation.GetNthSegment(index) for index in range(segmentation.GetNumberOfSegments()))
    return held is not None and any(one is not segment and one.GetRepresentation(_LABELMAP) is held for one in others)


def _scalars(image: Any) -> NDArray[Any]:
    x, y, z = image.GetDimensions()
    scalars: NDArray[Any] = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(z, y, x)
    return scalars


def _labelled(segment: Any, node: Node) -> _Voxels:
    image = segment.GetRepresentation(_LABELMAP)
    if image is None or image.IsEmpty() or image.GetPointData().GetScalars() is None:
        return _Voxels(np.zeros((1, 1, 1), dtype=np.bool_), Geometry((1, 1, 1), np.eye(4)))
    return _in_patient(image, segment.GetLabelValue(), node)


def _in_patient(image: Any, label: int, node: Node) -> _Voxels:
    inside = _scalars(image) == label
    matrix, extent = vtk.vtkMatrix4x4(), image.GetExtent()
    image.GetImageToWorldMatrix(matrix)
    return _Voxels(inside, world_geometry(inside.shape, matrix, node, (extent[0], extent[2], extent[4])))


def _filled(segment: Any, node: Node, source: str, geometry: Geometry | None) -> _Voxels:
    if geometry is None:
        raise InputError(
            f'The segment "{segment.GetName()}" of "{node.GetName()}" is a {source.lower()} without a reference volume.',
            "Choose the image it was drawn on.",
        )
    _require_rules()
    grid = slicer.vtkOrientedImageData()
    grid.SetExtent(*(one for n in geometry.shape[::-1] for one in (0, n - 1)))
    grid.SetImageToWorldMatrix(local_matrix(geometry, node))
    converter = slicer.vtkSegmentationConverter
    # A segmentation of its own: the one in the scene keeps what it has.
    own = slicer.vtkSegmentation()
    own.SetSourceRepresentationName(source)
    own.SetConversionParameter(converter.GetReferenceImageGeometryParameterName(), converter.SerializeImageGeometry(grid))
    copy = slicer.vtkSegment()
    copy.AddRepresentation(source, segment.GetRepresentation(source))
    own.AddSegment(copy, "one")
    if not own.CreateRepresentation(_LABELMAP):
        raise InputError(
            f'The segment "{segment.GetName()}" of "{node.GetName()}" is a {source.lower()} that cannot be filled.',
            "Planar contours need the SlicerRT extension; or convert it to a binary labelmap in the Segmentations module.",
        )
    return _labelled(own.GetSegment("one"), node)


def _require_rules() -> None:
    """Register the rules between surfaces and labelmaps, as Slicer's Segmentations module does when it is loaded."""
    paths = slicer.vtkSegmentationConversionPaths()
    slicer.vtkSegmentationConverter().GetPossibleConversions(_SURFACE, _LABELMAP, paths)
    if paths.GetNumberOfItems() == 0:
        factory = slicer.vtkSegmentationConverterFactory.GetInstance()
        factory.RegisterConverterRule(slicer.vtkBinaryLabelmapToClosedSurfaceConversionRule())
        factory.RegisterConverterRule(slicer.vtkClosedSurfaceToBinaryLabelmapConversionRule())


def _as_mask(array: NDArray[np.bool_], geometry: Geometry, name: str) -> Mask:
    canonical, stored = on_grid(geometry)
    inside = np.ascontiguousarray(stored.axes.apply(array)).astype(np.bool_, copy=False)
    return Mask(array=inside, geometry=canonical, stored=stored, name=name)


def _known(mask: Mask, segment: Any, node: Node, reference: Node | None) -> Mask:
    """Add identity and history to a mask that is cut to its box."""
    fields = _read_tag(segment)
    where = f'the segment "{segment.GetName()}"'
    require_sealed(fields, where)
    if fields:
        mask = replace(
            mask, identity=identity_from(fields, where), history=history_from(fields), measured=measured_from(fields)
        )
    else:
        taken = f'Segment "{segment.GetName()}" of "{node.GetName()}" taken from the scene'
        on = f', drawn on "{reference.GetName()}".' if reference is not None else "."
        mask = replace(mask, identity=_by_reference(node, reference), history=(taken + on,))
    moved = moved_by(node)
    if moved:
        return replace(as_edited(mask, f'Moved by the transform "{moved}" of the scene.'), measured=())
    if is_edited(fields, _canonical_box(mask)):
        return replace(as_edited(mask, "Its voxels were changed in the scene since it was made."), measured=())
    return mask


def _by_reference(node: Node, reference: Node | None) -> Identity:
    own = identity_of(node)
    if reference is None:
        return own
    drawn_on = identity_of(reference)
    what = (f'The segmentation "{node.GetName()}"', f'its reference volume "{reference.GetName()}"')
    require_same_patient(own, drawn_on, what=what)
    # A segmentation in the hierarchy knows a patient but no frame: what it lacks, its image has.
    return replace(combined(drawn_on, own), gaps=drawn_on.gaps)


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


def _labelmap(mask: Mask, node: Node) -> Any:
    """Return the box around a mask as a labelmap on the lattice of the mask's stored grid."""
    image = slicer.vtkOrientedImageData()
    image.SetImageToWorldMatrix(local_matrix(mask.stored.geometry, node))
    box = bounding_box(mask.array)
    if box is None:
        image.SetExtent(0, -1, 0, -1, 0, -1)
        image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
        return image
    array = mask.stored.axes.restore(mask.array[box])
    first = stored_first(mask.stored, box)
    image.SetExtent(*(one for start, n in zip(first, array.shape[::-1], strict=True) for one in (start, start + n - 1)))
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    _scalars(image)[...] = array
    return image


def _canonical_box(mask: Mask) -> Mask:
    """Return the mask cut to its voxels in canonical order: the same whatever grid around them the segment has."""
    box: Box | None = bounding_box(mask.array)
    if box is None:
        return mask
    geometry = cut(mask.geometry, box)
    return replace(mask, array=np.ascontiguousarray(mask.array[box]), geometry=geometry, stored=StoredGrid.of(geometry))


def _write_tag(segment: Any, mask: Mask, job: str) -> None:
    text = json.dumps(to_fields(_canonical_box(mask), job))
    # Slicer separates the tags of a segment in a .seg.nrrd by this letter.
    segment.SetTag(TAG, text.replace("|", "\\u007c"))


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
