"""A model of a high-risk subvolume: a ball in the space of some maps, with all that is needed to apply and judge it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from .conditions import Conditions
from .errors import InputError
from .parameters import Field
from .records import from_json, read_json_file, require_schema, to_json
from .storage.atomic import new_file

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class ModelMap:
    """One axis of the space: a map, its normalisation, and where the ball lies on it."""

    name: Annotated[str, Field("Name of the map.")]
    quantity: Annotated[str, Field("Quantity that the map must hold.")]
    unit: Annotated[str, Field("Its unit, as UCUM spells it.")]
    centre: Annotated[float, Field("Centre, in the unit of the map.")]
    extent: Annotated[tuple[float, float], Field("Lowest and highest value of the cohort's member voxels.")]
    z_mean: Annotated[float | None, Field("Mean that z-normalisation takes off; null when it was not published.")] = None
    z_sd: Annotated[float | None, Field("Standard deviation that it divides by.")] = None
    centre_z: Annotated[float | None, Field("Centre after z-normalisation.")] = None
    centre_ci: Annotated[
        tuple[float | None, float | None], Field("Bootstrap 95 % interval of the centre, unit of the map.")
    ] = (
        None,
        None,
    )
    cohort_range: Annotated[
        tuple[float | None, float | None], Field("Lowest and highest value of all voxels of the cohort.")
    ] = (
        None,
        None,
    )
    basis: Annotated[str, Field("Hash of the basis that a component belongs to; empty for a map that is no component.")] = ""


@dataclass(frozen=True, kw_only=True)
class ModelVariant:
    """The model of one bootstrap cohort: centre and radius after that cohort's z-normalisation."""

    centre_z: tuple[float, ...]
    radius_z: float
    z_mean: tuple[float, ...]
    z_sd: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class ModelClass:
    """A class of the cohort, from sensitive to resistant."""

    name: str
    target_fraction: float
    tumours: int


@dataclass(frozen=True, kw_only=True)
class ModelScore:
    """How well the share of the model's voxels separates the classes."""

    S: Annotated[float | None, Field("Mean of Cohen's d over neighbouring classes.")]
    S_ci: Annotated[tuple[float | None, float | None], Field("95 % interval over bootstrap cohorts.")] = (None, None)
    S_pairs: Annotated[tuple[float | None, ...], Field("Cohen's d of each neighbouring pair.")] = ()
    p_pairs: Annotated[tuple[float | None, ...], Field("Wilcoxon rank-sum p of each neighbouring pair.")] = ()
    permutation_p: Annotated[float | None, Field("Permutation p of the best of all subsets and centres.")] = None
    bootstraps: int = 0
    permutations: int = 0
    S_optimism_corrected: Annotated[float | None, Field("S less the optimism found by bootstrapping.")] = None
    S_left_out: Annotated[float | None, Field("S of tumours that were left out while the model was found.")] = None


@dataclass(frozen=True, kw_only=True)
class HrsModel:
    """A model, as ``model.json`` holds it."""

    schema: int = SCHEMA
    name: Annotated[str, Field("Name of the model.")]
    summary: Annotated[str, Field("What it is, in plain language.")]
    maps: Annotated[tuple[ModelMap, ...], Field("Axes of its space.")]
    radius_z: Annotated[float | None, Field("Radius in z-space; null when only an interval was published.")]
    n_hrs: Annotated[int | None, Field("Number of voxels that the radius was drawn around.")]
    score: ModelScore
    classes: tuple[ModelClass, ...]
    conditions: Conditions = field(default_factory=Conditions)
    reference: Annotated[bool, Field("True for published numbers, whose results are for comparison only.")] = False
    needs: Annotated[str, Field("What is missing to apply it; empty when nothing is.")] = ""
    source: Annotated[str, Field("Publication or cohort that it comes from.")] = ""
    time_point: str = ""
    cohort_hash: Annotated[str, Field("Hash of the voxels and classes that it was learned from.")] = ""
    confounding: Annotated[tuple[str, ...], Field("What the classes cannot be told apart from.")] = ()
    bootstrap_models: tuple[ModelVariant, ...] = ()
    software: Annotated[Mapping[str, str], Field("Versions that it was made with.")] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [one.name for one in self.maps]
        if not names or len(set(names)) < len(names):
            raise InputError(f'The model "{self.name}" needs maps with different names, got {names}.')
        if any(one.z_sd is not None and not one.z_sd > 0 for one in self.maps):
            raise InputError(f'The model "{self.name}" has a standard deviation that is not positive.')
        if self.radius_z is not None and not (self.radius_z >= 0 and math.isfinite(self.radius_z)):
            raise InputError(f'The model "{self.name}" has a radius of {self.radius_z}.')
        if self.radius_z is None and not self.reference:
            raise InputError(f'The model "{self.name}" has no radius, and only a published reference has none.')

    @property
    def map_names(self) -> tuple[str, ...]:
        """Names of its maps, in order."""
        return tuple(one.name for one in self.maps)

    @property
    def is_normalised(self) -> bool:
        """True when centre, radius and normalisation are all there: it can be applied in z-space."""
        values = [value for one in self.maps for value in (one.z_mean, one.z_sd, one.centre_z)]
        return self.radius_z is not None and None not in values

    @property
    def hash(self) -> str:
        """Short hash of all that it says: the name under which results know it."""
        text = json.dumps(_canonical(to_json(self)), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_model(path: Path) -> HrsModel:
    """Read a model file.

    Raises
    ------
    InputError
        If it is missing, truncated, damaged or of a newer schema.
    """
    return model_from(read_json_file(path, "model file"), f'The model file "{path}"')


def model_from(value: Mapping[str, Any], where: str) -> HrsModel:
    """Build a model from the JSON object of a model file.

    Raises
    ------
    InputError
        If a value is missing, unknown or of another type, the schema is newer, or something was changed since it was written;
        `where` begins the sentence.
    """
    require_schema(dict(value), SCHEMA, where)
    model = from_json(HrsModel, {name: one for name, one in value.items() if name != "hash"}, where)
    if value.get("hash") != model.hash:
        told = "was changed since it was written: its hash does not match" if "hash" in value else "has no hash"
        raise InputError(f"{where} {told}.", "Write the model again with dosepainting-hrs cohort model.")
    return model


def model_json(model: HrsModel) -> dict[str, Any]:
    """Return what a model file holds: the model, and the hash by which a change is seen."""
    return {**to_json(model), "hash": model.hash}


def write_model(model: HrsModel, path: Path) -> None:
    """Write a model file; never over an existing one.

    Raises
    ------
    OutputError
        If the path exists or cannot be written.
    """
    with new_file(path) as temporary:
        temporary.write_text(json.dumps(model_json(model), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _canonical(value: Any) -> Any:
    """Return JSON types with every number as a float: a file does not keep 7 and 7.0 apart."""
    if isinstance(value, dict):
        return {name: _canonical(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_canonical(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
