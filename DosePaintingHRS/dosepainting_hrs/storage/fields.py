"""Identity, quantity and history of a volume as text fields, and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ..errors import GeometryError, IdentityError, InputError
from ..geometry import Geometry
from ..identity import FrameTransform, Identity, Supplied
from ..image import Image, Mask, Measured, Volume, voxel_hash
from ..image_frames import Frames
from ..quantities import REGION, Quantity, quantity_of
from ..working import Fact, Working
from . import frame_fields

PREFIX = "DosePaintingHRS."
SCHEMA = 1
NOTICE = "Research software, not a medical device."
_SEAL = PREFIX + "seal"
_STEP_OF_RESAMPLING = "Resampled ("
"""How the sentence begins that resampling an image leaves; that of a region goes on with "volume-true"."""


def to_fields(volume: Image | Mask | Frames, job: str) -> dict[str, str]:
    """Return the text fields under which a volume's identity travels; keys begin with `PREFIX`."""
    identity = volume.identity
    quantity = REGION if isinstance(volume, Mask) else volume.quantity
    kind = "mask" if isinstance(volume, Mask) else "frames" if isinstance(volume, Frames) else "image"
    of_frames = {"frames": frame_fields.to_field(volume)} if isinstance(volume, Frames) else {}
    measured = volume.measured if isinstance(volume, Mask) else ()
    values: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": kind,
        "name": volume.name if isinstance(volume, Mask) else "",
        "patient_id": identity.patient_id,
        "name_hash": identity.name_hash,
        "birth_date_hash": identity.birth_date_hash,
        "frame_of_reference": identity.frame_of_reference,
        "study": identity.study,
        "series": list(identity.series),
        "transforms": [asdict(one) for one in identity.transforms],
        "marks": list(identity.marks),
        "supplied": [asdict(one) for one in identity.supplied],
        "gaps": list(identity.gaps),
        "quantity": quantity.name,
        "unit": quantity.unit,
        "history": list(volume.history),
        "measured": [[one.statistic, one.value, one.quantity.name, one.quantity.unit] for one in measured],
        "job": job,
        "voxel_hash": voxel_hash(volume.array),
        "grid": _grid(volume.stored.geometry),
        "notice": NOTICE,
        **of_frames,
        **({"resampled": volume.resampled} if not isinstance(volume, Mask) else {}),
        **({"basis": volume.basis} if isinstance(volume, Image) and volume.basis else {}),
        **({"working": [asdict(one) for one in volume.working]} if not isinstance(volume, Mask) and volume.working else {}),
        **({"rests_on": [asdict(one) for one in volume.rests_on]} if volume.rests_on else {}),
    }
    fields = {PREFIX + key: _plain(value) if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return {**fields, _SEAL: _seal_of(fields)}


def require_sealed(fields: Mapping[str, str], where: str) -> None:
    """Refuse fields that are not those that were written: whose volume it is must not be changed with a text editor.

    Raises
    ------
    IdentityError
        If a field was changed, added or taken out. A file without any of our fields passes: it has no identity.
    """
    own = {key: value for key, value in fields.items() if key.startswith(PREFIX)}
    if own and own.get(_SEAL) != _seal_of(own):
        raise IdentityError(
            f"The identity fields of {where} are not those it was written with: they were changed by hand or by a program.",
            "Make the file again from its source.",
        )


def identity_from(fields: Mapping[str, str], where: str) -> Identity:
    """Read an identity back from text fields; absent fields stay unknown.

    Raises
    ------
    InputError
        If a field is damaged or of a newer schema.
    """
    try:
        schema = int(fields.get(PREFIX + "schema", SCHEMA))
        if schema > SCHEMA:
            raise InputError(f"{where} was written by a newer version (schema {schema}).", "Update DosePaintingHRS.")
        return Identity(
            patient_id=fields.get(PREFIX + "patient_id", ""),
            name_hash=fields.get(PREFIX + "name_hash", ""),
            birth_date_hash=fields.get(PREFIX + "birth_date_hash", ""),
            frame_of_reference=fields.get(PREFIX + "frame_of_reference", ""),
            study=fields.get(PREFIX + "study", ""),
            series=tuple(_json(fields, "series")),
            transforms=tuple(_transform(one) for one in _json(fields, "transforms")),
            marks=tuple(_json(fields, "marks")),
            supplied=tuple(Supplied(**one) for one in _json(fields, "supplied")),
            gaps=tuple(_json(fields, "gaps")),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"The identity fields of {where} are damaged: {error}.", "Write the file again from its source."
        ) from error


def _transform(value: dict[str, Any]) -> FrameTransform:
    return FrameTransform(**{**value, "matrix": tuple(value["matrix"]), "figures": tuple(value.get("figures", ()))})


def quantity_from(fields: Mapping[str, str]) -> Quantity:
    """Read the quantity back; a file without one holds an unknown quantity."""
    return quantity_of(fields.get(PREFIX + "quantity", "unknown"), fields.get(PREFIX + "unit", "1"))


def basis_from(fields: Mapping[str, str]) -> str:
    """Read back the hash of the basis of a coefficient map."""
    return fields.get(PREFIX + "basis", "")


def history_from(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Read the history back."""
    return tuple(_json(fields, "history"))


def resampled_from(fields: Mapping[str, str]) -> bool | None:
    """Read back whether the values were interpolated from another grid.

    An older file tells it by its steps; one of another program does not tell, which is None.
    """
    written = fields.get(PREFIX + "resampled", "null" if not any(key.startswith(PREFIX) for key in fields) else None)
    if written == "null":
        return None
    if written is None:
        return any(one.startswith(_STEP_OF_RESAMPLING) for one in history_from(fields))
    return written == "true"


def working_from(fields: Mapping[str, str]) -> tuple[Fact, ...]:
    """Read back the facts that a map rests on; a file of before they were kept has none."""
    try:
        return tuple(Fact(**one) for one in _json(fields, "working"))
    except TypeError as error:
        raise _damaged("working", fields[PREFIX + "working"]) from error


def rests_on_from(fields: Mapping[str, str]) -> tuple[Working, ...]:
    """Read back the workings of the maps that a volume was made from."""
    try:
        return tuple(
            Working(quantity=one["quantity"], series=tuple(one["series"]), facts=tuple(Fact(**fact) for fact in one["facts"]))
            for one in _json(fields, "rests_on")
        )
    except (TypeError, KeyError) as error:
        raise _damaged("rests_on", fields[PREFIX + "rests_on"]) from error


def name_from(fields: Mapping[str, str]) -> str:
    """Read a mask's name back."""
    return fields.get(PREFIX + "name", "")


def measured_from(fields: Mapping[str, str]) -> tuple[Measured, ...]:
    """Read back what was measured in the map that a mask was made from."""
    try:
        return tuple(
            Measured(statistic=statistic, value=float(value), quantity=quantity_of(name, unit))
            for statistic, value, name, unit in _json(fields, "measured")
        )
    except (ValueError, TypeError) as error:
        raise _damaged("measured", fields[PREFIX + "measured"]) from error


def is_edited(fields: Mapping[str, str], volume: Volume) -> bool:
    """Tell whether voxels no longer match the hash they were written with, or lie elsewhere."""
    written = fields.get(PREFIX + "voxel_hash", "")
    if not written:
        return False
    return written != voxel_hash(volume.array) or not _is_grid(_json(fields, "grid"), volume.stored.geometry)


def _grid(geometry: Geometry) -> list[Any]:
    return [list(geometry.shape), geometry.affine.tolist()]


def _is_grid(written: list[Any], found: Geometry) -> bool:
    try:
        return Geometry(tuple(written[0]), written[1]).is_same_grid(found)
    except (ValueError, TypeError, IndexError, GeometryError):
        return False


def _plain(text: str) -> str:
    """Return a text that every file format gives back as it was: control characters become spaces."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _seal_of(fields: Mapping[str, str]) -> str:
    text = json.dumps({key: value for key, value in fields.items() if key != _SEAL}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _json(fields: Mapping[str, str], key: str) -> list[Any]:
    text = fields.get(PREFIX + key, "[]")
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, list):
        raise _damaged(key, text)
    return value


def _damaged(key: str, text: str) -> InputError:
    shown = text if len(text) <= 40 else text[:40] + " ..."
    return InputError(f'The field "{PREFIX}{key}" is damaged: it holds {shown!r}.', "Write the file again from its source.")
