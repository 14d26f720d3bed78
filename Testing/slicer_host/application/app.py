"""`slicer.app`: the application object, in the role of qSlicerApplication."""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

import colorsys
import os
import stat
import sys
from pathlib import Path
from typing import Any, ClassVar

from PySide6 import QtCore, QtGui, QtWidgets

from ..widgets.stored import stored
from .files import qSlicerCoreIOManager
from .modules import qSlicerModuleManager
from .scene import SceneAndLogics


class qSlicerApplication(QtWidgets.QApplication):
    """The one application of the process."""

    startupCompleted = QtCore.Signal()
    mrmlSceneChanged = QtCore.Signal(object)
    pausedRender = QtCore.Signal(bool)
    CPP_SIGNALS: ClassVar[dict[str, str]] = {
        "mrmlSceneChanged(vtkMRMLScene*)": "mrmlSceneChanged(PyObject)",
        "pauseRenderChanged(bool)": "pausedRender(bool)",
    }

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.setApplicationName("Slicer")
        self.setApplicationVersion("5.12.0-stand-in")
        self.setOrganizationName("slicer.org")
        self._core: SceneAndLogics | None = None
        self._layout_manager: Any = None
        self._paused = 0
        self._testing = False
        self._settings: QtCore.QSettings | None = None
        self._io: qSlicerCoreIOManager | None = None
        self._manager = qSlicerModuleManager(self)
        self._exit_code: int | None = None

    temporaryPath = stored(str, "temporaryPath", default="")
    slicerHome = stored(str, "slicerHome", default="")
    defaultScenePath = stored(str, "defaultScenePath", default="")
    cachePath = stored(str, "cachePath", default="")
    extensionsInstallPath = stored(str, "extensionsInstallPath", default="")
    launcherExecutableFilePath = QtCore.Property(str, lambda self: str(Path(self.property("slicerHome")) / "Slicer"))
    slicerUserSettingsFilePath = QtCore.Property(str, lambda self: self._settings.fileName() if self._settings else "")
    mainApplicationName = QtCore.Property(str, lambda _self: "Slicer")
    documentationBaseUrl = QtCore.Property(str, lambda _self: "https://slicer.readthedocs.io/en/latest/")
    revision = QtCore.Property(str, lambda _self: "0")
    majorVersion = QtCore.Property(int, lambda _self: 5)
    minorVersion = QtCore.Property(int, lambda _self: 12)
    os = QtCore.Property(str, lambda _self: sys.platform)
    isInstalled = QtCore.Property(bool, lambda _self: True)
    slicerSharePath = QtCore.Property(str, lambda _self: "share/Slicer-5.12")
    platform = QtCore.Property(str, lambda self: f"{self.property('os')}-{self.property('arch')}")
    startupWorkingPath = QtCore.Property(str, lambda _self: str(Path.cwd()))
    arch = QtCore.Property(str, lambda _self: "amd64")
    isRenderPaused = QtCore.Property(bool, lambda self: self._paused > 0)

    def _open(self, core: SceneAndLogics, home: Path, settings_file: Path) -> None:
        self._core = core
        self.setProperty("slicerHome", str(home))
        QtCore.QSettings.setDefaultFormat(QtCore.QSettings.Format.IniFormat)
        QtCore.QSettings.setPath(QtCore.QSettings.Format.IniFormat, QtCore.QSettings.Scope.UserScope, str(settings_file.parent))
        self._settings = QtCore.QSettings()
        self._settings.setValue("Developer/SelfTestDisplayMessageDelay", 0)
        self._io = qSlicerCoreIOManager(core.scene, lambda: core.logics["Volumes"], self)

    def mrmlScene(self) -> Any:
        return self._core.scene if self._core else None

    def applicationLogic(self) -> Any:
        return self._core.application_logic if self._core else None

    def moduleManager(self) -> Any:
        return self._manager

    def moduleLogic(self, name: str) -> Any:
        return self._core.logics.get(name) if self._core else None

    def layoutManager(self) -> Any:
        return self._layout_manager

    def coreIOManager(self) -> Any:
        return self._io

    def ioManager(self) -> Any:
        return self._io

    def settings(self) -> Any:
        return self._settings

    def userSettings(self) -> Any:
        return self._settings

    def revisionUserSettings(self) -> Any:
        return self._settings

    def testingEnabled(self) -> bool:
        return self._testing

    def pauseRender(self) -> None:
        self._paused += 1
        self._tell_views()

    def resumeRender(self) -> None:
        self._paused = max(0, self._paused - 1)
        self._tell_views()

    def setRenderPaused(self, paused: bool) -> None:
        self.pauseRender() if paused else self.resumeRender()

    def _tell_views(self) -> None:
        self.pausedRender.emit(self._paused > 0)
        if self._layout_manager is not None:
            self._layout_manager._set_paused(self._paused > 0)

    def startupEnvironment(self) -> QtCore.QProcessEnvironment:
        return QtCore.QProcessEnvironment.systemEnvironment()

    def moduleDocumentationUrl(self, name: str) -> str:
        return f"{self.property('documentationBaseUrl')}user_guide/modules/{name.lower()}.html"

    def openUrl(self, url: str) -> bool:
        return bool(QtGui.QDesktopServices.openUrl(QtCore.QUrl(url)))

    def toSlicerHomeAbsolutePath(self, path: str) -> str:
        return str(Path(self.property("slicerHome")) / path)

    def restart(self) -> None:
        self.quit()

    def launchDesigner(self, arguments: list[str]) -> bool:
        return QtCore.QProcess.startDetached("designer", arguments)[0]


def make_home(folder: Path) -> Path:
    """Lay out a folder that looks like an installed Slicer: with ``bin/PythonSlicer``, which runs this very Python."""
    binaries = folder / "bin"
    binaries.mkdir(parents=True, exist_ok=True)
    colors = folder / "share" / "Slicer" / "ColorFiles"
    colors.mkdir(parents=True, exist_ok=True)
    (colors / "GenericColors.txt").write_text(_label_colors(), encoding="utf-8")
    python = binaries / "PythonSlicer"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    launcher = folder / "Slicer"
    launcher.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)
    return folder


def _label_colors() -> str:
    """Return a colour table for labels: neighbouring numbers get hues that lie far apart."""
    rows = ["0 Background 0 0 0 0"]
    for label in range(1, 256):
        red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(label * 0.618034 % 1.0, 0.7, 0.9))
        rows.append(f"{label} Label_{label} {red} {green} {blue} 255")
    return "\n".join(rows) + "\n"


def headless() -> bool:
    """Say whether there is no display, or none wanted."""
    if os.environ.get("QT_QPA_PLATFORM"):
        return os.environ["QT_QPA_PLATFORM"] in ("offscreen", "minimal")
    return sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
