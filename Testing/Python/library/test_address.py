"""What a user's words for an image or region mean."""

from pathlib import Path

import pytest

from dosepainting_hrs.address import PathForm, parse_address, split_named
from dosepainting_hrs.case import Case, CaseImage, CaseRegion, OpenCase
from dosepainting_hrs.errors import InputError, ParameterError


@pytest.fixture
def opened(tmp_path: Path) -> OpenCase:
    (tmp_path / "PET").mkdir()
    (tmp_path / "rt.dcm").touch()
    images = (CaseImage(name="PET", path="PET", series="1.2"),)
    regions = (CaseRegion(name="GTVp", path="rt.dcm", selector="GTV p", image="PET"),)
    return OpenCase(case=Case(images=images, regions=regions), folder=tmp_path)


def test_a_name_of_the_case_wins_over_a_folder_of_that_name(opened: OpenCase, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "PET").mkdir(parents=True)
    assert parse_address("PET", opened, elsewhere).path == tmp_path / "PET"
    assert parse_address("PET", opened, elsewhere).selector == "1.2"
    assert parse_address("./PET", opened, elsewhere).path == elsewhere / "PET"


def test_a_region_of_the_case_brings_its_roi_and_image(opened: OpenCase, tmp_path: Path) -> None:
    address = parse_address("GTVp", opened, tmp_path)
    assert (address.path, address.selector, address.image) == (tmp_path / "rt.dcm", "GTV p", "PET")


def test_the_longest_existing_path_is_taken_before_the_selector(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "a#b.nrrd").touch()
    assert parse_address("a#b.nrrd#2", None, tmp_path).path == tmp_path / "a#b.nrrd"
    assert parse_address("a#b.nrrd#2", None, tmp_path).selector == "2"
    assert parse_address("a#GTV #1", None, tmp_path).selector == "GTV #1"


def test_the_json_form_says_what_the_text_cannot(opened: OpenCase, tmp_path: Path) -> None:
    address = parse_address(PathForm(path="PET", selector="9.9"), opened, tmp_path)
    assert (address.path, address.selector) == (tmp_path / "PET", "9.9")


def test_what_is_not_there_is_named_with_the_nearest_name(opened: OpenCase, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'The case has no "GTVP".*Did you mean "GTVp"'):
        parse_address("GTVP", opened, tmp_path)
    with pytest.raises(InputError, match=r'There is no file or folder ".*nothing.nrrd"'):
        parse_address("nothing.nrrd#1", None, tmp_path)


def test_a_named_address_splits_at_its_first_equals_sign() -> None:
    assert split_named("HRS=a=b.nrrd", "--region") == ("HRS", "a=b.nrrd")
    with pytest.raises(ParameterError, match="--region takes NAME=ADDRESS"):
        split_named("hrs.nrrd", "--region")
