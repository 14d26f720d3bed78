"""The steps a job can have, one per file; importing the package registers them."""

from . import calibrate as calibrate
from . import case_build as case_build
from . import cohort_build as cohort_build
from . import cohort_check as cohort_check
from . import cohort_classes as cohort_classes
from . import cohort_cluster as cohort_cluster
from . import cohort_components as cohort_components
from . import cohort_demo as cohort_demo
from . import cohort_model as cohort_model
from . import cohort_power as cohort_power
from . import cohort_scan as cohort_scan
from . import component_basis as component_basis
from . import export_rtstruct as export_rtstruct
from . import import_rtstruct as import_rtstruct
from . import indices as indices
from . import inspect as inspect
from . import map as map  # noqa: A004
from . import prescribe as prescribe
from . import region as region
from . import register as register
from . import resample as resample
from . import segment as segment
from . import transforms as transforms
