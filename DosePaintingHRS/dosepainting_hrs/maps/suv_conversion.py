"""The factors from what a PET series stores to SUV, slice by slice, with the whole way on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ..acquisition import PetAcquisition
from ..errors import DicomError
from ..identity import Supplied
from ..quantities import Quantity
from ..reconstruction import reconstruction_facts
from ..working import CHECK, CONVENTION, INPUT, STEP, Fact
from .body import QUANTITIES, Norm, Normalisation, norm_of
from .decay_reference import ReferenceTime
from .stated_mappings import mapping_facts
from .supplied import with_values_by_hand
from .suv_dose import Dose, dose_of
from .suv_header import height_cm, require_quantitative, weight_kg
from .suv_parameters import SuvParameters
from .suv_units import Stored, stored_in

LIKELY_BMI = (8.0, 75.0)
"""Body mass index, kg/m2, beyond which weight or height is doubted: below lie not even starved or newborn patients."""
MAXIMUM_ACTIVITY_PERCENT = 110.0
"""More of the injected activity than this cannot be in the field of view; above it the header is wrong."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SuvConversion:
    """How the values of a PET series become SUV.

    Parameters
    ----------
    quantity : Quantity
        What they become.
    factors : array of float64, (slices,)
        SUV per rescaled value of each stored slice, in the order of the series' headers.
    norm : Norm or None
        What uptake is normalised to; None when the series holds this SUV already and the header lacks what it takes.
    dose : Dose or None
        Injected activity and its decay; None when the series holds SUV already.
    facts : tuple of Fact
        The whole way.
    supplied : tuple of Supplied
        What somebody supplied by hand.
    """

    quantity: Quantity
    factors: NDArray[np.float64]
    norm: Norm | None
    dose: Dose | None
    facts: tuple[Fact, ...]
    supplied: tuple[Supplied, ...]

    @property
    def factor(self) -> float:
        """The one factor of all slices.

        Raises
        ------
        ValueError
            If it differs from slice to slice.
        """
        if not (self.factors == self.factors[0]).all():
            raise ValueError("the factor differs from slice to slice")
        return float(self.factors[0])

    @property
    def reference_time(self) -> datetime | None:
        """Moment that the voxels are decay-corrected to, where there is one."""
        return self.dose.reference_time if self.dose is not None else None

    @property
    def reference_times(self) -> tuple[ReferenceTime, ...]:
        """All moments that the tags give, the one that was taken first."""
        return self.dose.reference_times if self.dose is not None else ()

    @property
    def elapsed_s(self) -> float | None:
        """Time from injection to the reference time, s."""
        moment, injected = self.reference_time, self.dose.injected if self.dose is not None else None
        return (moment - injected).total_seconds() if moment is not None and injected is not None else None

    def check(self, total_suv_ml: float) -> Fact:
        """Compare the activity in the field of view with what is left of the injection.

        Parameters
        ----------
        total_suv_ml : float
            Sum of SUV over the field of view times the volume of a voxel.

        Raises
        ------
        DicomError
            If over 110 % of the injected activity is seen.

        Notes
        -----
        SUV is concentration over activity times what it is normalised to, so the share is their quotient, whatever the units.
        """
        if self.norm is None:
            text = "Check of the activity in the field of view: not possible without PatientWeight (0010,1030)."
            return Fact(kind=CHECK, text=text, tag="PatientWeight (0010,1030)", warns=True)
        percent = 100.0 * total_suv_ml / self.norm.grams
        if not percent <= MAXIMUM_ACTIVITY_PERCENT:
            raise DicomError(
                f"The image holds {percent:.4g} % of the activity that is left of the injection{self._of(percent)}; at most "
                f"{MAXIMUM_ACTIVITY_PERCENT:g} % is possible.",
                "The dose, its unit, a time or the rescaling must be wrong: check RadionuclideTotalDose (0018,1074), the times "
                "and RescaleSlope (0028,1053).",
            )
        text = (
            f"Check: {percent:.1f} % of the activity left from the injection is in the field of view "
            f"(over {MAXIMUM_ACTIVITY_PERCENT:g} % is refused)."
        )
        return Fact(kind=CHECK, text=text, value=percent, unit="%")

    def _of(self, percent: float) -> str:
        if self.dose is None:
            return ""
        left = float(self.dose.per_slice_bq.mean()) / 1e6
        return f" ({left * percent / 100.0:.4g} MBq of {left:.4g} MBq)"


def suv_conversion(
    acquisition: PetAcquisition, chosen: SuvParameters | None = None, voxel_ml: float | None = None
) -> SuvConversion:
    """Find the factors from the rescaled values of a PET series to SUV, or refuse in words.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values of the series.
    chosen : SuvParameters or None
        What to normalise to, and values supplied by hand.
    voxel_ml : float or None
        Volume of a voxel of the image's grid, ml.

    Returns
    -------
    SuvConversion
        The factors and how they came about.

    Raises
    ------
    QuantityError
        If there is no way from Units to SUV.
    DicomError
        If a header value is missing, contradicts another, or is out of its range.
    ParameterError
        If a value supplied by hand contradicts the header without a name and a reason.
    """
    chosen = chosen or SuvParameters()
    given = with_values_by_hand(acquisition, chosen)
    header = given.acquisition
    require_quantitative(header)
    stored = stored_in(header, voxel_ml)
    facts = [*given.facts, *_private(header), *stored.facts]
    body = _Body(header)
    if stored.holds is chosen.normalisation:
        norm, dose = body.norm_if_known(chosen.normalisation), None
        factors = stored.factors
        facts.append(_as_it_is(stored, QUANTITIES[chosen.normalisation]))
    elif stored.holds is not None:
        norm, dose = body.norm(chosen.normalisation), None
        before = body.norm(stored.holds)
        factors = stored.factors * (norm.grams / before.grams)
        facts += body.facts()
        facts.append(_renormalised(before, norm, QUANTITIES[norm.kind], stored))
    else:
        norm = body.norm(chosen.normalisation)
        dose = dose_of(header, chosen.reference_time, by_hand=chosen.half_life is not None)
        factors = stored.factors * (norm.grams / dose.per_slice_bq)
        facts += [*body.facts(), *dose.facts, _made(norm, dose, QUANTITIES[norm.kind], factors)]
    activity = stored.factors if stored.holds is None else None
    facts += [*mapping_facts(header, factors, activity, norm, body.norm), *reconstruction_facts(header)]
    return SuvConversion(
        quantity=QUANTITIES[chosen.normalisation],
        factors=factors,
        norm=norm,
        dose=dose,
        facts=tuple(facts),
        supplied=tuple(given.supplied),
    )


class _Body:
    """The patient's measures, asked for only where they are needed, with the conventions that were applied."""

    def __init__(self, header: PetAcquisition) -> None:
        self._header = header
        self._norms: dict[Normalisation, Norm] = {}

    def norm(self, kind: Normalisation) -> Norm:
        weight, _ = weight_kg(self._header)
        height = height_cm(self._header) if kind is not Normalisation.BODY_WEIGHT else None
        self._norms[kind] = norm_of(kind, weight, height, self._header.sex)
        return self._norms[kind]

    def norm_if_known(self, kind: Normalisation) -> Norm | None:
        try:
            return self.norm(kind)
        except DicomError:
            return None

    def facts(self) -> list[Fact]:
        weight, conventions = weight_kg(self._header)
        facts = [Fact(kind=CONVENTION, text=f"Convention: {one}", tag="PatientWeight (0010,1030)") for one in conventions]
        text = f"Patient's weight: {weight:g} kg (PatientWeight (0010,1030))."
        facts.append(Fact(kind=INPUT, text=text, tag="PatientWeight (0010,1030)", value=weight, unit="kg"))
        facts += _unlikely_body(weight, self._header)
        for norm in self._norms.values():
            if norm.kind is Normalisation.BODY_WEIGHT:
                continue
            height = height_cm(self._header)
            text = f"Normalised by {norm.text}, from {weight:g} kg, {height:g} cm and sex {self._header.sex or 'unknown'}."
            facts.append(Fact(kind=INPUT, text=text, tag="PatientSize (0010,1020)", value=norm.grams))
            if norm.is_mean_of_sexes:
                text = f"Convention: PatientSex (0010,0040) is O, so the {norm.kind.value} is the mean of men's and women's."
                facts.append(Fact(kind=CONVENTION, text=text, tag="PatientSex (0010,0040)"))
        return facts


def _unlikely_body(weight: float, header: PetAcquisition) -> list[Fact]:
    """Doubt a weight that does not go with the height: often a unit, or a digit, was lost."""
    if not header.height_m or not 0.2 <= header.height_m <= 2.6:
        return []
    index = weight / header.height_m**2
    low, high = LIKELY_BMI
    if low <= index <= high:
        return []
    text = (
        f"PatientWeight (0010,1030) {weight:g} kg and PatientSize (0010,1020) {header.height_m:g} m give a body mass index of "
        f"{index:.3g} kg/m2, which hardly anybody has: check both."
    )
    return [Fact(kind=CHECK, text=text, tag="PatientWeight (0010,1030)", value=index, unit="kg/m2", warns=True)]


def _private(header: PetAcquisition) -> list[Fact]:
    return [Fact(kind=CONVENTION, text=f"Convention: {one}") for one in header.private_remarks]


def _as_it_is(stored: Stored, quantity: Quantity) -> Fact:
    text = f"The voxels hold {quantity} already; the stored values were rescaled and nothing else was done."
    if float(stored.factors.max()) != 1.0:
        text = f"With that factor the voxels hold {quantity}; nothing else was done."
    return Fact(kind=STEP, text=text, factor=float(stored.factors.mean()))


def _renormalised(before: Norm, norm: Norm, quantity: Quantity, stored: Stored) -> Fact:
    ratio = norm.grams / before.grams
    text = f"{quantity} = SUV by {before.kind.value} x {norm.text} / {before.text} = it x {ratio:.6g}."
    return Fact(kind=STEP, text=text, factor=float(stored.factors.mean()) * ratio)


def _made(norm: Norm, dose: Dose, quantity: Quantity, factors: NDArray[np.float64]) -> Fact:
    low, high = dose.per_slice_bq.min() / 1e6, dose.per_slice_bq.max() / 1e6
    left = f"{low:.4g} MBq" if low == high else f"{low:.4g} to {high:.4g} MBq"
    least, most = factors.min(), factors.max()
    factor = f"{least:.6g}" if least == most else f"{least:.6g} to {most:.6g}, slice by slice"
    what = "1e4 cm2/m2 x " if norm.kind is Normalisation.BODY_SURFACE else "1000 g/kg x "
    text = f"{quantity.name} = activity concentration (Bq/ml) x {what}{norm.text} / {left} = rescaled value x {factor}."
    return Fact(kind=STEP, text=text, factor=float(factors.mean()))
