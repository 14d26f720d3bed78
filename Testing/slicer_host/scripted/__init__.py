"""The stand-ins for Slicer's own Python files that slicer-core does not bring."""
