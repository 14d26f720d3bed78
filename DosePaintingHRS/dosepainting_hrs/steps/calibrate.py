"""Calibrate the adaptive threshold on the spheres of a phantom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

from ..address import Where
from ..context import Context
from ..errors import InputError
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..records import to_json
from ..segmentation.adaptive import SphereMeasured
from ..segmentation.calibration import FORMS, CalibratedForm, PhantomSphere, calibrated, measured_sphere, read_spheres
from ..segmentation.reference import reference_of
from ..storage.atomic import new_file, require_absent

_SPREAD = 1.8
"""Contrasts that differ by less than this factor do not determine how the threshold depends on contrast."""


@dataclass(frozen=True, kw_only=True)
class CalibrateResult:
    """What every sphere needed, the coefficients, and how well they do on the spheres themselves."""

    output: str
    background: float
    background_deviation: float
    spheres: tuple[PhantomSphere, ...]
    measured: tuple[SphereMeasured, ...]
    forms: tuple[CalibratedForm, ...]
    remarks: tuple[str, ...]


@register_step("calibrate", CalibrateResult)
@dataclass(frozen=True, kw_only=True)
class CalibrateStep(Step):
    """Fit the adaptive threshold to a phantom with hot spheres, for one scanner and reconstruction.

    The file written holds the measured spheres and the coefficients of both forms; ``segment adaptive --values FILE`` uses it.
    """

    image: Annotated[Where, Field("Image of the phantom."), Argument(flags=("--image",), metavar="IMAGE")]
    reference: Annotated[
        Where,
        Field('Background region on it; "region sphere" draws one.'),
        Argument(flags=("--reference",), metavar="REGION"),
    ]
    spheres: Annotated[
        str,
        Field("Table of the spheres: diameter_mm, x_mm, y_mm, z_mm (CSV, LPS millimetres)."),
        Argument(flags=("--spheres",), metavar="TABLE.CSV"),
    ]
    output: Annotated[str, Field("New file with the calibration."), Argument(flags=("-o", "--output"), metavar="FILE.JSON")]
    form: Annotated[str, Field("Form that the file is for; both are fitted and shown.", choices=FORMS)] = FORMS[0]
    search_mm: Annotated[
        float,
        Field("How far beyond a sphere voxels count; less than the way to the next sphere.", minimum=1.0, maximum=50.0),
        Argument(flags=("--search-mm",), metavar="MM"),
    ] = 8.0

    def run(self, context: Context) -> CalibrateResult:
        """Measure every sphere, fit, and write the file."""
        target = context.new_file(self.output)
        require_absent(target)
        spheres = read_spheres(context.path(self.spheres))
        image = context.image(self.image)
        region = context.region(self.reference, self.image)
        placed = context.place(region, image.geometry, image.identity, what=(f'The region "{region.name}"', "the image"))
        background = reference_of(image, placed.mask)
        context.progress(0.5, "Measuring spheres")
        rows = tuple(measured_sphere(image, one, background.mean, self.search_mm) for one in spheres)
        forms, remarks = [], [*placed.remarks, *context.heard]
        for form in FORMS:
            try:
                forms.append(calibrated(image, spheres, rows, form, self.search_mm))
            except InputError as error:
                if form == self.form:
                    raise
                remarks.append(f"The form {form} was not fitted: {error.message}")
        contrasts = [one.maximum / one.background for one in rows if one.background > 0]
        if contrasts and max(contrasts) < _SPREAD * min(contrasts):
            remarks.append(
                f"The ratio form rests on contrasts from {min(contrasts):.3g} to {max(contrasts):.3g} only, which differ by "
                "the size of the spheres more than by their uptake: measure a second filling, or use the other form."
            )
        chosen = next(one for one in forms if one.form == self.form)
        told = {
            "schema": 1,
            "method": "adaptive",
            "values": {"form": self.form, "calibration": to_json(rows)},
            "coefficients": {"a": chosen.a, "b": chosen.b},
            "spheres": to_json(spheres),
            "image": to_json(image.identity.series),
            "history": list(image.history),
            "job": context.record,
        }
        context.progress(0.9, f"Writing {target.name}")
        with new_file(target) as temporary:
            temporary.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        return CalibrateResult(
            output=context.told(target),
            background=background.mean,
            background_deviation=background.deviation,
            spheres=spheres,
            measured=rows,
            forms=tuple(forms),
            remarks=tuple(remarks),
        )
