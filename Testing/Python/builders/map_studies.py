"""What the study of maps does, at any size: the validation runs it in full, the tests reduced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from builders.real_data import ROOT
from builders.volumes import frames_of
from dosepainting_hrs.context import Context
from dosepainting_hrs.image import Mask
from dosepainting_hrs.image_frames import FrameInfo, Frames
from dosepainting_hrs.maps.adc import AdcMap, AdcParameters
from dosepainting_hrs.maps.components import Weighting
from dosepainting_hrs.maps.dynamic_pet_components import DynamicPetComponents, DynamicPetParameters
from dosepainting_hrs.maps.exponential_fit import Fit
from dosepainting_hrs.maps.ratio_frames import RatioFrames, RatioFramesParameters
from dosepainting_hrs.maps.suv_frames import SuvFrames
from dosepainting_hrs.maps.suv_parameters import SuvParameters
from dosepainting_hrs.maps.tofts import Tofts, ToftsParameters
from dosepainting_hrs.phantom.compartments import LOOKS, Compartment
from dosepainting_hrs.phantom.contrast import RELAXIVITY, T1_BLOOD_S, T1_TISSUE_S
from dosepainting_hrs.phantom.fmiso import frame_means
from dosepainting_hrs.phantom.functional import FunctionalOptions, write_functional
from dosepainting_hrs.phantom.headers import Patient
from dosepainting_hrs.quantities import MR_SIGNAL

B_VALUES = tuple(100.0 * step for step in range(9))
SNR = 50.0
TISSUES = (Compartment.MUSCLE, Compartment.PERFUSED, Compartment.HYPOXIC, Compartment.NECROTIC)
TUMOUR = TISSUES[1:]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that was measured.

    Parameters
    ----------
    what : str
        What, and where.
    truth, found : str
        As they are to be read.
    goal : str
        What was promised; empty where nothing was.
    reached : bool
        Whether it was kept.
    """

    what: str
    truth: str
    found: str
    goal: str = ""
    reached: bool = True


def adc_against_the_bound(voxels: int) -> Iterator[Line]:
    """ADC of magnitude signals at an SNR of 50 at b = 0: median signed error, and spread over the Cramer-Rao bound."""
    draw, s0, b = np.random.default_rng(50), 1000.0, np.array(B_VALUES) * 1e-6
    infos = tuple(FrameInfo(b_value=one) for one in B_VALUES)
    sigma = s0 / SNR
    for fit in (Fit.LOG_LINEAR, Fit.WEIGHTED, Fit.NON_LINEAR, Fit.WITH_FLOOR):
        for adc in (700.0, 1200.0, 2000.0):
            clean = s0 * np.exp(-b * adc)
            real, imaginary = (sigma * draw.standard_normal((len(b), voxels)) for _ in range(2))
            signals = np.hypot(clean[:, None] + real, imaginary).astype(np.float32)
            floor = float(np.sqrt(2.0) * sigma) if fit is Fit.WITH_FLOOR else None
            method = AdcMap(AdcParameters(fit=fit, noise_floor=floor))
            frames = frames_of(signals[:, None, None, :], quantity=MR_SIGNAL, infos=infos)
            found = method.compute(frames=frames).array.ravel().astype(np.float64)
            # The bound of Gaussian noise, which magnitude signals have at this SNR as good as.
            jacobian = np.stack([clean / s0, -b * clean], axis=1)
            bound = float(np.sqrt(np.linalg.inv(jacobian.T @ jacobian / sigma**2)[1, 1]))
            error, spread = float(np.median(found)) / adc - 1.0, float(found.std()) / bound
            # Without weights the logarithm is no efficient estimator: its spread is told and not promised.
            efficient = fit is not Fit.LOG_LINEAR
            yield Line(
                what=f"ADC, {fit.value}, SNR {SNR:g}",
                truth=f"{adc:g} um2/s",
                found=f"median {error:+.2%}, spread {spread:.3f} x the bound",
                goal="under 1 %, 0.9 to 1.1" if efficient else "under 1 %",
                reached=abs(error) < 0.01 and (not efficient or abs(spread - 1.0) < 0.10),
            )


def written_patient(folder: Path, size: Literal["full", "small"]) -> Path:
    """Write the functional imaging of the synthetic patient, with its usual noise."""
    patient = Patient(patient_id="PHANTOM-HN-1", name="Phantom^HeadNeck", birth_date="19600101", seed=1, size=size)
    write_functional(folder, patient, FunctionalOptions(size=size))
    return folder


def of_the_patient(folder: Path) -> Iterator[Line]:
    """Maps of the noisy synthetic patient, read back as DICOM, against their truth."""
    yield from _diffusion(folder)
    yield from _contrast(folder)
    yield from _tracer(folder)


def _diffusion(folder: Path) -> Iterator[Line]:
    for name in ("DWI", "DWI_enhanced"):
        made = AdcMap(AdcParameters()).compute(frames=Context().frames(str(folder / name))).array
        for kind in TISSUES:
            here = made[_inside(folder, name, kind)]
            error = float(np.median(here)) / LOOKS[kind].adc - 1.0
            told = "classic" if name == "DWI" else "enhanced"
            yield Line(
                what=f"ADC of the patient, {told}, {kind.name.lower()}",
                truth=f"{LOOKS[kind].adc:g} um2/s",
                found=f"median {error:+.2%} of {len(here)} voxels",
                goal="under 1 %",
                reached=abs(error) < 0.01,
            )


def _contrast(folder: Path) -> Iterator[Line]:
    known = {"t1_tissue_ms": 1000 * T1_TISSUE_S, "t1_blood_ms": 1000 * T1_BLOOD_S, "relaxivity": RELAXIVITY}
    method = Tofts(ToftsParameters(**known, repetition_ms=5.0, flip_deg=20.0))
    made = method.compute(frames=Context().frames(str(folder / "DCE"))).array
    for kind in (Compartment.MUSCLE, Compartment.PERFUSED, Compartment.HYPOXIC):
        truth = LOOKS[kind].dce
        assert truth is not None
        here = made[_inside(folder, "DCE", kind)]
        error = float(np.nanmedian(here)) / truth.ktrans - 1.0
        yield Line(
            what=f"Ktrans of the patient, {kind.name.lower()}",
            truth=f"{truth.ktrans:g} /min",
            found=f"median {error:+.1%} of {len(here)} voxels",
            goal="within 10 %",
            reached=abs(error) < 0.10,
        )


def _tracer(folder: Path) -> Iterator[Line]:
    frames = Context().frames(str(folder / "FMISO"))
    tumour = _region(folder, "FMISO", *TUMOUR)
    k3 = Context().image(str(folder / "truth" / "FMISO_k3.nrrd")).array[tumour.array]
    for weighting in Weighting:
        method = DynamicPetComponents(DynamicPetParameters(weighting=weighting))
        made = method.compute_all(frames=frames, within=tumour)
        shares = np.array(made["basis"]["explained"])
        yield Line(
            what=f"FMISO components of the tumour, weighting {weighting.value}: variance explained by 1, 2 and 5",
            truth="2 shapes of curves, and noise",
            found=", ".join(f"{share:.2%}" for share in np.cumsum(shares)[[0, 1, 4]]),
            goal="the 2nd over twice the 3rd",
            reached=bool(shares[1] > 2.0 * shares[2]),
        )
        parted = _separation(made["c2"].array[tumour.array], k3 > k3.max() / 2)
        yield Line(
            what=f"{made['c2'].quantity.name}, weighting {weighting.value}: area under the ROC curve for voxels that trap",
            truth="1",
            found=f"{parted:.3f}",
            goal="over 0.95",
            reached=parted > 0.95,
        )
    yield from _ratios(folder, SuvFrames(SuvParameters()).compute(frames=frames))


def _ratios(folder: Path, frames: Frames) -> Iterator[Line]:
    muscle = _region(folder, "FMISO", Compartment.MUSCLE)
    ratio = RatioFrames(RatioFramesParameters(frame_from_end=2)).compute(frames=frames, reference=muscle)
    for kind in (Compartment.PERFUSED, Compartment.HYPOXIC):
        truth = _late(kind) / _late(Compartment.MUSCLE)
        here = ratio.array[_inside(folder, "FMISO", kind)]
        error = float(np.median(here)) / truth - 1.0
        yield Line(
            what=f"TMR of the patient, {kind.name.lower()}, second-last frame",
            truth=f"{truth:.3f}",
            found=f"median {error:+.1%} of {len(here)} voxels",
            goal="within 15 %",
            reached=abs(error) < 0.15,
        )


def _late(kind: Compartment) -> float:
    exchange = LOOKS[kind].fmiso
    assert exchange is not None
    return float(frame_means(exchange)[-2])


def _separation(values: NDArray[np.float32], is_true: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve: the share of pairs that are in the right order."""
    ranks = np.empty(len(values))
    ranks[np.argsort(values)] = np.arange(1, len(values) + 1)
    positive = int(is_true.sum())
    return float((ranks[is_true].sum() - positive * (positive + 1) / 2) / (positive * (len(values) - positive)))


def _inside(folder: Path, name: str, *kinds: Compartment) -> NDArray[np.bool_]:
    labels = Context().image(str(folder / "truth" / f"{name}_compartments.nrrd")).array.astype(int)
    return np.isin(labels, [int(one) for one in kinds])


def _region(folder: Path, name: str, *kinds: Compartment) -> Mask:
    like = Context().image(str(folder / "truth" / f"{name}_compartments.nrrd"))
    array = np.isin(like.array.astype(int), [int(one) for one in kinds])
    return Mask(array=array, geometry=like.geometry, stored=like.stored, identity=like.identity, name="region")


def real_prostate() -> Iterator[Line]:
    """ADC of a prostate of PROSTATEx against the map of its scanner; nothing where the data are not there."""
    folder = ROOT / "prostatex_0207_mr"
    if not folder.exists():
        return
    frames = Context().frames(str(folder / "008_MR_ep2d_diff_tra_DYNDIST_41198"))
    scanner = Context().image(str(folder / "009_MR_ep2d_diff_tra_DYNDIST_ADC_20369")).array.astype(np.float64)
    for fit in (Fit.LOG_LINEAR, Fit.WEIGHTED, Fit.NON_LINEAR):
        ours = AdcMap(AdcParameters(fit=fit)).compute(frames=frames).array.astype(np.float64)
        used = (frames.array > 20).all(axis=0) & (scanner > 0)
        correlation = float(np.corrcoef(ours[used], scanner[used])[0, 1])
        bias = float(np.median(ours[used] / scanner[used])) - 1.0
        yield Line(
            what=f"ADC of prostatex_0207_mr, {fit.value}, where every signal exceeds 20",
            truth="the scanner's map",
            found=f"correlation {correlation:.4f}, bias {bias:+.1%}, {int(used.sum())} voxels",
            goal="correlation over 0.98",
            reached=correlation > 0.98,
        )
