"""Whether a NIfTI file is whole: the reader fills what a truncated one lacks with zeros and says nothing."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

_NIFTI_1, _NIFTI_2 = 348, 540
_CHUNK = 1 << 22


def is_whole_nifti(path: Path) -> bool:
    """Tell whether a ``.nii`` or ``.nii.gz`` file holds as many bytes as its header announces.

    Parameters
    ----------
    path : Path
        The file; one that does not begin like NIfTI counts as whole, so that the reader may say what is wrong.
    """
    compressed = path.name.lower().endswith(".gz")
    try:
        with gzip.open(path, "rb") if compressed else path.open("rb") as file:
            needed = _announced_length(file.read(_NIFTI_2))
        if needed is None or not compressed:
            return needed is None or path.stat().st_size >= needed
        return _length_at_end(path) == needed % (1 << 32) or _unpacked_length(path) >= needed
    except (OSError, EOFError, zlib.error):
        return False


def _announced_length(header: bytes) -> int | None:
    for order in "<>":
        if len(header) >= _NIFTI_1 and struct.unpack_from(f"{order}i", header)[0] == _NIFTI_1:
            dims, bits = struct.unpack_from(f"{order}8h", header, 40), struct.unpack_from(f"{order}h", header, 72)[0]
            offset = int(struct.unpack_from(f"{order}f", header, 108)[0])
        elif len(header) >= _NIFTI_2 and struct.unpack_from(f"{order}i", header)[0] == _NIFTI_2:
            dims, bits = struct.unpack_from(f"{order}8q", header, 16), struct.unpack_from(f"{order}h", header, 14)[0]
            offset = struct.unpack_from(f"{order}q", header, 168)[0]
        else:
            continue
        return int(offset + math.prod(dims[1 : 1 + dims[0]]) * bits // 8)
    return None


def _length_at_end(path: Path) -> int:
    """Return the unpacked length, modulo 4 GiB, that gzip writes last; of a truncated file it is any four bytes."""
    with path.open("rb") as file:
        file.seek(-4, 2)
        return int(struct.unpack("<I", file.read(4))[0])


def _unpacked_length(path: Path) -> int:
    with gzip.open(path, "rb") as file:
        return sum(len(chunk) for chunk in iter(lambda: file.read(_CHUNK), b""))
