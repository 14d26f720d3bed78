"""What a step works with: its sources, where its outputs go, and how things come onto one grid."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .errors import OutputError
from .frames import way_between
from .geometry import Geometry
from .identity import Identity, as_declared, require_same_patient
from .image import Image, Mask, on_grid, resting_on
from .progress import part
from .registration.carry import carry_region
from .registration.resample import resample_image
from .registration.volume_true import VolumeTrue, resample_volume_true
from .sources import Sources
from .storage.atomic import require_parent
from .transform import Transform


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A region on another grid, and how it got there.

    Parameters
    ----------
    mask : Mask
        On the target grid.
    resampled : VolumeTrue or None
        What resampling did; None when the region lay on the grid already.
    remarks : tuple of str
        What is worth telling: values that could not be compared, a transform used.
    """

    mask: Mask
    resampled: VolumeTrue | None
    remarks: tuple[str, ...]


@dataclass(kw_only=True)
class Context(Sources):
    """What a step works with: what it reads, where it writes, and how regions and images are brought onto one grid.

    Parameters
    ----------
    record : str
        Provenance text of the step, for its outputs.
    when : datetime
        Time of the run, for the objects written.
    """

    record: str = ""
    when: datetime = field(default_factory=datetime.now)

    def path(self, text: str) -> Path:
        """Return a path of the job as it lies on disk."""
        own = self.outputs / text if self.outputs is not None else None
        return own if own is not None and own.exists() else self.folder / text

    def new_file(self, text: str) -> Path:
        """Return where a file that the job makes goes.

        Raises
        ------
        OutputError
            If its folder does not exist, or it would leave the folder for outputs.
        """
        path = self.new_folder(text)
        if self.outputs is None:
            require_parent(path)
        return path

    def new_folder(self, text: str) -> Path:
        """Return where a folder that the job makes goes; folders above it are made as well.

        Raises
        ------
        OutputError
            If it would leave the folder for outputs.
        """
        if self.outputs is None:
            return self.folder / text
        if ".." in Path(text).parts:
            raise OutputError(
                f'The output "{text}" would leave the folder for outputs, "{self.outputs}".',
                "Change it in the job file, or run the job without a folder for outputs.",
            )
        return self.outputs / text

    def told(self, path: Path) -> str:
        """Return a path as the caller of the job finds it: relative to where the caller stands, unless it is absolute."""
        return Path(os.path.normpath(path)).as_posix()

    def place(self, mask: Mask, target: Geometry, identity: Identity, *, what: tuple[str, str]) -> Placed:
        """Bring a region onto a grid, volume-true, after patient and frame of reference were checked.

        Raises
        ------
        IdentityError
            If patients differ, or frames differ and no chain of the case's accepted transforms joins them.
        InputError
            If several chains do and the choice is not ours.
        GeometryError
            If the region does not fit into the grid, or a deformable transform does not cover it.
        """
        remarks = list(require_same_patient(mask.identity, identity, what=what, same=self.same_patient))
        own = as_declared(mask.identity, identity, self.same_patient)
        way = way_between(self.opened, own, identity, what)
        if way is None and mask.geometry.is_same_grid(target):
            return Placed(mask=replace(mask, identity=own), resampled=None, remarks=tuple(remarks))
        transform = way.transform if way is not None else Transform()
        remarks += [way.remark] if way is not None else []
        progress = part(self.progress, 0.3, 0.4)
        if transform.matrix is None:
            result = carry_region(mask, target, transform, progress=progress)
            how = "Carried by a deformable transform"
        else:
            result = resample_volume_true(mask, target, matrix=transform.matrix, progress=progress)
            how = "Resampled volume-true"
        _, stored = on_grid(target)
        step = f"{how} to a grid of {target}: {result.source_ml:.3f} ml became {result.target_ml:.3f} ml."
        carried = way.identity if way is not None else own
        placed = replace(
            mask, array=result.array, geometry=target, stored=stored, identity=carried, history=(*mask.history, step)
        )
        return Placed(mask=placed, resampled=result, remarks=tuple(remarks))

    def place_image(
        self, image: Image, target: Geometry, identity: Identity, *, what: tuple[str, str], interpolation: str = "linear"
    ) -> tuple[Image, tuple[str, ...]]:
        """Bring an image onto a grid, interpolated once, after patient and frame of reference were checked.

        Returns
        -------
        Image, tuple of str
            The image itself when it lies there already; what is worth telling.

        Raises
        ------
        IdentityError, InputError
            As `place`.
        """
        remarks = list(require_same_patient(image.identity, identity, what=what, same=self.same_patient))
        own = as_declared(image.identity, identity, self.same_patient)
        way = way_between(self.opened, own, identity, what)
        if way is None and image.geometry.is_same_grid(target):
            return replace(image, identity=own), tuple(remarks)
        transform = way.transform if way is not None else Transform()
        remarks += [way.remark] if way is not None else []
        progress = part(self.progress, 0.3, 0.9)
        moved = resample_image(image, target, interpolation=interpolation, transform=transform, progress=progress)
        moved = resting_on(moved, [image])
        return replace(moved, identity=way.identity if way is not None else own), tuple(remarks)

    def corners_on(self, image: Image, target: Image, name: str) -> NDArray[np.float64]:
        """Return the corners of an image, (8, 3), LPS mm in the frame of another; checked as `place_image` checks.

        Raises
        ------
        IdentityError, InputError
            As `place_image`.
        """
        what = (f'The image "{name}"', "the common grid")
        require_same_patient(image.identity, target.identity, what=what, same=self.same_patient)
        own = as_declared(image.identity, target.identity, self.same_patient)
        way = way_between(self.opened, own, target.identity, what)
        return (way.transform if way is not None else Transform()).apply(image.geometry.corners())
