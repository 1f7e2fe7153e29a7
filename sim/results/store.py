"""Results folders: written whole or not at all, and never over somebody else's files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from sim.errors import SimError, UsageError
from sim.words import nearest

MANIFEST: Final = "manifest.json"
KIND: Final = "mpp-sim results"


_OF_OTHER_PROGRAMS: Final = ("~$*", ".~lock.*#", ".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that office programs and file managers leave beside what they show: nobody's work, gone with the folder."""


def refuse_unusable(folder: Path) -> None:
    """Raise UsageError, before anything is simulated, when results could not be written to a folder. Leaves nothing behind."""
    try:
        refuse_foreign_files(folder)
        place = folder.resolve().parent
        while not place.exists():
            place = place.parent
        with tempfile.TemporaryDirectory(prefix=".mpp-sim.", dir=place):
            pass
    except OSError as error:
        raise UsageError(f"results cannot be written to {folder}: {error.strerror or error}; choose another folder with --out") from error


def refuse_foreign_files(folder: Path) -> None:
    """Raise UsageError when a folder holds anything but an earlier run's own results, which a new run may replace."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file; results need a folder (choose another with --out)")
    present = {path.name for path in folder.iterdir() if not any(fnmatch(path.name, pattern) for pattern in _OF_OTHER_PROGRAMS)}
    if not present:
        return
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        own = set(manifest["files"]) if manifest["kind"] == KIND else set()
    except (OSError, ValueError, KeyError, TypeError):
        own = set()
    foreign = sorted(present - own - {MANIFEST}) if own else sorted(present)
    if foreign:
        shown = ", ".join(foreign[:3]) + (f" and {len(foreign) - 3} more" if len(foreign) > 3 else "")
        raise UsageError(f"{folder} holds files that are not results of an earlier run ({shown}); move them away, or choose another folder with --out")


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a results folder; raises UsageError for a folder that is none."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["kind"] == KIND:
            return manifest
    except (OSError, ValueError, KeyError, TypeError):
        pass
    if (folder / MANIFEST).is_file():
        raise UsageError(f"{folder / MANIFEST} is no manifest of `sim run`; simulate again into a new folder")
    siblings = [path.name for path in folder.parent.iterdir() if (path / MANIFEST).is_file()] if folder.parent.is_dir() else []
    raise UsageError(f"{folder} is no results folder of `sim run`{nearest(folder.name, siblings)}")


@contextmanager
def replaced(folder: Path, manifest: dict[str, Any]) -> Iterator[Path]:
    """A new, empty folder to write results to; on success it takes the place of ``folder`` with all its files at once.

    The manifest is written last, with the list of files. When anything fails, or the program is interrupted, the earlier results
    stay as they were. Raises UsageError for a folder with foreign files, SimError where the exchange is not possible (on Windows: a
    file that is open in another program).
    """
    refuse_foreign_files(folder)
    folder = folder.resolve()
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}.unfinished")
    replaced_folder = folder.with_name(f".{folder.name}.{os.getpid()}.replaced")
    try:
        unfinished.mkdir(parents=True)
    except OSError as error:
        raise SimError(f"cannot write to {folder.parent}: {error.strerror or error}") from error
    try:
        yield unfinished
        files = sorted(path.name for path in unfinished.iterdir())
        text = json.dumps({"kind": KIND, **manifest, "files": files}, indent=2, ensure_ascii=False)
        (unfinished / MANIFEST).write_text(text + "\n", encoding="utf-8")
        if folder.exists():
            refuse_foreign_files(folder)
            folder.rename(replaced_folder)
            try:
                unfinished.rename(folder)
            except BaseException:  # an interrupt between the two must not cost the earlier results
                replaced_folder.rename(folder)
                raise
        else:
            unfinished.rename(folder)
    except BrokenPipeError:
        raise  # the reader of what is printed meanwhile has gone
    except OSError as error:
        raise SimError(f"cannot replace {folder}: {error.strerror or error}; is one of its files open in another program?") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.rmtree(replaced_folder, ignore_errors=True)
        _sweep(folder)


def _sweep(folder: Path) -> None:
    """Remove what killed runs left beside the folder, once it is a day old (a younger one may belong to a run under way)."""
    for path in folder.parent.glob(f".{folder.name}.*.unfinished"):
        try:
            if time.time() - path.stat().st_mtime > 86_400:
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue
