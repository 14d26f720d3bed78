"""Undoing what a scanner does to an image: smoothing noise, deblurring, on plain arrays with spacings in mm."""
