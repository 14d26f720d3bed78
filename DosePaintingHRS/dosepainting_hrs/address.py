"""How a user names an image or region: a name of the case, or a path with an optional selector."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .case import OpenCase
from .errors import InputError, ParameterError, UnknownNameError


@dataclass(frozen=True, kw_only=True)
class PathForm:
    """The JSON form of an address, for paths and selectors that the text form cannot say."""

    path: str
    selector: str = ""
    image: str = ""


_EXAMPLES = {
    "NAME=FILE": "s0=s0.nrrd",
    "NAME=FRAMES": "A=patient_a/PET",
    "NAME=TYPE": "HRS=GTV",
    "NAME=IMAGE": "ADC=adc.nrrd",
    "NAME=SD": "ADC=30",
}

REGION_FORM = "[NAME=]REGION"
"""How a command says that a region may be given a name, and has one of its own without."""

Where = str | PathForm
"""An address as a job has it: the text form, or the JSON form."""


@dataclass(frozen=True)
class Address:
    """Where an image or region lies.

    Parameters
    ----------
    path : Path
        File or folder, absolute or relative to the working folder.
    selector : str
        SeriesInstanceUID, ROI name, label or segment number; empty when there is only one choice.
    image : str
        Name of the case's image that the region was drawn on; empty when not given.
    name : str
        Name in the case; empty when the address was a path.
    """

    path: Path
    selector: str = ""
    image: str = ""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.path}#{self.selector}" if self.selector else str(self.path)


def parse_address(text: Where, opened: OpenCase | None, folder: Path) -> Address:
    """Find what a text means: a name of the case wins, then the longest existing path, then its selector.

    Parameters
    ----------
    text : str or PathForm
        ``NAME``, ``PATH`` or ``PATH#SELECTOR``; the JSON form is never taken for a name.
    opened : OpenCase or None
        The case whose names count.
    folder : Path
        Where relative paths start.

    Raises
    ------
    InputError
        If nothing exists under that name or path.
    """
    if isinstance(text, PathForm):
        if not (folder / text.path).exists():
            raise InputError(f'There is no file or folder "{folder / text.path}".', "Check the path.")
        return Address(folder / text.path, text.selector, text.image)
    if opened is not None:
        found = opened.case.image(text) or opened.case.region(text)
        if found is not None:
            selector = getattr(found, "series", "") or getattr(found, "selector", "")
            if not (opened.folder / found.path).exists():
                raise InputError(
                    f'The case says that "{text}" is "{opened.folder / found.path}", but there is no such file or folder.',
                    "Correct the path in the case file; it is relative to the case file's folder.",
                )
            return Address(opened.folder / found.path, selector, getattr(found, "image", ""), found.name)
    parts = text.split("#")
    for count in range(len(parts), 0, -1):
        path = folder / "#".join(parts[:count])
        if parts[0] and path.exists():
            return Address(path, "#".join(parts[count:]))
    if opened is not None and "/" not in text and "\\" not in text:
        roles = {one.name: one.role for one in opened.case.images}
        raise UnknownNameError(f'The case has no "{text}", and there is no such file.', opened.case.hint_for(text), text, roles)
    names = "" if opened is not None else " Names of a case need --case."
    raise InputError(
        f'There is no file or folder "{folder / parts[0]}".', f"Check the path; a selector follows after #.{names}"
    )


def named_or_own(text: str, option: str) -> tuple[str, str]:
    """Split `REGION_FORM`; without a name the region has that of its selector, of the case, or of its file.

    Raises
    ------
    ParameterError
        If nothing stands before or after the equals sign.
    """
    if "=" in text:
        return split_named(text, option, REGION_FORM)
    path, sign, selector = text.strip().rpartition("#")
    if sign and selector:
        return selector, text.strip()
    stem = (path or selector).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return (stem.split(".")[0] or stem), text.strip()


def split_named(text: str, option: str, form: str = "NAME=ADDRESS", example: str = "") -> tuple[str, str]:
    """Split ``NAME=ADDRESS``, or what `form` calls it, at its first equals sign; `example` shows how it is written.

    Raises
    ------
    ParameterError
        If there is no equals sign, or nothing before or after it.
    """
    name, equals, address = text.partition("=")
    if not equals or not name.strip() or not address.strip():
        example = example or _EXAMPLES.get(form, "HRS=hrs.nrrd")
        raise ParameterError(f'{option} takes {form}, got "{text}".', f'For example {option} "{example}".')
    return name.strip(), address.strip()
