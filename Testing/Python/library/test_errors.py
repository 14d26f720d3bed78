"""One tree of errors; the exit codes are a promise to scripts."""

import pytest

from dosepainting_hrs import errors


@pytest.mark.parametrize(
    ("name", "code", "exit_code"),
    [
        ("ParameterError", "parameter", 2),
        ("InputError", "input", 3),
        ("QuantityError", "input", 3),
        ("UnknownNameError", "input", 3),
        ("GeometryError", "input", 3),
        ("DicomError", "dicom", 4),
        ("AbsentSeriesError", "dicom", 4),
        ("SeveralSeriesError", "dicom", 4),
        ("IdentityError", "identity", 5),
        ("DependencyError", "dependency", 6),
        ("OutputError", "output", 7),
        ("Cancelled", "cancelled", 130),
    ],
)
def test_each_class_has_its_code(name: str, code: str, exit_code: int) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, errors.DosePaintingError)
    assert (kind.code, kind.exit_code) == (code, exit_code)


def test_every_class_is_listed_above() -> None:
    kinds = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.DosePaintingError)}
    assert len(kinds) == 13


def test_it_reads_as_the_sentence_and_the_hint() -> None:
    assert str(errors.InputError("There is no file.", "Check the path.")) == "There is no file. Check the path."
    assert str(errors.InputError("There is no file.")) == "There is no file."
    assert str(errors.Cancelled()) == "Stopped on request; nothing was written."
