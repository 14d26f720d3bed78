"""Components of dynamic PET curves: by hand, against numpy's SVD, and across patients on one basis."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builders.frame_series import voxels, write_dynamic_pet
from builders.programs import run
from builders.volumes import OTHER_PATIENT, frames_of, mask_of
from dosepainting_hrs.context import Context
from dosepainting_hrs.errors import IdentityError, InputError, QuantityError
from dosepainting_hrs.image_frames import FrameInfo, Frames
from dosepainting_hrs.maps.components import Normalisation, Weighting
from dosepainting_hrs.maps.dynamic_pet_components import DynamicPetComponents, DynamicPetParameters
from dosepainting_hrs.quantities import HOUNSFIELD, SUV_BW
from dosepainting_hrs.registry import MAIN

LENGTHS = [10.0] * 4 + [60.0] * 3 + [360.0] * 2
SHAPE = (3, 4, 5)


def infos(lengths: list[float] = LENGTHS) -> tuple[FrameInfo, ...]:
    starts = np.concatenate(([0.0], np.cumsum(lengths)[:-1]))
    return tuple(FrameInfo(start_s=float(a), duration_s=d) for a, d in zip(starts, lengths, strict=True))


def pet(seed: int = 1, offset: float = 0.0) -> Frames:
    """Curves of two shapes, a peak that washes out and a slow rise, in random shares, with a little noise."""
    draw = np.random.default_rng(seed)
    t = np.array([one.middle_s for one in infos()])
    shapes = np.stack([np.exp(-t / 100.0) * 8, 3 * (1 - np.exp(-t / 400.0))])
    shares = draw.uniform(0.2, 2.0, (2, *SHAPE))
    curves = np.einsum("kt,kzyx->tzyx", shapes, shares) + 0.05 * draw.standard_normal((len(t), *SHAPE)) + offset
    return frames_of(curves, infos=infos())


def made(frames: Frames, within: Any = None, basis: Any = None, **parameters: Any) -> dict[str, Any]:
    return DynamicPetComponents(DynamicPetParameters(**parameters)).compute_all(frames=frames, within=within, basis=basis)


def everywhere() -> Any:
    return mask_of(np.ones(SHAPE))


def matrix(frames: Frames) -> NDArray[np.float64]:
    return frames.array.reshape(len(frames), -1).T.astype(np.float64)


def test_by_hand() -> None:
    """Curves (3, 4) and (6, 8): one shape, (0.6, 0.8); coefficients 5 and 10, nothing is left for a second."""
    frames = frames_of(np.array([[3.0, 6.0], [4.0, 8.0]])[:, None, None, :], infos=infos([10.0, 10.0]))
    found = made(frames, mask_of([[[1, 1]]]))
    np.testing.assert_allclose(found["basis"]["components"][0], [0.6, 0.8], rtol=1e-12)
    np.testing.assert_allclose(found[MAIN].array[0, 0], [5.0, 10.0], rtol=1e-6)
    assert found["c2"].array.tolist() == [[[0.0, 0.0]]]
    assert found["basis"]["explained"] == [1.0, 0.0]
    assert found["basis"]["singular_values"][0] == pytest.approx(np.sqrt(125))
    assert "All curves have one shape." in found[MAIN].history[-1]


@pytest.mark.parametrize("weighting", list(Weighting))
@pytest.mark.parametrize("normalisation", list(Normalisation))
def test_as_numpy_finds_them(weighting: Weighting, normalisation: Normalisation) -> None:
    frames = pet()
    x = matrix(frames)
    if normalisation is Normalisation.MEAN:
        x = x / x.mean(axis=1, keepdims=True)
    weights = np.array(LENGTHS) / np.mean(LENGTHS) if weighting is Weighting.DURATION else np.ones(len(LENGTHS))
    u, s, v = np.linalg.svd(x * np.sqrt(weights), full_matrices=False)
    found = made(frames, everywhere(), weighting=weighting, normalisation=normalisation)
    basis = found["basis"]
    np.testing.assert_allclose(basis["singular_values"], s[:5], rtol=1e-6)
    np.testing.assert_allclose(basis["explained"], (s**2 / (s**2).sum())[:5], rtol=1e-6)
    for key, k in ((MAIN, 0), ("c2", 1)):
        sign = np.sign(v[k] @ basis["components"][k])
        np.testing.assert_allclose(found[key].array.ravel(), sign * u[:, k] * s[k], rtol=1e-5, atol=1e-5)
    assert sum(basis["components"][0]) > 0
    assert np.cov(basis["components"][1], np.arange(len(LENGTHS)))[0, 1] > 0


@pytest.mark.parametrize("weighting", list(Weighting))
@pytest.mark.parametrize("normalisation", list(Normalisation))
def test_curves_rebuilt_from_one_and_two_components(weighting: Weighting, normalisation: Normalisation) -> None:
    """Two shapes and little noise: two components give the curves back, one does not."""
    frames = pet()
    found = made(frames, everywhere(), weighting=weighting, normalisation=normalisation)
    errors = [float(np.abs(found[f"rebuilt_{count}"]().array - frames.array).mean()) for count in (1, 2)]
    assert errors[1] < 0.06 < 5 * errors[1] < errors[0]
    assert found["rebuilt_2"]().infos == frames.infos


def test_only_the_region_makes_the_basis_and_all_voxels_get_coefficients() -> None:
    frames = pet()
    inside = np.zeros(SHAPE, bool)
    inside[1, 1:3, 1:4] = True
    _, s, _ = np.linalg.svd(matrix(frames)[inside.ravel()], full_matrices=False)
    found = made(frames, mask_of(inside))
    np.testing.assert_allclose(found["basis"]["singular_values"], s[:5], rtol=1e-6)
    assert found["basis"]["voxels"] == 6
    assert np.isfinite(found[MAIN].array).all()


def test_a_basis_means_the_same_in_another_patient() -> None:
    """Projection is the matrix product with the stored components, and the maps carry one hash."""
    first = made(pet(1), everywhere())
    other = replace(pet(2), identity=OTHER_PATIENT)
    stored = json.loads(json.dumps(first["basis"]))
    found = made(other, basis=stored)
    for key, k in ((MAIN, 0), ("c2", 1)):
        expected = matrix(other) @ np.array(stored["components"][k])
        np.testing.assert_allclose(found[key].array.ravel(), expected, rtol=1e-5)
        assert found[key].basis == first[key].basis == stored["hash"]
    assert found[MAIN].identity == OTHER_PATIENT
    assert made(pet(2), everywhere())[MAIN].basis != stored["hash"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda f: replace(f, array=f.array[:8], infos=f.infos[:8]), "The basis has 9 frames, the series 8"),
        (lambda f: replace(f, infos=infos([10.0] * 4 + [60.0, 70.0, 60.0, 360.0, 360.0])), "Frame 6 begins at 100 s"),
        (lambda f: replace(f, infos=(FrameInfo(),) * 9), "9 of 9 frames carry no time"),
    ],
    ids=["number", "times", "no times"],
)
def test_a_basis_is_for_its_frame_times_only(change: Any, sentence: str) -> None:
    basis = made(pet(), everywhere())["basis"]
    with pytest.raises(InputError, match=sentence):
        made(change(pet(2)), basis=basis)


def test_a_changed_basis_is_refused() -> None:
    basis = made(pet(), everywhere())["basis"]
    basis["components"][0][0] += 1e-3
    with pytest.raises(InputError, match="its hash does not match"):
        made(pet(), basis=basis)


def test_neither_region_nor_basis() -> None:
    with pytest.raises(InputError, match="need a region whose curves"):
        made(pet())


def test_a_region_of_another_patient_is_refused() -> None:
    with pytest.raises(IdentityError, match='patient "P2"'):
        made(pet(), mask_of(np.ones(SHAPE), identity=OTHER_PATIENT))


def test_voxels_without_number_are_left_out_and_told() -> None:
    frames = pet()
    array = frames.array.copy()
    array[3, 0, 0, :2] = np.nan
    found = made(replace(frames, array=array), everywhere())
    assert found["basis"]["voxels"] == 58
    assert np.isnan(found[MAIN].array).sum() == np.isnan(found["c2"].array).sum() == 2
    assert "2 curves were left out" in found[MAIN].history[-1]


def test_curves_of_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="All curves are zero"):
        made(frames_of(np.zeros((9, *SHAPE)), infos=infos()), everywhere())
    with pytest.raises(InputError, match="No voxel has a number in every frame"):
        made(frames_of(np.full((9, *SHAPE), np.nan), infos=infos()), everywhere())


def test_other_quantities_and_files_without_header_are_refused() -> None:
    with pytest.raises(QuantityError, match="made from a dynamic PET, but the frames hold CT number"):
        made(frames_of(np.ones((9, *SHAPE)), quantity=HOUNSFIELD, infos=infos()), everywhere())


def test_the_command_works_from_bq_per_ml_to_maps_and_basis(tmp_path: Path) -> None:
    """Frames in Bq/ml are made SUV by the header: 70 kg, 350 MBq of F-18 injected at the start of the scan: 2e-4 per Bq/ml."""
    write_dynamic_pet(tmp_path / "PET", voxels(3) // 100, (0.0, 10.0, 20.0), (10.0, 10.0, 10.0), tags={"PatientWeight": 70.0})
    from dosepainting_hrs.storage.volumes import write_volume

    frames = Context().frames(str(tmp_path / "PET"))
    inside = np.zeros(frames.geometry.shape)
    inside[:2] = 1
    mask = replace(mask_of(inside, frames.geometry), identity=frames.identity)
    write_volume(mask, tmp_path / "gtv.nrrd")
    also = [word for name in ("c2", "basis", "rebuilt_2") for word in ("--also", f"{name}={tmp_path / name}")]
    also = [word if "=" not in word else word + (".json" if "basis" in word else ".nrrd") for word in also]
    fixed = ["map", "dynamic-pet-components", "--frames", str(tmp_path / "PET"), "--json", "--preset", "boeke-2023"]
    answer = run([*fixed, "--within", str(tmp_path / "gtv.nrrd"), "-o", str(tmp_path / "c1.nrrd"), *also])
    assert (answer["quantity"], answer["unit"]) == ("FMISO_c1", SUV_BW.unit)
    c1 = Context().image(str(tmp_path / "c1.nrrd"))
    basis = json.loads((tmp_path / "basis.json").read_text(encoding="utf-8"))
    assert c1.basis == basis["hash"]
    suv = frames.array.astype(np.float64).reshape(3, -1).T * 70.0 * 1000 / 350e6
    np.testing.assert_allclose(c1.array.ravel(), suv @ np.array(basis["components"][0]), rtol=1e-5)
    again = run([*fixed, "--basis", str(tmp_path / "basis.json"), "-o", str(tmp_path / "again.nrrd")])
    assert np.array_equal(Context().image(str(tmp_path / "again.nrrd")).array, c1.array)
    assert "Projected onto the given basis" in " ".join(again["history"])
    assert Context().frames(str(tmp_path / "rebuilt_2.nrrd")).starts_s() == (0.0, 10.0, 20.0)
