"""On which scale a map may be divided: shares and ratios need a zero that means nothing is there."""

from __future__ import annotations

from ..errors import InputError, ParameterError, QuantityError
from ..image import Image
from ..quantities import HOUNSFIELD


def require_true_zero(image: Image, what: str) -> None:
    """Refuse a map whose zero is no absence of anything.

    Parameters
    ----------
    image : Image
        The map.
    what : str
        What would be taken of it, ``"a share of the maximum"``.

    Raises
    ------
    QuantityError
        If the map holds CT numbers.
    """
    if image.quantity == HOUNSFIELD:
        raise QuantityError(
            f"The map holds {image.quantity}, of which {what} means nothing: air has -1000, water 0.",
            "Give a map of uptake, SUV for example, or use a fixed threshold.",
        )


def require_above_zero(value: float, image: Image, region: str, statistic: str) -> None:
    """Refuse a statistic of a map that is not above 0.

    Parameters
    ----------
    value : float
        The statistic, in the unit of the map.
    image : Image
        The map.
    region : str
        Name of the region it was taken in.
    statistic : str
        What it is: ``"maximum"``.

    Raises
    ------
    InputError
        If it is 0 or less.
    """
    if not value > 0:
        raise InputError(
            f'The {statistic} of the map in the region "{region}" is {value:.6g} ({image.quantity}); a share of it '
            "makes sense only above 0.",
            "Check that the region lies where the map has uptake, or use a fixed threshold.",
        )


def require_percentage(share: object, name: str = "percent") -> None:
    """Refuse a share, 0 to 1, that was given where a percentage is asked for.

    Raises
    ------
    ParameterError
        If the value lies above 0 and is at most 1; the hint says what was probably meant.
    """
    if isinstance(share, (int, float)) and not isinstance(share, bool) and 0 < share <= 1:
        raise ParameterError(
            f'Parameter "{name}" is a percentage: {share:g} means {share:g} %, not {100 * share:g} %.',
            f"Did you mean {100 * share:g}?",
        )
