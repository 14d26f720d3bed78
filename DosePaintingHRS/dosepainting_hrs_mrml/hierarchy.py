"""Patient, study and series of nodes in the subject hierarchy, as Slicer's DICOM module keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dosepainting_hrs.identity import Identity

from .attributes import Node

if TYPE_CHECKING:
    from pydicom import Dataset

_UID = "DICOM"
"""Kind of UID under which the hierarchy keeps PatientID, StudyInstanceUID and SeriesInstanceUID."""
_PATIENT, _STUDY = "Patient", "Study"
_TAGS = {
    _PATIENT: ("PatientName", "PatientID", "PatientSex", "PatientBirthDate"),
    _STUDY: ("StudyInstanceUID", "StudyID", "StudyDescription", "StudyDate", "StudyTime"),
}


def identity_in_hierarchy(node: Node) -> Identity:
    """Return what the subject hierarchy knows of a node's patient; the frame of reference is never among it.

    Parameters
    ----------
    node : vtkMRMLNode
        A node, in a scene or not.

    Returns
    -------
    Identity
        Unknown where the node lies under no patient.
    """
    tree = _tree(node.GetScene())
    item = tree.GetItemByDataNode(node) if tree is not None else 0
    if not item:
        return Identity()
    series = tree.GetItemUID(item, _UID) or ""
    patient = tree.GetItemAncestorAtLevel(item, _PATIENT)
    study = tree.GetItemAncestorAtLevel(item, _STUDY)
    identity = Identity()
    if patient:
        identity = Identity.of_patient(
            tree.GetItemUID(patient, _UID) or tree.GetItemAttribute(patient, "DICOM.PatientID") or "",
            tree.GetItemAttribute(patient, "DICOM.PatientName") or "",
            tree.GetItemAttribute(patient, "DICOM.PatientBirthDate") or "",
        )
    return replace(
        identity,
        study=(tree.GetItemUID(study, _UID) or "") if study else "",
        series=(series,) if series and node.IsA("vtkMRMLVolumeNode") else (),
    )


def file_under_patient(node: Node, header: Dataset) -> None:
    """Put a node under the patient and study of a DICOM header, made where the hierarchy does not have them yet.

    Parameters
    ----------
    node : vtkMRMLNode
        A node in a scene.
    header : Dataset
        Header of one of its slices.
    """
    from dosepainting_hrs.dicom.values import text  # noqa: PLC0415  (a panel opens without pydicom)

    tree = _tree(node.GetScene())
    item = tree.GetItemByDataNode(node)
    if not item:
        item = tree.CreateItem(tree.GetSceneItemID(), node)
    tree.SetItemUID(item, _UID, text(header, "SeriesInstanceUID"))
    for name in ("Modality", "SeriesNumber"):
        tree.SetItemAttribute(item, f"DICOM.{name}", text(header, name))
    told = {tag: text(header, tag) for tags in _TAGS.values() for tag in tags}
    patient = _found_or_made(tree, tree.GetSceneItemID(), _PATIENT, told["PatientID"], told)
    tree.SetItemParent(item, _found_or_made(tree, patient, _STUDY, told["StudyInstanceUID"], told))


def _tree(scene: Node) -> Node:
    if scene is None:
        return None
    existing = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    return existing or scene.AddNewNodeByClass("vtkMRMLSubjectHierarchyNode")


def _found_or_made(tree: Node, parent: int, level: str, uid: str, told: Mapping[str, str]) -> int:
    item = int(tree.GetItemByUID(_UID, uid)) if uid else 0
    # Two patients may share an ID: then the second gets an item of its own, to be seen.
    if item and (level == _STUDY or tree.GetItemAttribute(item, "DICOM.PatientName") == told["PatientName"]):
        return item
    if level == _PATIENT:
        item = int(tree.CreateSubjectItem(parent, f"{told['PatientName'] or 'No name'} ({uid})"))
    else:
        item = int(tree.CreateStudyItem(parent, f"{told['StudyDescription'] or 'No study description'} ({told['StudyDate']})"))
    tree.SetItemUID(item, _UID, uid)
    for tag in _TAGS[level]:
        tree.SetItemAttribute(item, f"DICOM.{tag}", told[tag])
    return item
