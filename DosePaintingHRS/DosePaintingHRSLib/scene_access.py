"""What the panel does with the scene: nodes to images and masks and back, facts about them, and the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import slicer

from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.identity import MARK_REFERENCE_MODEL, Identity, require_same_frame, require_same_patient
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.progress import Progress, part
from dosepainting_hrs_mrml import dicom_volumes, probe, segments, state, volumes

from .map_offers import VolumeThere
from .presenter import RegionFacts, VolumeFacts

Region = tuple[Any, str]
HRS_SEGMENTATION = "High-risk subvolumes"
REFERENCE_SEGMENTATION = "Reference models (for comparison)"
"""Apart from the others: what is copied and cut from a reference model's region there is known by where it lies."""
ROI_SEGMENTATION = "Imported regions"
DRAWN_SEGMENTATION = "Drawn regions"
COMPARED_SEGMENTATION = "Compared regions"
_KIND = "DosePaintingPanel.kind"
_PREVIEW = "HRS preview"
_PREVIEW_COLOUR = (1.0, 0.95, 0.2)
_GTV_COLOUR = (0.17, 0.63, 0.17)
_COLOURS = ((0.34, 0.71, 0.91), (0.90, 0.62, 0.0), (0.80, 0.47, 0.65), (0.84, 0.37, 0.0), (0.94, 0.89, 0.26))


class SceneAccess:
    """One scene, seen through the library's eyes; images and regions are converted once until they change.

    Parameters
    ----------
    scene : vtkMRMLScene
        The scene.
    """

    def __init__(self, scene) -> None:
        self.scene = scene
        self._sources: dict[tuple[str, str], Identity] = {}
        self._images: dict[str, tuple[tuple[int, ...], Image]] = {}
        self._regions: dict[tuple[str, str], tuple[tuple[int, ...], Mask]] = {}
        self._preview = ("", "")

    def forget(self) -> None:
        """Let go of everything: the scene was closed."""
        self._sources.clear()
        self._images.clear()
        self._regions.clear()
        self._preview = ("", "")

    # Volumes

    def image(self, node) -> Image:
        """Return a volume as an image, in canonical axis order."""
        stamp = volumes.revision(node)
        known = self._images.get(node.GetID())
        if known is None or known[0] != stamp:
            known = (stamp, volumes.image_from(node, identity=self.identity(node)))
            self._images[node.GetID()] = known
        return known[1]

    def identity(self, node) -> Identity:
        """Return whose a volume is: what it says itself, else what the headers of its DICOM files say."""
        own = volumes.identity_of(node)
        if own.is_known or not dicom_volumes.is_from_dicom(node):
            return own
        key = (node.GetID(), node.GetAttribute(dicom_volumes.INSTANCES))
        if key not in self._sources:
            try:
                self._sources[key] = dicom_volumes.stack_of(node, _find_file()).identity
            except DosePaintingError:  # Its files are gone, or make no grid: it is known as far as the scene knows it.
                self._sources[key] = own
        return self._sources[key]

    def address_of(self, node) -> str:
        """Return the address of the DICOM series that a volume was loaded from."""
        return dicom_volumes.source_address(node, _find_file())

    def source_of(self, node, path: Path) -> str:
        """Return what the child process reads a volume from: its DICOM series, else a file that is written for it.

        A volume that was moved or changed in the scene is no longer what its DICOM files hold.
        """
        if dicom_volumes.is_from_dicom(node) and not self.image(node).edited:
            return self.address_of(node)
        from dosepainting_hrs.storage.volumes import write_volume

        write_volume(self.image(node), path)
        return str(path)

    def volume_facts(self, node) -> VolumeFacts | None:
        """Return what the presenter needs to know of a volume."""
        if node is None:
            return None
        name = node.GetName()
        try:
            volumes.stored_geometry(node)
            identity = self.identity(node)
        except DosePaintingError as error:
            return VolumeFacts(name=name, problem=error.message)
        return VolumeFacts(
            name=name,
            patient_id=identity.patient_id,
            from_dicom=dicom_volumes.is_from_dicom(node),
            moved_by=volumes.moved_by(node),
        )

    def volumes(self) -> list[Any]:
        """Return the scalar volumes of the scene that a selector would show."""
        nodes = [
            self.scene.GetNthNodeByClass(number, "vtkMRMLScalarVolumeNode")
            for number in range(self.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode"))
        ]
        return [one for one in nodes if one.GetClassName() == "vtkMRMLScalarVolumeNode" and not one.GetHideFromEditors()]

    def volume_there(self, node) -> VolumeThere:
        """Return what maps need to know of a volume that they may be made from."""
        quantity = volumes.quantity_of_node(node)
        return VolumeThere(name=node.GetName(), quantity=quantity.name, has_header=dicom_volumes.is_from_dicom(node))

    def value_in_words(self, node, place: Sequence[float]) -> str:
        """Return the value of a volume at a place of the views, with its unit."""
        return probe.value_in_words(node, place)

    def load_series(self, folder: Path, series_uid: str, progress: Progress):
        """Load a DICOM series as a volume node; nothing is added when it fails or is stopped."""
        # SimpleITK and the readers behind these take half a second to import: not before they are needed.
        from dosepainting_hrs.dicom.stacking import read_stack
        from dosepainting_hrs_mrml import loading

        stack = read_stack(folder, series_uid, part(progress, 0.0, 0.3))
        return loading.load_series(self.scene, stack, part(progress, 0.3, 1.0), folder=folder)

    def load_map(self, path: str, name: str):
        """Put a map that the child process wrote into the scene."""
        from dosepainting_hrs_mrml import loading

        return loading.load_map_file(self.scene, Path(path), name)

    # Regions

    def segments(self) -> list[tuple[Any, str, str]]:
        """Return every segment of the scene but previews, which are hidden: segmentation node, segment id, name."""
        found = []
        for number in range(self.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")):
            node = self.scene.GetNthNodeByClass(number, "vtkMRMLSegmentationNode")
            if node.GetHideFromEditors():
                continue
            segmentation = node.GetSegmentation()
            for index in range(segmentation.GetNumberOfSegments()):
                segment_id = segmentation.GetNthSegmentID(index)
                found.append((node, segment_id, segmentation.GetSegment(segment_id).GetName()))
        return found

    def unused_name(self, name: str) -> str:
        """Return a name that no segment has: names of ROIs are unique within an RTSTRUCT."""
        taken, number, found = {one for _node, _id, one in self.segments()}, 2, name
        while found in taken:
            found, number = f"{name}-{number}", number + 1
        return found

    def region(self, region: Region) -> Mask:
        """Return a segment as a mask on its own grid."""
        node, segment_id = region
        key, stamp = (node.GetID(), segment_id), region_stamp(region)
        known = self._regions.get(key)
        if known is None or known[0] != stamp:
            drawn_on = node.GetNodeReference(segments.REFERENCE)
            identity = self.identity(drawn_on) if drawn_on is not None else None
            known = (stamp, segments.mask_from(node, segment_id, identity=identity))
            self._regions[key] = known
        return known[1]

    def region_facts(self, node, segment_id: str) -> RegionFacts | None:
        """Return what the presenter needs to know of a region."""
        segment = node.GetSegmentation().GetSegment(segment_id) if node is not None and segment_id else None
        if segment is None:
            return None
        return RegionFacts(name=segment.GetName(), is_empty=segments.is_empty(node, segment_id))

    def centre_of(self, region: Region) -> tuple[float, float, float] | None:
        """Return the centroid of a region in the coordinates of the views; None when there is none."""
        node, segment_id = region
        if node is None or not segment_id or segments.is_empty(node, segment_id):
            return None
        mask = self.region(region)
        return volumes.ras_of(mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1].mean(axis=0)))

    def identity_problem(self, regions: Sequence[Region], planning_ct) -> str:
        """Return why regions and planning CT do not belong together; empty when they do."""
        if planning_ct is None:
            return ""
        try:
            ct = self.identity(planning_ct)
            for region in regions:
                if segments.is_empty(*region):
                    continue
                mask = self.region(region)
                what = (f'The region "{mask.name}"', "the planning CT")
                require_same_patient(mask.identity, ct, what=what)
                require_same_frame(mask.identity, ct, what=what)
        except DosePaintingError as error:
            return error.message
        return ""

    def drawn_on(self, series: Sequence[str]):
        """Return the volume loaded from one of several DICOM series; None when none of them is in the scene."""
        for number in range(self.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode")):
            node = self.scene.GetNthNodeByClass(number, "vtkMRMLScalarVolumeNode")
            if not dicom_volumes.is_from_dicom(node):
                continue
            # Volumes that Slicer's own DICOM module loaded have their series in the subject hierarchy.
            with suppress(DosePaintingError):
                if {node.GetAttribute(dicom_volumes.SOURCE_SERIES), *self.identity(node).series} & set(series):
                    return node
        return None

    def read_roi(self, path: Path, roi: str, volume_node, progress: Progress) -> tuple[Mask, tuple[str, ...]]:
        """Fill an ROI on the DICOM series of a volume; returns the mask and remarks. The scene stays as it is."""
        from dosepainting_hrs.dicom.regions import load_region
        from dosepainting_hrs.dicom.stacking import read_stack

        folder, _hash, series = self.address_of(volume_node).rpartition("#")
        return load_region(path, roi, read_stack(Path(folder), series, progress))

    def add_roi(self, mask: Mask, volume_node) -> Region:
        """Add an ROI that was filled on a volume as a segment."""
        node = self._segmentation(ROI_SEGMENTATION, volume_node)
        gtv = mask.name.upper().startswith("GTV")
        colour = _GTV_COLOUR if gtv else _COLOURS[len(self.segments()) % len(_COLOURS)]
        return node, segments.add_segment(node, mask, name=self.unused_name(mask.name), colour=colour)

    def drawn_segmentation(self, volume_node):
        """Return the segmentation for what is drawn by hand on an image; made when it is not there yet."""
        return self._segmentation(DRAWN_SEGMENTATION, volume_node)

    def reference_of(self, segmentation_node):
        """Return the image that segments were drawn on; None when the segmentation names none."""
        return segmentation_node.GetNodeReference(segments.REFERENCE)

    def read_region(self, path: str) -> Mask:
        """Read a mask that the child process wrote."""
        from dosepainting_hrs.storage.volumes import read_mask

        return read_mask(Path(path))

    def write_region(self, region: Region, path: Path) -> Path:
        """Write a segment as a mask file with its identity, for the child process."""
        from dosepainting_hrs.storage.volumes import write_volume

        write_volume(self.region(region), path)
        return path

    # The high-risk subvolume

    def is_hrs(self, node) -> bool:
        """Tell whether a segmentation holds subvolumes made here."""
        return node.GetAttribute(_KIND) == HRS_SEGMENTATION

    def add_hrs(self, mask: Mask, name: str, volume_node) -> Region:
        """Keep a subvolume as a segment with terminology and colour; returns segmentation node and segment id."""
        is_reference = MARK_REFERENCE_MODEL in mask.identity.marks
        node = self._segmentation(REFERENCE_SEGMENTATION if is_reference else HRS_SEGMENTATION, volume_node)
        colour = _COLOURS[node.GetSegmentation().GetNumberOfSegments() % len(_COLOURS)]
        segment_id = segments.add_segment(node, replace(mask, name=name), name=name, colour=colour)
        segments.show_in_3d(node)
        return node, segment_id

    def add_compared(self, masks: Sequence[Mask], volume_node) -> Region:
        """Keep regions that were compared as segments of one new segmentation, each in its colour; returns the first."""
        node = self._outlined(self.scene.GenerateUniqueName(COMPARED_SEGMENTATION), volume_node)
        node.GetDisplayNode().SetOpacity2DFill(0.0)
        found = [
            segments.add_segment(node, mask, name=self.unused_name(mask.name), colour=_COLOURS[number % len(_COLOURS)])
            for number, mask in enumerate(masks)
        ]
        return node, found[0]

    def show_preview(self, mask: Mask, volume_node) -> None:
        """Show a mask as an outline that is replaced at the next call."""
        node_id, segment_id = self._preview
        node = self.scene.GetNodeByID(node_id) if node_id else None
        if node is not None and node.GetSegmentation().GetSegment(segment_id) is not None:
            segments.replace_segment(node, segment_id, mask, provenance=False)
            return
        node = self._outlined(_PREVIEW, volume_node)
        node.SetSaveWithScene(False)
        node.SetHideFromEditors(True)
        self._preview = (node.GetID(), "")
        self._preview = (node.GetID(), segments.add_segment(node, mask, name=_PREVIEW, colour=_PREVIEW_COLOUR))

    def has_preview(self) -> bool:
        """Tell whether a preview is shown."""
        return bool(self._preview[0]) and self.scene.GetNodeByID(self._preview[0]) is not None

    def remove_preview(self) -> None:
        """Take the preview away."""
        node = self.scene.GetNodeByID(self._preview[0]) if self._preview[0] else None
        self._preview = ("", "")
        if node is not None:
            self.scene.RemoveNode(node)

    def _segmentation(self, name: str, reference):
        """Return the segmentation of this kind on this image; images of two patients never share one."""
        for number in range(self.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")):
            node = self.scene.GetNthNodeByClass(number, "vtkMRMLSegmentationNode")
            drawn_on = node.GetNodeReferenceID(node.GetReferenceImageGeometryReferenceRole())
            if node.GetAttribute(_KIND) == name and (drawn_on or "") == (reference.GetID() if reference is not None else ""):
                return node
        node = self._outlined(self.scene.GenerateUniqueName(name), reference)
        node.SetAttribute(_KIND, name)
        return node

    def _outlined(self, name: str, reference):
        """Add a segmentation that leaves the image beneath visible."""
        node = segments.add_segmentation(self.scene, name, reference)
        node.GetDisplayNode().SetOpacity2DFill(0.15)
        node.GetDisplayNode().SetSliceIntersectionThickness(2)
        return node

    # State

    def keep_state(self, nodes: Mapping[str, Any], inputs: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Keep node references, the nodes of inputs by form, and values in the scene's one state node."""
        node = state.state_node(self.scene)
        for role, to in nodes.items():
            state.refer(node, role, to)
        for form, given in inputs.items():
            state.refer_inputs(node, form, given)
        state.write_state(node, state.PanelState(**values))

    def kept_state(self) -> tuple[dict[str, Any], state.PanelState]:
        """Return what was kept: nodes by role, and the values."""
        node = state.state_node(self.scene)
        return state.referred(node), state.read_state(node)

    def kept_inputs(self, form: str) -> dict[str, list[Any]]:
        """Return the nodes that were kept as inputs of a form."""
        return state.referred_inputs(state.state_node(self.scene), form)


def region_stamp(region: Region) -> tuple[int, ...]:
    """Return numbers that change when a segment's voxels, tags, reference or place change."""
    node, segment_id = region
    return (int(node.GetMTime()), *segments.revision(node, segment_id))


def _find_file() -> Callable[[str], str]:
    database = getattr(slicer, "dicomDatabase", None)
    return database.fileForInstance if database is not None else lambda _uid: ""
