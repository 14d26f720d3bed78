"""The page on adding a method: its code runs as it stands, and the command line then knows the method."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from builders.house import ROOT, TESTS

_BLOCK = re.compile(r"^```python (method|test)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# In a process of its own, so that no other test meets the example among the methods.
_RUN = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("dosepainting_hrs.segmentation.above_mean", sys.argv[1])
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
spec.loader.exec_module(module)
names = {}
exec(compile(open(sys.argv[2]).read(), sys.argv[2], "exec"), names)
tests = [name for name in names if name.startswith("test_")]
for name in tests: names[name]()
print("tests", len(tests))
from dosepainting_hrs.cli.main import main
sys.exit(main(["describe", "above-mean"]))
"""


def test_the_example_works_and_the_command_describes_it(tmp_path: Path) -> None:
    blocks = dict(_BLOCK.findall((ROOT / "docs" / "adding-a-method.md").read_text(encoding="utf-8")))
    for kind in ("method", "test"):
        (tmp_path / f"{kind}.py").write_text(blocks[kind], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _RUN, str(tmp_path / "method.py"), str(tmp_path / "test.py")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(TESTS / "Python")},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tests 1\n")
    assert "factor" in done.stdout
    assert "at least this many times the mean" in done.stdout


def test_the_example_keeps_to_the_style_of_the_library(tmp_path: Path) -> None:
    blocks = dict(_BLOCK.findall((ROOT / "docs" / "adding-a-method.md").read_text(encoding="utf-8")))
    example = tmp_path / "above_mean.py"
    example.write_text(blocks["method"], encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    for words in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [*ruff, *words, "--config", str(ROOT / "pyproject.toml"), str(example)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout
