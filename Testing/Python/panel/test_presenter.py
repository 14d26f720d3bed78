"""What the panel offers in which state of the scene: one row per state."""

from dataclasses import replace

import pytest

from DosePaintingHRSLib.presenter import BUTTONS, Facts, InputFacts, RegionFacts, VolumeFacts, offers

CT = VolumeFacts(name="CT", patient_id="A")
PET = VolumeFacts(name="PET", patient_id="A")
SUV = VolumeFacts(name="SUV", patient_id="A")
GTV = RegionFacts(name="GTVp")
HRS = RegionFacts(name="HRS")
IMAGE = InputFacts(what="the image to make the map from", given=True, volumes=(PET,))
MAP = InputFacts(what="a map", given=True, volumes=(SUV,))
WITHIN = InputFacts(what="the GTV", given=True, regions=(GTV,))
OTHER = InputFacts(what='the region "Other"', optional=True)
READY = Facts(
    folder="/patient",
    listed=4,
    chosen=2,
    rois_chosen=1,
    planning_ct=CT,
    moving=PET,
    gtv=GTV,
    registered=True,
    decided=1,
    map_inputs=(IMAGE,),
    inputs=(MAP, WITHIN, OTHER),
    prescribe_inputs=(MAP, WITHIN),
    exports=(HRS,),
    export_folder="/out",
)


def off(facts: Facts) -> dict[str, str]:
    """Buttons that are off, with the reason that they give."""
    return {name: offer.why_not for name, offer in offers(facts).items() if not offer.enabled}


def test_with_everything_chosen_only_stop_is_off() -> None:
    assert off(READY) == {"stop": "Nothing is running."}


def test_an_empty_panel_asks_for_the_first_thing_of_each_step() -> None:
    empty = Facts(
        map_inputs=(replace(IMAGE, given=False, volumes=()),),
        inputs=(replace(MAP, given=False, volumes=()), WITHIN),
        region_inputs=(InputFacts(what='the region "Region"'),),
        prescribe_inputs=(MAP, replace(WITHIN, given=False, regions=())),
    )
    assert off(empty) == {
        "look": "Choose a DICOM folder first.",
        "load": "Look through a DICOM folder first.",
        "import_rois": "Tick at least one ROI of a structure set.",
        "make_region": 'Choose the region "Region".',
        "register": "Choose the planning CT.",
        "accept": "Register first.",
        "reject": "Register first.",
        "write_case": "Accept or reject a registration first.",
        "make_map": "Choose the image to make the map from.",
        "preview": "Choose a map.",
        "apply": "Choose a map.",
        "prescribe": "Choose the GTV.",
        "export": "Choose the planning CT.",
        "stop": "Nothing is running.",
    }


def test_while_something_runs_only_stop_is_on() -> None:
    reasons = off(replace(READY, running="Making SUV"))
    assert set(reasons) == set(BUTTONS) - {"stop"}
    assert set(reasons.values()) == {"Wait until this is done, or press Stop: Making SUV."}


@pytest.mark.parametrize(
    ("change", "button", "reason"),
    [
        ({"chosen": 0}, "load", "Tick at least one series."),
        ({"rois_unplaced": 1}, "import_rois", "Load the image that the ROIs were drawn on, or choose the planning CT."),
        ({"moving": None}, "register", "Choose the image to be laid on the planning CT."),
        ({"gtv": None}, "register", "Choose the GTV: images are registered in a box round it."),
        ({"gtv": replace(GTV, is_empty=True)}, "register", 'The region "GTVp" is empty.'),
        ({"registered": False}, "accept", "Register first."),
        ({"export_folder": ""}, "write_case", "Choose a folder in the step Export first."),
        ({"map_inputs": (replace(IMAGE, volumes=(replace(PET, problem="PET is 4-D."),)),)}, "make_map", "PET is 4-D."),
        ({"inputs": (replace(MAP, problem="The name is double."), WITHIN)}, "apply", "The name is double."),
        ({"inputs": (MAP, WITHIN, replace(OTHER, optional=False))}, "apply", 'Choose the region "Other".'),
        (
            {"inputs": (MAP, WITHIN, replace(OTHER, given=True, regions=(replace(HRS, is_empty=True),)))},
            "apply",
            'The region "HRS" is empty.',
        ),
        ({"map_problem": "Give a weight."}, "make_map", "Give a weight."),
        ({"parameter_problem": "Give a percentage."}, "apply", "Give a percentage."),
        ({"inputs": (MAP, replace(WITHIN, given=False, regions=()))}, "preview", "Choose the GTV."),
        ({"inputs": (MAP, replace(WITHIN, regions=(replace(GTV, is_empty=True),)))}, "apply", 'The region "GTVp" is empty.'),
        ({"prescribe_problem": "Give a dose."}, "prescribe", "Give a dose."),
        ({"prescribe_inputs": (replace(MAP, volumes=(replace(SUV, problem="SUV is 4-D."),)),)}, "prescribe", "SUV is 4-D."),
        (
            {"prescribe_inputs": (MAP, replace(WITHIN, regions=(replace(GTV, is_empty=True),)))},
            "prescribe",
            'The region "GTVp" is empty.',
        ),
        ({"exports": ()}, "export", "Tick at least one region."),
        ({"exports": (HRS, replace(HRS, name="B", is_empty=True))}, "export", 'The region "B" is empty.'),
        ({"export_folder": ""}, "export", "Choose a folder to export to."),
        ({"identity_problem": "Other patient."}, "export", "Other patient."),
    ],
)
def test_what_is_missing_is_asked_for(change: dict[str, object], button: str, reason: str) -> None:
    assert off(replace(READY, **change))[button] == reason


def test_a_volume_that_did_not_come_from_dicom_hinders_nothing_but_export() -> None:
    reasons = off(
        replace(
            READY,
            planning_ct=replace(CT, from_dicom=False),
            map_inputs=(replace(IMAGE, volumes=(replace(PET, from_dicom=False),)),),
        )
    )
    assert set(reasons) == {"export", "stop"}
    assert 'The volume "CT" did not come from DICOM' in reasons["export"]
