"""Stand-in for `slicer.testing`."""

from __future__ import annotations

import sys
import unittest


def exitSuccess() -> None:  # noqa: N802 - Slicer's name
    """Do nothing: the exit code is 0 unless something failed."""


def exitFailure(message: str = "") -> None:  # noqa: N802 - Slicer's name
    """Fail with a message."""
    raise AssertionError(message)


def runUnitTest(path: str | list[str], testname: str) -> None:  # noqa: N802 - Slicer's name
    """Run the tests of a module by its name."""
    sys.path.extend([path] if isinstance(path, str) else path)
    suite = unittest.defaultTestLoader.loadTestsFromName(testname)
    if not unittest.TextTestRunner(verbosity=2).run(suite).wasSuccessful():
        exitFailure()
