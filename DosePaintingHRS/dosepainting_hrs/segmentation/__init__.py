"""Segmentation methods, one per file; importing the package registers them."""

from . import fixed_threshold as fixed_threshold
from . import percent_max as percent_max
