"""Quantitative maps, one per file; importing the package registers them."""

from . import adc as adc
from . import bilateral_filter as bilateral_filter
from . import dce_components as dce_components
from . import dce_curves as dce_curves
from . import deblurring as deblurring
from . import dynamic_pet_components as dynamic_pet_components
from . import gaussian_filter as gaussian_filter
from . import normalise as normalise
from . import ratio as ratio
from . import ratio_frames as ratio_frames
from . import relative_enhancement as relative_enhancement
from . import suv as suv
from . import suv_frames as suv_frames
from . import tofts as tofts
