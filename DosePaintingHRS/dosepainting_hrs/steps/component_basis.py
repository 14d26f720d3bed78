"""Find one basis of curve components in the pooled regions of several cases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from ..address import Where
from ..context import Context
from ..errors import InputError, ParameterError
from ..image_frames import Frames
from ..inputs import load_inputs
from ..job import Argument, Step, register_step
from ..maps.component_basis import ComponentBasis, basis_of
from ..maps.component_maps import gram_within
from ..maps.components import Gram, Normalisation, Weighting, components_of
from ..maps.dce_components import DceComponents, DceComponentsParameters, in_enhancement
from ..maps.dynamic_pet_components import DynamicPetComponents, DynamicPetParameters, tracer_of
from ..maps.suv_frames import in_suv
from ..parameters import Field
from ..progress import part, silent
from ..storage.atomic import new_file, require_absent

_KINDS = ("dynamic-pet", "dce")


@dataclass(frozen=True, kw_only=True)
class ComponentBasisResult:
    """What was found: the file, its hash, how many curves of which cases, and what the components explain."""

    output: str
    hash: str
    cases: tuple[str, ...]
    voxels: int
    explained: tuple[float, ...]
    singular_values: tuple[float, ...]
    series: tuple[str, ...]
    remarks: tuple[str, ...]


@register_step("component-basis", ComponentBasisResult)
@dataclass(frozen=True, kw_only=True)
class ComponentBasisStep(Step):
    """Find one basis of curve components in the regions of several cases: then a component means the same in all of them.

    Every voxel of every region counts once. The frames of all cases must have the same times. Maps are then made with
    "map dynamic-pet-components --basis FILE" or "map dce-components --basis FILE".
    """

    kind: Annotated[str, Field("What the series are.", choices=_KINDS)]
    frames: Annotated[
        Mapping[str, Where],
        Field("Series of a case under a name, once for each case."),
        Argument(flags=("--frames",), metavar="NAME=FRAMES"),
    ]
    within: Annotated[
        Mapping[str, Where],
        Field("Region of the case of that name, whose curves count."),
        Argument(flags=("--within",), metavar="NAME=REGION"),
    ]
    output: Annotated[str, Field("New JSON file."), Argument(flags=("-o", "--output"), metavar="FILE")]
    weighting: Annotated[str, Field("Whether long frames count more.", choices=tuple(one.value for one in Weighting))] = (
        Weighting.NONE.value
    )
    normalisation: Annotated[
        str, Field("What each curve is divided by.", choices=tuple(one.value for one in Normalisation))
    ] = Normalisation.NONE.value
    baseline_frames: Annotated[int | None, Field("Frames before the arrival of contrast; found when not given.")] = None

    def run(self, context: Context) -> ComponentBasisResult:
        """Sum the curves case by case, find the components, and write the basis."""
        if self.kind not in _KINDS:
            raise ParameterError(f'The kind of series is "{self.kind}".', f"There are: {', '.join(_KINDS)}.")
        if set(self.frames) != set(self.within) or not self.frames:
            lone = sorted(set(self.frames) ^ set(self.within))
            raise InputError(
                f"Every case needs a series and a region under one name; {', '.join(lone) or 'none'} has not both.",
                "Give --frames NAME=SERIES and --within NAME=REGION for each.",
            )
        target = context.new_file(self.output)
        require_absent(target)
        basis, remarks = self._found(context)
        with new_file(target) as temporary:
            temporary.write_text(json.dumps(basis.to_json(), indent=1) + "\n", encoding="utf-8")
        return ComponentBasisResult(
            output=context.told(target),
            hash=basis.hash,
            cases=tuple(self.frames),
            voxels=basis.voxels,
            explained=basis.explained,
            singular_values=basis.singular_values,
            series=basis.sources,
            remarks=remarks,
        )

    def _found(self, context: Context) -> tuple[ComponentBasis, tuple[str, ...]]:
        weighting, normalisation = Weighting(self.weighting), Normalisation(self.normalisation)
        pet = DynamicPetParameters(weighting=weighting, normalisation=normalisation)
        dce = DceComponentsParameters(weighting=weighting, normalisation=normalisation, baseline_frames=self.baseline_frames)
        method = DynamicPetComponents if self.kind == "dynamic-pet" else DceComponents
        whole: Gram | None = None
        first: Frames | None = None
        name, sources, remarks = "DCE", [], []
        for number, case in enumerate(self.frames):
            given = load_inputs(context, method, {"frames": self.frames[case], "within": self.within[case]})
            context.forget_frames()
            frames: Frames = given.arguments["frames"]
            name = tracer_of(frames) if self.kind == "dynamic-pet" else "DCE"
            curves = in_suv(frames) if self.kind == "dynamic-pet" else in_enhancement(frames, dce, given.arguments["within"])
            done = part(context.progress, number / len(self.frames), (number + 1) / len(self.frames))
            done(0.5, f"Going through the curves of {case}")
            gram = gram_within(curves, given.arguments["within"], pet, silent)
            if whole is None or first is None:
                whole, first = gram, curves
            else:
                basis_of(whole, components_of(whole), first, name, weighting, normalisation).require_same_frames(curves)
                whole = whole + gram
            sources += list(frames.identity.series)
            remarks += [f"{case}: {remark}" for remark in given.remarks]
            remarks += [f"{case}: {gram.left_out} curves were left out for want of a number."] if gram.left_out else []
        if whole is None or first is None:
            raise InputError("There are no cases.", "Give --frames and --within.")
        return basis_of(whole, components_of(whole), first, name, weighting, normalisation, tuple(sources)), tuple(remarks)
