"""Learning high-risk subvolumes from a cohort: the place for it; nothing is here yet."""
