"""The step that makes figures and a page of a scan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np

from ..context import Context
from ..errors import DosePaintingError
from ..job import Argument, Step, register_step
from ..learning.cohort import Cohort
from ..learning.scan_file import ScanFile, read_scan
from ..learning.tumours import LoadedTumour, load_tumours
from ..maps.component_basis import ComponentBasis
from ..parameters import Field
from ..progress import part
from ..records import read_json_file
from ..steps.cohort_frames import curves_at, curves_of
from ..steps.cohort_model import read_arrays
from ..steps.cohort_scan import ARRAYS
from ..steps.cohort_source import open_scanned, require_scanned
from ..storage.atomic import new_folder, require_new_folder
from .basis_figure import basis_figure
from .cohort_plots import Plot, table_of
from .cohort_report import figures_of, report_of, tables_of
from .curve_figure import curve_figure
from .html import render


@dataclass(frozen=True, kw_only=True)
class CohortReportResult:
    """Where page and figures are."""

    output: str
    report: str
    figures: tuple[str, ...]
    captions: Annotated[tuple[str, ...], Field("What each figure shows.")]
    tables: Annotated[tuple[str, ...], Field("Names of the tables as CSV files beside it.")]
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
        cohort, tumours, remarks = self._tumours(context, scan)
        drawn = figures_of(scan, arrays, tumours, part(context.progress, 0.1, 0.9))
        plots: list[tuple[str, Plot]] = [(section, one) for section, one in drawn if one is not None]
        for one in self._components(context, scan, cohort, tumours):
            plots += [("components", one)] if one is not None else []
        with new_folder(target) as made:
            for _, one in plots:
                (made / f"{one.name}.png").write_bytes(one.png)
                (made / f"{one.name}.svg").write_bytes(one.svg)
                (made / f"{one.name}.csv").write_text(one.csv, encoding="utf-8")
            for name, rows in tables_of(scan):
                (made / f"{name}.csv").write_text(table_of(rows.header, rows.rows), encoding="utf-8")
            (made / "report.html").write_text(render(report_of(scan, plots, context.when)), encoding="utf-8")
        context.progress(1.0, "Report written")
        return CohortReportResult(
            output=context.told(target),
            report=context.told(target / "report.html"),
            figures=tuple(one.name for _, one in plots),
            captions=tuple(one.caption for _, one in plots),
            tables=tuple(name for name, _ in tables_of(scan)),
            remarks=remarks,
        )

    def _tumours(self, context: Context, scan: ScanFile) -> tuple[Cohort | None, dict[str, LoadedTumour], tuple[str, ...]]:
        """Load the tumours of the scan; a page without pictures of them is still a page."""
        try:
            cohort = open_scanned(context, scan, self.cohort)
            rows = [row for row in cohort.included(scan.time_point) if row.case in scan.class_of]
            loaded = load_tumours(cohort, rows, scan.maps, part(context.progress, 0.0, 0.1))
            require_scanned(scan, [one for one in loaded if one.row.case not in scan.tumours_left_out])
            return cohort, {one.row.case: one for one in loaded}, ()
        except DosePaintingError as error:
            return None, {}, (f"There is no picture of a tumour: {error}",)

    def _components(
        self, context: Context, scan: ScanFile, cohort: Cohort | None, tumours: Mapping[str, LoadedTumour]
    ) -> Iterator[Plot | None]:
        """Draw the bases that were given, and those of the cohort, with a curve where its frames are known (figure 2)."""
        for path in map(context.path, self.basis):
            yield basis_figure(read_basis(path))
        families = cohort.settings.components if cohort is not None else {}
        for family, settings in families.items():
            if cohort is None or not settings.basis or not any(name.startswith(f"{family}_c") for name in scan.maps):
                continue
            basis = read_basis(cohort.folder / settings.basis)
            yield basis_figure(basis)
            best = scan.subsets[scan.best]
            tumour = tumours.get(best.centre_case)
            if tumour is not None and family in tumour.row.frames:
                frames, _ = curves_of(context, cohort, tumour.row, family)
                curve = curves_at(context, frames, tumour, np.array([best.centre_place]), family)[:, 0]
                yield curve_figure(basis, curve, best.centre_case, best.centre_place)


def read_basis(path: Path) -> ComponentBasis:
    """Read a basis from its file."""
    return ComponentBasis.from_json(read_json_file(path, "basis"), f'The basis "{path}"')
