"""Stand-in for `slicer.packaging`: checks what is installed for real, and never installs; it keeps what was asked for."""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

# Shared by every copy of this file: tests look here, and may refuse consent or make an installation fail.
RECORD_NAME = "_slicer_host_record"


@dataclass
class InstallRequest:
    """One request to install packages."""

    requirements: tuple[str, ...]
    requester: str
    constraints: str | None


@dataclass
class Record:
    """What modules asked for, and how the user of a test answers."""

    requests: list[InstallRequest]
    consent: bool = True
    failure: str = ""


def record() -> Record:
    """Return the one record of the process."""
    import slicer

    found = getattr(slicer, RECORD_NAME, None)
    if found is None:
        found = Record([])
        setattr(slicer, RECORD_NAME, found)
    return found


def load_requirements(path: str | Path) -> list[Requirement]:
    """Read a requirements file; comment lines, empty lines and options of pip are left out.

    A comment behind a requirement is refused by Slicer, too.
    """
    lines = (line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def _listed(requirements: Any) -> list[Requirement]:
    if isinstance(requirements, str):
        requirements = [requirements] if ";" in requirements else requirements.split()
    if isinstance(requirements, Requirement):
        requirements = [requirements]
    if not isinstance(requirements, list):
        raise TypeError(f"Expected str, Requirement, or list, got {type(requirements).__name__}")
    return [item if isinstance(item, Requirement) else Requirement(item) for item in requirements]


def pip_check(req: Any) -> bool:
    """Say whether all requirements are met by what is installed."""
    return all(_met(item) for item in _listed(req))


def _met(item: Requirement) -> bool:
    if item.marker is not None and not item.marker.evaluate():
        return True
    try:
        return item.specifier.contains(importlib.metadata.version(item.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


def pip_ensure(  # noqa: PLR0917 - Slicer's form
    requirements: Any,
    constraints: str | Path | None = None,
    skip_packages: list[str] | None = None,
    prompt_install: bool = True,
    prompt_restart: bool = True,
    requester: str | None = None,
    skip_in_testing: bool = True,
    show_progress: bool = True,
) -> None:
    """Ask for what is missing and install it after consent; in testing mode Slicer skips this unless told otherwise."""
    import slicer

    del skip_packages, prompt_restart, show_progress
    missing = [item for item in _listed(requirements) if not _met(item)]
    if not missing or (skip_in_testing and slicer.app.testingEnabled()):
        return
    if prompt_install and not record().consent:
        raise RuntimeError("User declined package installation")
    pip_install([str(item) for item in missing], constraints=constraints, requester=requester)


def pip_install(  # noqa: PLR0917 - Slicer's form
    requirements: Any,
    constraints: str | Path | None = None,
    no_deps_requirements: Any = None,
    skip_packages: list[str] | None = None,
    blocking: bool = True,
    show_progress: bool = True,
    requester: str | None = None,
    logCallback: Any = None,
    completedCallback: Any = None,
) -> None:
    """Keep the request; nothing is installed."""
    del no_deps_requirements, skip_packages, blocking, show_progress, logCallback
    kept = record()
    texts = tuple(str(item) for item in _listed(requirements))
    kept.requests.append(InstallRequest(texts, requester or "", None if constraints is None else str(constraints)))
    if kept.failure:
        raise RuntimeError(kept.failure)
    if completedCallback is not None:
        completedCallback(0)


def pip_uninstall(requirements: Any, **_options: Any) -> None:
    """Keep the request; nothing is removed."""
    record().requests.append(InstallRequest(tuple(f"-{item}" for item in _listed(requirements)), "", None))
