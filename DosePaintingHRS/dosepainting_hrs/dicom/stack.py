"""One image series laid on a regular grid: headers and positions, no pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset

from ..geometry import Geometry
from ..identity import Identity


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """The slices of one series in order along their normal.

    Parameters
    ----------
    files : tuple of Path
        The file of each slice; slices of a multi-frame object share one.
    headers : tuple of Dataset
        One header per slice, without pixels.
    geometry : Geometry
        The grid as stored: x along a row, y down a column, z from first to last slice; LPS mm.
    identity : Identity
        Patient, frame of reference, study, and this series.
    remarks : tuple of str
        Things worth telling that do not hinder loading.
    mappings : tuple of Dataset
        Real World Value Mapping objects that were found beside the slices.
    numbers : tuple of int
        Frame of its file that each slice is, from 0; empty when every file holds one slice.
    instances : tuple of str
        SOPInstanceUIDs of multi-frame objects; empty when every file holds one slice.
    """

    files: tuple[Path, ...]
    headers: tuple[Dataset, ...]
    geometry: Geometry
    identity: Identity
    remarks: tuple[str, ...] = ()
    mappings: tuple[Dataset, ...] = ()
    numbers: tuple[int, ...] = ()
    instances: tuple[str, ...] = ()

    @property
    def first(self) -> Dataset:
        """Header of the first slice, for values that all slices share."""
        return self.headers[0]

    @property
    def sop_instance_uids(self) -> tuple[str, ...]:
        """SOPInstanceUID of every slice, in order; of multi-frame objects, that of each."""
        return self.instances or tuple(str(header.SOPInstanceUID) for header in self.headers)
