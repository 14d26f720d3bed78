"""Reading and writing nodes by their MRML storage nodes, as `slicer.app.coreIOManager()` does in the application."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from PySide6 import QtCore

_READERS: dict[str, tuple[str, str]] = {
    "ModelFile": ("vtkMRMLModelNode", "vtkMRMLModelStorageNode"),
    "SegmentationFile": ("vtkMRMLSegmentationNode", "vtkMRMLSegmentationStorageNode"),
    "TableFile": ("vtkMRMLTableNode", "vtkMRMLTableStorageNode"),
    "TextFile": ("vtkMRMLTextNode", "vtkMRMLTextStorageNode"),
    "TransformFile": ("vtkMRMLTransformNode", "vtkMRMLTransformStorageNode"),
    "ColorTableFile": ("vtkMRMLColorTableNode", "vtkMRMLColorTableStorageNode"),
}
_BY_ENDING = {
    ".seg.nrrd": "SegmentationFile", ".seg.nhdr": "SegmentationFile", ".nrrd": "VolumeFile", ".nhdr": "VolumeFile",
    ".nii": "VolumeFile", ".nii.gz": "VolumeFile", ".mha": "VolumeFile", ".mhd": "VolumeFile", ".dcm": "VolumeFile",
    ".vtk": "ModelFile", ".vtp": "ModelFile", ".stl": "ModelFile", ".obj": "ModelFile", ".ply": "ModelFile",
    ".tsv": "TableFile", ".csv": "TableFile", ".txt": "TextFile", ".json": "MarkupsFile", ".h5": "TransformFile",
    ".tfm": "TransformFile", ".ctbl": "ColorTableFile", ".mrml": "SceneFile", ".mrb": "SceneFile",
}  # fmt: skip


class qSlicerCoreIOManager(QtCore.QObject):
    """Load and save nodes and scenes."""

    newFileLoaded = QtCore.Signal(str, str)
    fileSaved = QtCore.Signal(str, str)

    def __init__(self, scene: Any, volumes_logic: Callable[[], Any], parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self._scene = scene
        self._volumes_logic = volumes_logic

    def fileType(self, path: str) -> str:
        name = Path(path).name.lower()
        ends = sorted((end for end in _BY_ENDING if name.endswith(end)), key=len)
        return _BY_ENDING[ends[-1]] if ends else "NoFile"

    def registeredFileReaderCount(self, file_type: str) -> int:
        return int(file_type in {*_READERS, "VolumeFile", "SceneFile", "MarkupsFile"})

    def loadNodes(self, file_type: str, properties: dict[str, Any], nodes: Any = None, messages: Any = None) -> bool:
        path = str(properties["fileName"])
        if not Path(path).exists():
            _say(messages, f"File does not exist: {path}")
            return False
        if file_type == "SceneFile":
            return self._load_scene(path, clear=bool(properties.get("clear", False)))
        node = self._load(file_type, path, properties)
        if node is None:
            _say(messages, f"Could not read {path} as {file_type}")
            return False
        if nodes is not None:
            nodes.AddItem(node)
        if properties.get("name"):
            node.SetName(properties["name"])
        return True

    def _load_scene(self, path: str, *, clear: bool) -> bool:
        if path.lower().endswith(".mrb"):
            return bool(self._scene.ReadFromMRB(path, clear))
        self._scene.SetURL(path)
        return bool(self._scene.Connect(None) if clear else self._scene.Import(None))

    def _load(self, file_type: str, path: str, properties: dict[str, Any]) -> Any:
        name = _stem(path)
        if file_type == "VolumeFile":
            options = 1 * bool(properties.get("labelmap")) + 2 * bool(properties.get("center"))
            options += 4 * bool(properties.get("singleFile", False)) + 8 * bool(properties.get("autoWindowLevel", True))
            return self._volumes_logic().AddArchetypeVolume(path, name, options)
        if file_type == "MarkupsFile":
            markups = getattr(slicer.modules, "markups", None)
            node_id = markups.logic().LoadMarkups(path, name) if markups is not None else None
            return self._scene.GetNodeByID(node_id) if node_id else None
        if file_type not in _READERS:
            return None
        kind, storage_kind = _READERS[file_type]
        storage = self._scene.CreateNodeByClass(storage_kind)
        storage.UnRegister(None)
        storage.SetFileName(path)
        node = self._scene.CreateNodeByClass(kind)
        node.UnRegister(None)
        node.SetName(self._scene.GenerateUniqueName(name))
        self._scene.AddNode(storage)
        node = self._scene.AddNode(node)
        node.SetAndObserveStorageNodeID(storage.GetID())
        if not storage.ReadData(node):
            self._scene.RemoveNode(node)
            self._scene.RemoveNode(storage)
            return None
        node.CreateDefaultDisplayNodes() if hasattr(node, "CreateDefaultDisplayNodes") else None
        return node

    def fileWriterFileType(self, node: Any, _extension: str = "") -> str:
        kinds = [name for name, (kind, _storage) in _READERS.items() if node.IsA(kind)]
        return kinds[0] if kinds else "VolumeFile"

    def saveNodes(self, file_type: str, properties: dict[str, Any], messages: Any = None) -> bool:
        path = str(properties["fileName"])
        if file_type == "SceneFile":
            return self._save_scene(path)
        node = self._scene.GetNodeByID(properties["nodeID"])
        storage = node.GetStorageNode()
        if storage is None:
            node.AddDefaultStorageNode()
            storage = node.GetStorageNode()
        storage.SetFileName(path)
        storage.SetUseCompression(int(bool(properties.get("useCompression", storage.GetUseCompression()))))
        good = bool(storage.WriteData(node))
        if not good:
            _say(messages, f"Could not write {path}")
        return good

    def _save_scene(self, path: str) -> bool:
        low = path.lower()
        if low.endswith(".mrb"):
            return bool(self._scene.WriteToMRB(path))
        if low.endswith(".mrml"):
            self._scene.SetURL(path)
            return bool(self._scene.Commit(path))
        Path(path).mkdir(parents=True, exist_ok=True)
        return bool(self._scene.SaveSceneToSlicerDataBundleDirectory(path))


def _stem(path: str) -> str:
    name = Path(path).name
    ends = sorted((end for end in _BY_ENDING if name.lower().endswith(end)), key=len)
    return name[: -len(ends[-1])] if ends else Path(path).stem


def _say(messages: Any, text: str) -> None:
    if messages is not None:
        messages.AddMessage(
            slicer.vtkMRMLMessageCollection.ErrorEvent if hasattr(slicer.vtkMRMLMessageCollection, "ErrorEvent") else 0, text
        )
