"""The command that draws two images over each other, before and after a registration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..address import Where
from ..context import Context
from ..frames import read_any_transform
from ..identity import require_same_patient
from ..image import Image
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..registration.resample import resample_image
from ..storage.atomic import require_absent
from .fusion import VIEWS
from .fusion_page import write_fusion


@dataclass(frozen=True, kw_only=True)
class LookResult:
    """The picture, and how the images got onto each other."""

    output: str
    view: str
    remarks: tuple[str, ...]


@register_step("look", LookResult)
@dataclass(frozen=True, kw_only=True)
class LookStep(Step):
    """Draw two images over each other: checkerboard, blend, difference or outline, in three planes through a region.

    With --transform the moving image is laid by that file, accepted or not; otherwise by the case's accepted transforms.
    """

    fixed: Annotated[Where, Field("Image that stays."), Argument(flags=("--fixed",), metavar="IMAGE")]
    moving: Annotated[Where, Field("Image that is laid on it."), Argument(flags=("--moving",), metavar="IMAGE")]
    output: Annotated[str, Field("New PNG file."), Argument(flags=("-o", "--output"), metavar="PNG")]
    view: Annotated[str, Field("How they are shown.", choices=VIEWS)] = "checkerboard"
    within: Annotated[
        Where | None, Field("Region that the planes go through."), Argument(flags=("--within",), metavar="REGION")
    ] = None
    transform: Annotated[str, Field("Transform file to look at.")] = ""

    def run(self, context: Context) -> LookResult:
        """Bring the moving image to the fixed one's grid and draw."""
        target = context.new_file(self.output)
        require_absent(target)
        fixed, moving = context.image(self.fixed), context.image(self.moving)
        what = (f'"{_named(self.moving)}"', f'"{_named(self.fixed)}"')
        moved, remarks = self._laid(context, fixed, moving, what)
        region, region_name = None, ""
        if self.within is not None:
            mask = context.region(self.within)
            region = context.place(mask, fixed.geometry, fixed.identity, what=(f'The region "{mask.name}"', what[1])).mask
            region_name = mask.name
        names = _named(self.fixed), _named(self.moving)
        write_fusion(fixed, moved, region, self.view, target, names=names, region_name=region_name)
        return LookResult(output=context.told(target), view=self.view, remarks=(*context.heard, *remarks))

    def _laid(self, context: Context, fixed: Image, moving: Image, what: tuple[str, str]) -> tuple[Image, tuple[str, ...]]:
        if not self.transform:
            return context.place_image(moving, fixed.geometry, fixed.identity, what=what)
        remarks = require_same_patient(moving.identity, fixed.identity, what=what, same=context.same_patient)
        frames = (moving.identity.frame_of_reference, fixed.identity.frame_of_reference)
        found = read_any_transform(context.path(self.transform), from_frame=frames[0], to_frame=frames[1])
        return resample_image(moving, fixed.geometry, transform=found.transform), remarks


def _named(where: Where) -> str:
    return where if isinstance(where, str) else where.path
