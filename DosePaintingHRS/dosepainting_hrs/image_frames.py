"""Images of one grid that follow each other in time, or differ in diffusion weighting: dynamic PET, DCE, DWI."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .acquisition import PetAcquisition
from .errors import GeometryError, InputError, QuantityError
from .geometry import Array
from .image import Image, Volume
from .quantities import Quantity


@dataclass(frozen=True, kw_only=True)
class FrameInfo:
    """What is known of one frame; None where nothing says so.

    Parameters
    ----------
    start_s : float or None
        Beginning of the frame after that of the first frame, s.
    duration_s : float or None
        How long it took, s.
    b_value : float or None
        Diffusion weighting, s/mm2.
    direction : tuple of float or None
        Unit vector of the diffusion gradient in the patient; None for b = 0, for a trace image, and where none is given.
    acquisition_number : int or None
        AcquisitionNumber (0020,0012), when all slices of the frame share one.
    acquisition : PetAcquisition or None
        Header values of a PET frame as loaded, one `PetSlice` for each slice.
    """

    start_s: float | None = None
    duration_s: float | None = None
    b_value: float | None = None
    direction: tuple[float, float, float] | None = None
    acquisition_number: int | None = None
    acquisition: PetAcquisition | None = None

    @property
    def middle_s(self) -> float | None:
        """Middle of the frame after the beginning of the first one, s; its beginning where the duration is not known."""
        return None if self.start_s is None else self.start_s + (self.duration_s or 0.0) / 2.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Frames(Volume):
    """Images of one grid, one after the other.

    Parameters
    ----------
    array : array, (t, z, y, x)
        Voxel values; each frame in canonical axis order.
    quantity : Quantity
        What the numbers mean.
    infos : tuple of FrameInfo
        One for each frame.
    began : datetime or None
        When the first frame began.
    remarks : tuple of str
        What was odd when they were loaded and hinders nothing: gaps between frames, for example.

    Raises
    ------
    GeometryError
        If the array does not fit the grid, or the number of frames.
    """

    quantity: Quantity
    infos: tuple[FrameInfo, ...] = ()
    began: datetime | None = None
    remarks: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if self.array.ndim != 4 or self.array.shape[1:] != self.geometry.shape:
            raise GeometryError(f"Frames of shape {self.array.shape} do not fit a grid of shape {self.geometry.shape}.")
        if len(self.infos) != len(self.array):
            raise GeometryError(f"There are {len(self.array)} frames, but facts of {len(self.infos)}.")

    def __len__(self) -> int:
        return len(self.array)

    def frame(self, number: int) -> Image:
        """Return one frame, counted from 0, as an image; negative numbers count from the last one.

        Raises
        ------
        InputError
            If there is no such frame.
        """
        if not -len(self) <= number < len(self):
            raise InputError(f"There is no frame {number}: there are {len(self)}, counted from 0.")
        place = number % len(self)
        return Image(
            array=self.array[place],
            geometry=self.geometry,
            stored=self.stored,
            identity=self.identity,
            history=(*self.history, f"Took frame {place + 1} of {len(self)}{self._when(place)}."),
            edited=self.edited,
            quantity=self.quantity,
            acquisition=self.infos[place].acquisition,
            working=self.working,
            rests_on=self.rests_on,
            resampled=self.resampled,
        )

    def image(self, array: Array, quantity: Quantity, step: str) -> Image:
        """Return an image made from the frames, on their grid and of their identity, with `step` added to the history."""
        return Image(
            array=array,
            geometry=self.geometry,
            stored=self.stored,
            identity=self.identity,
            history=(*self.history, step),
            quantity=quantity,
            resampled=self.resampled,
        )

    def derived(self, array: Array, quantity: Quantity, step: str) -> Frames:
        """Return new frames at the same times and on the same grid, with `step` added to the history."""
        infos = tuple(replace(one, acquisition=None) for one in self.infos)
        return replace(self, array=array, quantity=quantity, history=(*self.history, step), infos=infos, working=())

    def require(self, *quantities: Quantity) -> None:
        """Refuse to go on when the frames hold none of these quantities.

        Raises
        ------
        QuantityError
            If quantity or unit is another one.
        """
        if self.quantity not in quantities:
            raise QuantityError(f"This step needs {' or '.join(map(str, quantities))}, but the frames hold {self.quantity}.")

    def starts_s(self) -> tuple[float, ...]:
        """Return the beginning of every frame after that of the first one, s.

        Raises
        ------
        InputError
            If nothing tells when a frame began.
        """
        known = tuple(one.start_s for one in self.infos if one.start_s is not None)
        if len(known) < len(self):
            raise InputError(
                f"{len(self) - len(known)} of {len(self)} frames carry no time, and this step needs one for each.",
                "Give the DICOM series with AcquisitionTime, or a file that this software wrote from it.",
            )
        return known

    def durations_s(self) -> tuple[float, ...]:
        """Return the duration of every frame, s.

        Raises
        ------
        InputError
            If a frame has none.
        """
        known = tuple(one.duration_s for one in self.infos if one.duration_s is not None)
        if len(known) < len(self):
            raise InputError(
                f"{len(self) - len(known)} of {len(self)} frames carry no duration, and this step needs one for each.",
                "ActualFrameDuration (0018,1242) gives it; export the series again from the scanner.",
            )
        return known

    def b_values(self) -> tuple[float, ...]:
        """Return the b-value of every frame, s/mm2.

        Raises
        ------
        InputError
            If a frame has none.
        """
        known = tuple(one.b_value for one in self.infos if one.b_value is not None)
        if len(known) < len(self):
            raise InputError(
                f"{len(self) - len(known)} of {len(self)} frames carry no b-value, and this step needs one for each.",
                "It is looked for in (0018,9087), Siemens (0019,100C), GE (0043,1039) and Philips (2001,1003).",
            )
        return known

    def started(self, number: int) -> datetime | None:
        """Return when a frame began, None where nothing says so."""
        start = self.infos[number].start_s
        return None if self.began is None or start is None else self.began + timedelta(seconds=start)

    def _when(self, place: int) -> str:
        info = self.infos[place]
        if info.b_value is not None:
            return f", b = {info.b_value:g} s/mm2"
        if info.start_s is None:
            return ""
        lasting = f", {info.duration_s:g} s long" if info.duration_s is not None else ""
        return f", {info.start_s:g} s after the first began{lasting}"


def times_in_words(infos: tuple[FrameInfo, ...]) -> str:
    """Say how many frames there are and how they follow each other: ``65 frames: 36 x 10 s, 18 x 60 s, 11 x 360 s``."""
    count = f"{len(infos)} frames"
    weights = [one.b_value for one in infos]
    if any(one is not None for one in weights):
        named = dict.fromkeys(f"{one:g}" if one is not None else "unknown" for one in weights)
        ways = len({one.direction for one in infos if one.direction is not None})
        return f"{count}: b = {', '.join(named)} s/mm2" + (f" in {ways} directions" if ways > 1 else "")
    if all(one.duration_s is not None for one in infos):
        runs = _runs([f"{one.duration_s:g}" for one in infos])
        return f"{count}: {', '.join(f'{number} x {length} s' for number, length in runs)}"
    starts = [one.start_s for one in infos if one.start_s is not None]
    if len(starts) == len(infos) > 1:
        return f"{count}, {(starts[-1] - starts[0]) / (len(starts) - 1):.4g} s apart on average, over {starts[-1]:.4g} s"
    return f"{count} of unknown time"


def _runs(words: list[str]) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for word in words:
        if found and found[-1][1] == word:
            found[-1] = (found[-1][0] + 1, word)
        else:
            found.append((1, word))
    return found
