"""Where compiled kernels are kept: never where those of other sources are."""

from pathlib import Path

import pytest

from dosepainting_hrs.kernels import jit


def test_a_change_of_any_kernel_file_means_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "caller.py").write_text("one")
    (tmp_path / "step.py").write_text("two")
    before = jit.hash_of_sources(tmp_path)
    assert before == jit.hash_of_sources(tmp_path)
    (tmp_path / "step.py").write_text("three")
    assert jit.hash_of_sources(tmp_path) != before
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    assert jit.cache_directory().name == jit.hash_of_sources(Path(jit.__file__).parent)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert jit.cache_directory() == tmp_path
