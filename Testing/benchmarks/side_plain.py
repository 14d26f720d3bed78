"""The plain side: what a few lines of pydicom, or of numpy and scipy, do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread
from scipy import ndimage
from worker import serve, timed


def inspect(inputs: Path, _outputs: Path, _options: dict[str, Any]) -> dict[str, float]:
    """A bare header scan."""
    headers, seconds = timed(
        lambda: [dcmread(path, stop_before_pixels=True) for path in sorted(inputs.rglob("*")) if path.is_file()]
    )
    return {"scan": seconds, "files": len(headers)}


def dynamic_suv(inputs: Path, _outputs: Path, _options: dict[str, Any]) -> dict[str, float]:
    """The stored pixels of every file, and nothing made of them."""
    pixels, seconds = timed(lambda: [dcmread(path).pixel_array for path in sorted(inputs.iterdir())])
    return {"suv": seconds, "files": len(pixels)}


def threshold(inputs: Path, _outputs: Path, _options: dict[str, Any]) -> dict[str, float]:
    """41 % of the maximum within the GTV and the island of the maximum, on the whole array."""
    uptake, gtv = np.load(inputs / "uptake.npy"), np.load(inputs / "gtv.npy")

    def make() -> Any:
        inside = np.where(gtv, uptake, -np.inf)
        labels, _ = ndimage.label(inside >= 0.41 * inside.max(), structure=np.ones((3, 3, 3)))
        return labels == labels.flat[inside.argmax()]

    region, seconds = timed(make)
    return {"threshold": seconds, "voxels": int(region.sum())}


if __name__ == "__main__":
    serve({"inspect": inspect, "dynamic_suv": dynamic_suv, "threshold": threshold})
