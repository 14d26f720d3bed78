"""The extension as Slicer builds and installs it: nothing forgotten, nothing in the wrong place."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from builders.fake_slicer import Asked, configure
from builders.house import ROOT, own_files
from dosepainting_hrs import __version__

MODULE = ROOT / "DosePaintingHRS"
NOT_FOR_SLICER = ("CMakeLists.txt",)
BROUGHT_BY_SLICER = {"numpy", "scipy", "vtk", "simpleitk", "pydicom", "requests"}


def for_slicer() -> set[str]:
    """Return what is kept in the module folder and meant for Slicer, relative to that folder."""
    names = {path.relative_to(MODULE).as_posix() for path in own_files() if path.is_relative_to(MODULE)}
    return {name for name in names if not name.startswith(NOT_FOR_SLICER)}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return configure(tmp_path_factory.mktemp("extension"), "DosePaintingHRS_ADDRESS=")


@pytest.fixture(scope="module")
def installed(asked: Asked) -> Path:
    """The folder that Slicer adds to the Python path."""
    return asked.install()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project with our cmake files and an empty module, and nothing else."""
    project = tmp_path / "small"
    for name in ("CMakeLists.txt", "DosePaintingHRS/CMakeLists.txt", "Testing/CMakeLists.txt"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, project / name)
    for module in ("DosePaintingHRS", "DosePaintingHRSCohort"):
        (project / f"DosePaintingHRS/{module}.py").touch()
    return project


def test_cmake_configures_it_without_a_warning(asked: Asked) -> None:
    assert "Warning" not in asked.log
    assert asked.by_kind["module"] == ["DosePaintingHRS", "DosePaintingHRSCohort"]
    assert asked.by_kind["generic_tests"] == ["TRUE", "TRUE"]
    assert asked.by_kind["end"] == ["config", "pack"]


def test_every_file_on_disk_is_listed_once_as_what_it_is(asked: Asked) -> None:
    scripts, resources = asked.by_kind["script"], asked.by_kind["resource"]
    listed = scripts + resources
    assert sorted(for_slicer() - set(listed)) == []
    assert len(listed) == len(set(listed))
    assert [name for name in scripts if not name.endswith(".py")] == []
    assert [name for name in resources if name.endswith(".py")] == []
    assert scripts[0] == "DosePaintingHRS.py"


def test_nothing_is_installed_that_slicer_does_not_load(asked: Asked) -> None:
    listed = asked.by_kind["script"] + asked.by_kind["resource"]
    assert [name for name in listed if name.startswith(NOT_FOR_SLICER) or "__pycache__" in name] == []


def test_installed_files_keep_their_folders_and_contents(asked: Asked, installed: Path) -> None:
    listed = asked.by_kind["script"] + asked.by_kind["resource"]
    files = {path.relative_to(installed).as_posix(): path for path in installed.rglob("*") if path.is_file()}
    assert sorted(files) == sorted(listed)
    assert [name for name, path in files.items() if path.read_bytes() != (MODULE / name).read_bytes()] == []
    assert "dosepainting_hrs/py.typed" in files
    assert "Resources/requirements.txt" in files


def test_a_new_file_needs_no_line_and_what_an_editor_leaves_is_not_taken(small: Path, tmp_path: Path) -> None:
    new = ["dosepainting_hrs/maps/new.py", "dosepainting_hrs_mrml/a/b.py", "DosePaintingHRSLib/step.py"]
    new += [
        "dosepainting_hrs/py.typed",
        "dosepainting_hrs_mrml/py.typed",
        "Resources/Models/model.json",
        "Resources/UI/Step.ui",
        "Resources/Icons/stop.svg",
    ]
    left = ["Resources/UI/Step.ui~", "dosepainting_hrs/maps/new.py.orig", "another_package/app.py", "build/lib/x.py"]
    left += ["dosepainting_hrs.egg-info/SOURCES.txt", "dosepainting_hrs/__pycache__/a.pyc"]
    for name in new + left:
        (small / "DosePaintingHRS" / name).parent.mkdir(parents=True, exist_ok=True)
        (small / "DosePaintingHRS" / name).touch()
    asked = configure(tmp_path, source=small)
    listed = set(asked.by_kind["script"] + asked.by_kind["resource"])
    assert set(new) - listed == set()
    assert set(left) & listed == set()


def test_a_module_script_that_is_missing_stops_cmake(small: Path, tmp_path: Path) -> None:
    (small / "DosePaintingHRS/DosePaintingHRS.py").unlink()
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        configure(tmp_path, source=small)
    assert "DosePaintingHRS.py" in stopped.value.stderr


def test_ctest_runs_the_module_s_own_tests_where_they_are(asked: Asked, tmp_path: Path) -> None:
    scripts = [Path(one) for one in asked.by_kind["test"]]
    assert scripts == [MODULE / "DosePaintingHRS.py", MODULE / "DosePaintingHRSCohort.py"]
    for script in scripts:
        assert f"class {script.stem}Test(" in script.read_text(encoding="utf-8")
    assert "test" not in configure(tmp_path, "BUILD_TESTING=OFF").by_kind


def test_the_catalogue_is_told_what_is_there(asked: Asked) -> None:
    """As long as no public address exists, files are named by where they lie in the repository."""
    assert "not a medical device" in asked.one("DESCRIPTION")
    assert asked.one("CONTRIBUTORS") == "The DosePaintingHRS developers"
    assert asked.one("DEPENDS") == "NA"
    assert Path(asked.one("LICENSE_FILE")) == ROOT / "LICENSE"
    assert Path(asked.one("README_FILE")) == ROOT / "README.md"
    named = [asked.one("HOMEPAGE"), asked.one("ICONURL"), *asked.one("SCREENSHOTURLS").split(" ")]
    assert len(named) >= 3
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_a_public_address_makes_addresses_of_the_same_files(asked: Asked, tmp_path: Path) -> None:
    published = configure(tmp_path, "DosePaintingHRS_ADDRESS=https://example.org/us/it")
    assert published.one("HOMEPAGE") == "https://example.org/us/it"
    for kind in ("ICONURL", "SCREENSHOTURLS"):
        expected = [f"https://example.org/us/it/raw/HEAD/{name}" for name in asked.one(kind).split(" ")]
        assert published.one(kind).split(" ") == expected


def test_catalogue_entry_says_what_the_catalogue_needs_and_the_same_address() -> None:
    """Keys and values as the catalogue's schema 1.0.1 allows them."""
    entry = json.loads(text_of("Resources/DosePaintingHRS.json"))
    assert {"$schema", "category", "scm_url"} <= set(entry)
    assert set(entry) <= {
        *("$schema", "category", "scm_url", "scm_revision", "scm_type"),
        *("build_dependencies", "build_subdirectory", "enabled", "tier"),
    }
    assert re.search(r"slicer-extension-catalog-entry-schema-v\d+\.\d+\.\d+\.json#$", entry["$schema"])
    assert entry["tier"] in (1, 3, 5)
    address = re.search(r'set\(DosePaintingHRS_ADDRESS "(.*?)" CACHE', text_of("CMakeLists.txt"))
    assert address is not None
    expected = ("git", address.group(1)) if address.group(1) else ("local", ".")
    assert (entry.get("scm_type", "git"), entry["scm_url"].removesuffix(".git")) == expected
    module = text_of("DosePaintingHRS/DosePaintingHRS.py")
    assert f'translate("qSlicerAbstractCoreModule", "{entry["category"]}")' in module


@pytest.mark.parametrize(
    "name",
    ["Resources/DosePaintingHRS.png", *(f"DosePaintingHRS/Resources/Icons/DosePaintingHRS{it}.png" for it in ("", "Cohort"))],
)
def test_icon_is_a_png_of_128_by_128_with_transparency(name: str) -> None:
    head = (ROOT / name).read_bytes()[:26]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height, depth, colour = struct.unpack(">IIBB", head[16:26])
    assert (width, height, depth, colour) == (128, 128, 8, 6)


def test_panel_resources_lie_in_the_module_folder() -> None:
    """Slicer copies a .ui file of the top-level folder to the wrong place and does not install it."""
    assert list((ROOT / "Resources").rglob("*.ui")) == []
    assert list((MODULE / "Resources" / "UI").glob("*.ui")) != []


def test_module_folder_is_no_package() -> None:
    """A package of that name would hide the module's script: Slicer adds the folder to the Python path."""
    assert not (MODULE / "__init__.py").exists()
    assert not (ROOT / "__init__.py").exists()


def test_requirements_never_touch_what_slicer_brings() -> None:
    lines = text_of("DosePaintingHRS/Resources/requirements.txt").splitlines()
    names = {re.split(r"[^\w.-]", line.strip(), maxsplit=1)[0].lower() for line in lines if line.strip() and line[0] != "#"}
    assert names & BROUGHT_BY_SLICER == set()
    dependencies = tomllib.loads(text_of("pyproject.toml"))["project"]["dependencies"]
    ours = {re.split(r"[^\w.-]", word, maxsplit=1)[0].lower() for word in dependencies}
    assert names == ours - BROUGHT_BY_SLICER


def test_version_stands_in_the_library_alone() -> None:
    """That change log and citation say the same is checked with the other project files."""
    project = tomllib.loads(text_of("pyproject.toml"))
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "dosepainting_hrs.__version__"}
    cmake = text_of("CMakeLists.txt") + text_of("DosePaintingHRS/CMakeLists.txt")
    assert __version__ not in cmake


def isolated(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run Python without the variables and folders of this session."""
    command = [sys.executable, "-I", "-B", *options, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("where", ["source", "installed"])
def test_the_library_is_found_with_nothing_but_the_module_folder(where: str, request: pytest.FixtureRequest) -> None:
    """As Slicer finds it: no installation, no metadata of one, not even a folder for packages."""
    folder = MODULE if where == "source" else request.getfixturevalue("installed")
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); import dosepainting_hrs as it; print(it.__version__, it.__file__)"
    done = isolated(code, "-S")
    assert done.stderr == ""
    assert done.stdout.split(" ", 1) == [__version__, str(folder / "dosepainting_hrs" / "__init__.py") + "\n"]


def test_every_module_of_the_installed_library_can_be_imported(installed: Path) -> None:
    names = sorted(path.relative_to(installed).as_posix() for path in (installed / "dosepainting_hrs").rglob("*.py"))
    code = f"""
import importlib, sys
sys.path.insert(0, {str(installed)!r})
for name in {names!r}:
    module = importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    assert module.__file__ == {str(installed)!r} + "/" + name, module.__file__
"""
    done = isolated(code)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(names) > 100
