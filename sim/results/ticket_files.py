"""Tickets and counter segments of all replications as Parquet files, written a chunk at a time and read back by SQL."""

from __future__ import annotations

import glob
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.errors import SimError, UsageError
from sim.model.compile import compile_plan
from sim.model.trace import Trace
from sim.results.records import Records
from sim.results.tickets import Columns, Names, SegmentRow, TicketRow, segment_columns, ticket_columns, types_of
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TICKETS: Final = "tickets.parquet"
COUNTERS: Final = "counters.parquet"

CHUNK: Final = 50_000
"""50,000: the rows that are held before they are written, about 15 MB for any number of replications."""

_OPTIONS: Final[dict[str, Any]] = {"threads": 1, "memory_limit": "256MB", "autoinstall_known_extensions": False}
"""One thread, so that the files have the same bytes each time. Nothing may be fetched from a network."""

Keep = Callable[[int, Trace, Records], None]
"""A function that takes a replication (from 0) with its trace and records."""


@contextmanager
def _connected(doing: str) -> Iterator[DuckDBPyConnection]:
    """A database in memory. Its errors become SimErrors."""
    import duckdb

    try:
        with duckdb.connect(config=_OPTIONS) as database:
            yield database
    except duckdb.Error as error:
        raise SimError(f"cannot {doing}: {str(error).splitlines()[0]}") from error


@contextmanager
def ticket_files(folder: Path, scenario: Scenario) -> Iterator[Keep]:
    """Write tickets.parquet and counters.parquet into a folder. Yields a function; give it the replications in their order.

    Memory holds one chunk of rows. If anything fails before the end, there are no files.
    """
    names, plan = Names(scenario), compile_plan(scenario)
    parts = folder / "parts"
    parts.mkdir()
    try:
        with _connected(f"write tickets to {folder}") as database:
            tickets, counters = _Parts(database, parts / TICKETS, TicketRow), _Parts(database, parts / COUNTERS, SegmentRow)

            def keep(replication: int, trace: Trace, records: Records) -> None:
                tickets.add(ticket_columns(names, plan, trace, records, replication))
                counters.add(segment_columns(names, plan, trace, records, replication))

            yield keep
            tickets.join(folder / TICKETS)
            counters.join(folder / COUNTERS)
    finally:
        shutil.rmtree(parts, ignore_errors=True)  # only after the database has closed them


class _Parts:
    """A Parquet file that grows. Each chunk is written to a file of its own; at the end these are joined in their order."""

    def __init__(self, database: DuckDBPyConnection, path: Path, row: type[TicketRow] | type[SegmentRow]) -> None:
        self.database, self.path = database, path
        self.types = types_of(row)
        self.parts: list[Path] = []
        self.held: list[Columns] = []
        self.rows = 0

    def add(self, columns: Columns) -> None:
        """Hold rows, and write those held when they fill a chunk."""
        self.held.append(columns)
        self.rows += len(columns["replication"])
        if self.rows >= CHUNK:
            self._write()

    def join(self, path: Path) -> None:
        """Join all chunks into one file."""
        if self.held:
            self._write()
        if self.parts:
            self.database.read_parquet([glob.escape(str(part)) for part in self.parts]).write_parquet(str(path), compression="zstd")

    def _write(self) -> None:
        rows = {column: np.concatenate([each[column] for each in self.held]) for column in self.types}
        self.held, self.rows = [], 0
        self.parts.append(self.path.with_suffix(f".{len(self.parts):06d}.parquet"))
        self.database.register("chunk", rows)
        columns = ", ".join(f"{column}::{kind} AS {column}" for column, kind in self.types.items())
        self.database.sql(f"SELECT {columns} FROM chunk").write_parquet(str(self.parts[-1]), compression="zstd")
        self.database.unregister("chunk")


class Tickets:
    """The tickets and counter segments in a results folder. Replications, citizens, stops and counters count from 1."""

    def __init__(self, database: DuckDBPyConnection, folder: Path) -> None:
        self._database, self._folder = database, folder

    def citizen(self, replication: int, citizen: int) -> list[TicketRow]:
        """The stops of a citizen, in order; empty if nobody with this number came, or if he made no stop."""
        rows = self._rows(TICKETS, TicketRow, "replication = ? AND citizen = ? ORDER BY stop", replication, citizen)
        return [TicketRow(*row) for row in rows]

    def stops(self, replication: int) -> list[TicketRow]:
        """All stops of a replication, by citizen and stop."""
        return [TicketRow(*row) for row in self._rows(TICKETS, TicketRow, "replication = ? ORDER BY citizen, stop", replication)]

    def counter(self, replication: int, counter: str) -> list[SegmentRow]:
        """The day of a counter (``polda.3``), in order."""
        rows = self._rows(COUNTERS, SegmentRow, "replication = ? AND counter = ? ORDER BY start_minutes", replication, counter)
        return [SegmentRow(*row) for row in rows]

    def day(self, replication: int, unit: str | None = None) -> list[SegmentRow]:
        """The day of all counters, or those of a unit, in the order of the hall."""
        rows = self._rows(COUNTERS, SegmentRow, "replication = ? AND (?::VARCHAR IS NULL OR unit = ?)", replication, unit, unit)
        return [SegmentRow(*row) for row in rows]

    def last_citizen(self, replication: int) -> int:
        """The highest number of a citizen who made a stop in a replication; 0 when nobody did."""
        return int(self._asked("SELECT coalesce(max(citizen), 0) FROM read_parquet(?) WHERE replication = ?", TICKETS, replication)[0][0])

    def outcomes(self) -> dict[str, int]:
        """How many rows of tickets there are by outcome, the most frequent first."""
        return dict(self._asked("SELECT outcome, count(*) FROM read_parquet(?) GROUP BY outcome ORDER BY count(*) DESC, outcome", TICKETS))

    def activities(self) -> dict[str, tuple[int, float]]:
        """How many segments there are by activity, and their hours together."""
        asked = "SELECT activity, count(*), sum(minutes) / 60 FROM read_parquet(?) GROUP BY activity ORDER BY sum(minutes) DESC, activity"
        return {activity: (count, hours) for activity, count, hours in self._asked(asked, COUNTERS)}

    def longest_wait(self) -> tuple[int, int] | None:
        """The replication and number of the citizen who waited longest for one service."""
        asked = "SELECT replication, citizen FROM read_parquet(?) WHERE outcome = 'served' ORDER BY waiting_minutes DESC, replication, citizen LIMIT 1"
        found = self._asked(asked, TICKETS)
        return found[0] if found else None

    def _rows(self, file: str, row: type[TicketRow] | type[SegmentRow], condition: str, *values: Any) -> list[Any]:
        return self._asked(f"SELECT {', '.join(types_of(row))} FROM read_parquet(?) WHERE {condition}", file, *values)

    def _asked(self, question: str, file: str, *values: Any) -> list[Any]:
        return self._database.execute(question, [glob.escape(str(self._folder / file)), *values]).fetchall()


@contextmanager
def opened(folder: Path) -> Iterator[Tickets]:
    """The tickets in a results folder. Raises UsageError if it holds none, SimError if they cannot be read."""
    missing = [file for file in (TICKETS, COUNTERS) if not (folder / file).is_file()]
    if len(missing) == 1:
        raise UsageError(f"{missing[0]} is missing from {folder}; simulate again with --tickets to have it written")
    if missing:
        raise UsageError(f"{folder} holds no tickets; simulate again with --tickets to have them written")
    with _connected(f"read the tickets in {folder}") as database:
        yield Tickets(database, folder)
