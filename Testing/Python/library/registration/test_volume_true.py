"""Volume-true resampling: hand-computed cases, analytic spheres, an independent twin, and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from builders.real_data import real_data
from dosepainting_hrs.errors import GeometryError, InputError
from dosepainting_hrs.geometry import Geometry, StoredGrid
from dosepainting_hrs.image import Mask, on_grid
from dosepainting_hrs.registration.volume_true import resample_volume_true
from dosepainting_hrs.storage.volumes import read_mask


def mask_on(array: ArrayLike, geometry: Geometry, name: str = "HRS") -> Mask:
    canonical, stored = on_grid(geometry)
    return Mask(array=stored.axes.apply(np.asarray(array, dtype=bool)), geometry=canonical, stored=stored, name=name)


def row(values: ArrayLike, spacing: float, origin: float, edge: float = 1.0) -> Mask:
    """A mask of one row of voxels along x."""
    array = np.atleast_3d(np.asarray(values, dtype=bool)).reshape(1, 1, -1)
    return mask_on(array, Geometry.from_parts(array.shape, (spacing, edge, edge), (origin, 0, 0)))


def row_grid(length: int, spacing: float, origin: float) -> Geometry:
    return Geometry.from_parts((1, 1, length), (spacing, 1, 1), (origin, 0, 0))


def ball(geometry: Geometry, centre: ArrayLike, radius_mm: float) -> Mask:
    """Voxels whose centres lie in a ball."""
    canonical, stored = on_grid(geometry)
    z, y, x = np.indices(canonical.shape)
    points = canonical.to_world(np.stack([x, y, z], axis=-1))
    inside = np.linalg.norm(points - np.asarray(centre), axis=-1) <= radius_mm
    return Mask(array=inside, geometry=canonical, stored=stored, name="ball")


PET = Geometry.from_parts((24, 24, 24), (2.0, 2.0, 2.0), (-23.3, -22.1, -23.7))
CT = Geometry.from_parts((20, 64, 64), (1.0, 1.0, 3.0), (-32.2, -31.9, -28.4))
TURNED = Geometry.from_parts(
    (24, 24, 24), (2.0, 2.2, 2.5), (-22, -24, -30), Rotation.from_euler("xyz", (8, -11, 14), True).as_matrix()
)


class TestByHand:
    """Rows of voxels along x, so that every share can be read off."""

    def test_falling_share_decides(self) -> None:
        # Source voxel from 0.5 to 2.25 mm (1.75 mm long); targets of 1 mm centred on 0, 1, 2, 3:
        # shares 0, 1, 0.75, 0. Volume 1.75 voxels rounds to 2: voxels 1 and 2.
        result = resample_volume_true(row([1], 1.75, 1.375), row_grid(4, 1.0, 0.0))
        assert result.array.ravel().tolist() == [False, True, True, False]
        assert (result.source_ml, result.target_ml) == (pytest.approx(1.75e-3), pytest.approx(2e-3))

    def test_shares_one_half_and_quarter(self) -> None:
        # From 0.5 to 1.5 and on to 2.0, and back to 0.25: shares 0.25, 1, 0.5 of voxels 0, 1, 2; 1.75 rounds to 2.
        result = resample_volume_true(row([1], 1.75, 1.125), row_grid(3, 1.0, 0.0))
        assert result.array.ravel().tolist() == [False, True, True]

    def test_half_a_voxel_rounds_up(self) -> None:
        # 2.5 voxels: three are taken. Shares 0.75, 1, 0.75.
        assert resample_volume_true(row([1], 2.5, 1.0), row_grid(3, 1.0, 0.0)).array.sum() == 3

    def test_under_half_a_voxel_rounds_down(self) -> None:
        # 2.4 voxels, shares 0.65, 1, 0.75: the last goes before the first.
        result = resample_volume_true(row([1], 2.4, 1.05), row_grid(3, 1.0, 0.0))
        assert result.array.ravel().tolist() == [False, True, True]

    def test_tie_of_shares_goes_by_distance_to_the_centroid(self) -> None:
        # Two islands of 0.5 mm each cover half of voxels 1 and 4; one of 2 mm covers voxels 6 and 7 wholly.
        # 3 voxels of volume; voxels 1 and 4 tie at 0.5; the centroid lies at (1*.5 + 4*.5 + 6.5*2) / 3 = 5.17 mm: 4 is nearer.
        source = np.zeros(36, dtype=bool)  # 0.25 mm voxels, centres from -0.375 mm on: voxel i spans -0.5 + i/4 to -0.25 + i/4
        source[5:7] = source[17:19] = True  # 0.75 to 1.25 mm and 3.75 to 4.25 mm
        source[24 + 0 : 24 + 8] = True  # 5.5 to 7.5 mm
        result = resample_volume_true(row(source, 0.25, -0.375), row_grid(9, 1.0, 0.0))
        assert np.flatnonzero(result.array).tolist() == [4, 6, 7]

    def test_tie_of_distances_goes_by_index(self) -> None:
        # 0 to 2 mm around the centre 1 mm: shares 0.5, 1, 0.5 of voxels 0, 1, 2, two to take, 0 and 2 are equally far.
        result = resample_volume_true(row([1], 2.0, 1.0), row_grid(3, 1.0, 0.0))
        assert result.array.ravel().tolist() == [True, True, False]

    def test_vanished_island_is_named_with_volume_and_place(self) -> None:
        # Islands of 3 mm (voxels 1 to 3) and of 0.25 mm at 7 mm: 3.25 voxels rounds to 3, the small one is lost.
        source = np.zeros(40, dtype=bool)
        source[4:16] = True  # 0.5 to 3.5 mm
        source[30] = True  # 7.0 to 7.25 mm, centre 7.125 mm
        result = resample_volume_true(row(source, 0.25, -0.375), row_grid(10, 1.0, 0.0))
        assert np.flatnonzero(result.array).tolist() == [1, 2, 3]
        assert len(result.vanished) == 1
        assert result.vanished[0].volume_ml == pytest.approx(0.25e-3)
        assert result.vanished[0].centroid_mm == pytest.approx((7.125, 0.0, 0.0))
        assert str(result.vanished[0]) == "0.00025 ml at (7.1, 0.0, 0.0) mm LPS"

    def test_shares_that_differ_by_rounding_are_tied(self) -> None:
        # Voxels of 0.1 mm from -0.5 mm on: islands from -0.1 to 0.2, 2.9 to 3.2 and 5.5 to 7.5 mm cover 0.3 of voxel 0, 0.3
        # of voxel 3, and voxels 6 and 7. 2.6 voxels: three are taken, the third at 0.3, where 3 lies nearer to the others.
        # In double precision the two shares are not the same number.
        source = np.zeros(90, dtype=bool)
        source[4:7] = source[34:37] = source[60:80] = True
        result = resample_volume_true(row(source, 0.1, -0.45), row_grid(12, 1.0, 0.0))
        assert np.flatnonzero(result.array).tolist() == [3, 6, 7]

    @pytest.mark.parametrize("origin", [0.0, 0.3, 0.8, 1.2])
    def test_distances_that_differ_by_rounding_are_tied(self, origin: float) -> None:
        # Equally far from the centre, moved along x: the two distances are then not the same number in double precision.
        result = resample_volume_true(row([1], 2.0, 1.0 + origin), row_grid(3, 1.0, origin))
        assert result.array.ravel().tolist() == [True, True, False]

    def test_islands_hang_together_at_corners(self) -> None:
        # A block of 2 x 2 x 2 target voxels and, touching its corner, one voxel of 1/27 of a target voxel: 8.04 voxels, so
        # only the block is taken. Apart, the small voxel would be an island that is lost; here it is part of the block.
        array = np.zeros((9, 9, 9), dtype=bool)
        array[:6, :6, :6] = True
        array[6, 6, 6] = True
        target = Geometry.from_parts((3, 3, 3), (3.0, 3.0, 3.0), (1.0, 1.0, 1.0))
        source = Geometry.from_parts(array.shape, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
        touching = resample_volume_true(mask_on(array, source), target)
        assert (touching.array.sum(), touching.vanished) == (8, ())
        array[6, 6, 6], array[7, 7, 7] = False, True
        apart = resample_volume_true(mask_on(array, source), target)
        assert [one.volume_ml for one in apart.vanished] == [pytest.approx(1e-3)]


class TestSameGrid:
    def test_a_mask_on_the_grid_stays_unchanged(self) -> None:
        mask = ball(PET, (0, 0, 0), 9.0)
        near = Geometry.from_parts(PET.shape, PET.spacing, PET.origin + 0.004 * PET.spacing)
        result = resample_volume_true(mask, near)
        assert result.unchanged
        assert np.array_equal(result.array, mask.array)
        assert result.vanished == ()

    def test_a_mask_two_hundredths_off_the_grid_is_resampled(self) -> None:
        mask = ball(PET, (0, 0, 0), 9.0)
        near = Geometry.from_parts(PET.shape, PET.spacing, PET.origin + 0.02 * PET.spacing)
        result = resample_volume_true(mask, near)
        assert not result.unchanged
        # Each voxel covers 98 % of its own target along each axis: the same voxels are taken.
        assert np.array_equal(result.array, mask.array)

    def test_a_shift_by_whole_voxels_moves_the_voxels(self) -> None:
        mask = ball(PET, (0, 0, 0), 7.0)
        moved = Geometry.from_parts(PET.shape, PET.spacing, PET.origin + np.array([2, 4, -2]))
        result = resample_volume_true(mask, moved)
        assert np.array_equal(result.array, np.roll(mask.array, (1, -2, -1), axis=(0, 1, 2)))
        assert not result.unchanged


class TestAnalytic:
    """A plain half-covered rule changes such a ball by 5 to 20 %."""

    @pytest.mark.parametrize("offset", [(0, 0, 0), (0.3, -0.8, 1.1), (0.9, 0.1, -0.4)])
    @pytest.mark.parametrize("target", [CT, TURNED], ids=["axial", "oblique"])
    def test_a_5_mm_ball_keeps_its_volume_within_half_a_voxel(
        self, offset: tuple[float, float, float], target: Geometry
    ) -> None:
        mask = ball(PET, offset, 5.0)
        result = resample_volume_true(mask, target)
        assert abs(result.target_ml - mask.volume_ml) <= 0.5 * target.voxel_volume_ml * (1 + 1e-9)
        assert result.target_ml == pytest.approx(4 / 3 * math.pi * 0.125, abs=0.1)

    @pytest.mark.parametrize("target", [CT, TURNED], ids=["axial", "oblique"])
    def test_the_ball_stays_in_its_place(self, target: Geometry) -> None:
        mask = ball(PET, (0.3, -0.8, 1.1), 8.0)
        result = resample_volume_true(mask, target)
        centroids = [
            grid.to_world(np.argwhere(array)[:, ::-1]).mean(axis=0)
            for grid, array in ((mask.geometry, mask.array), (target, result.array))
        ]
        assert np.abs(centroids[0] - centroids[1]).max() < 0.25

    def test_a_matrix_carries_the_region_along(self) -> None:
        turn = np.eye(4)
        turn[:3, :3] = Rotation.from_euler("z", 90, degrees=True).as_matrix()
        turn[:3, 3] = (3.0, -4.0, 6.0)
        mask = ball(PET, (10.0, 5.0, 2.0), 6.0)
        result = resample_volume_true(mask, CT, matrix=turn)
        centre = CT.to_world(np.argwhere(result.array)[:, ::-1]).mean(axis=0)
        # (10, 5, 2) turned by 90 degrees about z is (-5, 10, 2), and moved (-2, 6, 8).
        assert np.abs(centre - (-2.0, 6.0, 8.0)).max() < 0.35

    def test_a_matrix_that_lays_grids_on_each_other_leaves_voxels_unchanged(self) -> None:
        mask = ball(PET, (0, 0, 0), 6.0)
        shift = np.eye(4)
        shift[:3, 3] = (100.0, -50.0, 12.5)
        there = Geometry(PET.shape, shift @ PET.affine)
        result = resample_volume_true(mask, there, matrix=shift)
        assert result.unchanged
        assert np.array_equal(result.array, mask.array)

    def test_a_matrix_that_enlarges_enlarges_the_volume(self) -> None:
        mask = ball(PET, (0, 0, 0), 5.0)
        result = resample_volume_true(mask, CT, matrix=np.diag([1.2, 1.2, 1.2, 1.0]))
        assert result.source_ml == mask.volume_ml
        assert result.target_ml == pytest.approx(1.2**3 * mask.volume_ml, abs=0.5 * CT.voxel_volume_ml)

    def test_vanished_place_is_told_in_the_frame_it_was_drawn_in(self) -> None:
        array = np.zeros((3, 40, 40), dtype=bool)
        array[:, 4:28, 4:28] = True
        array[1, 35, 37] = True
        source = mask_on(array, Geometry.from_parts(array.shape, (0.5, 0.5, 3.0), (0, 0, 0)))
        shift = np.eye(4)
        shift[:3, 3] = (-20.0, -10.0, -9.0)
        target = Geometry.from_parts((6, 20, 20), (2.0, 2.0, 3.0), (-28.0, -18.0, -15.0))
        result = resample_volume_true(source, target, matrix=shift)
        assert [one.centroid_mm for one in result.vanished] == [pytest.approx((18.5, 17.5, 3.0))]


def twin(mask: Mask, target: Geometry, samples: int = 8) -> NDArray[np.bool_]:
    """Independent and slow: sample every target voxel at sub-voxel centres, then rank in plain Python."""
    steps = (np.arange(samples) + 0.5) / samples - 0.5
    shares = {}
    for z, y, x in np.ndindex(target.shape):
        points = np.stack(np.meshgrid(x + steps, y + steps, z + steps), axis=-1).reshape(-1, 3)
        index = np.floor(mask.geometry.to_index(target.to_world(points)) + 0.5).astype(int)
        held = ((index >= 0) & (index < np.array(mask.array.shape[::-1]))).all(axis=1)
        i, j, k = index[held].T
        shares[z, y, x] = mask.array[k, j, i].sum() / len(points)
    centroid = mask.geometry.to_world(np.argwhere(mask.array)[:, ::-1]).mean(axis=0)
    distance = {at: round(float(np.linalg.norm(target.to_world(at[::-1]) - centroid)), 5) for at in shares}
    count = math.floor(mask.volume_ml / target.voxel_volume_ml + 0.5 + 1e-9)
    ranked = sorted(shares, key=lambda at: (-shares[at], distance[at], at))
    array = np.zeros(target.shape, dtype=bool)
    for at in ranked[:count]:
        array[at] = True
    return array


class TestTwin:
    @pytest.mark.parametrize("seed", range(6))
    def test_aligned_grids_agree_voxel_for_voxel(self, seed: int) -> None:
        # All voxel faces lie at multiples of 1/8 of a target voxel, so that 8 samples per edge are exact.
        random = np.random.default_rng(seed)
        source = Geometry.from_parts((4, 5, 6), random.integers(2, 10, 3) / 4, random.integers(-8, 8, 3) / 8)
        mask = mask_on(random.random(source.shape) < 0.5, source)
        target = Geometry.from_parts((16, 18, 20), (1.0, 1.0, 1.0), (-3.0, -3.0, -3.0))
        assert np.array_equal(resample_volume_true(mask, target).array, twin(mask, target))

    @pytest.mark.parametrize("seed", range(3))
    def test_turned_grids_agree_but_for_few_voxels_of_the_surface(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        turn = Rotation.from_euler("xyz", random.uniform(-20, 20, 3), degrees=True).as_matrix()
        source = Geometry.from_parts((9, 9, 9), (2.0, 2.1, 2.4), (-9.0, -9.0, -10.0), turn)
        mask = ball(source, (0, 0, 0), 7.0)
        target = Geometry.from_parts((12, 24, 24), (1.0, 1.0, 2.5), (-11.7, -11.2, -13.0))
        ours, theirs = resample_volume_true(mask, target).array, twin(mask, target)
        assert ours.sum() == theirs.sum()
        assert np.count_nonzero(ours ^ theirs) <= 0.02 * ours.sum()


class TestAxisOrder:
    @pytest.mark.parametrize("axes", [(0,), (1, 2), (0, 1, 2)])
    def test_flipped_source_gives_the_same_voxels(self, axes: tuple[int, ...]) -> None:
        mask = ball(TURNED, (0.3, 1.0, -0.4), 8.0)
        flipped = flipped_geometry(TURNED, axes)
        again = mask_on(np.flip(mask.array, axes), flipped)
        assert np.array_equal(resample_volume_true(again, CT).array, resample_volume_true(mask, CT).array)

    @pytest.mark.parametrize("axes", [(0,), (1, 2), (0, 1, 2)])
    def test_flipped_target_gives_the_same_voxels_in_its_own_order(self, axes: tuple[int, ...]) -> None:
        mask = ball(PET, (0.0, 0.0, 0.0), 8.0)
        straight = resample_volume_true(mask, CT).array
        turned = resample_volume_true(mask, flipped_geometry(CT, axes)).array
        assert np.array_equal(np.flip(turned, axes), straight)

    def test_a_sagittal_target_gives_the_same_voxels(self) -> None:
        mask = ball(PET, (0.7, 0.0, 0.0), 8.0)
        affine = CT.affine[:, [1, 2, 0, 3]]  # Index axes run along y, z, x.
        sagittal = Geometry((CT.shape[2], CT.shape[0], CT.shape[1]), affine)
        result = resample_volume_true(mask, sagittal).array
        assert np.array_equal(StoredGrid.of(sagittal).axes.apply(result), resample_volume_true(mask, CT).array)


def flipped_geometry(geometry: Geometry, axes: tuple[int, ...]) -> Geometry:
    affine = geometry.affine.copy()
    for axis in axes:
        column = 2 - axis
        affine[:3, 3] += affine[:3, column] * (geometry.shape[axis] - 1)
        affine[:3, column] *= -1
    return Geometry(geometry.shape, affine)


class TestRealPatient:
    """One GTV, rasterised by others from the same contours on three grids."""

    # A mask on 4.7 mm PET voxels has steps that the one on 1 mm CT voxels has not: Dice cannot be higher there.
    @pytest.mark.parametrize(("source", "target", "dice"), [("CT", "PET", 0.99), ("MR_T1", "CT", 0.999), ("PET", "CT", 0.96)])
    def test_the_region_is_the_one_drawn_on_the_other_grid(self, source: str, target: str, dice: float) -> None:
        mask, expected = (read_mask(real_data(f"sts_001/nifti/{name}_mask.nii.gz")) for name in (source, target))
        result = resample_volume_true(mask, expected.geometry)
        assert abs(result.target_ml - mask.volume_ml) <= 0.5 * expected.geometry.voxel_volume_ml
        common = np.count_nonzero(result.array & expected.array)
        assert 2 * common / (np.count_nonzero(result.array) + expected.voxel_count) >= dice
        assert result.vanished == ()


class TestRefusals:
    def test_empty_mask(self) -> None:
        with pytest.raises(InputError, match=r'"HRS" is empty'):
            resample_volume_true(mask_on(np.zeros((2, 2, 2)), Geometry.from_parts((2, 2, 2), (1, 1, 1), (0, 0, 0))), CT)

    def test_less_than_half_a_voxel(self) -> None:
        with pytest.raises(InputError, match=r"0\.00049 ml, less than half a voxel of the target grid \(0\.001 ml\)"):
            resample_volume_true(row([1], 0.49, 1.0), row_grid(3, 1.0, 0.0))

    def test_partly_outside(self) -> None:
        # Three voxels of 1 mm3 at 1, 2 and 3 mm; the target ends at 2.25 mm, so 1.25 mm3 lie outside.
        with pytest.raises(GeometryError, match=r'"HRS" does not fit .* 0\.00125 ml of its 0\.003 ml lie outside'):
            resample_volume_true(row([1, 1, 1], 1.0, 1.0), row_grid(2, 1.5, 0.0))

    def test_wholly_outside(self) -> None:
        with pytest.raises(GeometryError, match=r"all of its 0\.003 ml lie outside"):
            resample_volume_true(row([1, 1, 1], 1.0, 100.0), row_grid(4, 1.0, 0.0))

    def test_partly_outside_of_a_turned_grid(self) -> None:
        with pytest.raises(GeometryError, match="ml lie outside"):
            resample_volume_true(
                ball(PET, (0, 0, 0), 22.0), Geometry(TURNED.shape, np.diag([0.5, 0.5, 0.5, 1]) @ TURNED.affine)
            )

    def test_a_region_that_fills_the_target_fits(self) -> None:
        assert resample_volume_true(row([1, 1], 2.0, 0.5), row_grid(4, 1.0, 0.0)).array.all()

    @pytest.mark.parametrize("matrix", [np.eye(3), np.full((4, 4), np.nan), np.diag([1.0, 1.0, 0.0, 1.0])])
    def test_no_matrix(self, matrix: NDArray[np.float64]) -> None:
        with pytest.raises(GeometryError, match="The transform"):
            resample_volume_true(row([1], 1.0, 0.0), row_grid(2, 1.0, 0.0), matrix=matrix)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    spacing=st.tuples(*[st.floats(0.6, 3.0)] * 3),
    shift=st.tuples(*[st.floats(-1.0, 1.0)] * 3),
    angle=st.sampled_from([0.0, 0.0, 5.0, 30.0]),
)
def test_volume_is_kept_within_half_a_target_voxel(
    seed: int, spacing: tuple[float, float, float], shift: tuple[float, float, float], angle: float
) -> None:
    random = np.random.default_rng(seed)
    mask = mask_on(random.random((4, 5, 6)) < 0.6, Geometry.from_parts((4, 5, 6), (1.7, 1.3, 2.1), (-4, -3, -4)))
    turn = Rotation.from_euler("zx", (angle, -angle), degrees=True).as_matrix()
    size = np.ceil(28.0 / np.array(spacing)).astype(int)
    origin = -turn @ (np.array(spacing) * (size - 1) / 2) + np.array(shift)
    target = Geometry.from_parts((size[2], size[1], size[0]), spacing, origin, turn)
    result = resample_volume_true(mask, target)
    assert abs(result.target_ml - mask.volume_ml) <= 0.5 * target.voxel_volume_ml * (1 + 1e-6)
    # Idempotent: what came out lies on the target and stays.
    again = resample_volume_true(mask_on(result.array, target), target)
    assert again.unchanged
    assert np.array_equal(again.array, result.array)
