"""What a patient is to this software: images, regions and transforms, each named once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from .errors import InputError
from .frame_chain import Link, shortest_way
from .identity import FrameTransform, SamePatient
from .parameters import Field, nearest
from .records import from_json, read_json_file, require_schema, to_json
from .storage.atomic import new_file

SCHEMA = 2


@dataclass(frozen=True, kw_only=True)
class CaseImage:
    """An image of the patient."""

    name: Annotated[str, Field("Name by which commands address it.")]
    path: Annotated[str, Field("File or DICOM folder, relative to the case file or absolute.")]
    role: Annotated[str, Field("What it is: planning CT, PET, T2 ...; a role set here by hand wins over the headers.")] = ""
    series: Annotated[str, Field("SeriesInstanceUID, when the folder holds several series.")] = ""


@dataclass(frozen=True, kw_only=True)
class CaseRegion:
    """A region of the patient."""

    name: Annotated[str, Field("Name by which commands address it.")]
    path: Annotated[str, Field("Mask file, RTSTRUCT or SEG, relative to the case file or absolute.")]
    selector: Annotated[str, Field("ROI name, label or segment number.")] = ""
    role: Annotated[str, Field("What it is: GTV, reference, HRS ...; free text.")] = ""
    image: Annotated[str, Field("Name of the case's image that an RTSTRUCT region was drawn on.")] = ""


@dataclass(frozen=True, kw_only=True)
class CaseInCohort:
    """What a case is in a cohort whose table is a folder of case files; the columns of ``cohort.csv``."""

    group: Annotated[str, Field("Cell line, institution: what else the cases of a class may have in common.")]
    class_name: Annotated[str, Field("Class; may be empty when excluded.")] = ""
    patient: Annotated[str, Field("Whose tumour it is; the case's PatientID when not given.")] = ""
    time_point: Annotated[str, Field("Time point; empty when there is one.")] = ""
    exclude: Annotated[bool, Field("Whether it stays out.")] = False
    tcd50: Annotated[float | None, Field("Dose that controls half of the tumours, Gy.")] = None
    tcd50_low: Annotated[float | None, Field("Lower end of its confidence interval, Gy.")] = None
    tcd50_high: Annotated[float | None, Field("Upper end of its confidence interval, Gy.")] = None
    scanner: Annotated[str, Field("Device.")] = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One patient's images, regions, accepted transforms and declared pseudonyms.

    Parameters
    ----------
    images, regions : tuple
        Each with a name that is unique in the case.
    transforms : tuple of FrameTransform
        Transforms between frames of reference, accepted and rejected, each with who decided.
    same_patient : tuple of SamePatient
        Pairs of patient IDs declared to be one person.
    cohort : CaseInCohort or None
        Its class and group, when it is one of a cohort.
    """

    schema: int = SCHEMA
    patient_id: Annotated[str, Field("PatientID of the planning CT.")] = ""
    images: tuple[CaseImage, ...] = ()
    regions: tuple[CaseRegion, ...] = ()
    transforms: tuple[FrameTransform, ...] = ()
    same_patient: tuple[SamePatient, ...] = ()
    cohort: CaseInCohort | None = None

    def __post_init__(self) -> None:
        names = self.names()
        double = sorted({name for name in names if names.count(name) > 1})
        if double:
            raise InputError(
                f'The case uses the name "{double[0]}" more than once.', "Give every image and region its own name."
            )

    def names(self) -> tuple[str, ...]:
        """Return the names of all images and regions."""
        return (*(one.name for one in self.images), *(one.name for one in self.regions))

    def image(self, name: str) -> CaseImage | None:
        """Return the image called `name`, or None."""
        return next((one for one in self.images if one.name == name), None)

    def region(self, name: str) -> CaseRegion | None:
        """Return the region called `name`, or None."""
        return next((one for one in self.regions if one.name == name), None)

    def way(self, from_frame: str, to_frame: str) -> tuple[Link, ...]:
        """Return the accepted transforms that lead from one frame to another; see `shortest_way`."""
        return shortest_way(self.transforms, from_frame, to_frame)

    def hint_for(self, name: str) -> str:
        """Return a hint that proposes the names nearest to one that is not there."""
        return nearest(name, self.names())


@dataclass(frozen=True, kw_only=True)
class OpenCase:
    """A case together with the folder that its relative paths start from."""

    case: Case = field(default_factory=Case)
    folder: Path = field(default_factory=Path)


def read_case(path: Path) -> OpenCase:
    """Read a case file.

    Raises
    ------
    InputError
        If the file is missing or not a valid case.
    """
    value = read_json_file(path, "case file")
    where = f'The case file "{path}"'
    if "steps" in value and "images" not in value:
        raise InputError(f"{where} is a job file: it lists steps.", f'Run it: dosepainting-hrs run "{path}".')
    require_schema(value, SCHEMA, where)
    # Schema 1 is the same without the new fields of transforms, which have defaults.
    value["schema"] = SCHEMA
    return OpenCase(case=from_json(Case, value, where), folder=path.parent)


def write_case(case: Case, path: Path) -> None:
    """Write a case file; never over an existing one.

    Raises
    ------
    OutputError
        If the path exists or cannot be written.
    """
    with new_file(path) as temporary:
        temporary.write_text(json.dumps(to_json(case), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
