"""Figures and page of a scan: what they show is what was found."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.cohort_files import write_small_cohort
from builders.volumes import geometry_of
from dosepainting_hrs.job import Job
from dosepainting_hrs.learning.cohort_table import read_cohort
from dosepainting_hrs.learning.scan_file import ScanFile
from dosepainting_hrs.learning.tumours import load_tumours
from dosepainting_hrs.maps.component_basis import ComponentBasis
from dosepainting_hrs.maps.components import Normalisation, Weighting
from dosepainting_hrs.pipeline import run_job
from dosepainting_hrs.report.cohort_report import best_to_show
from dosepainting_hrs.report.cohort_steps import CohortReportStep
from dosepainting_hrs.report.curve_figure import curve_figure, rebuilt_curves
from dosepainting_hrs.report.share_figures import Layer, Panel, box_plots, tumour_planes
from dosepainting_hrs.report.tumour_figures import case_histograms, valley_of
from dosepainting_hrs.steps.cohort_scan import CohortScanStep
from dosepainting_hrs.storage.volumes import read_image


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("report")
    write_small_cohort(made)
    return made


@pytest.fixture(scope="module")
def done(folder: Path) -> tuple[ScanFile, Any]:
    scan = CohortScanStep(cohort="cohort.csv", output="scan", iterations=40, bootstraps=8, permutations=19)
    report = CohortReportStep(scan="scan", output="report", cohort="cohort.csv")
    return run_job(Job(steps=(scan, report)), folder=folder).steps


@pytest.fixture(scope="module")
def little(folder: Path) -> str:
    """A scan with few figures: of one map, without bootstraps and shuffles."""
    step = CohortScanStep(cohort="cohort.csv", output="little", maps="ADC", iterations=10, bootstraps=0, permutations=0)
    run_job(Job(steps=(step,)), folder=folder)
    return "little"


def table(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / "report" / f"{name}.csv").read_text())))


def two_frames() -> ComponentBasis:
    return ComponentBasis(
        name="FMISO",
        quantity="SUVbw",
        unit="g/ml",
        starts_s=(0.0, 60.0),
        durations_s=(60.0, 180.0),
        weighting=Weighting.NONE,
        normalisation=Normalisation.NONE,
        components=((0.6, 0.8), (-0.8, 0.6)),
        singular_values=(3.0, 1.0),
        explained=(0.9, 0.1),
        voxels=10,
        sources=("1.2.3",),
    )


def test_every_figure_is_there_as_png_svg_and_csv(folder: Path, done: Any) -> None:
    _, report = done
    best = "ADC+FMISO_c1"
    assert {"convergence", "shares", "null", f"score-2d-{best}", f"bootstrap-{best}"} <= set(report.figures)
    assert any(name.startswith("score-1d-") for name in report.figures)
    assert any(name.startswith("planes-L") for name in report.figures), "a tumour of the resistant class has the largest share"
    for name in report.figures:
        png = (folder / "report" / f"{name}.png").read_bytes()
        width, height = struct.unpack(">II", png[16:24])
        assert min(width, height) > 300
        assert (folder / "report" / f"{name}.svg").read_text().lstrip().startswith("<?xml")
        assert len(table(folder, name)) >= 1


def test_the_numbers_beside_a_figure_are_those_found(folder: Path, done: Any) -> None:
    scan, _ = done
    shares = {row["case"]: float(row["value"]) for row in table(folder, "shares") if row["cluster"] == "ADC+FMISO_c1"}
    assert shares == pytest.approx(dict(scan.subset(("ADC", "FMISO_c1")).fractions), abs=1e-8)
    last = table(folder, "convergence")[-1]
    assert float(last["ADC+FMISO_c1"]) == pytest.approx(scan.subset(("ADC", "FMISO_c1")).S, rel=1e-6)
    points = table(folder, "score-2d-ADC+FMISO_c1")
    top = max(points, key=lambda row: float(row["S"]))
    assert [float(top["ADC"]), float(top["FMISO_c1"])] == pytest.approx(scan.subset(("ADC", "FMISO_c1")).centre, rel=1e-6)
    assert len(table(folder, "null")) == scan.permutation.permutations


def test_the_page_tells_the_numbers_and_the_doubts(folder: Path, done: Any) -> None:
    scan, _ = done
    page = (folder / "report" / "report.html").read_text()
    best = scan.subsets[scan.best]
    for text in (f"{best.S:.2f}", "shuffled", "reproduction of the paper", "Research software", scan.cohort_hash):
        assert text in page
    assert f"<dt>Cohort</dt><dd>{scan.tumours} tumours, {scan.cohort_hash}" in page
    assert page.count("data:image/png") == len(list((folder / "report").glob("*.png")))


def test_tables_lie_beside_the_page(folder: Path, done: Any) -> None:
    scan, _ = done
    rows = table(folder, "clusters")
    best = scan.subset(("ADC", "FMISO_c1"))
    (row,) = [one for one in rows if one["maps"].startswith("2D ADC")]
    assert row["S [95 % interval]"].startswith(f"{best.S:.2f} [{best.bootstrap.S_ci[0]:.2f}; ")
    assert len(table(folder, "comparisons")) == 1


def test_every_tumour_has_its_histogram(folder: Path, done: Any) -> None:
    rows = [row for row in table(folder, "histograms") if (row["map"], row["case"]) == ("ADC", "M1")]
    values = read_image(folder / "M1" / "ADC.nrrd").array.ravel()
    edges = [*(float(row["from"]) for row in rows), float(rows[-1]["to"])]
    assert [int(row["voxels"]) for row in rows] == np.histogram(values, edges)[0].tolist()
    assert len(rows) == 32


def test_tumours_stand_class_by_class_and_one_without_a_map_is_left_grey(folder: Path, done: Any) -> None:
    scan, _ = done
    cohort = read_cohort(folder / "cohort.csv")
    tumours = {one.row.case: one for one in load_tumours(cohort, cohort.rows[::-1], scan.maps)}
    tumours["H0"].values.pop("ADC")
    drawn = case_histograms(scan, tumours)
    words = [text for text in re.findall(r"<!-- (.*?) -->", drawn.svg.decode()) if text in tumours]
    assert words == ["H2", "H1", "H0", "M2", "M1", "M0", "L2", "L1", "L0"]
    assert {row["map"] for row in csv.DictReader(io.StringIO(drawn.csv)) if row["case"] == "H0"} == {"FMISO_c1"}


def test_every_class_has_its_points_however_many_there_are(done: Any) -> None:
    """Nine classes of one tumour each: more than there are colours."""
    scan, _ = done
    many = replace(scan, classes={f"c{number}": 1 for number in range(9)}, class_of={f"t{n}": f"c{n}" for n in range(9)})
    panel = Panel(title="x", values={f"t{n}": n / 10 for n in range(9)}, S=1.0, S_pairs=(1.0,) * 8, p_pairs=(0.5,) * 8)
    drawn = box_plots(many, [panel], "boxes", "")
    assert len(re.findall(r'<g id="PathCollection_\d+">', drawn.svg.decode())) == 9


def test_planes_have_letters_a_colour_bar_and_a_name_that_is_no_path() -> None:
    """A canonical grid runs to the left, the back and the head: R is on the left of axial and coronal, A of sagittal planes."""
    inside = np.ones((3, 4, 5), dtype=bool)
    values = np.linspace(100.0, 900.0, 60).reshape(3, 4, 5)
    layer = Layer(name="GTV", inside=inside, colour="#22a35a")
    drawn = tumour_planes(values, geometry_of((3, 4, 5)), [layer], case="../L/0", unit="ADC (um2/s)")
    assert drawn.name == "planes-_L_0"
    words = re.findall(r"<!-- (.*?) -->", drawn.svg.decode())
    assert [one for one in words if len(one) == 1] == [*"RLAP", *"APSI", *"RLSI"]
    assert "ADC (um2/s)" in words
    assert {"200", "800"} <= set(words), "ticks of the colour bar"


def test_the_crosshair_is_at_the_valley_of_the_adc(folder: Path, done: Any) -> None:
    """Figure 6: the lowest mean over a voxel and its six neighbours, all of them inside, by plain loops."""
    scan, report = done
    best = scan.subset(("ADC", "FMISO_c1")).fractions
    case = max(best, key=best.get)
    assert f"planes-valley-{case}" in report.figures
    array = read_image(folder / case / "ADC.nrrd").array.astype(float)
    cohort = read_cohort(folder / "cohort.csv")
    (tumour,) = load_tumours(cohort, [row for row in cohort.rows if row.case == case], ["ADC"])
    steps = [(0, 0, 0), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
    inner = [(z, y, x) for z in range(1, 3) for y in range(1, 4) for x in range(1, 5)]
    mean = {(z, y, x): sum(array[z + c, y + b, x + a] for c, b, a in steps) / 7 for z, y, x in inner}
    assert valley_of(tumour, "ADC") == min(mean, key=mean.get)


def test_a_curve_is_rebuilt_by_one_and_two_components() -> None:
    """By hand: (2, 1) on (0.6, 0.8) is 2 and on (-0.8, 0.6) is -1; one component gives (1.2, 1.6), both the curve again."""
    basis = two_frames()
    one, two = rebuilt_curves(basis, np.array([2.0, 1.0]))
    assert one == pytest.approx([1.2, 1.6])
    assert two == pytest.approx([2.0, 1.0])
    figure = curve_figure(basis, np.array([2.0, 1.0]), "M1", (1, 2, 3))
    assert figure is not None
    assert [float(cell) for cell in figure.csv.splitlines()[1].split(",")] == pytest.approx([0.5, 2.0, 1.2, 2.0])


def test_a_page_without_the_cohort_s_files_is_still_a_page(folder: Path, little: str) -> None:
    step = CohortReportStep(scan=little, output="elsewhere", cohort="nowhere.csv")
    (result,) = run_job(Job(steps=(step,)), folder=folder).steps
    assert "no picture of a tumour" in result.remarks[0]
    assert not any(name.startswith("planes") for name in result.figures)


def test_a_cohort_that_has_changed_since_is_not_drawn(folder: Path, little: str, tmp_path: Path) -> None:
    """A subvolume found in other voxels would be drawn on these."""
    other = write_small_cohort(tmp_path, seed=1)
    step = CohortReportStep(scan=little, output="changed", cohort=str(other))
    (result,) = run_job(Job(steps=(step,)), folder=folder).steps
    assert re.search(
        'The cohort is not the one that was scanned into .*little": voxels or classes have changed', result.remarks[0]
    )
    assert not {"histograms"} & set(result.figures)
    assert not any(name.startswith("planes") for name in result.figures)


def test_the_best_of_all_is_shown_whatever_its_number_of_maps(done: Any) -> None:
    scan, _ = done
    more = replace(scan.subset(("ADC", "FMISO_c1")), maps=("A", "B", "C", "D"), S=99.0)
    found = replace(scan, subsets=(*scan.subsets, more), best_of_dimension={**scan.best_of_dimension, "3": 0, "4": 3})
    assert [len(one.maps) for one in best_to_show(replace(found, best=3))] == [1, 2, 1, 4]
    assert more not in best_to_show(found), "a subset of four maps that is not the best of all"


def test_components_are_drawn_from_their_basis(folder: Path, little: str) -> None:
    """Two frames of one and three minutes, orthonormal components without weights: the curves are the components."""
    basis = two_frames()
    (folder / "basis.json").write_text(json.dumps(basis.to_json()))
    step = CohortReportStep(scan=little, output="with-basis", cohort="cohort.csv", basis=("basis.json",))
    (result,) = run_job(Job(steps=(step,)), folder=folder).steps
    assert "components-FMISO" in result.figures
    text = (folder / "with-basis" / "components-FMISO.csv").read_text()
    rows = [(row["what"], float(row["component_or_minutes"]), float(row["value"])) for row in csv.DictReader(io.StringIO(text))]
    assert rows[:2] == [("explained", 1.0, 90.0), ("explained", 2.0, 10.0)]
    assert rows[2:4] == [("curve 1", 0.5, 0.6), ("curve 1", 2.5, 0.8)]
    assert basis.hash in (folder / "with-basis" / "report.html").read_text()
