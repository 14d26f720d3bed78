"""What a person reads of a registration: tables and next steps, never raw Python; and errors that name the cure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from builders.bad_input import Door, Person
from dosepainting_hrs.cli.main import main
from dosepainting_hrs.cli.show_registration import SHOWN_REGISTRATION

Say = Callable[..., str]
RAW = ("[0.", "{'", "None", "True", "False", "matrix:")


@pytest.fixture
def say(door: Door, capsys: pytest.CaptureFixture[str]) -> Say:
    def said(*words: str) -> str:
        assert main(list(words)) == 0, words
        text = capsys.readouterr().out
        assert not [raw for raw in RAW if raw in text], text
        return text

    return said


def test_every_step_from_proposal_to_common_grid_speaks_in_words(say: Say, door: Door, ann: Person) -> None:
    case, gtv = ("--case", str(ann.folder / "case.json")), ("--within", "GTVp")
    pair = ("--fixed", "CT", "--moving", "T2")
    text = say("register", *case, *pair, *gtv, "--samples", "10000", "-o", "t2.tfm")
    assert "nothing found wrong" in text
    assert "t2.tfm" in text
    assert "before," in text
    assert "mm at the centre" in text
    assert "Next: look at it" in text
    assert "look.png (checkerboard)" in say("look", *case, *pair, *gtv, "--transform", "t2.tfm", "-o", "look.png")
    assert "nothing found wrong" in say("transform", "inspect", "t2.tfm")
    assert "Transform written: back.tfm" in say("transform", "invert", "t2.tfm", "-o", "back.tfm")
    assert "not known" in say("transform", "compose", "t2.tfm", "back.tfm", "-o", "round.tfm")
    assert "Transform written: t2.dcm" in say("transform", "convert", "t2.tfm", *case, *pair, "-o", "t2.dcm")
    signed = ("--by", "Dr Yes", "--reason", "looked")
    assert "T2 to CT: rejected" in say("transform", "reject", "t2.tfm", *case, *signed, "--write-case", "no.json")
    assert "Next: give --case yes.json" in say("transform", "accept", "t2.tfm", *case, *signed, "--write-case", "yes.json")
    suv, accepted = str(ann.folder / "suv.nrrd"), ("--case", "yes.json")
    assert "Image written: on.nrrd" in say("resample", "T2", *accepted, "--like", suv, "-o", "on.nrrd")
    together = ("--image", f"SUV={suv}", "--image", "T2=T2", "--region", "GTVp=GTVp", "--same-slices")
    assert "slices" in say("case", "build", "together", *accepted, *together)
    segment = ("segment", "value-window", *accepted, "--map", suv, *gtv, "--low", "4", "-o", "x.nrrd", "--other")
    hint = f"dosepainting-hrs resample T2 --case CASE.JSON --like {suv} -o NEW.nrrd"
    assert hint in door.refused(*segment, "T2", code="identity", match="lies in frame of reference")
    fixed = f"dosepainting-hrs resample CT --case CASE.JSON --like {suv} -o NEW.nrrd"
    assert fixed in door.refused(*segment, "CT", code="input", match="lies on a grid of")
    assert Path("together/case.json").is_file()


def test_a_method_without_a_name_of_its_own_is_told_how_it_is_written(door: Door, ann: Person) -> None:
    words = ("compare", "--map", str(ann.folder / "suv.nrrd"), "--within", str(ann.folder / "gtv.nrrd"), "-o", "out")
    door.refused(*words, "--method", "percent-max percent=41", code="parameter", match="NAME=METHOD PARAMETER=VALUE")


def test_a_deformation_tells_that_its_rigid_start_failed() -> None:
    """By hand: figures of a deformation that pass, from a rigid transform that does not."""
    figures = {"similarity_before": 0.1, "similarity_after": 0.2, "repeatability_mm": 0.3, "tolerance_mm": 1.0, "reasons": []}
    folding = {"minimum": 0.8, "maximum": 1.2, "folding_share": 0.0}
    text = SHOWN_REGISTRATION["register"](
        {
            "quality": {**figures, "passed": False, "reasons": ["Repeats differ."]},
            "deformation": {**figures, "passed": True, "largest_displacement_mm": 4.0, "folding": folding},
            "quality_passed": True,
            "kind": "deformable",
            "engine": "built-in",
            "shift_at_centre_mm": [0.0, 0.0, 0.0],
            "largest_shift_mm": 0.0,
            "rotation_deg": 0.0,
            "landmarks": None,
            "contours": [],
            "pair": "T2 to CT",
            "output": "d.h5",
            "from_frame": "1",
            "to_frame": "2",
            "remarks": [],
        }
    )
    assert "! The rigid transform that it starts from failed its own figure: Repeats differ." in text
