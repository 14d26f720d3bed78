"""Quantitative maps, one per file; importing the package registers them."""

from . import normalise as normalise
from . import ratio as ratio
from . import suv as suv
