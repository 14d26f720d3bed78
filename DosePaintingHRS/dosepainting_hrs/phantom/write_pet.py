"""The FDG PET of the synthetic patient, with everything that SUV needs in its headers."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import PositronEmissionTomographyImageStorage

from ..geometry import Geometry
from ..progress import Progress, each, silent
from .canvas import Float
from .headers import STUDY_DATE, SYNTHETIC, SeriesOfPatient, place_slice, save
from .uptake import FWHM_MM, Injection


def write_pet(
    folder: Path, suv: Float, geometry: Geometry, series: SeriesOfPatient, *, injection: Injection, progress: Progress = silent
) -> None:
    """Write the PET in Bq/ml, decay-corrected to the start of the scan, with a rescale slope of its own for each slice.

    Parameters
    ----------
    folder : Path
        Where the files go; made if absent.
    suv : array, (z, y, x)
        Reconstructed image, SUVbw.
    geometry : Geometry
        The PET grid, axial.
    series : SeriesOfPatient
        Names and UIDs; its time is the start of the scan.
    injection : Injection
        Dose, weight and timing.
    progress : callable
        Where to report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count = geometry.shape[0]
    for number in each(range(count), progress, "Writing the PET"):
        activity = suv[number].astype(np.float64) * injection.bq_per_ml_per_suv
        # The slope is used as it is rounded in the header, so that the stored value is the nearest possible.
        slope = f"{max(float(activity.max()), 1.0) / 32767.0:.8g}"
        stored = np.clip(np.round(activity / float(slope)), 0, 32767).astype(np.int16)
        ds = series.header(PositronEmissionTomographyImageStorage, number + 1, injection.weight_kg)
        describe_acquisition(ds, series, injection, number, count)
        place_slice(ds, geometry, number, stored)
        # PET says the position in coded form (PatientOrientationCodeSequence); the standard wants only one of the two.
        del ds.PatientPosition
        ds.RescaleIntercept, ds.RescaleSlope = "0", slope
        ds.SmallestImagePixelValue, ds.LargestImagePixelValue = int(stored.min()), int(stored.max())
        ds["SmallestImagePixelValue"].VR = ds["LargestImagePixelValue"].VR = "SS"
        top = 8.0 * injection.bq_per_ml_per_suv
        ds.WindowCenter, ds.WindowWidth = f"{top / 2:.6g}", f"{top:.6g}"
        save(ds, folder / f"PET_{number + 1:04d}.dcm")


def describe_acquisition(ds: Dataset, series: SeriesOfPatient, injection: Injection, number: int, count: int) -> None:
    """Fill in what a PET header says of units, corrections, times and tracer, for slice `number` (from 0) of `count`."""
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.ImageComments = SYNTHETIC
    ds.AcquisitionDate, ds.AcquisitionTime = STUDY_DATE, series.time
    ds.Units, ds.CountsSource, ds.SeriesType = "BQML", "EMISSION", ["STATIC", "IMAGE"]
    ds.NumberOfSlices, ds.ImageIndex = count, number + 1
    ds.CorrectedImage = ["NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN"]
    ds.RandomsCorrectionMethod, ds.ScatterCorrectionMethod = "DLYD", "Simulated"
    ds.AttenuationCorrectionMethod, ds.DecayCorrection = "CT", "START"
    ds.ReconstructionMethod = f"Analytic, PSF {FWHM_MM:g} mm FWHM"
    ds.CollimatorType, ds.ConvolutionKernel = "NONE", "GAUSS 5 mm"
    ds.ActualFrameDuration = int(injection.duration_s * 1000)
    ds.FrameReferenceTime = f"{injection.frame_reference_s * 1000:.6f}"
    ds.DecayFactor = f"{injection.decay_factor:.8f}"
    ds.DoseCalibrationFactor = "1"
    ds.ScatterFractionFactor, ds.DeadTimeFactor = "0.35", "1.05"
    ds.RadiopharmaceuticalInformationSequence = Sequence([_tracer(series, injection)])
    ds.PatientOrientationCodeSequence = Sequence([_code("F-10450", "recumbent", "SRT")])
    ds.PatientOrientationCodeSequence[0].PatientOrientationModifierCodeSequence = Sequence([_code("F-10340", "supine", "SRT")])
    ds.PatientGantryRelationshipCodeSequence = Sequence([_code("F-10470", "headfirst", "SRT")])


def _tracer(series: SeriesOfPatient, injection: Injection) -> Dataset:
    start = datetime.strptime(STUDY_DATE + series.time, "%Y%m%d%H%M%S")
    injected = start - timedelta(seconds=injection.delay_s)
    item = Dataset()
    item.Radiopharmaceutical = "Fluorodeoxyglucose F^18^"
    item.RadiopharmaceuticalVolume, item.RadiopharmaceuticalRoute = "5", "Intravenous route"
    item.RadiopharmaceuticalStartTime = injected.strftime("%H%M%S")
    item.RadiopharmaceuticalStartDateTime = injected.strftime("%Y%m%d%H%M%S")
    item.RadionuclideTotalDose = f"{injection.dose_bq:.0f}"
    item.RadionuclideHalfLife = f"{injection.half_life_s:g}"
    item.RadionuclidePositronFraction = "0.967"
    item.RadionuclideCodeSequence = Sequence([_code("C-111A1", "^18^Fluorine", "SRT")])
    item.RadiopharmaceuticalCodeSequence = Sequence([_code("C-B1031", "Fluorodeoxyglucose F^18^", "SRT")])
    return item


def _code(value: str, meaning: str, scheme: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item
