"""Landmarks that a person set on both images: errors by hand."""

from pathlib import Path

import numpy as np
import pytest

from dosepainting_hrs.errors import InputError
from dosepainting_hrs.steps.register_checks import landmark_errors, read_landmarks
from dosepainting_hrs.transform import Transform


def test_errors_before_and_after_by_hand(tmp_path: Path) -> None:
    """Off by (3, 4, 0) at the start: 5 mm. After a shift by (3, 0, 0): 4 mm and, for the second pair, 5 mm."""
    path = tmp_path / "marks.csv"
    path.write_text("fx,fy,fz,mx,my,mz\n3,4,0,0,0,0\n13,4,3,10,0,0\n")
    fixed, moving = read_landmarks(path)
    shift = np.eye(4)
    shift[0, 3] = 3.0
    found = landmark_errors(fixed, moving, Transform(), Transform.of_matrix(shift))
    assert (found.count, found.before_largest_mm) == (2, pytest.approx(np.sqrt(34.0)))
    assert (found.after_mean_mm, found.after_largest_mm) == (pytest.approx(4.5), pytest.approx(5.0))


@pytest.mark.parametrize(
    ("text", "match"),
    [("1,2,3\n", "Line 1 .* has 3 numbers"), ("a,b\n1,2,3,4,5,x\n", "Line 2 .* no number"), ("a,b\n", "holds no landmarks")],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "marks.csv").write_text(text)
    with pytest.raises(InputError, match=match):
        read_landmarks(tmp_path / "marks.csv")
    with pytest.raises(InputError, match="no file of landmarks"):
        read_landmarks(tmp_path / "none.csv")
