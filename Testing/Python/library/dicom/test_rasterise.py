import numpy as np
import pytest

from builders.structure_sets import Drawn, circle, rectangle
from dosepainting_hrs.dicom.rasterise import rasterise
from dosepainting_hrs.dicom.roi import Contour, Drawing, Roi
from dosepainting_hrs.errors import DicomError, InputError
from dosepainting_hrs.geometry import Geometry

GRID = Geometry.from_parts((6, 20, 30), (2.0, 1.0, 3.0), (-10.0, 5.0, 100.0))
"""Centres at x = -10, -8 ... 48, y = 5, 6 ... 24, z = 100, 103 ... 115 mm."""


def roi(*drawn: Drawn) -> Roi:
    contours = tuple(Contour(points=np.asarray(one.points, dtype=float), geometric_type=one.kind) for one in drawn)
    return Roi(number=1, name="GTV", source=lambda: Drawing(contours=contours))


def every_slice(low: tuple[float, float], high: tuple[float, float], *, slices: tuple[int, ...]) -> list[Drawn]:
    return [rectangle(100.0 + 3.0 * k, low, high) for k in slices]


def test_square_of_known_corners() -> None:
    """x from -1 to 9 mm holds the centres 0, 2, 4, 6, 8; y from 9.5 to 12.5 mm holds 10, 11, 12; z = 106 is slice 2."""
    result = rasterise(roi(rectangle(106.0, (-1.0, 9.5), (9.0, 12.5))), GRID)
    assert result.array.dtype == np.bool_
    assert result.array.sum() == 15
    assert result.array[2, 5:8, 5:10].all()
    assert result.remarks == ()


def test_nested_contours_leave_a_hole_and_an_island_in_it() -> None:
    """Squares of 12, 8 and 4 voxels: 144 - 64 + 16."""
    grid = Geometry.from_parts((1, 20, 20), (1.0, 1.0, 2.0), (0.0, 0.0, 0.0))
    squares = [rectangle(0.0, (low, low), (20.0 - low - 1.0, 20.0 - low - 1.0)) for low in (3.5, 5.5, 7.5)]
    array = rasterise(roi(*squares), grid).array
    assert array.sum() == 96
    assert not array[0, 6, 6]
    assert array[0, 9, 9]
    xor = [Drawn(one.points, kind="CLOSEDPLANAR_XOR") for one in squares]
    np.testing.assert_array_equal(rasterise(roi(*xor), grid).array, array)


@pytest.mark.parametrize("bridge", [5.0, 5.5])
def test_keyhole_leaves_a_hole_and_no_trace_of_its_bridge(bridge: float) -> None:
    """A 10 x 10 square with a hole of 4 x 4, the bridge on voxel centres or between them: 100 - 16."""
    grid = Geometry.from_parts((1, 16, 16), (1.0, 1.0, 2.0), (0.0, 0.0, 0.0))
    outer = [(0.5, 0.5), (10.5, 0.5), (10.5, 10.5), (0.5, 10.5), (0.5, bridge)]
    inner = [(3.5, bridge), (3.5, 7.5), (7.5, 7.5), (7.5, 3.5), (3.5, 3.5), (3.5, bridge)]
    ring = Drawn([(x, y, 0.0) for x, y in [*outer, *inner, (0.5, bridge)]])
    array = rasterise(roi(ring), grid).array
    assert array.sum() == 84
    assert not array[0, 4:8, 4:8].any()
    assert array[0, 5, 1:4].all()


@pytest.mark.parametrize("at", range(1, 12))
def test_abutting_rectangles_share_no_voxel_and_leave_none_out(at: int) -> None:
    """The common edge runs through the centres of column `at`, which go to the right, in a frame of awkward decimals."""
    grid = Geometry.from_parts((1, 12, 12), (1.17, 1.17, 3.0), (-250.4, -86.9, 0.0))
    cut = round(-250.4 + at * 1.17, 6)
    low, high = (-260.0, -90.0), (-230.0, -70.0)
    first = rasterise(roi(rectangle(0.0, low, (cut, high[1]))), grid).array
    second = rasterise(roi(rectangle(0.0, (cut, low[1]), high)), grid).array
    assert (first.astype(int) + second == 1).all()
    assert first[0, 0].sum() == at


def test_contour_off_its_slice_is_taken_to_the_nearest_and_told() -> None:
    result = rasterise(roi(rectangle(106.3, (-1.0, 9.5), (9.0, 12.5)), rectangle(109.0, (-1.0, 9.5), (9.0, 12.5))), GRID)
    assert result.array.sum(axis=(1, 2)).tolist() == [0, 0, 15, 15, 0, 0]
    assert result.remarks == ("1 of 2 contours lie off their slice by up to 0.30 mm; the nearest one was taken.",)
    assert rasterise(roi(rectangle(106.02, (-1.0, 9.5), (9.0, 12.5))), GRID).remarks == ()


def test_the_nearest_slice_is_the_nearer_one() -> None:
    """1.4 mm above the slice at 106 mm and 1.6 mm below the next; and the other way round."""
    for z, taken in ((107.4, 2), (107.6, 3)):
        assert rasterise(roi(rectangle(z, (-1.0, 9.5), (9.0, 12.5))), GRID).array[taken].sum() == 15


def test_contours_of_two_planes_on_one_slice_are_refused() -> None:
    """Drawn on slices of 2 mm, they would cancel each other on slices of 3 mm."""
    drawn = [rectangle(100.0 + 2.0 * k, (-1.0, 9.5), (9.0, 12.5)) for k in range(7)]
    with pytest.raises(InputError, match=r"different planes \(2\.00 mm apart\) on one slice.*slices are 3\.00 mm apart"):
        rasterise(roi(*drawn), GRID)


def test_contours_outside_are_told_and_the_rest_taken() -> None:
    drawn = [rectangle(100.0 + 3.0 * k, (-1.0, 9.5), (9.0, 12.5)) for k in (-2, 0, 1, 6)]
    result = rasterise(roi(*drawn), GRID)
    assert result.array.sum() == 30
    assert result.remarks == ("2 of 4 contours lie outside the image and are lost (slice positions 94.00 to 118.00 mm).",)
    assert result.lost == result.remarks


def test_a_region_over_the_edge_of_the_image_is_told() -> None:
    """The image's outer edge is at x = -11 mm; y from 9.5 to 12.5 holds three centres, x up to -5 three."""
    result = rasterise(roi(rectangle(100.0, (-15.5, 9.5), (-5.0, 12.5))), GRID)
    assert result.array.sum() == 9
    assert result.remarks == ("It reaches 4.5 mm over the image's edge; what lies beyond is lost.",)


@pytest.mark.parametrize("away", [(0.0, 0.0, -50.0), (0.0, 200.0, 0.0), (-300.0, 0.0, 0.0)])
def test_a_region_outside_the_image_says_where_both_lie(away: tuple[float, float, float]) -> None:
    moved = Drawn(np.asarray(rectangle(106.0, (-1.0, 9.5), (9.0, 12.5)).points) + away)
    x, y = -1.0 + away[0], 9.5 + away[1]
    box = rf"over x {x:.1f} to {x + 10:.1f}, y {y:.1f} to {y + 3:.1f}, z {106 + away[2]:.1f} to {106 + away[2]:.1f} mm"
    with pytest.raises(InputError, match=rf"lies outside the image: it reaches {box}") as caught:
        rasterise(roi(moved), GRID)
    assert "the image over x -11.0 to 49.0, y 4.5 to 24.5, z 98.5 to 116.5 mm." in caught.value.message


def test_points_open_and_short_contours_are_named_and_not_taken() -> None:
    good = rectangle(106.0, (-1.0, 9.5), (9.0, 12.5))
    others = [Drawn([(0, 10, 106)], kind="POINT"), Drawn([(0, 10, 106)], kind="POINT")]
    others += [Drawn(good.points, kind="OPEN_PLANAR"), Drawn(good.points, kind="OPEN_NONPLANAR"), Drawn([(0, 10, 106)] * 2)]
    result = rasterise(roi(*others, good), GRID)
    assert result.array.sum() == 15
    assert result.remarks == (
        "2 POINT contours not taken: only closed planar ones enclose voxels.",
        "1 OPEN_PLANAR contour not taken: only closed planar ones enclose voxels.",
        "1 OPEN_NONPLANAR contour not taken: only closed planar ones enclose voxels.",
        "1 closed contour of fewer than three points not taken.",
    )
    with pytest.raises(InputError, match=r'ROI "GTV" encloses nothing: 1 POINT contour not taken'):
        rasterise(roi(others[0]), GRID)


def test_coronal_contours_are_named_and_not_taken() -> None:
    coronal = Drawn([(0, 10, 100), (9, 10, 100), (9, 10, 112), (0, 10, 112)])
    axial = rectangle(106.0, (-1.0, 9.5), (9.0, 12.5))
    result = rasterise(roi(coronal, axial), GRID)
    assert result.array.sum() == 15
    assert result.remarks == ("1 closed contour not taken: not parallel to the image's slices (up to 12.0 mm across).",)
    assert result.lost == ()
    with pytest.raises(InputError, match="does not fit this image: 2 closed contours not taken: not parallel"):
        rasterise(roi(coronal, coronal), GRID)


def test_coronal_contours_are_taken_on_a_coronal_image() -> None:
    """Index axes along x, z downwards and y; slices are 4 mm apart in y. 5 x 6 voxels of 2 mm."""
    grid = Geometry.from_parts((5, 20, 20), (2.0, 2.0, 4.0), (0.0, 0.0, 130.0), [[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    drawn = Drawn([(1, 8, 107), (11, 8, 107), (11, 8, 119), (1, 8, 119)])
    result = rasterise(roi(drawn), grid)
    assert result.remarks == ()
    assert result.array.sum() == 30
    assert result.array[2].sum() == 30


def test_a_sphere_drawn_on_an_oblique_image_keeps_its_place_and_volume() -> None:
    """Circles on tilted slices; every voxel centre within 20 mm of the centre, give or take the 180-sided outline."""
    a, b = np.radians(20.0), np.radians(-15.0)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turn = turn @ np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    grid = Geometry.from_parts((31, 60, 60), (0.9, 1.1, 2.0), (-20.0, 7.0, -300.0), turn)
    centre = grid.to_world([30.2, 28.7, 15.0])
    drawn = [
        circle(centre + 2.0 * k * turn[:, 2], np.sqrt(400.0 - (2.0 * k) ** 2), across=turn[:, :2].T) for k in range(-9, 10)
    ]
    result = rasterise(roi(*drawn), grid)
    assert result.remarks == ()
    k, j, i = np.indices(grid.shape)
    distance = np.linalg.norm(grid.to_world(np.stack([i, j, k], axis=-1)) - centre, axis=-1)
    sure = np.abs(distance - 20.0) > 0.02
    np.testing.assert_array_equal(result.array[sure], (distance <= 20.0)[sure])
    assert result.array.sum() * grid.voxel_volume_ml == pytest.approx(4 / 3 * np.pi * 8.0, rel=0.01)


@pytest.mark.parametrize(
    ("slices", "remarks"),
    [
        ((0, 1, 2, 3), ()),
        ((3,), ()),
        ((0, 2, 4), ("It is contoured on every second slice only, from 100.00 to 112.00 mm; the slices between are empty.",)),
        ((0, 1, 4, 5), ("Slices without contour lie inside its length: 2 between 103.00 and 112.00 mm.",)),
        ((1, 4), ("Slices without contour lie inside its length: 2 between 103.00 and 112.00 mm.",)),
    ],
)
def test_skipped_slices_are_named(slices: tuple[int, ...], remarks: tuple[str, ...]) -> None:
    result = rasterise(roi(*every_slice((-1.0, 9.5), (9.0, 12.5), slices=slices)), GRID)
    assert result.remarks == remarks
    assert result.filled == ()
    assert np.flatnonzero(result.array.any(axis=(1, 2))).tolist() == list(slices)


def test_skipped_slices_are_filled_on_request_and_told() -> None:
    """The same rectangle of 15 voxels (2 x 1 x 3 mm) before and after: two slices more are 30 voxels, 0.18 ml."""
    drawn = every_slice((-1.0, 9.5), (9.0, 12.5), slices=(0, 1, 4))
    result = rasterise(roi(*drawn), GRID, fill_gaps=True)
    assert result.array.sum(axis=(1, 2)).tolist() == [15, 15, 15, 15, 15, 0]
    assert result.filled == (2, 3)
    assert result.remarks[-1] == "Between contours, 2 slices filled by shape interpolation, which added 0.18 ml."


def test_islands_far_from_each_other_are_not_joined() -> None:
    apart = [rectangle(100.0, (-9.0, 5.5), (-3.0, 8.5)), rectangle(109.0, (39.0, 20.5), (45.0, 23.5))]
    result = rasterise(roi(*apart), GRID, fill_gaps=True)
    assert result.array.sum() == 18
    assert result.filled == ()
    assert "1 gap whose two outlines do not overlap" in result.remarks[-1]


def test_a_contour_between_voxel_centres_is_told() -> None:
    tiny, good = rectangle(103.0, (0.2, 10.2), (0.8, 10.8)), rectangle(106.0, (-1.0, 9.5), (9.0, 12.5))
    assert rasterise(roi(tiny, good), GRID).remarks == ("Contours on 1 slice enclose no voxel centre.",)
    with pytest.raises(InputError, match=r'ROI "GTV" is too small for this grid .*no voxel centre lies inside'):
        rasterise(roi(tiny), GRID)


def test_a_region_never_drawn_or_damaged_is_refused() -> None:
    with pytest.raises(InputError, match=r'ROI "GTV" has no contours\. It was named but never drawn'):
        rasterise(roi(), GRID)
    with pytest.raises(DicomError, match=r'ROI "GTV" cannot be read: Contour 2 of the ROI has no coordinates\.'):
        rasterise(Roi(number=1, name="GTV", source=lambda: Drawing(damage="Contour 2 of the ROI has no coordinates.")), GRID)


def test_a_single_slice_image_takes_the_contours_of_that_slice() -> None:
    grid = Geometry.from_parts((1, 20, 30), (2.0, 1.0, 3.0), (-10.0, 5.0, 106.0))
    result = rasterise(roi(*every_slice((-1.0, 9.5), (9.0, 12.5), slices=(0, 1, 2, 3))), grid)
    assert result.array.sum() == 15
    assert result.remarks[0].startswith("3 of 4 contours lie outside the image")


def test_a_contour_that_stands_twice_in_the_file_is_taken_once() -> None:
    """Under the even-odd rule the two would cancel; a nested contour of other points is a hole as ever."""
    square, hole = rectangle(106.0, (-1.0, 9.5), (9.0, 12.5)), rectangle(106.0, (3.0, 10.5), (5.0, 11.5))
    result = rasterise(roi(square, hole, square, rectangle(109.0, (-1.0, 9.5), (9.0, 12.5))), GRID)
    assert result.array.sum(axis=(1, 2)).tolist() == [0, 0, 14, 15, 0, 0]
    assert result.remarks == ("Drawn twice and taken once: 1 contour.",)
