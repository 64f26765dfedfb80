"""The addresses of a running demo, in a file that commands read when they are given no address."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rapport.runtime.directory_lock import InUseError, lock_file
from rapport.runtime.user_state import user_state


@dataclass(frozen=True, slots=True)
class DemoAddresses:
    """Where the parts of a demo listen."""

    kafka: str
    """host:port"""
    pages: str
    """URL of the worker's pages"""


def demo_file() -> Path:
    """Return the file with the addresses: in the user's XDG state directory."""
    return user_state() / "demo.json"


@contextmanager
def published_addresses(addresses: DemoAddresses) -> Iterator[None]:
    """Let commands find this demo while the context is open; the first of two demos is found.

    The operating system releases the lock with the process, so a killed demo is not found.
    """
    path = demo_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = lock_file(path.with_suffix(".lock"))
    except (InUseError, OSError):
        yield
        return
    with lock:
        path.write_text(json.dumps(asdict(addresses)))
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def running_demo() -> DemoAddresses | None:
    """Return the addresses of the demo that this user runs now, or None."""
    path = demo_file()
    with suppress(OSError, ValueError, TypeError), path.with_suffix(".lock").open() as lock:
        try:
            # A shared lock: two commands that look at once do not take each other for a demo.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return DemoAddresses(**json.loads(path.read_text()))
    return None
