"""How several series that make one acquisition are named in an address; free of pydicom, for panels."""

from __future__ import annotations

import os
from collections.abc import Sequence

JOINT = "+"
"""Stands between the SeriesInstanceUIDs of one acquisition in an address: ``FOLDER#UID+UID``."""


def joined(addresses: Sequence[str]) -> str:
    """Return the one address that means several series: the folder that holds all of them, and their UIDs.

    Parameters
    ----------
    addresses : sequence of str
        Each ``FOLDER#SeriesInstanceUID``; at least one.
    """
    folders, uids = zip(*(one.rsplit("#", 1) for one in addresses), strict=True)
    return f"{os.path.commonpath(folders)}#{JOINT.join(uids)}"
