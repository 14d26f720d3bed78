"""The module `ctk`."""

from __future__ import annotations

import types
from typing import Any

from ..bridge.ui_loader import register_widget
from ..bridge.wrapped import class_for
from . import ctk_choices, ctk_containers, ctk_numbers, ctk_range_slider

_SOURCES = (ctk_choices, ctk_containers, ctk_numbers, ctk_range_slider)


class CtkModule(types.ModuleType):
    """`import ctk`: a class that the stand-in lacks is an AttributeError that says so."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"module 'ctk' has no attribute '{name}' (the stand-in has {', '.join(sorted(self._names))})")


def ctk_module() -> types.ModuleType:
    """Build the module `ctk` and make its widgets known to .ui files."""
    module = CtkModule("ctk", "CTK as Slicer's Python sees it (stand-in).")
    module._names = []  # type: ignore[attr-defined]
    for source in _SOURCES:
        for name, native in vars(source).items():
            if name.startswith("ctk") and isinstance(native, type):
                setattr(module, name, class_for(native))
                module._names.append(name)  # type: ignore[attr-defined]
                register_widget(native, name)
    return module
