"""The progress of a long job: its finished batches of days, kept in a folder until the results are in place.

The folder is hidden and lies beside the results folder:

    .jakarta.progress/
        lock                       held as long as a run writes here
        job.json                   which job this is the progress of
        512-2048-0-2048.npz        a batch: length of rows, length of sections, first day, number of days

A batch is written under another name, forced to the disk and then renamed, so it is there whole or not at all. Each file has a checksum
over its arrays and the job. A file that is damaged, or of another job, is left out, and its days are played again; the sums of days are
integers, so the results have the same bits. The folder is removed when the results are in place. Only files with these names are ever
removed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import metadata
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Final
from zipfile import BadZipFile

import numpy as np

from sim.errors import UsageError
from sim.model.shapes import Plan
from sim.results.days import Days, Layout
from sim.results.measures import DaySums
from sim.results.store import lock_file, reason_of
from sim.results.waits import BINS, WaitCounts

KIND: Final = "mpp-sim progress"

SOON: Final = 10.0
"""10: the seconds after which a run begins to keep its progress, unless it was asked to. A shorter one is played again sooner than found."""

_LOCK, _JOB, _PART = "lock", "job.json", ".part"
_BATCH: Final = re.compile(r"(\d+)-(\d+)-(\d+)-(\d+)\.npz")
_OWN: Final = re.compile(rf"{_LOCK}|({re.escape(_JOB)}|{_BATCH.pattern})({re.escape(_PART)})?")

Span = tuple[int, int]
"""The first day of a batch, and its number of days."""

Job = dict[str, Any]


@cache
def made_by() -> dict[str, str]:
    """The versions of all that decides the numbers: this program and its sources, numpy, scipy, and the kind of machine."""
    digest, package = hashlib.sha256(), Path(__file__).parents[1]
    for path in [package / "clock.py", *sorted(path for folder in ("model", "engine", "results") for path in (package / folder).glob("*.py"))]:
        digest.update(path.name.encode() + path.read_bytes())
    versions = {name: metadata.version(name) for name in ("mpp-sim", "numpy", "scipy")}
    return {**versions, "sources": digest.hexdigest()[:16], "machine": f"{sys.platform}-{platform.machine()}"}


def job_of(plans: Sequence[Plan], seed: int) -> Job:
    """What the numbers of a day depend on. Two jobs are the same if these are equal, whatever their number of days and their engine."""
    digest = hashlib.sha256()
    for plan in plans:
        for part in (plan.times, plan.demand, plan.hall, plan.extras, plan.window, plan.outage_times, plan.targets):
            for name, array in (part._asdict() if part else {"": np.empty(0)}).items():
                _add_to(digest, name, np.asarray(array))
    return {"plans": digest.hexdigest(), "seed": seed, "made_by": made_by()}


def _add_to(digest: Any, name: str, array: np.ndarray[Any, Any]) -> None:
    digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
    digest.update(np.ascontiguousarray(array).tobytes())


class Progress:
    """The progress of one job. Use it in `kept_progress`.

    ``told`` is called with a sentence for the user. ``days`` is the number of days kept so far.
    """

    def __init__(self, folder: Path, results: Path, *, resume: bool, told: Callable[[str], None]) -> None:
        self.folder, self.results, self.resume, self.told = folder, results, resume, told
        self.shown = results.parent / folder.name
        self.days = 0
        self._job: Job | None = None
        self._of_days = 0  # the number of days of the whole job
        self._layout: tuple[int, ...] = ()
        self._lock: IO[bytes] | None = None
        self._begun = time.monotonic()
        self._failed = False

    def finished(self, plans: Sequence[Plan], seed: int, layout: Layout, wanted: Iterable[Span]) -> Iterator[tuple[Span, list[Days]]]:
        """Kept days among those of the ``wanted`` batches, with the sums under each plan. None, unless the job is to be resumed.

        An earlier run may have divided the days into other batches (another engine does). No day is given twice.

        Raises UsageError to resume if the progress is that of another job, or another run writes it now.
        """
        first, every, days = self._job is None, list(wanted), 0
        if first:
            self._job, self._of_days, self._layout = job_of(plans, seed), sum(count for _, count in every), tuple(layout)
            self._look()
        if not self.resume:
            return
        for span in self._spans(layout, every):
            if found := self._read(plans, layout, *span):
                days += span[1]
                yield span, found
        self.days += days
        if first or days:
            of = sum(count for _, count in every)
            self.told(f"{days:,} of {of:,} days were found, and are not played again" if days else "no day was kept so far; the run begins with the first day")

    def remember(self, batch: Span, days: Sequence[Days]) -> None:
        """Keep a finished batch. If it cannot be kept, say so once; the run goes on."""
        if not self.resume and time.monotonic() - self._begun < SOON:
            return
        try:
            if self._lock is None:
                self._open()
            self._write(batch, days)
            self.days += batch[1]
        except (OSError, UsageError) as error:
            if not self._failed:
                why = reason_of(error) if isinstance(error, OSError) else str(error)
                self.told(f"the progress cannot be kept ({why}); the run goes on, but could not be resumed from here")
            self._failed = True

    def remove(self) -> None:
        """Remove the progress: the results are in place."""
        if self._lock is not None:
            self._remove_batches()
            with suppress(OSError):
                (self.folder / _JOB).unlink()
        self.close(empty=True)

    def close(self, *, empty: bool = False) -> None:
        """Let others write here. Removes the folder if nothing is in it."""
        if self._lock is None:
            return
        empty = empty or not any(_BATCH.fullmatch(path.name) for path in self._files())
        if empty:
            for name in (_JOB + _PART, _JOB):
                with suppress(OSError):
                    (self.folder / name).unlink()
        if empty and sys.platform != "win32":  # Windows removes no open file
            with suppress(OSError):
                (self.folder / _LOCK).unlink()
        self._lock.close()
        self._lock = None
        if empty:
            with suppress(OSError):
                (self.folder / _LOCK).unlink(missing_ok=True)
                self.folder.rmdir()

    def _spans(self, layout: Layout, wanted: Sequence[Span]) -> Iterator[Span]:
        """The kept batches of a layout that lie within the days wanted. Where two overlap, the longer one."""
        kept = [tuple(map(int, match.groups())) for path in self._files() if (match := _BATCH.fullmatch(path.name))]
        last = max((first + count for first, count in wanted), default=0)
        done = min((first for first, _ in wanted), default=0)
        for first, count in sorted(((first, count) for row, section, first, count in kept if (row, section) == layout), key=lambda one: (one[0], -one[1])):
            if done <= first and first + count <= last:
                yield first, count
                done = first + count

    # What is there

    def _look(self) -> None:
        """Look whether there is progress, and say or refuse what has to be."""
        if self.resume:
            try:
                self._open()
            except OSError as error:
                raise UsageError(f"the progress of {self.results} cannot be kept in {self.shown}: {reason_of(error)}") from error
            return
        kept = sum(int(match[4]) for path in self._files() if (match := _BATCH.fullmatch(path.name)))
        if kept and not self._differences():
            self.told(f"an earlier run of this job was stopped; it is not resumed, since --resume is not given ({self.shown} has finished days)")
        elif kept:
            self.told(
                f"{self.shown} has {kept:,} finished days of another job that was stopped ({', '.join(self._differences())}); this run deletes them "
                f"when it has run for {SOON:.0f} seconds. To keep them, stop it now, or choose another folder with --out"
            )

    def _differences(self) -> list[str]:
        """In what the job of the progress differs from this one; none if there is no job."""
        job, mine = self._read_job(), self._job
        if job is None or mine is None:
            return []
        words = {"plans": "another scenario", "seed": f"seed {job.get('seed')}", "made_by": "another version of the program, numpy or scipy, or another machine"}
        return [word for key, word in words.items() if job.get(key) != mine[key]]

    def _read_job(self) -> Job | None:
        try:
            read = json.loads((self.folder / _JOB).read_text(encoding="utf-8"))
            return dict(read) if read["kind"] == KIND else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _files(self) -> list[Path]:
        try:
            return sorted(self.folder.iterdir())
        except OSError:
            return []

    # Opening and writing

    def _open(self) -> None:
        """Take the lock of the folder, and see that it is of this job. Raises UsageError where that cannot be."""
        if foreign := [path.name for path in self._files() if not _OWN.fullmatch(path.name)]:
            raise UsageError(f"{self.shown} holds files that are no progress of a run ({', '.join(foreign[:3])}); move them away, or choose another --out")
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / _LOCK).open("ab")
        try:
            lock_file(lock)
            if not os.path.samestat(os.fstat(lock.fileno()), (self.folder / _LOCK).stat()):
                raise BlockingIOError  # its run has just ended and removed the folder
        except (BlockingIOError, PermissionError, FileNotFoundError):
            lock.close()
            raise UsageError(f"another run is simulating into {self.results} now; wait for it, or choose another folder with --out") from None
        except OSError:
            pass  # a disk without locks
        self._lock = lock
        if different := self._differences():
            if self.resume:
                self._lock = None
                lock.close()
                raise UsageError(
                    f"the finished days kept for {self.results} are of another job ({', '.join(different)}); repeat the command that was stopped, choose "
                    "another folder with --out, or begin anew without --resume, which deletes them"
                )
            self._remove_batches()
        if self.resume and (days := self._days_that_do_not_fit()):
            self._lock = None
            lock.close()
            raise UsageError(
                f"the finished days kept for {self.results} are of a run of {days:,} days, and do not fit into one of {self._of_days:,}; give --replications {days}, "
                "choose another folder with --out, or begin anew without --resume, which deletes them"
            )
        self._put(_JOB, json.dumps({"kind": KIND, **(self._job or {}), "days": self._of_days}, indent=2).encode())

    def _days_that_do_not_fit(self) -> int:
        """The number of days of the earlier run, if its batches are not those of this one: sections follow from the number of days. Else 0."""
        days = int((self._read_job() or {}).get("days", 0))
        layouts = {tuple(map(int, match.groups()[:2])) for path in self._files() if (match := _BATCH.fullmatch(path.name))}
        return days if layouts and days != self._of_days and self._layout not in layouts else 0

    def _remove_batches(self) -> None:
        for path in self._files():
            if path.name not in (_LOCK, _JOB) and _OWN.fullmatch(path.name):
                with suppress(OSError):
                    path.unlink()

    def _put(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all."""
        part = self.folder / (name + _PART)
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.folder / name)
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise
        _force_names(self.folder)

    def _write(self, batch: Span, days: Sequence[Days]) -> None:
        arrays = {f"{number}.{name}": array for number, one in enumerate(days) for name, array in _arrays(one).items()}
        content = BytesIO()
        np.savez(content, checksum=self._checksum(arrays), **arrays)  # type: ignore[arg-type]
        self._put(_name(days[0].layout, batch), content.getvalue())

    def _read(self, plans: Sequence[Plan], layout: Layout, first: int, replications: int) -> list[Days] | None:
        """The days of a batch under each plan; None if they are not kept, or not whole."""
        try:
            with np.load(self.folder / _name(layout, (first, replications)), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            checksum = arrays.pop("checksum")
            if not np.array_equal(checksum, self._checksum(arrays)):
                return None
            return [_days(plan, layout, first, replications, number, arrays) for number, plan in enumerate(plans)]
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, NotImplementedError):
            return None

    def _checksum(self, arrays: Mapping[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
        digest = hashlib.sha256(json.dumps(self._job, sort_keys=True).encode())
        for name in sorted(arrays):
            _add_to(digest, name, arrays[name])
        return np.frombuffer(digest.digest(), dtype=np.uint8)


def _name(layout: Layout, batch: Span) -> str:
    return f"{layout.row}-{layout.section}-{batch[0]}-{batch[1]}.npz"


def _arrays(days: Days) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of some days by name. Bins above the longest wait are left out."""
    bins = 1 + max(int(np.flatnonzero(counts.any(axis=(0, 2))).max(initial=0)) for counts in days.waits)
    return {
        "replications": np.array(days.replications),
        "days": days.days,
        "day_means": days.day_means,
        "kept": days.kept,
        "seats_suffice": np.array(days.seats_suffice),
        "fullest": days.fullest,
        "waiting": days.waiting,
        "inside": days.inside,
        **{f"sums.{name}": array for name, array in days.sums._asdict().items()},
        **{f"waits.{name}": counts[:, :bins] for name, counts in days.waits._asdict().items()},
    }


def _days(plan: Plan, layout: Layout, first: int, replications: int, number: int, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Days:
    """The days that `_arrays` gave."""

    def array(name: str) -> np.ndarray[Any, Any]:
        return arrays[f"{number}.{name}"]

    def all_bins(counts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.concatenate((counts, np.zeros((len(counts), BINS - counts.shape[1], counts.shape[2]), dtype=counts.dtype)), axis=1)

    return Days(
        layout,
        first,
        int(array("replications")),
        array("days"),
        DaySums(*(array(f"sums.{name}") for name in DaySums._fields)),
        array("day_means"),
        array("kept"),
        int(array("seats_suffice")),
        array("fullest"),
        array("waiting"),
        array("inside"),
        WaitCounts(*(all_bins(array(f"waits.{name}")) for name in WaitCounts._fields)),
    )


def _force_names(folder: Path) -> None:
    """Force the names in a folder to the disk, where the system can do that."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _told(sentence: str) -> None:
    logging.getLogger(__name__).warning("%s", sentence)


@contextmanager
def kept_progress(results: Path, *, resume: bool = False, told: Callable[[str], None] = _told) -> Iterator[Progress]:
    """Keep the progress of a job into a results folder while the caller simulates and puts its results in place; then remove it.

    With ``resume`` the job goes on where it was stopped. Without it, progress is kept from `SOON` seconds on. After an error or an
    interrupt, the progress stays; an interrupt carries a note that says how to go on.
    """
    place = results.resolve()
    progress = Progress(place.with_name(f".{place.name}.progress"), results, resume=resume, told=told)
    try:
        yield progress
        progress.remove()
    except KeyboardInterrupt as interrupt:
        if progress.days:
            interrupt.add_note(f"{progress.days:,} finished days are kept; --resume goes on with them")
        raise
    finally:
        progress.close()
