"""The `dosepainting-hrs` command."""
