"""Child processes that end with their parent, each in a process group of its own.

Run as a script, this module supervises a program that cannot watch its parent; it then imports
nothing of this package.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

STOP_SECONDS_MAX: Final = 10.0
PROGRAM_STOP_SECONDS_MAX: Final = 8
"""Shorter than for a `Child`, so that a supervisor outlives its program."""
PARENT: Final = "RAPPORT_PARENT"
"""The environment variable with the process id of the parent."""
POLL_SECONDS: Final = 0.5
PR_SET_PDEATHSIG: Final = 1


def end_with_parent() -> None:
    """Send SIGTERM to this process when the parent that started it as a `Child` has ended."""
    parent = os.environ.get(PARENT, "")
    if parent.isdecimal() and os.getppid() == int(parent):
        threading.Thread(target=_watch, args=(int(parent),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


class Child:
    """One child process, with its output in a log file."""

    def __init__(self, arguments: Sequence[str], log: Path, cwd: Path | None = None) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self._process = start_process(
                list(arguments), out, cwd, {**os.environ, PARENT: str(os.getpid())}
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def tail(self, lines: int = 20) -> str:
        """Return the last lines of the output."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def kill(self) -> None:
        """Send SIGKILL, and wait for the end."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Send SIGTERM, and after `STOP_SECONDS_MAX` SIGKILL."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()


def start_process(
    arguments: list[str], out: IO[bytes], cwd: Path | None, environment: dict[str, str]
) -> "subprocess.Popen[bytes]":
    """Start a process in a session of its own, with its output in a file."""
    return subprocess.Popen(  # a list, never a shell
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        cwd=cwd,
        env=environment,
    )


def rapport_command(*arguments: str) -> list[str]:
    """Return the command line of a `rapport` command in this Python environment."""
    return [sys.executable, "-m", "rapport", *arguments]


def supervised_command(program: Sequence[str], *, detached: bool = False) -> list[str]:
    """Return the command line of a program that ends with this process, unless detached."""
    # Isolated from this folder's modules and from site-packages: it starts faster.
    parent = 0 if detached else os.getpid()
    return [sys.executable, "-I", "-S", __file__, str(parent), *program]


def _supervise(parent: int, command: Sequence[str]) -> int:
    """Run a program until it ends, or until SIGTERM, or until `parent` (0: none) has ended."""
    program = subprocess.Popen(  # a list, never a shell
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=_die_with_supervisor,  # noqa: PLW1509 # one thread runs here
    )

    def end(*_: object) -> None:
        program.terminate()
        signal.alarm(PROGRAM_STOP_SECONDS_MAX)

    signal.signal(signal.SIGALRM, lambda *_: program.kill())
    signal.signal(signal.SIGTERM, end)
    if parent:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    return program.wait()


def _die_with_supervisor() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(_supervise(int(sys.argv[1]), sys.argv[2:]))
