"""Starting and stopping the host, loading a module into it, and clicking in its panel."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
import time
import types
from pathlib import Path
from typing import Any

import slicer
import slicer.util
from PySide6 import QtCore, QtWidgets

from . import appearance
from .application import scene as scenes
from .application import stand_ins
from .application.app import headless, make_home, qSlicerApplication
from .application.modules import qSlicerLoadableModule, qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget
from .bridge import connections
from .bridge.module import qt_module
from .bridge.ui_loader import register_widget
from .bridge.values import unwrap, wrap
from .bridge.wrapped import class_for
from .clicks import Clicks
from .widgets.ctk_module import ctk_module

_current: list[Host] = []
_ROUNDS = 3
"""How often Qt gets its turn at the least while a test lets time pass."""


class Host(Clicks):
    """The running stand-in: the scene, the modules, the panel and the views.

    Attributes
    ----------
    scene : vtkMRMLScene
    uncaught : list of str
        One line per error that escaped from a slot since the start, or since `forget_errors`.
    """

    def __init__(self, *, views: bool, main_window: bool, testing: bool) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="slicer-host-"))
        if headless():
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
            os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
        self.native_app = _application()
        home = make_home(self._folder / "home")
        temporary = self._folder / "temporary"
        temporary.mkdir()
        self._core = scenes.build(str(home), str(temporary))
        self.scene = self._core.scene
        self.native_app._open(self._core, home, self._folder / "settings" / "Slicer.ini")
        self.native_app.setProperty("temporaryPath", str(temporary))
        self.native_app._testing = testing
        self._window: Any = None
        self._undo = connections.count_errors_of_observers()
        self._announce()
        if views:
            from .views.layout_manager import qSlicerLayoutManager

            self.native_app._layout_manager = qSlicerLayoutManager(self._core, self.native_app)
        if main_window:
            from .window import qSlicerMainWindow

            self._window = qSlicerMainWindow(self.native_app)

    def _announce(self) -> None:
        """Put the names that modules import into place."""
        stand_ins.hide_what_slicer_lacks()
        sys.modules["qt"] = qt_module()
        sys.modules["ctk"] = ctk_module()
        for name in ("modules", "moduleNames"):
            module = types.ModuleType(f"slicer.{name}")
            sys.modules[f"slicer.{name}"] = module
            setattr(slicer, name, module)
        slicer.mrmlScene = self.scene
        slicer.app = wrap(self.native_app)
        slicer.selfTests = {}
        _announce_widgets()
        manager = self.native_app._manager
        for name, logic in self._core.logics.items():
            manager._add(qSlicerLoadableModule(name, logic, manager))
        stand_ins.install_python_modules()

    @property
    def app(self) -> Any:
        return slicer.app

    @property
    def uncaught(self) -> list[str]:
        return connections.uncaught

    def forget_errors(self) -> None:
        connections.uncaught.clear()

    def load(self, file: str | Path) -> Any:
        """Load a scripted module from its file, as the application does at its start; return its panel's Python object.

        The panel is built with a parent, `setup` and `enter` are called, and it is shown.
        """
        path = Path(file).resolve()
        module = self.native_app._manager._add_scripted(path)
        # Modules wait for the end of the start to register samples and the like; each hears it once.
        self.native_app.startupCompleted.emit()
        connections.disconnect(self.native_app, "startupCompleted()", None)
        return self.open_panel(module._module_name)

    def open_panel(self, name: str) -> Any:
        """Bring a loaded module's panel to the front."""
        module = self.native_app._manager.module(name)
        if not isinstance(module, qSlicerScriptedLoadableModule):
            raise LookupError(f'No scripted module "{name}" is loaded.')  # noqa: TRY004 - nothing of a wrong type was given
        widget = module.widgetRepresentation()
        if self._window is not None:
            self._window._show_panel(widget)
        else:
            widget.show()
        widget.enter()
        self.settle()
        return widget.self()

    def unload(self, name: str) -> None:
        """Unload a module: its panel's `cleanup` is called, its widgets go."""
        if self._window is not None:
            self._window._show_panel(None)
        self.native_app._manager._unload(name)
        self.settle()

    def panel(self, name: str) -> Any:
        """Return the native widget of a module's panel, for pictures and for QTest."""
        return self.native_app._manager.module(name).widgetRepresentation()

    def native(self, widget: Any) -> Any:
        """Return the PySide object behind a wrapped one."""
        return unwrap(widget)

    @property
    def layout_manager(self) -> Any:
        return self.native_app._layout_manager

    @property
    def window(self) -> Any:
        return self._window

    def settle(self, milliseconds: int = 0) -> None:
        """Let Qt handle what waits, including deferred deletions; for some time, and then in a few rounds at the least.

        On a busy machine one round may take all the time, and what it asks for, layouts say, comes with the next.
        """
        end, rounds = time.monotonic() + milliseconds / 1000, 0
        while True:
            self.native_app.processEvents()
            self.native_app.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
            rounds += 1
            if time.monotonic() >= end and (milliseconds == 0 or rounds >= _ROUNDS):
                return
            time.sleep(0.002)

    def wait_for(self, condition: Any, seconds: float = 10.0, what: str = "") -> None:
        """Let Qt work until a condition holds, or fail."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what or 'The condition'} did not come true within {seconds:g} s.")
            self.settle(5)

    def close_scene(self) -> None:
        """Close the scene as File / Close scene does."""
        self.scene.Clear(0)
        self.settle()

    def picture(self, file: str | Path, widget: Any = None, **look: Any) -> Path:
        """Write a PNG of a widget, a panel's name or (by default) the whole window; see `appearance.picture`."""
        if isinstance(widget, str):
            widget = self.panel(widget)
        target = unwrap(widget) if widget is not None else self._window
        return appearance.picture(self.native_app, target, Path(file), **look)

    def stop(self) -> None:
        """Unload everything and let go of VTK and Qt in an order that ends quietly."""
        if self not in _current:
            return
        _current.remove(self)
        self._undo()
        manager = self.native_app._manager
        for name, module in list(manager._modules.items()):
            if isinstance(module, qSlicerScriptedLoadableModule):
                self.unload(name)
        self.scene.Clear(0)  # while the views still live: their displayable managers let go of what they show
        if self.native_app._layout_manager is not None:
            self.native_app._layout_manager._close()
        for module in list(manager._modules.values()):
            manager._unload(module._module_name)
        for widget in QtWidgets.QApplication.topLevelWidgets():
            widget.hide()
            widget.deleteLater()
        self.settle()
        self.native_app._layout_manager = None
        self._window = None
        self._core.close()
        self.native_app._core = None
        connections.uncaught.clear()
        stand_ins.forget()
        for name in ("app", "mrmlScene"):
            if hasattr(slicer, name):
                delattr(slicer, name)
        gc.collect()
        shutil.rmtree(self._folder, ignore_errors=True)


def _application() -> qSlicerApplication:
    existing = QtWidgets.QApplication.instance()
    if existing is None:
        return qSlicerApplication([sys.argv[0]])
    if not isinstance(existing, qSlicerApplication):
        raise RuntimeError("A QApplication of another kind runs in this process; the host must start first.")  # noqa: TRY004 - a state, not a type
    return existing


def _announce_widgets() -> None:
    from .widgets import mrml_base, mrml_combo, mrml_numbers, mrml_segments

    for source in (mrml_base, mrml_combo, mrml_numbers, mrml_segments):
        for name, native in vars(source).items():
            if name.startswith(("qMRML", "qSlicer")) and isinstance(native, type):
                setattr(slicer, name, class_for(native))
                register_widget(native, name)
    for kind in (qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget, qSlicerLoadableModule, qSlicerApplication):
        setattr(slicer, kind.__name__, class_for(kind))


def start(*, views: bool = False, main_window: bool = False, testing: bool = True) -> Host:
    """Start the host.

    Parameters
    ----------
    views : bool
        Make three slice views and a 3D view; otherwise `slicer.app.layoutManager()` is None, as without a main window.
    main_window : bool
        Make a main window with the panel beside the views; otherwise `slicer.util.mainWindow()` is None.
    testing : bool
        What `slicer.app.testingEnabled()` says.

    Returns
    -------
    Host
    """
    if _current:
        raise RuntimeError("The host runs already in this process: stop it first.")
    host = Host(views=views or main_window, main_window=main_window, testing=testing)
    _current.append(host)
    atexit.register(host.stop)
    return host
