"""Volumes on disk with their identity, and files that appear whole or not at all."""
