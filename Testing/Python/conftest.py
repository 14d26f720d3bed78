"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# Compiling a kernel or a busy machine makes one example slow, which says nothing about the law that is tested.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")
