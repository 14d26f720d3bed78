"""Where a step finds its cohort: a table, or a folder of case files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..case import CaseRegion, read_case
from ..context import Context
from ..errors import InputError
from ..learning.cohort import Cohort, Row, read_settings
from ..learning.cohort_table import read_cohort
from ..learning.scan_file import ScanFile
from ..learning.tumours import LoadedTumour, hash_of
from ..storage.volumes import is_volume_file


def open_cohort(context: Context, where: str) -> Cohort:
    """Read a cohort from its table, or from a folder that holds ``cohort.json`` and case files.

    Raises
    ------
    InputError
        If it is neither, or something in it is wrong.
    """
    path = context.path(where)
    if not path.is_dir():
        return read_cohort(path)
    settings = read_settings(path / "cohort.json")
    names = tuple(one.name for one in settings.classes)
    files = sorted({*path.glob("*.case.json"), *path.glob("*/case.json")})
    if not files:
        raise InputError(
            f'The folder "{path}" holds no case files.', "They are called case.json in a folder each, or NAME.case.json."
        )
    frames = tuple(settings.components)
    rows = tuple(_row(file, number, names, frames) for number, file in enumerate(files, 1))
    maps = tuple(dict.fromkeys(name for row in rows for name in row.maps))
    if not maps:
        raise InputError(
            f'No case file in "{path}" names a map.', "Maps are images of a case that are volume files, not DICOM."
        )
    return Cohort(path=path, folder=path, settings=settings, rows=rows, map_names=maps)


def open_scanned(context: Context, scan: ScanFile, where: str) -> Cohort:
    """Read the cohort of a scan from where it was, or from where it is now.

    Raises
    ------
    InputError
        If it is not there, or something in it is wrong.
    """
    if not where and not context.path(scan.cohort).exists():
        raise InputError(f'The cohort of this scan, "{scan.cohort}", is not there.', "Say with --cohort where it is.")
    return open_cohort(context, where or scan.cohort)


def require_scanned(scan: ScanFile, tumours: Sequence[LoadedTumour]) -> None:
    """Refuse tumours that are not those of a scan, voxel by voxel.

    Raises
    ------
    InputError
        If they are not.
    """
    if hash_of(tumours, tuple(scan.classes)) != scan.cohort_hash:
        raise InputError(
            f'The cohort is not the one that was scanned into "{scan.output}": voxels or classes have changed.',
            "Scan it again, or name the cohort as it was with --cohort.",
        )


def _row(file: Path, number: int, classes: tuple[str, ...], frames: tuple[str, ...]) -> Row:
    opened = read_case(file)
    name = file.parent.name if file.name == "case.json" else file.name.removesuffix(".case.json")
    case = opened.case
    member = case.cohort
    where = f'The case file "{file}"'
    if member is None:
        raise InputError(f'{where} has no "cohort".', '"cohort": {"group": "...", "class_name": "...", "exclude": false}.')
    if not member.exclude and member.class_name not in classes:
        raise InputError(f'{where}, "cohort", "class_name", holds "{member.class_name}".', f"There are: {', '.join(classes)}.")
    region = _gtv(case.regions, where)
    return Row(
        number=number,
        case=name,
        patient=member.patient or case.patient_id or name,
        group=member.group,
        class_name=member.class_name,
        time_point=member.time_point,
        exclude=member.exclude,
        region=str(opened.folder.absolute() / region.path) + (f"#{region.selector}" if region.selector else ""),
        maps={
            one.name: str(opened.folder.absolute() / one.path)
            for one in case.images
            if is_volume_file(opened.folder / one.path) and one.name not in frames
        },
        frames={one.name: str(opened.folder.absolute() / one.path) for one in case.images if one.name in frames},
        tcd50=member.tcd50,
        tcd50_low=member.tcd50_low,
        tcd50_high=member.tcd50_high,
        scanner=member.scanner,
    )


def _gtv(regions: tuple[CaseRegion, ...], where: str) -> CaseRegion:
    found = [one for one in regions if one.role.upper() == "GTV"] or list(regions)
    if len(found) != 1:
        raise InputError(f"{where} has {len(found)} regions that could be the tumour.", 'Give exactly one the role "GTV".')
    return found[0]
