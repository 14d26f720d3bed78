"""The steps a job can have, one per file; importing the package registers them."""

from . import export_rtstruct, import_rtstruct, inspect, map, segment  # noqa: A004

__all__ = ["export_rtstruct", "import_rtstruct", "inspect", "map", "segment"]
