"""Images, frames and masks in NRRD, NIfTI and MetaImage files, with their identity."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from ..errors import InputError, OutputError
from ..geometry import Array, Geometry
from ..identity import MARK_EDITED
from ..image import Image, Mask, on_grid, voxel_hash
from ..image_frames import Frames
from . import fields as text
from . import frame_fields
from .atomic import new_file, require_absent
from .nifti_length import is_whole_nifti

_FULL = 65536
"""A disk with less free bytes is full."""
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


def read_frames(path: Path) -> Frames:
    """Read frames: a four-dimensional NRRD as `write_volume` writes it, or a four-dimensional file of another program.

    Frames of another program carry no times and no b-values.

    Raises
    ------
    InputError
        If the file is missing, unreadable, or holds one image only.
    IdentityError
        If its identity fields were changed.
    """
    stored, fields = _read(path, frames=True)
    text.require_sealed(fields, f'"{path}"')
    interleaved = stored.GetDimension() == 3
    values = sitk.GetArrayFromImage(stored)
    values = np.moveaxis(values, -1, 0) if interleaved else values
    geometry, grid = on_grid(_geometry_of(stored if interleaved else stored[:, :, :, 0]))
    array = np.empty((len(values), *geometry.shape), values.dtype)
    for number, one in enumerate(values):
        array[number] = grid.axes.apply(one)
    infos, began = frame_fields.infos_from(fields, len(array), f'"{path}"')
    frames = Frames(
        array=array,
        geometry=geometry,
        stored=grid,
        identity=text.identity_from(fields, f'"{path}"'),
        history=text.history_from(fields),
        quantity=text.quantity_from(fields),
        infos=infos,
        began=began,
        working=text.working_from(fields),
        rests_on=text.rests_on_from(fields),
        resampled=text.resampled_from(fields),
    )
    if not text.is_edited(fields, frames):
        return frames
    identity = replace(frames.identity, marks=tuple(dict.fromkeys((*frames.identity.marks, MARK_EDITED))))
    return replace(frames, edited=True, identity=identity)


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
        basis=text.basis_from(fields),
        working=text.working_from(fields),
        rests_on=text.rests_on_from(fields),
        resampled=text.resampled_from(fields),
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
        rests_on=image.rests_on,
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


def write_volume(volume: Image | Mask | Frames, path: Path, *, job: str = "") -> None:
    """Write an image, frames or a mask on its stored grid with its identity, read it back and compare.

    Frames become an NRRD whose first axis is a list, as 3D Slicer reads sequences; it is not compressed, for speed.

    Raises
    ------
    OutputError
        If the path or the ``.json`` beside it exists, the suffix is unknown, or the file cannot be written or does not
        read back the same; if frames are to go into another format than NRRD.
    """
    require_new_volume(path)
    if not isinstance(volume, Mask) and volume.array.dtype in (np.float16, np.bool_):
        volume = replace(volume, array=volume.array.astype(np.float32))
    stored = sitk.GetImageFromArray(np.ascontiguousarray(_stored_array(volume)), isVector=isinstance(volume, Frames))
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
    if isinstance(volume, Frames):
        raise OutputError(f'"{path}" cannot hold frames with their times.', "Give the output a name that ends in .nrrd.")
    with new_file(sidecar_of(path)) as beside, new_file(path) as temporary:
        _write_checked(stored, temporary, volume, path)
        beside.write_text(json.dumps(fields, indent=1), encoding="utf-8")


def _stored_array(volume: Image | Mask | Frames) -> Array:
    if isinstance(volume, Frames):
        return np.stack([volume.stored.axes.restore(one) for one in volume.array], axis=-1)
    array = volume.stored.axes.restore(volume.array)
    return array.astype(np.uint8) if isinstance(volume, Mask) else array


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


def _write_checked(stored: Any, temporary: Path, volume: Image | Mask | Frames, path: Path) -> None:
    try:
        sitk.WriteImage(stored, str(temporary), useCompression=not isinstance(volume, Frames))
        if isinstance(volume, Frames):
            frame_fields.name_list_axis(temporary)
        back = sitk.ReadImage(str(temporary))
    except RuntimeError as error:
        # ITK does not say so: it tells that it cannot read what it could not write.
        full = shutil.disk_usage(temporary.parent).free < _FULL
        reason = "No space left on device" if full else _reason(error)
        raise OutputError(
            f'"{path}" could not be written: {reason}.', "Check the folder, its rights and the free space."
        ) from error
    values = sitk.GetArrayFromImage(back)
    same_grid = volume.stored.geometry.is_same_grid(_geometry_of(back), tolerance=1e-3)
    if not same_grid or not _is_same(values, volume):
        raise OutputError(f'"{path}" did not read back as it was written.', "Nothing was kept. Check the disk.")


def _is_same(values: Array, volume: Image | Mask | Frames) -> bool:
    if isinstance(volume, Frames):
        return all(
            voxel_hash(volume.stored.axes.apply(values[..., number])) == voxel_hash(one)
            for number, one in enumerate(volume.array)
        )
    array = volume.stored.axes.apply(values)
    return voxel_hash(array.astype(np.bool_) if isinstance(volume, Mask) else array) == voxel_hash(volume.array)


def _read(path: Path, *, frames: bool = False) -> tuple[Any, dict[str, str]]:
    if not path.is_file():
        raise InputError(f'There is no file "{path}".', "Check the path.")
    if path.name.lower().endswith((".nii", ".nii.gz")) and not is_whole_nifti(path):
        raise InputError(f'"{path}" cannot be read as an image: it is truncated or damaged.', "Check that the file is whole.")
    try:
        stored = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(f'"{path}" cannot be read as an image: {_reason(error)}.', "Check that the file is whole.") from error
    whole = stored
    if stored.GetDimension() == 4 and stored.GetSize()[3] == 1:
        stored = stored[:, :, :, 0]
    dimension, values = stored.GetDimension(), stored.GetNumberOfComponentsPerPixel()
    if frames:
        if (dimension, values > 1) not in {(3, True), (4, False)}:
            raise InputError(
                f'"{path}" has {dimension} dimensions and {values} value{"s" * (values != 1)} per voxel; frames are needed.',
                "Give a four-dimensional file, or the DICOM folder of a dynamic or diffusion series.",
            )
    elif dimension != 3 or values != 1:
        raise InputError(
            f'"{path}" has {dimension} dimensions and {values} values per voxel.',
            "A three-dimensional image with one value per voxel is needed.",
        )
    _require_placed(path, whole)
    return stored, _fields(path, stored)


def _require_placed(path: Path, stored: Any) -> None:
    """Refuse a file that does not say how its axes lie in the patient: a guess may mirror left and right."""
    keys = stored.GetMetaDataKeys()
    codes = [stored.GetMetaData(key) for key in ("qform_code", "sform_code") if key in keys]
    if path.name.lower().endswith(".nrrd") and "NRRD_space" not in keys:
        raise InputError(
            f'"{path}" does not say in which space its axes lie (NRRD field "space"): its place is not known.',
            "Write it again with that field: left-posterior-superior, or right-anterior-superior.",
        )
    if codes and all(code == "0" for code in codes):
        raise InputError(
            f'"{path}" does not say how its axes lie in the patient (NIfTI qform_code and sform_code are 0).',
            "Convert it again from its source, with orientation.",
        )


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
