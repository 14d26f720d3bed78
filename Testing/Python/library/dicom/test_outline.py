import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from dosepainting_hrs.dicom.contour_text import contour_texts
from dosepainting_hrs.dicom.outline import Holes, Outlines, outline
from dosepainting_hrs.errors import DicomError, ParameterError
from dosepainting_hrs.geometry import Geometry

volumes = st.tuples(st.integers(1, 3), st.integers(1, 8), st.integers(1, 8)).flatmap(lambda shape: arrays(np.bool_, shape))


def filled(points: NDArray[np.float64], planes: NDArray[np.int64], starts: NDArray[np.int64], shape: tuple[int, ...]) -> object:
    """Even-odd by the textbook: a ray to the left of each voxel centre, edge by edge."""
    y, x = np.mgrid[: shape[1], : shape[2]]
    inside = np.zeros(shape, dtype=bool)
    for plane, begin, end in zip(planes, starts[:-1], starts[1:], strict=True):
        for (xa, ya), (xb, yb) in zip(points[begin:end], np.roll(points[begin:end], -1, axis=0), strict=True):
            across = (ya > y) != (yb > y)
            inside[plane] ^= across & (x > xa + (y - ya) * (xb - xa) / np.where(across, yb - ya, 1.0))
    return inside


@pytest.mark.parametrize("holes", ["keyhole", "nested"])
@settings(max_examples=150, deadline=None)
@given(array=volumes)
def test_filling_the_outlines_gives_the_region_again(array: NDArray[np.bool_], holes: Holes) -> None:
    found = outline(array, holes)
    index = found.indices()
    np.testing.assert_array_equal(filled(index[:, :2], found.planes, found.starts, array.shape), array)
    np.testing.assert_array_equal(index[:, 2], np.repeat(found.planes, np.diff(found.starts)))


def test_one_voxel_by_hand() -> None:
    array = np.zeros((3, 4, 5), dtype=bool)
    array[1, 2, 3] = True
    found = outline(array)
    assert found.planes.tolist() == [1]
    assert found.indices().tolist() == [[2.5, 1.5, 1], [3.5, 1.5, 1], [3.5, 2.5, 1], [2.5, 2.5, 1]]


def test_an_empty_region_has_no_outline() -> None:
    found = outline(np.zeros((2, 3, 3), dtype=bool))
    assert (len(found.points), found.starts.tolist(), len(found.planes)) == (0, [0], 0)


def test_a_ring_is_one_keyhole_contour_or_two_nested_ones() -> None:
    array = np.ones((1, 3, 3), dtype=bool)
    array[0, 1, 1] = False
    assert np.diff(outline(array).starts).tolist() == [11]
    assert np.diff(outline(array, "nested").starts).tolist() == [4, 4]


def test_a_view_with_reversed_axes_is_outlined_as_it_is_seen() -> None:
    array = np.zeros((2, 4, 4), dtype=bool)
    array[0, 0, :2] = True
    turned = array[::-1, ::-1, ::-1]
    assert outline(turned).indices().tolist() == [[1.5, 2.5, 1], [3.5, 2.5, 1], [3.5, 3.5, 1], [1.5, 3.5, 1]]


def test_xor_contours_are_not_offered() -> None:
    with pytest.raises(ParameterError, match=r'"keyhole" or "nested", not "xor"'):
        outline(np.ones((1, 1, 1), dtype=bool), "xor")  # type: ignore[arg-type]


def corners(*points: tuple[int, int], plane: int = 0) -> Outlines:
    return Outlines(
        points=np.array(points, dtype=np.int32),
        starts=np.array([0, len(points)], dtype=np.int64),
        planes=np.array([plane], dtype=np.int64),
    )


def test_text_of_coordinates_by_hand() -> None:
    """Corner (0, 0) lies half a voxel before the first centre: -10.25 - 0.5 = -10.75; 1/3 mm steps round to four decimals."""
    grid = Geometry.from_parts((4, 4, 4), (1.0, 1.0 / 3.0, 2.5), (-10.25, 0.0, 100.0))
    (text,) = contour_texts(corners((0, 0), (1, 0), (1, 1), plane=2), grid)
    assert text == rb"-10.75\-0.1667\105\-9.75\-0.1667\105\-9.75\0.1667\105 "


def test_text_follows_an_oblique_slice() -> None:
    """Rows run along x, columns down -z: a coronal slice, seen from the front."""
    grid = Geometry.from_parts((2, 2, 2), (1.0, 1.0, 5.0), (0.0, 7.0, 0.0), ((1, 0, 0), (0, 0, 1), (0, -1, 0)))
    (text,) = contour_texts(corners((0, 0), (2, 0), (2, 2), plane=1), grid)
    assert text.strip() == rb"-0.5\12\0.5\1.5\12\0.5\1.5\12\-1.5"


def test_no_decimal_string_is_longer_than_12_characters() -> None:
    grid = Geometry.from_parts((1, 1, 1), (1 / 3, 1 / 3, 1 / 3), (-999999.123456, 999999.654321, 1e-9))
    (text,) = contour_texts(corners((0, 0), (1, 0), (1, 1)), grid)
    assert max(len(one) for one in text.strip().split(b"\\")) == 12


def test_a_ct_a_kilometre_away_is_refused() -> None:
    grid = Geometry.from_parts((1, 1, 1), (1, 1, 1), (2e6, 0, 0))
    with pytest.raises(DicomError, match=r"reaches 2e\+06 mm from its origin"):
        contour_texts(corners((0, 0), (1, 0), (1, 1)), grid)
