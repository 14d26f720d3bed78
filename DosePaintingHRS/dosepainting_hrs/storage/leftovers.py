"""Temporary files and folders of processes that were killed: told by their names, and removed once the process is gone."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

_NAME = re.compile(r"\.partial-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}-")


def temporary_beside(path: Path) -> Path:
    """Return a path beside another one for what is being made; it says which process of which machine makes it."""
    # The suffix stays last: writers choose the format by it.
    return path.with_name(f".partial-{_machine()}-{os.getpid()}-{uuid.uuid4().hex[:8]}-{path.name}")


def remove_leftovers(folder: Path) -> None:
    """Remove what processes of this machine that run no more were making in a folder.

    What another machine, or a container beside this one, is making is left alone, whether it runs or not: its processes cannot
    be seen from here. So is what was begun before this machine was started, and everything on Windows, which cannot be asked
    for a process without risk to it.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            named = _NAME.match(entry.name)
            if named is None or named[1] != _machine() or _is_running(int(named[2])):
                continue
            with suppress(OSError):
                shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else Path(entry.path).unlink()


@cache
def _machine() -> str:
    """Return eight letters that stand for this machine since its start, and for the container whose processes are seen here.

    Copies of a machine share its name and number; no two share the number of their start, which Linux draws.
    """
    facts = [platform.node()]
    if sys.platform == "linux":
        with suppress(OSError):
            facts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
        with suppress(OSError):
            facts.append(str(Path("/proc/self/ns/pid").readlink()))
    else:
        facts.append(f"{uuid.getnode():x}")
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:8]


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # It is another user's, or no number of a process.
        return True
    return True
