"""How many clusters fit: silhouette, BIC and AIC of each number, with a table and a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated

from ..address import Where
from ..context import Context
from ..errors import InputError, ParameterError
from ..inputs import SEPARATOR, load_inputs
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..progress import part
from ..segmentation.clusters import ClusterMethod, Figure, best_numbers
from .asked_method import asked_method
from .plots import draw_cluster_numbers, write_figure
from .table_and_figure import table_and_figure
from .tables import write_table


@dataclass(frozen=True, kw_only=True)
class ClustersResult:
    """The figures of every number, and the number that each of them would choose."""

    output: str
    figure: str
    method: str
    maps: tuple[str, ...]
    voxels: int
    chosen_by: str
    best: Mapping[str, int]
    figures: tuple[Figure, ...]
    remarks: tuple[str, ...]


@register_step("clusters", ClustersResult)
@dataclass(frozen=True, kw_only=True)
class ClustersStep(Step):
    """Tell how well each number of clusters fits maps inside a region, before one is chosen.

    The figures judge how values fall into groups; they know nothing of tissues. The blurred edge of a lesion is a group of its
    own to the information criteria.
    """

    method: Annotated[
        str,
        Field('A method that finds clusters, with its parameters: "k-means", "fuzzy-c-means fuzziness=1.8".'),
        Argument(flags=("--method",), metavar="METHOD"),
    ]
    within: Annotated[Where, Field("Region, usually the GTV."), Argument(flags=("--within",), metavar="REGION")]
    output: Annotated[str, Field("New table, CSV or JSON."), Argument(flags=("-o", "--output"), metavar="FILE")]
    maps: Annotated[
        Mapping[str, Where],
        Field("A map, under a name. Once for each."),
        Argument(flags=("--maps",), metavar="NAME=IMAGE"),
    ] = field(default_factory=dict)
    most: Annotated[int, Field("Largest number tried.", minimum=2, maximum=20)] = 8
    figure: Annotated[str, Field("New figure, PNG or SVG."), Argument(flags=("--figure",), metavar="FILE")] = ""
    drawn_on: Annotated[
        Where | None,
        Field("Image that an RTSTRUCT region was drawn on, when the case does not say."),
        Argument(flags=("--drawn-on",), metavar="IMAGE"),
    ] = None

    def run(self, context: Context) -> ClustersResult:
        """Cluster with each number, and write table and figure."""
        target, picture = table_and_figure(context, self.output, self.figure)
        asked = asked_method("clusters", self.method, context)
        if not isinstance(asked, ClusterMethod):
            raise ParameterError(f'The method "{asked.name}" finds no clusters.', '"k-means" does, for example.')
        if not self.maps:
            raise InputError("At least one map is needed.", "Give one with --maps NAME=IMAGE.")
        method = type(asked)(replace(asked.parameters, clusters=None, most=self.most))
        named = {f"maps{SEPARATOR}{name}": where for name, where in self.maps.items()}
        given = load_inputs(context, type(method), {**named, "within": self.within}, self.drawn_on)
        features, _found, figures = method.clustering(**given.arguments, progress=part(context.progress, 0.3, 0.9))
        result = ClustersResult(
            output=context.told(target),
            figure=context.told(picture) if picture is not None else "",
            method=method.name,
            maps=features.names,
            voxels=len(features.raw),
            chosen_by=method.criterion,
            best=best_numbers(figures),
            figures=figures,
            remarks=tuple(given.remarks),
        )
        context.progress(0.9, "Writing")
        write_table(target, figures, result, context.record)
        if picture is not None:
            write_figure(draw_cluster_numbers(figures, method.title), picture)
        return result
