"""What a PET header says about how its voxels came to be, as far as a map needs it; free of DICOM code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class PetSlice:
    """Timing of one PET slice (or one slice of one frame).

    Parameters
    ----------
    acquired : datetime or None
        AcquisitionDate and AcquisitionTime.
    frame_reference_ms : float or None
        FrameReferenceTime (0054,1300), ms.
    frame_duration_ms : float or None
        ActualFrameDuration (0018,1242), ms.
    slope, intercept : float or None
        RescaleSlope and RescaleIntercept of this slice.
    decay_factor : float or None
        DecayFactor (0054,1321).
    suv_scale, activity_scale : float or None
        Philips' private factors from counts to SUVbw (7053,1000) and to Bq/ml (7053,1009).
    """

    acquired: datetime | None
    frame_reference_ms: float | None
    frame_duration_ms: float | None
    slope: float | None
    intercept: float | None
    decay_factor: float | None = None
    suv_scale: float | None = None
    activity_scale: float | None = None


@dataclass(frozen=True, kw_only=True)
class RealWorldMapping:
    """What a Real World Value Mapping says of the stored values of a series.

    Parameters
    ----------
    where : str
        Where it stands: in the images, or in an object of its own.
    unit : str
        Code value of the unit (UCUM), for example ``"{SUVbw}g/ml"``.
    quantity : str
        Meaning of the quantity, or the mapping's label or explanation; empty when there is none.
    slopes, intercepts : tuple of float or None
        Per slice; None where the slice is not mapped.
    """

    where: str
    unit: str
    quantity: str
    slopes: tuple[float | None, ...]
    intercepts: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Differing:
    """What should be one value in a whole series, and is not.

    Parameters
    ----------
    field : str
        Field of `PetAcquisition` that holds it.
    tag : str
        Name and number of the tag.
    values : tuple of str
        The distinct values that the slices have.
    """

    field: str
    tag: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PetAcquisition:
    """Header values of a PET series that quantification rests on; None where the tag is missing or empty.

    Parameters
    ----------
    units : str or None
        Units (0054,1001).
    decay_correction : str or None
        DecayCorrection (0054,1102).
    corrected_image : tuple of str
        CorrectedImage (0028,0051).
    image_type : tuple of str
        ImageType (0008,0008).
    series_start : datetime or None
        SeriesDate and SeriesTime.
    weight_kg, height_m : float or None
        PatientWeight (kg), PatientSize (m).
    sex : str or None
        PatientSex.
    injected_dose_bq : float or None
        RadionuclideTotalDose as the header has it (Bq by the standard).
    half_life_s : float or None
        RadionuclideHalfLife, s.
    nuclide : str
        Meaning and value of the radionuclide code, for example ``"18F (C-111A1)"``; empty when not coded.
    tracer : str
        Radiopharmaceutical; empty when not given.
    injection_time : str or None
        RadiopharmaceuticalStartTime (0018,1072), DICOM TM as it stands.
    injection_datetime : str or None
        RadiopharmaceuticalStartDateTime (0018,1078), DICOM DT as it stands.
    ge_decay_datetime : str or None
        GE's stated decay reference, private (0009,100D) of GEMS_PETD_01, DICOM DT as it stands.
    reconstruction : str
        ReconstructionMethod; empty when not given.
    slices : tuple of PetSlice
        One per stored slice.
    series_type : tuple of str
        SeriesType (0054,1000); its second value is IMAGE or REPROJECTION.
    suv_type : str
        SUVType (0054,1006); empty when not given.
    tracers : int
        Number of items of RadiopharmaceuticalInformationSequence: injections.
    dose_calibration_factor : float or None
        DoseCalibrationFactor (0054,1322).
    voxel_ml : float or None
        Volume of a voxel by PixelSpacing and SliceThickness, ml.
    ge_injection_datetime : str or None
        GE's stated injection, private (0009,103B) of GEMS_PETD_01, DICOM DT as it stands.
    private_remarks : tuple of str
        Private elements that were taken by Manufacturer, because their block names no creator.
    reported : tuple of tuple of two str
        Tag and value of what the header says about scanner, reconstruction and protocol.
    mappings : tuple of RealWorldMapping
        Real World Value Mappings of the series.
    differing : tuple of Differing
        What the slices do not agree about; the fields above are of the first slice.
    """

    units: str | None
    decay_correction: str | None
    corrected_image: tuple[str, ...]
    image_type: tuple[str, ...]
    series_start: datetime | None
    weight_kg: float | None
    height_m: float | None
    sex: str | None
    injected_dose_bq: float | None
    half_life_s: float | None
    nuclide: str
    tracer: str
    injection_time: str | None
    injection_datetime: str | None
    ge_decay_datetime: str | None
    reconstruction: str
    slices: tuple[PetSlice, ...]
    series_type: tuple[str, ...] = ()
    suv_type: str = ""
    tracers: int = 1
    dose_calibration_factor: float | None = None
    voxel_ml: float | None = None
    ge_injection_datetime: str | None = None
    private_remarks: tuple[str, ...] = ()
    reported: tuple[tuple[str, str], ...] = ()
    mappings: tuple[RealWorldMapping, ...] = ()
    differing: tuple[Differing, ...] = ()
