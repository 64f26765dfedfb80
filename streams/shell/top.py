"""The fleet, looked at again and again: live in a terminal, else table after table."""

import json
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count as counting
from typing import Any, Final

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from rapport.schemas.errors import RapportError
from rapport.streams.shell.fleet_table import FleetTable

Fleet = list[dict[str, Any]]
END_KEYS: Final = (b"q", b"Q")
FRAME_LINES: Final = 10
"""Lines of a screen that are not clients: title, heads, and room for a reason of two lines."""
CLIENT_LINES: Final = 3
"""What one client takes at most, on a usual screen."""


@dataclass(frozen=True, slots=True)
class Looks:
    """How often the fleet is looked at."""

    look: Callable[[], Fleet]
    every_seconds: float
    count: int | None
    """None: until somebody ends it."""

    def numbers(self) -> Iterator[int]:
        """Yield the number of each look, from 1."""
        return counting(1) if self.count is None else iter(range(1, self.count + 1))

    def is_last(self, number: int) -> bool:
        """Return whether no look follows."""
        return number == self.count


def print_lines(looks: Looks) -> None:
    """Print each look as one line of JSON."""
    for number in looks.numbers():
        line = {"at": _now().isoformat(timespec="seconds"), "clients": looks.look()}
        print(json.dumps(line, separators=(",", ":")), flush=True)  # noqa: T201 # a line for a script
        if not looks.is_last(number):
            time.sleep(looks.every_seconds)


def follow(looks: Looks) -> None:
    """Show the fleet until its last look, or until q is pressed.

    A worker that does not answer is said so, and asked again; at the first look it is an error.
    """
    console = Console()
    first = looks.look()
    if not console.is_terminal:
        _print_tables(console, looks, first)
        return
    with Live(console=console, screen=True, auto_refresh=False) as live, _keys() as pressed:
        fleet, said = first, ""
        for number in looks.numbers():
            if number > 1:
                fleet, said = _again(looks, fleet)
            live.update(_screen(fleet, console, looks, said), refresh=True)
            if looks.is_last(number) or pressed(looks.every_seconds):
                return


def _print_tables(console: Console, looks: Looks, first: Fleet) -> None:
    for number in looks.numbers():
        console.print(_now().isoformat(timespec="seconds"))
        console.print(FleetTable(first if number == 1 else looks.look()))
        if not looks.is_last(number):
            time.sleep(looks.every_seconds)


def _again(looks: Looks, before: Fleet) -> tuple[Fleet, str]:
    try:
        return looks.look(), ""
    except RapportError as error:
        return before, str(error)


def _screen(fleet: Fleet, console: Console, looks: Looks, said: str) -> Group:
    shown = max(1, (console.height - FRAME_LINES) // CLIENT_LINES)
    states = [client["purchases"]["state"] for client in fleet]
    alerts, watched = states.count("alert"), states.count("watch")
    head = (
        f"{_now():%H:%M:%S} UTC · {len(fleet)} clients, {alerts} in alert, {watched} watched"
        f" · every {looks.every_seconds:g} s · q ends"
    )
    parts: list[Any] = [Text(head), FleetTable(fleet[:shown])]
    if len(fleet) > shown:
        parts.append(Text(f"{len(fleet) - shown} more, not as bad: rapport clients", "dim"))
    if said:
        parts.insert(1, Text(f"as it was; {said}", "bold red"))
    return Group(*parts)


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _keys() -> Iterator[Callable[[float], bool]]:
    """Give a function that waits some seconds and returns whether a key asked to end."""
    if not sys.stdin.isatty():
        yield _wait
        return
    place = sys.stdin.fileno()
    before = termios.tcgetattr(place)
    try:
        tty.setcbreak(place)
        yield _wait_for_key
    finally:
        termios.tcsetattr(place, termios.TCSADRAIN, before)


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _wait_for_key(seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        if select.select([sys.stdin], [], [], left)[0]:
            key = os.read(sys.stdin.fileno(), 1)
            if key in END_KEYS or not key:
                return True
    return False
