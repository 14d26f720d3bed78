"""What a PET header says of scanner, reconstruction, PSF modelling and EARL, and whose it is where things are combined.

It is reported because it changes SUVmax by tens of per cent.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from .acquisition import PetAcquisition
from .image import Mask
from .working import REPORTED, SUPPLIED, Fact

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
ACQUIRED = ("Reconstruction:", "PSF modelling:", "EARL:")
"""How the sentences begin by which a map tells how it was reconstructed."""
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


def steps_of_region(region: Mask, known: Collection[str]) -> tuple[str, ...]:
    """Return the history of a region for that of a map which it had a part in.

    A region tells how the map behind it came about. In the history of another map the same words would be taken for its own:
    what was loaded, made, reconstructed or supplied by hand says there whose it is, and the doubts and details of that map,
    which the region's file keeps as its working, are left out.

    Parameters
    ----------
    region : Mask
        The region.
    known : collection of str
        History of the map; its sentences are not repeated.
    """
    behind = f'Of the map behind the region "{region.name}": '
    facts = [fact for working in region.rests_on for fact in working.facts]
    by_hand = {fact.text for fact in facts if fact.kind == SUPPLIED}
    dropped = {fact.text for fact in facts} - by_hand
    made = tuple(f"Made {working.quantity.partition(' (')[0]} " for working in region.rests_on)
    told = []
    for one in region.history:
        if one in known:
            continue
        if one.startswith((*ACQUIRED, *made, "Loaded ")) or one in by_hand:
            told.append(f"{behind}{one}")
        elif one not in dropped:
            told.append(one)
    return tuple(told)


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
