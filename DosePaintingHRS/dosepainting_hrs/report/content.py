"""What a report says, free of where it came from and of how it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ParameterError

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under a header.

    Parameters
    ----------
    header : tuple of str
        One heading per column; all empty for a table without a header line.
    rows : tuple of tuple of str
        Cells as they are to be read, with their units.
    caption : str
        What the table shows; may be empty.

    Raises
    ------
    ParameterError
        If a row has not one cell per column.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.header):
                raise ParameterError(
                    f'Row {number} of the table "{self.caption}" has {len(row)} cells for {len(self.header)} columns.',
                    "Give one cell per column.",
                )


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture with its caption.

    Parameters
    ----------
    caption : str
        What the picture shows; stands in for it where it cannot be seen.
    png : bytes
        The picture as a PNG file.

    Raises
    ------
    ParameterError
        If the bytes are not a PNG file.
    """

    caption: str
    png: bytes

    def __post_init__(self) -> None:
        if not self.png.startswith(_PNG):
            raise ParameterError(f'The picture "{self.caption}" is not a PNG file.', "Give the bytes of a PNG file.")


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the report under its own heading: text, then figures, then a table.

    Parameters
    ----------
    title : str
        Its heading.
    paragraphs : tuple of str
        Plain text.
    table : Table or None
        Numbers.
    figures : tuple of Figure
        Pictures.
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """One page about one job.

    Parameters
    ----------
    title : str
        What was done.
    patient : str
        Whose data these are, as the reader is to see it.
    created : str
        Date and time.
    software_version : str
        Version of this software.
    sections : tuple of Section
        In reading order.
    subject : str
        What stands before `patient`, where it is about more than one.
    """

    title: str
    patient: str
    created: str
    software_version: str
    sections: tuple[Section, ...]
    subject: str = "Patient"
