"""The images and regions that a method asks for: by name, loaded, and on one grid."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .errors import DicomError, GeometryError, IdentityError, InputError, SeveralSeriesError, UnknownNameError
from .identity import MARK_EDITED, MARK_UNACCEPTED, require_same_frame, require_same_patient
from .image import AnyVolume, Image, Mask, resting_on
from .notes import note
from .parameters import nearest
from .quantities import REGION
from .registry import Method, Slot

if TYPE_CHECKING:
    # What reads files takes its time to import; a panel, which has them in memory, does not wait for it.
    from .address import Where
    from .context import Placed
    from .geometry import Geometry
    from .identity import Identity, SamePatient
    from .image_frames import Frames

SEPARATOR = ":"
"""Stands between the name of an input that takes several and the name of one of them: ``maps:ADC``."""


class Loader(Protocol):
    """Where images and regions come from: files by address (`Context`), or a scene.

    Attributes
    ----------
    heard : list of str
        Remarks on the regions that were loaded.
    """

    heard: list[str]

    @property
    def same_patient(self) -> Sequence[SamePatient]:
        """Pairs of patient IDs that are declared to be one person."""

    def image(self, where: Any) -> Image:
        """Return an image."""

    def frames(self, where: Any) -> Frames:
        """Return the frames of a dynamic or diffusion series."""

    def json_record(self, where: Any, what: str) -> dict[str, Any]:
        """Return a JSON object that this software wrote."""

    def region(self, where: Any, drawn_on: Any = None) -> Mask:
        """Return a region on the grid it was drawn on."""

    def place(self, mask: Mask, target: Geometry, identity: Identity, *, what: tuple[str, str]) -> Placed:
        """Bring a region onto a grid, after patient and frame of reference were checked."""


@dataclass(kw_only=True)
class Inputs:
    """What a method is given.

    Parameters
    ----------
    arguments : dict
        Keyword arguments of ``compute``: an Image or Mask, or a dict of them for an input that takes several.
    images : dict of str to Image
        All images by the names under which they were given, the first of them first: its grid is that of the result.
        Without images, the grid of the first region is.
        Frames stand here by the first of them.
    regions : dict of str to Mask
        All regions, on that grid.
    remarks : list of str
        What is worth telling: values that could not be compared, islands that were lost.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    regions: dict[str, Mask] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def grid(self) -> Image | Mask:
        """The image, or without images the region, whose grid counts."""
        volumes: list[Image | Mask] = [*self.images.values(), *self.regions.values()]
        return volumes[0]

    def kept_by(self, made: AnyVolume) -> AnyVolume:
        """Return a result that keeps the workings of the maps among these inputs."""
        return resting_on(made, (*self.images.values(), *self.regions.values()))


def check_inputs(method: type[Method], inputs: Mapping[str, Where]) -> None:
    """Refuse inputs that a method does not take, and ask for those that it lacks.

    Raises
    ------
    InputError
        If a name is unknown or a needed one is missing.
    """
    known = {slot.name: slot for slot in method.inputs}
    for given in inputs:
        name, _, one = given.partition(SEPARATOR)
        if name not in known:
            raise InputError(f'The method "{method.name}" takes no input "{name}".', nearest(name, tuple(known)))
        if known[name].takes_several != bool(one):
            form = f"{name}{SEPARATOR}NAME" if known[name].takes_several else name
            raise InputError(f'The input "{given}" of the method "{method.name}" is written "{form}".', known[name].help)
    for slot in method.inputs:
        if not slot.optional and not any(_given(slot, inputs)):
            raise InputError(f'The method "{method.name}" needs the {slot.kind} "{slot.name}".', slot.help)


def load_inputs(context: Loader, method: type[Method], inputs: Mapping[str, Where], drawn_on: Where | None = None) -> Inputs:
    """Load what a method asks for; regions are brought to the grid of the first image, or first region, volume-true.

    Parameters
    ----------
    context : Loader
        Loads them.
    method : type of Method
        Whose inputs they are.
    inputs : mapping of str to address
        Addresses by the name of the input, ``NAME:ONE`` for each of an input that takes several.
    drawn_on : str, PathForm or None
        Image that RTSTRUCT regions were drawn on, when the user says so.

    Raises
    ------
    InputError
        If an input is unknown or missing, a region is empty, or a region was given as an image.
    IdentityError
        If patients or frames of reference differ.
    GeometryError
        If the images do not share one grid.
    """
    check_inputs(method, inputs)
    found = Inputs()
    for slot, name, where in _all_given(method, inputs, images=True):
        with _names_that_fit(slot):
            frames = context.frames(where) if slot.kind == "frames" else None
            image = frames.frame(0) if frames is not None else _image(context, slot, where)
        found.remarks += frames.remarks if frames is not None else ()
        if image.quantity == REGION:
            raise InputError(
                f'What was given as the {name} of "{method.name}" is a region, a quantitative map is needed.',
                "Give an image or a map, SUV for example.",
            )
        if found.images:
            cure = _cure(inputs, name, next(iter(found.images)))
            found.remarks += _belongs(context, found, name, image, cure, own_grid=slot.own_grid)
        found.images[name] = image
        _hand_over(found, slot, name, image if frames is None else frames)
    for slot, name, where in _all_given(method, inputs, images=False):
        mask = _placed(context, found, where, drawn_on)
        found.regions[name] = mask
        _hand_over(found, slot, name, mask)
    for slot in method.inputs:
        if slot.kind == "record" and slot.name in inputs:
            found.arguments[slot.name] = context.json_record(inputs[slot.name], slot.name)
    found.remarks[:0] = context.heard
    volumes: dict[str, Image | Mask] = {**found.images, **found.regions}
    edited = [name for name, one in volumes.items() if MARK_EDITED in one.identity.marks]
    found.remarks += [f"Another program changed the {name}, or something it was made from: export will ask." for name in edited]
    laid = [name for name, one in volumes.items() if MARK_UNACCEPTED in one.identity.marks]
    found.remarks += [f"The {name} rests on a transform that nobody has accepted in a case: export will ask." for name in laid]
    return found


@contextmanager
def _names_that_fit(slot: Slot) -> Iterator[None]:
    """Propose, for a name that a case does not have, those of its images that the input is for."""
    try:
        yield
    except UnknownNameError as error:
        if not slot.roles:
            raise
        wanted = " or ".join(slot.roles)
        fit = tuple(name for name, role in error.roles.items() if role in slot.roles)
        others = ", ".join(f'"{name}"' + (f" ({role})" if role else "") for name, role in error.roles.items())
        hint = nearest(error.name, fit) if fit else f"None of its images is a {wanted}: {others or 'it has none'}."
        raise InputError(error.message, hint) from error


def _given(slot: Slot, inputs: Mapping[str, Where]) -> Iterator[tuple[str, Where]]:
    for name, where in inputs.items():
        if name.partition(SEPARATOR)[0] == slot.name:
            yield name, where


def _all_given(method: type[Method], inputs: Mapping[str, Where], *, images: bool) -> Iterator[tuple[Slot, str, Where]]:
    for slot in method.inputs:
        if slot.takes_images == images and slot.kind != "record":
            for name, where in _given(slot, inputs):
                yield slot, name, where


def _image(context: Loader, slot: Slot, where: Where) -> Image:
    """Load an image; of a folder of many series, a method that takes a PET is told of the PETs only."""
    try:
        return context.image(where)
    except SeveralSeriesError as error:
        if slot.roles != ("PET",):
            raise
        pets = [one for modality, one in error.listed if modality == "PT"]
        kinds = ", ".join(f"{count} {kind} series" for kind, count in Counter(kind for kind, _ in error.listed).items())
        if not pets:
            hint = "Give the folder of a PET: inspect FOLDER lists all series with their roles."
            raise DicomError(f'The folder "{error.folder}" holds no PET, but {kinds}.', hint) from error
        more = f"; and {len(pets) - 8} more" if len(pets) > 8 else ""
        told = f'The folder "{error.folder}" holds {kinds}; one PET must be chosen.'
        raise DicomError(told, f"Choose one: {'; '.join(pets[:8])}{more}.") from error


def _hand_over(found: Inputs, slot: Slot, name: str, volume: Image | Frames | Mask) -> None:
    if slot.takes_several:
        found.arguments.setdefault(slot.name, {})[name.partition(SEPARATOR)[2]] = volume
    else:
        found.arguments[slot.name] = volume


def _cure(inputs: Mapping[str, Where], name: str, first: str) -> str:
    """Return the command that brings an image to the grid of the first; empty where they are no addresses, as in a scene."""
    there = [where if isinstance(where, str) else getattr(where, "path", "") for where in (inputs[name], inputs[first])]
    if not all(isinstance(one, str) and one for one in there):
        return ""
    source, like = (shlex.quote(one) for one in there)
    return f"dosepainting-hrs resample {source} --case CASE.JSON --like {like} -o NEW.nrrd"


def _belongs(context: Loader, found: Inputs, name: str, image: Image, cure: str, *, own_grid: bool = False) -> tuple[str, ...]:
    first = next(iter(found.images))
    what = (f'The image "{name}"', f'the image "{first}"')
    remarks = require_same_patient(image.identity, found.grid.identity, what=what, same=context.same_patient)
    try:
        require_same_frame(image.identity, found.grid.identity, what=what)
    except IdentityError as error:
        hint = f"If the case has an accepted transform between the two: {cure}. Else: {error.hint}" if cure else error.hint
        raise IdentityError(error.message, hint) from error
    if not own_grid and not image.geometry.is_same_grid(found.grid.geometry):
        raise GeometryError(
            f"{what[0]} lies on a grid of {image.geometry}, but {what[1]} has {found.grid.geometry}.",
            f"Bring both to one grid first{f': {cure}' if cure else ''}.",
        )
    return tuple(remarks)


def _placed(context: Loader, found: Inputs, where: Where, drawn_on: Where | None) -> Mask:
    region = context.region(where, drawn_on)
    if not region.voxel_count:
        raise InputError(f'The region "{region.name}" is empty.', "Choose a region that has voxels.")
    if not found.images and not found.regions:
        return region
    other = "the map" if found.images else f'the region "{next(iter(found.regions.values())).name}"'
    what = (f'The region "{region.name}"', other)
    placed = context.place(region, found.grid.geometry, found.grid.identity, what=what)
    found.remarks += placed.remarks
    if placed.resampled is not None and not found.images:
        found.remarks.append(note(f'The region "{region.name}" was brought to the grid of {other}, volume-true.'))
    lost = placed.resampled.vanished if placed.resampled is not None else ()
    found.remarks += [f'Of the region "{region.name}", {one} is lost on the grid of {other}.' for one in lost]
    return placed.mask
