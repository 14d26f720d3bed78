"""Local rigid registration beside SimpleITK and elastix: ``python Testing/benchmarks/registration.py``.

128 x 128 x 60 voxels, CT to CT of the synthetic patient; time and largest GTV-corner error (TRE) in one table, written to
docs/benchmarks/registration.md. One process, sides in turn, medians.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import SimpleITK as sitk

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Python"))
from builders.registration_pairs import FIXED_FRAME, MOVING_FRAME, Pair, gtv_on, image_of, turned
from dosepainting_hrs.errors import DosePaintingError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.image import Image
from dosepainting_hrs.phantom.misaligned import moved_ct
from dosepainting_hrs.quantities import HOUNSFIELD
from dosepainting_hrs.registration.elastix import register_elastix
from dosepainting_hrs.registration.local_rigid import RegisterParameters, register_local
from dosepainting_hrs.registration.scene import region_corners
from dosepainting_hrs.transform import Transform

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks" / "registration.md"
REPETITIONS, GOAL_S = 3, 10.0
SHAPE = (60, 128, 128)


def pair() -> Pair:
    """Two CTs of 128 x 128 x 60 voxels, 1.5 x 1.5 x 3 mm, about 10 mm apart."""
    truth = turned((3.0, -2.0, 4.0), (4.0, -6.0, 5.0))
    grid = Geometry.from_parts(SHAPE, (1.5, 1.5, 3.0), (-70.0, -110.0, -85.0))
    fixed = image_of(moved_ct(grid, np.eye(4), 1), grid, HOUNSFIELD, FIXED_FRAME)
    moving = image_of(moved_ct(grid, truth, 1, noise=1), grid, HOUNSFIELD, MOVING_FRAME)
    return Pair(name="CT-CT", fixed=fixed, moving=moving, gtv=gtv_on(fixed, 1), truth=truth)


def itk_image(image: Image) -> sitk.Image:
    """Return an image for SimpleITK."""
    made = sitk.GetImageFromArray(image.array.astype(np.float32))
    made.SetOrigin(image.geometry.origin.tolist())
    made.SetSpacing(image.geometry.spacing.tolist())
    return made


def by_simple_itk(chosen: Pair) -> Transform:
    """Return what SimpleITK finds: mutual information, regular-step descent scaled by physical shift, from the centres."""
    fixed, moving = itk_image(chosen.fixed), itk_image(chosen.moving)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation()
    method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-4, 200)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInterpolator(sitk.sitkLinear)
    start = sitk.CenteredTransformInitializer(
        fixed, moving, sitk.Euler3DTransform(), sitk.CenteredTransformInitializerFilter.GEOMETRY
    )
    method.SetInitialTransform(start, inPlace=False)
    found = method.Execute(fixed, moving)
    origin = np.array(found.TransformPoint((0.0, 0.0, 0.0)))
    pull = np.eye(4)
    pull[:3, 3] = origin
    for axis in range(3):
        pull[:3, axis] = np.array(found.TransformPoint(np.eye(3)[axis].tolist())) - origin
    return Transform.of_matrix(np.linalg.inv(pull))


def measured(chosen: Pair, run: Callable[[], Transform]) -> tuple[float, float]:
    """Return seconds and the largest error at the GTV's corners, mm."""
    start = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - start
    corners = region_corners(chosen.gtv)
    there = Transform.of_matrix(chosen.truth).inverse().apply(corners)
    return seconds, float(np.linalg.norm(found.apply(there) - corners, axis=-1).max())


def main() -> int:
    """Measure and write the page; status 1 when the goal is missed."""
    chosen, parameters = pair(), RegisterParameters()
    sides: dict[str, Callable[[], Transform]] = {
        "ours: box round the GTV, many starts, judged": lambda: (
            register_local(chosen.fixed, chosen.moving, chosen.gtv, parameters).transform
        ),
        "SimpleITK: whole image, regular-step descent, one start, not judged": lambda: by_simple_itk(chosen),
        "elastix: box round the GTV, one start, judged by our figures": lambda: (
            register_elastix(chosen.fixed, chosen.moving, chosen.gtv, parameters).transform
        ),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for turn in range(REPETITIONS + 1):
        for name, run in sides.items():
            try:
                one = measured(chosen, run)
            except DosePaintingError as error:
                print(f"{name}: {error.message}", file=sys.stderr)
                continue
            if turn:  # The first one compiles and loads.
                times[name].append(one)
    lines = ["# Local rigid registration", "", (__doc__ or "").strip().split("\n\n", 1)[1].replace("\n", " "), ""]
    lines += [
        f"- {os.cpu_count()} cores, Python {platform.python_version()}, {REPETITIONS} repetitions after one to warm up",
        "",
    ]
    lines += ["| side | median time, s | fastest, s | TRE, mm |", "|---|---|---|---|"]
    for name, found in times.items():
        if found:
            seconds = [one for one, _ in found]
            lines.append(f"| {name} | {median(seconds):.2f} | {min(seconds):.2f} | {max(error for _, error in found):.2f} |")
    mine = next(iter(times.values()))
    reached = median(one for one, _ in mine) < GOAL_S
    lines += ["", f"Goal: ours under {GOAL_S:g} s: {'reached' if reached else '**missed**'}.", ""]
    PAGE.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    return int(not reached)


if __name__ == "__main__":
    sys.exit(main())
