"""Structure sets before judges and readers that share no code with the writer."""

import subprocess
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from builders.planning_ct import planning_ct
from builders.programs import program
from builders.real_data import real_data
from dosepainting_hrs.dicom.rtstruct_export import export_checked
from dosepainting_hrs.dicom.rtstruct_writer import RegionToWrite
from dosepainting_hrs.dicom.stack import Stack
from dosepainting_hrs.dicom.stacking import read_stack
from dosepainting_hrs.dicom.structure_set import read_structure_set

SHAPE = (6, 30, 36)
WHEN = datetime(2025, 3, 4, 5, 6, 7)
PIXEL_PERFECT = {"ring", "one voxel", "diagonal", "island in hole", "two holes", "noise"}


def shapes() -> dict[str, NDArray[np.bool_]]:
    """What writers are known to get wrong: holes, single voxels, touching corners, islands in holes."""
    _, y, x = np.mgrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    square = np.hypot(y - 14, x - 17)
    found = {name: np.zeros(SHAPE, dtype=bool) for name in PIXEL_PERFECT}
    found["ring"][1:5] = ((square < 12) & (square > 6))[1:5]
    found["one voxel"][2, 3, 4] = True
    found["diagonal"][1:3, [3, 4, 5, 4], [3, 4, 3, 2]] = True
    found["island in hole"][0:3] = ((square < 12) & (square > 8) | (square < 4) & (square > 1.5))[0:3]
    found["two holes"][3, 2:9, 2:20] = True
    found["two holes"][3, 4:6, [4, 5, 9, 10, 11, 15]] = False
    found["noise"] = np.random.default_rng(11).random(SHAPE) < 0.6
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CT with a structure set of keyholes, one of nested contours, and one appended to the first."""
    folder = tmp_path_factory.mktemp("interop")
    stack = planning_ct(folder / "ct", SHAPE, origin=(-20.7, -13.1, -7.5), tags={"Laterality": ""})
    export(stack, folder / "keyhole.dcm", shapes())
    export(stack, folder / "nested.dcm", shapes(), holes="nested")
    export(stack, folder / "appended.dcm", {"GTVp_PT1^HRS1": shapes()["ring"]}, append_to=folder / "keyhole.dcm")
    return folder


def export(stack: Stack, path: Path, regions: dict[str, NDArray[np.bool_]], **more: object) -> None:
    writes = [RegionToWrite(name=name, array=array, description="By hand.") for name, array in regions.items()]
    export_checked(stack, writes, path, label="HRS", description="Interop.", when=WHEN, **more)  # type: ignore[arg-type]


def said_by(*command: str) -> list[str]:
    answer = subprocess.run([program(command[0]), *command[1:]], capture_output=True, text=True, check=False)
    return (answer.stdout + answer.stderr).splitlines()


@pytest.mark.parametrize("name", ["keyhole", "nested", "appended"])
def test_dciodvfy_finds_neither_error_nor_warning(folder: Path, name: str) -> None:
    assert [line for line in said_by("dciodvfy", str(folder / f"{name}.dcm")) if line] == ["RTStructureSet"]


def test_dcentvfy_finds_ct_and_structure_sets_consistent(folder: Path) -> None:
    assert said_by("dcentvfy", *(str(path) for path in sorted(folder.rglob("*.dcm")))) == []


@pytest.mark.parametrize("name", ["keyhole", "nested", "appended"])
def test_dcmtk_reads_every_byte(folder: Path, name: str) -> None:
    said = said_by("dcmdump", "--quote-nonascii", str(folder / f"{name}.dcm"))
    assert not [line for line in said if line.startswith(("E:", "W:"))]
    assert sum("[CLOSED_PLANAR]" in line for line in said) == sum("ContourData" in line for line in said) > 100


def read_by_plastimatch(path: Path, ct: Path, target: Path) -> dict[str, NDArray[np.bool_]]:
    command = [program("plastimatch"), "convert", "--input", str(path), "--referenced-ct", str(ct)]
    subprocess.run([*command, "--output-prefix", str(target), "--prefix-format", "nrrd"], capture_output=True, check=True)
    return {file.stem: sitk.GetArrayFromImage(sitk.ReadImage(str(file))) > 0 for file in target.iterdir()}


@pytest.mark.parametrize("name", ["keyhole", "appended"])
def test_plastimatch_finds_every_voxel(folder: Path, tmp_path: Path, name: str) -> None:
    found = read_by_plastimatch(folder / f"{name}.dcm", folder / "ct", tmp_path)
    for region, array in shapes().items():
        np.testing.assert_array_equal(found[region], array, err_msg=region)
    assert set(found) == PIXEL_PERFECT | ({"GTVp_PT1^HRS1"} if name == "appended" else set())


def test_plastimatch_fills_the_holes_of_nested_contours(folder: Path, tmp_path: Path) -> None:
    """Why keyholes are the default: nested contours are joined by its reader, and the hole is lost."""
    found = read_by_plastimatch(folder / "nested.dcm", folder / "ct", tmp_path)
    np.testing.assert_array_equal(found["one voxel"], shapes()["one voxel"])
    assert found["ring"].sum() > 1.2 * shapes()["ring"].sum()


def test_a_real_ct_gets_a_structure_set_that_judges_accept(tmp_path: Path) -> None:
    ct = real_data("sts_001/dicom/CT/image")
    stack = read_stack(ct)
    z, y, x = np.ogrid[tuple(slice(0, size) for size in stack.geometry.shape)]
    middle = [size / 2 for size in stack.geometry.shape]
    distance = ((z - middle[0]) / 5.0) ** 2 + ((y - middle[1]) / 30.0) ** 2 + ((x - middle[2]) / 40.0) ** 2
    shell = (distance < 1.0) & (distance > 0.4)
    path = tmp_path / "rs.dcm"
    export(stack, path, {"GTV_shell": shell})
    assert [line for line in said_by("dciodvfy", str(path)) if line.startswith("Error")] == []
    # The CT's StudyID has 17 characters where DICOM allows 16: the only value that cannot be the same.
    differing = [line for line in said_by("dcentvfy", str(path), *map(str, stack.files)) if "rs.dcm" in line]
    assert [line for line in differing if "<StudyID>" not in line] == []
    found = read_by_plastimatch(path, ct, tmp_path / "read")
    np.testing.assert_array_equal(found["GTV_shell"], shell)


def test_a_real_structure_set_of_another_maker_is_appended_to(tmp_path: Path) -> None:
    """Two ROIs of MIM on a raw PET: Implicit syntax, undefined lengths, a character set in every item."""
    stack = read_stack(real_data("sts_001/raw_fdg_pet/image"))
    source = real_data("sts_001/raw_fdg_pet/mask/1-1.dcm")
    array = np.zeros(stack.geometry.shape, dtype=bool)
    array[100:110, 50:60, 50:60] = True
    path = tmp_path / "rs.dcm"
    export(stack, path, {"GTV_HRS": array}, append_to=source)
    assert [line for line in said_by("dciodvfy", str(path)) if line.startswith("Error")] == []
    old, new = (read_structure_set(one) for one in (source, path))
    assert [roi.name for roi in new.rois] == ["GTV_Mass", "GTV_Edema", "GTV_HRS"]
    for before, after in zip(old.rois, new.rois, strict=False):
        assert len(before.contours) == len(after.contours) > 10
        for one, other in zip(before.contours, after.contours, strict=True):
            np.testing.assert_array_equal(one.points, other.points)
