"""The steps that end in a page: the demonstration on the synthetic patient, and the self-check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from ..context import Context
from ..errors import Cancelled
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..storage.atomic import new_file, new_folder, require_absent
from . import case_page as _case_page  # noqa: F401
from . import cluster_numbers as _cluster_numbers  # noqa: F401
from . import cohort_apply as _cohort_apply  # noqa: F401
from . import cohort_steps as _cohort_steps  # noqa: F401
from . import cohort_sweep as _cohort_sweep  # noqa: F401
from . import compare as _compare  # noqa: F401  (registers compare, and so on)
from . import deliverability as _deliverability  # noqa: F401
from . import joint_histogram as _joint_histogram  # noqa: F401
from . import look_step as _look_step  # noqa: F401
from . import sweep as _sweep  # noqa: F401
from .demo import Found, run_demo
from .self_check import Check, render_page, run_checks


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """Where everything is, and what was found against the truth."""

    output: str
    case: str
    job_file: str
    rtstruct: str
    report: str
    found: Found


@register_step("demo", DemoResult)
@dataclass(frozen=True, kw_only=True)
class DemoStep(Step):
    """Write a synthetic head-and-neck patient as DICOM, run the whole job on it, and compare with the truth."""

    output: Annotated[str, Field("New folder for patient, results and report."), Argument(metavar="OUT")]
    size: Annotated[str, Field("Size of the synthetic patient.", choices=("full", "small"))] = "full"
    seed: Annotated[int, Field("Draws tumour and noise; the same seed gives the same patient.", minimum=0)] = 1
    parts: Annotated[
        tuple[str, ...],
        Field("Functional imaging to write as well, once for each: dynamic (FMISO PET), dwi, dwi-enhanced, dce."),
        Argument(flags=("--with",), metavar="PART"),
    ] = ()

    def run(self, context: Context) -> DemoResult:
        """Do it all in a folder that appears whole or not at all."""
        target = context.new_folder(self.output)
        size: Literal["full", "small"] = "small" if self.size == "small" else "full"
        with new_folder(target) as folder:
            try:
                found = run_demo(folder, size=size, seed=self.seed, parts=self.parts, progress=context.progress)
            except Cancelled:  # The jobs inside may say that something of them stays; here nothing does.
                raise Cancelled from None
        return DemoResult(
            output=context.told(target),
            case=context.told(target / "case.json"),
            job_file=context.told(target / "job.json"),
            rtstruct=context.told(target / "HRS.dcm"),
            report=context.told(target / "report.html"),
            found=found,
        )


@dataclass(frozen=True, kw_only=True)
class SelfCheckResult:
    """Every core number that was recomputed, and whether all agreed."""

    passed: bool
    output: str
    checks: tuple[Check, ...]


@register_step("self-check", SelfCheckResult)
@dataclass(frozen=True, kw_only=True)
class SelfCheckStep(Step):
    """Recompute the core numbers on built-in phantoms, in under a minute, as a page to sign."""

    output: Annotated[
        str, Field("New HTML page to print and sign."), Argument(flags=("-o", "--output"), metavar="PAGE.HTML")
    ] = ""

    def run(self, context: Context) -> SelfCheckResult:
        """Recompute, and write the page when asked."""
        target = context.new_file(self.output) if self.output else None
        if target is not None:
            require_absent(target)
        checks = run_checks(context.progress)
        if target is not None:
            with new_file(target) as temporary:
                temporary.write_text(render_page(checks, context.when), encoding="utf-8")
        page = context.told(target) if target is not None else ""
        return SelfCheckResult(passed=all(one.passed for one in checks), output=page, checks=checks)
