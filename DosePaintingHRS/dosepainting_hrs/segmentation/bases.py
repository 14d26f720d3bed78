"""Which basis a component map belongs to: a component means the same in two tumours only in one shared basis."""

from __future__ import annotations

import re

from ..image import Image

_BASIS = re.compile(r"\bbasis ([0-9a-f]{8,64})\b")


def basis_of(image: Image) -> str:
    """Return the hash of the basis that a map was projected on, as its history tells; empty for a map that is no component."""
    for step in reversed(image.history):
        found = _BASIS.search(step)
        if found:
            return found.group(1)
    return ""
