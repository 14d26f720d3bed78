from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from pydicom import dcmread

from builders.real_data import real_data
from builders.structure_sets import (
    FRAME,
    OTHER_FRAME,
    SERIES,
    STUDY,
    Drawn,
    Region,
    image_uid,
    rectangle,
    stack_on,
    structure_set,
    write_structure_set,
)
from dosepainting_hrs.dicom.regions import load_region, load_regions
from dosepainting_hrs.dicom.stacking import stack_headers
from dosepainting_hrs.dicom.structure_set import StructureSet, read_structure_set
from dosepainting_hrs.errors import Cancelled, DicomError, IdentityError, InputError, ParameterError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import MARK_RESEARCH_ONLY, Identity, SamePatient
from dosepainting_hrs.image import Image, on_grid
from dosepainting_hrs.quantities import HOUNSFIELD

GRID = Geometry.from_parts((6, 20, 30), (2.0, 1.0, 3.0), (-10.0, 5.0, 100.0))
SQUARE = rectangle(106.0, (-1.0, 9.5), (9.0, 12.5), image=image_uid(2))
"""Five centres in x, three in y, on slice 2."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rs.dcm"


def written(path: Path, *regions: Region, images: Sequence[str] = ()) -> StructureSet:
    return read_structure_set(write_structure_set(path, regions, images=images))


def test_a_region_becomes_a_mask_that_knows_whose_it_is(path: Path) -> None:
    stack = stack_on(GRID)
    mask, remarks = load_region(written(path, Region("GTVp", [SQUARE])), "GTVp", stack)
    assert remarks == ()
    assert mask.name == "GTVp"
    assert mask.voxel_count == 15
    assert mask.volume_ml == pytest.approx(15 * 6.0 / 1000.0)
    assert mask.identity == stack.identity
    assert mask.identity.is_known
    assert mask.geometry.is_same_grid(GRID)
    assert mask.history == ('ROI "GTVp" (number 1) of structure set "rs.dcm" (1.2.826.0.1.3680043.10.1234.9) rasterised.',)


def test_the_file_may_be_given_instead(path: Path) -> None:
    written(path, Region("GTVp", [SQUARE]))
    assert load_region(path, "gtvp", stack_on(GRID))[0].voxel_count == 15


@pytest.mark.parametrize(
    "direction",
    [[[1, 0, 0], [0, 1, 0], [0, 0, -1]], [[-1, 0, 0], [0, -1, 0], [0, 0, 1]], [[0, 1, 0], [1, 0, 0], [0, 0, 1]]],
)
def test_flipped_and_turned_series_give_the_same_place_in_the_patient(path: Path, direction: ArrayLike) -> None:
    """World positions of the voxels are those of the square, whichever way the series runs."""
    plain = Geometry.from_parts((7, 30, 30), (2.0, 2.0, 3.0), (0.0, 0.0, 0.0), direction)
    centre = plain.to_world([14.5, 14.5, 3.0])
    grid = Geometry.from_parts((7, 30, 30), (2.0, 2.0, 3.0), np.array([19.0, 11.0, 106.0]) - centre, direction)
    mask, _ = load_region(written(path, Region("GTVp", [SQUARE])), "GTVp", stack_on(grid))
    k, j, i = np.nonzero(mask.array)
    world = mask.geometry.to_world(np.column_stack([i, j, k]))
    expected = [(x, y, 106.0) for x in (0.0, 2.0, 4.0, 6.0, 8.0) for y in (10.0, 12.0)]
    np.testing.assert_allclose(sorted(map(tuple, world)), expected, atol=1e-9)
    assert mask.array.flags.c_contiguous


def test_remarks_go_into_the_history(path: Path) -> None:
    drawn = [rectangle(100.0 + 3.0 * k, (-1.0, 9.5), (9.0, 12.5)) for k in (0, 2)]
    mask, remarks = load_region(written(path, Region("GTVp", drawn)), "GTVp", stack_on(GRID), fill_gaps=True)
    assert mask.voxel_count == 45
    assert remarks[-1] == "Between contours, 1 slice filled by shape interpolation, which added 0.09 ml."
    assert mask.history[0].endswith(remarks[-1])


def test_images_that_the_series_lacks_are_told(path: Path) -> None:
    images = [image_uid(k) for k in range(6)] + ["1.2.3.4", "1.2.3.5"]
    stray = replace_image(rectangle(109.0, (-1.0, 9.5), (9.0, 12.5)), "1.2.3.4")
    mask, remarks = load_region(written(path, Region("GTVp", [SQUARE, stray]), images=images), "GTVp", stack_on(GRID))
    assert mask.voxel_count == 30
    assert remarks == ('The structure set names 2 images that this series lacks; ROI "GTVp" has 1 of its contours on them.',)


def replace_image(drawn: Drawn, uid: str) -> Drawn:
    return replace(drawn, image=uid)


def test_another_series_of_the_same_frame_is_told(path: Path) -> None:
    found = written(path, Region("GTVp", [SQUARE]))
    mask, remarks = load_region(found, "GTVp", stack_on(GRID, series=("1.2.3.9",)))
    assert mask.identity.series == ("1.2.3.9",)
    assert remarks == (
        f"It was drawn on series {SERIES}, not on this image (1.2.3.9), which lies in the same frame of reference.",
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"PatientID": "P2"}, r'structure set "rs.dcm" belongs to patient "P1", but the image to patient "P2"'),
        ({"PatientBirthDate": "19700102"}, r'carry the same PatientID "P1" but another birth date'),
        ({"PatientName": "Roe^Jane"}, r"another patient's name"),
        (
            {"frame_of_reference": OTHER_FRAME},
            rf'ROI "GTVp" lies in frame .* {FRAME}, but the image in {OTHER_FRAME}',
        ),
    ],
)
def test_another_patient_or_frame_is_refused(path: Path, wrong: dict[str, str], message: str) -> None:
    found = written(path, Region("GTVp", [SQUARE]))
    with pytest.raises(IdentityError, match=message):
        load_region(found, "GTVp", stack_on(GRID, **wrong))
    with pytest.raises(IdentityError, match=message):
        load_regions(found, None, stack_on(GRID, **wrong))


def test_a_declared_pseudonym_is_taken_and_shown_and_not_mixed(path: Path) -> None:
    found = written(path, Region("GTVp", [SQUARE]))
    stack = stack_on(GRID, PatientID="ANON7", PatientName="", PatientBirthDate="")
    pair = SamePatient(patient_ids=("P1", "ANON7"), who="R. Leaf", reason="research export")
    mask, remarks = load_region(found, "GTVp", stack, same=[pair])
    assert mask.identity == stack.identity
    assert "R. Leaf" in remarks[0]


def test_an_image_file_without_identity_gets_patient_and_frame_but_no_series(path: Path) -> None:
    geometry, stored = on_grid(GRID)
    image = Image(array=np.zeros(GRID.shape), geometry=geometry, stored=stored, quantity=HOUNSFIELD)
    mask, remarks = load_region(written(path, Region("GTVp", [SQUARE])), "GTVp", image)
    assert mask.voxel_count == 15
    assert mask.identity == Identity.of_patient("P1", "Doe^Jane", "19600102", frame_of_reference=FRAME, study=STUDY)
    assert mask.identity.missing() == ("source SeriesInstanceUID",)
    assert len(remarks) == 2  # name and birth date could not be compared


def test_marks_of_the_image_are_inherited(path: Path) -> None:
    stack = stack_on(GRID, marks=(MARK_RESEARCH_ONLY,))
    assert load_region(written(path, Region("GTVp", [SQUARE])), "GTVp", stack)[0].identity.marks == (MARK_RESEARCH_ONLY,)


def test_one_bad_region_does_not_hinder_the_others(path: Path) -> None:
    found = written(
        path,
        Region("good", [SQUARE]),
        Region("empty", None),
        Region("damaged", [Drawn("1\\2\\3\\4")]),
        Region("elsewhere", [SQUARE], frame=OTHER_FRAME),
        Region("outside", [rectangle(900.0, (0, 0), (5, 5))]),
        Region("point", [Drawn([(0, 10, 106)], kind="POINT")]),
    )
    loaded = load_regions(found, None, stack_on(GRID))
    assert [(one.name, one.number, one.mask is not None) for one in loaded] == [
        ("good", 1, True),
        ("empty", 2, False),
        ("damaged", 3, False),
        ("elsewhere", 4, False),
        ("outside", 5, False),
        ("point", 6, False),
    ]
    starts = ["", 'ROI "empty" has no contours', 'ROI "damaged" cannot be read: Contour 1', 'ROI "elsewhere" lies in frame']
    starts += ['ROI "outside" lies outside the image', 'ROI "point" encloses nothing']
    for one, start in zip(loaded, starts, strict=True):
        assert one.reason.startswith(start)
    assert bool(loaded[0].reason) is False
    for name, error in [("empty", InputError), ("damaged", DicomError), ("elsewhere", IdentityError)]:
        with pytest.raises(error):
            load_region(found, name, stack_on(GRID))


def test_chosen_regions_come_in_the_order_asked_for(path: Path) -> None:
    found = written(path, Region("A", [SQUARE]), Region("B", [SQUARE]), Region("C", [SQUARE]))
    assert [one.name for one in load_regions(found, ["c", "#1"], stack_on(GRID))] == ["C", "A"]
    with pytest.raises(ParameterError, match='has no ROI "D"'):
        load_regions(found, ["A", "D"], stack_on(GRID))


def test_progress_rises_and_can_stop(path: Path) -> None:
    found = written(path, *[Region(f"R{n}", [SQUARE]) for n in range(4)])
    shares: list[float] = []
    load_regions(found, None, stack_on(GRID), progress=lambda share, _: shares.append(share))
    assert shares == [0.0, 0.25, 0.5, 0.75, 1.0]

    def stop(share: float, message: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        load_regions(found, None, stack_on(GRID), progress=stop)


def test_a_frame_that_neither_file_nor_roi_names_is_left_open(path: Path) -> None:
    dataset = structure_set([Region("GTVp", [SQUARE], frame="")])
    del dataset.FrameOfReferenceUID, dataset.ReferencedFrameOfReferenceSequence
    dataset.save_as(path, enforce_file_format=True)
    mask, _ = load_region(path, "GTVp", stack_on(GRID))
    assert mask.identity.frame_of_reference == FRAME


def filled_by_columns(contours: Sequence[NDArray[np.float64]], grid: Geometry) -> NDArray[np.bool_]:
    """The even-odd rule by rays along the columns of an axial slice, in mm; the library walks along the rows."""
    x, y = (grid.origin[axis] + grid.spacing[axis] * np.arange(grid.shape[2 - axis]) for axis in (0, 1))
    inside = np.zeros(grid.shape[1:], dtype=bool)
    for points in contours:
        for (xa, ya), (xb, yb) in zip(points[:, :2], np.roll(points[:, :2], -1, axis=0), strict=True):
            columns = np.flatnonzero((xa <= x) != (xb <= x))
            inside[:, columns] ^= y[:, None] > ya + (x[columns] - xa) * (yb - ya) / (xb - xa)
    return inside


def test_the_regions_of_a_planning_system_on_the_one_slice_that_is_there() -> None:
    """A single CT slice near the top of a breast patient, where only the body was drawn, with four contours."""
    folder = real_data("tps_rt_objects/dicompyler")
    stack = stack_headers([folder / "ct.0.dcm"], [dcmread(folder / "ct.0.dcm", stop_before_pixels=True)])
    structures = read_structure_set(folder / "rtss.dcm")
    loaded = load_regions(structures, None, stack)
    assert [one.name for one in loaded if one.mask] == ["BODY"]
    assert loaded[1].reason == 'ROI "Areola" has no contours.'
    assert all("lies outside the image: it reaches over" in one.reason for one in loaded[2:])
    assert any(remark.startswith("137 of 141 contours lie outside the image") for remark in loaded[0].remarks)
    here = [one.points for one in structures.rois[0].contours if abs(one.points[0, 2] - stack.geometry.origin[2]) < 1.5]
    assert len(here) == 4
    assert loaded[0].mask is not None
    np.testing.assert_array_equal(loaded[0].mask.array[0], filled_by_columns(here, stack.geometry))
