"""What the Cohort panel offers in which state, and why a button is off; free of Qt and MRML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .presenter import Offer


@dataclass(frozen=True, kw_only=True)
class CohortFacts:
    """What the offers depend on.

    Parameters
    ----------
    running : str
        What runs; empty when nothing does.
    cohort : str
        The cohort's file; empty when none is chosen.
    is_checked : bool
        Whether it was looked through and nothing stands in the way.
    problem : str
        What stands in the way, from the check.
    output : str
        Folder for the results; empty when none is chosen.
    is_unfinished : bool
        Whether that folder holds a scan that was interrupted.
    is_finished : bool
        Whether it holds a finished scan.
    has_result : bool
        Whether a scan is shown.
    """

    running: str = ""
    cohort: str = ""
    is_checked: bool = False
    problem: str = ""
    output: str = ""
    is_unfinished: bool = False
    is_finished: bool = False
    has_result: bool = False


def cohort_offers(facts: CohortFacts) -> Mapping[str, Offer]:
    """Return what is offered, by name: check, scan, open, show, model, report, stop."""
    busy = f"{facts.running}: wait for it, or stop it." if facts.running else ""
    no_cohort = "" if facts.cohort else "Choose the cohort first."
    unchecked = "" if facts.is_checked else facts.problem or "Check the cohort first."
    no_folder = "" if facts.output else "Choose a folder for the results."
    there = "This folder holds a finished scan: choose another, or open it." if facts.is_finished else ""
    not_there = "" if facts.is_finished else "This folder holds no finished scan."
    no_result = "" if facts.has_result else "Scan first, or open a finished scan."
    why = {
        "check": busy or no_cohort,
        "scan": busy or no_cohort or unchecked or no_folder or there,
        "open": busy or no_folder or not_there,
        "show": busy or no_result,
        "model": busy or no_result,
        "report": busy or no_result,
        "stop": "" if facts.running else "Nothing runs.",
    }
    return {name: Offer(enabled=not reason, why_not=reason) for name, reason in why.items()}
