"""Regions made from regions at the command line, and by the job that it saves."""

import json

import numpy as np
import pytest

from builders.bad_input import Door
from builders.volumes import OTHER_PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.storage.volumes import read_mask, write_volume


@pytest.fixture
def files(door: Door) -> Door:
    """A region of 4 x 4 x 4 voxels of 2 mm, one half of it, and the other patient's."""
    block = np.zeros((8, 8, 8))
    block[2:6, 2:6, 2:6] = 1
    half = block.copy()
    half[:, :, 4:] = 0
    write_volume(mask_of(block), door.folder / "gtv.nrrd")
    write_volume(mask_of(half, name="half"), door.folder / "half.nrrd")
    write_volume(mask_of(block, identity=OTHER_PATIENT), door.folder / "other.nrrd")
    write_volume(image_of(block * 3 + 1), door.folder / "suv.nrrd")
    fine = np.zeros((16, 16, 16))
    fine[4:12, 4:12, 4:8] = 1
    write_volume(
        mask_of(fine, geometry_of((16, 16, 16), (1, 1, 1), (-0.5, -0.5, -0.5)), name="fine"), door.folder / "fine.nrrd"
    )
    return door


def test_a_margin_and_the_job_that_repeats_it(files: Door) -> None:
    words = ["region", "margin", "--region", "gtv.nrrd", "--margin-mm", "2", "-o", "ptv.nrrd", "--save-job", "job.json"]
    assert main(words) == 0
    made = read_mask(files.folder / "ptv.nrrd")
    assert made.voxel_count == 64 + 6 * 16
    assert made.name == "ptv"
    assert main(["run", "job.json", "--output-dir", "again"]) == 0
    assert np.array_equal(read_mask(files.folder / "again" / "ptv.nrrd").array, made.array)


def test_a_difference_tells_volumes(files: Door, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["region", "difference", "--region", "gtv.nrrd", "--without", "left=half.nrrd", "-o", "rest.nrrd", "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["volume_ml"] == pytest.approx(32 * 0.008)
    assert told["from_ml"] == {"region": pytest.approx(64 * 0.008), "without:left": pytest.approx(32 * 0.008)}


def test_regions_on_two_grids_meet_on_the_first_one_with_a_word(files: Door, capsys: pytest.CaptureFixture[str]) -> None:
    """The fine one is the left half, on voxels of 1 mm."""
    words = ["region", "intersection", "--regions", "a=gtv.nrrd", "--regions", "b=fine.nrrd", "-o", "both.nrrd", "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["volume_ml"] == pytest.approx(32 * 0.008)
    assert any('"fine" was brought to the grid of the region "GTVp", volume-true' in one for one in told["remarks"])


def test_another_patients_region_is_refused(files: Door) -> None:
    words = ("region", "union", "--regions", "a=gtv.nrrd", "--regions", "b=other.nrrd", "-o", "u.nrrd")
    files.refused(*words, code="identity", match='"P2".*"P1"')


def test_a_sphere_by_its_centre(files: Door, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["region", "sphere", "--image", "suv.nrrd", "--x-mm", "8", "--y-mm", "8", "--z-mm", "8", "--radius-mm", "2"]
    assert main([*words, "-o", "muscle.nrrd"]) == 0
    assert "volume 0.056 ml in 1 island" in capsys.readouterr().out
    words = ("region", "sphere", "--image", "suv.nrrd", "--x-mm", "8", "--y-mm", "8", "--radius-mm", "2", "-o", "m.nrrd")
    files.refused(*words, code="parameter", match='asks for "z_mm"')


def test_a_sphere_that_the_image_cuts_is_warned_of(files: Door, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["region", "sphere", "--image", "suv.nrrd", "--x-mm", "0", "--y-mm", "8", "--z-mm", "8", "--radius-mm", "4"]
    assert main([*words, "-o", "ball.nrrd", "--json"]) == 0
    assert [one.partition(":")[0] for one in json.loads(capsys.readouterr().out)["remarks"]] == [
        "The edge of the image cuts the sphere"
    ]
