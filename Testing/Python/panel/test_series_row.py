"""Frames in the Maps step by clicks: b-values in series of their own, proposed or ticked, and a four-dimensional file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.dicom_series import write_series
from builders.panel_clicks import Person
from dosepainting_hrs.context import Context
from dosepainting_hrs.storage.volumes import write_volume
from dosepainting_hrs_mrml import volumes

SIGNALS = {0.0: 1000, 400.0: 670, 800.0: 449}
"""exp(-0.4) = 0.670 and exp(-0.8) = 0.449: 1000 um2/s at every voxel."""
UIDS = {b: f"1.2.3.8{number}" for number, b in enumerate(SIGNALS)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three series of one b-value each, and a T2."""
    made = tmp_path_factory.mktemp("b-values")
    for b, signal in SIGNALS.items():
        tags = {"DiffusionBValue": b, "SeriesDescription": f"ep2d_diff_tra_DYNDIST_b{b:g}", "SeriesNumber": 8 + int(b / 400)}
        stored = np.full((3, 4, 5), signal, dtype=np.int16)
        write_series(made / f"b{b:g}", stored, modality="MR", series_uid=UIDS[b], tags=tags)
    t2 = {"SeriesDescription": "t2_tse_tra"}
    write_series(made / "t2", np.full((3, 4, 5), 300, dtype=np.int16), modality="MR", series_uid="1.2.3.90", tags=t2)
    return made


def narrow(host: Any, to: Path) -> None:
    """Make the panel as narrow as a laptop's; nothing may be cut off."""
    from slicer_host.appearance import cut_off

    widget = host.panel("DosePaintingHRS")
    widget.setFixedWidth(360)
    host.settle(50)
    assert cut_off(widget) == []
    assert widget.grab().save(str(to), "PNG")


def frames_row(person: Person) -> Any:
    return person.panel.map.form.inputs.rows["frames"]


def entries(combo: Any) -> list[str]:
    return [combo.itemText(row) for row in range(combo.count)]


def adc_of(person: Person) -> tuple[float, float]:
    image = volumes.image_from(person.panel.map.map.get())
    return float(image.array.min()), float(image.array.max())


def test_b_values_in_series_of_their_own_are_proposed_together(person: Person, host: Any, folder: Path, tmp_path: Path) -> None:
    person.look(folder)
    person.open("map")
    person.host.choose(person.panel.map.form.combo, "adc")
    row = frames_row(person)
    together = "DWI: 3 series: b = 0, 400, 800 s/mm2, ep2d_diff_tra_DYNDIST_b800"
    assert row.combo.currentText == together, entries(row.combo)
    offers = person.panel.map.ui.offersTable
    told = {offers.item(n, 0).text(): offers.item(n, 1).text() for n in range(offers.rowCount)}
    assert told["\u2713 adc"] == "From 3 series: b = 0, 400, 800 s/mm2, ep2d_diff_tra_DYNDIST_b800"
    narrow(host, tmp_path / "together.png")
    assert person.press("make_map") == "ADC made.", person.hint
    assert adc_of(person) == pytest.approx((1000.0, 1000.0), rel=2e-3)


def test_series_are_ticked_one_by_one(person: Person, host: Any, folder: Path, tmp_path: Path) -> None:
    """b = 0 and 400 only; nothing is filled in over the choice to tick, and the state brings the ticks back."""
    person.look(folder)
    person.open("map")
    person.host.choose(person.panel.map.form.combo, "adc")
    row = frames_row(person)
    person.host.choose(row.combo, "Several series ...")
    assert row.list.visible
    assert not row.path.visible
    assert person.reason("make_map").startswith('Choose the series "Frames"')
    for place in range(row.list.count):
        if row.list.item(place).text().partition(":")[0] in {"MR, b = 0", "DWI, b = 400"}:
            row.list.item(place).setCheckState(2)
    person.host.settle(30)
    narrow(host, tmp_path / "ticked.png")
    address = row.given()["frames"].address
    assert address == f"{folder}#{UIDS[0.0]}+{UIDS[400.0]}"
    assert person.press("make_map") == "ADC made.", person.hint
    image = volumes.image_from(person.panel.map.map.get())
    assert any("b = 0, 400 s/mm2" in one for one in image.history)
    kept = row.kept()
    person.host.choose(row.combo, "None")
    assert not row.list.visible
    row.restore(kept, [])
    assert row.given()["frames"].address == address


def test_a_four_dimensional_file_is_chosen(person: Person, host: Any, folder: Path, tmp_path: Path) -> None:
    """No folder was looked through: the file alone is enough."""
    frames = Context().frames(f"{folder}#{'+'.join(UIDS.values())}")
    write_volume(frames, tmp_path / "dwi.nrrd")
    person.open("map")
    person.host.choose(person.panel.map.form.combo, "adc")
    row = frames_row(person)
    person.host.choose(row.combo, "File ...")
    assert row.path.visible
    assert not row.list.visible
    person.host.type(row.path, str(tmp_path / "dwi.nrrd"))
    person.host.settle(30)
    narrow(host, tmp_path / "file.png")
    assert person.reason("make_map") == ""
    assert person.press("make_map") == "ADC made.", person.hint
    assert adc_of(person) == pytest.approx((1000.0, 1000.0), rel=2e-3)
    kept = row.kept()
    person.host.choose(row.combo, "None")
    row.restore(kept, [])
    assert row.given()["frames"].address == str(tmp_path / "dwi.nrrd")


def test_a_file_of_one_image_is_refused_in_words(person: Person, ready_file: Path) -> None:
    person.open("map")
    person.host.choose(person.panel.map.form.combo, "adc")
    row = frames_row(person)
    person.host.choose(row.combo, "File ...")
    person.host.type(row.path, str(ready_file))
    assert "3 dimensions and 1 value per voxel; frames are needed" in person.press("make_map")


@pytest.fixture
def ready_file(folder: Path, tmp_path: Path) -> Path:
    """An image of one volume."""
    write_volume(Context().image(f"{folder}#1.2.3.90"), tmp_path / "t2.nrrd")
    return tmp_path / "t2.nrrd"
