"""Images and masks in NRRD, NIfTI and MetaImage files, with their identity."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from ..errors import InputError, OutputError
from ..geometry import Geometry
from ..identity import MARK_EDITED
from ..image import Image, Mask, on_grid, voxel_hash
from . import fields as text
from .atomic import new_file, require_absent
from .nifti_length import is_whole_nifti

SUFFIXES = (".nrrd", ".nii.gz", ".nii", ".mha")


def is_volume_file(path: Path) -> bool:
    """Tell whether a path names a volume file by its suffix."""
    return path.name.lower().endswith(SUFFIXES)


def read_image(path: Path) -> Image:
    """Read a scalar image with its identity (NRRD fields, or the ``.json`` beside other formats).

    Raises
    ------
    InputError
        If the file is missing, unreadable, or not a three-dimensional scalar image.
    IdentityError
        If its identity fields were changed.
    """
    image, fields = _image(path)
    text.require_sealed(fields, f'"{path}"')
    return image


def _image(path: Path) -> tuple[Image, dict[str, str]]:
    stored, fields = _read(path)
    geometry, grid = on_grid(_geometry_of(stored))
    array = grid.axes.apply(sitk.GetArrayFromImage(stored))
    image = Image(
        array=np.ascontiguousarray(array),
        geometry=geometry,
        stored=grid,
        identity=text.identity_from(fields, f'"{path}"'),
        history=text.history_from(fields),
        quantity=text.quantity_from(fields),
    )
    if not text.is_edited(fields, image):
        return image, fields
    identity = replace(image.identity, marks=tuple(dict.fromkeys((*image.identity.marks, MARK_EDITED))))
    return replace(image, edited=True, identity=identity), fields


def read_mask(path: Path, label: int | None = None) -> Mask:
    """Read a region: the voxels with value `label`, or all that are not zero.

    Raises
    ------
    InputError
        If the file is unusable or no label map, holds no such label, or holds several labels and none was chosen.
    IdentityError
        If its identity fields were changed.
    """
    image, fields = _image(path)
    measured = text.measured_from(fields)
    text.require_sealed(fields, f'"{path}"')
    _require_labels(image, path)
    labels = [int(value) for value in np.unique(image.array) if value != 0]
    if label is None and len(labels) > 1:
        raise InputError(
            f'"{path}" holds {len(labels)} labels ({", ".join(map(str, labels[:8]))}{" ..." if len(labels) > 8 else ""}).',
            f'Choose one: "{path}#{labels[0]}".',
        )
    if label is not None and label not in labels:
        raise InputError(f'"{path}" holds no label {label}.', f"It holds {', '.join(map(str, labels)) or 'none'}.")
    inside = image.array != 0 if label is None else image.array == label
    name = text.name_from(fields) or path.name.split(".")[0]
    return Mask(
        array=inside,
        geometry=image.geometry,
        stored=image.stored,
        identity=image.identity,
        history=image.history,
        edited=image.edited,
        name=name,
        measured=measured,
    )


def require_new_volume(path: Path) -> None:
    """Refuse an output that exists or has an unknown suffix, before any work is done.

    Raises
    ------
    OutputError
        If so.
    """
    if not is_volume_file(path):
        raise OutputError(f'"{path}" does not end in one of {", ".join(SUFFIXES)}.', "Give the output such a name.")
    require_absent(path)
    if not path.name.lower().endswith(".nrrd"):
        require_absent(sidecar_of(path))


def write_volume(volume: Image | Mask, path: Path, *, job: str = "") -> None:
    """Write an image or mask on its stored grid with its identity, read it back and compare.

    Raises
    ------
    OutputError
        If the path or the ``.json`` beside it exists, the suffix is unknown, or the file cannot be written or does not
        read back the same.
    """
    require_new_volume(path)
    if isinstance(volume, Image) and volume.array.dtype in (np.float16, np.bool_):
        volume = replace(volume, array=volume.array.astype(np.float32))
    array = volume.stored.axes.restore(volume.array)
    if isinstance(volume, Mask):
        array = array.astype(np.uint8)
    stored = sitk.GetImageFromArray(np.ascontiguousarray(array))
    grid = volume.stored.geometry
    stored.SetOrigin(tuple(grid.origin))
    stored.SetSpacing(tuple(grid.spacing))
    stored.SetDirection(tuple(grid.direction.ravel()))
    fields = text.to_fields(volume, job)
    if path.name.lower().endswith(".nrrd"):
        for key, value in fields.items():
            stored.SetMetaData(key, value)
        with new_file(path) as temporary:
            _write_checked(stored, temporary, volume, path)
        return
    with new_file(sidecar_of(path)) as beside, new_file(path) as temporary:
        _write_checked(stored, temporary, volume, path)
        beside.write_text(json.dumps(fields, indent=1), encoding="utf-8")


def sidecar_of(path: Path) -> Path:
    """Return the ``.json`` beside a NIfTI or MetaImage file that carries its identity."""
    name = next((path.name[: -len(suffix)] for suffix in SUFFIXES if path.name.lower().endswith(suffix)), path.name)
    return path.with_name(name + ".json")


def _require_labels(image: Image, path: Path) -> None:
    if image.array.dtype.kind != "f":
        return
    odd = image.array[image.array != np.rint(image.array)]  # Not a number differs from everything.
    if odd.size:
        raise InputError(
            f'"{path}" holds {odd.flat[0]:g} and other values that are no labels; a mask holds whole numbers.',
            "Give a mask, or make one from this image by a threshold.",
        )


def _write_checked(stored: Any, temporary: Path, volume: Image | Mask, path: Path) -> None:
    try:
        sitk.WriteImage(stored, str(temporary), useCompression=True)
        back = sitk.ReadImage(str(temporary))
    except RuntimeError as error:
        raise OutputError(
            f'"{path}" could not be written: {_reason(error)}.', "Check the folder, its rights and the free space."
        ) from error
    array = volume.stored.axes.apply(sitk.GetArrayFromImage(back))
    values = array.astype(np.bool_) if isinstance(volume, Mask) else array
    same_grid = volume.stored.geometry.is_same_grid(_geometry_of(back), tolerance=1e-3)
    if not same_grid or voxel_hash(values) != voxel_hash(volume.array):
        raise OutputError(f'"{path}" did not read back as it was written.', "Nothing was kept. Check the disk.")


def _read(path: Path) -> tuple[Any, dict[str, str]]:
    if not path.is_file():
        raise InputError(f'There is no file "{path}".', "Check the path.")
    if path.name.lower().endswith((".nii", ".nii.gz")) and not is_whole_nifti(path):
        raise InputError(f'"{path}" cannot be read as an image: it is truncated or damaged.', "Check that the file is whole.")
    try:
        stored = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(f'"{path}" cannot be read as an image: {_reason(error)}.', "Check that the file is whole.") from error
    if stored.GetDimension() == 4 and stored.GetSize()[3] == 1:
        stored = stored[:, :, :, 0]
    if stored.GetDimension() != 3 or stored.GetNumberOfComponentsPerPixel() != 1:
        raise InputError(
            f'"{path}" has {stored.GetDimension()} dimensions and {stored.GetNumberOfComponentsPerPixel()} values per voxel.',
            "A three-dimensional image with one value per voxel is needed.",
        )
    return stored, _fields(path, stored)


def _fields(path: Path, stored: Any = None) -> dict[str, str]:
    if path.name.lower().endswith(".nrrd"):
        if stored is None:
            reader = sitk.ImageFileReader()
            reader.SetFileName(str(path))
            reader.ReadImageInformation()
            stored = reader
        return {key: stored.GetMetaData(key) for key in stored.GetMetaDataKeys()}
    beside = sidecar_of(path)
    if not beside.is_file():
        return {}
    try:
        loaded = json.loads(beside.read_text(encoding="utf-8"))
        return {str(key): str(value) for key, value in loaded.items()}
    except (ValueError, AttributeError, OSError) as error:
        raise InputError(f'"{beside}", which carries the identity of "{path.name}", is damaged: {error}.') from error


def _geometry_of(stored: Any) -> Geometry:
    size = stored.GetSize()
    direction = np.array(stored.GetDirection()).reshape(3, 3)
    return Geometry.from_parts((size[2], size[1], size[0]), stored.GetSpacing(), stored.GetOrigin(), direction)


def _reason(error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else "unknown reason"
