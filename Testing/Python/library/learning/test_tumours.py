"""Voxels of a cohort: what is pooled, and what is refused with row and column."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders.cohort_files import identity_of, row_of, write_small_cohort, write_table, write_tumour
from builders.volumes import geometry_of, image_of, mask_of
from dosepainting_hrs.errors import DosePaintingError, GeometryError, IdentityError, InputError, QuantityError
from dosepainting_hrs.learning.check import check_cohort
from dosepainting_hrs.learning.cohort_table import read_cohort
from dosepainting_hrs.learning.pooling import n_hrs_for, pooled
from dosepainting_hrs.learning.tumours import hash_of, load_tumours
from dosepainting_hrs.quantities import ADC, SUV_BW, Quantity
from dosepainting_hrs.storage.volumes import write_volume

SHAPE = (2, 2, 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two tumours of each class; T0 has a region of four voxels, the others of twelve."""
    inside = np.zeros(SHAPE)
    inside[0, 1] = inside[1, 0, 2] = 1
    for number in range(6):
        array = 100.0 * number + np.arange(12.0).reshape(SHAPE)
        write_tumour(tmp_path, f"T{number}", {"ADC": array, "c1": -array}, inside if number == 0 else None)
    rows = [row_of(f"T{number}", f"g{number}", "HHMMLL"[number], ["ADC", "c1"]) for number in range(6)]
    write_table(tmp_path, rows)
    return tmp_path


def replaced(folder: Path, name: str) -> Path:
    path = folder / f"{name}.nrrd"
    path.unlink()
    return path


def loaded(folder: Path) -> object:
    cohort = read_cohort(folder / "cohort.csv")
    tumours = load_tumours(cohort, cohort.rows, ("ADC", "c1"))
    return pooled(cohort, tumours, ("ADC", "c1"))


def test_voxels_of_the_regions_are_pooled_with_their_places(folder: Path) -> None:
    cohort = read_cohort(folder / "cohort.csv")
    tumours = load_tumours(cohort, cohort.rows, ("ADC", "c1"))
    voxels = pooled(cohort, tumours, ("c1", "ADC"))
    assert voxels.values[:4].tolist() == [[-3, 3], [-4, 4], [-5, 5], [-8, 8]]
    assert voxels.place[:4].tolist() == [[0, 1, 0], [0, 1, 1], [0, 1, 2], [1, 0, 2]]
    assert voxels.volumes.tolist() == [4, 12, 12, 12, 12, 12]
    assert voxels.units == ("1", "um2/s")
    assert [one.class_index for one in voxels.tumours] == [0, 0, 1, 1, 2, 2]
    assert n_hrs_for(cohort, tumours) == 5, "0.075 x 24 + 0.15 x 24 = 5.4"


def test_the_hash_follows_voxels_and_classes_not_file_names(folder: Path) -> None:
    def hashed() -> str:
        cohort = read_cohort(folder / "cohort.csv")
        return hash_of(load_tumours(cohort, cohort.rows, ("ADC",)), cohort.class_names)

    first = hashed()
    (folder / "T1" / "ADC.nrrd").rename(folder / "moved.nrrd")
    table = folder / "cohort.csv"
    table.write_text(table.read_text().replace("T1/ADC.nrrd", "moved.nrrd"))
    assert hashed() == first
    table.write_text(table.read_text().replace("g1,H", "g1,M"))
    assert hashed() != first


def nan(folder: Path) -> None:
    array = np.arange(12.0).reshape(SHAPE)
    array[0, 0, 1] = np.nan
    write_volume(image_of(array, None, ADC, identity_of("T2")), replaced(folder, "T2/ADC"))


def other_unit(folder: Path) -> None:
    write_volume(image_of(np.ones(SHAPE), None, Quantity("ADC", "mm2/s"), identity_of("T2")), replaced(folder, "T2/ADC"))


def other_quantity(folder: Path) -> None:
    write_volume(image_of(np.ones(SHAPE), None, SUV_BW, identity_of("T2")), replaced(folder, "T2/c1"))


def other_grid(folder: Path) -> None:
    write_volume(image_of(np.ones((2, 2, 4)), None, ADC, identity_of("T2")), replaced(folder, "T2/ADC"))


def other_patient(folder: Path) -> None:
    write_volume(image_of(np.ones(SHAPE), None, ADC, identity_of("T3")), replaced(folder, "T2/ADC"))


def no_file(folder: Path) -> None:
    replaced(folder, "T2/ADC")


def region_as_map(folder: Path) -> None:
    write_volume(mask_of(np.ones(SHAPE), geometry_of(SHAPE), identity_of("T2")), replaced(folder, "T2/ADC"))


def truncated(folder: Path) -> None:
    path = folder / "T2" / "ADC.nrrd"
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize(
    ("spoil", "error", "sentence"),
    [
        (nan, InputError, r'row 4 \(case "T2"\), column "map:ADC": 1 of 12 voxels of the region have no value'),
        (other_unit, QuantityError, r'row 4 .*column "map:ADC": the map holds ADC \(mm2/s\), but ADC \(um2/s\) in row 2'),
        (other_quantity, QuantityError, r'row 4 .*column "map:c1": the map holds SUVbw'),
        (other_grid, GeometryError, r'row 4 .*column "map:ADC": The map lies on a grid of .*cohort build'),
        (
            other_patient,
            IdentityError,
            r'row 4 .*column "map:ADC": The map ADC belongs to patient "T3", but the region to .*"T2"',
        ),
        (no_file, InputError, r'row 4 .*column "map:ADC": there is no file'),
        (region_as_map, InputError, r'row 4 .*column "map:ADC": A region was given as a map'),
        (truncated, InputError, r'row 4 .*column "map:ADC": .*ADC.nrrd" cannot be read'),
    ],
)
def test_what_is_wrong_in_a_map_is_said_with_row_and_column(
    folder: Path, spoil, error: type[DosePaintingError], sentence: str
) -> None:
    spoil(folder)
    with pytest.raises(error, match=sentence):
        loaded(folder)
    told = check_cohort(read_cohort(folder / "cohort.csv"), "")
    assert len(told.problems) >= 1


def test_voxels_without_a_value_can_be_left_out(folder: Path) -> None:
    nan(folder)
    cohort = read_cohort(folder / "cohort.csv")
    tumours = load_tumours(cohort, cohort.rows, ("ADC", "c1"))
    assert pooled(cohort, tumours, ("ADC", "c1"), leave_out_gaps=True).volumes.tolist() == [4, 12, 11, 12, 12, 12]


def test_a_map_that_is_the_same_everywhere_is_refused(folder: Path) -> None:
    for number in range(6):
        write_volume(image_of(np.full(SHAPE, 7.0), None, ADC, identity_of(f"T{number}")), replaced(folder, f"T{number}/ADC"))
    with pytest.raises(InputError, match=r'column "map:ADC", holds 7 in every voxel'):
        loaded(folder)


def test_a_class_with_one_tumour_is_refused(folder: Path) -> None:
    table = folder / "cohort.csv"
    table.write_text(table.read_text().replace("g5,L,,,", "g5,L,,1,"))
    cohort = read_cohort(table)
    with pytest.raises(InputError, match=r'Class "L" has 1 tumour .*column "class": row 6 \(case "T4"\); at least two'):
        pooled(cohort, load_tumours(cohort, cohort.included(""), ("ADC",)), ("ADC",))


def test_components_of_two_bases_are_not_compared(folder: Path) -> None:
    for number in range(6):
        image = image_of(np.ones(SHAPE) * number, None, Quantity("c1", "1"), identity_of(f"T{number}"))
        basis = "a" * 16 if number < 3 else "b" * 16
        write_volume(replace(image, basis=basis), replaced(folder, f"T{number}/c1"))
    with pytest.raises(
        InputError, match=r'row 5 .*column "map:c1": the component belongs to the basis b{16}, but row 2 .* has a{16}'
    ):
        loaded(folder)


def test_the_check_counts_what_is_there(tmp_path: Path) -> None:
    told = check_cohort(read_cohort(write_small_cohort(tmp_path)), "")
    assert (told.included, told.c_all, told.voxels) == (9, 9, 1080)
    assert told.n_hrs == 81, "0.075 x 360 + 0.15 x 360"
    assert [(one.maps, one.tumours) for one in told.c_max] == [(("ADC",), 9), (("FMISO_c1",), 9), (("ADC", "FMISO_c1"), 9)]
    assert sum(sum(one.counts) for one in told.histograms if one.map == "ADC") == 1080
    assert told.problems == ()
    assert told.missing == ()


def test_the_check_lists_missing_maps_and_outliers(tmp_path: Path) -> None:
    path = write_small_cohort(tmp_path)
    path.write_text(path.read_text().replace("H0/ADC.nrrd", ""))
    array = np.random.default_rng(1).normal(5000, 10, (4, 5, 6))
    write_volume(image_of(array, None, ADC, identity_of("M1")), replaced(tmp_path, "M1/ADC"))
    told = check_cohort(read_cohort(path), "")
    assert told.missing == ('row 2 (case "H0") has no ADC.',)
    assert told.c_all == 8
    assert [one.tumours for one in told.c_max] == [8, 9, 8]
    assert [one.split(":")[0] for one in told.outliers] == ['row 6 (case "M1"), column "map']


def test_a_tumour_that_stands_in_two_rows_is_refused(folder: Path) -> None:
    """It would count twice; its files may have been copied under another name."""
    again = {"ADC": 300.0 + np.arange(12.0).reshape(SHAPE), "c1": np.ones(SHAPE)}
    for name, array in again.items():
        quantity = ADC if name == "ADC" else Quantity("c1", "1")
        write_volume(image_of(array, None, quantity, identity_of("T5")), replaced(folder, f"T5/{name}"))
    with pytest.raises(InputError, match=r'row 7 \(case "T5"\), column "map:ADC": region and values are those of row 5'):
        loaded(folder)
    told = check_cohort(read_cohort(folder / "cohort.csv"), "")
    assert [one for one in told.problems if "count twice" in one]


def test_tumours_of_one_patient_that_the_table_gives_to_two_are_said(tmp_path: Path) -> None:
    """Two tumours of H0, one of them entered as a patient of her own; two tumours of one patient are no matter."""
    path = write_small_cohort(tmp_path)
    table = path.read_text()
    assert check_cohort(read_cohort(path), "").confounding == ()
    path.write_text(table.replace("M1,M1,", "M1,somebody,"))
    assert check_cohort(read_cohort(path), "").confounding == (), "a pseudonym of the table is no second patient"
    again = np.random.default_rng(5).normal(800.0, 90.0, (4, 5, 6))
    for name, quantity in (("ADC", ADC), ("FMISO_c1", Quantity("FMISO_c1", "1"))):
        write_volume(image_of(again, geometry_of(again.shape), quantity, identity_of("H0")), replaced(tmp_path, f"M1/{name}"))
    region = mask_of(np.ones(again.shape), geometry_of(again.shape), identity_of("H0"), "GTV")
    write_volume(region, replaced(tmp_path, "M1/GTV"))
    path.write_text(table)
    (told,) = check_cohort(read_cohort(path), "").confounding
    assert told.startswith('The files of 2 tumours (H0, M1) name one patient, but column "patient" names 2')
    path.write_text(table.replace("M1,M1,", "M1,H0,"))
    assert check_cohort(read_cohort(path), "").confounding == ()
