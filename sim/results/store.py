"""Results folders. A folder is written whole or not at all, and never over files of others.

A run writes into a workshop, a hidden folder beside the results folder. At its end it exchanges the results:

    .jakarta.k3v9x2ab.unfinished/
        lock    held as long as the run lives
        new/    the results of this run
        old/    the earlier results, on their way out

The exchange is two renames: jakarta → old, new → jakarta. Two rules make it safe against errors, Ctrl-C and kills at any point. First,
a folder counts as results only if it has a manifest, so the manifest is written last and removed first. Second, earlier results are
removed only if new ones stand in their place; otherwise they are put back. The run itself cleans up if it can (`_put_in_order`). If it
was killed, the next run does (`settle`): a workshop whose lock is free belongs to a dead run.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatch
from glob import escape
from pathlib import Path
from typing import IO, Any, Final

from sim.errors import SimError, UsageError
from sim.words import nearest

if sys.platform == "win32":
    import msvcrt

    def lock_file(file: IO[bytes]) -> None:
        """Take the lock of an open file until it is closed. Raises OSError if another process has it."""
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def lock_file(file: IO[bytes]) -> None:
        """Take the lock of an open file until it is closed. Raises OSError if another process has it."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


MANIFEST: Final = "manifest.json"
KIND: Final = "mpp-sim results"

_LOCK, _NEW, _OLD, _UNFINISHED = "lock", "new", "old", ".unfinished"

_OF_OTHER_PROGRAMS: Final = ("~$*", ".~lock.*#", ".DS_Store", "Thumbs.db", "desktop.ini")
"""Files that office programs and file managers leave in a folder they show. They are nobody's work, so they may be removed with it."""

_OCCUPIED: Final = (errno.ENOTEMPTY, errno.EEXIST)
"""The errors that systems report when a folder is renamed to one that exists and is not empty."""

_TURNS: Final = 10
"""10: the number of times that one exchange is tried, since another run may put its results in place in between."""


# What may be replaced


def refuse_unusable(folder: Path) -> None:
    """Raise UsageError, before anything is simulated, when results could not be written to a folder. Leaves nothing behind."""
    try:
        settle(folder)
        refuse_foreign_files(folder)
        place = folder.resolve()
        missing = [parent for parent in place.parents if not parent.exists()]
        try:
            with _workshop(place) as workshop:
                if place.exists():
                    _refuse_immovable(place, workshop / _OLD)
        finally:
            for parent in missing:
                with suppress(OSError):
                    parent.rmdir()
    except (OSError, RuntimeError) as error:  # Python before 3.13 raises RuntimeError for links in a circle
        if isinstance(error, OSError) and error.errno in (errno.EBUSY, errno.EXDEV):
            raise UsageError(f"{folder} is a disk of its own, which cannot be replaced; choose a folder on it: --out {(folder / 'results').as_posix()}") from error
        raise UsageError(f"results cannot be written to {folder}: {reason_of(error)}; choose another folder with --out") from error


def refuse_foreign_files(folder: Path) -> None:
    """Raise UsageError if a folder holds anything but the results of an earlier run. Only these may be replaced."""
    try:
        folder.stat()
    except FileNotFoundError:
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


def _refuse_immovable(folder: Path, taken: Path) -> None:
    """Raise OSError if the folder cannot be moved into its workshop, because it is a mount point or permission is missing.

    The function tries to move it onto ``taken``, which exists. That never succeeds, and systems report any other obstacle first.
    """
    taken.mkdir()
    (taken / "taken").touch()
    try:
        folder.rename(taken)
    except OSError as error:
        if error.errno not in _OCCUPIED:
            raise


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a results folder. Raises UsageError for any other folder."""
    with suppress(OSError, RuntimeError):
        settle(folder)
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


# The exchange


@contextmanager
def replaced(folder: Path, manifest: dict[str, Any]) -> Iterator[Path]:
    """A new, empty folder to write results to; on success it takes the place of ``folder`` with all its files at once.

    If anything fails, or the program is interrupted, the earlier results stay as they were; an interrupt carries a note that says what
    the folder holds. Raises UsageError for a folder with foreign files, SimError where results cannot be written.
    """
    place, text = folder, ""
    try:
        refuse_foreign_files(folder)
        place = folder.resolve()
        with _workshop(place) as workshop:
            new = workshop / _NEW
            new.mkdir()
            yield new
            files = sorted(path.name for path in new.iterdir())
            text = json.dumps({"kind": KIND, **manifest, "files": files}, indent=2, ensure_ascii=False) + "\n"
            (new / MANIFEST).write_text(text, encoding="utf-8")
            refuse_foreign_files(folder)
            _exchange(new, place, workshop / _OLD)
    except KeyboardInterrupt as interrupt:
        with suppress(OSError):
            in_place = (place / MANIFEST).read_text(encoding="utf-8") == text
            interrupt.add_note(f"{folder} holds the new results" if in_place else f"{folder} still holds the earlier results")
        raise
    except BrokenPipeError:
        raise  # the reader of our output has gone; writing the results did not fail
    except OSError as error:
        raise SimError(f"results cannot be written to {folder}: {reason_of(error)}") from error


def _exchange(new: Path, folder: Path, old: Path) -> None:
    """Put new results in the place of the earlier ones. If these cannot be moved, leave the new ones beside them and raise SimError."""
    for turn in range(_TURNS):
        try:
            if folder.exists():
                folder.rename(old)
            new.rename(folder)
            return
        except OSError as error:
            if error.errno in _OCCUPIED and turn < _TURNS - 1:  # another run has just put its results there; ours are later and replace them
                _remove(old)
                continue
            open_elsewhere = "; is one of its files open in another program?" if isinstance(error, PermissionError) else ""
            number = 2
            while (beside := folder.with_name(f"{folder.name}-{number}")).exists():
                number += 1
            new.rename(beside)
            raise SimError(f"cannot replace {folder}: {reason_of(error)}{open_elsewhere}\nThe new results are in {beside}.") from error


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """The workshop of this run beside a results folder. At the end it puts all in order and removes the workshop."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=_UNFINISHED, dir=folder.parent))
    try:
        with (workshop / _LOCK).open("ab") as lock:
            with suppress(OSError):  # a disk without locks: there, no run is taken for dead
                lock_file(lock)
            try:
                yield workshop
            finally:
                _put_in_order(workshop, folder)
    finally:
        _close(workshop)


def settle(folder: Path) -> None:
    """Put in order what killed runs left beside a results folder, and say so if that brought results back.

    It leaves a workshop alone if a live run holds its lock, or if it has no lock file yet, because it may have been made just now.
    """
    place, say = folder.resolve(), logging.getLogger(__name__).warning
    for workshop in place.parent.glob(f".{escape(place.name)}.????????{_UNFINISHED}"):
        try:
            if not (workshop / _LOCK).exists() and time.time() - workshop.stat().st_mtime < 60:
                continue
            with (workshop / _LOCK).open("ab") as lock:
                lock_file(lock)
                if _put_in_order(workshop, place):
                    say("%s: a run was stopped while it replaced these results; they are back in their place", folder)
        except SimError as error:
            say("%s", error)
        except OSError:
            continue  # the run lives, another run puts this in order too, or we may not write here
        _close(workshop)


def _put_in_order(workshop: Path, folder: Path) -> bool:
    """Put the earlier results back if nothing stands in their place, and remove all else. Returns whether they were put back.

    The caller holds the lock of the workshop. If the results cannot be put back, raises SimError and removes nothing.
    """
    old = workshop / _OLD
    back = (old / MANIFEST).is_file() and not (folder / MANIFEST).is_file()
    if back:
        with suppress(OSError):
            folder.rmdir()  # an empty folder may be removed
        try:
            old.rename(folder)
        except OSError as error:
            raise SimError(f"the earlier results of {folder} are in {old}, and cannot be put back: {reason_of(error)}") from error
    _remove(old)
    _remove(workshop / _NEW)
    return back


def _remove(results: Path) -> None:
    """Remove a folder, its manifest first. (In shutil.rmtree, an interrupt at the wrong moment becomes an error.)"""
    with suppress(OSError):
        (results / MANIFEST).unlink()
    for folder, _, files in os.walk(results, topdown=False):
        for name in files:
            with suppress(OSError):
                Path(folder, name).unlink()
        with suppress(OSError):
            Path(folder).rmdir()


def _close(workshop: Path) -> None:
    """Remove a workshop that is in order. Call it after the lock is released, because Windows removes no open file."""
    with suppress(OSError):
        if [path.name for path in workshop.iterdir()] == [_LOCK]:
            (workshop / _LOCK).unlink()
        workshop.rmdir()


def reason_of(error: OSError | RuntimeError) -> str:
    """Why the system refused something, in words."""
    if isinstance(error, RuntimeError) or error.errno == errno.ELOOP:
        return "its symbolic links lead in a circle"
    return error.strerror or str(error)
