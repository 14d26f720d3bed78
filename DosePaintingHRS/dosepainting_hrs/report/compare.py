"""Compare methods and regions side by side on one lesion: the step, its files and its figure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import numpy as np

from ..address import Where
from ..context import Context
from ..errors import Cancelled, DosePaintingError, InputError
from ..evaluation.comparison import Pair, compared, disagreement
from ..image import Image, Mask
from ..inputs import load_inputs
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..progress import part
from ..quantities import Quantity
from ..records import to_json
from ..registry import Segmentation
from ..segmentation.islands import island_count
from ..segmentation.staple import Staple, StapleParameters
from ..storage.atomic import new_folder, require_new_folder
from ..storage.volumes import write_volume
from .asked_method import asked_method
from .plots import draw_comparison, figure_bytes
from .region_files import region_file
from .regions_on import region_on
from .tables import csv_text

DISAGREEMENT = Quantity("disagreement", "1")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One region: where it comes from, its size, and the map in it."""

    name: str
    made_by: str
    volume_ml: float
    share_of_within: float
    islands: int
    map_maximum: float
    map_mean: float


@dataclass(frozen=True, kw_only=True)
class CompareResult:
    """Every region, every two against each other, and what did not work here."""

    output: str
    regions: tuple[Compared, ...]
    pairs: tuple[Pair, ...]
    consensus_ml: float
    failed: Mapping[str, str]
    figure: str
    remarks: tuple[str, ...]


@register_step("compare", CompareResult)
@dataclass(frozen=True, kw_only=True)
class CompareStep(Step):
    """Compare methods and given regions on one lesion: Dice, volumes, surface distances, consensus and disagreement.

    A method is written as its name and its parameters, ``--method "A=percent-max percent=41"``; ``preset="NAME"`` and
    ``values=FILE.JSON`` work as at the segment command. A method that cannot do this lesion is named with its reason.
    """

    map: Annotated[Where, Field("Quantitative map."), Argument(flags=("--map",), metavar="IMAGE")]
    within: Annotated[Where, Field("Region to stay inside, the GTV."), Argument(flags=("--within",), metavar="REGION")]
    output: Annotated[
        str, Field("New folder for tables, regions and figure."), Argument(flags=("-o", "--output"), metavar="OUT")
    ]
    methods: Annotated[
        Mapping[str, str],
        Field("A method with its parameters, under a name. Once for each."),
        Argument(flags=("--method",), metavar="NAME=METHOD"),
    ] = field(default_factory=dict)
    regions: Annotated[
        Mapping[str, Where],
        Field("A region that is there already, under a name. Once for each."),
        Argument(flags=("--region",), metavar="NAME=ADDRESS"),
    ] = field(default_factory=dict)
    reference: Annotated[
        Where | None,
        Field("Reference region for the methods that need one."),
        Argument(flags=("--reference",), metavar="REGION"),
    ] = None
    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> CompareResult:
        """Make the regions, compare them, and write everything into a folder that appears whole."""
        target = context.new_folder(self.output)
        require_new_folder(target)
        double = sorted(set(self.methods) & set(self.regions))
        if double:
            raise InputError(f'The name "{double[0]}" was given to a method and to a region.', "Give every one its own name.")
        asked = {name: asked_method(name, text, context) for name, text in self.methods.items()}
        remarks: list[str] = []
        image = context.image(self.map)
        within = region_on(context, self.within, image, self.drawn_on, remarks)
        found = {name: region_on(context, one, image, self.drawn_on, remarks) for name, one in self.regions.items()}
        failed: dict[str, str] = {}
        for number, (name, method) in enumerate(asked.items()):
            told = part(context.progress, 0.2 + 0.5 * number / len(asked), 0.2 + 0.5 * (number + 1) / len(asked))
            try:
                given = load_inputs(context, type(method), self._inputs(type(method)), self.drawn_on)
                found[name] = given.kept_by(method.compute(**given.arguments, progress=told))
            except Cancelled:
                raise
            except DosePaintingError as error:
                failed[name] = error.message
        if len(found) < 2:
            raise InputError(
                f"Only {len(found)} of {len(found) + len(failed)} regions could be made: {' '.join(failed.values())}".strip(),
                "At least two are needed to compare.",
            )
        return self._written(context, target, _Lesion(image, within, found), failed, remarks)

    def _inputs(self, method: type[Segmentation]) -> dict[str, Where]:
        named: dict[str, Where] = {"map": self.map, "within": self.within}
        if self.reference is not None:
            named["reference"] = self.reference
        inputs = {slot.name: named[slot.name] for slot in method.inputs if slot.name in named}
        several = [slot.name for slot in method.inputs if slot.kind == "images"]
        return {**inputs, **{f"{name}:map": self.map for name in several}}

    def _written(
        self, context: Context, target: Path, lesion: _Lesion, failed: dict[str, str], remarks: list[str]
    ) -> CompareResult:
        regions, image = lesion.regions, lesion.image
        context.progress(0.75, "Comparing")
        pairs = compared(regions)
        consensus = replace(Staple(StapleParameters()).compute(regions), name="consensus")
        histories = tuple(dict.fromkeys(step for one in regions.values() for step in one.history))
        doubt = replace(
            image.derived(disagreement(regions), DISAGREEMENT, f"Disagreement of {len(regions)} regions: 4 f (1 - f)."),
            identity=consensus.identity,
            history=(*histories, f"Disagreement of {len(regions)} regions: 4 f (1 - f)."),
        )
        rows = tuple(_row(name, mask, lesion, self.methods.get(name, "given")) for name, mask in regions.items())
        figure = _figure(lesion, pairs)
        result = CompareResult(
            output=context.told(target),
            regions=rows,
            pairs=pairs,
            consensus_ml=consensus.volume_ml,
            failed=failed,
            figure=context.told(target / "comparison.png") if figure else "",
            remarks=tuple(remarks),
        )
        context.progress(0.9, "Writing")
        with new_folder(target) as folder:
            for name, mask in {**regions, "consensus": consensus}.items():
                write_volume(replace(mask, name=name), folder / region_file(name), job=context.record)
            write_volume(doubt, folder / "disagreement.nrrd", job=context.record)
            (folder / "regions.csv").write_text(csv_text(rows), encoding="utf-8")
            (folder / "pairs.csv").write_text(csv_text(pairs), encoding="utf-8")
            told = {"schema": 1, **to_json(result), "job": context.record}
            (folder / "comparison.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            if figure:
                (folder / "comparison.png").write_bytes(figure)
        return result


@dataclass(frozen=True, eq=False)
class _Lesion:
    image: Image
    within: Mask
    regions: dict[str, Mask]


def _row(name: str, mask: Mask, lesion: _Lesion, made_by: str) -> Compared:
    values = lesion.image.array[mask.array].astype(np.float64)
    values = values[np.isfinite(values)]
    return Compared(
        name=name,
        made_by=made_by,
        volume_ml=mask.volume_ml,
        share_of_within=mask.voxel_count / lesion.within.voxel_count,
        islands=island_count(mask),
        map_maximum=float(values.max()) if values.size else float("nan"),
        map_mean=float(values.mean()) if values.size else float("nan"),
    )


def _figure(lesion: _Lesion, pairs: tuple[Pair, ...]) -> bytes:
    """Return the figure as a PNG file; nothing without matplotlib."""
    names = list(lesion.regions)
    dice = np.eye(len(names))
    for pair in pairs:
        row, column = names.index(pair.first), names.index(pair.second)
        dice[row, column] = dice[column, row] = pair.dice
    try:
        return figure_bytes(draw_comparison(lesion.image, lesion.within, lesion.regions, dice), "png")
    except ImportError:
        return b""
