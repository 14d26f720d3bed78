"""Methods by name: maps, segmentations, regions and prescriptions register here and appear at every door by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar, get_type_hints

from .errors import ParameterError
from .image import Image, Mask
from .image_frames import Frames
from .parameters import Parameters, nearest

MAIN = "main"
"""Name of a map's main image among all that it makes."""


@dataclass(frozen=True)
class Slot:
    """An image or region that a method takes, or several of them by name.

    Parameters
    ----------
    name : str
        Name of the argument of ``compute`` and of the command-line option.
    kind : "image", "region", "frames", "images", "regions" or "record"
        What it is. Frames are a dynamic or diffusion series; a record is a JSON object that this software wrote, of which
        ``compute`` gets a dict. Images and regions take any number, each under a name: ``compute`` gets a dict, in the
        order given.
    help : str
        One sentence for the user.
    optional : bool
        Whether the method can do without.
    roles : tuple of str
        Roles of the series it is made for, as `inspect` tells them, for a panel that offers what can be made; empty for any.
    own_grid : bool
        Whether it may lie on another grid than the first image, in the same frame of reference.
    """

    name: str
    kind: Literal["image", "region", "frames", "images", "regions", "record"]
    help: str
    optional: bool = False
    roles: tuple[str, ...] = ()
    own_grid: bool = False

    @property
    def takes_several(self) -> bool:
        """Tell whether any number of things may be given, each under a name."""
        return self.kind in ("images", "regions")

    @property
    def takes_images(self) -> bool:
        """Tell whether images or frames go in, rather than regions."""
        return self.kind in ("image", "images", "frames")


class Method:
    """What maps, segmentations, regions and prescriptions share: a name, a schema version, inputs and checked parameters.

    ``compute`` takes one keyword argument per slot in `inputs`, plus ``progress``.

    Attributes
    ----------
    name : str
        Name under which it is registered.
    schema : int
        Version of its parameters.
    inputs : tuple of Slot
        What it takes.
    parameters_type : type
        Its parameter dataclass, taken from the class annotation of `parameters` on registration.
    migrations : mapping of int to function
        For each old schema version, a function from the old parameter values to the next version's.
    """

    name: ClassVar[str]
    schema: ClassVar[int]
    inputs: ClassVar[tuple[Slot, ...]]
    parameters_type: ClassVar[type[Parameters]]
    migrations: ClassVar[Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {}

    parameters: Parameters

    def __init__(self, parameters: Parameters) -> None:
        if not isinstance(parameters, self.parameters_type):
            raise ParameterError(f'The method "{self.name}" takes {self.parameters_type.__name__}, got {parameters!r}.')
        self.parameters = parameters


@dataclass(frozen=True)
class Output:
    """What a map makes besides its main image, on demand.

    Parameters
    ----------
    name : str
        Key under which ``compute_all`` returns it and ``--also NAME=FILE`` asks for it.
    help : str
        One sentence for the user.
    kind : "image" or "record"
        A record is a JSON object.
    """

    name: str
    help: str
    kind: Literal["image", "record"] = "image"


class Map(Method):
    """Makes a quantitative image, or frames; ``compute(image=..., progress=...)`` returns it.

    A map that makes several things at once lists the others in `also` and defines ``compute_all``, which returns them all
    by name, the main one under `MAIN`; what takes long may stand there as a function that makes it.

    Attributes
    ----------
    also : tuple of Output
        What it makes besides its main image.
    """

    inputs: ClassVar[tuple[Slot, ...]] = (Slot("image", "image", "Image to make the map from."),)
    also: ClassVar[tuple[Output, ...]] = ()

    if TYPE_CHECKING:
        compute: Callable[..., Any]
        compute_all: Callable[..., dict[str, Any]]
    else:

        def compute(self, **given: Any) -> Image | Frames:
            """Return the main image."""
            return self.compute_all(**given)[MAIN]

        def compute_all(self, **given: Any) -> dict[str, Any]:
            """Return everything it makes, by name."""
            return {MAIN: self.compute(**given)}


class Segmentation(Method):
    """Makes a region inside a region; ``compute(map=..., within=..., progress=...)`` returns a Mask."""

    inputs: ClassVar[tuple[Slot, ...]] = (
        Slot("map", "image", "Quantitative map to segment."),
        Slot("within", "region", "Region to stay inside, usually the GTV."),
    )
    compute: Callable[..., Mask]


class RegionMethod(Method):
    """Makes a region from regions, or from nothing but a grid; ``compute(...)`` returns a Mask."""

    compute: Callable[..., Mask]


class Prescription(Method):
    """Makes a dose per voxel, Gy; ``compute(...)`` returns an Image."""

    compute: Callable[..., Image]


M = TypeVar("M", bound=Method)


class Registry(Generic[M]):
    """Methods of one kind, by name."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._methods: dict[str, type[M]] = {}

    def register(self, name: str, *, schema: int) -> Callable[[type[M]], type[M]]:
        """Return a class decorator that registers a method under `name`."""

        def decorate(method: type[M]) -> type[M]:
            if name in self._methods:
                raise ValueError(f"two methods of kind {self.kind} are called {name}")
            method.name, method.schema = name, schema
            method.parameters_type = get_type_hints(method)["parameters"]
            self._methods[name] = method
            return method

        return decorate

    def get(self, name: str) -> type[M]:
        """Return the method called `name`.

        Raises
        ------
        ParameterError
            If there is none; the nearest names are proposed.
        """
        if name not in self._methods:
            raise ParameterError(f'There is no {self.kind} method "{name}".', nearest(name, self.names()))
        return self._methods[name]

    def names(self) -> tuple[str, ...]:
        """Return all names, sorted."""
        return tuple(sorted(self._methods))


MAPS: Registry[Map] = Registry("map")
SEGMENTATIONS: Registry[Segmentation] = Registry("segmentation")
REGIONS: Registry[RegionMethod] = Registry("region")
PRESCRIPTIONS: Registry[Prescription] = Registry("prescription")

register_map = MAPS.register
register_segmentation = SEGMENTATIONS.register
register_region = REGIONS.register
register_prescription = PRESCRIPTIONS.register
