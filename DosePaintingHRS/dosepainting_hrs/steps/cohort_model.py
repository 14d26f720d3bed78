"""Write a model file: from a scan, or a published one as a reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

from ..context import Context
from ..errors import InputError, ParameterError
from ..hrs_model import write_model
from ..job import Argument, Step, register_step
from ..learning.model_of import model_of
from ..learning.reference_models import NAMES, reference_model
from ..learning.scan_file import read_scan
from ..parameters import Field
from ..storage.atomic import require_absent
from .cohort_scan import ARRAYS, names_of


@dataclass(frozen=True, kw_only=True)
class CohortModelResult:
    """The model written."""

    output: str
    name: str
    hash: str
    maps: tuple[str, ...]
    reference: bool
    needs: str
    bootstrap_models: int
    summary: str


@register_step("cohort-model", CohortModelResult)
@dataclass(frozen=True, kw_only=True)
class CohortModelStep(Step):
    """Write a model file from a scan: the best subset, or the one that is named. Or write a published model as a reference.

    A model holds maps, units, normalisation, centre, radius, score, what is confounded, and how the cohort was imaged.
    """

    output: Annotated[str, Field("New model file."), Argument(flags=("-o", "--output"), metavar="MODEL.JSON")]
    scan: Annotated[str, Field("Folder of a finished scan."), Argument(flags=("--scan",), metavar="DIR")] = ""
    subset: Annotated[
        str,
        Field("Maps of the subset, with commas; the best when not given."),
        Argument(flags=("--subset",), metavar="A,B,..."),
    ] = ""
    name: Annotated[str, Field("Name of the model.")] = ""
    reference: Annotated[str, Field("Published model instead of a scan.", choices=("", *NAMES))] = ""

    def run(self, context: Context) -> CohortModelResult:
        """Write it."""
        if bool(self.scan) == bool(self.reference):
            raise ParameterError("A model comes from a scan or is a published one.", "Give --scan DIR or --reference NAME.")
        target = context.new_file(self.output)
        require_absent(target)
        if self.reference:
            model = reference_model(self.reference)
        else:
            folder = context.path(self.scan)
            scan = read_scan(folder)
            model = model_of(scan, scan.subset(names_of(self.subset)), read_arrays(folder / ARRAYS), self.name)
        write_model(model, target)
        context.progress(1.0, "Model written")
        return CohortModelResult(
            output=context.told(target),
            name=model.name,
            hash=model.hash,
            maps=model.map_names,
            reference=model.reference,
            needs=model.needs,
            bootstrap_models=len(model.bootstrap_models),
            summary=model.summary,
        )


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays that a scan left for figures and models.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    if not path.is_file():
        raise InputError(f'The scan lacks its arrays, "{path}".', "Scan again into a new folder.")
    try:
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}
    except Exception as error:  # A damaged archive fails in as many ways as there are parts of it.
        raise InputError(f'The scan\'s arrays "{path}" cannot be read: {error}.', "Scan again into a new folder.") from error
