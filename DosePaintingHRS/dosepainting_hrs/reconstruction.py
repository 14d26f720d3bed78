"""What a PET header says of scanner, reconstruction, PSF modelling and EARL.

It is reported because it changes SUVmax by tens of per cent.
"""

from __future__ import annotations

import re

from .acquisition import PetAcquisition
from .working import REPORTED, Fact

_PSF_WORDS = re.compile(r"PSF|TRUEX|ULTRAHD|SHARPIR|Q\.?CLEAR|QCFX|VPFXS|VPHDS|VPHD-S|VPFX-S", re.IGNORECASE)
"""Names under which makers sell modelling of the point spread function: Siemens PSF, TrueX, UltraHD; GE SharpIR (the S of
VPFXS and VPHDS) and Q.Clear; Philips PSF."""
_EARL = re.compile(r"EARL[ _-]?(\d*)", re.IGNORECASE)
_SCANNER = ("Manufacturer", "ManufacturerModelName", "SoftwareVersions")
_RECONSTRUCTION = (
    "ReconstructionMethod",
    "ConvolutionKernel",
    "AttenuationCorrectionMethod",
    "ScatterCorrectionMethod",
    "RandomsCorrectionMethod",
)
_WHERE_NAMED = ("ReconstructionMethod", "ConvolutionKernel", "SeriesDescription", "ProtocolName")


def reconstruction_facts(acquisition: PetAcquisition) -> tuple[Fact, ...]:
    """Say what the header tells of scanner, reconstruction, PSF modelling and EARL, and what it does not.

    Parameters
    ----------
    acquisition : PetAcquisition
        Header values of the series.
    """
    told = dict(acquisition.reported)
    scanner = " ".join(told[one] for one in _SCANNER if one in told).replace("\\", " ")
    methods = "; ".join(f"{one} {told[one]}" for one in _RECONSTRUCTION if one in told)
    named = [(one, told[one]) for one in _WHERE_NAMED if one in told]
    facts = [f"Scanner: {scanner}." if scanner else "Scanner: not stated.", _reconstruction(methods), _psf(named), _earl(named)]
    return tuple(Fact(kind=REPORTED, text=one) for one in facts)


def _reconstruction(methods: str) -> str:
    return f"Reconstruction: {methods}." if methods else "Reconstruction: not stated in ReconstructionMethod (0054,1103)."


def _psf(named: list[tuple[str, str]]) -> str:
    for keyword, value in named:
        match = _PSF_WORDS.search(value)
        if match:
            return f'PSF modelling: {keyword} "{value}" names it ({match.group()}); it raises the SUV of small lesions.'
    return "PSF modelling: not stated, neither in the reconstruction method nor in the descriptions."


def _earl(named: list[tuple[str, str]]) -> str:
    for keyword, value in named:
        match = _EARL.search(value)
        if match:
            return f'EARL: {keyword} "{value}" names it; that the scanner meets it is not checked here.'
    return "EARL: not stated in any description; SUV of different scanners may not be comparable."
