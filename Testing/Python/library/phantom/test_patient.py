"""The synthetic patient as files, read with pydicom and formulas written out here."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from dosepainting_hrs.errors import Cancelled, OutputError, ParameterError
from dosepainting_hrs.geometry import Geometry
from dosepainting_hrs.phantom.patient import write_patient
from dosepainting_hrs.phantom.truth import PatientTruth, read_truth

Loaded = tuple[NDArray[np.float64], Geometry, list[pydicom.Dataset]]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> PatientTruth:
    return write_patient(tmp_path_factory.mktemp("phantom") / "patient", size="small")


def load(folder: Path) -> Loaded:
    """Read a series: rescaled voxels, grid and headers, in order along z."""
    slices = sorted((pydicom.dcmread(path) for path in folder.iterdir()), key=lambda ds: int(ds.InstanceNumber))
    array = np.stack(
        [ds.pixel_array * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0)) for ds in slices]
    )
    first, second = slices[0], slices[1]
    affine = np.eye(4)
    affine[:3, 0] = np.array(first.ImageOrientationPatient[:3]) * float(first.PixelSpacing[1])
    affine[:3, 1] = np.array(first.ImageOrientationPatient[3:]) * float(first.PixelSpacing[0])
    affine[:3, 2] = np.array(second.ImagePositionPatient) - np.array(first.ImagePositionPatient)
    affine[:3, 3] = first.ImagePositionPatient
    return array, Geometry(array.shape, affine), slices


def seconds(date: str, time: str) -> float:
    return datetime.strptime(date + time[:6], "%Y%m%d%H%M%S").timestamp()


def suv_of(array: NDArray[np.float64], ds: pydicom.Dataset) -> NDArray[np.float64]:
    """SUVbw = C W / (D exp(-lambda t)), with W in g."""
    tracer = ds.RadiopharmaceuticalInformationSequence[0]
    waited = seconds(ds.SeriesDate, ds.SeriesTime) - seconds(ds.SeriesDate, tracer.RadiopharmaceuticalStartTime)
    left = float(tracer.RadionuclideTotalDose) * 0.5 ** (waited / float(tracer.RadionuclideHalfLife))
    return array * float(ds.PatientWeight) * 1000.0 / left


def test_layout_is_as_documented(truth: PatientTruth) -> None:
    assert {path.name for path in truth.folder.iterdir()} == {"CT", "PET", "MR_T2", "RTSTRUCT.dcm", "truth.json"}
    assert read_truth(truth.folder) == truth
    assert len(list((truth.folder / truth.ct).iterdir())) == 40


def test_every_object_says_whose_it_is_and_that_it_is_synthetic(truth: PatientTruth) -> None:
    for path in sorted(truth.folder.rglob("*.dcm")):
        ds = pydicom.dcmread(path, stop_before_pixels=True)
        assert (ds.PatientID, ds.PatientName, ds.PatientBirthDate) == ("PHANTOM-HN-1", "Phantom^HeadNeck", "19600101")
        assert "not a real patient" in ds.PatientComments
        assert ds.SpecificCharacterSet == "ISO_IR 192"


def test_uids_are_unique_and_frames_as_stated(truth: PatientTruth) -> None:
    headers = [pydicom.dcmread(path, stop_before_pixels=True) for path in truth.folder.rglob("*.dcm")]
    assert len({ds.SOPInstanceUID for ds in headers}) == len(headers)
    series = {ds.Modality: (ds.SeriesInstanceUID, ds.FrameOfReferenceUID) for ds in headers}
    assert series == {
        "CT": (truth.ct_series, truth.frame_of_reference),
        "PT": (truth.pet_series, truth.frame_of_reference),
        "MR": (truth.mr_series, truth.mr_frame_of_reference),
        "RTSTRUCT": (truth.structures_series, truth.frame_of_reference),
    }
    assert truth.frame_of_reference != truth.mr_frame_of_reference


def test_ct_shows_air_water_like_tissue_and_bone(truth: PatientTruth) -> None:
    array, geometry, slices = load(truth.folder / truth.ct)
    assert array.shape == (40, 128, 128)
    assert float(slices[0].RescaleIntercept) == -1024
    assert slices[0].pixel_array.dtype == np.int16
    assert np.median(array[:, :3, :]) == pytest.approx(-1000, abs=5)
    assert np.median(array[truth.true_gtv_on(geometry)]) == pytest.approx(77, abs=12)
    assert (array > 900).sum() * geometry.voxel_volume_ml > 30


def test_pet_gives_the_true_uptake_where_resolution_does_not_blur_it(truth: PatientTruth) -> None:
    array, geometry, slices = load(truth.folder / truth.pet)
    suv = suv_of(array, slices[0])
    peak = suv[truth.true_hrs_on(geometry)].max()
    # A core of some 15 mm seen with 6 mm resolution: below the true core, well above the rim.
    assert truth.suv.hrs_rim < peak < truth.suv.hrs_core * 1.05
    column, row, plane = np.round(geometry.to_index([20, 52, -40])).astype(int)
    nape = suv[plane - 1 : plane + 2, row - 1 : row + 2, column - 1 : column + 2]
    assert nape.mean() == pytest.approx(truth.suv.muscle, rel=0.15)
    assert suv.max() < 20


def test_reference_times_of_the_pet_agree(truth: PatientTruth) -> None:
    """t_acq + T_ave - FrameReferenceTime with T_ave = ln(lambda T / (1 - exp(-lambda T))) / lambda is the series' start."""
    _, _, slices = load(truth.folder / truth.pet)
    slopes = {float(ds.RescaleSlope) for ds in slices}
    assert len(slopes) > len(slices) // 2
    for ds in slices:
        decay = np.log(2) / float(ds.RadiopharmaceuticalInformationSequence[0].RadionuclideHalfLife)
        duration = float(ds.ActualFrameDuration) / 1000
        average = np.log(decay * duration / (1 - np.exp(-decay * duration))) / decay
        acquired = seconds(ds.AcquisitionDate, ds.AcquisitionTime)
        reference = acquired + average - float(ds.FrameReferenceTime) / 1000
        assert reference == pytest.approx(seconds(ds.SeriesDate, ds.SeriesTime), abs=0.01)
        assert (ds.Units, ds.DecayCorrection, float(ds.RescaleIntercept)) == ("BQML", "START", 0.0)
        assert {"ATTN", "DECY"} <= set(ds.CorrectedImage)


def test_the_recipe_finds_the_subvolume_about_as_well_as_physics_allows(truth: PatientTruth) -> None:
    array, geometry, slices = load(truth.folder / truth.pet)
    suv = suv_of(array, slices[0])
    gtv, hrs = truth.true_gtv_on(geometry), truth.true_hrs_on(geometry)
    assert (truth.recipe.method, truth.recipe.within) == ("percent-max", "GTVp")
    found = gtv & (suv >= truth.recipe.percent / 100 * suv[gtv].max())
    dice = 2 * (found & hrs).sum() / (found.sum() + hrs.sum())
    assert 0.85 < dice < 0.98


def test_pet_grid_is_offset_and_leaves_the_ct_on_one_side(truth: PatientTruth) -> None:
    _, ct, _ = load(truth.folder / truth.ct)
    _, pet, _ = load(truth.folder / truth.pet)
    assert pet.corners()[:, 2].min() < ct.corners()[:, 2].min()
    assert pet.corners()[:, 2].max() < ct.corners()[:, 2].max()
    start = ct.to_index(pet.origin)
    assert np.abs(start - np.round(start)).max() > 0.1


def test_mr_is_oblique_and_its_matrix_brings_it_onto_the_ct(truth: PatientTruth) -> None:
    """The windpipe and throat are dark in T2 exactly where CT has air, once points are carried over by the matrix."""
    mr, mr_grid, _ = load(truth.folder / truth.mr)
    ct, ct_grid, _ = load(truth.folder / truth.ct)
    assert mr_grid.is_oblique()
    tilt = np.degrees(np.arccos(mr_grid.direction[2, 2]))
    assert 8 < tilt < 14
    matrix = np.array(truth.mr_to_ct).reshape(4, 4)

    def agreement(moved: NDArray[np.float64]) -> float:
        z, y, x = np.nonzero(mr > -1)
        world = mr_grid.to_world(np.stack([x, y, z], axis=-1)) @ moved[:3, :3].T + moved[:3, 3]
        index = np.round(ct_grid.to_index(world)).astype(int)
        inside = ((index >= 0) & (index < ct_grid.shape[::-1])).all(axis=1)
        i, j, k = index[inside].T
        tissue = mr[z, y, x][inside] > 80
        return float(np.corrcoef(tissue, ct[k, j, i] > -300)[0, 1])

    assert agreement(matrix) > agreement(np.eye(4)) + 0.03


def contours_of(ds: pydicom.Dataset, name: str) -> list[Any]:
    number = next(roi.ROINumber for roi in ds.StructureSetROISequence if roi.ROIName == name)
    return next(list(item.ContourSequence) for item in ds.ROIContourSequence if item.ReferencedROINumber == number)


def test_structure_set_holds_the_rois_but_not_the_answer(truth: PatientTruth) -> None:
    ds = pydicom.dcmread(truth.folder / truth.structures)
    names = [str(roi.ROIName) for roi in ds.StructureSetROISequence]
    assert names == list(truth.roi_names) == ["GTVp", "GTVn", "Muscle", "SpinalCord", "BODY"]
    series = ds.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    _, _, slices = load(truth.folder / truth.ct)
    assert [item.ReferencedSOPInstanceUID for item in series.ContourImageSequence] == [s.SOPInstanceUID for s in slices]


@pytest.mark.parametrize(("name", "stated"), [("GTVp", "gtv_ml"), ("GTVn", "node_ml")])
def test_contours_enclose_the_true_volume(truth: PatientTruth, name: str, stated: str) -> None:
    """Area by the shoelace formula, times the slice distance of 4 mm; voxels of 25 mm3 leave a few per cent."""
    ds = pydicom.dcmread(truth.folder / truth.structures)
    volume = 0.0
    for contour in contours_of(ds, name):
        points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
        assert np.ptp(points[:, 2]) == 0
        x, y = points[:, 0], points[:, 1]
        volume += (x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2 * 4.0 / 1000
    assert abs(volume) == pytest.approx(getattr(truth, stated), rel=0.04)


def test_one_seed_gives_the_same_bytes_another_seed_another_patient(truth: PatientTruth, tmp_path: Path) -> None:
    def digests(folder: Path) -> dict[str, str]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    again = write_patient(tmp_path / "again", size="small")
    other = write_patient(tmp_path / "other", size="small", seed=2)
    assert digests(again.folder) == digests(truth.folder)
    assert not set(digests(other.folder).values()) & set(digests(truth.folder).values())
    assert other.hrs_ml != truth.hrs_ml


def test_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(OutputError, match="exists already"):
        write_patient(tmp_path, size="small")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_cancelled_half_way_leaves_nothing(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_patient(tmp_path / "patient", size="small", progress=stop)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("given", "sentence"), [({"size": "huge"}, r'"full" or "small", got "huge"'), ({"seed": -1}, "got -1")]
)
def test_bad_parameters_are_named(tmp_path: Path, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        write_patient(tmp_path / "patient", **given)
