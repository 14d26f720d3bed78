"""A cohort: tumours with ordered classes, and where their maps lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from ..conditions import Conditions
from ..errors import InputError
from ..parameters import Field, nearest
from ..records import from_json, read_json_file, require_schema

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class CohortClass:
    """One class of outcome or sensitivity, with the share of its voxels that belongs to the high-risk subvolume."""

    name: Annotated[str, Field("Name of the class, as it stands in the column class.")]
    target_fraction: Annotated[float, Field("Share of its voxels that N_HRS counts, 0 to 1.", minimum=0.0, maximum=1.0)]


BOEKE_CLASSES = (
    CohortClass(name="H", target_fraction=0.0),
    CohortClass(name="M", target_fraction=0.075),
    CohortClass(name="L", target_fraction=0.15),
)
"""Boeke et al. (2023), Methods: high, medium and low radiation sensitivity; a preset, not a default."""


CURVE_KINDS = ("dynamic-pet", "dce")


@dataclass(frozen=True, kw_only=True)
class CurveSettings:
    """Which frames some component maps are made from: those of ``NAME`` give the maps ``NAME_c1`` and ``NAME_c2``."""

    kind: Annotated[str, Field("What the frames are.", choices=CURVE_KINDS)]
    basis: Annotated[str, Field("File of the basis that the maps share, relative to the cohort's folder.")] = ""
    baseline_frames: Annotated[
        int | None, Field("DCE: frames before the arrival of contrast; found when not given.", minimum=1)
    ] = None


@dataclass(frozen=True, kw_only=True)
class CohortSettings:
    """What stands in ``cohort.json`` beside the table."""

    schema: int = SCHEMA
    classes: Annotated[tuple[CohortClass, ...], Field("Classes, from sensitive to resistant.")]
    time_points: Annotated[tuple[str, ...], Field("Names of the time points, in order; empty for one.")] = ()
    bases: Annotated[
        Mapping[str, str], Field("Hash of the basis of components by map name; every map of that name must have it.")
    ] = field(default_factory=dict)
    components: Annotated[
        Mapping[str, CurveSettings], Field("Frames of component maps by the name of their column frames:NAME.")
    ] = field(default_factory=dict)
    conditions: Annotated[Conditions, Field("How the cohort was imaged; a model carries it to the patient.")] = field(
        default_factory=Conditions
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One tumour at one time point.

    Parameters
    ----------
    number : int
        Row in the table, the header being row 1.
    case, patient, group : str
        Its own name, whose it is, and its cell line or institution.
    class_name : str
        Class; may be empty for a row that is excluded.
    time_point : str
        Empty when the cohort has one.
    exclude : bool
        Whether it stays out.
    region : str
        Mask file, relative to the cohort's folder or absolute, with ``#label`` when it holds several.
    maps : mapping of str to str
        Map files by map name; a missing one is absent.
    frames : mapping of str to str
        Frames of component maps by the name of the components: DICOM folder or four-dimensional file.
    tcd50, tcd50_low, tcd50_high : float or None
        Dose that controls half of the tumours of this group, Gy, with its confidence interval.
    scanner : str
        Device; empty when not given.
    """

    number: int
    case: str
    patient: str
    group: str
    class_name: str
    time_point: str = ""
    exclude: bool = False
    region: str = ""
    maps: Mapping[str, str] = field(default_factory=dict)
    frames: Mapping[str, str] = field(default_factory=dict)
    tcd50: float | None = None
    tcd50_low: float | None = None
    tcd50_high: float | None = None
    scanner: str = ""

    @property
    def where(self) -> str:
        """Name the row for a sentence."""
        when = f', time point "{self.time_point}"' if self.time_point else ""
        return f'row {self.number} (case "{self.case}"{when})'


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """A table of tumours with its settings.

    Parameters
    ----------
    path : Path
        The table, or the folder of case files.
    folder : Path
        Where relative paths start.
    settings : CohortSettings
        Classes, time points, bases, conditions.
    rows : tuple of Row
        All rows, excluded ones as well.
    map_names : tuple of str
        Names of all maps, in the order of the columns.
    """

    path: Path
    folder: Path
    settings: CohortSettings
    rows: tuple[Row, ...]
    map_names: tuple[str, ...]

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, from sensitive to resistant."""
        return tuple(one.name for one in self.settings.classes)

    @property
    def time_points(self) -> tuple[str, ...]:
        """Time points in order; one empty name when there is one only."""
        return self.settings.time_points or tuple(dict.fromkeys(row.time_point for row in self.rows))

    def chosen_maps(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the maps asked for in the cohort's own order; all when none is named.

        Raises
        ------
        InputError
            If there is no such map.
        """
        for name in names:
            if name not in self.map_names:
                raise InputError(f'The cohort "{self.path}" has no column "map:{name}".', nearest(name, self.map_names))
        return tuple(name for name in self.map_names if not names or name in names)

    def chosen_time_point(self, name: str) -> str:
        """Return the time point asked for; the only one when none is named.

        Raises
        ------
        InputError
            If there are several and none was named, or there is no such one.
        """
        known = self.time_points
        if not name and len(known) == 1:
            return known[0]
        if name not in known:
            told = f'has no time point "{name}"' if name else f"has {len(known)} time points; which one is meant is not said"
            raise InputError(f'The cohort "{self.path}" {told}.', f"--time-point: {nearest(name, known)}")
        return name

    def included(self, time_point: str) -> tuple[Row, ...]:
        """Return the rows of a time point that are not excluded."""
        return tuple(row for row in self.rows if row.time_point == time_point and not row.exclude)

    def complete(self, time_point: str, maps: tuple[str, ...]) -> tuple[Row, ...]:
        """Return the included rows of a time point that have all these maps."""
        return tuple(row for row in self.included(time_point) if all(name in row.maps for name in maps))

    def require_class_sizes(self, rows: tuple[Row, ...], what: str) -> None:
        """Refuse a cohort in which a class has fewer than two tumours: it has no variance.

        Raises
        ------
        InputError
            If so; the sentence names the class and its rows.
        """
        for name in self.class_names:
            members = [row for row in rows if row.class_name == name]
            if len(members) < 2:
                there = ", ".join(row.where for row in members) or "no row"
                raise InputError(
                    f'Class "{name}" has {len(members)} tumour{"" if len(members) == 1 else "s"} {what}, column "class": '
                    f"{there}; at least two are needed for a variance.",
                    "Add tumours, join classes, or take maps that more tumours have.",
                )

    def with_classes(self, classes: tuple[CohortClass, ...], by_group: Mapping[str, str]) -> Cohort:
        """Return the cohort with other classes, given by group; groups that are not named keep their class."""
        rows = tuple(replace(row, class_name=by_group.get(row.group, row.class_name)) for row in self.rows)
        return replace(self, rows=rows, settings=replace(self.settings, classes=classes))


def require_classes(classes: Sequence[CohortClass], where: str) -> None:
    """Refuse classes that are fewer than two, of one name, or without any target fraction; `where` begins the sentence.

    Raises
    ------
    InputError
        If they are.
    """
    names = [one.name for one in classes]
    if len(names) < 2 or len(set(names)) < len(names) or not all(names):
        raise InputError(
            f"{where} has the classes {', '.join(map(repr, names)) or 'none'}; at least two with different names are needed.",
            "List them from sensitive to resistant.",
        )
    if not any(one.target_fraction for one in classes):
        raise InputError(f"{where} gives every class a target_fraction of 0; the high-risk subvolume would have no voxel.")


def read_settings(path: Path) -> CohortSettings:
    """Read ``cohort.json``.

    Raises
    ------
    InputError
        If it is missing, not valid, names a class twice, or has fewer than two classes.
    """
    if not path.is_file():
        raise InputError(
            f'Beside the cohort table there is no "{path}", which names the classes.',
            'For example {"schema": 1, "classes": [{"name": "no recurrence", "target_fraction": 0.0}, '
            '{"name": "recurrence", "target_fraction": 0.1}]}.',
        )
    where = f'The cohort file "{path}"'
    value = read_json_file(path, "cohort file")
    require_schema(value, SCHEMA, where)
    settings = from_json(CohortSettings, value, where)
    require_classes(settings.classes, where)
    return settings
