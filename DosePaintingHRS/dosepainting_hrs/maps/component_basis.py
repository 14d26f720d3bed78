"""A basis of curve components: what it was made from, how, and the hash by which maps say that they share it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import records
from ..errors import InputError
from ..image_frames import Frames
from .components import Float, Found, Gram, Normalisation, Preparation, Weighting

SCHEMA = 1
SAME_TIME = 0.05
"""Frames agree when neither begin nor duration differs by more than this share of the frame's duration, or 0.5 s."""


@dataclass(frozen=True, kw_only=True)
class ComponentBasis:
    """Components of curves, with what they were found in and how.

    Parameters
    ----------
    name : str
        What the maps are called after: ``"FMISO"`` gives FMISO_c1 and FMISO_c2.
    quantity, unit : str
        What the curves are.
    starts_s, durations_s : tuple of float
        Beginning and duration of every frame, s; durations are 0 where they are not known.
    weighting : Weighting
        How frames counted.
    normalisation : Normalisation
        What curves were divided by.
    components : tuple of tuple of float
        Orthonormal vectors over the frames, strongest first; of the weighted curves.
    singular_values, explained : tuple of float
        Of each component; share of the sum of squares, which is not centred.
    voxels : int
        Curves that it was found in.
    sources : tuple of str
        SeriesInstanceUIDs of the cases.
    """

    schema: int = SCHEMA
    name: str
    quantity: str
    unit: str
    starts_s: tuple[float, ...]
    durations_s: tuple[float, ...]
    weighting: Weighting
    normalisation: Normalisation
    components: tuple[tuple[float, ...], ...]
    singular_values: tuple[float, ...]
    explained: tuple[float, ...]
    voxels: int
    sources: tuple[str, ...]

    @property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of its JSON form."""
        text = json.dumps(records.to_json(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def vectors(self) -> Float:
        """Components as an array (components, t)."""
        return np.array(self.components, dtype=np.float64)

    @property
    def preparation(self) -> Preparation:
        """What is done to curves before they are projected."""
        return Preparation.of(self.weighting, self.normalisation, self.durations_s)

    def curves(self) -> NDArray[np.float64]:
        """Return the components as curves in the unit of the data, (components, t)."""
        return np.asarray(self.vectors / np.sqrt(self.preparation.weights))

    def explained_in_words(self) -> str:
        """Say what share of the sum of squares each component explains."""
        return ", ".join(f"{100 * share:.2f}" for share in self.explained) + " %"

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, with the hash and the component curves beside it for people and other programs."""
        curves = self.curves().tolist()
        return {
            **records.to_json(self),
            "hash": self.hash,
            "curves": curves,
            "notice": "Research software, not a medical device.",
        }

    @classmethod
    def from_json(cls, value: dict[str, Any], where: str) -> ComponentBasis:
        """Read a basis back.

        Raises
        ------
        InputError
            If it is damaged, of a newer schema, or was changed.
        """
        bare = {key: one for key, one in value.items() if key not in {"hash", "curves", "notice"}}
        records.require_schema(bare, SCHEMA, where)
        basis = records.from_json(cls, bare, where)
        if value.get("hash") != basis.hash:
            raise InputError(f"{where} is not the basis that was written: its hash does not match.", "Make it again.")
        return basis

    def require_same_frames(self, frames: Frames) -> None:
        """Refuse frames whose number, times or quantity are not those of the basis.

        Raises
        ------
        InputError
            If they differ; the sentence names the first frame that does.
        """
        if len(frames) != len(self.starts_s):
            raise InputError(
                f"The basis has {len(self.starts_s)} frames, the series {len(frames)}.",
                "A basis can only be applied to series of the same frames; make one for these.",
            )
        require_same_times(self, times_of(frames, needs_durations=any(self.durations_s)))
        if (frames.quantity.name, frames.quantity.unit) != (self.quantity, self.unit):
            raise InputError(
                f"The basis was made from {self.quantity} ({self.unit}), but the series holds {frames.quantity}.",
                "Bring the series to that quantity first.",
            )


def times_of(frames: Frames, *, needs_durations: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return begin and duration of every frame, s; durations are 0 where they are not known and not needed."""
    starts = frames.starts_s()
    if needs_durations:
        return starts, frames.durations_s()
    return starts, tuple(one.duration_s or 0.0 for one in frames.infos)


def require_same_times(basis: ComponentBasis, times: tuple[tuple[float, ...], tuple[float, ...]]) -> None:
    """Refuse frames that begin or last otherwise than those of a basis.

    Raises
    ------
    InputError
        If so; the sentence names the first frame.
    """
    starts, durations = times
    gaps = np.diff(basis.starts_s, append=basis.starts_s[-1] + (basis.durations_s[-1] or 0.0))
    for number in range(len(starts)):
        allowed = max(0.5, SAME_TIME * (basis.durations_s[number] or float(gaps[number])))
        late = starts[number] - basis.starts_s[number]
        longer = durations[number] - basis.durations_s[number] if basis.durations_s[number] and durations[number] else 0.0
        if abs(late) > allowed or abs(longer) > allowed:
            raise InputError(
                f"Frame {number + 1} begins at {starts[number]:.4g} s and lasts {durations[number]:.4g} s; that of the basis "
                f"begins at {basis.starts_s[number]:.4g} s and lasts {basis.durations_s[number]:.4g} s.",
                "A basis can only be applied to series of the same frame times; make one for these.",
            )


def basis_of(  # noqa: PLR0917
    gram: Gram,
    found: Found,
    frames: Frames,
    name: str,
    weighting: Weighting,
    normalisation: Normalisation,
    sources: tuple[str, ...] = (),
) -> ComponentBasis:
    """Put together what was found in curves like those of `frames`."""
    starts, durations = times_of(frames, needs_durations=weighting is Weighting.DURATION)
    return ComponentBasis(
        name=name,
        quantity=frames.quantity.name,
        unit=frames.quantity.unit,
        starts_s=starts,
        durations_s=durations,
        weighting=weighting,
        normalisation=normalisation,
        components=tuple(tuple(row) for row in found.vectors.tolist()),
        singular_values=tuple(found.singular_values.tolist()),
        explained=tuple(found.explained.tolist()),
        voxels=gram.voxels,
        sources=sources or frames.identity.series,
    )
