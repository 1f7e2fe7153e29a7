"""Pictures, drawn in this process and, where a second core is free, in another beside it.

Loading the drawing library and drawing take longer than a usual simulation. So `drawing_beside` starts a second process early. It loads
the library while we simulate, then gets the summary, draws from the last figure backwards and hands over what it has drawn. We draw from
the first onwards until we meet, and we write all files. So whatever the second process does or fails to do, we need nothing of it:
what it has not drawn we draw ourselves, and if drawing fails, it fails here too, where the error is told.
"""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, Literal, NoReturn, Protocol, cast

from sim.cli.output import progress_bar
from sim.cores import cores

_KINDS: Final[tuple[Literal["svg", "png"], ...]] = ("svg", "png")
_LENGTH: Final = 8
"""Bytes in which the length of the summary is sent."""
_LOW_PRIORITY: Final = 19
"""The niceness of the second process: the lowest, so it takes a core that is free and nothing of one that is busy."""


class _Figures(Protocol):
    """A module that draws figures: `sim.figures`, `sim.figures.comparison` or `sim.figures.sweep`."""

    FIGURES: Mapping[str, Any]
    """The file stem of each figure, in their order."""

    @staticmethod
    def drawn(stem: str, summary: Any) -> Any:
        """A figure; None if it makes no sense for this summary."""


class Beside:
    """A second process that draws the figures of a module. Until it is started, nothing is received."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._received: dict[str, dict[str, bytes]] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process, which first loads the drawing library."""
        program = f"import sys; sys.path[:] = {sys.path!r}; from sim.cli.pictures import draw_beside; draw_beside({self._module!r})"
        apart: dict[str, Any] = {"process_group": 0}  # so that Ctrl-C comes to us alone
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.IDLE_PRIORITY_CLASS}
        with suppress(OSError):  # then we draw everything ourselves
            self._process = subprocess.Popen(
                [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **apart
            )

    def begin(self, summary: Any) -> None:
        """Let the process draw the figures of a summary. Returns at once."""
        if self._process is not None:
            threading.Thread(target=self._receive, args=(self._process, pickle.dumps(summary)), daemon=True).start()

    def _receive(self, process: subprocess.Popen[bytes], summary: bytes) -> None:
        assert process.stdin is not None and process.stdout is not None
        with suppress(OSError, ValueError, EOFError, pickle.UnpicklingError):  # the process has ended, of itself or by `end`
            process.stdin.write(len(summary).to_bytes(_LENGTH, "big") + summary)
            process.stdin.flush()
            while True:
                stem, files = pickle.load(process.stdout)
                self._received[stem] = files

    def received(self, stem: str) -> dict[str, bytes] | None:
        """The files of a figure by kind, none of a figure that makes no sense; None while they are not drawn."""
        return self._received.get(stem)

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@contextmanager
def drawing_beside(module: str, wanted: bool) -> Iterator[Beside]:
    """A second process for the figures of a module, ended with the block. If no figures are wanted, or there is no second core, none is started."""
    beside = Beside(module)
    try:
        if wanted and cores() > 1 and sys.executable:
            beside.start()
        yield beside
    finally:
        beside.end()


def write_pictures(folder: Path, module: str, summary: Any, beside: Beside | None = None) -> None:
    """Write each figure of a module as SVG and PNG; with those that the process ``beside`` has drawn meanwhile."""
    figures = _loaded(module)
    with progress_bar("drawing", len(figures.FIGURES)) as progress:
        for number, stem in enumerate(figures.FIGURES):
            for kind, image in _files(figures, stem, summary, beside).items():
                (folder / f"{stem}.{kind}").write_bytes(image)
            progress(number + 1)


def _loaded(module: str) -> _Figures:
    return cast(_Figures, importlib.import_module(module))


def _files(figures: _Figures, stem: str, summary: Any, beside: Beside | None = None) -> dict[str, bytes]:
    """The files of a figure by kind. Stops when they are received from the process ``beside``."""
    from sim.figures import style

    files: dict[str, bytes] = {}
    figure: Any = None
    for kind in _KINDS:
        if beside and (received := beside.received(stem)) is not None:
            return received
        figure = figure or figures.drawn(stem, summary)
        if figure is None:
            return {}
        files[kind] = style.image(figure, kind)
    return files


def draw_beside(module: str) -> NoReturn:
    """The second process: gets a summary by standard input and hands over the files of its figures by standard output."""
    if hasattr(os, "nice"):
        os.nice(_LOW_PRIORITY)
    summaries: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(summaries,), daemon=True).start()
    figures = _loaded(module)
    summary = pickle.loads(summaries.get())
    for stem in reversed(list(figures.FIGURES)):
        sys.stdout.buffer.write(pickle.dumps((stem, _files(figures, stem, summary))))
        sys.stdout.buffer.flush()
    os._exit(0)


def _listen(summaries: SimpleQueue[bytes]) -> NoReturn:
    """Read the summary. Then wait for the end of standard input: our parent has ended, and so do we."""
    got = bytearray()
    while part := os.read(sys.stdin.fileno(), 1 << 16):
        got += part
        if len(got) >= _LENGTH and len(got) == _LENGTH + int.from_bytes(got[:_LENGTH], "big"):
            summaries.put(bytes(got[_LENGTH:]))
    os._exit(0)
