"""The command line: parse, call one function, print. One file for each command, loaded when it is called."""

from __future__ import annotations

import importlib
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import click

from sim import __version__
from sim.cli.output import steady_streams
from sim.errors import SimError, UsageError

COMMANDS = {
    "new": "Write a scenario to begin with, from a library of units.",
    "check": "Check a scenario and its variants, and warn of planning mistakes, without simulating.",
    "compare": "Compare plans that meet the same citizens: verdicts in words, tables, files and pictures.",
    "run": "Simulate a scenario: tables, files and pictures.",
    "tickets": "Show a citizen's journey, a counter's day or a picture of one day of a run.",
    "sweep": "Vary one or two values: which keep the target, in words, tables, files and a picture.",
    "schema": "Print the JSON Schema of the scenario language, for editors.",
}

METAVARS = {"--set": "PATH=VALUE", "--vary": "PATH=VALUES", "--smallest": "MEASURE=VALUE"}
"""Options whose value people write with spaces around its '='. The shell then hands over three arguments."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that `sim --help` loads none of the heavy libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"sim.cli.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        for option, given, following in zip(args, args[1:], args[2:], strict=False):
            cut_off = given.endswith("=") and not following.startswith("-") and not following.endswith((".yaml", ".yml"))
            if option in METAVARS and (following.startswith("=") or cut_off):
                raise UsageError(f"write {option} {METAVARS[option]} without spaces around '='")
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            raise click.UsageError(f"{error.message} Did you mean '{near[0]}'?" if near else error.message, ctx) from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sim")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def group(ctx: click.Context, debug: bool) -> None:
    """How many counters, staffed when, so that nobody waits too long and nobody sits idle?

    Simulates queues and staffing in a public-service hall from a scenario file.
    """
    ctx.obj = {"debug": debug}


STOPPED_BY = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
"""Signals that end the program as Ctrl-C does: a request to end, a closed terminal, and the Windows signal for both."""


class Terminated(KeyboardInterrupt):
    """One of these signals came. The argument is the number of the signal."""


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let these signals raise Terminated, and Ctrl-C KeyboardInterrupt, so that the program ends in order.

    A signal that the caller has set to be ignored (`nohup`, `&` in a script) stays ignored.
    """

    def terminate(number: int, _: FrameType | None) -> None:
        raise Terminated(number)

    before = {}
    if threading.current_thread() is threading.main_thread():  # Python lets only the main thread handle signals
        for number in (signal.SIGINT, *STOPPED_BY):
            if signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, signal.default_int_handler if number == signal.SIGINT else terminate)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(arguments: list[str] | None = None) -> NoReturn:
    """The `sim` command: runs it and exits with 0, 1 (a run failed), 2 (a wrong scenario or call), 130 (interrupted) or 143 (terminated)."""
    with stopped_by_signals(), steady_streams():
        _main(sys.argv[1:] if arguments is None else arguments)


def _main(given: list[str]) -> NoReturn:
    debug = "--debug" in given
    try:
        group.main(args=given, prog_name="sim", standalone_mode=False)
        sys.exit(0)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.ClickException as error:
        if isinstance(error, click.NoSuchOption) and error.possibilities:  # suggest only the nearest, which comes first
            error = click.NoSuchOption(error.option_name, possibilities=error.possibilities[:1], ctx=error.ctx)
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt as interrupt:
        _stop(interrupt)
    except click.Abort as abort:  # click raises this for an interrupt, and at the end of standard input, which we do not read
        if isinstance(abort.__cause__, KeyboardInterrupt):
            _stop(abort.__cause__)
        _tell_of_defect(abort.__cause__ or abort, debug)
    except BrokenPipeError:
        sys.exit(1)  # nobody reads our output any more
    except SimError as error:
        if debug:
            raise
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except Exception as error:
        _tell_of_defect(error, debug)


def _stop(interrupt: KeyboardInterrupt) -> NoReturn:
    number = interrupt.args[0] if isinstance(interrupt, Terminated) else signal.SIGINT
    word = "interrupted" if number == signal.SIGINT else "terminated"
    click.echo("; ".join([word, *getattr(interrupt, "__notes__", ())]), err=True)
    sys.exit(128 + number)


def _tell_of_defect(error: BaseException, debug: bool) -> NoReturn:
    if debug:
        raise error
    click.echo(f"unexpected error: {type(error).__name__}: {error}\nThis is a defect of the program; `sim --debug …` shows where.", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
