"""What kind of DICOM object a file is, without reading more than its first tags."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from ..errors import DicomError, InputError

_KINDS = {
    "1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT",
    "1.2.840.10008.5.1.4.1.1.66.4": "SEG",
    "1.2.840.10008.5.1.4.1.1.481.2": "RTDOSE",
    "1.2.840.10008.5.1.4.1.1.481.5": "RTPLAN",
    "1.2.840.10008.5.1.4.1.1.66.1": "registration",
    "1.2.840.10008.5.1.4.1.1.66.3": "deformable registration",
    "1.2.840.10008.5.1.4.1.1.2": "CT slice",
    "1.2.840.10008.5.1.4.1.1.4": "MR slice",
    "1.2.840.10008.5.1.4.1.1.128": "PET slice",
}


def kind_of_file(path: Path) -> str:
    """Return the kind of a DICOM file in words, for example ``"RTSTRUCT"`` or ``"CT slice"``.

    Raises
    ------
    InputError
        If the file is missing or not DICOM.
    DicomError
        If it is damaged.
    """
    if not path.stat().st_size:
        raise InputError(f'"{path}" is empty (0 bytes).', "Check that the file is whole.")
    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID"])
    except InvalidDicomError as error:
        raise InputError(
            f'"{path}" is neither a DICOM file nor a volume file.', "Give a NIfTI, NRRD or MHA file, an RTSTRUCT, or a SEG."
        ) from error
    except (EOFError, ValueError, AttributeError) as error:
        raise DicomError(f'"{path}" is a damaged DICOM file: {error}.', "Export it again from its source.") from error
    uid = header.get("SOPClassUID")
    return _KINDS.get(str(uid), f"object of class {getattr(uid, 'name', 'unknown')}")
