"""The export by the panel is given what the folder says: which series is what, and which registrations were accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.panel_clicks import Person
from builders.programs import run
from dosepainting_hrs.case import read_case
from dosepainting_hrs.identity import FrameTransform
from dosepainting_hrs.phantom.truth import PatientTruth


@pytest.fixture
def looked(ready: Person, patient: PatientTruth) -> Person:
    """The panel after Look, without the child process."""
    ready.panel.looked_folder = str(patient.folder)
    ready.panel.patient.show_inventory(run(["inspect", str(patient.folder)])["inventory"])
    return ready


def test_roles_and_decisions_go_with_an_export(
    looked: Person, patient: PatientTruth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, asked = looked.panel, []
    monkeypatch.setattr(panel, "run", lambda words, what, then: asked.append(([str(one) for one in words], then)))
    panel.register.decisions.add(
        FrameTransform(
            from_frame=patient.mr_frame_of_reference, to_frame=patient.frame_of_reference, who="Dr Yes", reason="fits",
            matrix=tuple(float(one) for one in np.array(patient.mr_to_ct).ravel()), kind="rigid",
        )
    )  # fmt: skip
    panel.export.ui.exportFolderEdit.currentPath = str(tmp_path)
    looked.tick_exports("GTVp")
    panel.export.ui.residualCheck.checked = panel.export.ui.carriedCheck.checked = True
    panel.export.ui.transformCheck.checked = True
    panel.export.ui.byEdit.text, panel.export.ui.reasonEdit.text = "Dr Yes", "looked"
    panel.export.export()
    ((words, then),) = asked
    case = read_case(Path(words[words.index("--case") + 1])).case
    assert {one.role for one in case.images} >= {"planning CT", "PET", "T2"}
    assert {one.series for one in case.images} >= {patient.ct_series, patient.mr_series}
    assert case.way(patient.mr_frame_of_reference, patient.frame_of_reference)
    accepted = [words[number + 1] for number, one in enumerate(words) if one == "--accept"]
    assert accepted == ["residual-shift", "carried-region", "unaccepted-transform"]
    answer: dict[str, Any] = run(words)
    then(answer)
    assert Path(answer["output"]).is_file()
    assert "GTVp" in panel.export.ui.resultBrowser.toPlainText()


def test_a_page_with_the_working_is_written_beside_the_structure_set(ready: Person, host: Any, tmp_path: Path) -> None:
    """The subvolume was made from the SUV map in the panel; its working is on the page of the export."""
    from slicer_host.appearance import cut_off

    ready.press("apply")
    ready.open("export")
    ready.tick_exports("HRS")
    host.click(ready.panel.export.ui.pageCheck)
    widget = host.panel("DosePaintingHRS")
    widget.setFixedWidth(360)
    host.settle(50)
    assert cut_off(widget) == []
    assert widget.grab().save(str(tmp_path / "page.png"), "PNG")
    out = tmp_path / "out"
    out.mkdir()
    told = ready.export_to(out)
    assert f"Written: {out / 'RS_HRS.html'}" in told
    page = (out / "RS_HRS.html").read_text(encoding="utf-8")
    assert "Working of SUVbw (g/ml)" in page
    assert "Reference times that the tags give" in page
    assert "read back ml" in page
