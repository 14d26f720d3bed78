"""Sweep, comparison, deliverability and joint histogram at the command line, with their files and figures."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from builders.bad_input import Door
from builders.volumes import OTHER_PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.phantom.spheres import sphere_phantom
from dosepainting_hrs.storage.volumes import read_image, read_mask, write_volume

PNG = b"\x89PNG"


@pytest.fixture
def lesion(door: Door) -> Path:
    """A sphere of 22 mm, 8:1, on voxels of 3 mm, with its truth, a GTV around it and background."""
    made = sphere_phantom(22.0, contrast=8.0, spacing_mm=(3.0, 3.0, 3.0), seed=2)
    named = {"suv": made.image, "gtv": made.within, "truth": made.truth, "background": made.background}
    for name, volume in named.items():
        write_volume(volume, door.folder / f"{name}.nrrd")
    write_volume(mask_of(made.truth.array, made.image.geometry, OTHER_PATIENT), door.folder / "other.nrrd")
    return door.folder


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert main([*words, "--json"]) == 0, words
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


SWEEP = ("sweep", "--map", "suv.nrrd", "--within", "gtv.nrrd")


def test_a_sweep_finds_the_threshold_of_a_sphere(lesion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At 8:1 and 22 mm the true edge lies at 1 + 7 x 0.42 of 8: about half of the maximum."""
    answer = told(capsys, *SWEEP, "--reference", "truth.nrrd", "-o", "sweep.csv", "--figure", "sweep.png")
    assert 40 <= answer["best_percent"] <= 56
    assert answer["best_dice"] > 0.9
    rows = list(csv.DictReader((lesion / "sweep.csv").read_text().splitlines()))
    assert [float(row["percent"]) for row in rows] == list(range(1, 101))
    assert (lesion / "sweep.png").read_bytes().startswith(PNG)


def test_a_sweep_without_a_reference_has_volumes_only(lesion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SWEEP, "-o", "sweep.json", "--figure", "sweep.svg"]) == 0
    assert "Sweep written: sweep.json" in capsys.readouterr().out
    stored = json.loads((lesion / "sweep.json").read_text())
    assert stored["best_percent"] is None
    assert "<svg" in (lesion / "sweep.svg").read_text()


def test_a_reference_that_lies_elsewhere_has_no_best(lesion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (*SWEEP, "--crop", "truth.nrrd", "--reference", "background.nrrd")
    assert main([*words, "-o", "none.json", "--figure", "none.svg"]) == 0
    out = capsys.readouterr().out
    assert "best: none" in out
    assert 'No percentage finds any voxel of the reference "background": there is no best. Of the reference, 0.0% lie' in out
    assert "counts, in whatever island" in out
    stored = json.loads((lesion / "none.json").read_text())
    assert (stored["best_percent"], stored["best_dice"]) == (None, None)


def test_the_scope_of_a_sweep(lesion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wide = told(capsys, *SWEEP, "--scope", "image", "-o", "wide.csv")
    less = told(capsys, *SWEEP, "--scope", "image", "--without", "truth.nrrd", "-o", "less.csv")
    crop = told(capsys, *SWEEP, "--crop", "truth.nrrd", "-o", "crop.csv")
    assert wide["scope_ml"] == pytest.approx(less["scope_ml"] + crop["scope_ml"])


def test_a_sweep_on_another_patient_or_over_a_file_is_refused(lesion: Path, door: Door) -> None:
    door.refused(*SWEEP, "--reference", "other.nrrd", "-o", "s.csv", code="identity", match='"P2".*"SPHERES"')
    door.refused(*SWEEP, "-o", "sweep.xls", code="output", match=r"does not end in one of \.csv, \.json")
    door.refused(*SWEEP, "-o", "s.csv", "--figure", "s.jpg", code="output", match=r"does not end in one of \.png, \.svg")
    (lesion / "s.csv").write_text("mine")
    door.refused(*SWEEP, "-o", "s.csv", code="output", match="exists")


def test_two_sweeps_are_a_cohort(lesion: Path, door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        assert main([*SWEEP, "--reference", "truth.nrrd", "-o", f"{name}.json"]) == 0
    capsys.readouterr()
    twice = ("cohort", "sweep", "--sweep", "A=a.json", "--sweep", "B=b.json", "-o", "x.csv")
    door.refused(*twice, code="input", match='"A" and "B" are one and the same sweep of patient "SPHERES"')
    of_another = json.loads((lesion / "b.json").read_text()) | {"patient_id": "OTHER"}
    (lesion / "b.json").write_text(json.dumps(of_another))
    words = ("cohort", "sweep", "--sweep", "A=a.json", "--sweep", "B=b.json", "-o", "cohort.csv", "--figure", "cohort.png")
    single = json.loads((lesion / "a.json").read_text())
    answer = told(capsys, *words)
    assert (answer["best_percent"], answer["best_mean_dice"]) == (single["best_percent"], pytest.approx(single["best_dice"]))
    assert answer["left_out_dice"] == pytest.approx([single["best_dice"]] * 2)
    assert (lesion / "cohort.png").read_bytes().startswith(PNG)
    assert main(["cohort", "sweep", "--sweep", "A=a.json", "--sweep", "B=b.json", "-o", "again.json"]) == 0
    assert "best for the other patients: A 0." in capsys.readouterr().out
    (lesion / "c.json").write_text('{"schema": 1}')
    words = ("cohort", "sweep", "--sweep", "A=a.json", "--sweep", "C=c.json", "-o", "x.csv")
    door.refused(*words, code="input", match="holds no points")


COMPARE = ("compare", "--map", "suv.nrrd", "--within", "gtv.nrrd", "--reference", "background.nrrd")


def test_methods_and_a_given_region_side_by_side(lesion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        *COMPARE,
        *("--method", "half=percent-max percent=50", "--method", "model=iterative psf_fwhm_mm=6"),
        *("--method", 'EANM=percent-max preset="41"', "--method", "nothing=fixed-threshold threshold=99"),
        *("--region", "truth=truth.nrrd", "-o", "out"),
    )
    answer = told(capsys, *words)
    assert [one["name"] for one in answer["regions"]] == ["truth", "half", "model", "EANM"]
    assert list(answer["failed"]) == ["nothing"]
    assert "below the threshold of 99" in answer["failed"]["nothing"]
    dice = {(one["first"], one["second"]): one["dice"] for one in answer["pairs"]}
    half, truth = read_mask(lesion / "out" / "half.nrrd").array, read_mask(lesion / "truth.nrrd").array
    assert dice["truth", "half"] == pytest.approx(2 * (half & truth).sum() / (half.sum() + truth.sum()))
    assert dice["truth", "model"] > 0.9
    doubt = read_image(lesion / "out" / "disagreement.nrrd")
    assert float(doubt.array.max()) <= 1.0
    assert np.array_equal(doubt.array == 0, np.isin(_counts(lesion / "out"), (0, 4)))
    assert read_mask(lesion / "out" / "consensus.nrrd").volume_ml == pytest.approx(answer["consensus_ml"])
    assert (lesion / "out" / "comparison.png").read_bytes().startswith(PNG)
    assert len((lesion / "out" / "pairs.csv").read_text().splitlines()) == 1 + 6


def _counts(folder: Path) -> np.ndarray:
    return np.sum([read_mask(folder / f"{name}.nrrd").array for name in ("half", "model", "EANM", "truth")], axis=0)


def test_a_comparison_repeats_by_its_job(lesion: Path) -> None:
    words = [*COMPARE, "--method", "a=percent-max percent=50", "--method", "b=percent-peak percent=50", "-o", "out"]
    assert main([*words, "--save-job", "job.json"]) == 0
    assert main(["run", "job.json", "--output-dir", "again"]) == 0
    first, again = (read_mask(lesion / one / "consensus.nrrd").array for one in ("out", "again/out"))
    assert np.array_equal(first, again)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--method", "a=percent-max percent=50"), "input", "Only 1 of 1 regions"),
        (("--method", "a=percent-maxx percent=50"), "parameter", 'no segmentation method "percent-maxx"'),
        (("--method", "a=percent-max 50"), "parameter", '"50" in "percent-max 50" is not written PARAMETER=VALUE'),
        (("--method", "a=percent-max percent=much"), "parameter", '"percent" takes a number'),
        (("--method", "a=percent-max"), "parameter", 'asks for "percent"'),
        (("--method", "a=percent-max percent=50", "--region", "a=truth.nrrd"), "input", 'name "a" was given to a method and'),
        (("--region", "a=truth.nrrd", "--region", "b=other.nrrd"), "identity", '"P2"'),
    ],
)
def test_a_bad_comparison_is_refused_and_writes_nothing(
    lesion: Path, door: Door, words: tuple[str, ...], code: str, sentence: str
) -> None:
    door.refused(*COMPARE, *words, "-o", "out", code=code, match=sentence)
    assert not (lesion / "out").exists()


def test_deliverability_of_a_sphere(lesion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = told(capsys, "deliverability", "--region", "truth.nrrd", "--width-mm", "5", "-o", "d.json")["regions"]
    found = one["found"]
    assert one["name"] == "truth"
    assert found["scatter_index"] == pytest.approx(1.0, abs=0.02)
    assert found["remaining_share"] > 0.9
    assert (
        main(["deliverability", "--region", "truth.nrrd", "--region", "HRS=truth.nrrd", "--width-mm", "40", "-o", "d.csv"]) == 0
    )
    assert 'Nothing of "HRS" is 40 mm wide' in capsys.readouterr().out
    assert [row.split(",")[0] for row in (lesion / "d.csv").read_text().splitlines()] == ["region", "truth", "HRS"]


def test_indices_and_deliverability_take_regions_in_one_form(lesion: Path, door: Door) -> None:
    answer = door("indices", "--map", "SUV=suv.nrrd", "--region", "truth.nrrd", "--region", "HRS=truth.nrrd")
    assert list(dict.fromkeys(one["region"] for one in answer["indices"])) == ["truth", "HRS"]
    twice = ("--region", "truth.nrrd", "--region", "./truth.nrrd")
    door.refused("deliverability", *twice, "--width-mm", "5", code="parameter", match='"truth" was given more than once')
    door.refused("deliverability", "--region", "=truth.nrrd", "--width-mm", "5", code="parameter", match="takes .NAME=.REGION")


def test_a_joint_histogram_and_a_map_on_another_grid(lesion: Path, door: Door, capsys: pytest.CaptureFixture[str]) -> None:
    image = read_image(lesion / "suv.nrrd")
    finer = image_of(np.ones((8, 8, 8)) * 2, geometry_of((8, 8, 8), (1, 1, 1)), identity=image.identity)
    write_volume(finer, lesion / "finer.nrrd")
    words = ("joint-histogram", "--first", "suv.nrrd", "--within", "truth.nrrd", "--second")
    answer = told(capsys, *words, "suv.nrrd", "-o", "h.csv", "--figure", "h.png")
    assert answer["pearson"] == pytest.approx(1.0)
    assert sum(one["voxels"] for one in answer["cells"]) == answer["voxels"] == read_mask(lesion / "truth.nrrd").voxel_count
    assert (lesion / "h.png").read_bytes().startswith(PNG)
    door.refused(*words, "finer.nrrd", "-o", "i.csv", code="input", match="The second map lies on a grid of 8 x 8 x 8")
    answer = told(capsys, *words, "finer.nrrd", "--resample", "-o", "i.csv")
    assert answer["pearson"] is None
    assert answer["left_out"] > 0
    assert any("linearly" in one for one in answer["remarks"])


CLUSTERS = ("clusters", "--within", "gtv.nrrd", "--maps", "PET=suv.nrrd", "--most", "4")


def test_the_figures_of_every_number_of_clusters(lesion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The criteria as scikit-learn gives them for the same fit, and the best of each named."""
    given = (*CLUSTERS, "--method", "gaussian-mixture clusters=3")
    answer = told(capsys, *given, "-o", "numbers.json", "--figure", "numbers.png")
    rows = answer["figures"]
    assert [one["clusters"] for one in rows] == [2, 3, 4]
    inside = read_mask(lesion / "gtv.nrrd").array
    values = read_image(lesion / "suv.nrrd").array[inside].astype(np.float64)[:, None]
    values = (values - values.mean()) / values.std()
    for row in rows:
        peer = GaussianMixture(row["clusters"], n_init=3, max_iter=200, random_state=0).fit(values)
        assert (row["bic"], row["aic"]) == pytest.approx((peer.bic(values), peer.aic(values)))
    assert answer["best"]["BIC"] == rows[int(np.argmin([one["bic"] for one in rows]))]["clusters"]
    assert answer["best"]["silhouette"] == max(rows, key=lambda one: one["silhouette"])["clusters"]
    assert (lesion / "numbers.png").read_bytes().startswith(PNG)


def test_a_method_without_a_likelihood_has_a_silhouette_only(lesion: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CLUSTERS, "--method", "k-means", "-o", "numbers.csv", "--figure", "numbers.svg"]) == 0
    assert "k-means of PET" in capsys.readouterr().out
    assert next(iter(csv.DictReader((lesion / "numbers.csv").read_text().splitlines())))["bic"] == ""
    assert main([*CLUSTERS, "--method", "percent-max percent=50", "-o", "none.csv"]) == 2
    assert 'The method "percent-max" finds no clusters.' in capsys.readouterr().err
