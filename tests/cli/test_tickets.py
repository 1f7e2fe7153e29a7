"""`sim tickets`: a day worked by hand as its traces, the picture, and what is said of wrong calls.

One counter for licences, 12 min each, with a break from 08:33 to 08:40; before it everyone fills in a form for 2 min. Citizens come
every 10 min from 08:10 to 08:50, so their tickets at the counter are of 08:12, 08:22, …, 08:52. The second is served from 08:24 to
08:36, 3 min into the break; the third waits from 08:32 to 08:40; the fourth is served from 08:52 to 09:04, the fifth until 09:16.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import shutil
from pathlib import Path

import pytest

from sim.report.journey import journey
from sim.results.tickets import Names, TicketRow, ticket_columns
from tests.command import run_here
from tests.days import hall, records_of, worked

from .conftest import ROOT, Command

SCENARIO = """\
name: A day by hand
hours: 08:00-09:00
units:
  licence: {name: {en: Licences, id: Perizinan}, counters: 1, duty: "08:00-08:33, 08:40-09:00", service_time: 12 min}
  form: {counters: unlimited, service_time: 2 min}
citizens:
  applicant: {arrivals: {gaps: 10 min}, route: [form, licence]}
replications: 2
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results/day, of two replications with tickets."""
    folder = tmp_path_factory.mktemp("tickets")
    (folder / "day.yaml").write_text(SCENARIO, encoding="utf-8")
    done = run_here(folder, "run", "day.yaml", "--tickets", "--no-figures")
    assert done.returncode == 0, done.stderr
    return folder


def told(folder: Path, *arguments: str) -> list[str]:
    """The lines that `sim tickets results/day` prints."""
    done = run_here(folder, "tickets", "results/day", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_days_tickets_for_a_spreadsheet(made: Path) -> None:
    assert told(made, "--csv", "day2.csv", "--replication", "2") == ["Tickets of replication 2: day2.csv"]
    data = (made / "day2.csv").read_bytes()
    assert data.startswith(codecs.BOM_UTF8)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    page = (ROOT / "docs" / "tickets.md").read_text(encoding="utf-8").partition("## `tickets.parquet`")[2].partition("## `counters.parquet`")[0]
    assert list(rows[0]) == re.findall(r"`(\w+)`", " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `")))
    mine = [row for row in rows if row["citizen"] == "3"]
    assert [(row["unit"], row["ticket"], row["ticket_clock"], row["start_clock"], row["end_clock"]) for row in mine][:1] == [("form", "B003", "08:30:00", "08:30:00", "08:32:00")]
    assert {row["replication"] for row in rows} == {"2"} and [int(row["citizen"]) for row in rows] == sorted(int(row["citizen"]) for row in rows)
    done = run_here(made, "tickets", "results/day", "--csv", "day.xlsx")
    assert done.returncode == 2 and done.stderr.strip().endswith("day.xlsx: a table is a .csv file")
    done = run_here(made, "tickets", "results/day", "--csv", "results/day/day.csv")
    assert done.returncode == 2 and "would lie among the results" in done.stderr


def test_a_ticket_is_no_citizen(made: Path) -> None:
    done = run_here(made, "tickets", "results/day", "--citizen", "A003")
    assert done.returncode == 2 and "got 'A003', which is a ticket; give the number of the citizen, as a counter's day names it" in done.stderr


def test_a_citizens_journey(made: Path) -> None:
    assert told(made, "--citizen", "3", "--replication", "2") == [
        "Citizen 3 of replication 2: applicant, number 3 of this source, regular",
        "08:30:00  enters the hall",
        "08:30:00  B003 taken for form",
        "08:30:00  B003 served at once",
        "08:32:00  B003 finished, served for 2.0 min",
        "08:32:00  A003 taken for Licences",
        "08:40:00  A003 called to Licences counter 1 after 8.0 min",
        "08:52:00  A003 finished, served for 12.0 min",
        "08:52:00  leaves the hall, served: 22.0 min inside, 8.0 min of waiting",
    ]


def test_a_counters_day(made: Path) -> None:
    assert told(made, "--counter", "licence.1") == [
        "Licences counter 1 (licence.1) in replication 1",
        "08:00:00  idle, 12.0 min",
        "08:12:00  A001 called: citizen 1, regular, Licences, 12.0 min",
        "08:24:00  A002 called: citizen 2, regular, Licences, 9.0 min",
        "08:33:00  A002 still served: citizen 2, regular, Licences; in the break, 3.0 min",
        "08:36:00  break, 4.0 min",
        "08:40:00  A003 called: citizen 3, regular, Licences, 12.0 min",
        "08:52:00  A004 called: citizen 4, regular, Licences, 8.0 min",
        "09:00:00  A004 still served: citizen 4, regular, Licences; in overtime, 4.0 min",
        "09:04:00  A005 called: citizen 5, regular, Licences; in overtime, 12.0 min",
        "09:16:00  done",
        "5 tickets; serving 41.0 min, into break 3.0 min, overtime 16.0 min, idle 12.0 min, break 4.0 min",
    ]


def test_what_the_files_hold(made: Path) -> None:
    assert told(made) == [
        "A day by hand: 2 replications",
        "tickets.parquet: 20 stops; 20 served",
        "counters.parquet: 18 segments; serving 1.4 h, overtime 0.5 h, idle 0.4 h, break 0.1 h, into break 0.1 h",
        "",
        "sim tickets results/day --citizen 5          the citizen who waited longest",
        "sim tickets results/day --counter licence.1  a counter's day",
        "sim tickets results/day --gantt day.png      a picture of all counters on day 1",
    ]


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_a_picture_of_the_day(made: Path, suffix: str, begins: bytes) -> None:
    assert told(made, "--gantt", f"day{suffix}", "--unit", "licence") == [f"Picture: day{suffix}"]
    assert (made / f"day{suffix}").read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["results/day", "--citizen", "6"], "replication 1 has citizens 1 to 5, and not 6"),
        (["results/day", "--citizen", "1", "--replication", "3"], "results/day holds replications 1 to 2, and not 3"),
        (["results/day", "--counter", "licence.2"], "there is no counter licence.2; licence has licence.1"),
        (["results/day", "--counter", "licenze.1"], "there is no counter licenze.1; did you mean 'licence.1'?"),
        (["results/day", "--counter", "form.1"], "form has no counters: nobody waits there"),
        (["results/day", "--gantt", "day.png", "--unit", "from"], "there is no unit from; did you mean 'form'?"),
        (["results/day", "--gantt", "day.png", "--unit", "form"], "form has no counters to draw"),
        (["results/day", "--gantt", "day.pdf"], "day.pdf: a picture is a .png or a .svg file"),
        (["results/day", "--gantt", "results/day/day.png"], "results/day/day.png would lie among the results, which the next run replaces; choose a place outside results/day"),
        (["results/day", "--unit", "form"], "--unit chooses what --gantt draws; give --gantt day.png with it, or --counter for one counter"),
        (["results/day", "--citizen", "1", "--counter", "licence.1"], "give one of --citizen, --counter, --gantt and --csv"),
        (["results/dai", "--citizen", "1"], "results/dai is no results folder of `sim run`; did you mean 'day'?"),
    ],
)
def test_wrong_calls_are_told_what_there_is(made: Path, arguments: list[str], said: str) -> None:
    done = run_here(made, "tickets", *arguments)
    assert (done.returncode, done.stdout, done.stderr.replace("\\", "/")) == (2, "", said + "\n")


def test_results_without_tickets_say_how_to_get_them(made: Path) -> None:
    assert run_here(made, "run", "day.yaml", "--no-figures", "--out", "results/bare").returncode == 0
    done = run_here(made, "tickets", "results/bare", "--citizen", "1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.replace("\\", "/") == "results/bare holds no tickets; simulate again with --tickets to have them written\n"


def test_an_interrupted_run_leaves_earlier_tickets_as_they_were(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = made / "results"
    before = {path.name: path.read_bytes() for path in (results / "day").iterdir()}

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.results.ticket_files.segment_columns", interrupt)
    assert run_here(made, "run", "day.yaml", "--tickets", "--no-figures", "--seed", "9").returncode == 130
    assert {path.name: path.read_bytes() for path in (results / "day").iterdir()} == before
    assert not [path.name for path in results.iterdir() if path.name.startswith(".")]


def test_the_same_run_writes_the_same_bytes(made: Path) -> None:
    assert run_here(made, "run", "day.yaml", "--tickets", "--no-figures", "--out", "results/again").returncode == 0
    for name in ("tickets.parquet", "counters.parquet"):
        assert (made / "results" / "again" / name).read_bytes() == (made / "results" / "day" / name).read_bytes()


def journeys(units: str, day: str, **top: str) -> list[list[str]]:
    """The journeys, without their headings, of all citizens of a day worked by hand."""
    of = worked(hall(units, **top), day)
    columns = ticket_columns(Names(of.hall.scenario), of.hall.plan, of.trace, records_of(of, of.expected), 0)
    rows = [
        TicketRow(*(None if value is None or value != value else value for value in row)) for row in zip(*(columns[c].tolist() for c in TicketRow._fields), strict=True)
    ]
    return [list(journey(of.hall.scenario, [row for row in rows if row.citizen == citizen]))[1:] for citizen in sorted({row.citizen for row in rows})]


def test_journeys_that_end_otherwise() -> None:
    day = """
    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        07:50  desk  20     -         08:00   08:00  08:20  1        served
    2        08:10  desk  45     5         08:10   -      08:15  -        abandoned
    3        08:11  desk  45     -         -       -      08:11  -        refused: waiting room full
    4        11:50  desk  45     -         11:50   -      12:00  -        left over
    """
    assert journeys("desk: {counters: [{name: Loket A}]}", day, closing="send home") == [
        [
            "07:50:00  comes to the door",
            "08:00:00  enters the hall, after 10.0 min at the door",
            "08:00:00  A001 taken for desk",
            "08:00:00  A001 called to Loket A at once",
            "08:20:00  A001 finished, served for 20.0 min",
            "08:20:00  leaves the hall, served: 20.0 min inside, 0.0 min of waiting",
        ],
        [
            "08:10:00  enters the hall",
            "08:10:00  A002 taken for desk",
            "08:15:00  A002 abandoned after waiting 5.0 min",
            "08:15:00  leaves the hall, abandoned: 5.0 min inside, 5.0 min of waiting",
        ],
        ["08:11:00  comes to the hall", "08:11:00  turned away at desk, refused: waiting room full"],
        [
            "11:50:00  enters the hall",
            "11:50:00  A003 taken for desk",
            "12:00:00  A003 left over after waiting 10.0 min",
            "12:00:00  leaves the hall, left over: 10.0 min inside, 10.0 min of waiting",
        ],
    ]


def test_journeys_that_the_horizon_cuts() -> None:
    day = """
    citizen  comes  stop  takes  patience  ticket  start  end    counter  outcome
    1        00:10  desk  90     -         00:10   00:10  -      1        still inside
    2        00:20  desk  5      -         00:20   -      -      -        still inside
    """
    assert journeys("desk: {counters: 1}", day, horizon="1 h") == [
        ["00:10:00  enters the hall", "00:10:00  A001 taken for desk", "00:10:00  A001 called to desk counter 1 at once", "the run ends  A001 in service"],
        ["00:20:00  enters the hall", "00:20:00  A002 taken for desk", "the run ends  A002 waiting"],
    ]


def test_the_docs_show_a_real_journey(tmp_path: Path) -> None:
    [shown] = re.findall(r"^```text\n(Citizen .*?)^```$", (ROOT / "docs" / "tickets.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    shutil.copytree(ROOT / "scenarios", tmp_path / "scenarios")
    done = run_here(tmp_path, "run", "scenarios/jakarta.yaml", "--engine", "reference", "--tickets", "--no-figures", "--replications", "1")
    assert done.returncode == 0, done.stderr
    citizen = shown.split()[1]
    assert run_here(tmp_path, "tickets", "results/jakarta", "--citizen", citizen).stdout == shown


def test_a_manifest_or_a_file_that_is_broken_or_gone_is_named(sim: Command, folder: Path) -> None:
    assert sim("run", "scenarios/one_counter.yaml", "--replications", "1", "--no-figures", "--tickets", "--out", "r").returncode == 0
    (folder / "r" / "counters.parquet").unlink()
    assert "counters.parquet is missing from r" in sim("tickets", "r").stderr
    (folder / "r" / "manifest.json").write_text("[]", encoding="utf-8")
    done = sim("tickets", "r")
    assert done.returncode == 2 and "is no manifest" in done.stderr and "did you mean" not in done.stderr
