"""DosePaintingHRS: from functional images to a dose-painting target that a planning system accepts.

Research software, not a medical device.
"""

__version__ = "0.1.0"
