"""The study of docs/validation/maps.md, on few voxels and the small synthetic patient."""

from pathlib import Path

from builders.map_studies import adc_against_the_bound, of_the_patient, written_patient


def test_adc_keeps_what_was_promised_at_an_snr_of_50() -> None:
    lines = list(adc_against_the_bound(4000))
    assert len(lines) == 12
    assert [one for one in lines if not one.reached] == []


def test_maps_of_the_noisy_patient_are_its_truth(tmp_path: Path) -> None:
    lines = list(of_the_patient(written_patient(tmp_path, "small")))
    assert [one for one in lines if not one.reached] == []
