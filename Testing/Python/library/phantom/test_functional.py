"""Functional imaging of the synthetic patient: read back the normal way, and held against its own truth."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dosepainting_hrs.context import Context
from dosepainting_hrs.dicom.inventory import inspect_folder
from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.maps.adc import AdcMap, AdcParameters
from dosepainting_hrs.maps.dynamic_pet_components import DynamicPetComponents, DynamicPetParameters
from dosepainting_hrs.maps.tofts import Tofts, ToftsParameters
from dosepainting_hrs.phantom.compartments import LOOKS, Compartment
from dosepainting_hrs.phantom.contrast import RELAXIVITY, T1_BLOOD_S, T1_TISSUE_S, Permeability, signals
from dosepainting_hrs.phantom.fmiso import FRAMES_S, Exchange, frame_means, plasma
from dosepainting_hrs.phantom.functional import PARTS, FunctionalOptions, write_functional
from dosepainting_hrs.phantom.headers import Patient
from dosepainting_hrs.registry import MAIN

PATIENT = Patient(patient_id="PHANTOM-HN-1", name="Phantom^HeadNeck", birth_date="19600101", seed=1, size="small")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All parts, without noise."""
    made = tmp_path_factory.mktemp("functional")
    write_functional(made, PATIENT, FunctionalOptions(parts=PARTS, size="small", noise=0.0))
    return made


def image(folder: Path, name: str) -> Image:
    return Context().image(str(folder / "truth" / f"{name}.nrrd"))


def inside(folder: Path, name: str, *kinds: Compartment) -> NDArray[np.bool_]:
    return np.isin(image(folder, f"{name}_compartments").array.astype(int), [int(one) for one in kinds])


def region(folder: Path, name: str, *kinds: Compartment) -> Mask:
    like = image(folder, f"{name}_compartments")
    return Mask(
        array=inside(folder, name, *kinds), geometry=like.geometry, stored=like.stored, identity=like.identity, name="tumour"
    )


def test_the_protocol_is_that_of_the_paper(folder: Path) -> None:
    """Boeke 2023: 36 x 10 s, 18 x 60 s, 11 x 360 s; nine b-values 0 to 800; 150 frames of 5.4 s."""
    found = {one.description: (one.role.value, one.frames, one.problems) for one in inspect_folder(folder).series}
    assert found["FMISO PET dynamic"] == ("dynamic PET", "65 frames: 36 x 10 s, 18 x 60 s, 11 x 360 s", ())
    b_values = "9 frames: b = 0, 100, 200, 300, 400, 500, 600, 700, 800 s/mm2"
    assert found["DWI 9 b-values"] == found["DWI 9 b-values enhanced"] == ("DWI", b_values, ())
    assert found["DCE 150 x 5.4 s"] == ("DCE", "150 frames, 5.4 s apart on average, over 804.6 s", ())
    assert sum(FRAMES_S) == 5400


def test_every_compartment_is_there(folder: Path) -> None:
    for name in ("DWI", "DCE", "FMISO"):
        kinds = set(np.unique(image(folder, f"{name}_compartments").array).astype(int))
        assert {0, 1, 2, 3} <= kinds
    assert Compartment.NECROTIC in np.unique(image(folder, "DWI_compartments").array).astype(int)


@pytest.mark.parametrize("name", ["DWI", "DWI_enhanced"])
def test_adc_is_the_truth(folder: Path, name: str) -> None:
    frames = Context().frames(str(folder / name))
    found = AdcMap(AdcParameters()).compute(frames=frames)
    tissue = ~inside(folder, name, Compartment.AIR)
    truth = image(folder, f"{name}_adc")
    assert found.identity.patient_id == truth.identity.patient_id
    np.testing.assert_allclose(found.array[tissue], truth.array[tissue], rtol=0.005)


def test_suv_curves_are_those_of_the_model(folder: Path) -> None:
    """The curve that comes back through Bq/ml, slopes and decay is the model's, to the rounding of 16 bits."""
    frames = Context().frames(str(folder / "FMISO"))
    made = DynamicPetComponents(DynamicPetParameters())
    found = made.compute_all(frames=frames, within=region(folder, "FMISO", Compartment.PERFUSED, Compartment.HYPOXIC))
    assert found[MAIN].quantity.name == "FMISO_c1"
    # Two curve shapes in the region: two components are all there is, and they rebuild both.
    assert sum(found["basis"]["explained"][:2]) == pytest.approx(1.0, abs=1e-6)
    rebuilt = found["rebuilt_2"]().array
    for kind in (Compartment.PERFUSED, Compartment.HYPOXIC):
        exchange = LOOKS[kind].fmiso
        assert exchange is not None
        curve = rebuilt[:, inside(folder, "FMISO", kind)].mean(axis=1)
        np.testing.assert_allclose(curve, frame_means(exchange), atol=0.003)
    c2 = found["c2"].array
    hypoxic, perfused = (c2[inside(folder, "FMISO", one)].mean() for one in (Compartment.HYPOXIC, Compartment.PERFUSED))
    assert hypoxic > 0 > perfused


def test_permeability_comes_back(folder: Path) -> None:
    """By the extended Tofts model with gradient echo; the artery as measured input gives the same."""
    frames = Context().frames(str(folder / "DCE"))
    values = {"t1_tissue_ms": 1000 * T1_TISSUE_S, "t1_blood_ms": 1000 * T1_BLOOD_S, "relaxivity": RELAXIVITY}
    method = Tofts(ToftsParameters(**values, repetition_ms=5.0, flip_deg=20.0))
    population = method.compute(frames=frames)
    measured = method.compute(frames=frames, artery=region(folder, "DCE", Compartment.ARTERY))
    assert "the first 11 frames (found" in population.history[-1]
    for kind in (Compartment.MUSCLE, Compartment.PERFUSED, Compartment.HYPOXIC):
        truth = LOOKS[kind].dce
        assert truth is not None
        where = inside(folder, "DCE", kind)
        assert np.median(population.array[where]) == pytest.approx(truth.ktrans, rel=0.05)
        # Sampled every 5.4 s, the first pass is coarse.
        assert np.median(measured.array[where]) == pytest.approx(truth.ktrans, rel=0.25)


def test_the_compartment_model_by_hand() -> None:
    """Nothing trapped and no exchange back: F = K1 x integral of plasma; with blood share 1 the curve is plasma itself."""
    fine = np.arange(0, 10.0, 0.01)
    only_in = frame_means(Exchange(k1=0.6, k2=0.0, k3=0.0, blood=0.0), (10.0,))[0]
    area = np.cumsum(plasma(fine)) * 0.01
    assert only_in == pytest.approx(0.01 * area.mean(), rel=0.05)
    blood = frame_means(Exchange(k1=0.0, k2=0.0, k3=0.0, blood=1.0), FRAMES_S)
    assert blood[-1] == pytest.approx(plasma(np.array([5400.0 - 180.0]))[0], rel=0.01)
    trapped = frame_means(Exchange(k1=0.1, k2=0.1, k3=0.02, blood=0.0), FRAMES_S)
    assert trapped[-1] > trapped[40] > 0


def test_before_contrast_the_signal_is_one() -> None:
    curve = signals(Permeability(ktrans=0.3, ve=0.3, vp=0.05))
    np.testing.assert_allclose(curve[:11], 1.0, atol=1e-12)
    assert curve[11] > 1.0


def test_noise_shift_and_wrong_parts(tmp_path: Path) -> None:
    for name, options in {
        "plain": FunctionalOptions(parts=("dwi",), size="small", noise=0.0),
        "noisy": FunctionalOptions(parts=("dwi",), size="small", noise=1.0),
        "moved": FunctionalOptions(parts=("dwi",), size="small", noise=0.0, shift_mm=(8.0, 0.0, 0.0)),
    }.items():
        write_functional(tmp_path / name, PATIENT, options)
    plain, noisy, moved = (Context().frames(str(tmp_path / name / "DWI")).array[0] for name in ("plain", "noisy", "moved"))
    inner = inside(tmp_path / "plain", "DWI", Compartment.MUSCLE)
    assert np.std((noisy.astype(float) - plain)[inner]) == pytest.approx(40.0, rel=0.1)  # 10, times 4 in storage
    hypoxic = 4 * LOOKS[Compartment.HYPOXIC].s0
    assert np.array_equal(moved[:, :, 2:] == hypoxic, plain[:, :, :-2] == hypoxic)
    assert (plain == hypoxic).any()
    with pytest.raises(ParameterError, match='has no part "dwy"'):
        FunctionalOptions(parts=("dwy",))
    with pytest.raises(ParameterError, match="noise of the synthetic patient must be zero or more"):
        FunctionalOptions(noise=-1.0)
