"""Quantitative maps, one per file; importing the package registers them."""

from . import suv as suv
