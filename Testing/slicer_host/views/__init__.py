"""Slice views and a 3D view, rendered off screen by Slicer's own displayable managers and painted into Qt widgets."""
