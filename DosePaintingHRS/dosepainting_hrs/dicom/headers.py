"""All DICOM headers below a folder: one pass, no pixels, and a reason for every file that cannot be used."""

from __future__ import annotations

import gc
import os
import struct
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path

from pydicom import Dataset
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian, MediaStorageDirectoryStorage

from ..errors import InputError
from ..progress import Progress, silent
from .plain_bytes import plain_header
from .values import DAMAGE, has, text, without_warnings

_PREFIX = 16384
"""Bytes read at first; a header rarely needs more, and then the whole file is read."""
_READERS = 4
"""Threads that fetch bytes ahead of the parser: they hide the latency of network folders and cost little elsewhere."""
_BATCH = 32
"""Files per turn of a reader thread: taking turns for every single file costs more than the reading."""
_UNDEFINED = 0xFFFFFFFF
_ROI_CONTOUR_SEQUENCE = 0x30060039
_PIXELS = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
_STOPS = _PIXELS | {_ROI_CONTOUR_SEQUENCE}
_WITH_PIXELS = frozenset(("CT", "PT", "MR", "NM", "RTDOSE", "RTIMAGE"))
_LONG_FORM = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UN", "UC", "UR", "UT", "SV", "UV"))


@dataclass(frozen=True, eq=False)
class DicomFile:
    """A DICOM file and its header, without pixels and without contours."""

    path: Path
    header: Dataset


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be used, and why.

    Parameters
    ----------
    path : Path
        The file.
    reason : str
        Goes on after the file's name: ``"is empty (0 bytes)"``.
    """

    path: Path
    reason: str

    def __str__(self) -> str:
        return f'"{self.path.name}" {self.reason}'


PACKED = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar")
"""How the names of archives end; a packed NIfTI (.nii.gz) is none."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderScan:
    """What lies below a folder.

    Parameters
    ----------
    folder : Path
        The folder.
    files : tuple of DicomFile
        DICOM files, by path.
    unreadable : tuple of Unreadable
        Empty, truncated and damaged files.
    not_dicom : int
        Number of files of other kinds.
    archives : tuple of Path
        Those of them that are packed archives, by path; they are not looked into.
    """

    folder: Path
    files: tuple[DicomFile, ...]
    unreadable: tuple[Unreadable, ...]
    not_dicom: int
    archives: tuple[Path, ...] = ()

    @property
    def packed(self) -> str:
        """What to know of the archives, as a sentence; empty when there are none."""
        if not self.archives:
            return ""
        names = ", ".join(one.name for one in self.archives[:3]) + (", ..." if len(self.archives) > 3 else "")
        if len(self.archives) == 1:
            return f"1 archive ({names}) was not looked into: unpack it first."
        return f"{len(self.archives)} archives ({names}) were not looked into: unpack them first."

    @property
    def is_empty(self) -> bool:
        """True when no DICOM file, whole or damaged, was found."""
        return not self.files and not self.unreadable


def scan_folder(folder: Path, progress: Progress = silent) -> FolderScan:
    """Read the header of every DICOM file below a folder, whatever its name.

    Hidden files and folders and DICOMDIR files are passed over.

    Parameters
    ----------
    folder : Path
        Where to look, with all folders below.
    progress : callable
        Told the share of files read.

    Returns
    -------
    FolderScan
        Headers, unusable files with their reasons, and the number of other files.

    Raises
    ------
    InputError
        If the folder does not exist or is not a folder.
    """
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        mend = (
            "Unpack it, and give the folder." if folder.name.lower().endswith(PACKED) and folder.exists() else "Check the path."
        )
        raise InputError(f'The folder "{folder}" {what}; a folder with DICOM files is needed.', mend)
    progress(0.0, "Looking for files")
    paths = _files_below(folder)
    files: list[DicomFile] = []
    unreadable: list[Unreadable] = []
    not_dicom = 0
    archives: list[Path] = []
    with without_garbage_collection(), without_warnings():
        for number, (path, fetched) in enumerate(_fetched(paths)):
            if number % 25 == 0:
                progress(number / len(paths), f"Reading headers: {number} of {len(paths)} files")
            found = fetched if isinstance(fetched, Unreadable) else _header_of(path, *fetched)
            if isinstance(found, DicomFile):
                files.append(found)
            elif isinstance(found, Unreadable):
                unreadable.append(found)
            else:
                not_dicom += 1
                archives += [path] if path.name.lower().endswith(PACKED) else []
    progress(1.0, f"{len(files)} DICOM files")
    return FolderScan(
        folder=folder,
        files=tuple(files),
        unreadable=tuple(unreadable),
        not_dicom=not_dicom,
        archives=tuple(sorted(archives)),
    )


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Spare the collector the hundred thousands of small, live objects of a large folder: a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _files_below(folder: Path) -> list[Path]:
    paths = []
    been = set()
    for where, folders, names in os.walk(folder, followlinks=True):
        base = Path(where)
        place = base.stat()
        if (place.st_dev, place.st_ino) in been:  # A link that leads back.
            folders.clear()
            continue
        been.add((place.st_dev, place.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths += [base / name for name in sorted(names) if not name.startswith(".") and name.upper() != "DICOMDIR"]
    return paths


def _fetched(paths: Sequence[Path]) -> Iterator[tuple[Path, tuple[bytes, int] | Unreadable]]:
    """Give the first bytes and the size of each file in order, read a few batches ahead of whoever asks."""
    batches = iter([paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)])
    waiting: deque[Future[list[tuple[Path, tuple[bytes, int] | Unreadable]]]] = deque()
    with ThreadPoolExecutor(_READERS, thread_name_prefix="dicom-headers") as pool:
        waiting.extend(pool.submit(_first_bytes_of, batch) for batch in islice(batches, _READERS))
        while waiting:
            yield from waiting.popleft().result()
            waiting.extend(pool.submit(_first_bytes_of, batch) for batch in islice(batches, 1))


def _first_bytes_of(paths: Sequence[Path]) -> list[tuple[Path, tuple[bytes, int] | Unreadable]]:
    return [(path, _first_bytes(path)) for path in paths]


def _first_bytes(path: Path) -> tuple[bytes, int] | Unreadable:
    try:
        with path.open("rb", buffering=0) as stream:
            return stream.read(_PREFIX), os.fstat(stream.fileno()).st_size
    except OSError as error:
        return Unreadable(path, f"cannot be read ({error.strerror})")


def _header_of(path: Path, prefix: bytes, size: int) -> DicomFile | Unreadable | None:
    if size == 0:
        return Unreadable(path, "is empty (0 bytes)")
    if prefix[128:132] != b"DICM" and not _looks_like_bare_dataset(prefix):
        return Unreadable(path, "is truncated before its header") if prefix[:128] == bytes(size) else None
    stop = _Stop()
    try:
        found = _parsed_from_first_bytes(prefix, size, stop)
        if found is None:
            whole = path.read_bytes()
            found, size = _parsed(whole, stop), len(whole)
        header, reached = found
        if text(header.file_meta, "MediaStorageSOPClassUID") == MediaStorageDirectoryStorage:
            return None
        reason = _what_is_missing(path, header, stop, reached, size)
    except DAMAGE as error:
        return Unreadable(path, f"is damaged ({str(error).splitlines()[0][:80] if str(error) else type(error).__name__})")
    return Unreadable(path, reason) if reason else DicomFile(path, header)


def _looks_like_bare_dataset(prefix: bytes) -> bool:
    """Tell whether bytes without preamble begin with a group length, character set, image type or class element."""
    return prefix[:4] in {b"\x08\0\0\0", b"\x08\0\x05\0", b"\x08\0\x08\0", b"\x08\0\x16\0", b"\x02\0\0\0", b"\x02\0\x01\0"}


class _Stop:
    """Ends the reading at pixels or contours, and keeps what was announced there."""

    def __init__(self) -> None:
        self.tag, self.length, self.long_form = 0, 0, True

    def __call__(self, tag: BaseTag, vr: str | None, length: int) -> bool:
        if tag not in _STOPS:
            return False
        self.tag, self.length, self.long_form = int(tag), length, vr in _LONG_FORM
        return True


def _parsed_from_first_bytes(prefix: bytes, size: int, stop: _Stop) -> tuple[Dataset, int] | None:
    """Return the header, or None when it goes on behind the first bytes, be it in the middle of a sequence."""
    try:
        header, reached = _parsed(prefix, stop)
    except DAMAGE:
        if len(prefix) < size:
            return None
        raise
    return None if reached >= len(prefix) < size else (header, reached)


def _parsed(content: bytes, stop: _Stop) -> tuple[Dataset, int]:
    plain = plain_header(content, stop)
    if plain is not None:
        return plain
    with BytesIO(content) as stream:
        header = read_partial(stream, stop_when=stop, force=True)
        reached = stream.tell()
    header.buffer = None  # pydicom keeps the whole buffer alive otherwise
    return header, reached


def _what_is_missing(path: Path, header: Dataset, stop: _Stop, reached: int, size: int) -> str:
    """Say why a file with a readable beginning cannot be used; empty when it can."""
    syntax = text(header.file_meta, "TransferSyntaxUID")
    if not text(header, "SOPClassUID") or not text(header, "SeriesInstanceUID"):
        return "is truncated within its header, before the series is named"
    if syntax == DeflatedExplicitVRLittleEndian:
        return ""
    if not stop.tag:
        last = header.get_item(max(header.keys()))
        announced, found = getattr(last, "length", 0), getattr(last, "value", b"")
        if isinstance(found, bytes) and announced not in (None, _UNDEFINED) and len(found) < announced:
            return "is truncated within its header"
        has_pixels = has(header, "Rows") or text(header, "Modality") in _WITH_PIXELS
        return "is truncated: it ends before its pixel data" if has_pixels else ""
    if stop.length != _UNDEFINED:
        explicit_long = stop.long_form and syntax != "1.2.840.10008.1.2"
        here = size - reached - (12 if explicit_long else 8)
        what = "pixel data" if stop.tag in _PIXELS else "contour data"
        return (
            f"is truncated: {stop.length} bytes of {what} are announced, {max(here, 0)} are there" if here < stop.length else ""
        )
    if stop.tag in _PIXELS and not _ends_with_delimiter(path, reached + 12, size):
        return "is truncated within its compressed pixel data"
    return ""


def _ends_with_delimiter(path: Path, start: int, size: int) -> bool:
    """Walk along the fragments of compressed pixel data and tell whether they end as they must."""
    with path.open("rb") as stream:
        position = start
        while position + 8 <= size:
            stream.seek(position)
            tag, length = struct.unpack("<IL", stream.read(8))
            if tag == 0xE0DDFFFE:
                return True
            if tag != 0xE000FFFE:
                return False
            position += 8 + length
    return False
