"""The `sim` command with its whole output: in this process, where imports are paid once, or as a process of its own."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

from sim.cli import main

Done = subprocess.CompletedProcess[str]


class _Stream(io.TextIOWrapper):
    """A stream like a pipe: bytes behind text, and no terminal."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)

    def text(self) -> str:
        """What was written."""
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("utf-8")


def run_here(folder: Path, *arguments: str) -> Done:
    """Run `sim` with these arguments in a folder, in this process."""
    out, err = _Stream(), _Stream()
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(list(arguments))
            except SystemExit as leave:
                code = leave.code
    finally:
        os.chdir(before)
    assert isinstance(code, int)
    return Done(arguments, code, out.text(), err.text())


def run_process(folder: Path, *arguments: str) -> Done:
    """Run `python -m sim` with these arguments in a folder, as a process of its own."""
    return subprocess.run([sys.executable, "-m", "sim", *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8", timeout=120)
