"""Images brought onto other grids."""
