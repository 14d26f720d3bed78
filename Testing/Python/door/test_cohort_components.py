"""Component maps of a cohort from its frames, and leave-one-out that finds the basis anew, against plain numpy by hand."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.bad_input import Door
from builders.cohort_files import CLASSES, identity_of, row_of, write_table, write_tumour
from builders.cohorts import best_of
from builders.programs import run
from builders.volumes import frames_of, geometry_of, image_of, mask_of
from dosepainting_hrs.cli.show_cohort import SHOWN_COHORT
from dosepainting_hrs.image_frames import FrameInfo
from dosepainting_hrs.quantities import MR_SIGNAL
from dosepainting_hrs.storage.volumes import read_image, write_volume

INFOS = tuple(FrameInfo(start_s=60.0 * n, duration_s=60.0) for n in range(6))
SHAPE = (3, 4, 5)
COMPONENTS = {"FMISO": {"kind": "dynamic-pet"}}
RISING, FLAT = np.linspace(0.2, 3.0, 6), np.linspace(2.0, 1.0, 6)


def write_frames(folder: Path, per_class: int = 3, **more: Any) -> Path:
    """Write tumours with frames in SUV: flat curves, and rising ones in more voxels the more resistant they are."""
    random = np.random.default_rng(7)
    rows = []
    for number, (name, _) in enumerate(CLASSES):
        for which in range(per_class):
            case = f"{name}{which}"
            curves = FLAT[:, None] * random.uniform(0.7, 1.3, 60) + random.normal(0, 0.05, (6, 60))
            rising = random.permutation(60)[: 5 * number + which]
            curves[:, rising] += RISING[:, None] * random.uniform(0.8, 1.2, len(rising))
            write_tumour(folder, case, {"ADC": random.normal(800, 90, SHAPE)})
            frames = frames_of(curves.reshape(6, *SHAPE), geometry_of(SHAPE), identity=identity_of(case), infos=INFOS)
            write_volume(frames, folder / case / "FMISO.nrrd")
            rows.append(row_of(case, f"line {number}{which % 2}", name, ["ADC"], **{"frames:FMISO": f"{case}/FMISO.nrrd"}))
    return write_table(folder, rows, components=COMPONENTS, **more)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("frames")
    table = write_frames(folder)
    return folder, run(["cohort", "components", str(table), "-o", str(folder / "made"), "--json"])


@pytest.fixture
def built(door: Door, once: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    """A cohort with component maps in ``made``, of its own for each test."""
    shutil.copytree(once[0], door.folder, dirs_exist_ok=True)
    return once[1]


def curves_of(folder: Path, case: str) -> Any:
    import SimpleITK as sitk

    read = sitk.GetArrayFromImage(sitk.ReadImage(str(folder / case / "FMISO.nrrd"))).astype(np.float64)
    return read.reshape(60, 6) if read.shape[-1] == 6 else read.reshape(6, 60).T


def basis_of(curves: Any) -> Any:
    """Two right singular vectors, the first with a positive sum, the second rising."""
    vectors = np.linalg.svd(curves, full_matrices=False)[2][:2]
    return vectors * np.sign([[vectors[0].sum()], [vectors[1] @ (np.arange(6) - 2.5)]])


def test_all_tumours_get_maps_in_one_basis(door: Door, built: dict[str, Any]) -> None:
    cases = [f"{name}{which}" for name, _ in CLASSES for which in range(3)]
    basis = basis_of(np.concatenate([curves_of(door.folder, case) for case in cases]))
    (told,) = built["bases"]
    assert (told["voxels"], told["tumours"], built["maps"]) == (540, 9, ["FMISO_c1", "FMISO_c2"])
    for case in cases:
        for number in (1, 2):
            image = read_image(door.folder / "made" / case / f"FMISO_c{number}.nrrd")
            assert image.basis == told["hash"]
            expected = curves_of(door.folder, case) @ basis[number - 1]
            np.testing.assert_allclose(image.array.ravel(), expected, rtol=2e-6, atol=2e-6)
    checked = door("cohort", "check", "made/cohort.csv")
    assert (checked["c_all"], checked["problems"]) == (9, [])
    settings = json.loads((door.folder / "made" / "cohort.json").read_text())
    assert settings["bases"] == {"FMISO_c1": told["hash"], "FMISO_c2": told["hash"]}
    assert settings["components"]["FMISO"]["basis"] == "FMISO-basis.json"


def test_case_files_name_frames_as_the_table_does(door: Door, built: dict[str, Any]) -> None:
    """The same tumours as a folder of case files give the same basis, to the last digit of its hash."""
    (door.folder / "cases").mkdir()
    shutil.copy(door.folder / "cohort.json", door.folder / "cases")
    for row in rows_in(door.folder / "cohort.csv"):
        case = row["case"]
        images = [{"name": name, "path": f"../{case}/{name}.nrrd"} for name in ("ADC", "FMISO")]
        regions = [{"name": "GTV", "path": f"../{case}/GTV.nrrd", "role": "GTV"}]
        member = {"group": row["group"], "class_name": row["class"]}
        value = {"schema": 1, "patient_id": case, "images": images, "regions": regions, "cohort": member}
        (door.folder / "cases" / f"{case}.case.json").write_text(json.dumps(value))
    told = door("cohort", "components", "cases", "-o", "from-cases")
    # Case files are taken by name, H L M, and the order of a sum changes its last digits.
    assert told["bases"][0]["voxels"] == built["bases"][0]["voxels"]
    assert told["bases"][0]["explained"] == pytest.approx(built["bases"][0]["explained"])
    assert door("cohort", "check", "from-cases/cohort.csv")["problems"] == []


def test_contrast_series_are_taken_as_enhancement(door: Door) -> None:
    """DCE: (S - S0) / S0 with S0 the mean of two frames, by numpy; leave-one-out by the same frames."""
    random, rows, curves = np.random.default_rng(3), [], []
    for number, (name, _) in enumerate(CLASSES):
        for which in range(2):
            case = f"{name}{which}"
            signal = 100.0 + random.normal(0, 1, (6, 60))
            signal[2:] += random.uniform(20, 60, 60) * (1 + number * random.uniform(0, 1, 60)) * np.array([[1], [3], [2], [1]])
            write_tumour(door.folder, case, {"ADC": random.normal(800, 90, SHAPE)})
            frames = frames_of(signal.reshape(6, *SHAPE), geometry_of(SHAPE), MR_SIGNAL, identity_of(case), INFOS)
            write_volume(frames, door.folder / case / "DCE.nrrd")
            stored = frames.array.reshape(6, 60).astype(np.float64)
            before = stored[:2].mean(axis=0)
            curves.append(((stored - before) / before).T)
            rows.append(row_of(case, name, name, ["ADC"], **{"frames:DCE": f"{case}/DCE.nrrd"}))
    write_table(door.folder, rows, components={"DCE": {"kind": "dce", "baseline_frames": 2}})
    told = door("cohort", "components", "cohort.csv", "-o", "made")
    basis = basis_of(np.concatenate(curves))
    for row, own in zip(rows, curves, strict=True):
        made = read_image(door.folder / "made" / row["case"] / "DCE_c2.nrrd")
        assert made.basis == told["bases"][0]["hash"]
        np.testing.assert_allclose(made.array.ravel(), own @ basis[1], rtol=1e-4, atol=1e-5)
    words = ["--maps", "DCE_c1,DCE_c2", "--iterations", 20, "--bootstraps", 0, "--permutations", 0]
    scan = door("cohort", "scan", "made/cohort.csv", *words, "--leave-one-out", "refitted", "-o", "scan")
    assert any("DCE: the basis was found anew" in one for one in scan["remarks"])


SCAN = ("--maps", "FMISO_c1,FMISO_c2", "--iterations", "40", "--bootstraps", "0", "--permutations", "0")
REFITTED = (*SCAN, "--leave-one-out", "refitted")


def rows_in(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def refitted(door: Door, table: str, output: str = "scan", *more: str) -> dict[str, Any]:
    return door("cohort", "scan", table, *REFITTED, *more, "-o", output)


def by_hand(door: Door, scan: dict[str, Any], *, keep_basis: bool = False) -> dict[str, float]:
    """Share of each tumour in the cluster learned without it: basis, normalisation and centre from the others alone."""
    cases = list(scan["class_of"])
    curves = np.stack([curves_of(door.folder, case) for case in cases])
    labels = np.array(["HML".index(scan["class_of"][case]) for case in cases])
    with (door.folder / "scan" / "centres.csv").open() as stream:
        rows = [
            (cases.index(row["case"]), int(np.ravel_multi_index([int(row[axis]) for axis in "zyx"], SHAPE)))
            for row in csv.DictReader(stream)
        ]
    found = {}
    for out, case in enumerate(cases):
        others = np.delete(np.arange(9), out)
        basis = basis_of((curves if keep_basis else curves[others]).reshape(-1, 6))
        values = (curves.reshape(-1, 6) @ basis.T).astype(np.float32).astype(np.float64)
        kept = values.reshape(9, 60, 2)[others].reshape(-1, 2)
        z = (values - kept.mean(0)) / kept.std(0)
        times = np.array([0 if number == out else 1 for number in range(9)])
        n_hrs = int(np.floor(sum(60 * (0.0, 0.075, 0.15)[labels[number]] for number in others) + 0.5))
        centres = [60 * tumour + voxel for tumour, voxel in rows if tumour != out]
        best = best_of(z, np.repeat(np.arange(9), 60), labels, centres, times, n_hrs)
        found[case] = best[2][out]
    return found


def test_leave_one_out_finds_basis_normalisation_and_centre_anew(door: Door, built: dict[str, Any]) -> None:
    scan = refitted(door, "made/cohort.csv")
    expected = by_hand(door, scan)
    assert scan["subsets"][0]["held_out"]["fractions"] == pytest.approx(expected, abs=1e-9)
    assert expected != pytest.approx(by_hand(door, scan, keep_basis=True), abs=1e-3), "the basis matters in this cohort"
    assert any("basis was found anew without each tumour" in one for one in scan["remarks"])
    shown = SHOWN_COHORT["cohort-scan"](scan)
    assert f"learned without it (refitted): S = {scan['held_out']['S']:.2f}" in shown
    door("cohort", "report", "scan", "-o", "report")
    rows = rows_in(door.folder / "report" / "clusters.csv")
    assert rows[0]["S left out"] == f"{scan['subsets'][0]['held_out']['S']:.2f}"


def test_without_frames_it_says_that_the_basis_was_kept(door: Door, built: dict[str, Any]) -> None:
    with_frames = refitted(door, "made/cohort.csv")
    table = door.folder / "made" / "cohort.csv"
    rows = rows_in(table)
    write_table(table.parent, [{key: value for key, value in row.items() if not key.startswith("frames")} for row in rows])
    scan = refitted(door, "made/cohort.csv", "kept")
    assert any("The basis of FMISO_c1, FMISO_c2 was kept in all folds" in one for one in scan["remarks"])
    assert scan["subsets"][0]["held_out"] != with_frames["subsets"][0]["held_out"]


def test_a_map_that_its_frames_do_not_give_is_refused(door: Door, built: dict[str, Any]) -> None:
    image = read_image(door.folder / "made" / "M1" / "FMISO_c2.nrrd")
    image.array[1, 2, 3] += 0.01
    (door.folder / "made" / "M1" / "FMISO_c2.nrrd").unlink()
    write_volume(image, door.folder / "made" / "M1" / "FMISO_c2.nrrd")
    told = r'row 6 \(case "M1"\), column "map:FMISO_c2", holds .* where its frames give'
    door.refused("cohort", "scan", "made/cohort.csv", *REFITTED, "-o", "scan", code="input", match=told)


def test_frames_on_another_grid_are_interpolated_as_the_maps_were(door: Door, built: dict[str, Any]) -> None:
    """Maps brought to the finer ADC grid are what the interpolated frames give, or the scan would refuse them."""
    for path in door.folder.glob("*/ADC.nrrd"):
        image = read_image(path)
        finer = geometry_of((6, 8, 10), spacing=(1.0, 1.0, 1.0), origin=(-0.5, -0.5, -0.5))
        path.unlink()
        write_volume(image_of(np.zeros((6, 8, 10)) + 5, finer, image.quantity, image.identity), path)
    door("cohort", "build", "made/cohort.csv", "--like", "ADC", "-o", "fine")
    scan = refitted(door, "fine/cohort.csv", "scan", "--leave-out-gaps")
    assert scan["voxels"] > 2000
    assert scan["subsets"][0]["held_out"]["S"] is not None


def test_supervoxels_are_joined_anew_in_each_fold_or_said_to_be_kept(door: Door, built: dict[str, Any]) -> None:
    scan = refitted(door, "made/cohort.csv", "scan", "--supervoxels", "4")
    assert scan["subsets"][0]["held_out"]["S"] is not None
    assert any("basis was found anew" in one for one in scan["remarks"])
    assert any("joined anew without each tumour" in one for one in scan["remarks"])
    words = [*SCAN, "--leave-one-out", "kept", "--supervoxels", "4", "-o", "kept"]
    assert any("kept the supervoxels" in one for one in door("cohort", "scan", "made/cohort.csv", *words)["remarks"])


def test_the_report_draws_the_basis_and_a_curve(door: Door, built: dict[str, Any]) -> None:
    """Figure 2 without being told more than the cohort; the curve is that of the best centre's voxel in its frames."""
    scan = door("cohort", "scan", "made/cohort.csv", *SCAN, "-o", "scan")
    report = door("cohort", "report", "scan", "-o", "report")
    assert {"components-FMISO", "curve-FMISO"} <= set(report["figures"])
    best = scan["subsets"][scan["best"]]
    voxel = int(np.ravel_multi_index(best["centre_place"], SHAPE))
    rows = rows_in(door.folder / "report" / "curve-FMISO.csv")
    np.testing.assert_allclose([float(row["measured"]) for row in rows], curves_of(door.folder, best["centre_case"])[voxel])
    assert [float(row["minutes"]) for row in rows] == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda table, settings: settings.update(components={}), 'row 1, has the column "frames:FMISO", but cohort.json'),
        (lambda table, settings: settings["components"]["FMISO"].update(kind="pet"), 'components, FMISO, kind cannot be "pet"'),
        (lambda table, settings: settings["components"]["FMISO"].update(basis=""), "name no basis of FMISO"),
        (lambda table, settings: table[4].update({"frames:FMISO": ""}), r'row 6 .*column "frames:FMISO", is empty'),
        (lambda table, settings: table[4].update({"frames:FMISO": "no.nrrd"}), r'row 6 .*column "frames:FMISO": .*no.nrrd'),
    ],
)
def test_what_is_wrong_with_frames_is_said_by_row_and_column(
    door: Door, built: dict[str, Any], spoil: Any, sentence: str
) -> None:
    folder = door.folder / "made"
    rows, settings = rows_in(folder / "cohort.csv"), json.loads((folder / "cohort.json").read_text())
    spoil(rows, settings)
    write_table(folder, rows, **{key: value for key, value in settings.items() if key not in ("schema", "classes")})
    door.refused("cohort", "scan", "made/cohort.csv", *REFITTED, "-o", "scan", code="input", match=sentence)


def test_components_are_not_made_over_maps_that_are_there(door: Door, built: dict[str, Any]) -> None:
    told = 'has a column "map:FMISO_c1" already'
    door.refused("cohort", "components", "made/cohort.csv", "-o", "again", code="input", match=told)


def new_patient(folder: Path) -> None:
    """Write frames in SUV and a GTV of a patient who is not in the cohort."""
    random = np.random.default_rng(8)
    curves = FLAT[:, None] * random.uniform(0.7, 1.3, 60) + random.normal(0, 0.05, (6, 60))
    curves[:, :20] += RISING[:, None]
    identity, grid = identity_of("new"), geometry_of(SHAPE)
    (folder / "new").mkdir()
    write_volume(frames_of(curves.reshape(6, *SHAPE), grid, identity=identity, infos=INFOS), folder / "new" / "FMISO.nrrd")
    write_volume(mask_of(np.ones(SHAPE), grid, identity, name="GTV"), folder / "new" / "GTV.nrrd")


def project(door: Door, *how: str, name: str) -> tuple[str, str]:
    """Make both component maps of the new patient; returns their addresses."""
    first, second = f"new/{name}1.nrrd", f"new/{name}2.nrrd"
    words = ("map", "dynamic-pet-components", "--frames", "new/FMISO.nrrd", "--tracer", "FMISO", *how)
    door(*words, "-o", first, "--also", f"c2={second}")
    return first, second


@pytest.fixture
def model(door: Door, built: dict[str, Any]) -> str:
    """A model of both components, from a scan of the cohort; and the frames of a new patient."""
    door("cohort", "scan", "made/cohort.csv", *SCAN, "-o", "scan")
    door("cohort", "model", "--scan", "scan", "-o", "model.json")
    new_patient(door.folder)
    return "model.json"


def segment(maps: tuple[str, str], out: str) -> tuple[str, ...]:
    named = [f"--maps=FMISO_c{number}={one}" for number, one in enumerate(maps, 1)]
    return ("segment", "hrs-model", "--model", "model.json", *named, "--within", "new/GTV.nrrd", "-o", out)


def test_a_new_patient_goes_through_the_basis_of_the_model_and_no_other(door: Door, built: dict[str, Any], model: str) -> None:
    (basis,) = built["bases"]
    maps = project(door, "--basis", "made/FMISO-basis.json", name="p")
    assert {read_image(door.folder / one).basis for one in maps} == {basis["hash"]}
    assert door(*segment(maps, "hrs.nrrd"))["volume_ml"] > 0
    own = project(door, "--within", "new/GTV.nrrd", name="own")
    other = read_image(door.folder / own[0]).basis
    assert other not in {"", basis["hash"]}
    told = f'"FMISO_c1" is a component of the basis {other}, but the model needs {basis["hash"]}'
    door.refused(*segment(own, "b.nrrd"), code="input", match=told)


def test_a_map_of_a_basis_of_its_own_is_refused_by_the_cohort(door: Door, built: dict[str, Any]) -> None:
    new_patient(door.folder)
    project(door, "--within", "new/GTV.nrrd", name="own")
    image = read_image(door.folder / "new" / "own1.nrrd")
    path = door.folder / "made" / "M1" / "FMISO_c1.nrrd"
    kept = read_image(path)
    path.unlink()
    write_volume(replace(kept, basis=image.basis), path)
    (basis,) = built["bases"]
    told = f'column "map:FMISO_c1": the component belongs to the basis {image.basis}'
    assert any(told in str(one) for one in door("cohort", "check", "made/cohort.csv")["problems"])
    door.refused("cohort", "scan", "made/cohort.csv", *SCAN, "-o", "scan", code="input", match=told)
    assert basis["hash"] != image.basis
