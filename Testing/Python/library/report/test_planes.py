"""The picture itself: decoded again, and looked at where something must be."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from builders.volumes import OTHER_PATIENT, PATIENT, geometry_of, image_of, mask_of
from dosepainting_hrs.errors import IdentityError
from dosepainting_hrs.identity import SamePatient
from dosepainting_hrs.image import Image, Mask
from dosepainting_hrs.quantities import HOUNSFIELD
from dosepainting_hrs.report.cuts import cuts_through
from dosepainting_hrs.report.layout import field_of_view, page_of, windows
from dosepainting_hrs.report.planes import three_planes

GEOMETRY = geometry_of((24, 40, 40), (4.0, 4.0, 5.0), (-78.0, -78.0, -57.5))
CENTRE = (2.0, 2.0, 2.5)
GREEN, CYAN = "#00ff00", "#00ffff"


def ct_of(bright: tuple[slice, slice, slice] | None = None) -> Image:
    """Return a block of water, and a part of it as dense as bone."""
    hu = np.full(GEOMETRY.shape, -100.0)
    if bright is not None:
        hu[bright] = 600.0
    return image_of(hu, GEOMETRY, HOUNSFIELD)


def mask_at(part: tuple[slice, slice, slice], name: str = "GTVp") -> Mask:
    inside = np.zeros(GEOMETRY.shape, dtype=np.bool_)
    inside[part] = True
    return mask_of(inside, GEOMETRY, name=name)


def decoded(png: bytes | None) -> NDArray[np.float64]:
    image = pytest.importorskip("matplotlib.image")
    assert png is not None
    pixels: NDArray[np.float64] = image.imread(io.BytesIO(png))[..., :3]
    return pixels


def panels_of(ct: Image, png: bytes | None, rows: int) -> list[list[NDArray[np.float64]]]:
    """Cut the panels out of the picture: [row][axial, coronal, sagittal], upper row of pixels first."""
    pixels = decoded(png)
    cuts = cuts_through(ct.geometry, CENTRE)
    first = tuple(cut.pixels(ct) for cut in cuts)
    page = page_of(windows(cuts, *field_of_view(cuts, first)), rows=rows)
    height, width, _ = pixels.shape
    return [
        [
            pixels[round((1 - y - h) * height) : round((1 - y) * height), round(x * width) : round((x + w) * width)]
            for x, y, w, h in places
        ]
        for places in page.panels
    ]


def halves(panel: NDArray[np.float64]) -> dict[str, float]:
    """Return mean brightness of the four halves, away from letters at the edges."""
    rows, columns, _ = panel.shape
    grey = panel.mean(axis=2)[rows // 6 : -rows // 6, columns // 6 : -columns // 6]
    middle = (grey.shape[0] // 2, grey.shape[1] // 2)
    return {
        "top": float(grey[: middle[0]].mean()),
        "bottom": float(grey[middle[0] :].mean()),
        "left": float(grey[:, : middle[1]].mean()),
        "right": float(grey[:, middle[1] :].mean()),
    }


LEFT_HALF = (slice(None), slice(None), slice(20, None))
BACK_HALF = (slice(None), slice(20, None), slice(None))
UPPER_HALF = (slice(12, None), slice(None), slice(None))


@pytest.mark.parametrize(
    ("half", "panel", "bright", "dark"),
    [
        (LEFT_HALF, 0, "right", "left"),
        (LEFT_HALF, 1, "right", "left"),
        (BACK_HALF, 0, "bottom", "top"),
        (BACK_HALF, 2, "right", "left"),
        (UPPER_HALF, 1, "top", "bottom"),
        (UPPER_HALF, 2, "top", "bottom"),
    ],
)
def test_each_side_of_the_patient_is_where_a_radiologist_expects_it(
    half: tuple[slice, slice, slice], panel: int, bright: str, dark: str
) -> None:
    ct = ct_of(half)
    found = halves(panels_of(ct, three_planes(ct, None, (), CENTRE), 1)[0][panel])
    assert found[bright] > 0.9
    assert found[dark] == pytest.approx((-100.0 + 160.0) / 400.0, abs=0.05)  # its place in the window of -160 to 240 HU


def places_of(panel: NDArray[np.float64], colour: tuple[float, float, float]) -> NDArray[np.float64]:
    """Return rows and columns of pixels of nearly one colour, as shares of the panel."""
    near = np.abs(panel - colour).max(axis=2) < 0.1
    return np.argwhere(near) / np.array(panel.shape[:2])


def test_outlines_run_along_voxel_edges_in_their_colours_over_both_rows() -> None:
    """Voxels 16 to 23 of 40 are shares 0.4 to 0.6 of a panel that shows the whole grid; in z, 8 to 15 of 24."""
    ct = ct_of()
    gtv = mask_at((slice(8, 16), slice(16, 24), slice(16, 24)))
    overlay = image_of(np.full(GEOMETRY.shape, 1.0), GEOMETRY)
    png = three_planes(ct, overlay, ((gtv, "GTVp", GREEN),), CENTRE)
    for row in panels_of(ct, png, 2):
        for panel, upright in zip(row, ((0.4, 0.6), (1 / 3, 2 / 3), (1 / 3, 2 / 3)), strict=True):
            found = places_of(panel, (0.0, 1.0, 0.0))
            assert found.size
            assert (found[:, 0].min(), found[:, 0].max()) == pytest.approx(upright, abs=0.012)
            assert (found[:, 1].min(), found[:, 1].max()) == pytest.approx((0.4, 0.6), abs=0.012)


def test_the_last_region_lies_on_top() -> None:
    ct, gtv = ct_of(), mask_at((slice(8, 16), slice(16, 24), slice(16, 24)))
    panel = panels_of(ct, three_planes(ct, None, ((gtv, "GTVp", GREEN), (gtv, "HRS", CYAN)), CENTRE), 1)[0][0]
    assert places_of(panel, (0.0, 1.0, 1.0)).size
    assert not places_of(panel, (0.0, 1.0, 0.0)).size


def test_the_map_is_drawn_in_the_second_row_and_is_clear_where_little_is_taken_up() -> None:
    ct = ct_of()
    suv = np.zeros(GEOMETRY.shape)
    suv[:, :, 20:] = 10.0
    rows = panels_of(ct, three_planes(ct, image_of(suv, GEOMETRY), (), CENTRE), 2)
    plain, over = rows[0][0], rows[1][0]
    middle, width = plain.shape[0] // 3, plain.shape[1]
    colourful = np.ptp(over[middle], axis=1) > 0.2
    assert not (np.ptp(plain[middle], axis=1) > 0.2).any()
    assert colourful[int(0.55 * width) : int(0.9 * width)].all()
    cold = slice(int(0.1 * width), int(0.45 * width))
    assert over[middle, cold] == pytest.approx(plain[middle, cold], abs=0.01)


def test_where_the_map_ends_the_ct_stays_grey() -> None:
    """The map covers the patient's right half only."""
    ct = ct_of()
    overlay = image_of(np.full((24, 40, 20), 5.0), geometry_of((24, 40, 20), (4.0, 4.0, 5.0), (-78.0, -78.0, -57.5)))
    over = panels_of(ct, three_planes(ct, overlay, (), CENTRE), 2)[1][0]
    row = over[over.shape[0] // 3]
    assert (np.ptp(row[int(0.1 * len(row)) : int(0.45 * len(row))], axis=1) > 0.2).all()
    assert np.ptp(row[int(0.55 * len(row)) : int(0.9 * len(row))], axis=1).max() < 0.02


def test_same_input_gives_the_same_file() -> None:
    pytest.importorskip("matplotlib")
    ct = ct_of()
    assert three_planes(ct, None, (), CENTRE, title="a") == three_planes(ct, None, (), CENTRE, title="a")
    assert three_planes(ct, None, (), CENTRE, title="a") != three_planes(ct, None, (), CENTRE, title="b")


def test_without_matplotlib_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert three_planes(ct_of(), None, (), CENTRE) is None


def test_a_region_of_another_patient_is_never_drawn() -> None:
    mask = replace(mask_at((slice(8, 16),) * 3), identity=OTHER_PATIENT)
    with pytest.raises(IdentityError, match=r'The region "HRS" belongs to patient "P2", but the planning CT to patient "P1"'):
        three_planes(ct_of(), None, ((mask, "HRS", GREEN),), CENTRE)


def test_a_map_in_another_frame_of_reference_is_never_drawn() -> None:
    moved = replace(PATIENT, frame_of_reference="1.2.3.99")
    overlay = image_of(np.zeros(GEOMETRY.shape), GEOMETRY, identity=moved)
    with pytest.raises(IdentityError, match=r"The map of SUVbw .* lies in frame of reference 1\.2\.3\.99"):
        three_planes(ct_of(), overlay, (), CENTRE)


def test_a_declared_pseudonym_is_drawn() -> None:
    pytest.importorskip("matplotlib")
    mask = replace(mask_at((slice(8, 16),) * 3), identity=OTHER_PATIENT)
    pair = SamePatient(patient_ids=("P1", "P2"), who="A. Physicist", reason="P2 is the study's pseudonym")
    assert three_planes(ct_of(), None, ((mask, "HRS", GREEN),), CENTRE, same=(pair,))
