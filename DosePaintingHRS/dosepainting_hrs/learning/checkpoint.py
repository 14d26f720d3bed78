"""What a scan has finished, on disk: an interrupted run loses no more than the subset that it was at."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..errors import InputError, OutputError
from ..records import read_json_file, to_json
from ..storage.atomic import require_new_folder
from .neighbours import Neighbours
from .result import HeldOut, SubsetBootstrap, SubsetResult
from .score import Score
from .settings import ScanSettings
from .voxels import Ints, Voxels

SCHEMA = 1
FOLDER = "unfinished"
_HEAD = "scan.json"
_KINDS = {kind.__name__: kind for kind in (SubsetResult, SubsetBootstrap, HeldOut, Score, Neighbours)}


@dataclass(frozen=True, kw_only=True)
class Checkpoints:
    """The finished subsets of a scan, in a folder ``unfinished`` of its results.

    Parameters
    ----------
    folder : Path
        Where they lie.
    """

    folder: Path

    @classmethod
    def open(cls, target: Path, fingerprint: str) -> Checkpoints:
        """Begin in a new folder, or go on in one that an interrupted run of the very same scan left.

        Parameters
        ----------
        target : Path
            Folder for the results.
        fingerprint : str
            Hash of voxels, settings and centres.

        Raises
        ------
        OutputError
            If the folder holds something else, or the scan of other voxels or settings.
        InputError
            If the checkpoint is damaged.
        """
        folder = target / FOLDER
        head = folder / _HEAD
        if not head.is_file() and not any(folder.glob("*.subset")):
            if not folder.is_dir():  # Else killed before its first file.
                require_new_folder(target)
                folder.mkdir(parents=True)
            told = {"schema": SCHEMA, "fingerprint": fingerprint, "version": __version__}
            _replace(head, json.dumps(told).encode())
            return cls(folder=folder)
        told = read_json_file(head, "checkpoint")
        if told.get("schema") != SCHEMA or told.get("version") != __version__ or told.get("fingerprint") != fingerprint:
            raise OutputError(
                f'"{target}" holds an unfinished scan of another cohort, other settings or another version.',
                "Choose another folder, or repeat the command with which it was begun.",
            )
        return cls(folder=folder)

    def finished(self) -> int:
        """Return the number of finished subsets."""
        return len(list(self.folder.glob("*.subset")))

    def load(self, maps: tuple[str, ...]) -> SubsetResult | None:
        """Return a finished subset; None when it is not finished.

        Raises
        ------
        InputError
            If its file is truncated or damaged.
        """
        path = self._path(maps)
        return read_subset(path) if path.is_file() else None

    def save(self, result: SubsetResult) -> None:
        """Write a finished subset; it appears whole or not at all."""
        _replace(self._path(result.maps), subset_bytes(result))

    def _path(self, maps: tuple[str, ...]) -> Path:
        return self.folder / f"{_name_of(maps)}.subset"

    def discard(self) -> None:
        """Remove what is no longer needed; of the folder for results only an empty one goes too."""
        for path in self.folder.iterdir():
            path.unlink()
        self.folder.rmdir()


def fingerprint_of(voxels: Voxels, settings: ScanSettings, centres: Ints | None, more: tuple[str, ...] = ()) -> str:
    """Return the hash of all that a scan's result depends on; `more` tells what else does, in words."""
    digest = hashlib.sha256(json.dumps([to_json(settings), *more], sort_keys=True).encode())
    digest.update(repr((voxels.maps, voxels.units, voxels.tumours, voxels.classes)).encode())
    for array in (voxels.values, voxels.tumour, voxels.place, voxels.weights, centres):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:32]


def subset_bytes(subset: SubsetResult) -> bytes:
    """Return a finished subset as bytes: arrays as they are, the rest as JSON, and a hash over both."""
    arrays: dict[str, Any] = {}
    meta = json.dumps(_plain(subset, "", arrays)).encode()
    buffer = io.BytesIO()
    np.savez(buffer, meta=np.frombuffer(meta, dtype=np.uint8), **arrays)
    body = buffer.getvalue()
    return hashlib.sha256(body).digest() + body


def read_subset(path: Path) -> SubsetResult:
    """Read a finished subset back.

    Raises
    ------
    InputError
        If the file is truncated or damaged.
    """
    content = path.read_bytes()
    body = content[32:]
    if hashlib.sha256(body).digest() != content[:32]:
        raise InputError(
            f'The checkpoint "{path}" is truncated or damaged.', "Delete this file: its subset is then scanned again."
        )
    try:
        with np.load(io.BytesIO(body)) as stored:
            arrays = {name: stored[name] for name in stored.files}
        read = _built(json.loads(arrays.pop("meta").tobytes()), arrays)
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f'The checkpoint "{path}" cannot be read: {error}.', "Delete this file.") from error
    if not isinstance(read, SubsetResult):
        raise InputError(f'The checkpoint "{path}" holds no subset.', "Delete this file.")
    return read


def _plain(value: Any, at: str, arrays: dict[str, Any]) -> Any:
    if isinstance(value, np.ndarray):
        arrays[at] = value
        return {"array": at}
    if is_dataclass(value) and not isinstance(value, type):
        items = {item.name: _plain(getattr(value, item.name), f"{at}.{item.name}", arrays) for item in fields(value)}
        return {"kind": type(value).__name__, "fields": items}
    if isinstance(value, tuple):
        return {"tuple": [_plain(one, f"{at}.{number}", arrays) for number, one in enumerate(value)]}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _built(value: Any, arrays: Mapping[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return arrays[value["array"]]
    if "tuple" in value:
        return tuple(_built(one, arrays) for one in value["tuple"])
    return _KINDS[value["kind"]](**{name: _built(one, arrays) for name, one in value["fields"].items()})


def _name_of(maps: tuple[str, ...]) -> str:
    """Return a file name for a subset; map names may hold anything."""
    readable = "".join(letter if letter.isalnum() or letter in "_-" else "_" for letter in "+".join(maps))
    return f"{len(maps)}-{readable[:80]}-{hashlib.sha256('+'.join(maps).encode()).hexdigest()[:8]}"


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.partial")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)  # noqa: PTH105  (Path.replace is the same)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise OutputError(
            f'"{path}" could not be written: {error.strerror or error}.',
            "Make room; the same command then goes on with the subsets that are finished.",
        ) from error
