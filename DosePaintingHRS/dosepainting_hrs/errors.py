"""The one tree of errors that this software raises at its users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar


class DosePaintingError(Exception):
    """Something a user can understand and mend.

    Parameters
    ----------
    message : str
        One sentence: the subject, what was found, what is needed. Names in quotes, numbers with units.
    hint : str
        What to do about it; may be empty.

    Attributes
    ----------
    code : str
        Class of the error, one word, as it stands in ``--json`` results.
    exit_code : int
        Exit status of the command line for this class.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ParameterError(DosePaintingError):
    """A parameter, option or name that was given is not one of those allowed."""

    code = "parameter"
    exit_code = 2


class InputError(DosePaintingError):
    """An image, region, case or job file cannot be used as it is."""

    code = "input"
    exit_code = 3


class QuantityError(InputError):
    """An image holds another quantity or unit than the method needs."""


class GeometryError(InputError):
    """Two things do not lie on the grid, or inside the volume, that they must share."""


class DicomError(DosePaintingError):
    """A DICOM object is damaged, incomplete, or of a kind or geometry that cannot be used."""

    code = "dicom"
    exit_code = 4


class SeveralSeriesError(DicomError):
    """A folder holds several image series and none was chosen.

    Parameters
    ----------
    message, hint : str
        As for every error.
    folder : str
        The folder.
    listed : sequence of (str, str)
        Modality of each series, and its address with what it is.
    """

    def __init__(self, message: str, hint: str, folder: str, listed: Sequence[tuple[str, str]]) -> None:
        super().__init__(message, hint)
        self.folder, self.listed = folder, tuple(listed)


class UnknownNameError(InputError):
    """A case has no image or region of that name.

    Parameters
    ----------
    message, hint : str
        As of every error.
    name : str
        The name.
    roles : mapping of str to str
        Names of the case's images, with the role of each.
    """

    def __init__(self, message: str, hint: str, name: str, roles: Mapping[str, str]) -> None:
        super().__init__(message, hint)
        self.name, self.roles = name, dict(roles)


class AbsentSeriesError(DicomError):
    """A folder does not hold the series that was asked for."""


class IdentityError(DosePaintingError):
    """Things of different patients or frames of reference were to be combined, or identity is missing."""

    code = "identity"
    exit_code = 5


class DependencyError(DosePaintingError):
    """A package or program that this step needs is not installed."""

    code = "dependency"
    exit_code = 6


class OutputError(DosePaintingError):
    """A result could not be written, exists already, or did not read back as it was written."""

    code = "output"
    exit_code = 7


class Cancelled(DosePaintingError):
    """The caller asked to stop; nothing was written."""

    code = "cancelled"
    exit_code = 130

    def __init__(self, message: str = "Stopped on request; nothing was written.", hint: str = "") -> None:
        super().__init__(message, hint)
