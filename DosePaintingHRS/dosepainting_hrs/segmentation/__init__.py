"""Segmentation methods, one per file; importing the package registers them."""
