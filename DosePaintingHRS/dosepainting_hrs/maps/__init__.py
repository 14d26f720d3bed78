"""Quantitative maps, one per file; importing the package registers them."""
