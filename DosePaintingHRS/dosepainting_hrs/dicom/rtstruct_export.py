"""Writing a structure set so that only a file that reads back as it was meant ever appears."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydicom.uid import ImplicitVRLittleEndian

from ..identity import require_same_patient
from ..notes import note
from ..progress import Progress, part, silent
from ..storage.atomic import new_file, require_absent
from .outline import Holes
from .read_back import ReadBack, read_back, require_carried
from .roi_names import LONGEST
from .rtstruct_append import append_regions
from .rtstruct_writer import RegionToWrite, build_structure_set, encode, new_uid, shortened
from .stack import Stack
from .structure_set import read_structure_set


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was written.

    Parameters
    ----------
    path : Path
        The file.
    sop_instance_uid : str
        The new object.
    regions : tuple of ReadBack
        The new regions as they were found in the file.
    remarks : tuple of str
        What is worth telling.
    """

    path: Path
    sop_instance_uid: str
    regions: tuple[ReadBack, ...]
    remarks: tuple[str, ...]


def export_checked(
    stack: Stack,
    regions: Sequence[RegionToWrite],
    path: Path,
    *,
    label: str,
    description: str,
    when: datetime,
    holes: Holes = "keyhole",
    append_to: Path | None = None,
    uid_factory: Callable[[], str] = new_uid,
    progress: Progress = silent,
) -> Exported:
    """Write regions as a structure set under a temporary name, read it back, compare it, and only then give it its name.

    Parameters
    ----------
    stack : Stack
        The planning CT.
    regions : sequence of RegionToWrite
        Masks on its stored grid.
    path : Path
        The new file.
    label, description, when, holes, uid_factory
        As `build_structure_set`.
    append_to : Path or None
        An existing structure set of the same CT, whose regions go unchanged into the new object.
    progress : callable
        Where to report.

    Raises
    ------
    OutputError
        If the path exists or cannot be written, or what was read back differs from what was meant; no file is left then.
    ParameterError, IdentityError, GeometryError, InputError, DicomError
        As `build_structure_set` and `append_regions`.
    """
    require_absent(path)
    progress(0.0, "Outlining regions")
    if append_to is None:
        dataset = build_structure_set(
            stack, regions, label=label, description=description, when=when, holes=holes, uid_factory=uid_factory
        )
    else:
        dataset = append_regions(
            append_to, stack, regions, label=label, description=description, when=when, holes=holes, uid_factory=uid_factory
        )
    with new_file(path) as temporary:
        progress(0.4, "Writing the structure set")
        encode(dataset, temporary)
        progress(0.6, "Reading back")
        found = read_back(temporary, stack, regions, part(progress, 0.6, 0.95))
        if append_to is not None:
            require_carried(temporary, append_to)
        # The last report stands before the file gets its name: who stops here, too, finds nothing written.
        progress(1.0, "Structure set read back")
    remarks = [*shortened(stack), *(_carried(append_to, stack) if append_to is not None else ())]
    if dataset.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian and append_to is None:
        remarks.append(note("Written as Implicit VR Little Endian: a contour is too long for an explicit decimal string."))
    return Exported(path=path, sop_instance_uid=str(dataset.SOPInstanceUID), regions=found, remarks=tuple(remarks))


def _carried(source: Path, stack: Stack) -> Iterator[str]:
    existing = read_structure_set(source)
    yield from require_same_patient(
        existing.identity, stack.identity, what=(f'the structure set "{source}"', "the planning CT")
    )
    names = [roi.name for roi in existing.rois]
    yield note(f"Carried unchanged: {', '.join(names) or 'nothing'}.")
    long = [name for name in names if len(name) > LONGEST]
    if long:
        yield f"Carried names of over {LONGEST} characters, which some planning systems refuse: {', '.join(long)}."
