"""Series and results of the command line as nodes of a scene: each whole or not at all."""

from __future__ import annotations

from pathlib import Path

from dosepainting_hrs.dicom.image_series import load_image
from dosepainting_hrs.dicom.stack import Stack
from dosepainting_hrs.dicom.values import text
from dosepainting_hrs.progress import Progress, silent
from dosepainting_hrs.storage.volumes import read_image

from .attributes import Node
from .dicom_volumes import INSTANCES, SOURCE_FOLDER, SOURCE_SERIES
from .hierarchy import file_under_patient
from .volumes import add_volume


def load_series(scene: Node, stack: Stack, progress: Progress = silent, *, folder: Path | None = None) -> Node:
    """Read the voxels of a DICOM series and add them to a scene, filed under patient and study.

    Parameters
    ----------
    scene : vtkMRMLScene
        Where to add it, once all voxels are read.
    stack : Stack
        The series, as `read_stack` laid it on its grid.
    progress : callable
        Told the share of slices read; may raise ``Cancelled``.
    folder : Path or None
        The folder that was looked through for it; that of its first file when None.

    Returns
    -------
    vtkMRMLScalarVolumeNode
    """
    image = load_image(stack, progress)
    node = add_volume(scene, image, _name_of(stack))
    node.SetAttribute(INSTANCES, " ".join(stack.sop_instance_uids))
    node.SetAttribute(SOURCE_FOLDER, str((folder or stack.files[0].parent).resolve()))
    node.SetAttribute(SOURCE_SERIES, text(stack.first, "SeriesInstanceUID"))
    file_under_patient(node, stack.first)
    return node


def load_map_file(scene: Node, path: Path, name: str = "") -> Node:
    """Add a map that the command line wrote to a scene.

    Parameters
    ----------
    scene : vtkMRMLScene
        Where to add it.
    path : Path
        NRRD, NIfTI or MetaImage file with its identity.
    name : str
        Name of the node; that of the file when empty.

    Returns
    -------
    vtkMRMLScalarVolumeNode

    Raises
    ------
    InputError, IdentityError
        As `read_image`.
    """
    return add_volume(scene, read_image(path), name or path.name.split(".", 1)[0])


def _name_of(stack: Stack) -> str:
    number, description = text(stack.first, "SeriesNumber"), text(stack.first, "SeriesDescription")
    modality = text(stack.first, "Modality")
    return f"{number}: {description or modality}" if number else description or modality
