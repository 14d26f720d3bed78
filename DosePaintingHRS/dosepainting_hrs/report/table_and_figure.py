"""Where a step writes its table, and the figure to it where one was asked for."""

from __future__ import annotations

from pathlib import Path

from ..context import Context
from .plots import require_new_figure
from .tables import require_new_table


def table_and_figure(context: Context, table: str, figure: str) -> tuple[Path, Path | None]:
    """Return the new files of a table and of its figure, None without one, refused before any work is done.

    Raises
    ------
    OutputError, DependencyError
        If one exists, has an unknown suffix, or cannot be drawn.
    """
    target = context.new_file(table)
    require_new_table(target)
    picture = context.new_file(figure) if figure else None
    if picture is not None:
        require_new_figure(picture)
    return target, picture
