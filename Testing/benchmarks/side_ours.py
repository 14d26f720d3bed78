"""Our side: the library's own functions, as the command line calls them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from worker import serve, timed

from dosepainting_hrs.dicom.frame_series import load_frames, read_frame_stack
from dosepainting_hrs.dicom.inventory import inspect_folder
from dosepainting_hrs.dicom.regions import load_region
from dosepainting_hrs.dicom.rtstruct_export import export_checked
from dosepainting_hrs.dicom.rtstruct_writer import RegionToWrite
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import Identity
from dosepainting_hrs.image import Image, Mask, on_grid
from dosepainting_hrs.maps.suv_frames import SuvFrames
from dosepainting_hrs.maps.suv_parameters import SuvParameters
from dosepainting_hrs.quantities import SUV_BW
from dosepainting_hrs.segmentation.percent_max import PercentMax, PercentMaxParameters


def rtstruct(inputs: Path, outputs: Path, options: dict[str, Any]) -> dict[str, float]:
    """Mask to file, with the read-back that every export includes; then file to mask, both from the series' folder."""
    mask = np.load(inputs / f"{options['region']}.npy")
    file = outputs / "rtstruct.dcm"

    def write() -> None:
        stack = read_stack(inputs / "ct")
        region = RegionToWrite(name="HRS", array=mask, algorithm="SEMIAUTOMATIC", description="", color=None)
        export_checked(stack, [region], file, label="HRS", description="", holes="keyhole", append_to=None, when=datetime.now())

    _, write_s = timed(write)
    (back, _), read_s = timed(lambda: load_region(file, "HRS", read_stack(inputs / "ct")))
    differing = int(np.count_nonzero(back.array != mask))
    return {"write": write_s, "read": read_s, "differing": differing, "bytes": file.stat().st_size}


def inspect(inputs: Path, _outputs: Path, _options: dict[str, Any]) -> dict[str, float]:
    """Look through a folder: roles, grids, problems."""
    found, seconds = timed(lambda: inspect_folder(inputs))
    return {"scan": seconds, "files": sum(len(one.files) for one in found.series)}


def dynamic_suv(inputs: Path, _outputs: Path, _options: dict[str, Any]) -> dict[str, float]:
    """Headers, frames in order, voxels rescaled, times and dose, SUV of every frame."""

    def make() -> int:
        found = read_frame_stack(inputs)
        SuvFrames(SuvParameters()).compute(load_frames(found))
        return len(found.files)

    files, seconds = timed(make)
    return {"suv": seconds, "files": files}


def threshold(inputs: Path, _outputs: Path, _options: dict[str, Any]) -> dict[str, float]:
    """41 % of the maximum within the GTV, map in memory: the checks of identity and grid, the threshold, the islands."""
    uptake, gtv = np.load(inputs / "uptake.npy"), np.load(inputs / "gtv.npy")
    geometry, stored = on_grid(Geometry.from_parts(uptake.shape, (3.6, 3.6, 3.27), (0.0, 0.0, 0.0)))
    identity = Identity(patient_id="P1", frame_of_reference="1.2.3", series=("1.2.4",))
    image = Image(array=uptake, geometry=geometry, stored=stored, identity=identity, quantity=SUV_BW)
    within = Mask(array=gtv, geometry=geometry, stored=stored, identity=identity, name="GTV")
    method = PercentMax(PercentMaxParameters(percent=41.0))
    region, seconds = timed(lambda: method.compute(map=image, within=within))
    return {"threshold": seconds, "voxels": region.voxel_count}


if __name__ == "__main__":
    serve({"rtstruct": rtstruct, "inspect": inspect, "dynamic_suv": dynamic_suv, "threshold": threshold})
