"""Segmentation and region methods, one per file; importing the package registers them."""

from . import adaptive as adaptive
from . import closing as closing
from . import difference as difference
from . import drop_islands as drop_islands
from . import fill_holes as fill_holes
from . import fixed_threshold as fixed_threshold
from . import gradient as gradient
from . import histogram_threshold as histogram_threshold
from . import hrs_model as hrs_model
from . import interpolate_slices as interpolate_slices
from . import intersection as intersection
from . import iterative as iterative
from . import local_threshold as local_threshold
from . import majority as majority
from . import margin as margin
from . import opening as opening
from . import percent_max as percent_max
from . import percent_mean as percent_mean
from . import percent_peak as percent_peak
from . import percentile as percentile
from . import reference_ratio as reference_ratio
from . import restrict as restrict
from . import sphere as sphere
from . import staple as staple
from . import union as union
from . import value_window as value_window
