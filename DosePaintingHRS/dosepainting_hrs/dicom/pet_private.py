"""Private elements that PET scanners write what SUV needs in."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom import Dataset

from .values import number, text


@dataclass(frozen=True)
class PrivateElement:
    """A private element: its group, number within a block, creator, and the word by which Manufacturer names its maker."""

    group: int
    element: int
    creator: str
    maker: str
    name: str

    @property
    def tag(self) -> str:
        """The tag as it is usually written."""
        return f"({self.group:04X},10{self.element:02X})"


GE_DECAY = PrivateElement(0x0009, 0x0D, "GEMS_PETD_01", "GE", "GE's decay reference")
GE_INJECTION = PrivateElement(0x0009, 0x3B, "GEMS_PETD_01", "GE", "GE's injection")
PHILIPS_SUV = PrivateElement(0x7053, 0x00, "Philips PET Private Group", "PHILIPS", "Philips' SUV scale factor")
PHILIPS_ACTIVITY = PrivateElement(0x7053, 0x09, "Philips PET Private Group", "PHILIPS", "Philips' activity scale factor")
_FIRST_BLOCK, _BLOCKS = 0x10, range(0x10, 0x100)


def find(header: Dataset, element: PrivateElement) -> tuple[int, bool] | None:
    """Find where a private element stands.

    Parameters
    ----------
    header : Dataset
        Header of one slice.
    element : PrivateElement
        What to look for.

    Returns
    -------
    int, bool
        Its tag, in whichever block its creator has reserved, and True; or, when its usual block has no creator at all but
        Manufacturer names its maker, the usual tag and False. None when it is not there.
    """
    # Only the creators that are there: asking for all 240 that may be takes a tenth of a second for 60 frames.
    creators = sorted(int(tag) & 0xFFFF for tag in header.keys() if tag >> 16 == element.group and tag & 0xFFFF in _BLOCKS)  # noqa: SIM118
    for block in creators:
        if text(header, element.group << 16 | block) == element.creator:
            tag = element.group << 16 | block << 8 | element.element
            return (tag, True) if text(header, tag) else None
    usual = element.group << 16 | _FIRST_BLOCK << 8 | element.element
    words = text(header, "Manufacturer").upper().replace(",", " ").split()
    if text(header, usual) and not text(header, element.group << 16 | _FIRST_BLOCK) and element.maker in words:
        return usual, False
    return None


def private_text(header: Dataset, element: PrivateElement) -> str | None:
    """Return a private element as text; None when it is absent or empty."""
    found = find(header, element)
    return text(header, found[0]) or None if found else None


def private_number(header: Dataset, element: PrivateElement) -> float | None:
    """Return a private element as a number; None when it is absent, empty or malformed."""
    found = find(header, element)
    return number(header, found[0]) if found else None


def without_creator(header: Dataset) -> tuple[str, ...]:
    """Say which private elements are taken because of Manufacturer alone."""
    told = []
    for one in (GE_DECAY, GE_INJECTION, PHILIPS_SUV, PHILIPS_ACTIVITY):
        found = find(header, one)
        if found and not found[1]:
            maker = text(header, "Manufacturer")
            told.append(
                f'{one.name} {one.tag} stands in a block without creator; it was taken because Manufacturer is "{maker}".'
            )
    return tuple(told)
