"""The fleet of a running worker, polled: a live view, tables, or lines of JSON."""

import itertools
import json
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from rapport.cli.terminal.fleet_table import FleetTable, counts_of
from rapport.language.codes import DEFAULT
from rapport.language.language import find_language
from rapport_schemas.wire.errors import RapportError

Fleet = list[dict[str, Any]]
FRAME_LINES: Final = 10
"""Lines of a screen for everything else: title, headings, and an error of two lines."""
CLIENT_LINES: Final = 3
"""Lines of one client at most, on a screen of usual width."""


def follow(poll: Callable[[], Fleet], every_seconds: float, count: int | None) -> None:
    """Show the fleet until `count` polls, or until q is pressed.

    On a live screen, an error of a later poll is shown above the last fleet.
    """
    console = Console()
    if not console.is_terminal:
        for at, fleet in _polls(poll, every_seconds, count):
            console.print(at.isoformat(timespec="seconds"), _table(fleet), sep="\n")
        return
    fleet, error = poll(), ""
    with (
        Live(console=console, screen=True, auto_refresh=False) as live,
        _single_keys() as quit_pressed,
    ):
        for number in itertools.count(1):
            live.update(_screen(fleet, console, every_seconds, error), refresh=True)
            if number == count or quit_pressed(every_seconds):
                return
            try:
                fleet, error = poll(), ""
            except RapportError as failure:
                error = str(failure)


def print_lines(poll: Callable[[], Fleet], every_seconds: float, count: int | None) -> None:
    """Print each poll of the fleet as one line of JSON."""
    for at, fleet in _polls(poll, every_seconds, count):
        line = {"at": at.isoformat(timespec="seconds"), "clients": fleet}
        print(json.dumps(line, separators=(",", ":")), flush=True)  # noqa: T201 # a line for a script


def _polls(
    poll: Callable[[], Fleet], every_seconds: float, count: int | None
) -> Iterator[tuple[datetime, Fleet]]:
    for number in itertools.count(1):
        yield datetime.now(UTC), poll()
        if number == count:
            return
        time.sleep(every_seconds)


def _screen(fleet: Fleet, console: Console, every_seconds: float, error: str) -> Group:
    shown = max(1, (console.height - FRAME_LINES) // CLIENT_LINES)
    counts = counts_of(fleet, find_language(DEFAULT))
    head = f"{datetime.now(UTC):%H:%M:%S} UTC · {counts} · every {every_seconds:g} s · q ends"
    parts: list[Any] = [Text(head), _table(fleet[:shown])]
    if len(fleet) > shown:
        parts.append(Text(f"{len(fleet) - shown} more: rapport clients", "dim"))
    if error:
        parts.insert(1, Text(f"not refreshed: {error}", "bold red"))
    return Group(*parts)


def _table(fleet: Fleet) -> FleetTable:
    return FleetTable(fleet, find_language(DEFAULT))


@contextmanager
def _single_keys() -> Iterator[Callable[[float], bool]]:
    """Yield a function that waits for a key and returns whether it was q; any other key polls."""
    if not sys.stdin.isatty():
        yield _no_key
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield _is_q
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _no_key(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _is_q(seconds: float) -> bool:
    pressed = select.select([sys.stdin], [], [], seconds)[0]
    # A closed terminal gives no bytes, and ends the view too.
    return bool(pressed) and os.read(sys.stdin.fileno(), 1) in (b"q", b"Q", b"")
