"""The panel of the Slicer module: one file per step, and a presenter that knows no Qt."""
