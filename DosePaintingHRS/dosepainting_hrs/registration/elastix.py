"""The same registration by elastix (package itk-elastix, an extra), with its parameter maps kept beside the result."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..errors import DependencyError, InputError
from ..geometry import Array, Geometry
from ..image import Image, Mask
from ..progress import Progress, silent
from ..transform import Transform
from .local_rigid import Registered, RegisterParameters, judged, scene_for
from .scene import Scene

Float = NDArray[np.float64]
_RESOLUTIONS = 3


def register_elastix(
    fixed: Image,
    moving: Image,
    region: Mask | None,
    parameters: RegisterParameters,
    *,
    start: Transform | None = None,
    mask: Mask | None = None,
    progress: Progress = silent,
) -> Registered:
    """Find the motion by elastix: mutual information, three resolutions, adaptive stochastic gradient descent.

    Parameters
    ----------
    fixed, moving, region, parameters, start, mask, progress
        As `local_rigid.register_local`; reach and starts have no meaning here, since elastix climbs from one start.

    Returns
    -------
    Registered
        Judged by the same figures; `settings` holds elastix's parameter map. One thread and a fixed seed.

    Raises
    ------
    DependencyError
        If itk-elastix is not installed.
    InputError
        If elastix fails, or the grids are sheared, which it does not know.
    """
    itk = _itk()
    scene, begin = scene_for(fixed, moving, region, parameters, start=start, mask=mask)
    progress(0.1, "elastix is registering")
    chosen = parameter_map(itk, parameters)
    wrapped = itk.ParameterObject.New()
    wrapped.AddParameterMap(chosen)
    # What lies at the start is laid on the fixed image beforehand, so that elastix begins with the identity.
    placed = Geometry(scene.moving_grid.shape, np.linalg.inv(scene.pull) @ scene.moving_grid.affine)
    fixed_image, moving_image = _as_itk(itk, scene.fixed, scene.fixed_grid), _as_itk(itk, scene.moving, placed)
    inside = _as_itk(itk, _box_mask(scene), scene.fixed_grid, kind=np.uint8)
    try:
        _, found = itk.elastix_registration_method(
            fixed_image,
            moving_image,
            parameter_object=wrapped,
            fixed_mask=inside,
            number_of_threads=1,
            log_to_console=False,
        )
    except RuntimeError as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise InputError(
            f"elastix failed: {lines[-1] if lines else 'no reason given'}.", "Try another box or start."
        ) from error
    progress(0.8, "Judging the result")
    motion = _motion_of(found.GetParameterMap(0), scene.centre)
    settings = {"elastix": {key: list(value) for key, value in chosen.items()}}
    return judged(fixed, moving, region, parameters, begun=(scene, begin), found=motion, settings=settings)


def parameter_map(itk: Any, parameters: RegisterParameters) -> Any:
    """Return elastix's parameter map for a rigid or affine registration of a box."""
    chosen = itk.ParameterObject.New().GetDefaultParameterMap(
        {"affine": "affine", "shift": "translation"}.get(parameters.kind, "rigid"), _RESOLUTIONS
    )
    changes = {
        "AutomaticTransformInitialization": "false",
        "AutomaticParameterEstimation": "true",
        "RandomSeed": str(121_212 + parameters.seed),
        "NumberOfSpatialSamples": str(min(parameters.samples, 8_000)),
        "MaximumNumberOfIterations": "500",
        "ImageSampler": "RandomCoordinate",
        "NewSamplesEveryIteration": "true",
        "ErodeMask": "false",
        "WriteResultImage": "false",
        "ResultImagePixelType": "float",
    }
    for key, value in changes.items():
        chosen[key] = [value]
    return chosen


def _itk() -> Any:
    try:
        import itk  # noqa: PLC0415  (an extra)

        itk.ParameterObject  # noqa: B018  (comes with elastix only)
    except (ImportError, AttributeError) as error:
        raise DependencyError(
            "elastix is not installed: the package itk-elastix is missing.",
            'Install it with pip install "dosepainting-hrs[registration]", or use --engine built-in.',
        ) from error
    return itk


def _as_itk(itk: Any, array: Array, grid: Geometry, *, kind: Any = np.float32) -> Any:
    direction = grid.direction
    if np.abs(direction @ direction.T - np.eye(3)).max() > 1e-3:
        raise InputError("elastix does not know sheared grids.", "Use --engine built-in.")
    image = itk.image_from_array(np.ascontiguousarray(array, dtype=kind))
    image.SetSpacing([float(one) for one in grid.spacing])
    image.SetOrigin([float(one) for one in grid.origin])
    image.SetDirection(itk.matrix_from_array(np.ascontiguousarray(_orthonormal(direction))))
    return image


def _orthonormal(direction: Float) -> Float:
    left, _, right = np.linalg.svd(direction)
    return np.asarray(left @ right, dtype=np.float64)


def _box_mask(scene: Scene) -> NDArray[np.bool_]:
    if scene.mask is not None:
        return scene.mask
    inside = np.zeros(scene.fixed.shape, dtype=np.bool_)
    low, high = np.ceil(scene.low - 1e-6).astype(int), np.floor(scene.high + 1e-6).astype(int) + 1
    inside[low[2] : high[2], low[1] : high[1], low[0] : high[0]] = True
    return inside


def _motion_of(found: Any, centre: Float) -> Float:
    """Return elastix's result as a matrix (4, 4) about the centre of the box."""
    values = [float(one) for one in found["TransformParameters"]]
    motion = np.eye(4)
    if len(values) == 3:
        motion[:3, 3] = values
        return motion
    pivot = [float(one) for one in found["CenterOfRotationPoint"]]
    if len(values) == 6:
        euler = sitk.Euler3DTransform()
        euler.SetComputeZYX(False)
        euler.SetCenter(pivot)
        euler.SetParameters(values)
        turn, shift = np.array(euler.GetMatrix()).reshape(3, 3), np.array(values[3:])
    else:
        turn, shift = np.array(values[:9]).reshape(3, 3), np.array(values[9:])
    motion[:3, :3] = turn
    motion[:3, 3] = turn @ (centre - pivot) + pivot + shift - centre
    return motion
