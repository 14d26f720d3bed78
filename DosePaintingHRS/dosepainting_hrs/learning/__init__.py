"""Learning high-risk subvolumes from a cohort: pooled voxels, the parameter-space scan, and what chance alone would give."""
