"""Whether the pixels of a series were compressed with loss."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom import Dataset

from .values import raw_text, text, texts

_LOSSY_SYNTAXES = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in (50, 51))


def lossy_compression(headers: Sequence[Dataset]) -> str:
    """Say that images were compressed with loss, now or once; empty when none says so.

    Parameters
    ----------
    headers : sequence of Dataset
        One per slice.
    """
    kinds = {
        (raw_text(header, "LossyImageCompression"), raw_text(header, "LossyImageCompressionRatio"), _syntax(header)): header
        for header in headers
    }
    for header in kinds.values():
        ratios = texts(header, "LossyImageCompressionRatio")
        ratio = f" by {ratios[-1]} to 1" if ratios else ""
        if text(header, "LossyImageCompression") == "01" or _syntax(header) in _LOSSY_SYNTAXES:
            return f"The images were compressed with loss{ratio}: their values are not the scanner's."
    return ""


def _syntax(header: Dataset) -> str:
    meta = getattr(header, "file_meta", None)
    return text(meta, "TransferSyntaxUID") if meta is not None else ""
