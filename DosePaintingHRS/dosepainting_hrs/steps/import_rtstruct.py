"""Take ROIs of a structure set as masks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from ..address import Where
from ..context import Context
from ..dicom.regions import load_regions
from ..dicom.structure_set import read_structure_set
from ..errors import InputError
from ..image import Mask
from ..job import Argument, Step, register_step
from ..parameters import Field
from ..progress import each, part
from ..storage.atomic import new_folder, require_new_folder
from ..storage.volumes import write_volume


@dataclass(frozen=True, kw_only=True)
class ImportedRegion:
    """One ROI: the mask file it became, whether part of it lies outside the image and is lost, or why it was not taken."""

    name: str
    number: int
    taken: bool
    partial: bool
    output: str
    volume_ml: float
    voxels: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ImportResult:
    """What became of every ROI that was asked for."""

    file: str
    output: str
    patient_id: str
    frame_of_reference: str
    regions: tuple[ImportedRegion, ...]


@register_step("import-rtstruct", ImportResult)
@dataclass(frozen=True, kw_only=True)
class ImportRtstructStep(Step):
    """Rasterise ROIs of an RTSTRUCT to masks (even-odd rule at voxel centres), one ``.nrrd`` per ROI.

    Without --roi all ROIs are taken; those that cannot be are named with the reason.
    """

    file: Annotated[str, Field("Structure set."), Argument(metavar="FILE")]
    image: Annotated[Where, Field("Image that it was drawn on."), Argument(flags=("--image",), metavar="IMAGE")]
    output: Annotated[str, Field("New folder for the masks."), Argument(flags=("-o", "--output"), metavar="DIR")]
    rois: Annotated[tuple[str, ...], Field("ROI to take; may be given again."), Argument(flags=("--roi",), metavar="NAME")] = ()
    fill_gaps: Annotated[bool, Field("Fill slices between contours by shape interpolation; marked in the mask.")] = False

    def run(self, context: Context) -> ImportResult:
        """Rasterise and write all masks, or none."""
        target = context.new_folder(self.output)
        require_new_folder(target)
        file = context.path(self.file)
        structures = read_structure_set(file)
        image = context.stack_or_image(self.image)
        loaded = load_regions(
            structures,
            self.rois or None,
            image,
            fill_gaps=self.fill_gaps,
            same=context.same_patient,
            progress=part(context.progress, 0.1, 0.6),
        )
        if not any(one.mask for one in loaded):
            raise InputError(
                f'None of the ROIs of "{self.file}" could be taken.', " ".join(f"{one.name}: {one.reason}" for one in loaded)
            )
        taken: set[str] = set()
        regions = []
        with new_folder(target) as folder:
            for one in each(loaded, part(context.progress, 0.6, 1.0), "Writing masks"):
                mask: Mask | None = one.mask
                name = f"{_file_name(one.name, taken)}.nrrd" if mask else ""
                if mask:
                    write_volume(mask, folder / name, job=context.record)
                regions.append(
                    ImportedRegion(
                        name=one.name,
                        number=one.number,
                        taken=mask is not None,
                        partial=one.partial,
                        output=context.told(target / name) if mask else "",
                        volume_ml=mask.volume_ml if mask else 0.0,
                        voxels=mask.voxel_count if mask else 0,
                        remarks=one.remarks if mask else (one.reason, *one.remarks),
                    )
                )
        return ImportResult(
            file=context.told(file),
            output=context.told(target),
            patient_id=structures.identity.patient_id,
            frame_of_reference=structures.identity.frame_of_reference,
            regions=tuple(regions),
        )


def _file_name(roi: str, taken: set[str]) -> str:
    """Return a file name for an ROI: what file systems refuse becomes an underscore, doubles get a number."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", roi).strip(" .") or "unnamed"
    if re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", plain):
        plain = f"_{plain}"  # Windows takes these for devices, whatever the suffix.
    name, number = plain, 2
    while name.casefold() in taken:
        name, number = f"{plain}-{number}", number + 1
    taken.add(name.casefold())
    return name
