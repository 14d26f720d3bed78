"""Apply a model to a patient: region, distance map, stability map, and how the region lies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from ..address import Where
from ..context import Context
from ..errors import ParameterError
from ..hrs_model import model_from
from ..inputs import load_inputs
from ..job import Argument, Step, register_step
from ..parameters import Field, require_range
from ..parameters_json import from_json
from ..progress import part
from ..segmentation.compactness import compactness
from ..segmentation.hrs_model import HrsModelParameters, HrsModelSegmentation
from ..segmentation.hrs_model import told as told_of
from ..segmentation.model_application import DISTANCE, Applied
from ..segmentation.stability import STABILITY, stability
from ..storage.atomic import new_folder, require_new_folder
from ..storage.volumes import write_volume
from .cohort_plots import Plot
from .share_figures import FIRST_COLOUR, GTV_COLOUR, Layer, tumour_planes

WATERMARK = "REFERENCE MODEL, NOT FOR TREATMENT"


@dataclass(frozen=True, kw_only=True)
class CohortApplyResult:
    """What a model found in a patient."""

    output: str
    model: str
    model_hash: str
    reference: bool
    voxels: int
    fraction: float
    volume_ml: float
    islands: int
    largest_island: float
    scatter: float
    repetitions: int
    stable_fraction: Annotated[float | None, Field("Share of the region that belongs in at least half of the repetitions.")]
    files: tuple[str, ...]
    remarks: tuple[str, ...]


@register_step("cohort-apply", CohortApplyResult)
@dataclass(frozen=True, kw_only=True)
class CohortApplyStep(Step):
    """Apply a model to a patient: region, distance map, stability map and a picture in a new folder, its share and islands.

    Distance is measured in radii of the model: up to 1 belongs. Stability is the share of bootstrap models, and with
    --noise or --jitter-mm of disturbed maps, in which a voxel belongs. A patient without any such voxel is a result too.
    """

    model: Annotated[Where, Field("Model file."), Argument(metavar="MODEL.JSON")]
    maps: Annotated[
        Mapping[str, Where], Field("A map of the model; once for each."), Argument(flags=("--maps",), metavar="NAME=IMAGE")
    ]
    within: Annotated[Where, Field("Region to stay inside, usually the GTV."), Argument(flags=("--within",), metavar="REGION")]
    output: Annotated[str, Field("New folder."), Argument(flags=("-o", "--output"), metavar="DIR")]
    conditions: Annotated[
        tuple[str, ...],
        Field("How the patient was imaged, in one respect; once for each."),
        Argument(flags=("--conditions",), metavar="name=NAME,value=VALUE"),
    ] = ()
    accept: Annotated[
        tuple[str, ...],
        Field("A difference from the cohort that somebody accepts; once for each."),
        Argument(flags=("--accept",), metavar="name=NAME,by=WHO,reason=WHY"),
    ] = ()
    noise: Annotated[
        Mapping[str, str],
        Field("Noise of a map (SD), its unit; once for each."),
        Argument(flags=("--noise",), metavar="NAME=SD"),
    ] = field(default_factory=dict)
    jitter_mm: Annotated[float, Field("Misregistration of every map but the first (SD per axis).", unit="mm", minimum=0.0)] = (
        0.0
    )
    draws: Annotated[int, Field("Repetitions with noise and jitter for each bootstrap model.", minimum=1)] = 20
    seed: Annotated[int, Field("Draws noise and jitter.", minimum=0)] = 0

    def run(self, context: Context) -> CohortApplyResult:
        """Check, apply, repeat, write."""
        target = context.new_folder(self.output)
        require_new_folder(target)
        noise = self._noise()
        inputs: dict[str, Where] = {f"maps:{name}": where for name, where in self.maps.items()}
        given = load_inputs(context, HrsModelSegmentation, {**inputs, "within": self.within, "model": self.model})
        model = model_from(given.arguments["model"], "The model")
        told = {
            "conditions": rows_of(self.conditions, ("name", "value"), "--conditions"),
            "accept": rows_of(self.accept, ("name", "by", "reason"), "--accept"),
        }
        parameters = from_json(HrsModelSegmentation, told)
        assert isinstance(parameters, HrsModelParameters)  # noqa: S101  (what the method takes)
        applied = Applied.of(
            model, given.arguments["maps"], given.arguments["within"], parameters.patient(), parameters.accepted()
        )
        members = applied.members()
        found = compactness(members, np.asarray(applied.within.array[applied.box]))
        step = told_of(model, found, applied.within.name)
        made = {"distance.nrrd": applied.image(applied.distance(), DISTANCE, f"Distance in radii. {step}")}
        share, repetitions = None, 0
        if model.bootstrap_models or noise or self.jitter_mm > 0:
            progress = part(context.progress, 0.4, 0.9)
            share, repetitions = stability(
                applied, noise=noise, jitter_mm=self.jitter_mm, draws=self.draws, seed=self.seed, progress=progress
            )
            how = f"Share of {repetitions} repetitions over {len(model.bootstrap_models) or 1} models"
            made["stability.nrrd"] = applied.image(
                share, STABILITY, f"{how}, misregistration {self.jitter_mm:g} mm, noise {noise}."
            )
        picture = _picture(applied, members)
        with new_folder(target) as folder:
            for name, image in made.items():
                write_volume(given.kept_by(image), folder / name, job=context.record)
            if picture is not None:
                (folder / "planes.png").write_bytes(picture.png)
                (folder / "planes.svg").write_bytes(picture.svg)
            if found.voxels:
                write_volume(given.kept_by(applied.mask(members, step)), folder / "hrs.nrrd", job=context.record)
        pictures = ("planes.png", "planes.svg") if picture is not None else ()
        files = (*(["hrs.nrrd"] if found.voxels else []), *made, *pictures)
        nothing = () if found.voxels else ("No voxel belongs to the model: there is no region.",)
        return CohortApplyResult(
            output=context.told(target),
            model=model.name,
            model_hash=model.hash,
            reference=model.reference,
            voxels=found.voxels,
            fraction=found.fraction,
            volume_ml=found.voxels * applied.within.geometry.voxel_volume_ml,
            islands=found.islands,
            largest_island=found.largest_island,
            scatter=found.scatter,
            repetitions=repetitions,
            stable_fraction=None if share is None else float(np.mean(share[applied.within.array[applied.box]] >= 0.5)),
            files=tuple(context.told(target / name) for name in files),
            remarks=(*given.remarks, *applied.remarks, *nothing),
        )

    def _noise(self) -> dict[str, float]:
        try:
            noise = {name: float(text) for name, text in self.noise.items()}
        except ValueError:
            raise ParameterError("--noise takes NAME=SD with a number.", "For example --noise ADC=30.") from None
        for name, sd in noise.items():
            require_range(f"--noise {name}", Field("", minimum=0.0), sd)
        return noise


def rows_of(texts: Sequence[str], columns: tuple[str, ...], option: str) -> list[dict[str, str]]:
    """Read rows as they are typed, ``COLUMN=VALUE,COLUMN=VALUE``; a comma within a value is followed by no column.

    Raises
    ------
    ParameterError
        If a row has not just these columns.
    """
    between = re.compile(rf",(?=\s*(?:{'|'.join(columns)})\s*=)")
    found = []
    for text in texts:
        cells = [cell.partition("=") for cell in between.split(text)]
        row = {name.strip(): value.strip() for name, _, value in cells}
        if set(row) != set(columns):
            raise ParameterError(
                f'{option} takes {",".join(f"{name}=..." for name in columns)}, got "{text}".',
                'For example --conditions name=species,value=human; --accept "name=species,by=A. Reader,reason=a comparison".',
            )
        found.append(row)
    return found


def _picture(applied: Applied, members: NDArray[np.bool_]) -> Plot | None:
    """Draw the region in three planes; that of a reference model carries a watermark."""
    # A voxel around it, or outlines at the edge of the picture would be cut.
    boxed, members = np.pad(np.asarray(applied.within.array[applied.box]), 1), np.pad(members, 1)
    layers = (
        Layer(name=applied.within.name or "region", inside=boxed, colour=GTV_COLOUR),
        Layer(name=f"HRS by {applied.model.name}", inside=members, colour=FIRST_COLOUR),
    )
    values = np.pad(np.asarray(applied.images[0].array[applied.box], dtype=np.float64), 1)
    background = np.where(boxed, values, np.nan)
    return tumour_planes(
        background,
        applied.within.geometry,
        layers,
        case=applied.identity.patient_id or "patient",
        unit=str(applied.images[0].quantity),
        watermark=WATERMARK if applied.model.reference else "",
    )
