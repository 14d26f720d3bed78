"""What a report may hold."""

import pytest

from dosepainting_hrs.errors import ParameterError
from dosepainting_hrs.report.content import Figure, Table


def test_a_row_with_a_cell_too_many_is_refused() -> None:
    with pytest.raises(ParameterError, match=r'Row 2 of the table "volumes" has 3 cells for 2 columns'):
        Table(header=("region", "volume"), rows=(("GTV", "1 ml"), ("HRS", "1 ml", "again")), caption="volumes")


def test_a_picture_that_is_no_png_is_refused() -> None:
    with pytest.raises(ParameterError, match=r'The picture "HRS" is not a PNG file'):
        Figure(caption="HRS", png=b"GIF89a")
