"""How the files of compared regions are called."""

from __future__ import annotations

import re


def region_file(name: str) -> str:
    """Return the file of a region in the folder that compare writes."""
    plain = re.sub(r"[^A-Za-z0-9._+-]+", "_", name).strip("._") or "region"
    return f"{plain}.nrrd"
