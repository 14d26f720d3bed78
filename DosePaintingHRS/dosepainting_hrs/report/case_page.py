"""The command that writes a page on the maps and regions of a case: what they are, and how their numbers came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np

from .. import __version__
from ..address import Where
from ..context import Context
from ..errors import InputError
from ..image import Image, Mask, Volume
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..quantities import REGION
from ..storage.atomic import new_file, require_absent
from ..storage.volumes import is_volume_file
from ..working import sentences, without_repeats
from .content import Report, Section, Table
from .html import render
from .job_page import workings_sections

_MAP_ROLES = frozenset(("ADC",))
"""Roles of series that are maps by themselves; other series of a case are what maps are made from."""


@dataclass(frozen=True, kw_only=True)
class ReportResult:
    """The page, and what it tells of."""

    output: str
    maps: tuple[str, ...]
    regions: tuple[str, ...]
    workings: tuple[str, ...]
    patient_id: str
    remarks: tuple[str, ...]


@register_step("report", ReportResult)
@dataclass(frozen=True, kw_only=True)
class ReportStep(Step):
    """Write a page on maps and regions: what they are, how they came about, and the working of every map they rest on.

    Without --map and --region, with --case, these are all map files, all ADC series and all mask files of the case. Every
    other command writes such a page on what it did with --report PAGE.HTML.
    """

    output: Annotated[str, Field("New HTML page."), Argument(flags=("-o", "--output"), metavar="PAGE.HTML")]
    maps: Annotated[
        Mapping[str, Where], Field("A map, under a name; once for each."), Argument(flags=("--map",), metavar="NAME=IMAGE")
    ] = field(default_factory=dict)
    regions: Annotated[
        Mapping[str, Where],
        Field("A region, under a name; once for each."),
        Argument(flags=("--region",), metavar="NAME=ADDRESS"),
    ] = field(default_factory=dict)

    def run(self, context: Context) -> ReportResult:
        """Load what is asked for, and write the page."""
        target = context.new_file(self.output)
        require_absent(target)
        maps, regions = self._asked(context)
        if not maps and not regions:
            raise InputError(
                "There is no map and no region to report on.",
                "Give --map NAME=IMAGE or --region NAME=REGION, or a --case that names files of maps or masks.",
            )
        images = {name: context.image(where) for name, where in maps.items()}
        masks = {name: context.region(where) for name, where in regions.items()}
        images = {name: one for name, one in images.items() if one.quantity != REGION}
        workings = without_repeats(context.workings)
        told = {sentence for one in workings for sentence in sentences(one.facts)}
        patients = dict.fromkeys(one.identity.patient_id for one in (*images.values(), *masks.values()))
        sections = [
            *_maps(images),
            *_regions(masks),
            *(_history(name, one, told) for name, one in (*images.items(), *masks.items())),
            *workings_sections(workings),
        ]
        page = Report(
            title="Maps and regions, and what they rest on",
            patient=", ".join(one or "unknown" for one in patients),
            created=context.when.isoformat(timespec="seconds"),
            software_version=__version__,
            sections=tuple(sections),
        )
        with new_file(target) as temporary:
            temporary.write_text(render(page), encoding="utf-8")
        return ReportResult(
            output=context.told(target),
            maps=tuple(images),
            regions=tuple(masks),
            workings=tuple(one.quantity for one in workings),
            patient_id=", ".join(one for one in patients if one),
            remarks=tuple(context.heard),
        )

    def _asked(self, context: Context) -> tuple[dict[str, Where], dict[str, Where]]:
        if self.maps or self.regions or context.opened is None:
            return dict(self.maps), dict(self.regions)
        case, folder = context.opened.case, context.opened.folder
        maps: dict[str, Where] = {
            one.name: one.name
            for one in case.images
            if is_volume_file(folder / one.path) or one.role in _MAP_ROLES  # A series by its role, a file in any case.
        }
        regions: dict[str, Where] = {one.name: one.name for one in case.regions if is_volume_file(folder / one.path)}
        return maps, regions


def _maps(images: Mapping[str, Image]) -> list[Section]:
    rows = tuple((name, str(one.quantity), *_range(one), str(one.geometry), _from(one)) for name, one in images.items())
    table = Table(header=("map", "quantity", "minimum", "maximum", "grid", "from series"), rows=rows)
    return [Section(title="Maps", table=table)] if rows else []


def _regions(masks: Mapping[str, Mask]) -> list[Section]:
    rows = tuple(
        (
            name,
            f"{one.volume_ml:.3f} ml",
            "; ".join(f"{held.statistic} {held.value:.4g} ({held.quantity})" for held in one.measured),
            ", ".join(one.identity.marks),
            _from(one),
        )
        for name, one in masks.items()
    )
    table = Table(header=("region", "volume", "measured", "marks", "from series"), rows=rows)
    return [Section(title="Regions", table=table)] if rows else []


def _history(name: str, volume: Volume, told: set[str]) -> Section:
    said = tuple(one for one in volume.history if one not in told)
    return Section(title=f"How {name} came about", paragraphs=said or ("Its file tells nothing of how it came about.",))


def _range(image: Image) -> tuple[str, str]:
    finite = image.array[np.isfinite(image.array)] if image.array.dtype.kind == "f" else image.array
    return (f"{float(finite.min()):.4g}", f"{float(finite.max()):.4g}") if finite.size else ("none", "none")


def _from(volume: Volume) -> str:
    return ", ".join(volume.identity.series) or "unknown"
