"""Where a series lies that is not where it was looked for: in a folder, below it, or beside it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from pydicom import Dataset, dcmread

from ..errors import DosePaintingError
from .stacking import kind_in_words, read_stack
from .values import DAMAGE, text, without_warnings

_TAGS = ("SeriesInstanceUID", "Modality", "SeriesDescription", "SeriesNumber", "SeriesDate", "StudyDate")
FOUND = "It is "
"""How the sentence begins when a series was found."""
_MOST_FILES = 2000
_MOST_FOLDERS = 300
_TRIES = 3
"""What is looked at, at the most: an error must not wait for a whole archive to be read."""


def series_nearby(uids: Collection[str], folder: Path) -> str:
    """Return in a sentence what a series is and where it lies, or that it was not found and where that was looked for.

    Parameters
    ----------
    uids : collection of str
        SeriesInstanceUIDs, any of which will do.
    folder : Path
        All its files are looked at; of the folders below and beside it, the first DICOM file.

    Returns
    -------
    str
        ``It is CT "Planning", number 3, 2020-03-12, in "patient/CT".``
    """
    for path, header in chain(_headers(islice(_files(folder), _MOST_FILES)), _first_headers(folder)):
        if text(header, "SeriesInstanceUID") in uids:
            unusable = _why_unusable(path.parent, text(header, "SeriesInstanceUID"))
            return f'{FOUND}{kind_in_words(header)}, in "{path.parent}"{unusable}.'
    return f'It was not found in "{folder}", nor at the start of the folders below and beside it.'


def _why_unusable(folder: Path, uid: str) -> str:
    """Say what keeps a series from being loaded; empty when nothing does."""
    try:
        read_stack(folder, uid)
    except DosePaintingError as error:
        return f", but cannot be used: {error.message.rpartition('cannot be loaded. ')[2].rstrip('.')}"
    return ""


def _first_headers(folder: Path) -> Iterator[tuple[Path, Dataset]]:
    below = (Path(where) / name for where, names, _ in os.walk(folder) for name in sorted(names))
    beside = (folder.parent / one.name for one in sorted(folder.resolve().parent.iterdir()) if one.is_dir())
    for other in islice(chain(below, beside), _MOST_FOLDERS):
        yield from islice(_headers(islice(_files(other), _TRIES)), 1)


def _files(folder: Path) -> Iterator[Path]:
    return (one for one in sorted(folder.iterdir()) if one.is_file() and not one.name.startswith("."))


def _headers(paths: Iterable[Path]) -> Iterator[tuple[Path, Dataset]]:
    for path in paths:
        try:
            with without_warnings():
                yield path, dcmread(path, stop_before_pixels=True, specific_tags=list(_TAGS))
        except DAMAGE:
            continue
