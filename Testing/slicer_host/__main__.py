"""``python -m slicer_host panel | self-test | screenshot``, run from the folder Testing."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from . import missing, start

_HERE = Path(__file__).resolve().parent


def find_module(name: str) -> Path:
    """Return the file of a module given by its path, or by its name in this project or among the examples."""
    path = Path(name)
    tops = (_HERE.parent.parent, _HERE / "example")
    for candidate in (
        path,
        *(top / name / f"{name}.py" for top in tops),
        _HERE.parent.parent / "DosePaintingHRS" / f"{name}.py",
    ):
        if candidate.is_file() and candidate.suffix == ".py":
            return candidate.resolve()
    raise SystemExit(
        f'There is no module "{name}": give the path of its .py file, or the name of a folder with a file of that name.'
    )


def self_test(file: Path) -> int:
    """Run the module's own test as ``Slicer --testing`` does: 1 after a failure or an error that escaped from a slot."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    host = start(testing=True)
    try:
        host.load(file)
        import slicer

        slicer.selfTests[file.stem](msec=0)
        host.settle()
    except BaseException:
        logging.exception("The self test of %s failed", file.stem)
        code = 1
    else:
        code = 1 if host.uncaught else 0
        for line in host.uncaught:
            print(f"An error escaped from a slot: {line}", file=sys.stderr)
    host.stop()
    print(f"{file.stem}: {'passed' if code == 0 else 'FAILED'}")
    return code


def screenshot(file: Path, out: Path, *, dark: bool, scale: float, width: int, whole: bool) -> int:
    """Write a picture of the panel, or of the whole window."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    host = start(main_window=whole)
    host.load(file)
    host.settle(50)
    host.picture(out, None if whole else file.stem, dark=dark, scale=scale, width=width)
    host.stop()
    print(out)
    return 0


def panel(file: Path) -> int:
    """Open the panel beside the views for a person."""
    host = start(main_window=True, testing=False)
    host.load(file)
    code = int(host.native_app.exec())
    host.stop()
    return code


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and do what it asks."""
    parser = argparse.ArgumentParser(prog="slicer_host", description="A strict stand-in for the Slicer application.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("panel", "open a panel"),
        ("self-test", "run a module's own test"),
        ("screenshot", "picture of a panel"),
    ):
        one = commands.add_parser(name, help=text)
        one.add_argument(
            "module", nargs="?" if name == "panel" else None, default="DosePaintingHRS", help="a module's name, or its file"
        )
        if name == "screenshot":
            one.add_argument("out", type=Path)
            one.add_argument("--dark", action="store_true")
            one.add_argument("--scale", type=float, default=1.0)
            one.add_argument("--width", type=int, default=0)
            one.add_argument("--window", action="store_true", help="the whole window with the views")
    given = parser.parse_args(arguments)
    if missing():
        raise SystemExit(missing())
    file = find_module(given.module)
    if given.command == "self-test":
        return self_test(file)
    if given.command == "panel":
        return panel(file)
    return screenshot(file, given.out, dark=given.dark, scale=given.scale, width=given.width, whole=given.window)


if __name__ == "__main__":
    sys.exit(main())
