"""Half-lives of positron emitters, against which a header's half-life is checked."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import DicomError

TOLERANCE = 0.01
"""A header's half-life may differ from the table by this share (computation manual of the IBSI SUV reference objects)."""


@dataclass(frozen=True)
class Nuclide:
    """A positron emitter.

    Parameters
    ----------
    name : str
        For example ``"F-18"``.
    half_life_s : float
        Physical half-life, s.
    codes : tuple of str
        Code values of DICOM CID 4020 (SRT/SNM3 and SCT) that stand for it.
    spellings : tuple of str
        Code meanings that stand for it, letters and digits only, lower case.
    source : str
        Where the half-life comes from.
    """

    name: str
    half_life_s: float
    codes: tuple[str, ...]
    spellings: tuple[str, ...]
    source: str


_NNDC = "NNDC (Brookhaven), NuDat 3, Evaluated Nuclear Structure Data File"
_PH_EUR = "European Pharmacopoeia 01/2008:50700, table 5.7, after NNDC"

NUCLIDES = (
    Nuclide("C-11", 20.385 * 60, ("C-105A1", "40565003"), ("11carbon", "carbon11", "11c", "c11"), _PH_EUR),
    Nuclide("N-13", 9.965 * 60, ("C-107A1", "21576001"), ("13nitrogen", "nitrogen13", "13n", "n13"), _PH_EUR),
    Nuclide("O-15", 122.24, ("C-B1038", "129504001"), ("15oxygen", "oxygen15", "15o", "o15"), _PH_EUR),
    Nuclide("F-18", 109.77 * 60, ("C-111A1", "77004003"), ("18fluorine", "fluorine18", "18f", "f18"), _PH_EUR),
    Nuclide("Cu-64", 12.7004 * 3600, ("C-127A2", "3932008"), ("64copper", "copper64", "64cu", "cu64"), "DDEP, 12.7004(20) h"),
    Nuclide("Ga-68", 67.71 * 60, ("C-131A3", "35337001"), ("68gallium", "gallium68", "68ga", "ga68"), _NNDC),
    Nuclide("Rb-82", 1.2575 * 60, ("C-159A2", "79197006"), ("82rubidium", "rubidium82", "82rb", "rb82"), _NNDC),
    Nuclide("Zr-89", 78.41 * 3600, ("C-168A4", "63360001"), ("89zirconium", "zirconium89", "89zr", "zr89"), _NNDC),
    Nuclide("I-124", 4.176 * 86400, ("C-114A5", "40937006"), ("124iodine", "iodine124", "124i", "i124"), _NNDC),
)


def nuclide_of(text: str) -> Nuclide | None:
    """Find the nuclide that a coded concept, ``"meaning (code value)"``, stands for; None when it is not in the table.

    Raises
    ------
    DicomError
        If meaning and code stand for two nuclides of the table.
    """
    meaning, _, rest = text.rpartition(" (")
    code = rest.strip("()")
    letters = "".join(c for c in (meaning or text).casefold() if c.isalnum())
    by_meaning = next((one for one in NUCLIDES if letters in one.spellings), None)
    by_code = next((one for one in NUCLIDES if code in one.codes), None)
    if by_meaning and by_code and by_meaning is not by_code:
        raise DicomError(
            f'RadionuclideCodeSequence (0054,0300) is "{text}": the meaning says {by_meaning.name}, the code {by_code.name}.',
            "Find out which nuclide was injected and correct the header at its source.",
        )
    return by_meaning or by_code


def checked_half_life(half_life_s: float, coded: str, *, by_hand: bool = False) -> Nuclide | None:
    """Return the nuclide whose table value the half-life of the header agrees with.

    Parameters
    ----------
    half_life_s : float
        RadionuclideHalfLife of the header, s.
    coded : str
        The radionuclide code as ``"meaning (value)"``; empty when the header does not code it. Then any nuclide of the
        table may agree.
    by_hand : bool
        Whether the half-life was supplied by hand; then a nuclide that is not in the table gives None and no error.

    Raises
    ------
    DicomError
        If the half-life differs from the table by over 1 %, or the nuclide is not in the table.
    """
    tag = "RadionuclideHalfLife (0018,1075)"
    if not coded:
        agreeing = [one for one in NUCLIDES if _agrees(half_life_s, one)]
        if agreeing:
            return agreeing[0]
        if by_hand:
            return None
        raise DicomError(
            f"{tag} is {half_life_s:g} s, which is that of no nuclide in the table, and RadionuclideCodeSequence (0054,0300) "
            "names none.",
            "Find out which nuclide was injected and give its half-life with --half-life, with a name and a reason.",
        )
    nuclide = nuclide_of(coded)
    known = ", ".join(one.name for one in NUCLIDES)
    if nuclide is None and by_hand:
        return None
    if nuclide is None:
        raise DicomError(
            f'RadionuclideCodeSequence (0054,0300) names "{coded}", whose half-life is not in the table.',
            f"The table holds {known}. Give the half-life with --half-life, with a name and a reason.",
        )
    if not _agrees(half_life_s, nuclide):
        raise DicomError(
            f"{tag} is {half_life_s:g} s, but {nuclide.name} (RadionuclideCodeSequence) has {nuclide.half_life_s:g} s; "
            f"they must agree within {TOLERANCE:.0%}.",
            "Find out which nuclide was injected and correct the header at its source.",
        )
    return nuclide


def _agrees(half_life_s: float, nuclide: Nuclide) -> bool:
    return abs(half_life_s - nuclide.half_life_s) <= TOLERANCE * nuclide.half_life_s
