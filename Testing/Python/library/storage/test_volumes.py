"""Volumes on disk: same voxels, same grid, same identity; and every damaged or odd file refused in words."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from builders.volumes import PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.errors import IdentityError, InputError, OutputError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.identity import FrameTransform, Identity, Supplied
from dosepainting_hrs.image import Measured
from dosepainting_hrs.quantities import SUV_BW, UNKNOWN
from dosepainting_hrs.storage import volumes
from dosepainting_hrs.storage.volumes import read_image, read_mask, require_new_volume, write_volume
from dosepainting_hrs.working import Fact

SUFFIXES = (".nrrd", ".nii.gz", ".nii", ".mha")
every_format = pytest.mark.parametrize("suffix", SUFFIXES)
ANGLE = np.deg2rad(15)
# Stored as coronal slices, tilted, one axis running backwards: nothing about it is canonical.
DIRECTION = np.array([[1, 0, 0], [0, np.sin(ANGLE), np.cos(ANGLE)], [0, -np.cos(ANGLE), np.sin(ANGLE)]])
ODD_GRID = geometry_of((2, 3, 4), spacing=(1.25, 3.5, 0.75), origin=(-11.5, 20.25, -300.125), direction=DIRECTION)
FULL = replace(
    PATIENT,
    series=("1.2.3.10", "1.2.3.11"),
    transforms=(FrameTransform(from_frame="1.1", to_frame="1.2.3.1", who="Å. Physicist", reason='"same couch"'),),
    marks=("research-only",),
    supplied=(Supplied(what="frame", who="A. Physicist", reason="lost\nin transfer", when="2025-01-01"),),
    gaps=("PatientID",),
)


@every_format
def test_an_image_comes_back_with_all_it_knows(tmp_path: Path, suffix: str) -> None:
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 7
    facts = (
        Fact(kind="supplied by hand", text='Weight "by hand", ö', tag="(0010,1030)", value=70.5, unit="kg", warns=True),
        Fact(kind="step", text="Times 2.", factor=2.0),
    )
    image = replace(image_of(values, ODD_GRID, SUV_BW, FULL), history=('Said "hi".', "back\\slash\nand more", "ö"))
    image = replace(image, working=facts, basis="0123abcd")
    write_volume(image, tmp_path / f"map{suffix}", job="job-1")
    back = read_image(tmp_path / f"map{suffix}")
    assert back.array.tobytes() == image.array.tobytes()
    assert back.geometry.is_same_grid(image.geometry, tolerance=1e-4)
    assert back.stored.axes == image.stored.axes
    assert (back.identity, back.history, back.quantity, back.edited) == (FULL, image.history, SUV_BW, False)
    assert (back.working, back.basis) == (facts, "0123abcd")


@every_format
def test_a_mask_comes_back_with_its_name(tmp_path: Path, suffix: str) -> None:
    inside = np.arange(24).reshape(2, 3, 4) % 5 == 0
    measured = (Measured(statistic="maximum", value=12.345678901234567, quantity=SUV_BW),)
    mask = replace(mask_of(inside, ODD_GRID, FULL, name="GTVp_PT1^HRS ü"), measured=measured)
    write_volume(mask, tmp_path / f"mask{suffix}")
    back = read_mask(tmp_path / f"mask{suffix}")
    assert np.array_equal(back.array, mask.array)
    assert (back.name, back.identity, back.measured, back.edited) == (mask.name, FULL, measured, False)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float64])
def test_numbers_keep_their_type(tmp_path: Path, dtype: type) -> None:
    image = image_of(np.zeros((1, 1, 2)))
    image = replace(image, array=np.array([[[1, 200]]], dtype=dtype))
    write_volume(image, tmp_path / "a.nrrd")
    assert read_image(tmp_path / "a.nrrd").array.dtype == dtype


def test_half_precision_is_written_as_single(tmp_path: Path) -> None:
    image = replace(image_of(np.zeros((1, 1, 2))), array=np.array([[[0.5, 2.0]]], dtype=np.float16))
    write_volume(image, tmp_path / "a.nrrd")
    back = read_image(tmp_path / "a.nrrd")
    assert back.array.tolist() == [[[0.5, 2.0]]]
    assert not back.edited


def test_another_reader_sees_the_stored_grid_and_the_fields(tmp_path: Path) -> None:
    """The file is in its own axis order, not in the canonical one."""
    values = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    write_volume(image_of(values, ODD_GRID), tmp_path / "a.nrrd", job="job-1")
    other = sitk.ReadImage(str(tmp_path / "a.nrrd"))
    assert np.array_equal(sitk.GetArrayFromImage(other), values)
    assert np.allclose(other.GetOrigin(), (-11.5, 20.25, -300.125))
    assert np.allclose(other.GetSpacing(), (1.25, 3.5, 0.75))
    assert np.allclose(np.array(other.GetDirection()).reshape(3, 3), DIRECTION)
    assert other.GetMetaData("DosePaintingHRS.patient_id") == "P1"
    assert other.GetMetaData("DosePaintingHRS.unit") == "g/ml"
    assert other.GetMetaData("DosePaintingHRS.job") == "job-1"
    assert other.GetMetaData("DosePaintingHRS.notice") == "Research software, not a medical device."


def test_a_file_of_other_software_has_no_identity(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 2, 2), dtype=np.float32)), str(tmp_path / "a.nrrd"))
    back = read_image(tmp_path / "a.nrrd")
    assert back.identity == Identity()
    assert back.quantity == UNKNOWN
    assert not back.edited


@pytest.mark.parametrize("resampled", [True, False, None])
def test_whether_a_map_was_resampled_comes_back(tmp_path: Path, resampled: bool | None) -> None:
    write_volume(replace(image_of([[[1.0]]]), resampled=resampled), tmp_path / "ours.nrrd")
    assert read_image(tmp_path / "ours.nrrd").resampled is resampled
    sitk.WriteImage(sitk.Image(2, 2, 2, sitk.sitkFloat32), str(tmp_path / "theirs.nrrd"))
    assert read_image(tmp_path / "theirs.nrrd").resampled is None


@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_voxels_changed_by_other_software_are_noticed(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_volume(mask_of([[[1, 0, 1]]]), path)
    other = sitk.ReadImage(str(path))
    other[1, 0, 0] = 1
    sitk.WriteImage(other, str(path))
    back = read_mask(path)
    assert back.edited
    assert back.identity == replace(PATIENT, marks=("edited-voxels",))


def label_map(path: Path, values: Any, dtype: type = np.uint8) -> Path:
    sitk.WriteImage(sitk.GetImageFromArray(np.array([[values]], dtype=dtype)), str(path))
    return path


def test_one_label_of_several_is_chosen(tmp_path: Path) -> None:
    path = label_map(tmp_path / "labels.nrrd", [0, 1, 2, 2])
    assert read_mask(path, 2).array.tolist() == [[[False, False, True, True]]]
    with pytest.raises(InputError, match=r"holds 2 labels \(1, 2\)") as refusal:
        read_mask(path)
    assert refusal.value.hint.endswith('labels.nrrd#1".')
    with pytest.raises(InputError, match=r"holds no label 3\. It holds 1, 2\."):
        read_mask(path, 3)


def test_a_mask_in_floating_point_is_a_mask(tmp_path: Path) -> None:
    path = label_map(tmp_path / "a.nii", [0.0, 1.0], np.float64)
    assert read_mask(path).array.tolist() == [[[False, True]]]


@pytest.mark.parametrize(("values", "shown"), [([0.0, 0.37], "0.37"), ([0.0, np.nan], "nan"), ([1.0, np.inf, 0.5], "0.5")])
def test_a_map_given_as_a_mask_is_refused(tmp_path: Path, values: list[float], shown: str) -> None:
    path = label_map(tmp_path / "a.nrrd", values, np.float32)
    with pytest.raises(InputError, match=rf"holds {shown} and other values that are no labels"):
        read_mask(path)


def test_a_name_is_the_file_name_where_none_is_written(tmp_path: Path) -> None:
    assert read_mask(label_map(tmp_path / "GTVp.nii.gz", [0, 1])).name == "GTVp"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'There is no file ".*gone\.nrrd"'):
        read_image(tmp_path / "gone.nrrd")


@every_format
@pytest.mark.parametrize("keep", [0.0, 0.5])
def test_a_truncated_file_is_refused(tmp_path: Path, suffix: str, keep: float) -> None:
    path = tmp_path / f"a{suffix}"
    write_volume(image_of(np.random.default_rng(1).random((20, 20, 20))), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(InputError, match="cannot be read as an image"):
        read_image(path)


@pytest.mark.parametrize("suffix", [".nrrd", ".nii.gz", ".nii", ".mha"])
def test_a_truncated_file_of_other_software_is_refused(tmp_path: Path, suffix: str) -> None:
    """Not compressed, without our fields; the last 10 voxels are lacking."""
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((20, 20, 20), dtype=np.float32)), str(path))
    assert read_image(path).array.sum() == 8000
    whole = gzip.decompress(path.read_bytes()) if suffix.endswith(".gz") else path.read_bytes()
    path.write_bytes(gzip.compress(whole[:-40]) if suffix.endswith(".gz") else whole[:-40])
    with pytest.raises(InputError, match="cannot be read as an image"):
        read_image(path)


def test_a_nifti_of_several_gzip_members_is_read(tmp_path: Path) -> None:
    """As block compression writes it: the length at the end is that of the last member only."""
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((20, 20, 20), dtype=np.float32)), str(tmp_path / "a.nii"))
    whole = (tmp_path / "a.nii").read_bytes()
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(whole[:1000]) + gzip.compress(whole[1000:]))
    assert read_image(tmp_path / "b.nii.gz").array.sum() == 8000


@pytest.mark.parametrize("components", [1, 3])
def test_a_plane_or_colours_are_refused(tmp_path: Path, components: int) -> None:
    shape = (4, 4) if components == 1 else (2, 2, 2, 3)
    stored = sitk.GetImageFromArray(np.zeros(shape, dtype=np.uint8), isVector=components > 1)
    sitk.WriteImage(stored, str(tmp_path / "a.nrrd"))
    with pytest.raises(InputError, match="three-dimensional image with one value per voxel is needed"):
        read_image(tmp_path / "a.nrrd")


def test_a_single_time_point_is_taken(tmp_path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((1, 2, 3, 4), dtype=np.float32), isVector=False), str(tmp_path / "a.nii"))
    assert read_image(tmp_path / "a.nii").array.shape == (2, 3, 4)


def with_field(path: Path, key: str, value: str) -> Path:
    write_volume(mask_of([[[1, 0]]]), path)
    stored = sitk.ReadImage(str(path))
    stored.SetMetaData(f"DosePaintingHRS.{key}", value)
    sitk.WriteImage(stored, str(path))
    return path


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("history", "[broken"),
        ("history", '"no list"'),
        ("series", "{}"),
        ("measured", "[[1]]"),
        ("measured", '[["maximum", "high", "SUVbw", "g/ml"]]'),
        ("transforms", '[{"from": 1}]'),
        ("schema", "one"),
    ],
)
def test_damaged_fields_are_refused(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(InputError, match="damaged"):
        read_mask(with_field(tmp_path / "a.nrrd", key, value))


def test_fields_of_a_newer_version_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"written by a newer version \(schema 99\)"):
        read_image(with_field(tmp_path / "a.nrrd", "schema", "99"))


def test_a_damaged_companion_is_refused(tmp_path: Path) -> None:
    write_volume(image_of([[[1.0]]]), tmp_path / "a.nii.gz")
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r'a\.json", which carries the identity of "a\.nii\.gz", is damaged'):
        read_image(tmp_path / "a.nii.gz")


def test_the_companion_is_json_and_hashes_what_is_private(tmp_path: Path) -> None:
    write_volume(image_of([[[1.0]]]), tmp_path / "a.nii.gz")
    fields = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert fields["DosePaintingHRS.patient_id"] == "P1"
    assert "Doe" not in json.dumps(fields)


@every_format
def test_nothing_is_overwritten(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"mine")
    for attempt in (lambda: require_new_volume(path), lambda: write_volume(image_of([[[1.0]]]), path)):
        with pytest.raises(OutputError, match="exists already"):
            attempt()
    assert path.read_bytes() == b"mine"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_companion_of_another_file_is_not_overwritten(tmp_path: Path) -> None:
    write_volume(image_of([[[1.0]]]), tmp_path / "a.nii")
    with pytest.raises(OutputError, match=r'a\.json" exists already'):
        require_new_volume(tmp_path / "a.mha")


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"does not end in one of \.nrrd, \.nii\.gz"):
        write_volume(image_of([[[1.0]]]), tmp_path / "a.tif")


@every_format
def test_a_full_disk_leaves_nothing(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(stored: Any, path: str, **options: Any) -> None:
        Path(path).write_bytes(b"half")
        raise RuntimeError("ImageIO\nITK ERROR: No space left on device")

    monkeypatch.setattr(volumes.sitk, "WriteImage", write)
    with pytest.raises(OutputError, match="could not be written: ITK ERROR: No space left on device"):
        write_volume(image_of([[[1.0]]]), tmp_path / f"a{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_loses_voxels_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = sitk.WriteImage

    def write(stored: Any, path: str, **options: Any) -> None:
        stored[0, 0, 0] = stored[0, 0, 0] + 1
        honest(stored, path, **options)

    monkeypatch.setattr(volumes.sitk, "WriteImage", write)
    with pytest.raises(OutputError, match="did not read back as it was written"):
        write_volume(image_of([[[1.0, 2.0]]]), tmp_path / "a.nrrd")
    assert list(tmp_path.iterdir()) == []


def test_compressed_files_are_compressed(tmp_path: Path) -> None:
    write_volume(mask_of(np.ones((50, 50, 50))), tmp_path / "a.nii.gz")
    assert len(gzip.decompress((tmp_path / "a.nii.gz").read_bytes())) > 125_000
    write_volume(mask_of(np.ones((50, 50, 50))), tmp_path / "a.nrrd")
    assert (tmp_path / "a.nrrd").stat().st_size < 10_000


def test_a_sheared_grid_stays_sheared(tmp_path: Path) -> None:
    affine = np.diag([1.0, 1.0, 4.0, 1.0])
    affine[1, 2] = 1.0
    image = image_of(np.ones((3, 2, 2)), Geometry((3, 2, 2), affine))
    write_volume(image, tmp_path / "a.nrrd")
    assert np.allclose(read_image(tmp_path / "a.nrrd").geometry.affine, affine)


@pytest.mark.parametrize(
    "key", ["patient_id", "name_hash", "frame_of_reference", "marks", "gaps", "voxel_hash", "grid", "seal"]
)
def test_a_changed_field_breaks_the_seal(tmp_path: Path, key: str) -> None:
    value = "[]" if key in {"marks", "gaps", "grid"} else "other"
    write_volume(replace(mask_of([[[1, 0]]]), identity=FULL), tmp_path / "whole.nrrd")
    stored = sitk.ReadImage(str(tmp_path / "whole.nrrd"))
    stored.SetMetaData(f"DosePaintingHRS.{key}", value)
    sitk.WriteImage(stored, str(tmp_path / "changed.nrrd"))
    for read in (read_image, read_mask):
        with pytest.raises(IdentityError, match=r'The identity fields of ".*changed\.nrrd" are not those it was written with'):
            read(tmp_path / "changed.nrrd")


def test_a_field_taken_out_breaks_the_seal(tmp_path: Path) -> None:
    write_volume(mask_of([[[1, 0]]]), tmp_path / "a.nii")
    beside = tmp_path / "a.json"
    fields = json.loads(beside.read_text(encoding="utf-8"))
    for key in fields:
        beside.write_text(json.dumps({name: value for name, value in fields.items() if name != key}), encoding="utf-8")
        with pytest.raises(IdentityError, match="not those it was written with"):
            read_mask(tmp_path / "a.nii")


def test_voxels_that_lie_elsewhere_are_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.nrrd"
    write_volume(mask_of([[[1, 0, 1]]]), path)
    other = sitk.ReadImage(str(path))
    other.SetOrigin((0.015, 0.0, 0.0))  # Under 1 % of a voxel of 2 mm.
    sitk.WriteImage(other, str(path))
    assert not read_mask(path).edited
    other.SetOrigin((1.0, 0.0, 0.0))
    sitk.WriteImage(other, str(path))
    assert read_mask(path).edited


@pytest.mark.parametrize("name", ["x\x00y", "x\ry", "x\ny", "\ud800", " lead", "back\\", "a:=b", "漢 ü"])
def test_a_name_of_any_letters_keeps_the_seal(tmp_path: Path, name: str) -> None:
    for suffix in (".nrrd", ".nii.gz"):
        write_volume(mask_of([[[1, 0]]], name=name), tmp_path / f"a{suffix}")
        assert read_mask(tmp_path / f"a{suffix}").name == "".join(c if c.isprintable() else " " for c in name)


def test_an_nrrd_that_does_not_name_its_space_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.nrrd"
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 3, 4), np.float32)), path)
    path.write_bytes(path.read_bytes().replace(b"space: left-posterior-superior", b"space dimension: 3"))
    with pytest.raises(InputError, match=r'does not say in which space its axes lie \(NRRD field "space"\)'):
        read_image(path)


def test_a_nifti_without_orientation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "map.nii"
    sitk.WriteImage(sitk.GetImageFromArray(np.ones((2, 3, 4), np.float32)), path)
    content = bytearray(path.read_bytes())
    content[252:256] = bytes(4)  # qform_code and sform_code.
    path.write_bytes(content)
    with pytest.raises(InputError, match="qform_code and sform_code are 0"):
        read_image(path)
