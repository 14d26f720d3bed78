"""Measures that compare regions."""
