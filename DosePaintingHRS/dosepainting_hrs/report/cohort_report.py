"""A scan as figures and one page: what was found, how sure it is, what it looks like in the tumours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from .. import __version__
from ..learning.model_of import summary_of
from ..learning.reference_models import reference_model
from ..learning.scan_file import IndexFacts, ScanFile, ScoredShares, SubsetFacts, many
from ..learning.tumours import LoadedTumour
from ..notes import warnings_first
from ..progress import Progress, silent
from ..quantities import shown_unit
from .cohort_plots import Plot
from .content import Figure, Report, Section, Table
from .planes import WITHOUT_PICTURES
from .share_figures import Panel, box_plots
from .space_figures import (
    Arrays,
    bootstrap_clouds,
    convergence,
    histogram,
    label_of,
    null_distribution,
    projections,
)
from .tumour_figures import case_histograms, hrs_planes


def figures_of(
    scan: ScanFile, arrays: Arrays, tumours: Mapping[str, LoadedTumour], progress: Progress = silent
) -> Iterator[tuple[str, Plot | None]]:
    """Draw every figure of a scan, with the section that it belongs to.

    Parameters
    ----------
    scan : ScanFile
        The scan.
    arrays : mapping of str to array
        What lies in ``scan.npz``.
    tumours : mapping of str to LoadedTumour
        Tumours by case, for histograms and the picture in three planes; empty when the cohort's files are not there.
    """
    best = [scan.subsets[index] for _, index in sorted(scan.best_of_dimension.items())]
    shown = best_to_show(scan)
    progress(0.0, "Drawing the parameter space")
    for one in best:
        if len(one.maps) == 1:
            yield "space", histogram(scan, arrays, one, reference_model("boeke2023-1d"))
        elif len(one.maps) <= 3:
            yield "space", projections(scan, arrays, one)
    yield "space", convergence(scan, arrays)
    progress(0.4, "Drawing shares and chance")
    yield "shares", box_plots(scan, [_panel(one) for one in shown], "shares", "Share of each tumour in the best clusters.")
    extended = [(one, one.extended) for one in shown if one.extended is not None]
    if extended:
        panels = [_scored("+".join(one.maps) + f"\n{len(found.fractions)} tumours", found) for one, found in extended]
        yield (
            "shares",
            box_plots(scan, panels, "shares-extended", "The same clusters in all tumours that have their maps (C_max)."),
        )
    if scan.indices:
        panels = [_index(one) for one in sorted(scan.indices, key=lambda one: -abs(one.S or 0.0))[:4]]
        yield "shares", box_plots(scan, panels, "indices", "The classical indices that separate the classes most.")
    yield "chance", null_distribution(scan, arrays)
    for one in best[:3]:
        yield "chance", bootstrap_clouds(scan, arrays, one)
    progress(0.8, "Drawing a tumour")
    if tumours:
        yield "histograms", case_histograms(scan, tumours)
    for planes in hrs_planes(scan, best, tumours):
        yield "tumour", planes


def best_to_show(scan: ScanFile) -> list[SubsetFacts]:
    """Return the best subsets of one, two and three maps, and the best of all where it has more."""
    few = [scan.subsets[index] for _, index in sorted(scan.best_of_dimension.items())][:3]
    chosen = scan.subsets[scan.best]
    return few if chosen in few else [*few, chosen]


def report_of(scan: ScanFile, plots: Sequence[tuple[str, Plot]], created: datetime) -> Report:
    """Return the page about a scan."""
    best = scan.subsets[scan.best]
    pictures = {
        name: tuple(Figure(caption=one.caption, png=one.png) for section, one in plots if section == name)
        for name in ("space", "shares", "chance", "tumour", "components", "histograms")
    }
    without = () if plots else (WITHOUT_PICTURES,)
    sections = [
        Section(title="In plain language", paragraphs=(summary_of(scan, best), *without)),
        Section(title="Best clusters", table=clusters_table(scan)),
        Section(title="Where in the space of the maps", figures=pictures["space"]),
        Section(title="Shares of the tumours", figures=pictures["shares"], table=_indices_table(scan)),
        Section(title="Chance", paragraphs=_chance(scan), figures=pictures["chance"], table=_comparisons_table(scan)),
    ]
    if pictures["tumour"]:
        sections.append(Section(title="A tumour", figures=pictures["tumour"]))
    if pictures["components"]:
        sections.append(Section(title="Components", figures=pictures["components"]))
    ground = Section(
        title="What this rests on", paragraphs=_ground(scan), figures=pictures["histograms"], table=_cohort_table(scan)
    )
    sections.append(ground)
    return Report(
        title="Learning a high-risk subvolume from a cohort",
        subject="Cohort",
        patient=f"{scan.tumours} tumours, {scan.cohort_hash}{_when(scan)}",
        created=created.isoformat(timespec="seconds"),
        software_version=__version__,
        sections=tuple(sections),
    )


def tables_of(scan: ScanFile) -> Iterator[tuple[str, Table]]:
    """Yield the tables of a scan with the names of their files: tables 3 and 5, table 4, comparisons."""
    yield "clusters", clusters_table(scan)
    for name, table in (("indices-table", _indices_table(scan)), ("comparisons", _comparisons_table(scan))):
        if table is not None:
            yield name, table


def clusters_table(scan: ScanFile) -> Table:
    """Return the best clusters laid out as tables 3 and 5 of Boeke et al. (2023): a line for every map of a cluster."""
    rows: list[tuple[str, ...]] = []
    for size in sorted({len(one.maps) for one in scan.subsets}):
        ranked = sorted((one for one in scan.subsets if len(one.maps) == size), key=lambda one: -(one.S or 0.0))
        chosen = scan.subsets[scan.best]
        for one in (*ranked[:2], *(one for one in ranked[2:] if one is chosen)):
            mark = " *" if chosen is one else ""
            for axis, name in enumerate(one.maps):
                named = label_of(scan, name)
                rows.append(_cluster_row(one, axis, f"{size}D {named}{mark}" if axis == 0 else named))
    header = (
        "maps", "S [95 % interval]", "S less optimism", "S left out", "centre [extent of members]",
        "95 % interval of the centre", "p of pairs", "p of the best of all",
    )  # fmt: skip
    caption = (
        "The two best clusters of each number of maps. The extent is that of the member voxels, the interval of the centre "
        "that of bootstrap cohorts. S left out: every tumour in the cluster learned without it. p of pairs: rank-sum test of "
        "neighbouring classes, from sensitive to resistant; the largest counts. * best by the rule of the scan."
        + (f" Time point {scan.time_point}." if scan.time_point else "")
    )
    return Table(header=header, rows=tuple(rows), caption=caption)


def _cluster_row(one: SubsetFacts, axis: int, name: str) -> tuple[str, ...]:
    found, (low, high) = one.bootstrap, one.extents[axis]
    centre = f"{one.centre[axis]:.4g} [{low:.4g}; {high:.4g}]"
    interval = "-" if found is None else f"[{_four(found.centre_ci[axis][0])}; {_four(found.centre_ci[axis][1])}]"
    if axis:
        return (name, "", "", "", centre, interval, "", "")
    ci = "" if found is None else f" [{_two(found.S_ci[0])}; {_two(found.S_ci[1])}]"
    corrected = "-" if found is None else _two(found.S_corrected)
    left = "-" if one.held_out is None else _two(one.held_out.S)
    return (name, _two(one.S) + ci, corrected, left, centre, interval, _p_pairs(one.p_pairs), _p(one.permutation_p_of_all))


def _panel(one: SubsetFacts) -> Panel:
    return Panel(title="+".join(one.maps), values=one.fractions, S=one.S, S_pairs=one.S_pairs, p_pairs=one.p_pairs)


def _scored(title: str, found: ScoredShares) -> Panel:
    return Panel(title=title, values=found.fractions, S=found.S, S_pairs=found.S_pairs, p_pairs=found.p_pairs)


def _index(one: IndexFacts) -> Panel:
    return Panel(
        title=one.name,
        values=one.values,
        S=one.S,
        S_pairs=one.S_pairs,
        p_pairs=one.p_pairs,
        is_share=False,
        unit=shown_unit(one.unit),
    )


def _indices_table(scan: ScanFile) -> Table | None:
    if not scan.indices:
        return None
    rows = [(one.name, _two(one.S), ", ".join(map(_two, one.S_pairs)), _p_pairs(one.p_pairs)) for one in scan.indices]
    caption = "Classical indices scored in the same way (table 4 of Boeke et al., 2023); of the p of pairs the largest counts."
    return Table(header=("index", "S", "d of pairs", "p of pairs"), rows=tuple(rows), caption=caption)


def _comparisons_table(scan: ScanFile) -> Table | None:
    if not scan.comparisons:
        return None
    rows = [
        (
            f"{'+'.join(one.maps)} less {'+'.join(one.against)}",
            f"{_two(one.difference)} [{_two(one.difference_ci[0])}; {_two(one.difference_ci[1])}]",
            _p(one.mann_whitney_p),
        )
        for one in scan.comparisons
    ]
    caption = (
        "Differences in S over the same bootstrap cohorts, of the best subset of each number of maps; no other pairs are "
        "compared. The Mann-Whitney p is a reproduction of the paper: it takes "
        "bootstrap cohorts for a sample, and shrinks with their number."
    )
    return Table(header=("subsets", "difference [95 % interval]", "Mann-Whitney p"), rows=tuple(rows), caption=caption)


def _chance(scan: ScanFile) -> tuple[str, ...]:
    said = []
    if scan.permutation is None:
        said.append("No permutation test was made: how high the best of so many clusters gets by chance is not known.")
    else:
        found = scan.permutation
        said.append(
            f"With the labels of {found.unit}s shuffled, {found.permutations} whole scans gave a p of {found.p:.3g} for the "
            f"best of all; {many(found.distinct)} different assignments exist, and no p below {found.smallest_p:.3g} could "
            "have come out."
            + (f" By chance the best reaches S = {_two(found.null_95)} in 5 of 100." if found.null_95 is not None else "")
        )
    if scan.optimism is not None:
        said.append(f"Optimism of the best of all, the choice of the subset included: {_two(scan.optimism)}.")
    if scan.held_out is not None:
        said.append(f"Tumours that were left out while the cluster was found: S = {_two(scan.held_out.S)}.")
    return tuple(said)


def _ground(scan: ScanFile) -> tuple[str, ...]:
    settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in scan.settings.items() if name != "subsets")
    software = ", ".join(f"{name} {version}" for name, version in scan.software.items())
    return (*warnings_first([*scan.confounding, *scan.remarks]), f"Settings: {settings}.", f"Software: {software}.")


def _cohort_table(scan: ScanFile) -> Table:
    rows = [(name, str(count), f"{scan.target_fractions[name]:.1%}") for name, count in scan.classes.items()]
    left_out = ", ".join(scan.tumours_left_out) or "none"
    caption = f"{scan.voxels} voxels, N_HRS {scan.n_hrs}, {scan.centres} centres. Left out: {left_out}."
    return Table(header=("class", "tumours", "target fraction"), rows=tuple(rows), caption=caption)


def _two(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _four(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _p_pairs(values: Sequence[float | None]) -> str:
    return ", ".join(map(_p, values))


def _when(scan: ScanFile) -> str:
    return f", time point {scan.time_point}" if scan.time_point else ""


def _p(value: float | None) -> str:
    return "-" if value is None else "< 0.0001" if value < 0.0001 else f"{value:.2g}"
