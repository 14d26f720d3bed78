"""Deformable registration of a box by a B-spline, with the figures that AAPM TG-132 asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..geometry import Geometry
from ..image import Image, Mask
from ..progress import Progress, part, silent
from ..transform import Affine, Field, Transform
from .deformation import Folding, folding_of, inverse_consistency_mm
from .free_form import DeformParameters, fitted_field
from .scene import Box, Scene, region_corners, scene_of
from .similarity import Sampling, Similarity

Float = NDArray[np.float64]
_OTHER_SEED = 500
FIELD_MM = 2.0
"""Distance of the vectors that are kept; the spline is far smoother."""


@dataclass(frozen=True, kw_only=True)
class DeformQuality:
    """Figures of a deformable registration (Brock et al. 2017, AAPM TG-132, tables III and IV name what to report).

    Parameters
    ----------
    similarity_before, similarity_after : float
        Mutual information in the box, nats.
    folding : Folding
        Extremes of the Jacobian, and the share of the box that folds.
    inverse_mean_mm, inverse_largest_mm : float
        How far points of the box come back from where they went.
    largest_displacement_mm : float
        In the box.
    repeatability_mm : float
        How far a second deformation, on other samples, lies from this one: 95 % of points in the region's box agree within.
    tolerance_mm : float
        A voxel of the coarser image (its smallest edge), which repeats must not exceed.
    passed : bool
        Whether nothing speaks against it. That nothing does, does not mean that it is right: look at it.
    reasons : tuple of str
        What speaks against it.
    """

    similarity_before: float
    similarity_after: float
    folding: Folding
    inverse_mean_mm: float
    inverse_largest_mm: float
    largest_displacement_mm: float
    repeatability_mm: float
    tolerance_mm: float
    passed: bool
    reasons: tuple[str, ...]

    def in_words(self) -> tuple[str, ...]:
        """Return the figures as sentences."""
        verdict = "The figures find nothing wrong; a person has to look." if self.passed else "FAILED: do not use."
        one = self.folding
        return (
            f"{verdict} {' '.join(self.reasons)}".strip(),
            f"Mutual information {self.similarity_before:.4f} before, {self.similarity_after:.4f} after.",
            f"Jacobian from {one.minimum:.3f} to {one.maximum:.3f}, {one.folding_share:.2%} of the box fold.",
            (
                f"There and back: {self.inverse_mean_mm:.3f} mm on average, {self.inverse_largest_mm:.3f} mm at most; "
                f"displacements of up to {self.largest_displacement_mm:.1f} mm."
            ),
            (
                f"A repeat on other samples agrees within {self.repeatability_mm:.2f} mm at 95 % of the points round the "
                f"region (a voxel is {self.tolerance_mm:.2f} mm)."
            ),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Deformed:
    """What a deformable registration found.

    Parameters
    ----------
    transform : Transform
        From the moving image's frame to the fixed one's; known inside the box only.
    quality : DeformQuality
        Figures and verdict.
    """

    transform: Transform
    quality: DeformQuality


def register_deformable(
    fixed: Image,
    moving: Image,
    region: Mask | None,
    parameters: DeformParameters,
    *,
    start: Transform,
    mask: Mask | None = None,
    progress: Progress = silent,
) -> Deformed:
    """Deform the moving image inside a box so that it fits the fixed one.

    Parameters
    ----------
    fixed, moving : Image
        Two images of one patient.
    region : Mask or None
        Region round which the box is drawn, on the fixed image's grid; the whole image when None.
    parameters : DeformParameters
        Margin, knots, steps, stiffness.
    start : Transform
        Rigid or affine, from the moving image's frame to the fixed one's: register rigidly first.
    mask : Mask, optional
        Where the fixed image may be looked at, on its grid; elsewhere in the box the spline goes on as it may.
    progress : callable
        Told at each level.

    Returns
    -------
    Deformed
        The displacement is a sum of cubic B-splines, sampled every 2 mm. The same on every run on one machine.

    Raises
    ------
    InputError
        If the start is deformable, the images do not overlap, or the box is smaller than two knots.

    References
    ----------
    Brock KK et al. (2017), Use of image registration and fusion algorithms and techniques in radiotherapy, Med Phys
    44:e43-e76, DOI 10.1002/mp.12256. Rueckert D et al. (1999), IEEE Trans Med Imaging 18:712-721, DOI 10.1109/42.796284.
    """
    if start.matrix is None:
        raise InputError("A deformable registration starts from a rigid or affine transform.", "Give one with --start.")
    box = Box(region=region, mask=mask, margin_mm=parameters.margin_mm, reach_mm=30.0)
    scene = scene_of(fixed, moving, box, np.asarray(np.linalg.inv(start.matrix), dtype=np.float64))
    progress(0.0, "Preparing the box")
    before = Similarity(scene, Sampling(blur_mm=1.0, count=20_000, seed=21))
    grid = _field_grid(scene)
    field = fitted_field(scene, parameters, grid, part(progress, 0.0, 0.5))
    other = replace(parameters, seed=parameters.seed + _OTHER_SEED)
    again = fitted_field(scene, other, grid, part(progress, 0.5, 0.95))
    progress(0.95, "Judging the result")
    apart = _percentile_apart(field, again, _points_round(region, scene))
    quality = _judged(scene, before, field, (apart, _voxel_mm(fixed, moving)))
    frames = (fixed.identity.frame_of_reference, moving.identity.frame_of_reference)
    pull = Transform(from_frame=frames[0], to_frame=frames[1], parts=(field, Affine(scene.pull)))
    progress(1.0, "Deformed")
    return Deformed(transform=pull.inverse(), quality=quality)


def _field_grid(scene: Scene) -> Geometry:
    edges = (scene.high - scene.low) * scene.fixed_grid.spacing
    sizes = np.maximum(np.ceil(edges / FIELD_MM).astype(int) + 1, 2)
    spacing = edges / (sizes - 1)
    origin = scene.fixed_grid.to_world(scene.low)
    direction = _orthonormal(scene.fixed_grid.direction)
    return Geometry.from_parts((int(sizes[2]), int(sizes[1]), int(sizes[0])), spacing, origin, direction)


def _points_round(region: Mask | None, scene: Scene) -> Float:
    corners = scene.corners() if region is None else region_corners(region)
    unit = np.random.default_rng(6).random((400, 3))
    # The corners run along x first, then y, then z.
    return np.asarray(corners[0] + unit @ (corners[[1, 2, 4]] - corners[0]))


def _percentile_apart(field: Field, again: Field, points: Float) -> float:
    apart = np.linalg.norm(field.displacement(points) - again.displacement(points), axis=-1)
    return float(np.percentile(np.nan_to_num(apart), 95.0))


def _voxel_mm(fixed: Image, moving: Image) -> float:
    return max(float(fixed.geometry.spacing.min()), float(moving.geometry.spacing.min()))


def _judged(scene: Scene, similarity: Similarity, field: Field, repeats: tuple[float, float]) -> DeformQuality:
    folding = folding_of(field)
    inner = scene.corners().mean(axis=0) + 0.8 * (scene.corners() - scene.corners().mean(axis=0))
    mean, largest = inverse_consistency_mm(field, np.concatenate([inner, _inner_points(field)]))
    # At the same samples before and after: an image that was resampled first is smoother, and would be another one.
    start = similarity.value(np.eye(4))
    after, _ = similarity.displaced(np.nan_to_num(field.displacement(similarity.points + similarity.centre)))
    reasons = []
    if folding.folding_share > 0:
        reasons.append(
            f"{folding.folding_share:.2%} of the box fold (a determinant of 0 or less): tissue would turn inside out."
        )
    if not np.isfinite(largest):
        reasons.append("The field cannot be turned round everywhere.")
    if after < start:
        reasons.append("The images are less alike than before.")
    apart, voxel = repeats
    if not apart <= voxel:
        reasons.append(
            f"A repeat on other samples lies {apart:.2f} mm off round the region (a voxel, {voxel:.2f} mm, is allowed)."
        )
    return DeformQuality(
        similarity_before=start,
        similarity_after=after,
        folding=folding,
        inverse_mean_mm=mean,
        inverse_largest_mm=largest,
        largest_displacement_mm=float(np.linalg.norm(field.vectors, axis=-1).max()),
        repeatability_mm=apart,
        tolerance_mm=voxel,
        passed=not reasons,
        reasons=tuple(reasons),
    )


def _inner_points(field: Field) -> Float:
    random = np.random.default_rng(5)
    sizes = np.array(field.geometry.shape[::-1]) - 1.0
    return field.geometry.to_world(sizes * random.uniform(0.15, 0.85, (300, 3)))


def _orthonormal(direction: Float) -> Float:
    if np.abs(direction @ direction.T - np.eye(3)).max() > 1e-3:
        raise InputError("Sheared grids cannot be deformed.", "Resample the image to a straight grid first.")
    left, _, right = np.linalg.svd(direction)
    return np.asarray(left @ right, dtype=np.float64)
