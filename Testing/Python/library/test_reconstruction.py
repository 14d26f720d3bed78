"""Scanner, reconstruction, PSF and EARL: reported from whatever names them."""

import pytest

from builders.volumes import pet_header
from dosepainting_hrs.reconstruction import reconstruction_facts


def told(**reported: str) -> str:
    return " ".join(one.text for one in reconstruction_facts(pet_header(reported=tuple(reported.items()))))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ReconstructionMethod", "PSF+TOF 4i5s"),
        ("ReconstructionMethod", "VPFXS"),
        ("ReconstructionMethod", "TrueX + TOF"),
        ("SeriesDescription", "PET WB Q.Clear"),
    ],
)
def test_psf_modelling_is_found_by_the_names_it_is_sold_under(keyword: str, value: str) -> None:
    assert f'PSF modelling: {keyword} "{value}" names it' in told(**{keyword: value})


@pytest.mark.parametrize("value", ["OSEM 2i8s", "VPFX", "BLOB-OS-TF", "3D-RAMLA"])
def test_other_reconstructions_are_not_taken_for_it(value: str) -> None:
    assert "PSF modelling: not stated" in told(ReconstructionMethod=value)
    assert f"Reconstruction: ReconstructionMethod {value}." in told(ReconstructionMethod=value)


def test_earl_and_scanner_are_reported_or_said_to_be_missing() -> None:
    assert 'EARL: SeriesDescription "PET EARL2" names it' in told(SeriesDescription="PET EARL2")
    assert "Scanner: SIEMENS Biograph mCT." in told(Manufacturer="SIEMENS", ManufacturerModelName="Biograph mCT")
    nothing = told()
    for missing in ("Scanner: not stated", "Reconstruction: not stated", "PSF modelling: not stated", "EARL: not stated"):
        assert missing in nothing
