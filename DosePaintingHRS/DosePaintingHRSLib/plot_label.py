"""A picture in the panel that can be clicked, and dragged over; texts are painted by Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import qt

from .plot_picture import Plot, Text

_HEIGHT = 11
Place = tuple[float, float]


class PlotLabel:
    """A label that shows a plot and tells where somebody clicks.

    Parameters
    ----------
    name : str
        Object name of the label.
    new_file : callable
        Gives a path for a temporary file of a name.
    picked : callable
        Called with the pixels where the button was pressed and let go.
    """

    def __init__(self, name: str, new_file: Callable[[str], Path], picked: Callable[[Place, Place], None]) -> None:
        self._new_file = new_file
        self.plot: Plot | None = None
        self.widget = qt.QLabel()
        self.widget.name = name
        self.widget.visible = False
        self.widget.setSizePolicy(qt.QSizePolicy.Fixed, qt.QSizePolicy.Fixed)
        self._clicks = Clicks(picked)
        self.widget.installEventFilter(self._clicks)

    def show(self, plot: Plot | None) -> None:
        """Show a plot; none hides the label."""
        self.plot = plot
        self.widget.visible = plot is not None
        if plot is None:
            return
        self.widget.setPixmap(pixmap_of(plot.pixels, plot.texts, self._new_file("plot.png")))

    def close(self) -> None:
        """Hear no more clicks."""
        self.widget.removeEventFilter(self._clicks)


def pixmap_of(pixels, texts: Iterable[Text], path: Path):
    """Return a picture (height, width, 3), row 0 above, with its texts as a pixmap.

    Parameters
    ----------
    path : Path
        A temporary file that it goes through.
    """
    write_png(pixels, path)
    image = qt.QImage(str(path))
    font = qt.QFont()
    font.setPixelSize(_HEIGHT)
    painter = qt.QPainter()
    painter.begin(image)
    painter.setFont(font)
    for one in texts:
        painter.setPen(qt.QColor(*one.colour))
        painter.drawText(one.x, one.y, one.text)
    painter.end()
    return qt.QPixmap.fromImage(image)


class Clicks(qt.QObject):
    """Hears where somebody presses the mouse in a picture, and where the button is let go."""

    def __init__(self, heard: Callable[[Place, Place], None]) -> None:
        qt.QObject.__init__(self)
        self._heard = heard
        self._pressed: Place | None = None

    def eventFilter(self, _watched, event) -> bool:
        """Tell a press and its release; everything goes on to the label."""
        kind = event.type()
        if kind == qt.QEvent.MouseButtonPress:
            self._pressed = _place_of(event)
        elif kind == qt.QEvent.MouseButtonRelease and self._pressed is not None:
            pressed, self._pressed = self._pressed, None
            self._heard(pressed, _place_of(event))
        return False


def _place_of(event) -> Place:
    # Qt 6 has the one, Qt 5 the other.
    place = event.position() if hasattr(event, "position") else event.pos()
    return float(place.x()), float(place.y())


def write_png(pixels, path: Path) -> None:
    """Write a picture (height, width, 3), row 0 above, as PNG."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    image.SetDimensions(pixels.shape[1], pixels.shape[0], 1)
    flipped = np.ascontiguousarray(pixels[::-1]).reshape(-1, 3)
    image.GetPointData().SetScalars(numpy_to_vtk(flipped, deep=True))
    writer = vtk.vtkPNGWriter()
    writer.SetFileName(str(path))
    writer.SetInputData(image)
    writer.Write()
