"""The step that makes figures and a page of a scan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from ..context import Context
from ..errors import DosePaintingError
from ..job import Argument, Step, register_step
from ..learning.scan_file import ScanFile, read_scan
from ..learning.tumours import LoadedTumour, load_tumours
from ..maps.component_basis import ComponentBasis
from ..parameters import Field
from ..progress import part
from ..records import read_json_file
from ..steps.cohort_model import read_arrays
from ..steps.cohort_scan import ARRAYS
from ..steps.cohort_source import open_cohort
from ..storage.atomic import new_folder, require_new_folder
from .basis_figure import basis_figure
from .cohort_plots import Plot
from .cohort_report import figures_of, report_of
from .html import render


@dataclass(frozen=True, kw_only=True)
class CohortReportResult:
    """Where page and figures are."""

    output: str
    report: str
    figures: tuple[str, ...]
    remarks: tuple[str, ...]


@register_step("cohort-report", CohortReportResult)
@dataclass(frozen=True, kw_only=True)
class CohortReportStep(Step):
    """Make a page of a scan, report.html, and every figure as PNG, SVG and CSV, in a new folder."""

    scan: Annotated[str, Field("Folder of a finished scan."), Argument(metavar="DIR")]
    output: Annotated[str, Field("New folder."), Argument(flags=("-o", "--output"), metavar="NEW-DIR")]
    cohort: Annotated[
        str,
        Field("The cohort, for the picture of a tumour, when it lies elsewhere than it did."),
        Argument(flags=("--cohort",), metavar="COHORT.CSV"),
    ] = ""

    basis: Annotated[
        tuple[str, ...], Field("Basis of component maps, to draw; once for each."), Argument(flags=("--basis",), metavar="FILE")
    ] = ()

    def run(self, context: Context) -> CohortReportResult:
        """Draw and write."""
        target = context.new_folder(self.output)
        require_new_folder(target)
        folder = context.path(self.scan)
        scan, arrays = read_scan(folder), read_arrays(folder / ARRAYS)
        tumours, remarks = self._tumours(context, scan)
        drawn = figures_of(scan, arrays, tumours, part(context.progress, 0.1, 0.9))
        plots: list[tuple[str, Plot]] = [(section, one) for section, one in drawn if one is not None]
        for path in map(context.path, self.basis):
            basis = ComponentBasis.from_json(read_json_file(path, "basis"), f'The basis "{path}"')
            figure = basis_figure(basis)
            plots += [("components", figure)] if figure is not None else []
        with new_folder(target) as made:
            for _, one in plots:
                (made / f"{one.name}.png").write_bytes(one.png)
                (made / f"{one.name}.svg").write_bytes(one.svg)
                (made / f"{one.name}.csv").write_text(one.csv, encoding="utf-8")
            (made / "report.html").write_text(render(report_of(scan, plots, context.when)), encoding="utf-8")
        context.progress(1.0, "Report written")
        return CohortReportResult(
            output=context.told(target),
            report=context.told(target / "report.html"),
            figures=tuple(one.name for _, one in plots),
            remarks=remarks,
        )

    def _tumours(self, context: Context, scan: ScanFile) -> tuple[dict[str, LoadedTumour], tuple[str, ...]]:
        """Load the tumour with the largest share; a page without its picture is still a page."""
        best = scan.subsets[scan.best]
        case = max(best.fractions, key=lambda one: best.fractions[one])
        try:
            cohort = open_cohort(context, self.cohort or scan.cohort)
            rows = [row for row in cohort.included(scan.time_point) if row.case == case]
            return {one.row.case: one for one in load_tumours(cohort, rows, scan.maps)}, ()
        except DosePaintingError as error:
            return {}, (f"There is no picture of a tumour: {error}",)
