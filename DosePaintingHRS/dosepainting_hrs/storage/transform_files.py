"""Transforms in ITK files, with what joins them to a patient in a ``.json`` beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import GeometryError, InputError, OutputError
from ..geometry import Geometry
from ..parameters import Field as Described
from ..records import from_json, read_json_file, require_schema, to_json
from ..transform import Affine, Field, Transform
from .atomic import new_file, require_absent

READ_SUFFIXES = (".tfm", ".h5", ".hdf5", ".txt")
WRITTEN_SUFFIXES = (".tfm", ".h5")
SCHEMA = 1
KNOT_PARTS = 8
"""A B-spline is sampled at this many points along each knot interval; between them it is taken as linear."""


@dataclass(frozen=True, kw_only=True)
class AboutTransform:
    """What a transform file cannot say by itself; it stands in the ``.json`` beside it."""

    schema: int = SCHEMA
    from_frame: Annotated[str, Described("Frame of reference that the transform leads from (the moving image's).")] = ""
    to_frame: Annotated[str, Described("Frame of reference that it leads to (the fixed image's).")] = ""
    patient_id: Annotated[str, Described("PatientID of both.")] = ""
    name_hash: Annotated[str, Described("Hash of the patient's name.")] = ""
    birth_date_hash: Annotated[str, Described("Hash of the birth date.")] = ""
    kind: Annotated[str, Described("rigid, affine or deformable.")] = ""
    pair: Annotated[str, Described("Which images were registered.")] = ""
    figures: Annotated[tuple[str, ...], Described("What was measured.")] = ()
    passed: Annotated[bool | None, Described("Whether the quality figure found nothing wrong; null when not known.")] = None
    settings: Annotated[dict[str, Any], Described("Settings it was made with.")] = field(default_factory=dict)
    notice: str = "Research software, not a medical device."


def is_transform_file(path: Path) -> bool:
    """Tell whether a path names an ITK transform file by its suffix."""
    return path.name.lower().endswith(READ_SUFFIXES)


def beside(path: Path) -> Path:
    """Return the ``.json`` beside a transform file."""
    return path.with_name(path.name + ".json")


def read_about(path: Path) -> AboutTransform | None:
    """Return what stands beside a transform file; None when nothing does.

    Raises
    ------
    InputError
        If it is damaged or of a newer schema.
    """
    if not beside(path).is_file():
        return None
    value = read_json_file(beside(path), "file beside the transform")
    require_schema(value, SCHEMA, f'"{beside(path)}"')
    return from_json(AboutTransform, value, f'"{beside(path)}"')


def read_transform_file(path: Path) -> tuple[Transform, AboutTransform]:
    """Read an ITK transform file: matrices of any kind, displacement fields, B-splines, and chains of them.

    Parameters
    ----------
    path : Path
        ``.tfm``, ``.txt`` or ``.h5``.

    Returns
    -------
    Transform, AboutTransform
        The transform from the moving image's frame to the fixed one's, and what stands beside it, if anything does.

    Raises
    ------
    InputError
        If it cannot be read, or holds a transform of another kind.

    Notes
    -----
    ITK's files map points of the fixed image to points of the moving one; ours lead from the moving image's frame to
    the fixed one's, so what is read is turned round. A B-spline is sampled at an eighth of its knot distance.
    """
    if not path.is_file():
        raise InputError(f'There is no transform file "{path}".', "Check the path.")
    try:
        read = sitk.ReadTransform(str(path))
    except RuntimeError as error:
        raise InputError(f'"{path}" cannot be read as an ITK transform.', "Check that the file is whole.") from error
    about = read_about(path) or AboutTransform()
    try:
        pulled = Transform(from_frame=about.to_frame, to_frame=about.from_frame, parts=tuple(_parts_of(read, path)))
        return pulled.inverse(), about
    except GeometryError as error:
        raise InputError(f'"{path}": {error.message}', error.hint) from error


def write_transform_file(transform: Transform, about: AboutTransform, path: Path) -> None:
    """Write a transform as ITK, Slicer and elastix read it, with a ``.json`` beside it.

    Parameters
    ----------
    transform : Transform
        From the moving image's frame to the fixed one's.
    about : AboutTransform
        What joins it to a patient; frames and kind are those of the transform.
    path : Path
        New ``.tfm`` or ``.h5``.

    Raises
    ------
    OutputError
        If the suffix is another one, a path exists, or it cannot be written or does not read back the same.
    GeometryError
        If a field has to be turned round and folds.
    """
    if not path.name.lower().endswith(WRITTEN_SUFFIXES):
        raise OutputError(f'"{path}" does not end in {" or ".join(WRITTEN_SUFFIXES)}.', "Give the output such a name.")
    require_absent(path)
    require_absent(beside(path))
    told = {**to_json(about), "from_frame": transform.from_frame, "to_frame": transform.to_frame, "kind": transform.kind}
    composed = _as_itk(transform.inverse())
    with new_file(beside(path)) as note, new_file(path) as temporary:
        own = temporary.with_name(temporary.name + path.suffix.lower())
        try:
            sitk.WriteTransform(composed, str(own))
            _compare(composed, sitk.ReadTransform(str(own)), transform, path)
            own.rename(temporary)
        except RuntimeError as error:
            raise OutputError(f'"{path}" could not be written.', "Check the folder, its rights and the free space.") from error
        finally:
            own.unlink(missing_ok=True)
        note.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def field_from_itk(image: Any) -> Field:
    """Return a SimpleITK vector image as a field."""
    array = np.asarray(sitk.GetArrayFromImage(image), dtype=np.float64)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    shape = (array.shape[0], array.shape[1], array.shape[2])
    return Field(Geometry.from_parts(shape, image.GetSpacing(), image.GetOrigin(), direction), array)


def field_to_itk(part: Field) -> Any:
    """Return a field that is not turned as a SimpleITK displacement field transform."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(part.vectors, dtype=np.float64), isVector=True)
    grid = part.geometry
    image.SetOrigin(tuple(grid.origin))
    image.SetSpacing(tuple(grid.spacing))
    image.SetDirection(tuple(grid.direction.ravel()))
    return sitk.DisplacementFieldTransform(image)


def _parts_of(itk: Any, where: object) -> list[Affine | Field]:
    kind = itk.GetTransformEnum()
    if itk.GetDimension() != 3:
        raise InputError(f'"{where}" holds a transform of {itk.GetDimension()} dimensions, three are needed.')
    if kind == sitk.sitkComposite:
        chain = sitk.CompositeTransform(itk)
        # The last one added is applied first.
        return [
            part
            for number in reversed(range(chain.GetNumberOfTransforms()))
            for part in _parts_of(chain.GetNthTransform(number), where)
        ]
    if kind == sitk.sitkDisplacementField:
        return [field_from_itk(sitk.DisplacementFieldTransform(itk).GetDisplacementField())]
    if kind == sitk.sitkBSplineTransform:
        return [_sampled_spline(sitk.BSplineTransform(itk))]
    if not itk.IsLinear():
        raise InputError(f'"{where}" holds a transform of kind {itk.GetName()}.', "Linear ones, fields and B-splines are read.")
    return [Affine(_matrix_of(itk))]


def _matrix_of(itk: Any) -> NDArray[np.float64]:
    origin = np.array(itk.TransformPoint((0.0, 0.0, 0.0)))
    matrix = np.eye(4)
    matrix[:3, 3] = origin
    for axis in range(3):
        # Far points, so that rounding of the difference is small; the map is linear.
        point = np.zeros(3)
        point[axis] = 1024.0
        matrix[:3, axis] = (np.array(itk.TransformPoint(point.tolist())) - origin) / 1024.0
    return matrix


def _sampled_spline(spline: Any) -> Field:
    mesh = np.array(spline.GetTransformDomainMeshSize())
    extent = np.array(spline.GetTransformDomainPhysicalDimensions())
    direction = np.array(spline.GetTransformDomainDirection()).reshape(3, 3)
    sizes = mesh * KNOT_PARTS + 1
    # A hair inside, since the far faces of the domain do not count as part of it.
    spacing = extent * (1.0 - 1e-9) / (sizes - 1)
    sampler = sitk.TransformToDisplacementFieldFilter()
    sampler.SetSize([int(n) for n in sizes])
    sampler.SetOutputOrigin(spline.GetTransformDomainOrigin())
    sampler.SetOutputSpacing(spacing.tolist())
    sampler.SetOutputDirection(direction.ravel().tolist())
    return field_from_itk(sampler.Execute(spline))


def _as_itk(pulled: Transform) -> Any:
    chain = sitk.CompositeTransform(3)
    for part in reversed(pulled.parts):
        chain.AddTransform(_itk_part(part))
    if len(pulled.parts) == 1:
        return chain.GetNthTransform(0)
    return chain if pulled.parts else sitk.AffineTransform(3)


def _itk_part(part: Affine | Field) -> Any:
    if isinstance(part, Affine):
        affine = sitk.AffineTransform(3)
        affine.SetMatrix(part.matrix[:3, :3].ravel().tolist())
        affine.SetTranslation(part.matrix[:3, 3].tolist())
        return affine
    if not part.turned:
        return field_to_itk(part)
    return field_to_itk(Transform(parts=(part,)).sampled(_shrunk(part)))


def _shrunk(part: Field) -> Geometry:
    """Return the part of a field's grid that its own displacements cannot lead out of."""
    reach = np.ceil(np.abs(part.vectors).reshape(-1, 3).max(axis=0).max() / part.geometry.spacing).astype(int)
    sizes = np.array(part.geometry.shape[::-1]) - 2 * reach
    if (sizes < 2).any():
        raise GeometryError(
            "The displacement field is too small to be turned round: its displacements lead out of it.",
            "Write it in the direction in which it was made.",
        )
    affine = part.geometry.affine.copy()
    affine[:3, 3] = part.geometry.to_world(reach)
    return Geometry((int(sizes[2]), int(sizes[1]), int(sizes[0])), affine)


def _compare(written: Any, back: Any, transform: Transform, path: Path) -> None:
    points = np.array([[x, y, z] for x in (-100.0, 0.0, 70.0) for y in (-90.0, 20.0) for z in (-40.0, 60.0)])
    first = next((part for part in transform.parts if isinstance(part, Field)), None)
    if first is not None:
        points = 0.5 * (first.geometry.corners() + first.geometry.corners().mean(axis=0))
    for point in points.tolist():
        if not np.allclose(written.TransformPoint(point), back.TransformPoint(point), atol=1e-6):
            raise OutputError(f'"{path}" did not read back as it was written.', "Nothing was kept. Check the disk.")
