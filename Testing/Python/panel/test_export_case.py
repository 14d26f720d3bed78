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
