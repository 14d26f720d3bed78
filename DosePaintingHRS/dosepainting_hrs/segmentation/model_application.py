"""A model of a high-risk subvolume on the maps of a patient: distance of every voxel, who belongs, and what to say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..conditions import Conditions, differences, in_words, unknown
from ..errors import GeometryError, InputError, QuantityError
from ..hrs_model import HrsModel, ModelMap, ModelVariant
from ..identity import (
    MARK_REFERENCE_MODEL,
    Identity,
    Supplied,
    combined,
    require_same_frame,
    require_same_patient,
)
from ..image import Image, Mask, any_resampled
from ..parameters import nearest
from ..quantities import Quantity, quantity_of
from ..reconstruction import steps_of_region
from ..working import CHECK, Fact
from .islands import Box, bounding_box

DISTANCE = Quantity("distance from HRS centre", "1")
TIE_TOLERANCE = 1e-9
"""Squared distances up to this share above that of the radius count as equal to it, as in the scan."""
OUT_OF_RANGE = 0.01
"""Share of a region's voxels beyond the range of the cohort from which it is said."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """A difference between patient and cohort that somebody accepts, by name."""

    name: str
    who: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Applied:
    """A model on the maps of a patient.

    Parameters
    ----------
    model : HrsModel
        What is applied.
    images : tuple of Image
        Its maps, in its order.
    within : Mask
        The region that it is applied in.
    box : tuple of slice
        Bounding box of the region.
    inside : array of bool, shape of the box
        Voxels of the region in which every map has a value.
    identity : Identity
        That of all maps and the region, with what was accepted and the mark of a reference model.
    remarks : tuple of str
        What is worth telling.
    """

    model: HrsModel
    images: tuple[Image, ...]
    within: Mask
    box: Box
    inside: NDArray[np.bool_]
    identity: Identity
    remarks: tuple[str, ...]

    @classmethod
    def of(
        cls,
        model: HrsModel,
        maps: Mapping[str, Image],
        within: Mask,
        conditions: Conditions,
        accepted: Sequence[Accepted] = (),
    ) -> Applied:
        """Check that model, maps, region and patient fit.

        Raises
        ------
        InputError
            If the model cannot be applied, a map is missing, a component is of another basis, the region is empty, or the
            patient was imaged otherwise than the cohort and nobody accepted that.
        QuantityError
            If a map holds another quantity or unit than the model's.
        IdentityError, GeometryError
            If patients, frames of reference or grids differ.
        """
        identity, remarks = _checked_identity(maps, within)
        images = tuple(_map_of(model, one, maps) for one in model.maps)
        _require_no_other(model, maps)
        remarks += [sentence for one, image in zip(model.maps, images, strict=True) for sentence in _basis(one, image)]
        box = bounding_box(within.array)
        if box is None:
            raise InputError(f'The region "{within.name}" is empty.', "Choose a region that has voxels.")
        inside = within.array[box].copy()
        for image in images:
            inside &= np.isfinite(image.array[box])
        if not inside.any():
            raise InputError(
                f'No voxel of the region "{within.name}" has a value in every map of the model "{model.name}".',
                "Check that the region lies inside the field of view of all maps.",
            )
        supplied = _accepted(model, replace(conditions, voxel_mm=tuple(map(float, within.geometry.spacing))), accepted)
        marks = (MARK_REFERENCE_MODEL,) if model.reference and MARK_REFERENCE_MODEL not in identity.marks else ()
        return cls(
            model=model,
            images=images,
            within=within,
            box=box,
            inside=inside,
            identity=replace(identity, marks=identity.marks + marks, supplied=identity.supplied + supplied),
            remarks=(
                *remarks,
                *model.confounding,
                *_unsaid(model),
                *_without_value(within, inside),
                *_out_of_range(model, images, box, inside),
            ),
        )

    @property
    def history(self) -> tuple[str, ...]:
        """What led to maps and region."""
        of_maps = tuple(dict.fromkeys(step for one in self.images for step in one.history))
        return (*of_maps, *steps_of_region(self.within, of_maps))

    def distance(
        self, variant: ModelVariant | None = None, values: Sequence[NDArray[np.floating]] | None = None
    ) -> NDArray[np.float64]:
        """Return the distance of every voxel of the box from the centre, in units of the radius.

        Parameters
        ----------
        variant : ModelVariant or None
            Model of a bootstrap cohort; the model itself when None.
        values : sequence of array, shape of the box, or None
            Other values of the maps, with noise say.

        Notes
        -----
        With a published interval instead of a radius, each side of the centre is measured by its own half.
        """
        from ..kernels.ball import squared_distances  # noqa: PLC0415  (slow to import)

        boxes = self._boxes(values)
        if variant is None and not self.model.is_normalised:
            return _interval_distance(self.model.maps[0], boxes[0])
        means, sds, centre, radius = _normalisation(self.model, variant)
        squared = squared_distances(boxes, means, sds, centre)
        return np.sqrt(squared) / radius if radius > 0 else np.where(squared == 0.0, 0.0, np.inf)

    def members(
        self, variant: ModelVariant | None = None, values: Sequence[NDArray[np.floating]] | None = None
    ) -> NDArray[np.bool_]:
        """Return which voxels of the box belong: inside the region and within the radius; those on it do."""
        from ..kernels.ball import members  # noqa: PLC0415  (slow to import)

        if variant is None and not self.model.is_normalised:
            reached: NDArray[np.bool_] = self.distance(variant, values) <= np.sqrt(1.0 + TIE_TOLERANCE)
            return reached & self.inside
        means, sds, centre, radius = _normalisation(self.model, variant)
        return members(self._boxes(values), means, sds, centre, radius**2 * (1.0 + TIE_TOLERANCE)) & self.inside

    def _boxes(self, values: Sequence[NDArray[np.floating]] | None) -> list[NDArray[np.floating]]:
        """Return the values of the maps in the box as the kernels take them: without gaps, in single or double precision."""
        given = [image.array[self.box] for image in self.images] if values is None else values
        kinds = (one.dtype if one.dtype in (np.float32, np.float64) else np.float64 for one in given)
        return [np.ascontiguousarray(one, dtype=kind) for one, kind in zip(given, kinds, strict=True)]

    def mask(self, members: NDArray[np.bool_], step: str) -> Mask:
        """Return voxels of the box as a region of the patient."""
        array = np.zeros(self.within.array.shape, dtype=np.bool_)
        array[self.box] = members
        return Mask(
            array=array,
            geometry=self.within.geometry,
            stored=self.within.stored,
            identity=self.identity,
            history=(*self.history, *self.remarks, step),
            working=tuple(Fact(kind=CHECK, text=one, warns=True) for one in self.remarks),
            name="HRS",
        )

    def image(self, values: NDArray[np.floating], quantity: Quantity, step: str) -> Image:
        """Return values in the box as a map of the patient; it has none outside of the region."""
        array = np.full(self.within.array.shape, np.nan, dtype=np.float32)
        array[self.box] = np.where(self.inside, values, np.nan)
        return Image(
            array=array,
            geometry=self.within.geometry,
            stored=self.within.stored,
            identity=self.identity,
            history=(*self.history, *self.remarks, step),
            quantity=quantity,
            resampled=any_resampled(self.images),
        )


def _checked_identity(maps: Mapping[str, Image], within: Mask) -> tuple[Identity, list[str]]:
    if not maps:
        raise InputError("No map was given to apply the model to.", "Give every map of the model by its name.")
    remarks: list[str] = []
    identity: Identity | None = None
    for name, image in maps.items():
        what = (f'The region "{within.name}"', f'the map "{name}"')
        remarks += [one for one in require_same_patient(within.identity, image.identity, what=what) if one not in remarks]
        require_same_frame(within.identity, image.identity, what=what)
        if not within.geometry.is_same_grid(image.geometry):
            raise GeometryError(
                f"{what[0]} lies on a grid of {within.geometry}, but {what[1]} has {image.geometry}.",
                "dosepainting-hrs case build brings all of a case to one grid.",
            )
        identity = image.identity if identity is None else combined(identity, image.identity)
    assert identity is not None  # noqa: S101  (there is at least one map)
    return combined(identity, within.identity), remarks


def _without_value(within: Mask, inside: NDArray[np.bool_]) -> tuple[str, ...]:
    missing = within.voxel_count - int(inside.sum())
    if not missing:
        return ()
    told = f"{missing} of {within.voxel_count} voxels of the region have no value in some map: the model cannot judge them, and"
    return (f"{told} they count as outside.",)


def _map_of(model: HrsModel, wanted: ModelMap, maps: Mapping[str, Image]) -> Image:
    if model.needs:
        raise InputError(f'The model "{model.name}" cannot be applied: {model.needs}', "It can be shown and compared only.")
    if wanted.name not in maps:
        raise InputError(
            f'The model "{model.name}" needs the map "{wanted.name}", which was not given.',
            f"Its maps are {', '.join(model.map_names)}.",
        )
    image, quantity = maps[wanted.name], quantity_of(wanted.quantity, wanted.unit)
    if (image.quantity.name, image.quantity.unit) != (wanted.quantity, wanted.unit):
        raise QuantityError(
            f'The model "{model.name}" needs {wanted.name} as {quantity}, but the map given holds {image.quantity}.',
            "Make the map in the unit of the model.",
        )
    return image


def _require_no_other(model: HrsModel, maps: Mapping[str, Image]) -> None:
    other = next((name for name in maps if name not in model.map_names), None)
    if other is not None:
        raise InputError(f'The model "{model.name}" has no map "{other}".', nearest(other, model.map_names))


def _basis(wanted: ModelMap, image: Image) -> list[str]:
    found = image.basis
    if found == wanted.basis:
        return []
    if not found:
        return [
            f'The map "{wanted.name}" does not say its basis; the model needs {wanted.basis}, and means nothing on another.'
        ]
    raise InputError(
        f'The map "{wanted.name}" is a component of the basis {found}, but the model needs {wanted.basis or "none"}.',
        "Project the patient's images on the basis of the model.",
    )


def _accepted(model: HrsModel, patient: Conditions, accepted: Sequence[Accepted]) -> tuple[Supplied, ...]:
    """Refuse differences that nobody accepted, and record those that somebody did; a reference model is never exported."""
    found = {one.name: one for one in differences(model.conditions, patient)}
    by_name = {one.name: one for one in accepted}
    stray = next((name for name in by_name if name not in found), None)
    if stray is not None:
        raise InputError(
            f'There is no difference in "{stray}" between patient and cohort to accept.', nearest(stray, tuple(found))
        )
    for one in accepted:
        if not one.who.strip() or not one.reason.strip():
            raise InputError(f'Accepting the difference in "{one.name}" needs a name and a reason.', "Both are recorded.")
    blocking = [one for name, one in found.items() if name not in by_name]
    if blocking and not model.reference:
        told = "; ".join(map(str, blocking))
        raise InputError(
            f'The model "{model.name}" was learned otherwise than this patient was imaged: {told}.',
            "Say how the patient was imaged with --conditions name=NAME,value=VALUE; a difference goes only with "
            "--accept name=NAME,by=WHO,reason=WHY.",
        )
    return tuple(
        Supplied(what=f'model "{model.name}" ({model.hash}): {found[one.name]}', who=one.who, reason=one.reason, when="")
        for one in accepted
    )


def _unsaid(model: HrsModel) -> tuple[str, ...]:
    names = unknown(model.conditions)
    if not names:
        return ()
    told = ", ".join(map(in_words, names))
    return (f'The model "{model.name}" does not say its {told}: nobody compared them with the patient.',)


def _out_of_range(model: HrsModel, images: Sequence[Image], box: Box, inside: NDArray[np.bool_]) -> list[str]:
    told = []
    for one, image in zip(model.maps, images, strict=True):
        low, high = one.cohort_range
        values = np.asarray(image.array[box][inside], dtype=np.float64)
        if low is None or high is None:
            continue
        share = float(np.mean((values < low) | (values > high)))
        if share > OUT_OF_RANGE:
            told.append(
                f"{share:.0%} of the region's voxels lie outside the cohort's range of {one.name}, {low:.4g} to {high:.4g}: "
                "the model has never seen such values."
            )
    return told


def _normalisation(model: HrsModel, variant: ModelVariant | None) -> tuple[list[float], list[float], list[float], float]:
    if variant is not None:
        return list(variant.z_mean), list(variant.z_sd), list(variant.centre_z), variant.radius_z
    return (
        [one.z_mean or 0.0 for one in model.maps],
        [one.z_sd or 1.0 for one in model.maps],
        [one.centre_z or 0.0 for one in model.maps],
        model.radius_z or 0.0,
    )


def _interval_distance(one: ModelMap, values: NDArray[np.floating]) -> NDArray[np.float64]:
    away = np.asarray(values, dtype=np.float64) - one.centre
    low, high = one.centre - one.extent[0], one.extent[1] - one.centre
    return np.where(away < 0, -away / low, away / high)
