"""Compiled code on disk: damage of any kind is noticed, said and mended, and the answer is right."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import pytest

from sim.model import compiled
from sim.model.compile_cache import MendingCache

Damage = Callable[[bytes], bytes]


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _one_bit(content: bytes) -> bytes:
    """One bit in the middle of the machine code, which still reads as a file of numba's."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _zeros_at_the_end(content: bytes) -> bytes:
    """As a machine leaves it that lost power."""
    return _half(content).ljust(len(content), b"\0")


def _empty(_: bytes) -> bytes:
    return b""


def _garbage(_: bytes) -> bytes:
    return bytes(range(251, 0, -1))


DAMAGES: dict[str, list[Damage]] = {"nbc": [_empty, _half, _zeros_at_the_end, _garbage, _one_bit], "nbi": [_empty, _half, _garbage]}


@pytest.fixture
def twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A function that is read, or compiled, anew at each call of this one, with its code kept in a folder of its own."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(compiled, "cache_folder", lambda: tmp_path / "cache")
    (tmp_path / "doubling.py").write_text("def twice(number):\n    return 2 * number\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "doubling", raising=False)
    module = importlib.import_module("doubling")

    def anew() -> Any:
        monkeypatch.setattr(MendingCache, "told", False)
        return compiled.compiled.__wrapped__(module.twice)

    return anew


def _from_disk(function: Any) -> bool:
    assert function(21) == 42
    return bool(sum(function.stats.cache_hits.values()))


def test_damaged_code_is_compiled_again_and_said_in_a_line(twice: Callable[[], Any], tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert not _from_disk(twice()) and _from_disk(twice()) and not caplog.records
    for kind, damage in ((kind, damage) for kind, damages in DAMAGES.items() for damage in damages):
        (path,) = (tmp_path / "cache").rglob(f"*.{kind}")
        path.write_bytes(damage(whole := path.read_bytes()))
        assert path.read_bytes() != whole
        assert not _from_disk(twice()), "what is damaged is not used"
        (said,) = caplog.messages
        assert said.startswith(f"compiled code in {path.parent} is damaged (") and said.endswith("); it is compiled again")
        caplog.clear()
        assert _from_disk(twice()) and not caplog.records, "and it is whole from then on"


def test_code_that_cannot_be_kept_costs_time_and_not_the_run(
    twice: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", full)
    with caplog.at_level(logging.WARNING):
        assert not _from_disk(twice())
    (said,) = caplog.messages
    assert "No space left on device" in said and said.endswith("it will be compiled again each time")
