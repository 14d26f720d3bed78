"""Prescription rules, one per file: the place for them; nothing is here yet."""
