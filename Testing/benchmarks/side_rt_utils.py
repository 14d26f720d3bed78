"""rt-utils' side; runs in its own environment and imports nothing of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from rt_utils import RTStructBuilder
from worker import serve, timed


def rtstruct(inputs: Path, outputs: Path, options: dict[str, Any]) -> dict[str, float]:
    """Mask to file, then file to mask, both from the series' folder."""
    mask = np.load(inputs / f"{options['region']}.npy")
    # Its own layout, (rows, columns, slices), is made before the clock starts.
    own = np.ascontiguousarray(mask.transpose(1, 2, 0))
    file = outputs / "rtstruct.dcm"

    def write() -> None:
        structures = RTStructBuilder.create_new(dicom_series_path=str(inputs / "ct"))
        structures.add_roi(mask=own, name="HRS", use_pin_hole=options["pin_hole"], approximate_contours=options["approximate"])
        structures.save(str(file))

    def read() -> Any:
        structures = RTStructBuilder.create_from(dicom_series_path=str(inputs / "ct"), rt_struct_path=str(file))
        return structures.get_roi_mask_by_name("HRS")

    _, write_s = timed(write)
    back, read_s = timed(read)
    differing = int(np.count_nonzero(np.asarray(back, dtype=bool) != own))
    return {"write": write_s, "read": read_s, "differing": differing, "bytes": file.stat().st_size}


if __name__ == "__main__":
    serve({"rtstruct": rtstruct})
